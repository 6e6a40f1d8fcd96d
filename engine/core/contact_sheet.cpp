// SPDX-License-Identifier: Apache-2.0
#include <tessera/contact_sheet.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <tessera/colour_map.h>

#include "core/error.h"
#include "core/resource_folder.h"
#include "core/sheet_canvas.h"
#include "core/sheet_picture.h"

namespace tessera {
namespace {

/// The studio's colours (widgets/theme), which live behind Qt.
struct Palette {
    SheetColour canvas, header, caption, line, edge, text, second, error, warning;
};

constexpr SheetColour grey(std::uint8_t value) {
    return {value, value, value};
}

constexpr Palette kDark{grey(0x18), grey(0x26), grey(0x20), grey(0x3c), grey(0x7c), grey(0xe9), grey(0xb4), {0xff, 0x83, 0x79}, {0xf0, 0xb4, 0x29}};
constexpr Palette kLight{grey(0xbd), grey(0xeb), grey(0xde), grey(0xcf), grey(0x7c), grey(0x1b), grey(0x50), {0xb3, 0x26, 0x1e}, {0x85, 0x55, 0x00}};

// Logical pixels, as on the studio's board.
constexpr int kMargin = 16, kGutter = 4, kInset = 8, kNumberGap = 10;
constexpr int kTitleRow = 24, kLineRow = 18, kModelRow = 26, kLensRow = 22, kRule = 1, kGroupEdge = 2;
constexpr int kHeader = kModelRow + 2 * kLensRow + 2 * kRule;
constexpr int kCaption = 20, kRowHead = 132, kThumbnail = 48, kLeastBody = 80;
constexpr int kBarHeight = 8, kBarGap = 6, kLongestBar = 120, kShortestBar = 24;
constexpr int kTitleText = 15, kModelText = 13, kText = 12, kBadgeText = 11;
constexpr double kMostTall = 1.5;  ///< a body's height in widths of a cell
constexpr int kLongestSide = 65535;
constexpr std::int64_t kMostPixels = (std::int64_t(1) << 30) / 3;

std::int64_t widthOfSheet(const SheetLook& look, std::size_t columns) {
    return (2 * kMargin + kRowHead + static_cast<std::int64_t>(columns) * (look.cellWidth + kGutter)) * look.scale;
}

std::string withMinus(std::string text) {
    for (std::size_t at = 0; (at = text.find('-', at)) != std::string::npos; at += 3) text.replace(at, 1, "−");
    return text;
}

std::string shortNumber(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return withMinus(text);
}

std::string fixedNumber(double value, int decimals) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return withMinus(text);
}

std::optional<SheetNumber> captionNumber(const Picture& picture, std::string_view name, std::string before, int decimals) {
    const Measure* measure = picture.measure(name);
    if (!measure || !measure->value) return std::nullopt;
    return SheetNumber{std::move(before), fixedNumber(*measure->value, decimals), std::string(symbolOf(measure->unit))};
}

/// Words whose widths count together.
struct Piece {
    std::string text;
    bool strong = false;
};

std::vector<Piece> piecesOf(const SheetNumber& number) {
    std::vector<Piece> pieces;
    if (!number.before.empty()) pieces.push_back({number.before + ' '});
    pieces.push_back({number.value, true});
    if (!number.after.empty()) pieces.push_back({' ' + number.after});
    return pieces;
}

}  // namespace

struct ContactSheetPainter::Private {
    /// What a caption needs once all rows are known.
    struct Caption {
        SheetRect rect;
        std::string words;
        std::vector<SheetNumber> numbers;
        std::optional<Legend> legend;
        bool problem = false;
    };
    struct ColumnState {
        int group = 0, x = 0;
        std::string lens, words;
        std::optional<Legend> legend;
        std::string summary;
        bool any = false, legendShared = true, summaryShared = true;
        std::vector<Caption> captions;
    };

    Private(SheetHead sheetHead, const SheetLook& sheetLook)
        : head(std::move(sheetHead)), look(sheetLook), palette(look.dark ? kDark : kLight), fonts(resourceFolder(look.resourceDirectory)), canvas(sheetWidth(), palette.canvas) {
        int group = 0, x = px(kMargin + kRowHead + kGutter);
        for (const SheetGroup& each : head.groups) {
            for (const SheetColumn& column : each.columns) {
                columns.push_back({.group = group, .x = x, .lens = column.lens, .words = column.words});
                x += px(look.cellWidth + kGutter);
            }
            ++group;
        }
        bottom = px(kMargin + (head.title.empty() && head.right.empty() ? 0 : kTitleRow) + kLineRow * static_cast<int>(head.lines.size()));
        if (bottom > px(kMargin)) bottom += px(kInset);
        headerTop = bottom;
        bottom += px(kHeader + kGutter);
        canvas.growTo(bottom);
    }

    int px(int logical) const { return logical * look.scale; }
    int sheetWidth() const {
        std::size_t count = 0;
        for (const SheetGroup& group : head.groups) count += group.columns.size();
        return static_cast<int>(widthOfSheet(look, count));
    }

    void addRow(const SheetRow& row);
    void drawRowHead(const SheetRow& row, const SheetRect& rect);
    void drawProblem(const Error& problem, const SheetRect& body);
    void drawBadge(const Picture& picture, const SheetRect& body);
    void remember(ColumnState& column, const SheetCell& cell, const SheetRect& caption);
    void drawTitle();
    void drawHeader();
    void drawColumnHeader(const ColumnState& column, int top);
    void drawCaption(const Caption& caption, bool legendInHeader);
    int drawLegend(const Legend& legend, const SheetRect& rect, int room);

    double widthOf(const std::string& text, int size, TextWeight weight = TextWeight::Regular) const { return fonts.width(text, px(size), weight); }
    double widthOf(const std::vector<Piece>& pieces) const {
        double sum = 0;
        for (const Piece& piece : pieces) sum += widthOf(piece.text, kText);
        return sum;
    }
    void drawText(const SheetRect& rect, const std::string& text, int size, SheetColour colour, TextWeight weight = TextWeight::Regular, Elide where = Elide::Middle) {
        canvas.text(fonts, rect, fonts.elided(text, px(size), weight, rect.width, where), px(size), weight, colour);
    }
    /// At the right end of a room that begins after other words; whole or not at all.
    void drawRightIfRoom(const SheetRect& room, const std::string& text) {
        const int width = static_cast<int>(std::ceil(widthOf(text, kText)));
        if (text.empty() || width + px(kNumberGap) > room.width) return;
        canvas.text(fonts, {room.right() - width, room.y, width, room.height}, text, px(kText), TextWeight::Regular, palette.second);
    }
    /// Left and right words of one line. Where they do not fit together the left ones are elided; long right ones are left out instead.
    void drawLine(const SheetRect& rect, const std::string& left, int leftSize, TextWeight weight, SheetColour colour, const std::string& right) {
        const double leftWidth = widthOf(left, leftSize, weight), rightWidth = right.empty() ? 0 : widthOf(right, kText) + px(kNumberGap);
        const bool both = leftWidth + rightWidth <= rect.width || rightWidth <= rect.width * 0.6;
        const int room = both ? rect.width - static_cast<int>(std::ceil(rightWidth)) : rect.width;
        drawText({rect.x, rect.y, room, rect.height}, left, leftSize, colour, weight);
        if (both) drawRightIfRoom({rect.x, rect.y, rect.width, rect.height}, right);
    }

    SheetHead head;
    SheetLook look;
    Palette palette;
    SheetFonts fonts;
    SheetCanvas canvas;
    std::vector<ColumnState> columns;
    int headerTop = 0, bottom = 0;
    bool tooLarge = false;
};

void ContactSheetPainter::Private::addRow(const SheetRow& row) {
    if (tooLarge) return;
    const std::size_t cells = std::min(columns.size(), row.cells.size());
    double scale = 0;  // sheet pixels per pixel of the source, the same for the whole row
    for (std::size_t i = 0; i < cells; ++i) {
        if (!row.cells[i].picture) continue;
        const auto [width, height] = sourceSize(*row.cells[i].picture);
        const double fitting = std::min(px(look.cellWidth) / width, px(look.cellWidth) * kMostTall / height);
        scale = scale > 0 ? std::min(scale, fitting) : fitting;
    }
    std::vector<std::optional<Image>> pictures(cells);
    int body = px(kLeastBody);
    bool drawn = false;
    for (std::size_t i = 0; i < cells; ++i) {
        if (!row.cells[i].picture) continue;
        const auto [width, height] = sourceSize(*row.cells[i].picture);
        const auto side = [&](double length) { return std::max(1, static_cast<int>(std::lround(length * scale))); };
        pictures[i] = pictureAtSize(*row.cells[i].picture, side(width), side(height));
        body = std::max(body, pictures[i]->height());
        drawn = true;
    }
    if (!drawn) body = std::max(body, px(look.cellWidth / 2));

    const int top = bottom;
    const std::int64_t end = std::int64_t(top) + body + px(kCaption + kGutter);
    if (end + px(kMargin) > kLongestSide || end * canvas.width() > kMostPixels) {
        tooLarge = true;
        return;
    }
    bottom = static_cast<int>(end);
    canvas.growTo(bottom);
    drawRowHead(row, {px(kMargin), top, px(kRowHead), body + px(kCaption)});
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const SheetRect place{columns[i].x, top, px(look.cellWidth), body};
        const SheetRect caption{place.x, top + body, place.width, px(kCaption)};
        canvas.fill(caption, palette.caption);
        if (i >= cells) continue;
        const SheetCell& cell = row.cells[i];
        if (pictures[i]) {
            canvas.place(*pictures[i], place.x + (place.width - pictures[i]->width()) / 2, place.y + (place.height - pictures[i]->height()) / 2);
            drawBadge(*cell.picture, place);
        } else if (cell.problem) {
            drawProblem(*cell.problem, place);
        }
        remember(columns[i], cell, caption);
    }
}

void ContactSheetPainter::Private::remember(ColumnState& column, const SheetCell& cell, const SheetRect& rect) {
    Caption caption{.rect = rect, .words = cell.words, .numbers = cell.numbers, .legend = {}, .problem = cell.problem && !cell.picture};
    if (cell.picture) {
        if (cell.picture->mapping != FieldMapping::Colour) caption.legend = cell.picture->legend.value_or(Legend());
        column.legendShared &= !column.any || column.legend == caption.legend;
        column.summaryShared &= !column.any || column.summary == cell.picture->summary;
        column.legend = caption.legend;
        column.summary = cell.picture->summary;
        column.any = true;
    }
    column.captions.push_back(std::move(caption));
}

void ContactSheetPainter::Private::drawRowHead(const SheetRow& row, const SheetRect& rect) {
    canvas.fill(rect, palette.header);
    int y = rect.y + px(kInset);
    const int x = rect.x + px(kInset), room = rect.width - 2 * px(kInset);
    if (!row.thumbnail.empty() && rect.height >= px(kThumbnail + 2 * 18 + 2 * kInset)) {
        const double scale = std::min(px(kThumbnail) / static_cast<double>(row.thumbnail.width()), px(kThumbnail) / static_cast<double>(row.thumbnail.height()));
        const auto side = [&](int length) { return std::max(1, static_cast<int>(std::lround(length * scale))); };
        Picture picture;
        picture.image = row.thumbnail;
        const Image thumbnail = pictureAtSize(picture, side(row.thumbnail.width()), side(row.thumbnail.height()));
        canvas.place(thumbnail, x, y);
        y += thumbnail.height() + px(kInset);
    }
    drawText({x, y, room, px(18)}, row.name, kText, palette.text, TextWeight::Medium);
    y += px(18);
    for (const std::string& line : fonts.wrapped(row.words, px(kText), TextWeight::Regular, room, 2)) {
        if (y + px(16) > rect.bottom()) break;
        drawText({x, y, room, px(16)}, line, kText, palette.second);
        y += px(16);
    }
}

void ContactSheetPainter::Private::drawProblem(const Error& problem, const SheetRect& body) {
    canvas.fill(body, palette.caption);
    canvas.fill({body.x, body.y, px(3), body.height}, palette.error);
    const double radius = 7.0 * look.scale;
    const double centreX = body.x + px(12) + radius, centreY = body.y + px(20);
    canvas.disc(centreX, centreY, radius, palette.error);
    const int stem = std::max(1, px(3) / 2);
    canvas.fill({static_cast<int>(centreX) - stem / 2, static_cast<int>(centreY) - px(4), stem, px(5)}, palette.caption);
    canvas.fill({static_cast<int>(centreX) - stem / 2, static_cast<int>(centreY) + px(2), stem, stem}, palette.caption);

    const int indent = px(12 + 14 + 8), line = px(17);
    int y = body.y + px(20) - line / 2;
    const auto paragraph = [&](const std::string& text, int left, SheetColour colour, TextWeight weight) {
        const int lines = (body.bottom() - px(4) - y) / line;
        if (lines <= 0 || text.empty()) return;
        const int room = body.width - left - px(kInset);
        for (const std::string& each : fonts.wrapped(text, px(kText), weight, room, static_cast<std::size_t>(lines))) {
            canvas.text(fonts, {body.x + left, y, room, line}, each, px(kText), weight, colour);
            y += line;
        }
        y += px(4);
    };
    std::string message = problem.message;
    if (!message.empty() && message[0] >= 'a' && message[0] <= 'z') message[0] = static_cast<char>(message[0] - 'a' + 'A');
    paragraph(message, indent, palette.text, TextWeight::Medium);
    // A long path is best known by its end.
    paragraph(fonts.elided(problem.where, px(kText), TextWeight::Regular, body.width - indent - px(kInset), Elide::Middle), indent, palette.second, TextWeight::Regular);
    paragraph(problem.action, indent, palette.second, TextWeight::Regular);
}

void ContactSheetPainter::Private::drawBadge(const Picture& picture, const SheetRect& body) {
    const auto warning = std::ranges::find(picture.notes, Note::Kind::Warning, &Note::kind);
    if (warning == picture.notes.end()) return;
    const std::string text = fonts.elided(warning->text, px(kBadgeText), TextWeight::Regular, body.width - px(4 + 4 + 2 * 6), Elide::End);
    const SheetRect badge{body.x + px(4), body.y + px(4), static_cast<int>(std::ceil(fonts.width(text, px(kBadgeText)))) + px(12), px(18)};
    canvas.fill(badge, grey(0), 199);
    canvas.text(fonts, {badge.x + px(6), badge.y, badge.width, badge.height}, text, px(kBadgeText), TextWeight::Regular, grey(255));
}

void ContactSheetPainter::Private::drawTitle() {
    int y = px(kMargin);
    const SheetRect line{px(kMargin), y, canvas.width() - 2 * px(kMargin), px(kTitleRow)};
    if (!head.title.empty() || !head.right.empty()) {
        drawLine(line, head.title, kTitleText, TextWeight::Medium, palette.text, head.right);
        y += px(kTitleRow);
    }
    for (const std::string& text : head.lines) {
        drawText({line.x, y, line.width, px(kLineRow)}, text, kText, palette.second, TextWeight::Regular, Elide::End);
        y += px(kLineRow);
    }
}

void ContactSheetPainter::Private::drawHeader() {
    canvas.fill({px(kMargin), headerTop, px(kRowHead), px(kHeader)}, palette.header);
    for (std::size_t first = 0; first < columns.size();) {
        std::size_t last = first;
        while (last + 1 < columns.size() && columns[last + 1].group == columns[first].group) ++last;
        const SheetGroup& group = head.groups[static_cast<std::size_t>(columns[first].group)];
        const SheetRect rect{columns[first].x, headerTop, columns[last].x + px(look.cellWidth) - columns[first].x, px(kModelRow)};
        canvas.fill(rect, palette.header);
        canvas.fill({rect.x, rect.y, rect.width, px(kGroupEdge)}, palette.edge);
        drawLine({rect.x + px(kInset), rect.y + px(kGroupEdge), rect.width - 2 * px(kInset), rect.height - px(kGroupEdge)}, group.name, kModelText, TextWeight::Medium, palette.text,
                 group.words);
        for (std::size_t i = first; i <= last; ++i) drawColumnHeader(columns[i], headerTop + px(kModelRow + kRule));
        first = last + 1;
    }
}

void ContactSheetPainter::Private::drawColumnHeader(const ColumnState& column, int top) {
    const SheetRect lens{column.x, top, px(look.cellWidth), px(kLensRow)}, last{column.x, top + px(kLensRow + kRule), px(look.cellWidth), px(kLensRow)};
    canvas.fill(lens, palette.header);
    canvas.fill(last, palette.header);
    const auto inner = [&](const SheetRect& rect) { return SheetRect{rect.x + px(kInset), rect.y, rect.width - 2 * px(kInset), rect.height}; };
    const bool bar = column.any && column.legendShared && column.legend;
    const std::string summary = column.any && column.summaryShared ? column.summary : "";
    drawLine(inner(lens), column.lens, kText, TextWeight::Regular, palette.text, bar ? column.legend->label : !column.words.empty() ? summary : "");
    if (!bar) {
        drawText(inner(last), column.words.empty() ? summary : column.words, kText, palette.second);
        return;
    }
    const SheetRect room = inner(last);
    const int taken = drawLegend(*column.legend, room, room.width);
    drawRightIfRoom({room.x + taken, room.y, room.width - taken, room.height}, column.words.empty() ? summary : column.words);
}

int ContactSheetPainter::Private::drawLegend(const Legend& legend, const SheetRect& rect, int room) {
    const std::string low = shortNumber(legend.low), high = shortNumber(legend.high);
    const std::string unit = legend.unit == Unit::None || legend.unit == Unit::Share ? "" : " " + std::string(symbolOf(legend.unit));
    const int lowWidth = static_cast<int>(std::ceil(widthOf(low, kText))), highWidth = static_cast<int>(std::ceil(widthOf(high, kText)));
    int unitWidth = static_cast<int>(std::ceil(widthOf(unit, kText)));
    int bar = room - lowWidth - highWidth - 2 * px(kBarGap);
    if (bar - unitWidth < px(kShortestBar)) unitWidth = 0;
    bar = std::clamp(bar - unitWidth, 0, px(kLongestBar));
    int x = rect.x;
    const auto words = [&](const std::string& text, int width) {
        canvas.text(fonts, {x, rect.y, width, rect.height}, text, px(kText), TextWeight::Regular, palette.second);
        x += width;
    };
    words(low, lowWidth);
    if (bar >= px(kShortestBar) / 2) {
        const SheetRect box{x + px(kBarGap), rect.y + (rect.height - px(kBarHeight)) / 2, bar, px(kBarHeight)};
        for (int column = 0; column < box.width; ++column) {
            canvas.fill({box.x + column, box.y, 1, box.height}, colourOf(legend.map, (column + 0.5) / box.width));
        }
        canvas.frame(box, look.scale, palette.edge);
        x = box.right() + px(kBarGap);
    } else {
        words(" … ", static_cast<int>(std::ceil(widthOf(" … ", kText))));
    }
    words(high, highWidth);
    if (unitWidth > 0) words(unit, unitWidth);
    return x - rect.x;
}

void ContactSheetPainter::Private::drawCaption(const Caption& caption, bool legendInHeader) {
    const SheetRect inner{caption.rect.x + px(kInset), caption.rect.y, caption.rect.width - 2 * px(kInset), caption.rect.height};
    if (caption.problem) {
        drawText(inner, caption.words, kText, palette.error, TextWeight::Regular, Elide::End);
        return;
    }
    // Numbers from the right, as many as fit; the first is the most important.
    std::vector<std::vector<Piece>> shown;
    double used = 0;
    for (const SheetNumber& number : caption.numbers) {
        std::vector<Piece> pieces = piecesOf(number);
        const double width = widthOf(pieces) + (shown.empty() ? 0 : px(kNumberGap));
        if (used + width > inner.width) break;
        used += width;
        shown.push_back(std::move(pieces));
    }
    double x = inner.right() - used;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        if (i > 0) x += px(kNumberGap);
        for (const Piece& piece : shown[i]) {
            canvas.text(fonts, {static_cast<int>(std::lround(x)), inner.y, inner.width, inner.height}, piece.text, px(kText), TextWeight::Regular, piece.strong ? palette.text : palette.second);
            x += widthOf(piece.text, kText);
        }
    }
    int left = 0;
    const int rest = inner.width - static_cast<int>(std::ceil(used)) - (used > 0 ? px(kNumberGap) : 0);
    if (caption.legend && !legendInHeader && rest > px(2 * kShortestBar)) left = drawLegend(*caption.legend, inner, rest) + px(kNumberGap);
    if (widthOf(caption.words, kText) <= rest - left) canvas.text(fonts, {inner.x + left, inner.y, rest - left, inner.height}, caption.words, px(kText), TextWeight::Regular, palette.second);
}

int mostRows(const SheetLook& look, std::size_t columns) {
    const int row = std::max(kLeastBody, static_cast<int>(std::ceil(look.cellWidth * kMostTall))) + kCaption + kGutter;
    const int rest = 2 * kMargin + kTitleRow + kLineRow + kInset + kHeader + kGutter;  // with a title and a line below it
    const std::int64_t height = std::min<std::int64_t>(kLongestSide, kMostPixels / widthOfSheet(look, columns)) / look.scale;
    return static_cast<int>(std::max<std::int64_t>(0, (height - rest) / row));
}

ContactSheetPainter::ContactSheetPainter(std::unique_ptr<Private> made) : d(std::move(made)) {}
ContactSheetPainter::ContactSheetPainter(ContactSheetPainter&&) noexcept = default;
ContactSheetPainter& ContactSheetPainter::operator=(ContactSheetPainter&&) noexcept = default;
ContactSheetPainter::~ContactSheetPainter() = default;

Result<ContactSheetPainter> ContactSheetPainter::make(SheetHead head, const SheetLook& look) {
    const auto refused = [](const std::string& message, const std::string& action) { return Error{ErrorCode::Invalid, message, "contact sheet", action}; };
    if (look.cellWidth < 48 || look.cellWidth > 4096) return refused("a cell of " + std::to_string(look.cellWidth) + " px cannot be drawn", "use 48 to 4096 px");
    if (look.scale != 1 && look.scale != 2) return refused("the scale " + std::to_string(look.scale) + " cannot be drawn", "use 1 or 2");
    std::size_t columns = 0;
    for (const SheetGroup& group : head.groups) columns += group.columns.size();
    if (columns == 0) return refused("there is no column to draw", "name a model and a lens");
    const std::int64_t width = widthOfSheet(look, columns);
    if (width > kLongestSide) return refused(std::to_string(columns) + " columns are " + std::to_string(width) + " px wide, and a sheet has at most 65535", "use fewer columns or narrower cells");
    try {
        return ContactSheetPainter(std::make_unique<Private>(std::move(head), look));
    } catch (const Failure& failure) {
        return failure.error();
    }
}

void ContactSheetPainter::addRow(const SheetRow& row) {
    d->addRow(row);
}

Result<Image> ContactSheetPainter::finish() {
    if (d->tooLarge) {
        return Error{ErrorCode::Invalid, "the sheet is higher than 65535 px or larger than 1 GiB", "contact sheet", "use fewer pictures, a narrower cell or scale 1"};
    }
    d->canvas.growTo(d->bottom - d->px(kGutter) + d->px(kMargin));
    d->drawTitle();
    d->drawHeader();
    for (const Private::ColumnState& column : d->columns) {
        for (const Private::Caption& caption : column.captions) d->drawCaption(caption, column.legendShared);
    }
    return d->canvas.take();
}

Result<Image> drawContactSheet(const SheetHead& head, const std::vector<SheetRow>& rows, const SheetLook& look) {
    Result<ContactSheetPainter> painter = ContactSheetPainter::make(head, look);
    if (!painter) return painter.error();
    for (const SheetRow& row : rows) painter.value().addRow(row);
    return painter.value().finish();
}

SheetCell sheetCell(Picture picture, const std::string& lens) {
    SheetCell cell;
    const auto add = [&](std::string_view name, std::string before, int decimals) {
        if (auto number = captionNumber(picture, name, std::move(before), decimals)) cell.numbers.push_back(std::move(*number));
    };
    if (lens == "input") cell.words = "reference";
    if (picture.mapping == FieldMapping::Flip) {
        cell.words = "mean";
        add("flip", "", 3);
    } else if (picture.mapping == FieldMapping::Ssim) {
        add("ssim", "SSIM", 3);
    } else if (picture.measure("mean_error")) {
        // Signed and squared pictures show the same error another way: its size stays what it is.
        cell.words = picture.mapping == FieldMapping::Absolute ? "mean / max" : "mean / max, absolute";
        add("mean_error", "", 3);
        add("max_error", "", 3);
    } else {
        add("psnr", "", 2);
        add("ssim", "SSIM", 3);
    }
    cell.picture = std::move(picture);
    return cell;
}

SheetCell sheetCell(Error problem) {
    SheetCell cell;
    switch (problem.code) {
        case ErrorCode::Cancelled: cell.words = "cancelled"; break;
        case ErrorCode::NotFound: cell.words = "not found"; break;
        case ErrorCode::Unreadable: cell.words = "cannot be read"; break;
        case ErrorCode::Unsupported: cell.words = "not offered"; break;
        case ErrorCode::NeedsWeights: cell.words = "needs weights"; break;
        case ErrorCode::OutOfMemory: cell.words = "out of memory"; break;
        case ErrorCode::Invalid:
        case ErrorCode::Mismatch: cell.words = "does not fit"; break;
        case ErrorCode::DeviceLost:
        case ErrorCode::Internal: cell.words = "failed"; break;
    }
    cell.problem = std::move(problem);
    return cell;
}

std::string parameterWords(const ParameterSet& parameters, const std::vector<ParameterSpec>& specs) {
    std::string words;
    for (const auto& [name, value] : parameters) {
        const auto spec = std::ranges::find(specs, name, &ParameterSpec::name);
        if (spec != specs.end() && spec->initial == value) continue;
        words += (words.empty() ? "" : ", ") + name + ' ' + (std::holds_alternative<std::string>(value) ? toText(value) : withMinus(toText(value)));
        if (spec != specs.end() && spec->unit != Unit::None) words += ' ' + std::string(symbolOf(spec->unit));
    }
    return words;
}

}  // namespace tessera
