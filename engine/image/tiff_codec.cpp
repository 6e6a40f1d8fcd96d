// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <type_traits>

#include <tiffio.h>

#include "core/error.h"
#include "image/codecs.h"

namespace tessera::codecs {
namespace {

struct Source {
    std::span<const std::byte> bytes;
    std::uint64_t position = 0;
    bool truncated = false;
    char message[160] = {};
};

tmsize_t onRead(thandle_t handle, void* target, tmsize_t count) {
    auto& source = *static_cast<Source*>(handle);
    const std::uint64_t left = source.bytes.size() - std::min<std::uint64_t>(source.position, source.bytes.size());
    const std::uint64_t given = std::min(left, static_cast<std::uint64_t>(count));
    if (given < static_cast<std::uint64_t>(count)) source.truncated = true;
    if (given > 0) std::memcpy(target, source.bytes.data() + source.position, given);
    source.position += given;
    return static_cast<tmsize_t>(given);
}

tmsize_t onWrite(thandle_t, void*, tmsize_t) {
    return 0;
}

toff_t onSeek(thandle_t handle, toff_t offset, int whence) {
    auto& source = *static_cast<Source*>(handle);
    source.position = whence == SEEK_SET ? offset : whence == SEEK_CUR ? source.position + offset : source.bytes.size() + offset;
    return source.position;
}

int onClose(thandle_t) {
    return 0;
}

toff_t onSize(thandle_t handle) {
    return static_cast<Source*>(handle)->bytes.size();
}

int onError(TIFF*, void* user, const char*, const char* format, va_list arguments) {
    auto& source = *static_cast<Source*>(user);
    if (source.message[0] == '\0') std::vsnprintf(source.message, sizeof source.message, format, arguments);
    return 1;
}

int onWarning(TIFF*, void*, const char*, const char*, va_list) {
    return 1;
}

float fromHalf(std::uint16_t half) {
    const int exponent = half >> 10 & 31;
    const int mantissa = half & 1023;
    const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
    if (exponent == 31) return sign * (mantissa != 0 ? std::nanf("") : INFINITY);
    if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
    return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

class Reader {
public:
    Reader(std::span<const std::byte> bytes, const std::string& name) : m_name(name) {
        m_source.bytes = bytes;
        TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
        if (options == nullptr) throw std::bad_alloc();
        TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t(4) << 30);
        TIFFOpenOptionsSetErrorHandlerExtR(options, onError, &m_source);
        TIFFOpenOptionsSetWarningHandlerExtR(options, onWarning, nullptr);
        // "m": no memory mapping, so that every read past the end is seen by onRead.
        m_tiff.reset(TIFFClientOpenExt("", "rm", &m_source, onRead, onWrite, onSeek, onClose, onSize, nullptr, nullptr, options));
        TIFFOpenOptionsFree(options);
        if (!m_tiff) fail();
    }

    RawPicture read() {
        readHeader();
        if (isPlain()) readPlain();
        else readConverted();
        std::uint32_t profileSize = 0;
        void* profile = nullptr;
        if (!m_converted && TIFFGetField(m_tiff.get(), TIFFTAG_ICCPROFILE, &profileSize, &profile) != 0) {
            const auto* first = static_cast<const std::byte*>(profile);
            m_picture.profile.assign(first, first + profileSize);
        }
        const tdir_t pages = TIFFNumberOfDirectories(m_tiff.get());
        if (pages > 1) m_picture.notes.push_back("first of " + std::to_string(pages) + " pages");
        return std::move(m_picture);
    }

private:
    struct Closer {
        void operator()(TIFF* tiff) const { TIFFClose(tiff); }
    };

    [[noreturn]] void fail() const {
        if (m_source.truncated) failTruncated("TIFF", m_name);
        failDamaged("TIFF", m_name, m_source.message);
    }

    std::uint16_t tag(std::uint32_t which, std::uint16_t otherwise) const {
        std::uint16_t value = otherwise;
        TIFFGetFieldDefaulted(m_tiff.get(), which, &value);
        return value;
    }

    void readHeader() {
        std::uint32_t width = 0, height = 0;
        TIFFGetField(m_tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
        TIFFGetField(m_tiff.get(), TIFFTAG_IMAGELENGTH, &height);
        m_bits = tag(TIFFTAG_BITSPERSAMPLE, 1);
        m_perPixel = tag(TIFFTAG_SAMPLESPERPIXEL, 1);
        m_format = tag(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
        m_photometric = tag(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        m_separate = tag(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
        const std::uint16_t compression = tag(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
        if (TIFFIsCODECConfigured(compression) == 0)
            failUnsupported("TIFF compression " + std::to_string(compression) + " is not supported", m_name);
        if (m_perPixel == 0 || m_perPixel > 64) failUnsupported("a TIFF with " + std::to_string(m_perPixel) + " channels is not supported", m_name);
        checkSize(width, height, std::max<int>(m_perPixel, 4), std::clamp(m_bits / 8, 1, 4), m_name);
        if (compression == COMPRESSION_JPEG && m_photometric == PHOTOMETRIC_YCBCR) {
            TIFFSetField(m_tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
            m_photometric = PHOTOMETRIC_RGB;
        }
        const std::uint16_t orientation = tag(TIFFTAG_ORIENTATION, 1);
        m_picture.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
        m_picture.width = static_cast<int>(width);
        m_picture.height = static_cast<int>(height);
        m_picture.channels = m_perPixel;
        m_picture.bitsPerChannel = m_bits;
    }

    bool isPlain() {
        if (m_photometric == PHOTOMETRIC_MINISBLACK || m_photometric == PHOTOMETRIC_MINISWHITE) m_picture.model = ColourModel::Grey;
        else if (m_photometric == PHOTOMETRIC_RGB) m_picture.model = ColourModel::Rgb;
        else if (m_photometric == PHOTOMETRIC_SEPARATED && m_perPixel == 4) m_picture.model = ColourModel::Cmyk;
        else return false;
        const bool whole = m_format == SAMPLEFORMAT_UINT && (m_bits == 8 || m_bits == 16 || m_bits == 32);
        const bool real = m_format == SAMPLEFORMAT_IEEEFP && (m_bits == 16 || m_bits == 32 || m_bits == 64);
        if (!whole && !real) {
            if (m_format != SAMPLEFORMAT_UINT || m_bits > 8)
                failUnsupported("TIFF samples of this kind (" + std::to_string(m_bits) + " bits, format " + std::to_string(m_format) + ") are not supported", m_name);
            return false;
        }
        return m_perPixel >= colourChannels(m_picture.model);
    }

    void readPlain() {
        const int colours = colourChannels(m_picture.model);
        std::uint16_t extraCount = 0;
        const std::uint16_t* extras = nullptr;
        TIFFGetFieldDefaulted(m_tiff.get(), TIFFTAG_EXTRASAMPLES, &extraCount, &extras);
        const std::uint16_t extra = extraCount > 0 && m_perPixel > colours ? extras[0] : EXTRASAMPLE_UNSPECIFIED;
        m_picture.alpha = extra == EXTRASAMPLE_ASSOCALPHA || extra == EXTRASAMPLE_UNASSALPHA;
        if (m_perPixel > colours + (m_picture.alpha ? 1 : 0)) m_picture.notes.emplace_back("channels beyond colour left out");

        if (m_format == SAMPLEFORMAT_IEEEFP) {
            if (m_bits == 16) readBlocks<std::uint16_t, float>(fromHalf);
            else if (m_bits == 32) readBlocks<float, float>([](float value) { return value; });
            else readBlocks<double, float>([](double value) { return static_cast<float>(value); });
        } else if (m_bits == 8) {
            readBlocks<std::uint8_t, std::uint8_t>([](std::uint8_t value) { return value; });
        } else if (m_bits == 16) {
            readBlocks<std::uint16_t, std::uint16_t>([](std::uint16_t value) { return value; });
        } else {
            readBlocks<std::uint32_t, float>([](std::uint32_t value) { return static_cast<float>(value / 4294967295.0); });
        }
        std::visit([&](auto& samples) { finish(samples, extra == EXTRASAMPLE_ASSOCALPHA); }, m_picture.samples);
    }

    // Strips or tiles, chunky or planar: every block is unpacked into `block` and its colour and alpha samples copied out.
    template <typename From, typename To, typename Convert>
    void readBlocks(Convert convert) {
        TIFF* tiff = m_tiff.get();
        const auto width = static_cast<std::uint32_t>(m_picture.width), height = static_cast<std::uint32_t>(m_picture.height);
        const auto wanted = static_cast<std::uint32_t>(colourChannels(m_picture.model) + (m_picture.alpha ? 1 : 0));
        const std::uint32_t stored = m_separate ? 1 : m_perPixel;
        std::uint32_t blockWidth = width, blockHeight = height;
        const bool tiled = TIFFIsTiled(tiff) != 0;
        if (tiled) {
            TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &blockWidth);
            TIFFGetField(tiff, TIFFTAG_TILELENGTH, &blockHeight);
        } else {
            TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &blockHeight);
            blockHeight = std::min(blockHeight, height);
        }
        checkSize(blockWidth, blockHeight, static_cast<int>(stored), sizeof(From), m_name);
        const std::size_t rowSamples = std::size_t(blockWidth) * stored;
        std::vector<From> block(rowSamples * blockHeight);
        Samples<To> samples(std::size_t(width) * height * wanted);
        for (std::uint32_t plane = 0; plane < (m_separate ? wanted : 1); ++plane)
            for (std::uint32_t top = 0; top < height; top += blockHeight)
                for (std::uint32_t left = 0; left < width; left += blockWidth) {
                    const std::uint32_t rows = std::min(blockHeight, height - top);
                    const std::uint32_t columns = std::min(blockWidth, width - left);
                    const auto bytes = static_cast<tmsize_t>((tiled ? blockHeight : rows) * rowSamples * sizeof(From));
                    const auto sample = static_cast<std::uint16_t>(plane);
                    const tmsize_t got =
                        tiled ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, left, top, 0, sample), block.data(), bytes)
                              : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, top, sample), block.data(), bytes);
                    if (got < bytes) fail();
                    for (std::uint32_t y = 0; y < rows; ++y) {
                        const From* from = block.data() + y * rowSamples;
                        To* to = samples.data.get() + (std::size_t(top + y) * width + left) * wanted + plane;
                        for (std::uint32_t x = 0; x < columns; ++x, from += stored, to += wanted)
                            for (std::uint32_t c = 0; c < (m_separate ? 1 : wanted); ++c) to[c] = convert(from[c]);
                    }
                }
        m_picture.samples = std::move(samples);
    }

    // White-is-zero turned round, alpha made straight.
    template <typename T>
    void finish(Samples<T>& samples, bool premultiplied) {
        constexpr float kWhite = std::is_same_v<T, float> ? 1.0F : static_cast<float>(std::numeric_limits<T>::max());
        const int colours = colourChannels(m_picture.model);
        const std::size_t step = static_cast<std::size_t>(colours + (m_picture.alpha ? 1 : 0));
        if (m_photometric == PHOTOMETRIC_MINISWHITE)
            for (std::size_t i = 0; i < samples.size; i += step) samples.data[i] = static_cast<T>(kWhite - samples.data[i]);
        if (!premultiplied) return;
        for (std::size_t i = 0; i < samples.size; i += step) {
            const auto alpha = static_cast<float>(samples.data[i + step - 1]);
            for (int c = 0; c < colours && alpha > 0; ++c) {
                const float straight = static_cast<float>(samples.data[i + static_cast<std::size_t>(c)]) * kWhite / alpha;
                if constexpr (std::is_same_v<T, float>) samples.data[i + static_cast<std::size_t>(c)] = straight;
                else samples.data[i + static_cast<std::size_t>(c)] = static_cast<T>(std::lround(std::min(straight, kWhite)));
            }
        }
    }

    // Palettes, 1 to 4 bits, YCbCr, CIELab: libtiff's own conversion to 8-bit RGBA with premultiplied alpha.
    void readConverted() {
        m_converted = true;
        char reason[1024] = {};
        if (TIFFRGBAImageOK(m_tiff.get(), reason) == 0) failUnsupported(std::string("this TIFF is not supported: ") + reason, m_name);
        const auto width = static_cast<std::uint32_t>(m_picture.width), height = static_cast<std::uint32_t>(m_picture.height);
        Samples<std::uint32_t> raster(std::size_t(width) * height);
        // Asking for the file's own orientation leaves the rows in file order.
        if (TIFFReadRGBAImageOriented(m_tiff.get(), width, height, raster.data.get(), m_picture.orientation, 1) == 0) fail();
        bool opaque = true;
        for (std::size_t i = 0; i < raster.size && opaque; ++i) opaque = TIFFGetA(raster.data[i]) == 255;
        m_picture.model = m_photometric <= PHOTOMETRIC_MINISBLACK ? ColourModel::Grey : ColourModel::Rgb;
        m_picture.alpha = !opaque;
        const int colours = colourChannels(m_picture.model);
        const std::size_t step = static_cast<std::size_t>(colours + (opaque ? 0 : 1));
        Samples<std::uint8_t> samples(raster.size * step);
        std::uint8_t* to = samples.data.get();
        for (std::size_t i = 0; i < raster.size; ++i, to += step) {
            const std::uint32_t value = raster.data[i];
            to[0] = static_cast<std::uint8_t>(TIFFGetR(value));
            if (colours == 3) {
                to[1] = static_cast<std::uint8_t>(TIFFGetG(value));
                to[2] = static_cast<std::uint8_t>(TIFFGetB(value));
            }
            if (!opaque) to[step - 1] = static_cast<std::uint8_t>(TIFFGetA(value));
        }
        m_photometric = PHOTOMETRIC_RGB;
        finish(samples, !opaque);
        m_picture.samples = std::move(samples);
    }

    Source m_source;
    std::string m_name;
    std::unique_ptr<TIFF, Closer> m_tiff;
    RawPicture m_picture;
    std::uint16_t m_bits = 0, m_perPixel = 0, m_format = 0, m_photometric = 0;
    bool m_separate = false;
    bool m_converted = false;
};

}  // namespace

RawPicture decodeTiff(std::span<const std::byte> bytes, const std::string& name) {
    return Reader(bytes, name).read();
}

}  // namespace tessera::codecs
