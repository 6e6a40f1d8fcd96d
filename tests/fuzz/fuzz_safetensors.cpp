// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors.h"
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        for (const auto& [name, tensor] : tessera::parseSafetensors(bytes, nullptr, "fuzz").tensors) tessera::fuzz::touch(tensor);
    });
}
