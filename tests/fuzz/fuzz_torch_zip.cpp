// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/torch_zip.h"
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        for (const auto& [section, tensors] : tessera::parseTorchZip(bytes, nullptr, "fuzz").sections)
            for (const auto& [path, tensor] : tensors) tessera::fuzz::touch(tensor);
    });
}
