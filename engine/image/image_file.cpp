// SPDX-License-Identifier: Apache-2.0
#include "image/image_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>

#include "core/error.h"
#include "image/codecs.h"
#include "image/finished_picture.h"
#include "image/orientation.h"
#ifdef TESSERA_IMAGE_CODECS
#include "image/clip.h"
#include "image/colour_profile.h"
#endif

namespace tessera {
namespace {

using namespace codecs;
using namespace std::literals;

bool holds(std::string_view head, std::size_t offset, std::string_view magic) {
    return head.size() >= offset + magic.size() && head.substr(offset, magic.size()) == magic;
}

struct Format {
    const char* name;
    bool (*matches)(std::string_view head);
    RawPicture (*decode)(std::span<const std::byte> bytes, const std::string& name, int atLeast);  ///< null: not in this build
};

#ifdef TESSERA_IMAGE_CODECS
template <RawPicture (*decode)(std::span<const std::byte>, const std::string&)>
constexpr auto kWhole = [](std::span<const std::byte> bytes, const std::string& name, int) { return decode(bytes, name); };
#define TESSERA_CODEC(function) function
#else
#define TESSERA_CODEC(function) nullptr
#endif

const std::array kFormats{
    Format{"JPEG", [](std::string_view h) { return holds(h, 0, "\xFF\xD8\xFF"); }, TESSERA_CODEC(decodeJpeg)},
    Format{"PNG", [](std::string_view h) { return holds(h, 0, "\x89PNG\r\n\x1A\n"); }, TESSERA_CODEC(kWhole<decodePng>)},
    Format{"WebP", [](std::string_view h) { return holds(h, 0, "RIFF") && holds(h, 8, "WEBP"); }, TESSERA_CODEC(kWhole<decodeWebp>)},
    Format{"TIFF",
           [](std::string_view h) { return holds(h, 0, "II*\0"sv) || holds(h, 0, "MM\0*"sv) || holds(h, 0, "II+\0"sv) || holds(h, 0, "MM\0+"sv); },
           TESSERA_CODEC(kWhole<decodeTiff>)},
    Format{"BMP", [](std::string_view h) { return holds(h, 0, "BM") && holds(h, 6, "\0\0\0\0"sv); }, TESSERA_CODEC(kWhole<decodeBmp>)},
    Format{"GIF", [](std::string_view h) { return holds(h, 0, "GIF87a") || holds(h, 0, "GIF89a"); }, TESSERA_CODEC(kWhole<decodeGif>)},
    Format{"PNM",
           [](std::string_view h) { return h.size() > 2 && h[0] == 'P' && (h[1] == '5' || h[1] == '6') && std::string_view(" \t\r\n#").find(h[2]) != std::string_view::npos; },
           [](std::span<const std::byte> bytes, const std::string& name, int) { return decodePnm(bytes, name); }},
};
#undef TESSERA_CODEC

// What a file that is no picture of ours looks like, for the sentence that refuses it.
std::string describe(std::string_view head) {
    struct Look { std::size_t offset; std::string_view magic; const char* words; };
    static constexpr std::array kLooks{
        Look{4, "ftypheic", "a HEIC picture"},   Look{4, "ftypmif1", "a HEIF picture"},  Look{4, "ftypavif", "an AVIF picture"},
        Look{4, "ftyp", "an MP4 video"},         Look{0, "\xFF\x0A", "a JPEG XL picture"}, Look{0, "\0\0\0\x0CJXL "sv, "a JPEG XL picture"},
        Look{0, "\0\0\0\x0CjP  "sv, "a JPEG 2000 picture"}, Look{0, "8BPS", "a Photoshop document"}, Look{0, "v/1\x01", "an OpenEXR picture"},
        Look{0, "#?RADIANCE", "a Radiance HDR picture"}, Look{0, "\0\0\1\0"sv, "an icon file"}, Look{0, "%PDF", "a PDF document"},
        Look{0, "PK\3\4", "a ZIP archive"},      Look{0, "\x1F\x8B", "a gzip archive"},  Look{0, "\x7F" "ELF", "a program"},
        Look{0, "\x1A\x45\xDF\xA3", "a Matroska or WebM video"}, Look{0, "<svg", "an SVG drawing"}, Look{0, "<!DOCTYPE html", "an HTML page"},
        Look{0, "<html", "an HTML page"},        Look{0, "<?xml", "an XML document"},
    };
    for (const Look& look : kLooks)
        if (holds(head, look.offset, look.magic)) return look.words;
    const bool text = std::all_of(head.begin(), head.end(), [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code >= 0x20 || c == '\n' || c == '\r' || c == '\t';
    });
    return text ? "text" : "unknown data";
}

const Format& formatOf(std::span<const std::byte> bytes, const std::string& name) {
    const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 512));
    for (const Format& format : kFormats)
        if (format.matches(head)) {
            if (format.decode != nullptr) return format;
            throw Failure(ErrorCode::Unsupported, std::string(format.name) + " cannot be read: built without image libraries", name,
                          "save it as PNM, or build with TESSERA_IMAGE_FILES=ON");
        }
    throw Failure(ErrorCode::Unsupported, "this is not a picture that Tessera reads; it looks like " + describe(head), name,
                  "use JPEG, PNG, WebP, TIFF, BMP, GIF or PNM");
}

template <typename T>
Samples<T> composited(const Samples<T>& samples, int colours, float matte) {
    constexpr bool kReal = std::is_same_v<T, float>;
    constexpr float kWhite = kReal ? 1.0F : static_cast<float>(std::numeric_limits<T>::max());
    const auto count = static_cast<std::size_t>(colours);
    Samples<T> result(samples.size / (count + 1) * count);
    const T* from = samples.data.get();
    for (T* to = result.data.get(); to != result.data.get() + result.size; from += count + 1, to += count) {
        const float alpha = static_cast<float>(from[count]) / kWhite;
        for (std::size_t c = 0; c < count; ++c) {
            const float mixed = static_cast<float>(from[c]) * alpha + matte * kWhite * (1 - alpha);
            to[c] = kReal ? static_cast<T>(mixed) : static_cast<T>(std::clamp(mixed, 0.0F, kWhite) + 0.5F);
        }
    }
    return result;
}

std::string matteName(float matte) {
    if (matte >= 1) return "white";
    if (matte <= 0) return "black";
    return std::to_string(std::lround(matte * 100)) + " % grey";
}

void compositeAlpha(RawPicture& picture, float matte) {
    if (!picture.alpha) return;
    std::visit([&](auto& samples) { samples = composited(samples, colourChannels(picture.model), matte); }, picture.samples);
    picture.alpha = false;
    picture.notes.push_back("alpha composited on " + matteName(matte));
}

Image imageOf(const RawPicture& picture) {
    return std::visit(
        [&]<typename T>(const Samples<T>& samples) {
            return Image(picture.width, picture.height, colourChannels(picture.model),
                         SharedArray<T>(samples.data, samples.data.get(), samples.size));
        },
        picture.samples);
}

}  // namespace

DecodedImage finishedPicture(RawPicture picture, std::string format, const DecodeOptions& options) {
    if (picture.fullWidth == 0) {
        picture.fullWidth = picture.width;
        picture.fullHeight = picture.height;
    }
#ifdef TESSERA_IMAGE_CODECS
    convertToSrgb(picture);
#endif
    compositeAlpha(picture, options.matte);
    turnUpright(picture);
    DecodedImage decoded;
    decoded.image = imageOf(picture);
    decoded.format = std::move(format);
    decoded.fullWidth = picture.fullWidth;
    decoded.fullHeight = picture.fullHeight;
    decoded.channels = picture.channels;
    decoded.bitsPerChannel = picture.bitsPerChannel;
    decoded.notes = std::move(picture.notes);
    return decoded;
}

DecodedImage decodeImage(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options) {
    if (bytes.empty()) throw Failure(ErrorCode::Invalid, "the file is empty", name);
#ifdef TESSERA_IMAGE_CODECS
    if (options.frame > 0 || looksLikeFilm(bytes)) {
        const std::shared_ptr<Clip> clip = Clip::open(SharedBytes(std::vector<std::byte>(bytes.begin(), bytes.end())), name);
        if (clip && options.frame < clip->frames()) return clip->frame(options.frame, options);
        throw Failure(ErrorCode::Invalid, "there is no frame " + std::to_string(options.frame + 1) + " in it", name, "choose one of " + std::to_string(clip ? clip->frames() : 1));
    }
#endif
    const Format& format = formatOf(bytes, name);
    try {
        RawPicture picture = format.decode(bytes, name, options.atLeast);
        return finishedPicture(std::move(picture), format.name, options);
    } catch (const std::bad_alloc&) {
        throw Failure(ErrorCode::OutOfMemory, "there is not enough memory for this picture", name, "reduce it, or close other programs");
    }
}

}  // namespace tessera
