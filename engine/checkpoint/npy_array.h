// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "checkpoint/checkpoint.h"

namespace tessera {

/// The array of an .npy file, as a view of its bytes: either byte order, either order of axes. No Python objects. `where` goes into
/// messages. Throws Failure.
StoredTensor parseNpy(const SharedBytes& file, const std::string& where);

/// What stands before the dense little-endian elements; a multiple of 64 bytes. `type` must be one that NumPy has.
std::string npyHeader(DType type, const std::vector<std::int64_t>& shape);

}  // namespace tessera
