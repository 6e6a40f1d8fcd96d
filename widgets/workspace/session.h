// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include <QObject>
#include <QUndoStack>

#include "workspace/column_edits.h"
#include "workspace/row.h"
#include "workspace/session_state.h"
#include "workspace/view_state.h"
#include "workspace/workspace.h"

namespace tessera::ui {

/// The document: rows, the columns of every workspace, selection, view, and the undo stack over the first two. No widgets, no engine; GUI thread.
class Session : public QObject {
    Q_OBJECT
public:
    explicit Session(QObject* parent = nullptr);
    ~Session() override;

    const std::vector<Row>& rows() const { return m_rows; }
    int indexOf(RowId row) const;  ///< -1 if there is no such row
    const Row* find(RowId row) const;
    /// Of the current workspace, as laid out: sweeps unfolded. Never empty.
    const std::vector<Column>& columns() const { return m_columns; }
    const Groups& groups() const { return workspace().groups; }
    int indexOf(const ColumnId& column) const;  ///< -1 if the board has no such column now
    /// The current column's; the source's is the first that the board has.
    const ModelChoice& model() const { return m_columns[m_currentColumn].model; }
    /// Of all workspaces, each once: they stay open while one of them shows them.
    std::vector<ModelChoice> models() const;
    const Workspace& workspace() const;
    const std::vector<Workspace>& workspaces() const { return m_workspaces; }
    const ViewState& view() const { return m_view; }
    RowId currentRow() const { return m_currentRow; }
    /// Of the row's clip, which the view shows; 0 of a picture.
    int frameOf(RowId row) const;
    /// Of the longest clip; 1: no row is one.
    int frames() const;
    int currentColumn() const { return m_currentColumn; }
    QUndoStack& undoStack() { return m_undo; }

    /// Undoable. Adds rows at the end and makes the first of them current; gives their names.
    std::vector<RowId> addRows(std::vector<SourceRequest> requests);
    /// Undoable, in one step.
    std::vector<RowId> replaceRows(std::vector<SourceRequest> requests);
    void removeRows(const std::vector<RowId>& rows);
    /// Undoable. The row's index afterwards is `to`.
    void moveRow(RowId row, int to);
    /// Undoable. The same images once more, after the last of them.
    std::vector<RowId> duplicateRows(const std::vector<RowId>& rows);

    /// Undoable; nothing if the groups are what they were. Edits that share a nonzero `gesture` and follow one another are one step.
    void editColumns(const QString& text, Groups groups, int gesture = 0);
    /// Numbers for lenses that edits add: pass it to the functions of column_edits.h.
    std::uint32_t& nextLensId() { return m_nextLens; }
    /// Undoable: exchanges the model of the current column's group, of the first that has one if that is the source.
    void chooseModel(ModelChoice model);
    /// Sets a parameter in one column, or with column -1 in all of them. Mergeable changes that follow one another, the moves of a
    /// slider, are one step; one that is not ends it, also if it changes nothing: the slider was let go.
    void setParameter(int column, const std::string& name, Value value, bool mergeable = false);

    /// The codes that a row has under a model in place of those that the search finds; null: none.
    TokenEditPointer tokenEdit(RowId row, const ModelChoice& model) const;
    const TokenEdits& tokenEdits() const { return m_tokenEdits; }
    /// Undoable; nothing if the edit is what it was. Edits of one cell that share a nonzero `gesture`, the strokes of a brush, are one step.
    void editTokens(const QString& text, RowId row, const ModelChoice& model, TokenEditPointer edit, int gesture = 0);

    void setCurrentRow(RowId row);
    void stepCurrentRow(int by);  ///< clamps at both ends
    void setCurrentColumn(int column);
    /// Shows another view of the same rows. One whose columns were never edited follows the models of the one that is left.
    void setWorkspace(WorkspaceKind kind);
    void setBoardForm(const BoardForm& form);
    void setView(const ViewState& view);

    /// What was learned about a row; ignored for rows that are gone.
    void setRowInfo(RowId row, SourceInfo info);
    void setRowError(RowId row, Error error);
    void setRowThumbnail(RowId row, QImage thumbnail);
    void setRowLoading(RowId row);  ///< forgets an error: the row is being tried again
    /// The model a new session starts with; not a step to undo.
    void setInitialModel(ModelChoice model);
    /// What codes a model has: the Tokens workspace then shows what there is to see, unless its columns were
    /// edited. Not a step to undo.
    void noteDepths(const ModelChoice& model, TokenDepths depths);
    /// Whether a model has a text tower: one without needs no column for every prompt in the Heatmap workspace, unless its columns were edited.
    /// Not a step to undo.
    void noteTexts(const ModelChoice& model, bool texts);
    /// All that a session file keeps.
    SessionState state() const;
    /// That state in place of what is here; nothing to undo. Rows and lenses get new names, columns and references follow them.
    void restore(SessionState state);
    /// A session file holds the rows as they are now.
    void noteSaved();

Q_SIGNALS:
    void rowsAboutToBeInserted(int first, int last);
    void rowsInserted(int first, int last);
    void rowsAboutToBeRemoved(int first, int last);
    void rowsRemoved(int first, int last);
    void rowsAboutToBeMoved(int from, int to);  ///< `to`: the index afterwards
    void rowsMoved(int from, int to);
    void rowChanged(int index);
    void currentRowChanged();
    void currentColumnChanged();
    void columnChanged(int column);  ///< another model, parameter or lens, in its place
    void columnsChanged();           ///< columns came, went or were moved; columns() names those that stay by their ids
    void modelChanged();             ///< model() or models()
    void tokensEdited(tessera::ui::RowId row, const QString& model);  ///< its reference
    void workspaceChanged();
    void formChanged();
    void viewChanged();

private:
    friend class SessionCommand;
    void insertRows(int first, std::vector<Row> rows);
    std::vector<Row> takeRows(int first, int count);
    void applyMove(int from, int to);
    void applyTokens(const EditedCell& cell, TokenEditPointer edit);
    void applyGroups(WorkspaceKind kind, Groups groups);
    Workspace& find(WorkspaceKind kind);
    TokenDepths depthsOf(const std::vector<ModelChoice>& models) const;
    bool fitTokens(Groups& groups);
    bool fitHeatmap(Workspace& heatmap);
    /// After any change of the groups shown: tells what became of the columns.
    void layOutColumns();

    static std::string changedNote();
    std::vector<Row> makeRows(std::vector<SourceRequest> requests);

    std::vector<Row> m_rows;
    TokenEdits m_tokenEdits;              ///< of rows that were taken off the board too: they may come back
    std::vector<Workspace> m_workspaces;  ///< the offered ones
    WorkspaceKind m_workspace = WorkspaceKind::Reconstruct;
    std::vector<Column> m_columns;
    std::vector<ModelChoice> m_models;  ///< as last told
    std::map<std::string, TokenDepths> m_depths;  ///< of the models' codes, by their references
    std::map<std::string, bool> m_texts;  ///< whether models have a text tower, by their references
    ViewState m_view;
    RowId m_currentRow{};
    int m_currentColumn = 1;
    std::uint64_t m_nextRow = 1;
    std::uint32_t m_nextLens = 1;
    int m_gesture = 1;
    QUndoStack m_undo;
};

}  // namespace tessera::ui
