// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/npy_array.h"
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        tessera::fuzz::touch(tessera::parseNpy(tessera::SharedBytes(nullptr, bytes.data(), bytes.size()), "fuzz"));
    });
}
