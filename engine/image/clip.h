// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <tessera/files.h>
#include <tessera/shared_array.h>

#include "image/image_file.h"

namespace tessera {

/// A file whose picture moves: a film (MP4, WebM, AVI, ...), a GIF or a WebP of several frames. One thread at a time.
class Clip {
public:
    virtual ~Clip() = default;
    /// By content; null for what stands still, or is nothing of the kind. Throws Failure in one sentence for a film that cannot be read.
    static std::shared_ptr<Clip> open(SharedBytes bytes, const std::string& name);

    int frames() const { return m_frames; }
    double framesPerSecond() const { return m_framesPerSecond; }  ///< 0: the file does not say
    /// Frames in a row cost the least; one before the last that was read, reading from the start. Throws Failure for one that cannot be decoded.
    virtual DecodedImage frame(int index, const DecodeOptions& options) = 0;

protected:
    int m_frames = 0;
    double m_framesPerSecond = 0;
};

/// A film by its first bytes.
bool looksLikeFilm(std::span<const std::byte> bytes);

/// Frames of one size. Throws Failure, Cancelled.
void writeClip(const std::string& path, std::span<const Image> frames, double framesPerSecond, const FileWords& words, std::stop_token stop);

}  // namespace tessera
