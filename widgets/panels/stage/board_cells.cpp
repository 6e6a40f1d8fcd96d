// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/board_cells.h"

#include <algorithm>

#include "bridge/cell_wish.h"
#include "panels/stage/header_words.h"
#include "panels/stage/picture_look.h"
#include "panels/stage/stage_canvas.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr std::chrono::milliseconds kTurn{1000};

Flip flipOf(const ViewState& view) {
    return view.flipToOriginal ? Flip::Original : view.flipToInput ? Flip::Reference : Flip::None;
}

}  // namespace

ColumnWords columnWords(const Session& session, const EngineHost& host, int index) {
    const Column& column = session.columns()[index];
    ColumnWords words{.lens = lensTitle(column.lens), .sweep = {}, .model = {}};
    const LensColumn* lens = findLens(session.groups(), column.id.lens);
    if (column.step && lens && lens->sweep) words.sweep = valueWords(lens->sweep->values[*column.step], specOf(host, column.lens, lens->sweep->parameter));
    const bool several = std::ranges::count_if(session.groups(), [](const ModelGroup& group) { return group.model.has_value(); }) > 1;
    if (several && !column.source) words.model = modelLabel(column.model, host);
    return words;
}

QString columnName(const Session& session, const EngineHost& host, int index) {
    const ColumnWords words = columnWords(session, host, index);
    QStringList parts{words.lens};
    for (const QString& part : {words.sweep, words.model}) {
        if (!part.isEmpty()) parts << part;
    }
    return parts.join(QStringLiteral(", "));
}

BoardCells::BoardCells(Session& session, CellBoard& board, EngineHost& host, PictureLook& look, QWidget* stage)
    : QObject(stage), m_session(session), m_board(board), m_host(host), m_look(look), m_stage(stage) {}

const Row* BoardCells::row(int image) const {
    return image >= 0 && image < static_cast<int>(m_session.rows().size()) ? &m_session.rows()[image] : nullptr;
}

RowId BoardCells::rowOf(int pane) const {
    const Row* owner = pane >= 0 && pane < static_cast<int>(m_layout.cells.size()) ? row(m_layout.cells[pane].image) : nullptr;
    return owner ? owner->id : RowId{};
}

int BoardCells::paneOf(RowId wanted, int column) const {
    for (int i = 0; i < static_cast<int>(m_layout.cells.size()); ++i) {
        if (m_layout.cells[i].column == column && rowOf(i) == wanted) return i;
    }
    return -1;
}

bool BoardCells::place(const BoardLayout& layout) {
    m_layout = layout;
    m_ranges.reset();
    const std::size_t before = m_views.size();
    while (m_views.size() < layout.cells.size()) {
        const int index = static_cast<int>(m_views.size());
        auto* view = new CellView(m_stage);
        connect(view, &CellView::actionRequested, this, [this, index](CellAction action) { Q_EMIT actionRequested(rowOf(index), columnOf(index), action); });
        connect(view, &CellView::cancelRequested, this, [this, index] { Q_EMIT cancelRequested(rowOf(index)); });
        m_views.push_back(view);
    }
    for (std::size_t i = 0; i < layout.cells.size(); ++i) m_views[i]->place(layout.cells[i]);
    setVisible(m_visible);
    return m_views.size() > before;
}

void BoardCells::setVisible(bool visible) {
    m_visible = visible;
    for (std::size_t i = 0; i < m_views.size(); ++i) m_views[i]->setVisible(visible && i < m_layout.cells.size());
    if (!visible) {
        m_faces.clear();
        m_shown = {};
    }
}

std::vector<const Cell*> BoardCells::cellsOf(RowId row) const {
    std::vector<const Cell*> cells;
    for (int i = 0; i < static_cast<int>(m_session.columns().size()); ++i) cells.push_back(&m_board.cell(row, i));
    return cells;
}

QSizeF BoardCells::pictureShape() const {
    for (const Cell* cell : cellsOf(m_session.currentRow())) {
        if (cell->picture && !cell->picture->image.empty()) return QSizeF(cell->picture->image.width(), cell->picture->image.height());
    }
    return QSizeF(1, 1);
}

bool BoardCells::isShownUnedited(RowId row, const Column& column) const {
    const LensInfo* lens = lensInfo(m_host, column.lens);
    return m_session.view().unedited && lens && seesTokenEdits(*lens) && m_session.tokenEdit(row, column.model);
}

bool BoardCells::refresh(Time now) {
    m_faces.clear();
    m_ranges.reset();
    bool busy = false;
    RowId known{};
    std::vector<const Cell*> cells;
    for (std::size_t i = 0; i < m_layout.cells.size(); ++i) {
        const BoardLayout::Cell& place = m_layout.cells[i];
        const Row* owner = row(place.image);
        if (!owner || place.column >= static_cast<int>(m_session.columns().size())) {
            m_faces.emplace_back();
            continue;
        }
        if (owner->id != known || cells.size() != m_session.columns().size()) cells = cellsOf(owner->id);
        known = owner->id;
        const Cell& cell = *cells[place.column];
        m_faces.push_back(faceOf({*owner, m_session.columns(), cells, place.column, m_host, now, flipOf(m_session.view()), isShownUnedited(owner->id, m_session.columns()[place.column])}));
        m_views[i]->setFace(m_faces.back());
        m_views[i]->setTurn(std::chrono::duration<double>((now - cell.since) % kTurn) / kTurn);
        const bool opening = m_host.state() == EngineHost::State::Opening || m_host.modelOf(m_session.columns()[place.column].model).opening;
        busy = busy || cell.state == CellState::Running || (cell.state == CellState::Waiting && opening);
    }
    return busy;
}

const BoardHeaders::Ranges& BoardCells::ranges() {
    // Columns come and go before the refresh() that follows.
    if (m_ranges && m_ranges->size() == m_session.columns().size()) return *m_ranges;
    BoardHeaders::Ranges& result = m_ranges.emplace(m_session.columns().size());
    if (m_session.view().range != FieldRange::Column) return result;
    for (std::size_t column = 0; column < result.size(); ++column) {
        std::vector<std::shared_ptr<const Picture>> pictures;
        for (const BoardLayout::Cell& cell : m_layout.cells) {
            if (cell.column != static_cast<int>(column) || !row(cell.image)) continue;
            pictures.push_back(m_board.cell(row(cell.image)->id, cell.column).picture);
        }
        result[column] = m_look.rangeOfAll(pictures, m_session.columns()[column]);
    }
    return result;
}

/// What a cell is held against: nothing where that would be itself.
BoardCells::Reference BoardCells::referenceOf(int image, int column) const {
    const auto& wanted = m_session.view().reference;
    Reference reference{.picture = nullptr, .column = wanted ? m_session.indexOf(wanted->column) : 0, .image = {}};
    const Row* owner = row(image);
    if (reference.column < 0) reference.column = 0;
    if (wanted && wanted->row) {
        const int other = m_session.indexOf(*wanted->row);
        if (other < 0) return {};
        if (other != image) reference.image = other;
        owner = row(other);
    }
    if (!reference.image && reference.column == column) return {};
    if (owner) reference.picture = m_board.cell(owner->id, reference.column).picture;
    return reference;
}

/// The input of the cell's own row, where the board has a column of it.
BoardCells::Reference BoardCells::originalOf(int image, int column) const {
    const std::vector<Column>& columns = m_session.columns();
    const auto input = std::ranges::find(columns, "input", &Column::lens);
    const int index = static_cast<int>(input - columns.begin());
    const Row* owner = row(image);
    if (input == columns.end() || index == column || !owner) return {};
    return {.picture = m_board.cell(owner->id, index).picture, .column = index, .image = {}};
}

void BoardCells::compare(const BoardLayout::Cell& cell, const BoardHeaders::Ranges& ranges, canvas::Pane& pane) {
    const ViewState& view = m_session.view();
    const bool flipped = view.flipToInput || view.flipToOriginal;
    if (!pane.picture || (view.compare == canvas::Compare::None && !flipped)) return;
    const Reference reference = view.flipToOriginal ? originalOf(cell.image, cell.column) : referenceOf(cell.image, cell.column);
    if (!reference.picture || reference.picture->image.empty()) return;
    const canvas::PaneLook look = m_look.lookOf(reference.picture, m_session.columns()[reference.column], view, false, ranges[reference.column]);
    if (flipped) {
        pane.picture = reference.picture;
        pane.look = look;
        if (reference.image) pane.group = *reference.image;
        return;
    }
    // Errors less colours would be neither.
    const bool sameKind = (pane.look.mapping == FieldMapping::Colour) == (look.mapping == FieldMapping::Colour);
    if (view.compare == canvas::Compare::Difference && !sameKind) return;
    pane.other = reference.picture;
    pane.otherLook = look;
    if (reference.image) pane.otherGroup = *reference.image;
    pane.compare = view.compare;
    pane.wipeLine = view.wipeLine;
    pane.share = view.compare == canvas::Compare::Onion ? view.onion : view.wipe;
    pane.differenceLook = differenceLookOf(view);
}

std::vector<canvas::Pane> BoardCells::panes(const StageCanvas& canvas) {
    std::vector<canvas::Pane> panes;
    m_shown = {.row = m_session.currentRow()};
    const BoardHeaders::Ranges& perColumn = ranges();
    for (std::size_t i = 0; i < m_layout.cells.size(); ++i) {
        const BoardLayout::Cell& place = m_layout.cells[i];
        canvas::Pane pane{.body = canvas.deviceRect(place.body)};
        pane.frame = canvas.deviceRect(place.frame());
        pane.group = place.image;
        const Row* owner = row(place.image);
        if (owner && i < m_faces.size()) {
            const Column& column = m_session.columns()[place.column];
            const Cell& cell = m_board.cell(owner->id, place.column);
            if (!m_faces[i].state) pane.picture = cell.picture;
            pane.look = m_look.lookOf(pane.picture, column, m_session.view(), m_faces[i].dimmed, perColumn[place.column]);
            const bool currentRow = owner->id == m_session.currentRow();
            pane.current = currentRow && place.column == m_session.currentColumn();
            compare(place, perColumn, pane);
            if (currentRow && pane.picture && column.lens == "input") m_shown.input = true;
            if (currentRow && pane.picture == cell.picture && column.lens == "reconstruction" && !cell.outdated && cell.picture && !cell.picture->partial) {
                m_shown.reconstruction = cell.picture;
            }
        }
        panes.push_back(std::move(pane));
    }
    return panes;
}

std::optional<canvas::Pane> BoardCells::currentPane() {
    const int image = m_session.indexOf(m_session.currentRow()), column = m_session.currentColumn();
    if (image < 0) return std::nullopt;
    const BoardHeaders::Ranges& perColumn = ranges();
    canvas::Pane pane{.body = {}, .picture = m_board.cell(m_session.currentRow(), column).picture, .look = {}};
    if (!pane.picture || pane.picture->image.empty()) return std::nullopt;
    pane.look = m_look.lookOf(pane.picture, m_session.columns()[column], m_session.view(), false, perColumn[column]);
    pane.group = image;
    compare({.image = image, .column = column}, perColumn, pane);
    return pane;
}

std::vector<ProbedColumn> BoardCells::probedColumns(RowId row) {
    std::vector<ProbedColumn> columns;
    const BoardHeaders::Ranges& perColumn = ranges();
    for (int i = 0; i < static_cast<int>(m_session.columns().size()); ++i) {
        const ColumnWords words = columnWords(m_session, m_host, i);
        ProbedColumn probed{.name = columnName(m_session, m_host, i), .lens = words.lens, .sweep = words.sweep, .model = words.model, .picture = m_board.cell(row, i).picture, .look = {}};
        probed.look = m_look.lookOf(probed.picture, m_session.columns()[i], m_session.view(), false, perColumn[i]);
        columns.push_back(std::move(probed));
    }
    return columns;
}

void BoardCells::showDetails(RowId row, int column) {
    const int pane = paneOf(row, column);
    if (pane >= 0) m_views[pane]->showDetails();
}

}  // namespace tessera::ui
