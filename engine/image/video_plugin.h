// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera {

constexpr int kVideoAbi = 1;

/// What a film says of itself, and what its packets show.
struct VideoFacts {
    int width = 0, height = 0;
    int frames = 0;
    double framesPerSecond = 0;
    int quarterTurns = 0;  ///< clockwise, to be made before it is looked at
    char format[32] = {};  ///< "MP4", "WebM", "AVI", "GIF"
};

/// Films, by functions of a library of its own that is opened with dlopen: FFmpeg's libraries bring fifty others. A `reason` is one sentence without an end.
struct VideoPlugin {
    int abi = kVideoAbi;
    /// The bytes must outlive the film. Null: for that reason.
    void* (*open)(const std::byte* bytes, std::size_t size, VideoFacts* facts, char* reason, std::size_t room);
    /// The next frame as RGB [height,width,3] bytes; false after the last that can be read.
    bool (*read)(void* film, std::uint8_t* rgb);
    bool (*rewind)(void* film);  ///< to the first frame
    void (*close)(void* film);
    /// An MP4 file for frames of that size. Null: for that reason.
    void* (*create)(const char* path, int width, int height, double framesPerSecond, const char* comment, char* reason, std::size_t room);
    bool (*write)(void* writer, const std::uint8_t* rgb, char* reason, std::size_t room);
    /// Ends the writer, also after a failure; `whole`: the file is to be finished.
    bool (*finish)(void* writer, bool whole, char* reason, std::size_t room);
};

}  // namespace tessera

extern "C" __attribute__((visibility("default"))) const tessera::VideoPlugin* tessera_video();
