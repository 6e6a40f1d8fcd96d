// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "canvas/canvas.h"

namespace tessera::ui {

/// How the board is looked at: shared by all cells, never undone, costs no engine work.
struct ViewState {
    canvas::Camera camera;
    canvas::Sampling sampling = canvas::Sampling::Automatic;
    float exposureStops = 0;
    bool normalised = false;   ///< scalar pictures use their own range instead of the shared one
    bool values = true;        ///< numbers in pixels once they are large enough
    bool flipToInput = false;  ///< every cell shows the input, while Space is held
    bool operator==(const ViewState&) const = default;
};

}  // namespace tessera::ui
