// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QObject>
#include <QUndoStack>

#include "workspace/row.h"
#include "workspace/view_state.h"

namespace tessera::ui {

/// The document: rows, columns, model, selection, view, and the undo stack over the first three. No widgets, no engine; GUI thread.
class Session : public QObject {
    Q_OBJECT
public:
    explicit Session(QObject* parent = nullptr);
    ~Session() override;

    const std::vector<Row>& rows() const { return m_rows; }
    int indexOf(RowId row) const;  ///< -1 if there is no such row
    const Row* find(RowId row) const;
    const std::vector<Column>& columns() const { return m_columns; }
    const ModelChoice& model() const { return m_model; }
    const ViewState& view() const { return m_view; }
    RowId currentRow() const { return m_currentRow; }
    int currentColumn() const { return m_currentColumn; }
    QUndoStack& undoStack() { return m_undo; }

    /// Undoable. Adds rows at the end and makes the first of them current; gives their names.
    std::vector<RowId> addRows(std::vector<SourceRequest> requests);
    /// Undoable, in one step.
    std::vector<RowId> replaceRows(std::vector<SourceRequest> requests);
    void removeRows(const std::vector<RowId>& rows);
    void chooseModel(ModelChoice model);
    /// Sets a parameter in one column, or with column -1 in all of them. Mergeable changes that follow one another, the moves of a
    /// slider, are one step; one that is not ends it, also if it changes nothing: the slider was let go.
    void setParameter(int column, const std::string& name, Value value, bool mergeable = false);

    void setCurrentRow(RowId row);
    void stepCurrentRow(int by);  ///< clamps at both ends
    void setCurrentColumn(int column);
    void setView(const ViewState& view);

    /// What was learned about a row; ignored for rows that are gone.
    void setRowInfo(RowId row, SourceInfo info);
    void setRowError(RowId row, Error error);
    void setRowThumbnail(RowId row, QImage thumbnail);
    void setRowLoading(RowId row);  ///< forgets an error: the row is being tried again
    /// The model a new session starts with; not a step to undo.
    void setInitialModel(ModelChoice model);

Q_SIGNALS:
    void rowsAboutToBeInserted(int first, int last);
    void rowsInserted(int first, int last);
    void rowsAboutToBeRemoved(int first, int last);
    void rowsRemoved(int first, int last);
    void rowChanged(int index);
    void currentRowChanged();
    void currentColumnChanged();
    void columnChanged(int column);
    void modelChanged();
    void viewChanged();

private:
    friend class SessionCommand;
    void insertRows(int first, std::vector<Row> rows);
    std::vector<Row> takeRows(int first, int count);
    void applyModel(ModelChoice model);
    void applyColumn(int column, Column value);

    std::vector<Row> makeRows(std::vector<SourceRequest> requests);

    std::vector<Row> m_rows;
    std::vector<Column> m_columns;
    ModelChoice m_model;
    ViewState m_view;
    RowId m_currentRow{};
    int m_currentColumn = 1;
    std::uint64_t m_nextRow = 1;
    int m_gesture = 1;
    QUndoStack m_undo;
};

}  // namespace tessera::ui
