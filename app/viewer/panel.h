// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "board.h"
#include "canvas/histogram.h"
#include "sight.h"

namespace tessera::viewer {

/// The column of controls at the side, drawn with Dear ImGui: pictures, models, lenses with the parameters that they declare, the view.
class Panel {
public:
    static constexpr float kWidth = 280;  ///< logical pixels

    /// Lays itself out at the left of a window of that height, in units of Dear ImGui; `pixelRatio` of them are a logical pixel.
    /// `current` is the pane whose picture the histogram counts.
    void draw(Board& board, Sight& sight, float height, float pixelRatio, const canvas::Pane* current);

private:
    void drawImages(Board& board, Sight& sight);
    void drawModels(Board& board);
    void drawLenses(Board& board);
    void drawParameter(Board& board, std::size_t lens, const ParameterSpec& declared);
    void drawView(Sight& sight);
    void drawHistogram(Sight& sight, const canvas::Pane& pane);
    void drawBrush(Sight& sight, FieldMapping mapping, float low, float high);

    struct Counted {
        std::weak_ptr<const Picture> picture;
        FieldMapping mapping = FieldMapping::Colour;
        float low = 0, high = 1;
        canvas::Histogram histogram;
    };
    std::optional<Counted> m_counted;
    float m_ratio = 1;
};

}  // namespace tessera::viewer
