// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "board.h"
#include "canvas/canvas.h"
#include "overlay/hud.h"
#include "sight.h"

namespace tessera::viewer {

/// The figures over the pictures (F12).
class HudFigures {
public:
    bool shown = false;

    struct Frame {
        float left = 0;  ///< device pixels that the panel covers
        int width = 0, height = 0;
    };
    /// With the context current; makes what it needs when it is drawn for the first time.
    void draw(const std::vector<unsigned char>& face, const Board& board, const std::vector<PlacedCell>& cells, const canvas::Canvas& canvas,
              const std::vector<std::optional<canvas::Probe>>& probes, double frameSeconds, const Frame& frame, float pixelRatio);
    void release() { m_hud.release(); }

private:
    overlay::Hud m_hud;
    bool m_failed = false;
};

}  // namespace tessera::viewer
