// SPDX-License-Identifier: Apache-2.0
// The whole way of a dropped picture: format, decoder, colour profile, alpha, orientation.
#include "fuzz/fuzz_target.h"
#include "image/image_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        const tessera::DecodedImage decoded = tessera::decodeImage(bytes, "fuzz", {.atLeast = static_cast<int>(bytes.size() % 3) * 8});
        const int channels = decoded.image.channels();
        if (decoded.image.empty() || (channels != 1 && channels != 3) || decoded.format.empty()) std::abort();
        if (decoded.fullWidth < decoded.image.width() || decoded.fullHeight < decoded.image.height()) std::abort();
    });
}
