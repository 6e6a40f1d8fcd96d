// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <tessera/image.h>

/// Files of every format, made by the formats' own libraries, for the tests of the decoders.
namespace tessera::test {

using Bytes = std::vector<std::byte>;
using U8 = std::vector<std::uint8_t>;

/// Big-endian ("MM") or little-endian ("II") EXIF data with one orientation tag, without the "Exif\0\0" prefix.
Bytes exifWith(int orientation, bool bigEndian = true);
/// ICC profiles made with lcms2.
Bytes wideGamutProfile();        ///< matrix profile with ProPhoto's primaries, gamma 1.8
Bytes sRgbProfile();
Bytes linearGreyProfile();
Bytes cmykProfile();             ///< a small table: no ink is L = 50, all ink black, always neutral

/// A picture with a different colour in each corner and something asymmetric in between.
U8 cornerPicture(int width, int height, int channels);

struct JpegOptions {
    int quality = 95;
    bool progressive = false;
    bool adobe = true;   ///< CMYK: Adobe marker and inverted inks, as programs write them
    bool ycck = false;
    Bytes exif, profile;
};
/// 1 (grey), 3 (RGB) or 4 (CMYK, 255 is full ink) channels.
Bytes jpegOf(const U8& samples, int width, int height, int channels, const JpegOptions& options = {});

struct PngOptions {
    bool interlaced = false;
    U8 palette;              ///< RGB triples: samples are indices then
    U8 transparency;         ///< alpha of palette entries
    Bytes exif, profile;
};
/// 1 to 4 channels of 1..16 bits; samples hold one value each, 16 bits as they are.
Bytes pngOf(const std::vector<std::uint16_t>& samples, int width, int height, int channels, int bits, const PngOptions& options = {});
inline Bytes pngOf(const U8& samples, int width, int height, int channels, const PngOptions& options = {}) {
    return pngOf(std::vector<std::uint16_t>(samples.begin(), samples.end()), width, height, channels, 8, options);
}

/// Lossless, RGB or RGBA.
Bytes webpOf(const U8& samples, int width, int height, int channels, const Bytes& exif = {}, const Bytes& profile = {});
/// Animation of two frames: the given picture, then black.
Bytes animatedWebpOf(const U8& samples, int width, int height);

struct TiffOptions {
    int bits = 8;
    int format = 1;       ///< SAMPLEFORMAT_UINT; 3 is IEEE float
    int photometric = 2;  ///< 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 inks
    int compression = 1;
    int orientation = 1;
    int extra = -1;       ///< kind of the last channel: 0 unknown, 1 premultiplied alpha, 2 alpha
    bool separate = false, tiled = false;
    int rowsPerStrip = 5;
    Bytes profile;
};
/// `samples` as the machine stores them: width * height * channels samples of `bits` bits.
Bytes tiffOf(std::span<const std::byte> samples, int width, int height, int channels, const TiffOptions& options = {});

struct GifFrame {
    int left = 0, top = 0, width = 0, height = 0;
    U8 indices;
    int transparent = -1;
    bool interlaced = false;
};
/// `palette` holds 4 RGB triples.
Bytes gifOf(int width, int height, const U8& palette, const std::vector<GifFrame>& frames);

/// 24 or 32 bits, or 8 with a palette of RGB triples; `height` negative for top row first.
Bytes bmpOf(const U8& samples, int width, int height, int bits, const U8& palette = {});

Bytes bytesOf(const std::string& text);
template <typename T>
std::span<const std::byte> viewOf(const std::vector<T>& values) {
    return std::as_bytes(std::span(values));
}

}  // namespace tessera::test
