// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "canvas/pane.h"
#include "panels/stage/legend_bar.h"
#include "workspace/row.h"
#include "workspace/view_state.h"

namespace tessera::ui {

/// The kind of a column of differences ("absolute" if it does not say); nothing for other columns.
std::optional<std::string> differenceKindOf(const Column& column);

/// How pictures are drawn under a view. Display parameters are read from the column, not from the picture, so that a choice shows in
/// the next frame. Remembers what pictures hold, since that costs a look at every pixel.
class PictureLook {
public:
    canvas::PaneLook lookOf(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view, bool dimmed);
    /// The colour bar of a field; nothing for colours.
    std::optional<LegendBar::Words> legendOf(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view);

private:
    using Range = std::pair<float, float>;
    struct Shown {
        FieldMapping mapping = FieldMapping::Colour;
        Legend legend;
    };
    Shown shown(const Picture* picture, const Column& column) const;
    Range rangeOf(const std::shared_ptr<const Picture>& picture, FieldMapping mapping);

    struct Known {
        std::weak_ptr<const Picture> picture;
        std::map<FieldMapping, Range> ranges;
    };
    std::map<const Picture*, Known> m_known;
};

}  // namespace tessera::ui
