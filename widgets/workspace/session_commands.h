// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QUndoCommand>

#include "workspace/session.h"

namespace tessera::ui {

/// The only ones who change a session's rows and columns.
class SessionCommand : public QUndoCommand {
protected:
    SessionCommand(Session& session, const QString& text) : QUndoCommand(text), m_session(session) {}

    void insert(int first, std::vector<Row> rows) { m_session.insertRows(first, std::move(rows)); }
    std::vector<Row> take(int first, int count) { return m_session.takeRows(first, count); }
    void move(int from, int to) { m_session.applyMove(from, to); }
    void apply(const EditedCell& cell, TokenEditPointer edit) { m_session.applyTokens(cell, std::move(edit)); }
    void apply(WorkspaceKind workspace, Groups groups) { m_session.applyGroups(workspace, std::move(groups)); }

    Session& m_session;
};

class AddRowsCommand : public SessionCommand {
public:
    /// At that index; -1: at the end.
    AddRowsCommand(Session& session, std::vector<Row> rows, int at = -1);
    void redo() override;
    void undo() override;

private:
    std::vector<Row> m_rows;
    int m_at, m_first = 0, m_count = 0;
    RowId m_currentBefore{};
};

/// Takes out any set of rows and puts each back in its place.
class RemoveRowsCommand : public SessionCommand {
public:
    RemoveRowsCommand(Session& session, std::vector<RowId> rows);
    void redo() override;
    void undo() override;

private:
    /// Neighbours that went together.
    struct Run {
        int first;
        std::vector<Row> rows;
    };
    std::vector<RowId> m_ids;
    std::vector<Run> m_taken;  ///< the last of the board first
    RowId m_currentBefore{};
};

class MoveRowCommand : public SessionCommand {
public:
    MoveRowCommand(Session& session, int from, int to);
    void redo() override { move(m_from, m_to); }
    void undo() override { move(m_to, m_from); }

private:
    int m_from, m_to;
};

/// Any change of one workspace's columns: they are small, so both states are kept whole.
class EditColumnsCommand : public SessionCommand {
public:
    /// Commands of one gesture are one step; gesture 0 stands alone.
    EditColumnsCommand(Session& session, const QString& text, WorkspaceKind workspace, Groups after, int gesture);
    void redo() override { apply(m_workspace, m_after); }
    void undo() override { apply(m_workspace, m_before); }
    int id() const override { return m_gesture > 0 ? m_gesture : -1; }
    bool mergeWith(const QUndoCommand* other) override;

private:
    WorkspaceKind m_workspace;
    Groups m_before, m_after;
    int m_gesture;
};

/// Other codes for one cell; what both edits change is shared or small.
class EditTokensCommand : public SessionCommand {
public:
    /// Commands of one gesture are one step; gesture 0 stands alone.
    EditTokensCommand(Session& session, const QString& text, EditedCell cell, TokenEditPointer after, int gesture);
    void redo() override { apply(m_cell, m_after); }
    void undo() override { apply(m_cell, m_before); }
    int id() const override { return m_gesture > 0 ? kTokenGestures + m_gesture : -1; }
    bool mergeWith(const QUndoCommand* other) override;

private:
    static constexpr int kTokenGestures = 1 << 24;  ///< apart from those of columns
    EditedCell m_cell;
    TokenEditPointer m_before, m_after;
    int m_gesture;
};

}  // namespace tessera::ui
