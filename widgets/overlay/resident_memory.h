// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace tessera::overlay {

/// Bytes of this process that lie in memory now; 0 where the system does not say.
std::size_t residentBytes();

}  // namespace tessera::overlay
