// SPDX-License-Identifier: Apache-2.0
// The pickle alone, without the archive around it: most mutations then meet the unpickler.
#include "checkpoint/unpickler.h"
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        for (const auto& [section, tensors] : tessera::unpickle(bytes, "fuzz").tensors) {
            for (const auto& [path, tensor] : tensors) {
                if (tensor.shape.size() != tensor.strides.size() || tensor.reach > tensor.storageElements) std::abort();
                for (std::size_t i = 0; i < tensor.shape.size(); ++i)
                    if (tensor.shape[i] < 0 || tensor.strides[i] < 0) std::abort();
            }
        }
    });
}
