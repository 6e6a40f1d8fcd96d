// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <tessera/picture.h>

namespace tessera {

/// Width and height of what the picture covers, in pixels of its source; its own size where that is not known.
std::pair<double, double> sourceSize(const Picture& picture);

/// The picture as rendered() draws it, u8 RGB, at another size. Reduced with an antialiased filter, fields before their colours, so that values
/// are averaged; enlarged to twice and more it keeps its pixels' edges.
Image pictureAtSize(const Picture& picture, int width, int height);

}  // namespace tessera
