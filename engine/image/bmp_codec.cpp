// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <cstring>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

#include "image/codecs.h"

namespace tessera::codecs {
namespace {

template <typename T>
T littleEndian(std::span<const std::byte> bytes, std::size_t offset) {
    T value{};
    if (offset + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

struct Header {
    std::uint64_t width = 0, height = 0;
    std::uint32_t dataOffset = 0, bits = 0, compression = 0;
};

Header headerOf(std::span<const std::byte> bytes, const std::string& name) {
    if (bytes.size() < 26) failTruncated("BMP", name);
    Header header;
    header.dataOffset = littleEndian<std::uint32_t>(bytes, 10);
    const auto size = littleEndian<std::uint32_t>(bytes, 14);
    if (size == 12) {  // OS/2
        header.width = littleEndian<std::uint16_t>(bytes, 18);
        header.height = littleEndian<std::uint16_t>(bytes, 20);
        header.bits = littleEndian<std::uint16_t>(bytes, 24);
        return header;
    }
    if (size < 40) failUnsupported("this kind of BMP header is not supported", name);
    if (bytes.size() < 14 + std::uint64_t(size)) failTruncated("BMP", name);
    const auto width = littleEndian<std::int32_t>(bytes, 18);
    const auto height = std::int64_t(littleEndian<std::int32_t>(bytes, 22));
    if (width < 0) failDamaged("BMP", name, "negative width");
    header.width = static_cast<std::uint64_t>(width);
    header.height = static_cast<std::uint64_t>(height < 0 ? -height : height);  // negative: top row first
    header.bits = littleEndian<std::uint16_t>(bytes, 28);
    header.compression = littleEndian<std::uint32_t>(bytes, 30);
    return header;
}

}  // namespace

RawPicture decodeBmp(std::span<const std::byte> bytes, const std::string& name) {
    const Header header = headerOf(bytes, name);
    checkSize(header.width, header.height, 4, 1, name);
    if (header.compression != 0 && header.compression != 3 && header.compression != 6)
        failUnsupported("a compressed BMP is not supported", name);
    const std::uint64_t rowBytes = (header.width * header.bits + 31) / 32 * 4;
    // stb_image fills what is missing with zeros.
    if (header.dataOffset + rowBytes * header.height > bytes.size()) failTruncated("BMP", name);

    int width = 0, height = 0, channels = 0;
    const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
    stbi_uc* pixels = stbi_load_from_memory(data, static_cast<int>(bytes.size()), &width, &height, &channels, 0);
    if (pixels == nullptr) failDamaged("BMP", name, stbi_failure_reason());
    const std::shared_ptr<std::uint8_t[]> owner(pixels, std::free);

    RawPicture picture;
    picture.width = width;
    picture.height = height;
    picture.model = ColourModel::Rgb;
    // Without masks the fourth byte of a pixel is unused, whatever it holds.
    const bool unused = channels == 4 && header.compression == 0;
    for (std::size_t i = 3, end = std::size_t(width) * std::size_t(height) * 4; unused && i < end; i += 4) pixels[i] = 255;
    picture.alpha = channels == 4;
    picture.channels = channels;
    picture.bitsPerChannel = 8;
    Samples<std::uint8_t> samples;
    samples.data = owner;
    samples.size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels);
    picture.samples = std::move(samples);
    return picture;
}

}  // namespace tessera::codecs
