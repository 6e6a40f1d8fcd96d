// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// jpeglib.h needs <cstdio> before it.
#include <jpeglib.h>

#include <jerror.h>

#include "core/error.h"
#include "image/codecs.h"

namespace tessera::codecs {
namespace {

// A progressive file may claim thousands of scans over a large picture; real ones have about ten.
constexpr int kMostScans = 500;
constexpr std::uint64_t kMostCoefficientBytes = std::uint64_t(4) << 30;

// libjpeg reports through longjmp. Functions that call it hold no object with a destructor; this struct does.
struct Decoder {
    jpeg_error_mgr errors;  // first: libjpeg hands its address back
    jpeg_decompress_struct info;
    std::jmp_buf escape;
    bool created = false;
    bool truncated = false;
    bool damaged = false;
    char message[JMSG_LENGTH_MAX] = {};

    ~Decoder() {
        if (created) jpeg_destroy_decompress(&info);
    }
};

Decoder& decoderOf(j_common_ptr info) {
    return *reinterpret_cast<Decoder*>(info->err);
}

[[noreturn]] void onError(j_common_ptr info) {
    Decoder& decoder = decoderOf(info);
    info->err->format_message(info, decoder.message);
    std::longjmp(decoder.escape, 1);
}

void onMessage(j_common_ptr info, int level) {
    if (level >= 0) return;  // a trace
    Decoder& decoder = decoderOf(info);
    switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
        decoder.truncated = true;
        onError(info);
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_NOT_SEQUENTIAL:
        decoder.damaged = true;  // grey or shifted areas from here on
        break;
    default:
        break;  // stray bytes, odd version numbers: no pixel is wrong
    }
}

void onProgress(j_common_ptr info) {
    if (!info->is_decompressor) return;
    auto* decompress = reinterpret_cast<j_decompress_ptr>(info);
    if (decompress->input_scan_number <= kMostScans) return;
    std::snprintf(decoderOf(info).message, JMSG_LENGTH_MAX, "more than %d scans", kMostScans);
    std::longjmp(decoderOf(info).escape, 1);
}

bool readHeader(Decoder& decoder, std::span<const std::byte> bytes) {
    decoder.info.err = jpeg_std_error(&decoder.errors);
    decoder.errors.error_exit = onError;
    decoder.errors.emit_message = onMessage;
    if (setjmp(decoder.escape) != 0) return false;
    jpeg_create_decompress(&decoder.info);
    decoder.created = true;
    jpeg_mem_src(&decoder.info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_save_markers(&decoder.info, JPEG_APP0 + 1, 0xFFFF);  // EXIF
    jpeg_save_markers(&decoder.info, JPEG_APP0 + 2, 0xFFFF);  // ICC
    return jpeg_read_header(&decoder.info, TRUE) == JPEG_HEADER_OK;
}

bool readProfile(Decoder& decoder, JOCTET** data, unsigned* size) {
    if (setjmp(decoder.escape) != 0) return false;
    return jpeg_read_icc_profile(&decoder.info, data, size) != FALSE;
}

bool start(Decoder& decoder, jpeg_progress_mgr& progress) {
    if (setjmp(decoder.escape) != 0) return false;
    progress.progress_monitor = onProgress;
    decoder.info.progress = &progress;
    jpeg_calc_output_dimensions(&decoder.info);
    return true;
}

bool readPixels(Decoder& decoder, std::uint8_t* pixels, std::size_t rowBytes) {
    if (setjmp(decoder.escape) != 0) return false;
    jpeg_start_decompress(&decoder.info);
    while (decoder.info.output_scanline < decoder.info.output_height) {
        JSAMPROW rows[16];
        const JDIMENSION first = decoder.info.output_scanline;
        const JDIMENSION count = std::min<JDIMENSION>(16, decoder.info.output_height - first);
        for (JDIMENSION i = 0; i < count; ++i) rows[i] = pixels + rowBytes * (first + i);
        jpeg_read_scanlines(&decoder.info, rows, count);
    }
    jpeg_finish_decompress(&decoder.info);  // reads up to the end marker
    return true;
}

[[noreturn]] void fail(const Decoder& decoder, const std::string& name) {
    if (decoder.truncated) failTruncated("JPEG", name);
    failDamaged("JPEG", name, decoder.message);
}

unsigned scaleFor(unsigned longerSide, int atLeast) {
    if (atLeast <= 0) return 1;
    for (const unsigned denominator : {8U, 4U, 2U})
        if ((longerSide + denominator - 1) / denominator >= static_cast<unsigned>(atLeast)) return denominator;
    return 1;
}

int orientationOf(const jpeg_decompress_struct& info) {
    for (const jpeg_marker_struct* marker = info.marker_list; marker != nullptr; marker = marker->next) {
        const std::span data(reinterpret_cast<const std::byte*>(marker->data), marker->data_length);
        if (marker->marker == JPEG_APP0 + 1 && data.size() > 6 && std::memcmp(data.data(), "Exif\0", 6) == 0)
            return exifOrientation(data);
    }
    return 1;
}

void chooseColours(jpeg_decompress_struct& info, RawPicture& picture, const std::string& name) {
    switch (info.jpeg_color_space) {
    case JCS_GRAYSCALE:
        picture.model = ColourModel::Grey;
        info.out_color_space = JCS_GRAYSCALE;
        return;
    case JCS_RGB:
    case JCS_YCbCr:
        picture.model = ColourModel::Rgb;
        info.out_color_space = JCS_RGB;
        return;
    case JCS_CMYK:
    case JCS_YCCK:
        picture.model = ColourModel::Cmyk;
        picture.invertedInk = info.saw_Adobe_marker;
        info.out_color_space = JCS_CMYK;
        return;
    default:
        failUnsupported("a JPEG with " + std::to_string(info.num_components) + " components is not supported", name);
    }
}

}  // namespace

RawPicture decodeJpeg(std::span<const std::byte> bytes, const std::string& name, int atLeast) {
    Decoder decoder;
    jpeg_progress_mgr progress{};
    if (!readHeader(decoder, bytes)) fail(decoder, name);
    jpeg_decompress_struct& info = decoder.info;

    RawPicture picture;
    chooseColours(info, picture, name);
    picture.channels = info.num_components;
    picture.bitsPerChannel = info.data_precision;
    picture.orientation = orientationOf(info);
    checkSize(info.image_width, info.image_height, 1, 1, name);
    info.scale_num = 1;
    info.scale_denom = scaleFor(std::max(info.image_width, info.image_height), atLeast);
    if (!start(decoder, progress)) fail(decoder, name);
    const auto channels = static_cast<std::size_t>(colourChannels(picture.model));
    checkSize(info.output_width, info.output_height, static_cast<int>(channels), 1, name);
    const std::uint64_t coefficients = std::uint64_t(info.image_width) * info.image_height * channels * sizeof(JCOEF);
    if (jpeg_has_multiple_scans(&info) && coefficients > kMostCoefficientBytes)
        failUnsupported("a progressive JPEG of this size does not fit into memory", name);

    JOCTET* profile = nullptr;
    unsigned profileSize = 0;
    if (readProfile(decoder, &profile, &profileSize)) {
        const auto* first = reinterpret_cast<const std::byte*>(profile);
        picture.profile.assign(first, first + profileSize);
    }
    std::free(profile);

    picture.width = static_cast<int>(info.output_width);
    picture.height = static_cast<int>(info.output_height);
    picture.fullWidth = static_cast<int>(info.image_width);
    picture.fullHeight = static_cast<int>(info.image_height);
    const std::size_t rowBytes = info.output_width * channels;
    Samples<std::uint8_t> samples(rowBytes * info.output_height);
    if (!readPixels(decoder, samples.data.get(), rowBytes)) fail(decoder, name);
    if (decoder.damaged) picture.notes.emplace_back("the JPEG data are damaged: parts of the picture may be wrong");
    picture.samples = std::move(samples);
    return picture;
}

}  // namespace tessera::codecs
