// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <tessera/image.h>

namespace tessera {

/// A decoded file, upright and in sRGB, before anything else happened to it.
struct DecodedImage {
    Image image;         ///< 1 or 3 channels; alpha already composited on `matte`
    std::string format;  ///< "JPEG", "PNG", "WebP", "TIFF", "BMP", "GIF"
    int fullWidth = 0, fullHeight = 0;  ///< upright size of the file's picture, also when the decode was scaled
    int channels = 0, bitsPerChannel = 0;  ///< as in the file
    std::vector<std::string> notes;        ///< what was done to it: orientation, profile, alpha, CMYK, first of N frames
};

struct DecodeOptions {
    /// 0: full size. Else the smallest DCT-scaled decode (JPEG) whose longer side is still >= this; other formats are decoded whole.
    int atLeast = 0;
    int frame = 0;       ///< of a clip, 0-based; of a picture that stands still there is no other
    float matte = 1.0f;  ///< grey that alpha is composited on, sRGB-encoded: 1 is white
};

/// Recognised by content, never by the name. Headers are checked before pixels are allocated: at most 1 gigapixel and 65,535 per side.
/// Throws Failure in one sentence: empty file, directory, truncated, not an image (says what it looks like), too large.
DecodedImage decodeImage(std::span<const std::byte> bytes, const std::string& name, const DecodeOptions& options = {});
/// Reads the file's bytes; throws Failure for missing, unreadable, empty, directory, larger than 2 GiB.
SharedBytes readFile(const std::filesystem::path& path);

/// 8-bit (u8, float) or 16-bit (u16) PNG with text chunks. Writes to a temporary name and renames. Throws Failure, Cancelled.
void writePng(const std::filesystem::path& path, const Image& image, const std::map<std::string, std::string>& text = {}, std::stop_token stop = {});

}  // namespace tessera
