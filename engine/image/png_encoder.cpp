// SPDX-License-Identifier: Apache-2.0
#include "image/png_encoder.h"

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <new>

#include <png.h>

#include "core/error.h"

namespace tessera::codecs {
namespace {

// libpng reports through longjmp: the function that calls it holds no object with a destructor; this struct does.
struct Encoder {
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::vector<std::byte> file;
    std::vector<png_text> texts;
    std::vector<png_bytep> rows;
    bool outOfMemory = false, cancelled = false;
    char message[128] = {};

    ~Encoder() { png_destroy_write_struct(&png, &info); }
};

void onError(png_structp png, png_const_charp message) {
    auto& encoder = *static_cast<Encoder*>(png_get_error_ptr(png));
    std::strncpy(encoder.message, message, sizeof encoder.message - 1);
    png_longjmp(png, 1);
}

void onWarning(png_structp, png_const_charp) {}

void onWrite(png_structp png, png_bytep data, std::size_t size) {
    auto& encoder = *static_cast<Encoder*>(png_get_io_ptr(png));
    try {
        const auto* first = reinterpret_cast<const std::byte*>(data);
        encoder.file.insert(encoder.file.end(), first, first + size);
    } catch (const std::bad_alloc&) {
        encoder.outOfMemory = true;
    }
    if (encoder.outOfMemory) png_error(png, "out of memory");
}

void onFlush(png_structp) {}

bool write(Encoder& encoder, const PngRows& rows) {
    if (setjmp(png_jmpbuf(encoder.png)) != 0) return false;
    png_structp png = encoder.png;
    png_set_write_fn(png, &encoder, onWrite, onFlush);
    const int colour = rows.channels == 1 ? PNG_COLOR_TYPE_GRAY : rows.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGB_ALPHA;
    png_set_IHDR(png, encoder.info, static_cast<png_uint_32>(rows.width), static_cast<png_uint_32>(rows.height), rows.bits, colour,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 4);  // a quarter of the time of level 6 for about 3 % more bytes
    png_set_sRGB(png, encoder.info, PNG_sRGB_INTENT_PERCEPTUAL);
    if (!encoder.texts.empty()) png_set_text(png, encoder.info, encoder.texts.data(), static_cast<int>(encoder.texts.size()));
    png_write_info(png, encoder.info);
    if (rows.bits == 16) png_set_swap(png);
    for (png_const_bytep row : encoder.rows) {
        encoder.cancelled = rows.stop.stop_requested();
        if (encoder.cancelled) return false;
        png_write_row(png, row);
    }
    png_write_end(png, encoder.info);
    return true;
}

}  // namespace

std::vector<std::byte> encodePng(const PngRows& rows, const std::map<std::string, std::string>& text) {
    Encoder encoder;
    encoder.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &encoder, onError, onWarning);
    if (encoder.png == nullptr) throw std::bad_alloc();
    encoder.info = png_create_info_struct(encoder.png);
    if (encoder.info == nullptr) throw std::bad_alloc();

    static char kNoLanguage[] = "";
    for (const auto& [keyword, value] : text) {
        png_text entry{};
        const bool ascii = std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
        entry.compression = ascii ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
        entry.key = const_cast<char*>(keyword.c_str());
        entry.text = const_cast<char*>(value.c_str());
        entry.text_length = ascii ? value.size() : 0;
        entry.itxt_length = ascii ? 0 : value.size();
        entry.lang = kNoLanguage;
        entry.lang_key = kNoLanguage;
        encoder.texts.push_back(entry);
    }
    const std::size_t rowBytes = rows.samples.size() / static_cast<std::size_t>(rows.height);
    for (int y = 0; y < rows.height; ++y)
        encoder.rows.push_back(const_cast<png_bytep>(reinterpret_cast<png_const_bytep>(rows.samples.data() + static_cast<std::size_t>(y) * rowBytes)));
    if (!write(encoder, rows)) {
        if (encoder.cancelled) throw Cancelled();
        if (encoder.outOfMemory) throw std::bad_alloc();
        throw Failure(ErrorCode::Internal, std::string("PNG cannot be written: ") + encoder.message);
    }
    return std::move(encoder.file);
}

}  // namespace tessera::codecs
