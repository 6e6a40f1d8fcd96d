// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "image/codecs.h"
#include "image/image_file.h"

namespace tessera {

/// What every decoder's picture goes through: to sRGB, alpha composited, upright.
DecodedImage finishedPicture(codecs::RawPicture picture, std::string format, const DecodeOptions& options);

}  // namespace tessera
