// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/stage_accessible.h"

#include <map>
#include <tuple>

#include <QAccessible>
#include <QAccessibleWidget>
#include <QApplication>
#include <QPointer>
#include <QScrollBar>

#include "panels/stage/board_reader.h"
#include "panels/stage_view.h"

namespace tessera::ui {
namespace {

/// Where an item of the table stands: a cell, or with one index -1 the header of the other.
struct Place {
    int row = -1, column = -1;
    auto operator<=>(const Place&) const = default;
    bool isCell() const { return row >= 0 && column >= 0; }
};

/// A cell or a header. It holds no words: what it says is asked of the board as it is now.
class BoardItem : public QAccessibleInterface, public QAccessibleTableCellInterface, public QAccessibleActionInterface {
public:
    BoardItem(StageView& stage, BoardReader& reader, Place place) : m_stage(&stage), m_reader(&reader), m_place(place) {}

    Place place() const { return m_place; }

    // QAccessibleInterface
    bool isValid() const override { return m_reader && m_stage && m_place.row < m_reader->rows() && m_place.column < m_reader->columns(); }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return parent() ? parent()->window() : nullptr; }
    QAccessibleInterface* parent() const override { return m_stage ? QAccessible::queryAccessibleInterface(m_stage) : nullptr; }
    QAccessibleInterface* child(int) const override { return nullptr; }
    QAccessibleInterface* childAt(int, int) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface*) const override { return -1; }
    QAccessible::Role role() const override { return m_place.isCell() ? QAccessible::Cell : m_place.column < 0 ? QAccessible::RowHeader : QAccessible::ColumnHeader; }
    void setText(QAccessible::Text, const QString&) override {}

    QString text(QAccessible::Text kind) const override {
        if (!isValid() || kind != QAccessible::Name) return {};
        if (m_place.isCell()) return m_reader->cellName(m_place.row, m_place.column);
        return m_place.column < 0 ? m_reader->rowName(m_place.row) : m_reader->columnName(m_place.column);
    }

    QRect rect() const override { return isValid() && m_place.isCell() ? m_reader->place(m_place.row, m_place.column) : QRect(); }

    QAccessible::State state() const override {
        QAccessible::State state;
        if (!isValid()) {
            state.invalid = true;
            return state;
        }
        state.readOnly = true;
        if (!m_place.isCell()) return state;
        state.focusable = state.selectable = true;
        state.selected = isSelected();
        state.focused = state.active = state.selected && m_stage->hasFocus();
        state.busy = m_reader->isBusy(m_place.row, m_place.column);
        state.offscreen = rect().isEmpty();
        return state;
    }

    void* interface_cast(QAccessible::InterfaceType type) override {
        if (type == QAccessible::TableCellInterface && m_place.isCell()) return static_cast<QAccessibleTableCellInterface*>(this);
        if (type == QAccessible::ActionInterface) return static_cast<QAccessibleActionInterface*>(this);
        return nullptr;
    }

    // QAccessibleTableCellInterface
    bool isSelected() const override { return isValid() && m_place == Place{m_reader->currentRow(), m_reader->currentColumn()}; }
    QList<QAccessibleInterface*> columnHeaderCells() const override;
    QList<QAccessibleInterface*> rowHeaderCells() const override;
    int columnIndex() const override { return m_place.column; }
    int rowIndex() const override { return m_place.row; }
    int columnExtent() const override { return 1; }
    int rowExtent() const override { return 1; }
    QAccessibleInterface* table() const override { return parent(); }

    // QAccessibleActionInterface
    QStringList actionNames() const override { return {pressAction(), showMenuAction()}; }
    QStringList keyBindingsForAction(const QString& name) const override { return name == showMenuAction() ? QStringList{QStringLiteral("Menu")} : QStringList(); }
    void doAction(const QString& name) override {
        if (!isValid()) return;
        if (name == pressAction()) m_reader->makeCurrent(m_place.row, m_place.column);
        if (name == showMenuAction()) m_reader->showMenu(m_place.row, m_place.column);
    }

private:
    QPointer<StageView> m_stage;
    QPointer<BoardReader> m_reader;
    Place m_place;
};

/// Children: the headers of columns, then row by row its header and its cells, then the widgets that take the keyboard. Pictures,
/// captions and the painted headers are what the items say already. An empty board is a widget like others.
class StageAccessible : public QAccessibleWidget, public QAccessibleTableInterface {
public:
    StageAccessible(StageView& stage, BoardReader& reader) : QAccessibleWidget(&stage, QAccessible::Table), m_stage(stage), m_reader(reader) {}
    ~StageAccessible() override { forget(); }

    bool isTable() const { return m_reader.rows() > 0; }
    int items() const { return isTable() ? m_reader.columns() + m_reader.rows() * (m_reader.columns() + 1) : 0; }

    QAccessibleInterface* item(Place place) const {
        const auto known = m_items.find(place);
        if (known != m_items.end()) return QAccessible::accessibleInterface(known->second);
        auto* made = new BoardItem(m_stage, m_reader, place);
        m_items[place] = QAccessible::registerAccessibleInterface(made);
        return made;
    }

    // QAccessibleInterface
    QAccessible::Role role() const override { return isTable() ? QAccessible::Table : QAccessible::Pane; }
    QString text(QAccessible::Text kind) const override {
        const QString own = QAccessibleWidget::text(kind);
        return kind == QAccessible::Description && isTable() ? m_reader.summary() + QStringLiteral(". ") + own : own;
    }
    int childCount() const override { return isTable() ? items() + static_cast<int>(widgets().size()) : QAccessibleWidget::childCount(); }
    QAccessibleInterface* child(int index) const override {
        if (!isTable()) return QAccessibleWidget::child(index);
        if (index < 0) return nullptr;
        if (index >= items()) return QAccessible::queryAccessibleInterface(widgets().value(index - items()));
        const int columns = m_reader.columns();
        if (index < columns) return item({-1, index});
        index -= columns;
        return item({index / (columns + 1), index % (columns + 1) - 1});
    }
    int indexOfChild(const QAccessibleInterface* child) const override {
        if (!isTable()) return QAccessibleWidget::indexOfChild(child);
        const int columns = m_reader.columns();
        if (const auto* known = dynamic_cast<const BoardItem*>(child)) {
            const Place place = known->place();
            return place.row < 0 ? place.column : columns + place.row * (columns + 1) + place.column + 1;
        }
        const qsizetype at = child ? widgets().indexOf(qobject_cast<QWidget*>(child->object())) : -1;
        return at < 0 ? -1 : items() + static_cast<int>(at);
    }
    QAccessibleInterface* childAt(int x, int y) const override {
        if (!isTable()) return QAccessibleWidget::childAt(x, y);
        for (QWidget* widget : widgets()) {
            if (QRect(widget->mapToGlobal(QPoint()), widget->size()).contains(x, y)) return QAccessible::queryAccessibleInterface(widget);
        }
        const auto place = m_reader.at({x, y});
        return place ? item({place->first, place->second}) : nullptr;
    }
    QAccessibleInterface* focusChild() const override {
        if (isTable() && m_stage.hasFocus()) return cellAt(m_reader.currentRow(), m_reader.currentColumn());
        return QAccessibleWidget::focusChild();
    }
    void* interface_cast(QAccessible::InterfaceType type) override {
        if (type == QAccessible::TableInterface) return isTable() ? static_cast<QAccessibleTableInterface*>(this) : nullptr;
        return QAccessibleWidget::interface_cast(type);
    }

    // QAccessibleTableInterface
    QAccessibleInterface* caption() const override { return nullptr; }
    QAccessibleInterface* summary() const override { return nullptr; }
    QAccessibleInterface* cellAt(int row, int column) const override {
        const bool there = row >= 0 && column >= 0 && row < rowCount() && column < columnCount();
        return there ? item({row, column}) : nullptr;
    }
    int rowCount() const override { return m_reader.rows(); }
    int columnCount() const override { return m_reader.columns(); }
    QString rowDescription(int row) const override { return row >= 0 && row < rowCount() ? m_reader.rowName(row) : QString(); }
    QString columnDescription(int column) const override { return column >= 0 && column < columnCount() ? m_reader.columnName(column) : QString(); }
    int selectedCellCount() const override { return isTable() ? 1 : 0; }
    QList<QAccessibleInterface*> selectedCells() const override {
        QAccessibleInterface* current = cellAt(m_reader.currentRow(), m_reader.currentColumn());
        return current ? QList<QAccessibleInterface*>{current} : QList<QAccessibleInterface*>();
    }
    // One cell is current; no row or column is selected as a whole.
    int selectedRowCount() const override { return 0; }
    int selectedColumnCount() const override { return 0; }
    QList<int> selectedRows() const override { return {}; }
    QList<int> selectedColumns() const override { return {}; }
    bool isRowSelected(int) const override { return false; }
    bool isColumnSelected(int) const override { return false; }
    bool selectRow(int) override { return false; }
    bool selectColumn(int) override { return false; }
    bool unselectRow(int) override { return false; }
    bool unselectColumn(int) override { return false; }
    void modelChange(QAccessibleTableModelChangeEvent*) override { forget(); }

private:
    /// Those that the keyboard can reach, or that hold such.
    QList<QWidget*> widgets() const {
        QList<QWidget*> found;
        for (QObject* object : m_stage.children()) {
            auto* widget = qobject_cast<QWidget*>(object);
            if (!widget || widget->isWindow() || !widget->isVisibleTo(&m_stage)) continue;
            const QList<QWidget*> inside = widget->findChildren<QWidget*>();
            const auto takesKeyboard = [&](const QWidget* each) { return each->focusPolicy() != Qt::NoFocus && each->isVisibleTo(widget); };
            if (takesKeyboard(widget) || std::any_of(inside.begin(), inside.end(), takesKeyboard) || qobject_cast<QScrollBar*>(widget)) found << widget;
        }
        return found;
    }
    void forget() {
        const auto items = std::exchange(m_items, {});
        for (const auto& [place, id] : items) QAccessible::deleteAccessibleInterface(id);
    }

    StageView& m_stage;
    BoardReader& m_reader;
    mutable std::map<Place, QAccessible::Id> m_items;
};

const StageAccessible* tableOf(StageView* stage) {
    return stage ? dynamic_cast<const StageAccessible*>(QAccessible::queryAccessibleInterface(stage)) : nullptr;
}

QList<QAccessibleInterface*> BoardItem::columnHeaderCells() const {
    const StageAccessible* table = tableOf(m_stage);
    return table && isValid() ? QList<QAccessibleInterface*>{table->item({-1, m_place.column})} : QList<QAccessibleInterface*>();
}

QList<QAccessibleInterface*> BoardItem::rowHeaderCells() const {
    const StageAccessible* table = tableOf(m_stage);
    return table && isValid() ? QList<QAccessibleInterface*>{table->item({m_place.row, -1})} : QList<QAccessibleInterface*>();
}

QAccessibleInterface* makeStageAccessible(const QString& className, QObject* object) {
    if (className != QLatin1String(StageView::staticMetaObject.className())) return nullptr;
    auto* stage = static_cast<StageView*>(object);
    auto* reader = stage->findChild<BoardReader*>(QString(), Qt::FindDirectChildrenOnly);
    return reader ? new StageAccessible(*stage, *reader) : nullptr;
}

}  // namespace

void offerStagesAsTables() {
    // Installing the same one again would make it be asked twice.
    [[maybe_unused]] static const bool installed = (QAccessible::installFactory(makeStageAccessible), true);
}

}  // namespace tessera::ui
