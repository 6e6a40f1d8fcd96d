// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/stage_layout.h"

#include <algorithm>

#include <QFontMetrics>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr double kClearlyLarger = 1.15;

double fitted(const QSizeF& picture, double width, double height) {
    if (picture.isEmpty() || width <= 0 || height <= 0) return 0;
    return std::min(width / picture.width(), height / picture.height());
}

int share(int length, int parts) {
    return std::max(0, (length - (parts + 1) * size::kGutter) / parts);
}

StageLayout sideBySide(const QSize& stage, const StageRows& rows, int columns) {
    StageLayout layout;
    const int width = share(stage.width(), columns);
    // What does not divide goes to both ends, so that bodies stay of one size.
    const int left = (stage.width() - columns * width - (columns - 1) * size::kGutter) / 2;
    const auto x = [&](int column) { return left + column * (width + size::kGutter); };
    const int modelTop = size::kGutter, headerTop = modelTop + rows.model + size::kHeaderRule;
    const int headerHeight = rows.lens + size::kHeaderRule + rows.parameter;
    const int bodyTop = headerTop + headerHeight + size::kGutter;
    const int bodyHeight = std::max(0, stage.height() - bodyTop - rows.caption - size::kGutter);
    layout.models.push_back({x(0), modelTop, width, rows.model});
    if (columns > 1) layout.models.push_back({x(1), modelTop, x(columns - 1) + width - x(1), rows.model});
    for (int i = 0; i < columns; ++i) {
        layout.cells.push_back({.header = {x(i), headerTop, width, headerHeight},
                                .body = {x(i), bodyTop, width, bodyHeight},
                                .caption = {x(i), bodyTop + bodyHeight, width, rows.caption}});
    }
    return layout;
}

StageLayout onTopOfEachOther(const QSize& stage, const StageRows& rows, int columns) {
    StageLayout layout;
    layout.stacked = true;
    const int left = size::kGutter, width = std::max(0, stage.width() - 2 * size::kGutter);
    const int models = std::min(columns, 2);
    const int perCell = rows.lens + size::kHeaderRule + rows.caption + size::kGutter;
    const int bodyHeight = std::max(0, (stage.height() - size::kGutter - models * (rows.model + size::kHeaderRule) - columns * perCell) / columns);
    int y = size::kGutter;
    for (int i = 0; i < columns; ++i) {
        if (i < models) {
            layout.models.push_back({left, y, width, rows.model});
            y += rows.model + size::kHeaderRule;
        }
        StageLayout::Cell cell;
        cell.header = {left, y, width, rows.lens};
        cell.body = {left, cell.header.bottom() + 1 + size::kHeaderRule, width, bodyHeight};
        cell.caption = {left, cell.body.bottom() + 1, width, rows.caption};
        y = cell.caption.bottom() + 1 + size::kGutter;
        layout.cells.push_back(cell);
    }
    return layout;
}

}  // namespace

StageRows StageRows::fromTheme() {
    const Theme& theme = Theme::instance();
    const auto row = [&](int least, TextSize text, int air) { return std::max(least, QFontMetrics(theme.font(text)).height() + air); };
    return {.model = row(size::kModelHeader, TextSize::Body, 10),
            .lens = row(size::kLensHeader, TextSize::Table, 6),
            .parameter = row(size::kParameterHeader, TextSize::Table, 6),
            .caption = row(size::kCaption, TextSize::Table, 4)};
}

StageLayout layOutStage(const QSize& stage, const StageRows& rows, int columns, const QSizeF& picture, bool wasStacked) {
    if (columns <= 0) return {};
    StageLayout beside = sideBySide(stage, rows, columns);
    if (columns == 1 || stage.height() <= stage.width()) return beside;
    StageLayout stacked = onTopOfEachOther(stage, rows, columns);
    const QSizeF shape = picture.isEmpty() ? QSizeF(1, 1) : picture;
    const auto scale = [&](const StageLayout& layout) {
        return fitted(shape, layout.cells.front().body.width(), layout.cells.front().body.height());
    };
    const double needed = wasStacked ? 1 : kClearlyLarger;
    return scale(stacked) > scale(beside) * needed ? stacked : beside;
}

}  // namespace tessera::ui
