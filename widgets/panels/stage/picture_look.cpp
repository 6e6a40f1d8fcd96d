// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/picture_look.h"

#include <algorithm>

#include <QCoreApplication>

#include "workspace/difference_kind.h"

namespace tessera::ui {
namespace {

/// How the map runs between its ends.
void addScaleWords(const ViewState& view, QStringList& remarks, QStringList& shorter) {
    if (view.logarithmic) {
        remarks << QCoreApplication::translate("LegendBar", "log");
        shorter << remarks.back();
    }
    if (view.gain != 1) {
        const QString factor = QString::number(double(view.gain), 'g', 3);
        remarks << QStringLiteral("× %1").arg(factor);
        shorter << QStringLiteral("×%1").arg(factor);
    }
}

}  // namespace

std::optional<std::string> differenceKindOf(const Column& column) {
    if (column.lens != "difference") return std::nullopt;
    const auto it = column.parameters.find("kind");
    const auto* kind = it == column.parameters.end() ? nullptr : std::get_if<std::string>(&it->second);
    return kind ? *kind : std::string(differenceKinds().front().name);
}

std::shared_ptr<const Picture> asShown(const std::shared_ptr<const Picture>& picture, const Column& column) {
    const auto name = differenceKindOf(column);
    if (!name || !picture || picture->mapping == FieldMapping::Colour) return picture;
    const DifferenceKind& kind = differenceKind(*name);
    if (picture->mapping == kind.mapping) return picture;
    auto shown = std::make_shared<Picture>(*picture);
    shown->mapping = kind.mapping;
    shown->legend = kind.legend;
    return shown;
}

canvas::PaneLook differenceLookOf(const ViewState& view) {
    canvas::PaneLook look{.mapping = view.differenceBy};
    look.gain = view.gain;
    look.logarithmic = view.logarithmic;
    look.clipping = view.clipping;
    if (view.brushed == view.differenceBy) look.brush = view.brush;
    look.sampling = view.sampling;
    look.values = view.values;
    look.grid = view.pixelGrid;
    for (const DifferenceKind& kind : differenceKinds()) {
        if (kind.mapping != view.differenceBy) continue;
        look.map = kind.legend.map;
        look.low = static_cast<float>(kind.legend.low);
        look.high = static_cast<float>(kind.legend.high);
    }
    return look;
}

LegendBar::Words differenceLegendOf(const ViewState& view) {
    const canvas::PaneLook look = differenceLookOf(view);
    LegendBar::Words words{.legend = {look.low / look.gain, look.high / look.gain, look.map, Unit::None, {}}};
    QStringList remarks{QCoreApplication::translate("LegendBar", "from reference")}, shorter{QCoreApplication::translate("LegendBar", "ref")};
    addScaleWords(view, remarks, shorter);
    words.remark = remarks.join(QStringLiteral(", "));
    words.shortRemark = shorter.join(u' ');
    return words;
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

canvas::PaneLook PictureLook::lookOf(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view, bool dimmed,
                                     const std::optional<Range>& ofColumn) {
    canvas::PaneLook look;
    look.sampling = view.sampling;
    look.exposureStops = view.exposureStops;
    look.gain = view.gain;
    look.logarithmic = view.logarithmic;
    look.clipping = view.clipping;
    look.values = view.values;
    look.dimmed = dimmed;
    if (!picture) return look;
    // A column of differences that is flipped to the input shows colours.
    const Shown field = picture->mapping == FieldMapping::Colour ? Shown{} : shown(picture.get(), column);
    look.mapping = field.mapping;
    // A brush over errors says nothing of colours.
    look.brush = view.brushFor(field.mapping, column.lens);
    if (field.mapping == FieldMapping::Colour) return look;
    look.map = field.legend.map;
    const auto [low, high] = rangeShown(picture, field, view, ofColumn);
    look.low = low;
    look.high = high;
    return look;
}

PictureLook::Range PictureLook::rangeShown(const std::shared_ptr<const Picture>& picture, const Shown& field, const ViewState& view, const std::optional<Range>& ofColumn) {
    if (view.range == FieldRange::Cell) return rangeOf(picture, field.mapping);
    if (view.range == FieldRange::Column && ofColumn) return *ofColumn;
    return {float(field.legend.low), float(field.legend.high)};
}

std::optional<LegendBar::Words> PictureLook::legendOf(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view,
                                                      const std::optional<Range>& ofColumn) {
    const Shown field = shown(picture.get(), column);
    if (field.mapping == FieldMapping::Colour) return std::nullopt;
    LegendBar::Words words{.legend = field.legend};
    if (!picture || picture->mapping == FieldMapping::Colour) return words;
    const Range own = rangeOf(picture, field.mapping);
    const auto [low, high] = rangeShown(picture, field, view, ofColumn);
    QStringList remarks, shorter;
    if (view.range == FieldRange::Cell) {
        remarks << QCoreApplication::translate("LegendBar", "own range");
        shorter << QCoreApplication::translate("LegendBar", "own");
        words.explanation = QCoreApplication::translate("LegendBar", "The picture's own range: not to be compared with other pictures by colour.");
    }
    if (view.range == FieldRange::Column) {
        remarks << QCoreApplication::translate("LegendBar", "column");
        shorter << QCoreApplication::translate("LegendBar", "col");
        words.explanation = QCoreApplication::translate("LegendBar", "What the cells of this column hold together: not to be compared with other columns by colour.");
    }
    addScaleWords(view, remarks, shorter);
    words.legend.low = low / view.gain;
    words.legend.high = high / view.gain;
    words.remark = remarks.join(QStringLiteral(", "));
    words.shortRemark = shorter.join(u' ');
    words.clipped = own.second * view.gain > high || own.first * view.gain < low;
    return words;
}

std::shared_ptr<const Picture> PictureLook::pictureShown(const std::shared_ptr<const Picture>& picture, const Column& column, const ViewState& view, const std::optional<Range>& ofColumn) {
    const auto drawn = asShown(picture, column);
    if (!drawn || drawn->mapping == FieldMapping::Colour || view.range == FieldRange::Declared) return drawn;
    auto ranged = std::make_shared<Picture>(*drawn);
    Legend legend = drawn->legend.value_or(Legend());
    const auto [low, high] = rangeShown(picture, {drawn->mapping, legend}, view, ofColumn);
    legend.low = low;
    legend.high = high;
    ranged->legend = legend;
    return ranged;
}

std::optional<PictureLook::Range> PictureLook::rangeOfAll(const std::vector<std::shared_ptr<const Picture>>& pictures, const Column& column) {
    std::optional<Range> all;
    for (const auto& picture : pictures) {
        if (!picture || picture->mapping == FieldMapping::Colour) continue;
        const Range own = rangeOf(picture, shown(picture.get(), column).mapping);
        all = all ? Range(std::min(all->first, own.first), std::max(all->second, own.second)) : own;
    }
    return all;
}

}  // namespace tessera::ui
