// SPDX-License-Identifier: Apache-2.0
#include "engine/image/test_pictures.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <gif_lib.h>
#include <jpeglib.h>
#include <lcms2.h>
#include <png.h>
#include <tiffio.h>
#include <webp/encode.h>
#include <webp/mux.h>

namespace tessera::test {
namespace {

void put(Bytes& bytes, std::uint32_t value, int count, bool bigEndian) {
    for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(value >> 8 * (bigEndian ? count - 1 - i : i)));
}

Bytes saved(cmsHPROFILE profile) {
    cmsUInt32Number size = 0;
    cmsSaveProfileToMem(profile, nullptr, &size);
    Bytes bytes(size);
    cmsSaveProfileToMem(profile, bytes.data(), &size);
    cmsCloseProfile(profile);
    return bytes;
}

const std::uint8_t* u8(const Bytes& bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

cmsInt32Number inkSampler(const cmsUInt16Number in[], cmsUInt16Number out[], void*) {
    // Lab of a grey that falls with all inks: enough to tell it from plain arithmetic.
    const double light = (1 - in[3] / 65535.0) * (1 - (in[0] + in[1] + in[2]) / (3 * 65535.0));
    const cmsCIELab lab{50 * light, 0, 0};
    cmsFloat2LabEncoded(out, &lab);
    return TRUE;
}

}  // namespace

Bytes bytesOf(const std::string& text) {
    const auto view = std::as_bytes(std::span(text));
    return {view.begin(), view.end()};
}

Bytes exifWith(int orientation, bool bigEndian) {
    Bytes exif = bytesOf(bigEndian ? "MM" : "II");
    put(exif, 42, 2, bigEndian);
    put(exif, 8, 4, bigEndian);
    put(exif, 2, 2, bigEndian);  // two entries: a resolution unit, then the orientation
    for (const auto& [tag, value] : {std::pair(0x0128U, 2U), std::pair(0x0112U, static_cast<unsigned>(orientation))}) {
        put(exif, tag, 2, bigEndian);
        put(exif, 3, 2, bigEndian);
        put(exif, 1, 4, bigEndian);
        put(exif, value, 2, bigEndian);
        put(exif, 0, 2, bigEndian);
    }
    put(exif, 0, 4, bigEndian);
    return exif;
}

Bytes wideGamutProfile() {
    const cmsCIExyY white{0.3457, 0.3585, 1};
    const cmsCIExyYTRIPLE primaries{{0.7347, 0.2653, 1}, {0.1596, 0.8404, 1}, {0.0366, 0.0001, 1}};
    cmsToneCurve* curve = cmsBuildGamma(nullptr, 1.8);
    std::array<cmsToneCurve*, 3> curves{curve, curve, curve};
    cmsHPROFILE profile = cmsCreateRGBProfile(&white, &primaries, curves.data());
    cmsFreeToneCurve(curve);
    cmsMLU* name = cmsMLUalloc(nullptr, 1);
    cmsMLUsetASCII(name, "en", "US", "Test Wide Gamut");
    cmsWriteTag(profile, cmsSigProfileDescriptionTag, name);
    cmsMLUfree(name);
    return saved(profile);
}

Bytes sRgbProfile() {
    return saved(cmsCreate_sRGBProfile());
}

Bytes linearGreyProfile() {
    cmsToneCurve* curve = cmsBuildGamma(nullptr, 1.0);
    cmsHPROFILE profile = cmsCreateGrayProfile(cmsD50_xyY(), curve);
    cmsFreeToneCurve(curve);
    return saved(profile);
}

Bytes cmykProfile() {
    cmsHPROFILE profile = cmsCreateProfilePlaceholder(nullptr);
    cmsSetProfileVersion(profile, 2.4);
    cmsSetDeviceClass(profile, cmsSigOutputClass);
    cmsSetColorSpace(profile, cmsSigCmykData);
    cmsSetPCS(profile, cmsSigLabData);
    cmsPipeline* pipeline = cmsPipelineAlloc(nullptr, 4, 3);
    cmsStage* table = cmsStageAllocCLut16bit(nullptr, 5, 4, 3, nullptr);
    cmsStageSampleCLut16bit(table, inkSampler, nullptr, 0);
    cmsPipelineInsertStage(pipeline, cmsAT_BEGIN, cmsStageAllocToneCurves(nullptr, 4, nullptr));
    cmsPipelineInsertStage(pipeline, cmsAT_END, table);
    cmsPipelineInsertStage(pipeline, cmsAT_END, cmsStageAllocToneCurves(nullptr, 3, nullptr));
    cmsWriteTag(profile, cmsSigAToB0Tag, pipeline);
    cmsPipelineFree(pipeline);
    cmsMLU* name = cmsMLUalloc(nullptr, 1);
    cmsMLUsetASCII(name, "en", "US", "Test Press");
    cmsWriteTag(profile, cmsSigProfileDescriptionTag, name);
    cmsMLUfree(name);
    return saved(profile);
}

U8 cornerPicture(int width, int height, int channels) {
    static constexpr std::array<std::array<std::uint8_t, 4>, 4> kCorners{{{250, 10, 20, 255}, {20, 240, 30, 255}, {10, 30, 230, 255}, {240, 230, 20, 255}}};
    U8 samples;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const auto& colour = kCorners[static_cast<std::size_t>((2 * y >= height ? 2 : 0) + (2 * x >= width ? 1 : 0))];
            for (int c = 0; c < channels; ++c) samples.push_back(colour[static_cast<std::size_t>(c)]);
        }
    return samples;
}

Bytes jpegOf(const U8& samples, int width, int height, int channels, const JpegOptions& options) {
    jpeg_compress_struct info;
    jpeg_error_mgr errors;
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* memory = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &memory, &size);
    info.image_width = static_cast<JDIMENSION>(width);
    info.image_height = static_cast<JDIMENSION>(height);
    info.input_components = channels;
    info.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&info);
    if (options.ycck) jpeg_set_colorspace(&info, JCS_YCCK);
    jpeg_set_quality(&info, options.quality, TRUE);
    if (channels == 3) info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;  // sharp colours
    if (options.progressive) jpeg_simple_progression(&info);
    if (channels == 4) info.write_Adobe_marker = options.adobe;
    jpeg_start_compress(&info, TRUE);
    if (!options.exif.empty()) {
        Bytes data = bytesOf("Exif");
        data.resize(6);
        data.insert(data.end(), options.exif.begin(), options.exif.end());
        jpeg_write_marker(&info, JPEG_APP0 + 1, u8(data), static_cast<unsigned>(data.size()));
    }
    if (!options.profile.empty()) jpeg_write_icc_profile(&info, u8(options.profile), static_cast<unsigned>(options.profile.size()));
    U8 row(static_cast<std::size_t>(width * channels));
    for (int y = 0; y < height; ++y) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::uint8_t value = samples[static_cast<std::size_t>(y) * row.size() + i];
            row[i] = channels == 4 && options.adobe ? static_cast<std::uint8_t>(255 - value) : value;
        }
        JSAMPROW pointer = row.data();
        jpeg_write_scanlines(&info, &pointer, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    const auto* first = reinterpret_cast<const std::byte*>(memory);
    Bytes bytes(first, first + size);
    std::free(memory);
    return bytes;
}

Bytes pngOf(const std::vector<std::uint16_t>& samples, int width, int height, int channels, int bits, const PngOptions& options) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    Bytes bytes;
    png_set_write_fn(
        png, &bytes,
        [](png_structp p, png_bytep data, std::size_t size) {
            const auto* first = reinterpret_cast<const std::byte*>(data);
            auto& target = *static_cast<Bytes*>(png_get_io_ptr(p));
            target.insert(target.end(), first, first + size);
        },
        [](png_structp) {});
    constexpr std::array kTypes{0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    const int type = options.palette.empty() ? kTypes[static_cast<std::size_t>(channels)] : PNG_COLOR_TYPE_PALETTE;
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), bits, type,
                 options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    std::vector<png_color> palette;
    for (std::size_t i = 0; i + 2 < options.palette.size(); i += 3) palette.push_back({options.palette[i], options.palette[i + 1], options.palette[i + 2]});
    if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
    if (!options.transparency.empty()) png_set_tRNS(png, info, options.transparency.data(), static_cast<int>(options.transparency.size()), nullptr);
    if (!options.profile.empty()) png_set_iCCP(png, info, "icc", 0, u8(options.profile), static_cast<png_uint_32>(options.profile.size()));
    Bytes exif = options.exif;
    if (!exif.empty()) png_set_eXIf_1(png, info, static_cast<png_uint_32>(exif.size()), reinterpret_cast<png_bytep>(exif.data()));
    png_write_info(png, info);
    if (bits < 8) png_set_packing(png);
    std::vector<std::vector<png_byte>> rows(static_cast<std::size_t>(height));
    std::vector<png_bytep> pointers;
    const auto perRow = static_cast<std::size_t>(width * channels);
    for (std::size_t y = 0; y < rows.size(); ++y) {
        for (std::size_t i = 0; i < perRow; ++i) {
            const std::uint16_t value = samples[y * perRow + i];
            if (bits == 16) rows[y].push_back(static_cast<png_byte>(value >> 8));
            rows[y].push_back(static_cast<png_byte>(value));
        }
        pointers.push_back(rows[y].data());
    }
    png_write_image(png, pointers.data());
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return bytes;
}

Bytes webpOf(const U8& samples, int width, int height, int channels, const Bytes& exif, const Bytes& profile) {
    std::uint8_t* memory = nullptr;
    const std::size_t size = channels == 4 ? WebPEncodeLosslessRGBA(samples.data(), width, height, width * 4, &memory)
                                           : WebPEncodeLosslessRGB(samples.data(), width, height, width * 3, &memory);
    WebPMux* mux = WebPMuxNew();
    const WebPData picture{memory, size};
    WebPMuxSetImage(mux, &picture, 1);
    const WebPData exifData{u8(exif), exif.size()}, profileData{u8(profile), profile.size()};
    if (!exif.empty()) WebPMuxSetChunk(mux, "EXIF", &exifData, 1);
    if (!profile.empty()) WebPMuxSetChunk(mux, "ICCP", &profileData, 1);
    WebPData file;
    WebPMuxAssemble(mux, &file);
    const auto* first = reinterpret_cast<const std::byte*>(file.bytes);
    Bytes bytes(first, first + file.size);
    WebPDataClear(&file);
    WebPMuxDelete(mux);
    WebPFree(memory);
    return bytes;
}

Bytes animatedWebpOf(const U8& samples, int width, int height) {
    WebPAnimEncoder* encoder = WebPAnimEncoderNew(width, height, nullptr);
    WebPConfig config;
    WebPConfigInit(&config);
    config.lossless = 1;
    const U8 black(samples.size(), 0);
    int milliseconds = 0;
    for (const U8* frame : {&samples, &black}) {
        WebPPicture picture;
        WebPPictureInit(&picture);
        picture.use_argb = 1;
        picture.width = width;
        picture.height = height;
        WebPPictureImportRGB(&picture, frame->data(), width * 3);
        WebPAnimEncoderAdd(encoder, &picture, milliseconds, &config);
        WebPPictureFree(&picture);
        milliseconds += 100;
    }
    WebPAnimEncoderAdd(encoder, nullptr, milliseconds, nullptr);
    WebPData file;
    WebPAnimEncoderAssemble(encoder, &file);
    const auto* first = reinterpret_cast<const std::byte*>(file.bytes);
    Bytes bytes(first, first + file.size);
    WebPDataClear(&file);
    WebPAnimEncoderDelete(encoder);
    return bytes;
}

Bytes tiffOf(std::span<const std::byte> samples, int width, int height, int channels, const TiffOptions& options) {
    const std::filesystem::path path = std::filesystem::temp_directory_path() / ("tessera_tiff_" + std::to_string(::getpid()));
    TIFF* tiff = TIFFOpen(path.c_str(), "w");
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, options.bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, channels);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, options.format);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, options.photometric);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, options.compression);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, options.orientation);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, options.separate ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (options.extra >= 0) {
        const auto kind = static_cast<std::uint16_t>(options.extra);
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
    }
    if (!options.profile.empty()) TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(options.profile.size()), options.profile.data());
    if (options.photometric == PHOTOMETRIC_PALETTE) {
        std::vector<std::uint16_t> red(256), green(256), blue(256);
        for (std::size_t i = 0; i < 256; ++i) {
            red[i] = static_cast<std::uint16_t>(i * 257);
            green[i] = static_cast<std::uint16_t>((255 - i) * 257);
            blue[i] = 128 * 257;
        }
        TIFFSetField(tiff, TIFFTAG_COLORMAP, red.data(), green.data(), blue.data());
    }
    const auto sampleBytes = static_cast<std::size_t>(options.bits / 8);
    const int stored = options.separate ? 1 : channels;
    const int planes = options.separate ? channels : 1;
    const auto sampleAt = [&](int x, int y, int c) {
        return samples.data() + ((static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * static_cast<std::size_t>(channels) +
                                 static_cast<std::size_t>(c)) * sampleBytes;
    };
    constexpr int kTile = 16;
    if (options.tiled) {
        TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kTile);
        TIFFSetField(tiff, TIFFTAG_TILELENGTH, kTile);
    } else {
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, options.rowsPerStrip);
    }
    for (int plane = 0; plane < planes; ++plane) {
        const int blockWidth = options.tiled ? kTile : width, blockHeight = options.tiled ? kTile : 1;
        for (int top = 0; top < height; top += blockHeight)
            for (int left = 0; left < width; left += blockWidth) {
                Bytes block(static_cast<std::size_t>(blockWidth * blockHeight * stored) * sampleBytes);
                for (int y = 0; y < blockHeight && top + y < height; ++y)
                    for (int x = 0; x < blockWidth && left + x < width; ++x)
                        for (int c = 0; c < stored; ++c)
                            std::memcpy(block.data() + static_cast<std::size_t>((y * blockWidth + x) * stored + c) * sampleBytes,
                                        sampleAt(left + x, top + y, options.separate ? plane : c), sampleBytes);
                if (options.tiled) TIFFWriteTile(tiff, block.data(), static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(top), 0, static_cast<std::uint16_t>(plane));
                else TIFFWriteScanline(tiff, block.data(), static_cast<std::uint32_t>(top), static_cast<std::uint16_t>(plane));
            }
    }
    TIFFClose(tiff);
    std::ifstream file(path, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), {});
    std::filesystem::remove(path);
    return bytesOf(content);
}

Bytes gifOf(int width, int height, const U8& palette, const std::vector<GifFrame>& frames) {
    Bytes bytes;
    int error = 0;
    GifFileType* gif = EGifOpen(
        &bytes,
        [](GifFileType* g, const GifByteType* data, int size) {
            const auto* first = reinterpret_cast<const std::byte*>(data);
            auto& target = *static_cast<Bytes*>(g->UserData);
            target.insert(target.end(), first, first + size);
            return size;
        },
        &error);
    EGifSetGifVersion(gif, true);
    std::vector<GifColorType> colours;
    for (std::size_t i = 0; i < palette.size(); i += 3) colours.push_back({palette[i], palette[i + 1], palette[i + 2]});
    ColorMapObject* map = GifMakeMapObject(static_cast<int>(colours.size()), colours.data());
    EGifPutScreenDesc(gif, width, height, 8, 0, map);
    for (const GifFrame& frame : frames) {
        const GraphicsControlBlock control{DISPOSAL_UNSPECIFIED, false, 10, frame.transparent};
        std::array<GifByteType, 4> extension{};
        EGifGCBToExtension(&control, extension.data());
        EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, extension.data());
        EGifPutImageDesc(gif, frame.left, frame.top, frame.width, frame.height, frame.interlaced, nullptr);
        const auto putRow = [&](int y) {
            U8 row(frame.indices.begin() + y * frame.width, frame.indices.begin() + (y + 1) * frame.width);
            EGifPutLine(gif, row.data(), frame.width);
        };
        if (frame.interlaced) {
            for (const auto& [first, step] : {std::pair(0, 8), std::pair(4, 8), std::pair(2, 4), std::pair(1, 2)})
                for (int y = first; y < frame.height; y += step) putRow(y);
        } else {
            for (int y = 0; y < frame.height; ++y) putRow(y);
        }
    }
    EGifCloseFile(gif, &error);
    GifFreeMapObject(map);
    return bytes;
}

Bytes bmpOf(const U8& samples, int width, int height, int bits, const U8& palette) {
    const int rows = std::abs(height), channels = bits / 8;
    const int stride = (width * channels + 3) / 4 * 4;
    const auto colours = static_cast<std::uint32_t>(palette.size() / 3);
    const std::uint32_t offset = 54 + 4 * colours;
    Bytes bytes = bytesOf("BM");
    put(bytes, offset + static_cast<std::uint32_t>(stride * rows), 4, false);
    put(bytes, 0, 4, false);
    put(bytes, offset, 4, false);
    put(bytes, 40, 4, false);
    put(bytes, static_cast<std::uint32_t>(width), 4, false);
    put(bytes, static_cast<std::uint32_t>(height), 4, false);
    put(bytes, 1, 2, false);
    put(bytes, static_cast<std::uint32_t>(bits), 2, false);
    for (const std::uint32_t value : {0U, static_cast<std::uint32_t>(stride * rows), 2835U, 2835U, colours, 0U}) put(bytes, value, 4, false);
    for (std::size_t i = 0; i < palette.size(); i += 3)
        for (const int value : {palette[i + 2], palette[i + 1], palette[i], std::uint8_t(0)}) bytes.push_back(static_cast<std::byte>(value));
    for (int row = 0; row < rows; ++row) {
        const int y = height < 0 ? row : rows - 1 - row;
        const std::size_t start = bytes.size();
        for (int x = 0; x < width; ++x) {
            const std::uint8_t* pixel = samples.data() + static_cast<std::size_t>((y * width + x) * channels);
            for (int c = std::min(channels, 3) - 1; c >= 0; --c) bytes.push_back(static_cast<std::byte>(pixel[c]));  // blue first
            if (channels == 4) bytes.push_back(static_cast<std::byte>(pixel[3]));
        }
        bytes.resize(start + static_cast<std::size_t>(stride));
    }
    return bytes;
}

}  // namespace tessera::test
