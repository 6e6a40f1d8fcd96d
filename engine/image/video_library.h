// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/video_plugin.h"

namespace tessera {

/// Opened when it is first asked for. Throws Failure(Unsupported) where it cannot be.
const VideoPlugin& videoPlugin();
const VideoPlugin* videoPluginOrNull();

}  // namespace tessera
