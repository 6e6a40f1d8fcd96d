// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <tessera/tensor.h>

namespace tessera::cli {

/// One element as double; exact for integers up to 2^53.
double valueAt(const HostTensor& tensor, std::int64_t index);
bool isWholeNumber(DType type);

}  // namespace tessera::cli
