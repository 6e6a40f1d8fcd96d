// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/codecs.h"

namespace tessera::codecs {

/// Turns and mirrors the samples so that EXIF orientation `picture.orientation` becomes 1; sizes follow. No alpha may be left.
void turnUpright(RawPicture& picture);

}  // namespace tessera::codecs
