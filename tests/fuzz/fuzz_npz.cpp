// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/npz.h"
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        for (const auto& [name, tensor] : tessera::parseNpz(bytes, nullptr, "fuzz")) tessera::fuzz::touch(tensor);
    });
}
