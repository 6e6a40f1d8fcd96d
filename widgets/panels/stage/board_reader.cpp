// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/board_reader.h"

#include <utility>

#include <QAccessible>

#include <tessera/source_words.h>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "panels/parameter_field.h"
#include "panels/stage/board_layout.h"
#include "panels/stage/board_menus.h"
#include "panels/stage/cell_face.h"
#include "panels/stage/header_words.h"
#include "panels/stage_view.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

using Change = QAccessibleTableModelChangeEvent;

QAccessibleInterface* cellOf(StageView& stage, int row, int column) {
    QAccessibleInterface* table = QAccessible::queryAccessibleInterface(&stage);
    return table && table->tableInterface() ? table->tableInterface()->cellAt(row, column) : nullptr;
}

void tell(QAccessibleInterface* cell, QAccessible::Event what) {
    QAccessibleEvent event(cell, what);
    QAccessible::updateAccessibility(&event);
}

}  // namespace

BoardReader::BoardReader(Session& session, CellBoard& board, EngineHost& host, BoardMenus& menus, const BoardLayout& layout, StageView& stage)
    : QObject(&stage), m_session(session), m_board(board), m_host(host), m_menus(menus), m_layout(layout), m_stage(stage) {
    follow();
}

int BoardReader::rows() const {
    return static_cast<int>(m_session.rows().size());
}

int BoardReader::columns() const {
    return static_cast<int>(m_session.columns().size());
}

int BoardReader::currentRow() const {
    return m_session.indexOf(m_session.currentRow());
}

int BoardReader::currentColumn() const {
    return m_session.currentColumn();
}

CellFace BoardReader::face(int row, int column) const {
    const Row& owner = m_session.rows()[row];
    std::vector<const Cell*> cells;
    for (int i = 0; i < columns(); ++i) cells.push_back(&m_board.cell(owner.id, i));
    return faceOf({owner, m_session.columns(), cells, column, m_host, std::chrono::steady_clock::now()});
}

QString BoardReader::columnName(int index) const {
    const Column& column = m_session.columns()[index];
    QString name = lensTitle(column.lens);
    if (!column.source) name = tr("%1 of %2", "a lens of a model").arg(name, modelLabel(column.model, m_host));
    const LensColumn* lens = findLens(m_session.groups(), column.id.lens);
    if (column.step && lens && lens->sweep) {
        const std::string& parameter = lens->sweep->parameter;
        name += QStringLiteral(", %1 %2").arg(parameterLabel(parameter).toLower(), valueWords(lens->sweep->values[*column.step], specOf(m_host, column.lens, parameter)));
    }
    if (column.with && column.with->model) name += tr(", with %1").arg(modelLabel(*column.with->model, m_host));
    if (column.with && column.with->row) {
        if (const Row* other = m_session.find(*column.with->row)) name += tr(", with %1").arg(other->name);
    }
    return name;
}

QString BoardReader::rowName(int index) const {
    const Row& row = m_session.rows()[index];
    if (row.error) return tr("%1, %2").arg(row.name, QString::fromStdString(row.error->message));
    if (!row.info) return row.name;
    return tr("%1, %2, %3").arg(row.name, QString::fromStdString(row.info->format), QString::fromStdString(sizeWords(*row.info)));
}

QString BoardReader::cellName(int row, int column) const {
    const QString place = tr("row %1 of %2, %3; column %4, %5").arg(row + 1).arg(rows()).arg(m_session.rows()[row].name).arg(column + 1).arg(columnName(column));
    QStringList words{place};
    const QString told = face(row, column).told;
    if (!told.isEmpty()) words << told;
    // Who moves from token to token wants to hear of these first.
    const QString token = m_token && row == currentRow() && column == currentColumn() ? m_token() : QString();
    if (!token.isEmpty()) words.prepend(token);
    return words.join(QStringLiteral("; "));
}

QString BoardReader::summary() const {
    const auto counted = [](int count, const QString& one, const QString& several) { return count == 1 ? one : several.arg(count); };
    const QString count = counted(rows(), tr("1 image"), tr("%1 images")) + QStringLiteral(", ") + counted(columns(), tr("1 column"), tr("%1 columns"));
    const BoardForm& form = m_session.workspace().form;
    if (!form.grid) return tr("%1; the current image alone is on the screen").arg(count);
    return form.transposed ? tr("%1; on the screen images run across and columns downwards").arg(count) : count;
}

bool BoardReader::isBusy(int row, int column) const {
    return m_board.cell(m_session.rows()[row].id, column).state == CellState::Running;
}

QRect BoardReader::place(int row, int column) const {
    const BoardLayout::Cell* cell = m_layout.cell(row, column);
    const QRect frame = cell ? cell->frame().intersected(m_stage.rect()) : QRect();
    return frame.isEmpty() ? QRect() : QRect(m_stage.mapToGlobal(frame.topLeft()), frame.size());
}

std::optional<std::pair<int, int>> BoardReader::at(QPoint global) const {
    const QPoint point = m_stage.mapFromGlobal(global);
    for (const BoardLayout::Cell& cell : m_layout.cells) {
        if (cell.frame().contains(point)) return std::pair(cell.image, cell.column);
    }
    return std::nullopt;
}

void BoardReader::makeCurrent(int row, int column) {
    m_stage.setFocus(Qt::OtherFocusReason);
    if (row >= 0) m_session.setCurrentRow(m_session.rows()[row].id);
    if (column >= 0) m_session.setCurrentColumn(column);
}

void BoardReader::showMenu(int row, int column) {
    makeCurrent(row, column);
    const QRect cell = place(currentRow(), currentColumn());
    const QPoint position = cell.isEmpty() ? m_stage.mapToGlobal(m_stage.rect().center()) : cell.center();
    if (column < 0) return m_menus.popUpImage(m_session.rows()[row].id, position);
    row < 0 ? m_menus.popUpColumn(column, position) : m_menus.popUpCell(m_session.rows()[row].id, column, position);
}

void BoardReader::follow() {
    connect(&m_session, &Session::rowsInserted, this, [this](int first, int last) { tellRows(Change::RowsInserted, first, last); });
    connect(&m_session, &Session::rowsRemoved, this, [this](int first, int last) { tellRows(Change::RowsRemoved, first, last); });
    for (const auto signal : {&Session::columnsChanged, &Session::formChanged}) connect(&m_session, signal, this, &BoardReader::tellReset);
    connect(&m_session, &Session::rowsMoved, this, &BoardReader::tellReset);
    connect(&m_session, &Session::currentRowChanged, this, &BoardReader::tellCurrent);
    connect(&m_session, &Session::currentColumnChanged, this, &BoardReader::tellCurrent);
    connect(&m_session, &Session::columnChanged, this, &BoardReader::tellName);
    connect(&m_session, &Session::rowChanged, this, &BoardReader::tellName);
    connect(&m_host, &EngineHost::modelChanged, this, &BoardReader::tellName);
    connect(&m_board, &CellBoard::cellChanged, this, [this](RowId row, int column) {
        if (row == m_session.currentRow() && column == m_session.currentColumn()) tellName();
    });
}

void BoardReader::tellCurrent() {
    if (!QAccessible::isActive() || rows() == 0 || currentRow() < 0) return;
    m_toldName = cellName(currentRow(), currentColumn());
    QAccessibleInterface* cell = cellOf(m_stage, currentRow(), currentColumn());
    if (!cell) return;
    tell(cell, QAccessible::Selection);
    tellFocusLater();
}

void BoardReader::tellFocusLater() {
    if (!std::exchange(m_focusDue, true)) QMetaObject::invokeMethod(this, &BoardReader::tellFocus, Qt::QueuedConnection);
}

void BoardReader::tellFocus() {
    m_focusDue = false;
    if (!QAccessible::isActive() || rows() == 0 || !m_stage.hasFocus()) return;
    if (QAccessibleInterface* cell = cellOf(m_stage, currentRow(), currentColumn())) tell(cell, QAccessible::Focus);
}

void BoardReader::tellName() {
    if (!QAccessible::isActive() || rows() == 0 || currentRow() < 0) return;
    const QString name = cellName(currentRow(), currentColumn());
    if (name == m_toldName) return;
    m_toldName = name;
    if (QAccessibleInterface* cell = cellOf(m_stage, currentRow(), currentColumn())) tell(cell, QAccessible::NameChanged);
}

void BoardReader::tellRows(int change, int first, int last) {
    if (!QAccessible::isActive()) return;
    // From or to an empty board the stage turns from one thing into another.
    const bool turned = change == Change::RowsInserted ? rows() == last - first + 1 : rows() == 0;
    if (turned) return tellReset();
    Change event(&m_stage, static_cast<Change::ModelChangeType>(change));
    event.setFirstRow(first);
    event.setLastRow(last);
    event.setFirstColumn(0);
    event.setLastColumn(columns() - 1);
    QAccessible::updateAccessibility(&event);
}

void BoardReader::tellReset() {
    if (!QAccessible::isActive()) return;
    Change event(&m_stage, Change::ModelReset);
    QAccessible::updateAccessibility(&event);
    tellName();
}

}  // namespace tessera::ui
