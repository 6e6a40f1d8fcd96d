// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "canvas/pane.h"
#include "panels/stage/legend_bar.h"
#include "workspace/view_state.h"

namespace tessera::ui {

/// The kind of a column of differences ("absolute" if it does not say); nothing for other columns.
std::optional<std::string> differenceKindOf(const Column& column);

/// The picture as the column shows it: errors by the column's kind, which may be a later choice than the picture's own.
std::shared_ptr<const Picture> asShown(const std::shared_ptr<const Picture>& picture, const Column& column);

/// How the difference of two cells is drawn, and its colour bar.
canvas::PaneLook differenceLookOf(const ViewState& view);
LegendBar::Words differenceLegendOf(const ViewState& view);

/// How pictures are drawn under a view. Display parameters are read from the column, not from the picture, so that a choice shows in
/// the next frame. Remembers what pictures hold, since that costs a look at every pixel.
class PictureLook {
public:
    using Range = std::pair<float, float>;

    /// `ofColumn`: what all pictures of the column hold, for FieldRange::Column.
    canvas::PaneLook lookOf(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view, bool dimmed,
                            const std::optional<Range>& ofColumn = {});
    /// The colour bar of a field; nothing for colours.
    std::optional<LegendBar::Words> legendOf(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view,
                                             const std::optional<Range>& ofColumn = {});
    /// asShown() with the ends of the colour bar that the view gives it.
    std::shared_ptr<const Picture> pictureShown(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view, const std::optional<Range>& ofColumn = {});
    /// What a column's pictures hold together; nothing without a field among them.
    std::optional<Range> rangeOfAll(const std::vector<std::shared_ptr<const Picture>>& pictures, const Column& column);

private:
    struct Shown {
        FieldMapping mapping = FieldMapping::Colour;
        Legend legend;
    };
    Shown shown(const Picture* picture, const Column& column) const;
    Range rangeShown(const std::shared_ptr<const Picture>& picture, const Shown& field, const ViewState& view, const std::optional<Range>& ofColumn);
    Range rangeOf(const std::shared_ptr<const Picture>& picture, FieldMapping mapping);

    struct Known {
        std::weak_ptr<const Picture> picture;
        std::map<FieldMapping, Range> ranges;
    };
    std::map<const Picture*, Known> m_known;
};

}  // namespace tessera::ui
