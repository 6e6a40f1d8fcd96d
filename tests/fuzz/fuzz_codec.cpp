// SPDX-License-Identifier: Apache-2.0
// One decoder of engine/image: TESSERA_DECODE.
#include "fuzz/fuzz_target.h"
#include "image/codecs.h"

using namespace tessera::codecs;

namespace {

RawPicture decode(std::span<const std::byte> bytes) {
#ifdef TESSERA_SCALED
    return TESSERA_DECODE(bytes, "fuzz", static_cast<int>(bytes.size() % 3) * 8);
#else
    return TESSERA_DECODE(bytes, "fuzz");
#endif
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return tessera::fuzz::run(data, size, [](std::span<const std::byte> bytes) {
        const RawPicture picture = decode(bytes);
        const std::size_t pixels = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
        const std::size_t perPixel = static_cast<std::size_t>(colourChannels(picture.model)) + (picture.alpha ? 1 : 0);
        const std::size_t samples = std::visit([](const auto& held) { return held.size; }, picture.samples);
        if (picture.width <= 0 || picture.height <= 0 || samples != pixels * perPixel) std::abort();
        if (picture.orientation < 1 || picture.orientation > 8) std::abort();
    });
}
