// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include <webp/decode.h>
#include <webp/demux.h>

#include "image/codecs.h"

namespace tessera::codecs {
namespace {

using Demuxer = std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)>;
using Animation = std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)>;

const std::uint8_t* dataOf(std::span<const std::byte> bytes) {
    return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

std::vector<std::byte> chunk(const WebPDemuxer* demuxer, const char* name) {
    std::vector<std::byte> result;
    WebPChunkIterator chunk;
    if (WebPDemuxGetChunk(demuxer, name, 1, &chunk) != 0) {
        const auto* first = reinterpret_cast<const std::byte*>(chunk.chunk.bytes);
        result.assign(first, first + chunk.chunk.size);
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    return result;
}

[[noreturn]] void fail(VP8StatusCode status, const std::string& name) {
    if (status == VP8_STATUS_NOT_ENOUGH_DATA || status == VP8_STATUS_SUSPENDED) failTruncated("WebP", name);
    if (status == VP8_STATUS_OUT_OF_MEMORY) throw std::bad_alloc();
    failDamaged("WebP", name);
}

void decodeStill(std::span<const std::byte> bytes, const std::string& name, RawPicture& picture) {
    WebPDecoderConfig config;
    WebPInitDecoderConfig(&config);
    if (const auto status = WebPGetFeatures(dataOf(bytes), bytes.size(), &config.input); status != VP8_STATUS_OK)
        fail(status, name);
    // The frame's own header decides; the canvas size was only claimed by the container.
    if (config.input.width != picture.width || config.input.height != picture.height) failDamaged("WebP", name, "sizes disagree");
    picture.alpha = config.input.has_alpha != 0;
    const int channels = picture.alpha ? 4 : 3;
    const std::size_t rowBytes = static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(channels);
    Samples<std::uint8_t> samples(rowBytes * static_cast<std::size_t>(picture.height));
    config.options.use_threads = 1;
    config.output.colorspace = picture.alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = {samples.data.get(), static_cast<int>(rowBytes), samples.size};
    const VP8StatusCode status = WebPDecode(dataOf(bytes), bytes.size(), &config);
    WebPFreeDecBuffer(&config.output);
    if (status != VP8_STATUS_OK) fail(status, name);
    picture.samples = std::move(samples);
}

void decodeFirstFrame(std::span<const std::byte> bytes, const std::string& name, RawPicture& picture) {
    WebPAnimDecoderOptions options;
    WebPAnimDecoderOptionsInit(&options);
    options.color_mode = MODE_RGBA;
    options.use_threads = 1;
    const WebPData data{dataOf(bytes), bytes.size()};
    const Animation animation(WebPAnimDecoderNew(&data, &options), WebPAnimDecoderDelete);
    std::uint8_t* canvas = nullptr;
    int milliseconds = 0;
    if (!animation || WebPAnimDecoderGetNext(animation.get(), &canvas, &milliseconds) == 0) failDamaged("WebP", name);
    picture.alpha = true;
    Samples<std::uint8_t> samples(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) * 4);
    std::memcpy(samples.data.get(), canvas, samples.size);
    picture.samples = std::move(samples);
}

}  // namespace

RawPicture decodeWebp(std::span<const std::byte> bytes, const std::string& name) {
    std::uint32_t riffSize = 0;
    if (bytes.size() < 12) failTruncated("WebP", name);
    std::memcpy(&riffSize, bytes.data() + 4, sizeof riffSize);
    if (std::uint64_t(riffSize) + 8 > bytes.size()) failTruncated("WebP", name);
    const WebPData data{dataOf(bytes), bytes.size()};
    WebPDemuxState state{};
    const Demuxer demuxer(WebPDemuxPartial(&data, &state), WebPDemuxDelete);
    if (!demuxer || state != WEBP_DEMUX_DONE) {
        if (state == WEBP_DEMUX_PARSING_HEADER || state == WEBP_DEMUX_PARSED_HEADER) failTruncated("WebP", name);
        failDamaged("WebP", name);
    }

    RawPicture picture;
    const std::uint32_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
    const std::uint32_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
    const std::uint32_t frames = WebPDemuxGetI(demuxer.get(), WEBP_FF_FRAME_COUNT);
    checkSize(width, height, 4, 1, name);
    picture.width = static_cast<int>(width);
    picture.height = static_cast<int>(height);
    if ((WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS) & ANIMATION_FLAG) != 0) {
        decodeFirstFrame(bytes, name, picture);
        picture.notes.push_back("first of " + std::to_string(frames) + " frames");
    } else {
        decodeStill(bytes, name, picture);
    }
    picture.channels = picture.alpha ? 4 : 3;
    picture.bitsPerChannel = 8;
    picture.profile = chunk(demuxer.get(), "ICCP");
    picture.orientation = exifOrientation(chunk(demuxer.get(), "EXIF"));
    return picture;
}

}  // namespace tessera::codecs
