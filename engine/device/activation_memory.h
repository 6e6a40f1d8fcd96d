// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace tessera {

/// Makes LibTorch keep the memory of large CPU tensors for the next ones instead of giving it back each time: a fresh page costs more than
/// a network's cheap layers spend on it. For the whole process; does nothing the second time, and nothing under AddressSanitizer.
void keepActivationMemory();

/// Gives back what no tensor uses.
void releaseActivationMemory();

/// Bytes kept that no tensor uses.
std::size_t keptActivationMemory();

}  // namespace tessera
