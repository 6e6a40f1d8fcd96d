// SPDX-License-Identifier: Apache-2.0
// In place of clip.cpp and clip_writer.cpp in a build without image libraries.
#include "core/error.h"
#include "image/clip.h"

namespace tessera {

std::shared_ptr<Clip> Clip::open(SharedBytes, const std::string&) { return nullptr; }

bool looksLikeFilm(std::span<const std::byte>) { return false; }

void writeClip(const std::string& path, std::span<const Image>, double, const FileWords&, std::stop_token) {
    throw Failure(ErrorCode::Unsupported, "clips cannot be written: built without image libraries", path, "build with TESSERA_IMAGE_FILES=ON");
}

}  // namespace tessera
