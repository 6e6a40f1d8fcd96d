// SPDX-License-Identifier: Apache-2.0
#include "image/video_library.h"

#include <string>
#include <utility>

#include <dlfcn.h>

#include "core/error.h"
#include "core/plugin_places.h"

namespace tessera {
namespace {

constexpr const char* kFileName = "libtessera_video.so";

/// The library, or why it is not there.
std::pair<const VideoPlugin*, std::string> opened() {
    std::error_code ignored;
    std::string reason = "it was built without FFmpeg's libraries";
    for (const auto& path : pluginPlaces(kFileName)) {
        if (!std::filesystem::exists(path, ignored)) continue;
        void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (library == nullptr) {
            reason = dlerror();
            continue;
        }
        const auto entry = reinterpret_cast<decltype(&tessera_video)>(dlsym(library, "tessera_video"));
        if (entry != nullptr && entry()->abi == kVideoAbi) return {entry(), {}};
        reason = path.string() + " is of another version";
    }
    return {nullptr, reason};
}

const std::pair<const VideoPlugin*, std::string>& library() {
    static const auto found = opened();
    return found;
}

}  // namespace

const VideoPlugin* videoPluginOrNull() { return library().first; }

const VideoPlugin& videoPlugin() {
    if (!library().first) throw Failure(ErrorCode::Unsupported, "the library for films cannot be opened: " + library().second, kFileName, "install libavformat, libavcodec and libswscale, or use GIF or WebP");
    return *library().first;
}

}  // namespace tessera
