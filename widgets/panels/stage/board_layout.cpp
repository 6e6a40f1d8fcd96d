// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/board_layout.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <QFontMetrics>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

using size::kGutter, size::kHeaderRule;

constexpr double kClearlyLarger = 1.15;
/// A grid's bodies are at least this high for their width, so that rows are not mostly captions, and no higher than wide.
constexpr double kFlattestBody = 0.66;
/// How much larger than the others a leading picture is, where the stage has room for both.
constexpr double kLeadTimes = 2.5;

double fitted(const QSizeF& picture, double width, double height) {
    if (picture.isEmpty() || width <= 0 || height <= 0) return 0;
    return std::min(width / picture.width(), height / picture.height());
}

int share(int length, int parts) {
    return std::max(0, (length - (parts + 1) * kGutter) / parts);
}

/// Cells along one axis: their length, the gutter between, and where the first begins.
struct Axis {
    int count = 0, length = 0, begin = 0, scroll = 0;
    int step() const { return length + kGutter; }
    int at(int index) const { return begin + index * step() - scroll; }
    int content() const { return count * step() + kGutter; }
    int end(int index) const { return at(index) + length; }
    /// Those of which something lies in `from`..`to`.
    std::pair<int, int> seen(int from, int to) const {
        const int first = std::clamp((from - begin + scroll) / step(), 0, std::max(0, count - 1));
        const int last = std::clamp((to - 1 - begin + scroll) / step(), 0, std::max(0, count - 1));
        return {first, last};
    }
};

Axis axisOf(int count, int length, int from, int room, int wantedScroll) {
    Axis axis{.count = count, .length = length};
    const int spare = room - axis.content();
    // What does not divide goes to both ends, so that bodies stay of one size.
    axis.begin = from + kGutter + (spare > 0 && spare < count + 2 ? spare / 2 : 0);
    axis.scroll = std::clamp(wantedScroll, 0, std::max(0, -spare));
    return axis;
}

/// One line of headers over columns that run across.
void placeTopHeaders(const BoardLengths& lengths, const BoardShape& shape, const Axis& x, int top, BoardLayout& layout) {
    const auto over = [&](const ColumnSpan& span, int y, int height) { return QRect(x.at(span.first), y, x.end(span.last) - x.at(span.first), height); };
    const int lensTop = top + lengths.model + kHeaderRule, parameterTop = lensTop + lengths.lens + kHeaderRule;
    for (const ColumnSpan& span : shape.groups) layout.groups.push_back(over(span, top, lengths.model));
    for (const ColumnSpan& span : shape.lenses) layout.lenses.push_back(over(span, lensTop, lengths.lens));
    for (int i = 0; i < shape.columns; ++i) layout.parameters.push_back(over({i, i}, parameterTop, lengths.parameter));
}

/// Headers at the left of columns that run downwards: model, lens and parameter under each other.
void placeLeftHeaders(const BoardLengths& lengths, const BoardShape& shape, const Axis& y, int left, int width, BoardLayout& layout) {
    // A line stands only where it says something new; what follows moves up.
    const auto begins = [](const std::vector<ColumnSpan>& spans, int column) { return std::ranges::find(spans, column, &ColumnSpan::first) != spans.end(); };
    for (int i = 0; i < shape.columns; ++i) {
        int from = y.at(i);
        const auto line = [&](int height) {
            const QRect place(left, from, width, height);
            from += height + kHeaderRule;
            return place;
        };
        if (begins(shape.groups, i)) layout.groups.push_back(line(lengths.model));
        if (begins(shape.lenses, i)) layout.lenses.push_back(line(lengths.lens));
        layout.parameters.push_back(line(lengths.parameter));
    }
}

void placeCells(const BoardLengths& lengths, const Axis& images, const Axis& columns, int firstImage, bool transposed, BoardLayout& layout) {
    layout.transposed = transposed;
    layout.firstImage = firstImage;
    const Axis &x = transposed ? images : columns, &y = transposed ? columns : images;
    const auto [left, right] = x.seen(layout.area.left(), layout.area.right() + 1);
    const auto [top, bottom] = y.seen(layout.area.top(), layout.area.bottom() + 1);
    if (x.count == 0 || y.count == 0) return;
    const int body = std::max(0, y.length - lengths.caption);
    for (int row = top; row <= bottom; ++row) {
        for (int column = left; column <= right; ++column) {
            const QRect place(x.at(column), y.at(row), x.length, body);
            const int image = transposed ? column : row;
            layout.cells.push_back({.image = firstImage + image, .column = transposed ? row : column, .body = place, .caption = {place.left(), place.bottom() + 1, x.length, lengths.caption}});
        }
    }
    layout.content = {x.content(), y.content()};
    layout.scroll = {x.scroll, y.scroll};
    layout.step = {x.step(), y.step()};
}

BoardLayout acrossAndDown(const QSize& stage, const BoardLengths& lengths, const BoardShape& shape) {
    BoardLayout layout;
    const bool grid = shape.form.grid;
    const int left = grid ? kGutter + lengths.rowHeader : 0, headers = lengths.model + lengths.lens + lengths.parameter + 2 * kHeaderRule;
    const int top = kGutter + headers;
    layout.area = {left, top, std::max(0, stage.width() - left), std::max(0, stage.height() - top)};
    int width = std::max(shape.form.grid ? lengths.smallestCell : lengths.smallestCell / 2, share(layout.area.width(), shape.columns));
    if (grid && shape.form.cellWidth > 0) width = std::max(lengths.smallestCell / 2, shape.form.cellWidth);
    const int images = grid ? shape.images : 1;
    int height = std::max(0, layout.area.height() - 2 * kGutter);
    if (grid) {
        const int wanted = share(layout.area.height(), std::max(1, images)) - lengths.caption;
        const int body = std::clamp(wanted, static_cast<int>(width * kFlattestBody), width);
        height = std::max(std::min(body + lengths.caption, height), lengths.caption);
    }
    const Axis x = axisOf(shape.columns, width, left, layout.area.width(), shape.scroll.x());
    const Axis y = axisOf(images, height, top, layout.area.height(), shape.scroll.y());
    placeTopHeaders(lengths, shape, x, kGutter, layout);
    placeCells(lengths, y, x, grid ? 0 : shape.current, false, layout);
    layout.top = {0, 0, stage.width(), top};
    if (!grid) return layout;
    layout.corner = {kGutter, kGutter, lengths.rowHeader, headers};
    layout.left = {0, top, left, layout.area.height()};
    const auto [first, last] = y.seen(top, stage.height());
    for (int i = first; i <= last && i < images; ++i) layout.images.push_back({i, {kGutter, y.at(i), lengths.rowHeader, height}});
    return layout;
}

BoardLayout transposed(const QSize& stage, const BoardLengths& lengths, const BoardShape& shape) {
    BoardLayout layout;
    const bool grid = shape.form.grid;
    const int left = kGutter + lengths.columnHeader, top = grid ? kGutter + lengths.imageHeader : 0;
    layout.area = {left, top, std::max(0, stage.width() - left), std::max(0, stage.height() - top)};
    const int images = grid ? shape.images : 1;
    const int headers = lengths.model + lengths.lens + lengths.parameter + 2 * kHeaderRule;
    int height = std::max(headers + lengths.caption, share(layout.area.height(), shape.columns));
    int width = std::max(0, layout.area.width() - 2 * kGutter);
    if (grid) {
        const int body = height - lengths.caption;
        width = std::clamp(share(layout.area.width(), std::max(1, images)), body, static_cast<int>(body / kFlattestBody));
        if (shape.form.cellWidth > 0) {
            width = std::max(lengths.smallestCell / 2, shape.form.cellWidth);
            height = std::max(headers + lengths.caption, static_cast<int>(width * kFlattestBody) + lengths.caption);
        }
    }
    const Axis x = axisOf(images, width, left, layout.area.width(), shape.scroll.x());
    const Axis y = axisOf(shape.columns, height, top, layout.area.height(), shape.scroll.y());
    placeLeftHeaders(lengths, shape, y, kGutter, lengths.columnHeader, layout);
    placeCells(lengths, x, y, grid ? 0 : shape.current, true, layout);
    layout.left = {0, top, left, layout.area.height()};
    if (!grid) return layout;
    layout.corner = {kGutter, kGutter, lengths.columnHeader, lengths.imageHeader};
    layout.top = {0, 0, stage.width(), top};
    const auto [first, last] = x.seen(left, stage.width());
    for (int i = first; i <= last && i < images; ++i) layout.images.push_back({i, {x.at(i), kGutter, width, lengths.imageHeader}});
    return layout;
}

/// One image, its columns under each other; each with its own line of headers.
BoardLayout onTopOfEachOther(const QSize& stage, const BoardLengths& lengths, const BoardShape& shape) {
    BoardLayout layout;
    layout.stacked = true;
    layout.area = QRect(QPoint(), stage);
    layout.content = stage;
    const int left = kGutter, width = std::max(0, stage.width() - 2 * kGutter), columns = shape.columns;
    const int models = static_cast<int>(shape.groups.size());
    const int perCell = lengths.lens + kHeaderRule + lengths.caption + kGutter;
    const int bodyHeight = std::max(0, (stage.height() - kGutter - models * (lengths.model + kHeaderRule) - columns * perCell) / columns);
    int y = kGutter;
    for (int i = 0; i < columns; ++i) {
        if (std::ranges::find(shape.groups, i, &ColumnSpan::first) != shape.groups.end()) {
            layout.groups.push_back({left, y, width, lengths.model});
            y += lengths.model + kHeaderRule;
        }
        const QRect line(left, y, width, lengths.lens);
        const bool firstOfLens = std::ranges::find(shape.lenses, i, &ColumnSpan::first) != shape.lenses.end();
        if (firstOfLens) layout.lenses.push_back({line.left(), line.top(), line.width() / 2, line.height()});
        layout.parameters.push_back({line.left() + width / 2, line.top(), width - width / 2, line.height()});
        BoardLayout::Cell cell{.image = shape.current, .column = i};
        cell.body = {left, line.bottom() + 1 + kHeaderRule, width, bodyHeight};
        cell.caption = {left, cell.body.bottom() + 1, width, lengths.caption};
        y = cell.caption.bottom() + 1 + kGutter;
        layout.cells.push_back(cell);
    }
    layout.step = {width, y / columns};
    return layout;
}

/// How the others stand beside a lead: in so many rows and columns.
struct BesideLead {
    int rows = 0, across = 0;
    int width = 0;     ///< of one of them
    double score = 0;  ///< scale of the lead's picture, less where theirs are small beside it
};

/// `room`: of the lead and of one row beside it, without gutters.
BesideLead splitFor(int others, const QSize& room, int extra, const QSizeF& picture) {
    BesideLead best;
    const double shape = picture.width() / picture.height(), leadMost = (room.height() - extra) * shape;
    for (int rows = 1; rows <= others; ++rows) {
        const int across = (others + rows - 1) / rows, width = room.width() - across * kGutter;
        if ((rows - 1) * across >= others) continue;  // a row would stay empty
        const double body = double(room.height() - (rows - 1) * kGutter) / rows - extra, most = body * shape;
        double each = std::min(most, width / (across + kLeadTimes));
        // What the lead's height leaves of the width is theirs.
        if (width - across * each > leadMost) each = std::min(most, (width - leadMost) / across);
        if (each < 1 || body < 1) continue;
        const double lead = fitted(picture, width - across * each, room.height() - extra);
        const double score = std::min(lead, kLeadTimes * fitted(picture, each, body));
        if (score > best.score) best = {rows, across, static_cast<int>(each), score};
    }
    return best;
}

/// One image, its first column large at the left; nothing fits into a stage that is too small.
std::optional<BoardLayout> besideTheLead(const QSize& stage, const BoardLengths& lengths, const BoardShape& shape, const QSizeF& picture) {
    BoardLayout layout;
    layout.lead = true;
    layout.firstImage = shape.current;
    layout.area = QRect(QPoint(), stage);
    layout.content = layout.step = stage;
    const int top = kGutter + lengths.model + kHeaderRule, headers = lengths.lens + lengths.parameter + 2 * kHeaderRule;
    const QSize room(stage.width() - 2 * kGutter, stage.height() - top - kGutter);
    const BesideLead beside = splitFor(shape.columns - 1, room, headers + lengths.caption, picture);
    if (beside.rows == 0) return std::nullopt;
    layout.groups.push_back({kGutter, kGutter, room.width(), lengths.model});
    const auto place = [&](int column, const QRect& whole) {
        const bool firstOfLens = std::ranges::find(shape.lenses, column, &ColumnSpan::first) != shape.lenses.end();
        if (firstOfLens) layout.lenses.push_back({whole.left(), whole.top(), whole.width(), lengths.lens});
        layout.parameters.push_back({whole.left(), whole.top() + lengths.lens + kHeaderRule, whole.width(), lengths.parameter});
        const QRect body(whole.left(), whole.top() + headers, whole.width(), whole.height() - headers - lengths.caption);
        layout.cells.push_back({.image = shape.current, .column = column, .body = body, .caption = {body.left(), body.bottom() + 1, body.width(), lengths.caption}});
    };
    const int lead = room.width() - beside.across * (beside.width + kGutter), height = (room.height() - (beside.rows - 1) * kGutter) / beside.rows;
    place(0, {kGutter, top, lead, room.height()});
    for (int other = 0; other + 1 < shape.columns; ++other) {
        const int row = other / beside.across, across = other % beside.across;
        place(other + 1, {kGutter + lead + kGutter + across * (beside.width + kGutter), top + row * (height + kGutter), beside.width, height});
    }
    return layout;
}

}  // namespace

BoardLengths BoardLengths::fromTheme() {
    const Theme& theme = Theme::instance();
    const auto row = [&](int least, TextSize text, int air) { return std::max(least, QFontMetrics(theme.font(text)).height() + air); };
    const auto scaled = [&](int length) { return length * theme.pixels(TextSize::Table) / static_cast<int>(TextSize::Table); };
    return {.model = row(size::kModelHeader, TextSize::Body, 10),
            .lens = row(size::kLensHeader, TextSize::Table, 6),
            .parameter = row(size::kParameterHeader, TextSize::Table, 6),
            .caption = row(size::kCaption, TextSize::Table, 4),
            .rowHeader = scaled(size::kRowHeader),
            .imageHeader = scaled(size::kImageHeader),
            .columnHeader = scaled(size::kColumnHeader),
            .smallestCell = scaled(size::kSmallestCell)};
}

const BoardLayout::Cell* BoardLayout::cell(int image, int column) const {
    const auto it = std::ranges::find_if(cells, [&](const Cell& each) { return each.image == image && each.column == column; });
    return it == cells.end() ? nullptr : &*it;
}

QPoint BoardLayout::scrollTo(int image, int column) const {
    image -= firstImage;
    const auto towards = [](int now, int begin, int length, int room) {
        if (begin - kGutter < now) return begin - kGutter;
        if (begin + length + kGutter > now + room) return begin + length + kGutter - room;
        return now;
    };
    const int x = kGutter + (transposed ? image : column) * step.width(), y = kGutter + (transposed ? column : image) * step.height();
    return {towards(scroll.x(), x, step.width() - kGutter, area.width()), towards(scroll.y(), y, step.height() - kGutter, area.height())};
}

BoardLayout layOutBoard(const QSize& stage, const BoardLengths& lengths, const BoardShape& shape) {
    if (shape.columns <= 0) return {};
    if (shape.form.transposed) return transposed(stage, lengths, shape);
    BoardLayout beside = acrossAndDown(stage, lengths, shape);
    if (shape.form.grid || shape.columns == 1) return beside;
    const QSizeF picture = shape.picture.isEmpty() ? QSizeF(1, 1) : shape.picture;
    const auto scale = [&](const BoardLayout& layout) {
        return layout.cells.empty() ? 0 : fitted(picture, layout.cells.front().body.width(), layout.cells.front().body.height());
    };
    if (shape.lead && shape.groups.size() == 1 && shape.columns > 2) {
        auto led = besideTheLead(stage, lengths, shape, picture);
        if (led && scale(*led) > scale(beside)) return *std::move(led);
    }
    if (stage.height() <= stage.width()) return beside;
    BoardLayout stacked = onTopOfEachOther(stage, lengths, shape);
    const double needed = shape.wasStacked ? 1 : kClearlyLarger;
    return scale(stacked) > scale(beside) * needed ? stacked : beside;
}

}  // namespace tessera::ui
