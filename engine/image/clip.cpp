// SPDX-License-Identifier: Apache-2.0
#include "image/clip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>

#include <webp/demux.h>

#include "core/error.h"
#include "image/codecs.h"
#include "image/finished_picture.h"
#include "image/video_library.h"

namespace tessera {
namespace {

using namespace std::literals;
using namespace codecs;

std::string_view headOf(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 64)}; }

bool isGif(std::span<const std::byte> bytes) { return headOf(bytes).starts_with("GIF8"); }

bool isWebp(std::span<const std::byte> bytes) {
    const std::string_view head = headOf(bytes);
    return head.starts_with("RIFF") && head.size() > 12 && head.substr(8, 4) == "WEBP";
}

/// Of MP4's kin, those that hold films: HEIF's and AVIF's do not.
bool holdsFilm(std::string_view brand) {
    constexpr std::array kStill{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv, "mif1"sv, "msf1"sv, "avif"sv, "avis"sv};
    return std::ranges::find(kStill, brand) == kStill.end();
}

[[noreturn]] void failFrame(int index, int frames, const std::string& name) {
    throw Failure(ErrorCode::Unreadable, "frame " + std::to_string(index + 1) + " of " + std::to_string(frames) + " cannot be decoded: the film is damaged or cut off", name, "choose an earlier frame, or get the file again");
}

/// Whose frames come one after another.
class ClipInOrder : public Clip {
public:
    DecodedImage frame(int index, const DecodeOptions& options) override {
        TESSERA_ASSERT(index >= 0 && index < m_frames);
        if (index < m_next) {
            restart();
            m_next = 0;
        }
        RawPicture picture;
        picture.width = m_width;
        picture.height = m_height;
        while (m_next <= index) {
            if (!read(picture)) {
                restart();
                m_next = 0;
                failFrame(index, m_frames, m_name);
            }
            ++m_next;
        }
        picture.channels = picture.alpha ? 4 : 3;
        picture.bitsPerChannel = 8;
        picture.orientation = m_orientation;
        picture.notes.push_back("frame " + std::to_string(index + 1) + " of " + std::to_string(m_frames));
        return finishedPicture(std::move(picture), m_format, options);
    }

protected:
    virtual void restart() = 0;
    virtual bool read(RawPicture& picture) = 0;  ///< the next one

    SharedBytes m_bytes;
    std::string m_name, m_format;
    int m_width = 0, m_height = 0, m_orientation = 1;

private:
    int m_next = 0;
};

class MovingWebp final : public ClipInOrder {
public:
    MovingWebp(SharedBytes bytes, std::string name) {
        m_bytes = std::move(bytes);
        m_name = std::move(name);
        m_format = "WebP";
        WebPAnimDecoderOptions options;
        WebPAnimDecoderOptionsInit(&options);
        options.color_mode = MODE_RGBA;
        const WebPData data{reinterpret_cast<const std::uint8_t*>(m_bytes.data()), m_bytes.size()};
        WebPAnimInfo info{};
        m_decoder.reset(WebPAnimDecoderNew(&data, &options));
        if (!m_decoder || WebPAnimDecoderGetInfo(m_decoder.get(), &info) == 0) return;
        checkSize(info.canvas_width, info.canvas_height, 4, 1, m_name);
        m_width = static_cast<int>(info.canvas_width);
        m_height = static_cast<int>(info.canvas_height);
        m_frames = static_cast<int>(info.frame_count);
        m_framesPerSecond = rate();
    }

private:
    void restart() override { WebPAnimDecoderReset(m_decoder.get()); }
    bool read(RawPicture& picture) override {
        std::uint8_t* canvas = nullptr;
        int milliseconds = 0;
        if (WebPAnimDecoderGetNext(m_decoder.get(), &canvas, &milliseconds) == 0) return false;
        Samples<std::uint8_t> samples(static_cast<std::size_t>(m_width) * static_cast<std::size_t>(m_height) * 4);
        std::memcpy(samples.data.get(), canvas, samples.size);
        picture.samples = std::move(samples);
        picture.alpha = true;
        return true;
    }
    /// By the durations of its frames.
    double rate() const {
        const WebPDemuxer* demuxer = WebPAnimDecoderGetDemuxer(m_decoder.get());
        WebPIterator frame;
        int milliseconds = 0;
        if (WebPDemuxGetFrame(demuxer, 1, &frame) == 0) return 0;
        do milliseconds += frame.duration;
        while (WebPDemuxNextFrame(&frame) != 0);
        WebPDemuxReleaseIterator(&frame);
        return milliseconds > 0 ? 1000.0 * m_frames / milliseconds : 0;
    }

    std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> m_decoder{nullptr, WebPAnimDecoderDelete};
};

class Film final : public ClipInOrder {
public:
    Film(const VideoPlugin& plugin, SharedBytes bytes, std::string name) : m_plugin(plugin) {
        m_bytes = std::move(bytes);
        m_name = std::move(name);
        VideoFacts facts;
        std::array<char, 256> reason{};
        m_film = m_plugin.open(m_bytes.data(), m_bytes.size(), &facts, reason.data(), reason.size());
        if (!m_film) throw Failure(ErrorCode::Unreadable, std::string("the film cannot be read: ") + reason.data(), m_name, "check that it plays elsewhere, or convert it to MP4");
        m_width = facts.width;
        m_height = facts.height;
        m_format = facts.format;
        m_frames = facts.frames;
        m_framesPerSecond = facts.framesPerSecond;
        constexpr std::array kOrientations{1, 6, 3, 8};  // EXIF's for quarter turns clockwise
        m_orientation = kOrientations[static_cast<std::size_t>(facts.quarterTurns)];
    }
    ~Film() override {
        if (m_film) m_plugin.close(m_film);
    }
    Film(const Film&) = delete;
    Film& operator=(const Film&) = delete;

private:
    void restart() override {
        if (!m_plugin.rewind(m_film)) throw Failure(ErrorCode::Unreadable, "the film cannot be read again", m_name, "open it again");
    }
    bool read(RawPicture& picture) override {
        Samples<std::uint8_t> samples(static_cast<std::size_t>(m_width) * static_cast<std::size_t>(m_height) * 3);
        if (!m_plugin.read(m_film, samples.data.get())) return false;
        picture.samples = std::move(samples);
        return true;
    }

    const VideoPlugin& m_plugin;
    void* m_film = nullptr;
};

}  // namespace

bool looksLikeFilm(std::span<const std::byte> bytes) {
    const std::string_view head = headOf(bytes);
    if (head.size() < 16) return false;
    if (head.substr(4, 4) == "ftyp") return holdsFilm(head.substr(8, 4));
    if (head.substr(4, 4) == "moov" || head.substr(4, 4) == "mdat") return true;  // QuickTime's older files
    return head.starts_with("\x1A\x45\xDF\xA3") || (head.starts_with("RIFF") && head.substr(8, 4) == "AVI ");
}

std::shared_ptr<Clip> Clip::open(SharedBytes bytes, const std::string& name) {
    std::shared_ptr<Clip> clip;
    if (isWebp(bytes.span())) {
        clip = std::make_shared<MovingWebp>(std::move(bytes), name);
    } else if (isGif(bytes.span())) {
        // Its first frame is read without the library, too.
        const VideoPlugin* plugin = videoPluginOrNull();
        if (!plugin) return nullptr;
        try {
            clip = std::make_shared<Film>(*plugin, std::move(bytes), name);
        } catch (const Failure&) {
            return nullptr;  // the reader of pictures says what is wrong with it
        }
    } else if (looksLikeFilm(bytes.span())) {
        return std::make_shared<Film>(videoPlugin(), std::move(bytes), name);
    }
    return clip && clip->frames() > 1 ? clip : nullptr;
}

}  // namespace tessera
