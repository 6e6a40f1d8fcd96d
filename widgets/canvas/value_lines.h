// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "canvas/pane.h"

namespace tessera::canvas {

/// The samples of one pixel, 0 black to 1 white; the rest is 0.
std::array<float, 5> samplesAt(const Image& image, int x, int y);

/// The number that a field is drawn from at one pixel.
float fieldAt(const Image& image, int x, int y, FieldMapping mapping);

/// The numbers behind one pixel's colour, one per plane of Picture::readings; none where the colour is the number.
std::vector<float> readingsAt(const Picture& picture, int x, int y);

/// What a person reads of one pixel of a picture: of one that has readings the plane that it was drawn from, else the pixel itself.
std::vector<std::string> valueLines(const Picture& picture, int x, int y, const PaneLook& look);
/// The same with every plane of the readings, each with its name: "depth 1 942".
std::vector<std::string> probeLines(const Picture& picture, int x, int y, const PaneLook& look);
/// What a person reads of one pixel, a line each. Colour: every channel, as the storage holds it (8 bits 0..255, 16 bits
/// 0..65535, float 0..1). Fields: the one number that is drawn, with the decimals that the colour bar calls for.
/// '-' stands for the minus sign.
/// Values are the picture's own: neither gain nor exposure changes them.
std::vector<std::string> valueLines(const Image& image, int x, int y, const PaneLook& look);
/// A number that is a label: whole ones without decimals, "942".
std::string readingLine(float reading);
/// The same of one number, of a difference.
std::string valueLine(float value, const PaneLook& look);

}  // namespace tessera::canvas
