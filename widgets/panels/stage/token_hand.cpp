// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/token_hand.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <QGuiApplication>
#include <QMouseEvent>
#include <QStyleHints>

#include "panels/stage/board_cells.h"
#include "panels/stage/stage_canvas.h"
#include "panels/stage/token_words.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr float kWipeReach = 6;     // logical pixels from the line of a wipe that are its own
constexpr double kLassoStep = 0.1;  // cells between points of a lasso

TokenPlace placeOf(canvas::TokenLayer::Point point) {
    return {static_cast<int>(std::floor(point.y)), static_cast<int>(std::floor(point.x))};
}

/// All places on the way from one to another, both among them.
std::vector<TokenPlace> between(TokenPlace from, TokenPlace to) {
    const int steps = std::max({1, std::abs(to.row - from.row), std::abs(to.column - from.column)});
    std::vector<TokenPlace> places;
    for (int step = 0; step <= steps; ++step) {
        const auto along = [&](int a, int b) { return a + static_cast<int>(std::lround(double(b - a) * step / steps)); };
        places.push_back({along(from.row, to.row), along(from.column, to.column)});
    }
    return places;
}

std::vector<char> flags(const std::vector<TokenPlace>& places, const canvas::TokenLayer& layer) {
    if (places.empty()) return {};
    std::vector<char> result(static_cast<std::size_t>(layer.rows) * layer.columns, 0);
    for (const TokenPlace& place : places) result[layer.at(place.row, place.column)] = 1;
    return result;
}

/// Tokens with another code than was found.
std::vector<char> editedFlags(const TokenGrid& grid) {
    const auto depths = static_cast<std::size_t>(grid.layout.depths());
    std::vector<char> result(static_cast<std::size_t>(grid.rows) * grid.columns, 0);
    for (std::size_t i = 0; i < grid.codes.size(); ++i) {
        if (grid.codes[i] != grid.found[i]) result[i / depths] = 1;
    }
    return result;
}

}  // namespace

TokenHand::TokenHand(Session& session, TokenReader& reader, TokenSurgery& surgery, StageCanvas& canvas, BoardCells& cells, std::function<void(QPointF)> press)
    : QObject(&canvas), m_session(session), m_reader(reader), m_surgery(surgery), m_canvas(canvas), m_cells(cells), m_press(std::move(press)) {
    canvas.installEventFilter(this);
    connect(&surgery, &TokenSurgery::changed, this, &TokenHand::changed);
    connect(&reader, &TokenReader::changed, this, &TokenHand::changed);
}

void TokenHand::setTool(TokenTool tool) {
    if (std::exchange(m_tool, tool) != tool) Q_EMIT toolChanged();
}

void TokenHand::dress(std::vector<canvas::Pane>& panes) const {
    const ViewState& view = m_session.view();
    for (std::size_t i = 0; i < panes.size(); ++i) {
        canvas::Pane& pane = panes[i];
        pane.tokens = nullptr;
        const RowId row = m_cells.rowOf(static_cast<int>(i));
        // A plot of numbers lies on no picture.
        if (!m_surgery.isOffered() || row == RowId{} || !pane.picture || !pane.picture->table.columns.empty()) continue;
        const int index = m_cells.columnOf(static_cast<int>(i));
        if (index >= static_cast<int>(m_session.columns().size())) continue;
        const Column& column = m_session.columns()[index];
        const auto area = m_reader.areaOf(row, column);
        if (!area) continue;
        auto layer = std::make_shared<canvas::TokenLayer>();
        layer->rows = area->rows;
        layer->columns = area->columns;
        layer->region = area->region;
        layer->lines = view.tokenGrid;
        const TokenSelection tokens = onGrid(view.tokens, area->rows, area->columns);
        const TokenPlace cursor = m_surgery.target() && row == m_session.currentRow() ? *m_surgery.target() : tokens.cursor;
        if (tokens.any()) layer->cursor = {std::min(cursor.row, area->rows - 1), std::min(cursor.column, area->columns - 1)};
        layer->chosen = flags(tokens.chosen, *layer);
        const auto grid = m_reader.gridOf(row, column);
        if (grid && view.tokenGrid && !view.unedited) layer->marked = editedFlags(*grid);
        if (row == m_row && index == m_column) layer->lasso = m_lasso;
        pane.tokens = std::move(layer);
    }
}

canvas::TokenPlacement TokenHand::placement(int pane) const {
    const auto& panes = m_canvas.canvas().panes();
    if (pane < 0 || pane >= static_cast<int>(panes.size()) || !panes[pane].tokens || !panes[pane].picture) return {};
    const canvas::CameraMaths maths(panes, m_canvas.canvas().camera());
    return canvas::placementOf(*panes[pane].tokens, *panes[pane].picture, maths.placement(pane));
}

std::optional<TokenHand::Hit> TokenHand::at(QPointF position) const {
    const QPointF device = m_canvas.devicePoint(position);
    const auto& panes = m_canvas.canvas().panes();
    for (int pane = 0; pane < static_cast<int>(panes.size()); ++pane) {
        if (!panes[pane].tokens || !panes[pane].body.contains(float(device.x()), float(device.y()))) continue;
        const auto cell = canvas::cellAt(*panes[pane].tokens, placement(pane), device.x(), device.y());
        return cell ? std::optional(Hit{pane, {cell->row, cell->column}}) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<canvas::TokenLayer::Point> TokenHand::pointAt(QPointF position) const {
    const int pane = m_cells.paneOf(m_row, m_column);
    const canvas::TokenPlacement where = placement(pane);
    if (where.sideX <= 0) return std::nullopt;
    const canvas::TokenLayer& layer = *m_canvas.canvas().panes()[pane].tokens;
    const QPointF device = m_canvas.devicePoint(position);
    const auto along = [](double at, double origin, double side, int count) { return std::clamp((at - origin) / side, 0.0, count - 1e-6); };
    return canvas::TokenLayer::Point{along(device.x(), where.originX, where.sideX, layer.columns), along(device.y(), where.originY, where.sideY, layer.rows)};
}

bool TokenHand::eventFilter(QObject*, QEvent* event) {
    switch (event->type()) {
        case QEvent::MouseButtonPress:
        case QEvent::MouseButtonDblClick: {
            const auto& mouse = static_cast<QMouseEvent&>(*event);
            // Two clicks fit the pictures, as everywhere; with a brush or a key they are two clicks.
            const bool fits = event->type() == QEvent::MouseButtonDblClick && m_tool == TokenTool::Select && mouse.modifiers() == Qt::NoModifier;
            return mouse.button() == Qt::LeftButton && !fits && press(mouse);
        }
        case QEvent::MouseMove: move(static_cast<QMouseEvent&>(*event)); return false;  // the viewport follows the pointer
        case QEvent::MouseButtonRelease:
            if (m_drag == Drag::None || static_cast<QMouseEvent*>(event)->button() != Qt::LeftButton) return false;
            if (m_drag != Drag::Click) {
                release(static_cast<QMouseEvent&>(*event));
                return true;
            }
            m_drag = Drag::None;
            if ((static_cast<QMouseEvent*>(event)->position() - m_pressed).manhattanLength() < QGuiApplication::styleHints()->startDragDistance()) m_surgery.lookAt(m_from);
            return false;
        default: return false;
    }
}

bool TokenHand::hasMenu() const {
    return m_session.workspace().kind == WorkspaceKind::Tokens || m_session.view().tokenGrid;
}

bool TokenHand::aimAt(QPointF position) {
    const auto hit = at(position);
    if (!hit || !hasMenu()) return false;
    m_surgery.endSwap();
    if (!std::ranges::binary_search(m_surgery.here().chosen, hit->place)) m_surgery.lookAt(hit->place);
    return true;
}

bool TokenHand::press(const QMouseEvent& event) {
    const QPointF device = m_canvas.devicePoint(event.position());
    const auto reach = static_cast<float>(kWipeReach * m_canvas.devicePixelRatioF());
    if (m_canvas.canvas().wipeLineAt(float(device.x()), float(device.y()), reach) >= 0) return false;
    const auto hit = at(event.position());
    if (!hit) return false;
    m_row = m_cells.rowOf(hit->pane);
    m_column = m_cells.columnOf(hit->pane);
    m_from = m_last = hit->place;
    m_press(event.position());
    if (!m_surgery.isAboutTokens()) {
        m_drag = event.modifiers() == Qt::NoModifier ? Drag::Click : Drag::None;
        m_pressed = event.position();
        return false;
    }
    if (m_surgery.isSwapping()) {
        m_surgery.swapWith(hit->place);
        return true;
    }
    m_before = m_surgery.here().places();
    const bool adds = event.modifiers() & Qt::ControlModifier, extends = event.modifiers() & Qt::ShiftModifier;
    if (event.modifiers() & Qt::AltModifier) {
        m_surgery.lookAt(hit->place);
        m_surgery.chooseSameCode();
    } else if (m_tool == TokenTool::Paint) {
        m_drag = Drag::Paint;
        m_surgery.beginStroke();
        m_surgery.paint({hit->place});
    } else if (m_tool == TokenTool::Lasso) {
        m_drag = Drag::Lasso;
        if (!adds) m_before.clear();
        if (const auto point = pointAt(event.position())) m_lasso = {*point};
    } else if (adds) {
        m_drag = Drag::Toggle;
        m_surgery.choose(toggled(m_before, {hit->place}), hit->place);
    } else {
        m_drag = Drag::Rectangle;
        m_surgery.lookAt(hit->place, extends);
    }
    return true;
}

void TokenHand::move(const QMouseEvent& event) {
    if (m_drag == Drag::None || m_drag == Drag::Click) return;
    const auto point = pointAt(event.position());
    if (!point) return;
    if (m_drag == Drag::Lasso) {
        if (!m_lasso.empty() && std::hypot(point->x - m_lasso.back().x, point->y - m_lasso.back().y) < kLassoStep) return;
        m_lasso.push_back(*point);
        return Q_EMIT changed();
    }
    const TokenPlace place = placeOf(*point);
    if (place == m_last) return;
    switch (m_drag) {
        case Drag::Rectangle: m_surgery.lookAt(place, true); break;
        case Drag::Toggle: m_surgery.choose(toggled(m_before, rectangle(m_from, place)), place); break;
        case Drag::Paint: m_surgery.paint(between(m_last, place)); break;
        default: break;
    }
    m_last = place;
}

void TokenHand::release(const QMouseEvent& event) {
    const Drag drag = std::exchange(m_drag, Drag::None);
    if (drag != Drag::Lasso) return;
    if (const auto point = pointAt(event.position())) m_lasso.push_back(*point);
    const auto lasso = std::exchange(m_lasso, {});
    const int pane = m_cells.paneOf(m_row, m_column);
    if (pane >= 0 && pane < static_cast<int>(m_canvas.canvas().panes().size()) && m_canvas.canvas().panes()[pane].tokens && !lasso.empty()) {
        std::vector<TokenPlace> places;
        for (const auto& cell : canvas::cellsInside(*m_canvas.canvas().panes()[pane].tokens, lasso)) places.push_back({cell.row, cell.column});
        std::ranges::sort(places);
        const TokenPlace cursor = std::ranges::binary_search(places, m_from) || places.empty() ? m_from : places.front();
        m_surgery.choose(toggled(m_before, places), cursor);
    }
    Q_EMIT changed();
}

std::vector<Word> TokenHand::words(std::optional<QPointF> pointer) const {
    if (!m_surgery.isOffered()) return {};
    const auto hit = pointer ? at(*pointer) : std::nullopt;
    // Columns may have gone that the stage still shows.
    if (hit && m_cells.columnOf(hit->pane) < static_cast<int>(m_session.columns().size())) {
        const Column& column = m_session.columns()[m_cells.columnOf(hit->pane)];
        const auto grid = m_reader.gridOf(m_cells.rowOf(hit->pane), column);
        return tokenWords(grid.get(), hit->place, grid ? std::clamp(m_session.view().tokens.depth, 0, grid->layout.depths() - 1) : 0);
    }
    const TokenSelection tokens = m_surgery.here();
    if (!tokens.any()) return {};
    return tokenWords(m_surgery.grid().get(), m_surgery.target().value_or(tokens.cursor), m_surgery.depth());
}

QRect TokenHand::cursorRect() const {
    const int pane = m_cells.paneOf(m_session.currentRow(), m_session.currentColumn());
    const canvas::TokenPlacement where = placement(pane);
    if (where.sideX <= 0) return {};
    const canvas::Pane& shown = m_canvas.canvas().panes()[pane];
    if (!shown.tokens->cursor) return {};
    const QRectF cell(where.originX + where.sideX * shown.tokens->cursor->column, where.originY + where.sideY * shown.tokens->cursor->row, where.sideX, where.sideY);
    const QRectF body(shown.body.x, shown.body.y, shown.body.width, shown.body.height);
    const double ratio = m_canvas.devicePixelRatioF();
    const QRectF seen = cell.intersected(body);
    return seen.isEmpty() ? QRect() : QRectF(seen.topLeft() / ratio, seen.size() / ratio).toAlignedRect();
}

}  // namespace tessera::ui
