// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/picture_look.h"

#include <QCoreApplication>

#include "workspace/difference_kind.h"

namespace tessera::ui {

std::optional<std::string> differenceKindOf(const Column& column) {
    if (column.lens != "difference") return std::nullopt;
    const auto it = column.parameters.find("kind");
    const auto* kind = it == column.parameters.end() ? nullptr : std::get_if<std::string>(&it->second);
    return kind ? *kind : std::string(differenceKinds().front().name);
}

PictureLook::Shown PictureLook::shown(const Picture* picture, const Column& column) const {
    if (const auto name = differenceKindOf(column)) {
        const DifferenceKind& kind = differenceKind(*name);
        return {kind.mapping, kind.legend};
    }
    if (!picture) return {};
    return {picture->mapping, picture->legend.value_or(Legend{})};
}

PictureLook::Range PictureLook::rangeOf(const std::shared_ptr<const Picture>& picture, FieldMapping mapping) {
    std::erase_if(m_known, [](const auto& entry) { return entry.second.picture.expired(); });
    Known& known = m_known[picture.get()];
    known.picture = picture;
    const auto it = known.ranges.find(mapping);
    if (it != known.ranges.end()) return it->second;
    return known.ranges[mapping] = ownRange(picture->image, mapping);
}

canvas::PaneLook PictureLook::lookOf(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view, bool dimmed) {
    canvas::PaneLook look;
    look.sampling = view.sampling;
    look.exposureStops = view.exposureStops;
    look.values = view.values;
    look.dimmed = dimmed;
    if (!picture) return look;
    // A column of differences that is flipped to the input shows colours.
    const Shown field = picture->mapping == FieldMapping::Colour ? Shown{} : shown(picture.get(), column);
    look.mapping = field.mapping;
    if (field.mapping == FieldMapping::Colour) return look;
    look.map = field.legend.map;
    const auto [low, high] = view.normalised ? rangeOf(picture, field.mapping) : Range(float(field.legend.low), float(field.legend.high));
    look.low = low;
    look.high = high;
    return look;
}

std::optional<LegendBar::Words> PictureLook::legendOf(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view) {
    const Shown field = shown(picture.get(), column);
    if (field.mapping == FieldMapping::Colour) return std::nullopt;
    LegendBar::Words words{.legend = field.legend};
    if (!picture || picture->mapping == FieldMapping::Colour) return words;
    const auto [low, high] = rangeOf(picture, field.mapping);
    if (view.normalised) {
        words.legend.low = low;
        words.legend.high = high;
        words.remark = QCoreApplication::translate("LegendBar", "own range");
    } else {
        words.clipped = high > field.legend.high || low < field.legend.low;
    }
    return words;
}

}  // namespace tessera::ui
