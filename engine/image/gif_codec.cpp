// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <optional>

#include <gif_lib.h>

#include "core/error.h"
#include "image/codecs.h"

namespace tessera::codecs {
namespace {

struct Source {
    std::span<const std::byte> rest;
    bool truncated = false;
};

int onRead(GifFileType* gif, GifByteType* target, int count) {
    auto& source = *static_cast<Source*>(gif->UserData);
    const std::size_t given = std::min(source.rest.size(), static_cast<std::size_t>(count));
    if (given < static_cast<std::size_t>(count)) source.truncated = true;
    std::memcpy(target, source.rest.data(), given);
    source.rest = source.rest.subspan(given);
    return static_cast<int>(given);
}

struct Closer {
    void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

class Reader {
public:
    Reader(std::span<const std::byte> bytes, const std::string& name) : m_source{bytes}, m_name(name) {
        int error = 0;
        m_gif.reset(DGifOpen(&m_source, onRead, &error));
        if (!m_gif) fail(error);
    }

    RawPicture read() {
        if (!nextImage()) failDamaged("GIF", m_name, "no picture in it");
        RawPicture picture = firstFrame();
        const int others = countOthers();
        if (others > 0) picture.notes.push_back("first of " + std::to_string(others + 1) + " frames");
        if (m_source.truncated) picture.notes.emplace_back("the GIF file is truncated after the first frame");
        return picture;
    }

private:
    [[noreturn]] void fail(int error) const {
        if (m_source.truncated || error == D_GIF_ERR_EOF_TOO_SOON) failTruncated("GIF", m_name);
        if (error == D_GIF_ERR_NOT_ENOUGH_MEM) throw std::bad_alloc();
        const char* text = GifErrorString(error);
        failDamaged("GIF", m_name, text == nullptr ? "" : text);
    }

    // Up to the next image descriptor, remembering the last graphics control block; false at the end of the file.
    bool nextImage() {
        GifRecordType type = UNDEFINED_RECORD_TYPE;
        while (true) {
            if (DGifGetRecordType(m_gif.get(), &type) == GIF_ERROR) fail(m_gif->Error);
            if (type == TERMINATE_RECORD_TYPE) return false;
            if (type == IMAGE_DESC_RECORD_TYPE) return true;
            if (type != EXTENSION_RECORD_TYPE) continue;
            int code = 0;
            GifByteType* block = nullptr;
            if (DGifGetExtension(m_gif.get(), &code, &block) == GIF_ERROR) fail(m_gif->Error);
            while (block != nullptr) {
                GraphicsControlBlock control;
                if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
                    m_transparent = control.TransparentColor;
                if (DGifGetExtensionNext(m_gif.get(), &block) == GIF_ERROR) fail(m_gif->Error);
            }
        }
    }

    RawPicture firstFrame() {
        if (DGifGetImageDesc(m_gif.get()) == GIF_ERROR) fail(m_gif->Error);
        const GifImageDesc& frame = m_gif->Image;
        // A frame may stick out of the screen it declares: viewers enlarge the screen.
        const int width = std::max(m_gif->SWidth, frame.Left + frame.Width);
        const int height = std::max(m_gif->SHeight, frame.Top + frame.Height);
        checkSize(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height), 4, 1, m_name);
        if (frame.Width <= 0 || frame.Height <= 0) failDamaged("GIF", m_name, "an empty frame");
        const ColorMapObject* palette = frame.ColorMap != nullptr ? frame.ColorMap : m_gif->SColorMap;
        if (palette == nullptr) failDamaged("GIF", m_name, "no palette");

        // The frame before the canvas: a few bytes may claim a large one, and most that lie are cut off.
        const std::vector<GifPixelType> indices = readIndices(frame);
        RawPicture picture;
        picture.width = width;
        picture.height = height;
        picture.alpha = m_transparent >= 0 || frame.Width < width || frame.Height < height;
        picture.channels = picture.alpha ? 4 : 3;
        picture.bitsPerChannel = 8;
        const auto channels = static_cast<std::size_t>(picture.channels), stride = static_cast<std::size_t>(width) * channels;
        Samples<std::uint8_t> samples(stride * static_cast<std::size_t>(height));
        if (picture.alpha) std::memset(samples.data.get(), 0, samples.size);
        const GifPixelType* source = indices.data();
        for (int y = 0; y < frame.Height; ++y) {
            std::uint8_t* target = samples.data.get() + static_cast<std::size_t>(frame.Top + y) * stride + static_cast<std::size_t>(frame.Left) * channels;
            for (int x = 0; x < frame.Width; ++x, target += channels) {
                const GifPixelType index = *source++;
                const GifColorType colour = index < palette->ColorCount ? palette->Colors[index] : GifColorType{};
                target[0] = colour.Red;
                target[1] = colour.Green;
                target[2] = colour.Blue;
                if (picture.alpha) target[3] = index == m_transparent ? 0 : 255;
            }
        }
        picture.samples = std::move(samples);
        return picture;
    }

    // [Height, Width] palette indices, rows in the order of the picture. Grows with the rows that are there.
    std::vector<GifPixelType> readIndices(const GifImageDesc& frame) {
        struct Pass { int first, step; };
        constexpr Pass kInterlaced[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
        constexpr Pass kPlain[] = {{0, 1}};
        const auto width = static_cast<std::size_t>(frame.Width);
        std::vector<GifPixelType> read;
        std::vector<int> rows;
        for (const Pass pass : frame.Interlace ? std::span<const Pass>(kInterlaced) : std::span<const Pass>(kPlain)) {
            for (int y = pass.first; y < frame.Height; y += pass.step) {
                rows.push_back(y);
                read.resize(rows.size() * width);
                if (DGifGetLine(m_gif.get(), read.data() + read.size() - width, frame.Width) == GIF_ERROR) fail(m_gif->Error);
            }
        }
        if (!frame.Interlace) return read;
        std::vector<GifPixelType> ordered(read.size());
        for (std::size_t i = 0; i < rows.size(); ++i) std::memcpy(&ordered[static_cast<std::size_t>(rows[i]) * width], &read[i * width], width);
        return ordered;
    }

    // Walks over the other frames without unpacking them; what is wrong there does not concern the first frame.
    int countOthers() {
        int count = 0;
        try {
            while (nextImage()) {
                if (DGifGetImageDesc(m_gif.get()) == GIF_ERROR) break;
                int size = 0;
                GifByteType* block = nullptr;
                if (DGifGetCode(m_gif.get(), &size, &block) == GIF_ERROR) break;
                ++count;
                while (block != nullptr)
                    if (DGifGetCodeNext(m_gif.get(), &block) == GIF_ERROR) return count;
            }
        } catch (const Failure&) {
            return count;
        }
        return count;
    }

    Source m_source;
    std::string m_name;
    std::unique_ptr<GifFileType, Closer> m_gif;
    int m_transparent = NO_TRANSPARENT_COLOR;
};

}  // namespace

RawPicture decodeGif(std::span<const std::byte> bytes, const std::string& name) {
    return Reader(bytes, name).read();
}

}  // namespace tessera::codecs
