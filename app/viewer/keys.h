// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "canvas/canvas.h"
#include "sight.h"

namespace tessera::viewer {

/// GLFW names keys by where they lie on an American keyboard; a letter by what is printed on this one.
int letterOf(int key, int scancode);

/// What a key changes in how the board is looked at; keys as GLFW numbers them.
void changeSight(Sight& sight, const canvas::Canvas& canvas, int key, bool shift, std::size_t images);

/// Spreads the map of differences over what the panes of the canvas hold.
void normaliseDifference(Sight& sight, const canvas::Canvas& canvas);

}  // namespace tessera::viewer
