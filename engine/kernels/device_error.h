// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace tessera::kernels {

/// A call to the CUDA runtime failed; what() is the runtime's own sentence.
struct DeviceError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace tessera::kernels
