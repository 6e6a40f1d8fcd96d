// SPDX-License-Identifier: Apache-2.0
#include <csetjmp>
#include <cstring>

#include <png.h>

#include "image/codecs.h"

namespace tessera::codecs {
namespace {

// libpng reports through longjmp. Functions that call it hold no object with a destructor; this struct does.
struct Decoder {
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::span<const std::byte> rest;
    bool truncated = false;
    char message[128] = {};

    ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

void onError(png_structp png, png_const_charp message) {
    auto& decoder = *static_cast<Decoder*>(png_get_error_ptr(png));
    // The name of a chunk goes before, unprintable bytes of a damaged one as [20].
    const char* colon = std::strstr(message, ": ");
    const bool garbled = colon && std::memchr(message, '[', static_cast<std::size_t>(colon - message));
    std::strncpy(decoder.message, garbled ? colon + 2 : message, sizeof decoder.message - 1);
    png_longjmp(png, 1);
}

void onWarning(png_structp, png_const_charp) {}

void onRead(png_structp png, png_bytep target, std::size_t count) {
    auto& decoder = *static_cast<Decoder*>(png_get_io_ptr(png));
    if (count > decoder.rest.size()) {
        decoder.truncated = true;
        png_error(png, "end of file");
    }
    std::memcpy(target, decoder.rest.data(), count);
    decoder.rest = decoder.rest.subspan(count);
}

bool readHeader(Decoder& decoder) {
    if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
    png_set_read_fn(decoder.png, &decoder, onRead);
    png_set_user_limits(decoder.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // checkSize has the better sentence
    png_set_chunk_malloc_max(decoder.png, std::size_t(16) << 20);
    png_read_info(decoder.png, decoder.info);
    return true;
}

// Everything becomes 8 or 16 bit grey or RGB, with alpha where the file has transparency.
bool chooseLayout(Decoder& decoder) {
    if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
    png_structp png = decoder.png;
    const int colour = png_get_color_type(png, decoder.info);
    if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (colour == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, decoder.info) < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (png_get_valid(png, decoder.info, PNG_INFO_tRNS) != 0) png_set_tRNS_to_alpha(png);
    if (png_get_bit_depth(png, decoder.info) == 16) png_set_swap(png);  // to little-endian
    png_set_interlace_handling(png);
    png_read_update_info(png, decoder.info);
    return true;
}

bool readPixels(Decoder& decoder, png_bytepp rows) {
    if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
    png_read_image(decoder.png, rows);
    png_read_end(decoder.png, decoder.info);
    return true;
}

[[noreturn]] void fail(const Decoder& decoder, const std::string& name) {
    if (decoder.truncated) failTruncated("PNG", name);
    failDamaged("PNG", name, decoder.message);
}

template <typename T>
AnySamples pixelsOf(Decoder& decoder, std::size_t width, std::size_t height, std::size_t channels, const std::string& name) {
    Samples<T> samples(width * height * channels);
    std::vector<png_bytep> rows(height);
    for (std::size_t y = 0; y < height; ++y)
        rows[y] = reinterpret_cast<png_bytep>(samples.data.get() + y * width * channels);
    if (!readPixels(decoder, rows.data())) fail(decoder, name);
    return samples;
}

}  // namespace

RawPicture decodePng(std::span<const std::byte> bytes, const std::string& name) {
    Decoder decoder;
    decoder.rest = bytes;
    decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, onError, onWarning);
    if (decoder.png == nullptr) throw std::bad_alloc();
    decoder.info = png_create_info_struct(decoder.png);
    if (decoder.info == nullptr) throw std::bad_alloc();
    if (!readHeader(decoder)) fail(decoder, name);

    RawPicture picture;
    const std::uint32_t width = png_get_image_width(decoder.png, decoder.info);
    const std::uint32_t height = png_get_image_height(decoder.png, decoder.info);
    const int storedBits = png_get_bit_depth(decoder.png, decoder.info);
    const bool palette = png_get_color_type(decoder.png, decoder.info) == PNG_COLOR_TYPE_PALETTE;
    checkSize(width, height, 4, storedBits == 16 ? 2 : 1, name);
    if (!chooseLayout(decoder)) fail(decoder, name);
    const int channels = png_get_channels(decoder.png, decoder.info);
    picture.width = static_cast<int>(width);
    picture.height = static_cast<int>(height);
    picture.model = channels <= 2 ? ColourModel::Grey : ColourModel::Rgb;
    picture.alpha = channels % 2 == 0;
    picture.channels = channels;
    picture.bitsPerChannel = palette ? 8 : storedBits;

    char* profileName = nullptr;
    png_bytep profile = nullptr;
    png_uint_32 profileSize = 0;
    int compression = 0;
    if (png_get_iCCP(decoder.png, decoder.info, &profileName, &compression, &profile, &profileSize) != 0) {
        const auto* first = reinterpret_cast<const std::byte*>(profile);
        picture.profile.assign(first, first + profileSize);
    }
    const auto count = static_cast<std::size_t>(channels);
    if (storedBits == 16) picture.samples = pixelsOf<std::uint16_t>(decoder, width, height, count, name);
    else picture.samples = pixelsOf<std::uint8_t>(decoder, width, height, count, name);

    // After the pixels: the chunk may follow them.
    png_bytep exif = nullptr;
    png_uint_32 exifSize = 0;
    if (png_get_eXIf_1(decoder.png, decoder.info, &exifSize, &exif) != 0)
        picture.orientation = exifOrientation({reinterpret_cast<const std::byte*>(exif), exifSize});
    return picture;
}

}  // namespace tessera::codecs
