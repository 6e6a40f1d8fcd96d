// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tessera::codecs {

/// Sample memory that is not cleared first: a decoder writes every sample or throws.
template <typename T>
struct Samples {
    Samples() = default;
    explicit Samples(std::size_t count) : data(std::make_shared_for_overwrite<T[]>(count)), size(count) {}
    std::shared_ptr<T[]> data;
    std::size_t size = 0;
};
using AnySamples = std::variant<Samples<std::uint8_t>, Samples<std::uint16_t>, Samples<float>>;

enum class ColourModel { Grey, Rgb, Cmyk };
constexpr int colourChannels(ColourModel model) {
    return model == ColourModel::Grey ? 1 : model == ColourModel::Rgb ? 3 : 4;
}

/// What a codec read, before colour management, compositing and turning upright.
struct RawPicture {
    int width = 0, height = 0;
    ColourModel model = ColourModel::Rgb;
    bool alpha = false;         ///< one more sample after the colour, straight (not premultiplied)
    bool invertedInk = false;   ///< CMYK with 255 for no ink, as Adobe writes it
    AnySamples samples;         ///< (height, width, colourChannels + alpha), file order
    int orientation = 1;        ///< EXIF 1..8, still to be applied
    std::vector<std::byte> profile;        ///< ICC profile; empty if there is none
    int fullWidth = 0, fullHeight = 0;     ///< of the file's picture in file order; 0 if the decode was not scaled
    int channels = 0, bitsPerChannel = 0;  ///< as in the file
    std::vector<std::string> notes;
};

/// All decoders check the header's sizes before they allocate pixels, and throw Failure with `name` as its place.
RawPicture decodeJpeg(std::span<const std::byte> bytes, const std::string& name, int atLeast);
RawPicture decodePng(std::span<const std::byte> bytes, const std::string& name);
RawPicture decodeWebp(std::span<const std::byte> bytes, const std::string& name);
RawPicture decodeTiff(std::span<const std::byte> bytes, const std::string& name);
RawPicture decodeBmp(std::span<const std::byte> bytes, const std::string& name);
RawPicture decodeGif(std::span<const std::byte> bytes, const std::string& name);
RawPicture decodePnm(std::span<const std::byte> bytes, const std::string& name);

/// Throws Failure unless both sides are 1..65535, the picture has at most 1 gigapixel and its samples take at most 4 GiB.
void checkSize(std::uint64_t width, std::uint64_t height, int channels, int bytesPerSample, const std::string& name);
[[noreturn]] void failTruncated(std::string_view format, const std::string& name);
[[noreturn]] void failDamaged(std::string_view format, const std::string& name, std::string_view detail = {});
[[noreturn]] void failUnsupported(const std::string& message, const std::string& name);

/// Orientation 1..8 from EXIF data, with or without its "Exif\0\0" prefix; 1 if there is none or it makes no sense.
int exifOrientation(std::span<const std::byte> exif);

}  // namespace tessera::codecs
