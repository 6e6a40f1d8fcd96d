// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>

#include <gif_lib.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "core/error.h"
#include "core/regular_file.h"
#include "image/clip.h"
#include "image/video_library.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kColours = 256;

/// Frames as bytes, all of one size.
std::vector<Image> inBytes(std::span<const Image> frames, const std::string& path) {
    std::vector<Image> result;
    for (const Image& each : frames) {
        if (each.empty() || each.width() != frames.front().width() || each.height() != frames.front().height()) {
            throw Failure(ErrorCode::Invalid, "a clip's frames should have one size", path, "save them one by one");
        }
        result.push_back(each.toU8Rgb());
    }
    if (result.empty()) throw Failure(ErrorCode::Invalid, "there are no frames to write", path);
    return result;
}

std::span<const std::uint8_t> samplesOf(const Image& image) { return std::get<SharedArray<std::uint8_t>>(image.samples()).span(); }

void checkStopped(const std::stop_token& stop) {
    if (stop.stop_requested()) throw Cancelled();
}

std::string commentOf(const FileWords& words) {
    std::string text;
    for (const auto& [name, value] : words) text += (text.empty() ? "" : "\n") + name + ": " + value;
    return text;
}

int onGifWrite(GifFileType* gif, const GifByteType* from, int count) {
    auto& bytes = *static_cast<std::vector<std::byte>*>(gif->UserData);
    const auto* first = reinterpret_cast<const std::byte*>(from);
    bytes.insert(bytes.end(), first, first + count);
    return count;
}

/// Every frame with its own 256 colours, the error of each pixel spread over those that come after it (Floyd and Steinberg).
std::vector<GifByteType> indexed(const Image& image, std::vector<GifColorType>& colours) {
    const int width = image.width(), height = image.height();
    const auto count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    const auto samples = samplesOf(image);
    std::array<std::vector<GifByteType>, 3> planes;
    for (std::size_t c = 0; c < 3; ++c) {
        planes[c].resize(count);
        for (std::size_t i = 0; i < count; ++i) planes[c][i] = samples[i * 3 + c];
    }
    colours.assign(kColours, {});
    int used = kColours;
    std::vector<GifByteType> indices(count);
    if (GifQuantizeBuffer(static_cast<unsigned>(width), static_cast<unsigned>(height), &used, planes[0].data(), planes[1].data(), planes[2].data(), indices.data(), colours.data()) == GIF_ERROR) throw std::bad_alloc();
    std::vector<std::array<float, 3>> error(static_cast<std::size_t>(width) * 2 + 4);
    auto* now = error.data() + 1;
    auto* below = now + width + 2;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
            std::array<float, 3> wanted;
            for (std::size_t c = 0; c < 3; ++c) wanted[c] = std::clamp(static_cast<float>(samples[i * 3 + c]) + now[x][c], 0.0F, 255.0F);
            int best = 0;
            float least = 1e9F;
            for (int k = 0; k < used; ++k) {
                const GifColorType& each = colours[static_cast<std::size_t>(k)];
                const float r = wanted[0] - each.Red, g = wanted[1] - each.Green, b = wanted[2] - each.Blue, distance = r * r + g * g + b * b;
                if (distance < least) {
                    least = distance;
                    best = k;
                }
            }
            indices[i] = static_cast<GifByteType>(best);
            const GifColorType& taken = colours[static_cast<std::size_t>(best)];
            const std::array<float, 3> left{wanted[0] - taken.Red, wanted[1] - taken.Green, wanted[2] - taken.Blue};
            for (std::size_t c = 0; c < 3; ++c) {
                now[x + 1][c] += left[c] * 7 / 16;
                below[x - 1][c] += left[c] * 3 / 16;
                below[x][c] += left[c] * 5 / 16;
                below[x + 1][c] += left[c] / 16;
            }
        }
        std::swap(now, below);
        std::fill(below - 1, below + width + 1, std::array<float, 3>{});
    }
    return indices;
}

struct GifCloser {
    void operator()(GifFileType* gif) const { EGifCloseFile(gif, nullptr); }
};

std::vector<std::byte> gifOf(const std::vector<Image>& frames, double framesPerSecond, const FileWords& words, const std::string& path, const std::stop_token& stop) {
    std::vector<std::byte> bytes;
    int error = 0;
    std::unique_ptr<GifFileType, GifCloser> gif(EGifOpen(&bytes, onGifWrite, &error));
    const auto check = [&](bool good) {
        if (!good) throw Failure(ErrorCode::Internal, "the GIF file cannot be written", path);
    };
    check(gif != nullptr);
    EGifSetGifVersion(gif.get(), true);
    const int width = frames.front().width(), height = frames.front().height();
    check(EGifPutScreenDesc(gif.get(), width, height, 8, 0, nullptr) == GIF_OK);
    // Plays for ever.
    check(EGifPutExtensionLeader(gif.get(), APPLICATION_EXT_FUNC_CODE) == GIF_OK && EGifPutExtensionBlock(gif.get(), 11, "NETSCAPE2.0") == GIF_OK && EGifPutExtensionBlock(gif.get(), 3, "\1\0\0") == GIF_OK &&
          EGifPutExtensionTrailer(gif.get()) == GIF_OK);
    if (const std::string comment = commentOf(words); !comment.empty()) check(EGifPutComment(gif.get(), comment.c_str()) == GIF_OK);
    double shown = 0;
    for (const Image& frame : frames) {
        checkStopped(stop);
        // Hundredths of a second, so that what is rounded off one is added to another.
        const double from = std::round(shown * 100), to = std::round((shown += 1 / framesPerSecond) * 100);
        const GraphicsControlBlock control{.DisposalMode = DISPOSE_DO_NOT, .UserInputFlag = false, .DelayTime = static_cast<int>(to - from), .TransparentColor = NO_TRANSPARENT_COLOR};
        std::array<GifByteType, 4> packed{};
        EGifGCBToExtension(&control, packed.data());
        std::vector<GifColorType> colours;
        const std::vector<GifByteType> indices = indexed(frame, colours);
        const std::unique_ptr<ColorMapObject, decltype(&GifFreeMapObject)> map(GifMakeMapObject(kColours, colours.data()), GifFreeMapObject);
        check(map && EGifPutExtension(gif.get(), GRAPHICS_EXT_FUNC_CODE, packed.size(), packed.data()) == GIF_OK && EGifPutImageDesc(gif.get(), 0, 0, width, height, false, map.get()) == GIF_OK);
        for (int y = 0; y < height; ++y) check(EGifPutLine(gif.get(), const_cast<GifPixelType*>(indices.data()) + static_cast<std::size_t>(y) * static_cast<std::size_t>(width), width) == GIF_OK);
    }
    check(EGifCloseFile(gif.release(), nullptr) == GIF_OK);
    return bytes;
}

std::vector<std::byte> webpOf(const std::vector<Image>& frames, double framesPerSecond, const FileWords& words, const std::string& path, const std::stop_token& stop) {
    const auto check = [&](bool good) {
        if (!good) throw Failure(ErrorCode::Internal, "the WebP file cannot be written", path);
    };
    WebPAnimEncoderOptions options;
    check(WebPAnimEncoderOptionsInit(&options) != 0);
    const std::unique_ptr<WebPAnimEncoder, decltype(&WebPAnimEncoderDelete)> encoder(WebPAnimEncoderNew(frames.front().width(), frames.front().height(), &options), WebPAnimEncoderDelete);
    check(encoder != nullptr);
    WebPConfig config;
    check(WebPConfigInit(&config) != 0 && WebPConfigLosslessPreset(&config, 6) != 0);
    int index = 0;
    const auto at = [&](int frame) { return static_cast<int>(std::lround(1000 * frame / framesPerSecond)); };
    for (const Image& frame : frames) {
        checkStopped(stop);
        WebPPicture picture;
        check(WebPPictureInit(&picture) != 0);
        picture.use_argb = 1;
        picture.width = frame.width();
        picture.height = frame.height();
        const bool added = WebPPictureImportRGB(&picture, samplesOf(frame).data(), frame.width() * 3) != 0 && WebPAnimEncoderAdd(encoder.get(), &picture, at(index), &config) != 0;
        WebPPictureFree(&picture);
        check(added);
        ++index;
    }
    WebPData data;
    WebPDataInit(&data);
    check(WebPAnimEncoderAdd(encoder.get(), nullptr, at(index), nullptr) != 0 && WebPAnimEncoderAssemble(encoder.get(), &data) != 0);
    const auto free = [](WebPData* each) { WebPDataClear(each); };
    const std::unique_ptr<WebPData, decltype(free)> first(&data, free);
    const auto copied = [](const WebPData& from) { return std::vector<std::byte>(reinterpret_cast<const std::byte*>(from.bytes), reinterpret_cast<const std::byte*>(from.bytes) + from.size); };
    const std::string comment = commentOf(words);
    if (comment.empty()) return copied(data);
    // XMP's chunk is the one that WebP keeps for texts.
    const std::unique_ptr<WebPMux, decltype(&WebPMuxDelete)> mux(WebPMuxCreate(&data, 1), WebPMuxDelete);
    const std::string packet = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:description>" +
                               [&] {
                                   std::string escaped;
                                   for (const char c : comment) escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
                                   return escaped;
                               }() +
                               "</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>";
    const WebPData text{reinterpret_cast<const std::uint8_t*>(packet.data()), packet.size()};
    WebPData whole;
    WebPDataInit(&whole);
    check(mux && WebPMuxSetChunk(mux.get(), "XMP ", &text, 0) == WEBP_MUX_OK && WebPMuxAssemble(mux.get(), &whole) == WEBP_MUX_OK);
    const std::unique_ptr<WebPData, decltype(free)> second(&whole, free);
    return copied(whole);
}

/// FFmpeg writes to a name, so the film takes its own once it is whole.
void writeFilm(const std::string& path, const std::vector<Image>& frames, double framesPerSecond, const FileWords& words, const std::stop_token& stop) {
    const VideoPlugin& plugin = videoPlugin();
    const fs::path target(path);
    fs::path temporary = target;
    temporary.replace_extension(".part.mp4");
    std::array<char, 256> reason{};
    const auto fail = [&] {
        std::error_code ignored;
        fs::remove(temporary, ignored);
        throw Failure(ErrorCode::Internal, std::string("the film cannot be written: ") + reason.data(), path, "choose another folder, or write GIF or WebP");
    };
    void* writer = plugin.create(temporary.c_str(), frames.front().width(), frames.front().height(), framesPerSecond, commentOf(words).c_str(), reason.data(), reason.size());
    if (!writer) fail();
    bool good = true;
    for (const Image& frame : frames) good = good && !stop.stop_requested() && plugin.write(writer, samplesOf(frame).data(), reason.data(), reason.size());
    const bool finished = plugin.finish(writer, good, reason.data(), reason.size());
    std::error_code error;
    if (stop.stop_requested()) {
        fs::remove(temporary, error);
        throw Cancelled();
    }
    if (!good || !finished) fail();
    fs::rename(temporary, target, error);
    if (error) {
        std::snprintf(reason.data(), reason.size(), "%s", error.message().c_str());
        fail();
    }
}

}  // namespace

void writeClip(const std::string& path, std::span<const Image> frames, double framesPerSecond, const FileWords& words, std::stop_token stop) {
    if (!(framesPerSecond > 0) || framesPerSecond > 1000) throw Failure(ErrorCode::Invalid, "the number of frames a second is out of range", path, "use above 0, up to 1000");
    const std::vector<Image> bytes = inBytes(frames, path);
    const std::string ending = fs::path(path).extension().string();
    if (ending == ".mp4") return writeFilm(path, bytes, framesPerSecond, words, stop);
    if (ending != ".gif" && ending != ".webp") throw Failure(ErrorCode::Invalid, "the name does not say which clip to write", path, "end it in .gif, .webp or .mp4");
    const std::vector<std::byte> encoded = ending == ".gif" ? gifOf(bytes, framesPerSecond, words, path, stop) : webpOf(bytes, framesPerSecond, words, path, stop);
    TemporaryFile file(path);
    file.write(encoded);
    file.rename();
}

}  // namespace tessera
