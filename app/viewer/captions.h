// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "canvas/canvas.h"
#include "sight.h"

struct ImDrawList;

namespace tessera::viewer {

/// What the pointer is over: the place in every pane, each with its own picture's values.
std::vector<std::optional<canvas::Probe>> probesAt(const canvas::Canvas& canvas, float x, float y);

/// Words round the pictures: captions with measures, legends or values, sentences where there is no picture, a line under the current row.
/// `scale` is device pixels per unit of the list.
class Captions {
public:
    Captions(ImDrawList& list, float scale, float pixelRatio) : m_list(list), m_scale(scale), m_ratio(pixelRatio) {}

    void draw(const Board& board, const Sight& sight, const std::vector<PlacedCell>& cells, const canvas::Canvas& canvas,
              const std::vector<std::optional<canvas::Probe>>& probes);

private:
    struct Area {
        float left, top, right, bottom;
    };
    Area areaOf(const canvas::Rect& rect) const;
    std::string titleOf(const Board& board, const Sight& sight, const PlacedCell& cell, bool withModel) const;
    void drawTitle(const std::string& title, const Area& area, float rightEdge);
    /// What stands at the right of a caption, as far as the title leaves room; its left edge.
    float drawNumbers(const std::string& text, bool probed, const Area& area);
    float drawLegend(const canvas::PaneLook& look, const std::string& label, const Area& area, float titleEdge);
    float drawRightSide(const canvas::Pane& pane, const std::optional<canvas::Probe>& probe, const Area& area, float titleEdge);
    void drawSentence(const std::string& words, bool isError, const Area& area);
    void drawBadge(const std::string& words, const Area& area);
    void drawCross(const canvas::Canvas& canvas, std::size_t pane, const canvas::Probe& probe, const Area& area);

    ImDrawList& m_list;
    float m_scale, m_ratio;
};

/// In the middle of an area: what to do on a board without pictures, or why nothing can be drawn.
void drawEmptyState(ImDrawList& list, const Board& board, const std::string& trouble, const canvas::Rect& area);

/// The text, shortened in its middle to a width.
std::string elided(const std::string& text, float width);

}  // namespace tessera::viewer
