// SPDX-License-Identifier: Apache-2.0
#include "image/video_plugin.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

using tessera::VideoFacts;

constexpr int kBuffer = 1 << 16;
constexpr int kMostSide = 16384;
constexpr int kMostFrames = 1 << 20;

template <auto Free>
struct FreeByAddress {
    template <typename T>
    void operator()(T* each) const {
        Free(&each);
    }
};
struct FreeScaler {
    void operator()(SwsContext* each) const { sws_freeContext(each); }
};
using Codec = std::unique_ptr<AVCodecContext, FreeByAddress<avcodec_free_context>>;
using Frame = std::unique_ptr<AVFrame, FreeByAddress<av_frame_free>>;
using Packet = std::unique_ptr<AVPacket, FreeByAddress<av_packet_free>>;
using Scaler = std::unique_ptr<SwsContext, FreeScaler>;

std::string words(int error) {
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(error, text, sizeof text);
    return text;
}

int checked(int result, const char* what) {
    if (result < 0) throw std::runtime_error(std::string(what) + ": " + words(result));
    return result;
}

template <typename T>
T* checked(T* pointer, const char* what) {
    if (!pointer) throw std::runtime_error(what);
    return pointer;
}

/// Says why, or lets go what was half made.
template <typename Work>
auto guarded(char* reason, std::size_t room, decltype(std::declval<Work>()()) otherwise, Work work) {
    try {
        return work();
    } catch (const std::exception& exception) {
        std::snprintf(reason, room, "%s", exception.what());
        return otherwise;
    }
}

class Film {
public:
    Film(const std::byte* bytes, std::size_t size) : m_bytes(reinterpret_cast<const std::uint8_t*>(bytes)), m_size(size), m_frame(checked(av_frame_alloc(), "no memory")), m_packet(checked(av_packet_alloc(), "no memory")) {
        auto* buffer = static_cast<unsigned char*>(checked(av_malloc(kBuffer), "no memory"));
        m_io = avio_alloc_context(buffer, kBuffer, 0, this, onRead, nullptr, onSeek);
        if (!m_io) av_free(buffer);
        checked(m_io, "no memory");
        try {
            start();
        } catch (...) {
            stop();
            throw;
        }
    }
    ~Film() { stop(); }
    Film(const Film&) = delete;
    Film& operator=(const Film&) = delete;

    VideoFacts facts() {
        VideoFacts facts;
        const AVStream* stream = m_format->streams[m_stream];
        facts.width = stream->codecpar->width;
        facts.height = stream->codecpar->height;
        if (facts.width <= 0 || facts.height <= 0 || facts.width > kMostSide || facts.height > kMostSide) throw std::runtime_error("its frames are of no size that can be shown");
        const AVRational rate = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : stream->r_frame_rate;
        facts.framesPerSecond = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
        if (const auto* matrix = reinterpret_cast<const std::int32_t*>(av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr))) {
            const double angle = av_display_rotation_get(matrix);
            if (std::isfinite(angle)) facts.quarterTurns = static_cast<int>(std::lround(-angle / 90)) & 3;
        }
        const std::string name = m_format->iformat->name;
        const char* known = name.find("mp4") != std::string::npos ? "MP4" : name.find("matroska") != std::string::npos ? "WebM" : name == "avi" ? "AVI" : name == "gif" ? "GIF" : m_format->iformat->name;
        std::snprintf(facts.format, sizeof facts.format, "%s", known);
        // Packets tell truer than the header, which may be of a longer film.
        while (facts.frames < kMostFrames && av_read_frame(m_format, m_packet.get()) >= 0) {
            if (m_packet->stream_index == m_stream) ++facts.frames;
            av_packet_unref(m_packet.get());
        }
        rewind();
        // And decoding what starts it, whether there is anything to see.
        std::string first(static_cast<std::size_t>(facts.width) * facts.height * 3, '\0');
        if (facts.frames == 0 || !read(reinterpret_cast<std::uint8_t*>(first.data()))) throw std::runtime_error("no frame of it can be decoded");
        rewind();
        return facts;
    }

    bool read(std::uint8_t* rgb) {
        if (!m_codec) return false;
        while (true) {
            const int got = avcodec_receive_frame(m_codec.get(), m_frame.get());
            if (got == 0) break;
            if (got != AVERROR(EAGAIN) || m_drained) return false;
            const int next = av_read_frame(m_format, m_packet.get());
            if (next < 0) {
                m_drained = true;
                avcodec_send_packet(m_codec.get(), nullptr);
                continue;
            }
            // A broken packet is passed over, as players do.
            if (m_packet->stream_index == m_stream) avcodec_send_packet(m_codec.get(), m_packet.get());
            av_packet_unref(m_packet.get());
        }
        const AVCodecParameters* sizes = m_format->streams[m_stream]->codecpar;
        m_scaler.reset(sws_getCachedContext(m_scaler.release(), m_frame->width, m_frame->height, static_cast<AVPixelFormat>(m_frame->format), sizes->width, sizes->height, AV_PIX_FMT_RGB24, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr));
        if (!m_scaler) return false;
        // What says nothing is taken as its size lets expect.
        const int matrix = m_frame->colorspace == AVCOL_SPC_UNSPECIFIED ? (m_frame->height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601) : m_frame->colorspace;
        sws_setColorspaceDetails(m_scaler.get(), sws_getCoefficients(matrix), m_frame->color_range == AVCOL_RANGE_JPEG, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
        std::uint8_t* planes[4] = {rgb};
        const int strides[4] = {sizes->width * 3};
        const bool whole = sws_scale(m_scaler.get(), m_frame->data, m_frame->linesize, 0, m_frame->height, planes, strides) == sizes->height;
        av_frame_unref(m_frame.get());
        return whole;
    }

    bool rewind() {
        stopReading();
        start();
        return true;
    }

private:
    static int onRead(void* film, std::uint8_t* to, int count) {
        auto& self = *static_cast<Film*>(film);
        const std::size_t given = std::min(self.m_size - self.m_at, static_cast<std::size_t>(count));
        if (given == 0) return AVERROR_EOF;
        std::memcpy(to, self.m_bytes + self.m_at, given);
        self.m_at += given;
        return static_cast<int>(given);
    }
    static std::int64_t onSeek(void* film, std::int64_t offset, int from) {
        auto& self = *static_cast<Film*>(film);
        if (from == AVSEEK_SIZE) return static_cast<std::int64_t>(self.m_size);
        const std::int64_t base = (from & ~AVSEEK_FORCE) == SEEK_CUR ? static_cast<std::int64_t>(self.m_at) : (from & ~AVSEEK_FORCE) == SEEK_END ? static_cast<std::int64_t>(self.m_size) : 0;
        const std::int64_t to = base + offset;
        if (to < 0 || to > static_cast<std::int64_t>(self.m_size)) return AVERROR(EINVAL);
        self.m_at = static_cast<std::size_t>(to);
        return to;
    }

    void start() {
        m_at = 0;
        m_drained = false;
        avio_seek(m_io, 0, SEEK_SET);
        m_format = checked(avformat_alloc_context(), "no memory");
        m_format->pb = m_io;
        checked(avformat_open_input(&m_format, nullptr, nullptr, nullptr), "it does not begin as a film does");
        checked(avformat_find_stream_info(m_format, nullptr), "what is in it cannot be told");
        const AVCodec* decoder = nullptr;
        m_stream = av_find_best_stream(m_format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
        if (m_stream < 0 || !decoder) throw std::runtime_error(m_stream == AVERROR_DECODER_NOT_FOUND ? "its pictures are coded in a way that is not known here" : "there are no pictures in it");
        m_codec.reset(checked(avcodec_alloc_context3(decoder), "no memory"));
        checked(avcodec_parameters_to_context(m_codec.get(), m_format->streams[m_stream]->codecpar), "its pictures cannot be decoded");
        m_codec->thread_count = 1;  // of a lane that has others beside it
        checked(avcodec_open2(m_codec.get(), decoder, nullptr), "its pictures cannot be decoded");
    }
    void stopReading() {
        m_codec.reset();
        avformat_close_input(&m_format);
    }
    void stop() {
        stopReading();
        if (m_io) av_freep(&m_io->buffer);
        avio_context_free(&m_io);
    }

    const std::uint8_t* m_bytes;
    std::size_t m_size, m_at = 0;
    AVIOContext* m_io = nullptr;
    AVFormatContext* m_format = nullptr;
    int m_stream = -1;
    bool m_drained = false;
    Codec m_codec;
    Frame m_frame;
    Packet m_packet;
    Scaler m_scaler;
};

class Writer {
public:
    Writer(const char* path, int width, int height, double framesPerSecond, const char* comment) : m_frame(checked(av_frame_alloc(), "no memory")), m_packet(checked(av_packet_alloc(), "no memory")) {
        checked(avformat_alloc_output_context2(&m_format, nullptr, "mp4", nullptr), "MP4 cannot be written");
        try {
            start(path, width, height, framesPerSecond, comment);
        } catch (...) {
            stop();
            throw;
        }
    }
    ~Writer() { stop(); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void write(const std::uint8_t* rgb) {
        checked(av_frame_make_writable(m_frame.get()), "no memory");
        const std::uint8_t* planes[4] = {rgb};
        const int strides[4] = {m_width * 3};
        sws_scale(m_scaler.get(), planes, strides, 0, m_height, m_frame->data, m_frame->linesize);
        m_frame->pts = m_next++;
        send(m_frame.get());
    }
    void finish() {
        send(nullptr);
        checked(av_write_trailer(m_format), "the file cannot be finished");
    }

private:
    void start(const char* path, int width, int height, double framesPerSecond, const char* comment) {
        m_width = width;
        m_height = height;
        const AVCodec* encoder = avcodec_find_encoder(AV_CODEC_ID_H264);
        if (!encoder) encoder = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
        checked(encoder, "nothing here encodes H.264 or MPEG-4");
        m_codec.reset(checked(avcodec_alloc_context3(encoder), "no memory"));
        const AVRational rate = av_d2q(framesPerSecond, 60000);
        // Both take even sides only; what is odd is made a pixel larger.
        m_codec->width = width + width % 2;
        m_codec->height = height + height % 2;
        m_codec->time_base = av_inv_q(rate);
        m_codec->framerate = rate;
        m_codec->pix_fmt = AV_PIX_FMT_YUV420P;
        m_codec->color_range = AVCOL_RANGE_MPEG;
        m_codec->colorspace = AVCOL_SPC_BT709;
        m_codec->color_primaries = AVCOL_PRI_BT709;
        m_codec->color_trc = AVCOL_TRC_BT709;
        m_codec->bit_rate = encoder->id == AV_CODEC_ID_H264 ? 0 : std::int64_t(8'000'000);
        av_opt_set(m_codec->priv_data, "crf", "12", 0);
        av_opt_set(m_codec->priv_data, "preset", "medium", 0);
        if (m_format->oformat->flags & AVFMT_GLOBALHEADER) m_codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
        checked(avcodec_open2(m_codec.get(), encoder, nullptr), "frames of that size cannot be encoded");
        m_stream = checked(avformat_new_stream(m_format, nullptr), "no memory");
        checked(avcodec_parameters_from_context(m_stream->codecpar, m_codec.get()), "no memory");
        m_stream->time_base = m_codec->time_base;
        m_stream->avg_frame_rate = rate;
        if (comment && *comment) av_dict_set(&m_format->metadata, "comment", comment, 0);
        checked(avio_open(&m_format->pb, path, AVIO_FLAG_WRITE), "the file cannot be made");
        checked(avformat_write_header(m_format, nullptr), "the file cannot be begun");
        m_frame->format = m_codec->pix_fmt;
        m_frame->width = m_codec->width;
        m_frame->height = m_codec->height;
        checked(av_frame_get_buffer(m_frame.get(), 0), "no memory");
        m_scaler.reset(checked(sws_getContext(width, height, AV_PIX_FMT_RGB24, m_codec->width, m_codec->height, m_codec->pix_fmt, SWS_BICUBIC | SWS_ACCURATE_RND, nullptr, nullptr, nullptr), "no memory"));
        const int* to = sws_getCoefficients(SWS_CS_ITU709);
        sws_setColorspaceDetails(m_scaler.get(), to, 1, to, 0, 0, 1 << 16, 1 << 16);
    }
    void send(const AVFrame* frame) {
        checked(avcodec_send_frame(m_codec.get(), frame), "a frame cannot be encoded");
        while (true) {
            const int got = avcodec_receive_packet(m_codec.get(), m_packet.get());
            if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return;
            checked(got, "a frame cannot be encoded");
            av_packet_rescale_ts(m_packet.get(), m_codec->time_base, m_stream->time_base);
            m_packet->stream_index = m_stream->index;
            checked(av_interleaved_write_frame(m_format, m_packet.get()), "the file cannot be written");
        }
    }
    void stop() {
        if (m_format && m_format->pb) avio_closep(&m_format->pb);
        avformat_free_context(m_format);
        m_format = nullptr;
    }

    AVFormatContext* m_format = nullptr;
    AVStream* m_stream = nullptr;
    int m_width = 0, m_height = 0;
    std::int64_t m_next = 0;
    Codec m_codec;
    Frame m_frame;
    Packet m_packet;
    Scaler m_scaler;
};

void* openFilm(const std::byte* bytes, std::size_t size, VideoFacts* facts, char* reason, std::size_t room) {
    av_log_set_level(AV_LOG_QUIET);
    return guarded(reason, room, static_cast<void*>(nullptr), [&]() -> void* {
        auto film = std::make_unique<Film>(bytes, size);
        *facts = film->facts();
        return film.release();
    });
}

bool rewindFilm(void* film) {
    char ignored[8];
    return guarded(ignored, sizeof ignored, false, [&] { return static_cast<Film*>(film)->rewind(); });
}

void* createWriter(const char* path, int width, int height, double framesPerSecond, const char* comment, char* reason, std::size_t room) {
    av_log_set_level(AV_LOG_QUIET);
    return guarded(reason, room, static_cast<void*>(nullptr), [&]() -> void* { return new Writer(path, width, height, framesPerSecond, comment); });
}

bool writeFrame(void* writer, const std::uint8_t* rgb, char* reason, std::size_t room) {
    return guarded(reason, room, false, [&] {
        static_cast<Writer*>(writer)->write(rgb);
        return true;
    });
}

bool finishWriter(void* writer, bool whole, char* reason, std::size_t room) {
    const std::unique_ptr<Writer> owned(static_cast<Writer*>(writer));
    return guarded(reason, room, false, [&] {
        if (whole) owned->finish();
        return true;
    });
}

constexpr tessera::VideoPlugin kPlugin{
    .abi = tessera::kVideoAbi,
    .open = openFilm,
    .read = [](void* film, std::uint8_t* rgb) { return static_cast<Film*>(film)->read(rgb); },
    .rewind = rewindFilm,
    .close = [](void* film) { delete static_cast<Film*>(film); },
    .create = createWriter,
    .write = writeFrame,
    .finish = finishWriter,
};

}  // namespace

extern "C" const tessera::VideoPlugin* tessera_video() { return &kPlugin; }
