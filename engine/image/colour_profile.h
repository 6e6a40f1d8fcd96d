// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/codecs.h"

namespace tessera::codecs {

/// Brings the samples to sRGB-encoded grey or RGB through the embedded profile, or CMYK without a usable one by plain arithmetic.
/// Says in the notes what it did; a profile that is damaged or made for other channels is left out, with a note.
void convertToSrgb(RawPicture& picture);

}  // namespace tessera::codecs
