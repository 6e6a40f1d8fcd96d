// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QUndoCommand>

#include "workspace/session.h"

namespace tessera::ui {

/// The only ones who change a session's rows, model and columns.
class SessionCommand : public QUndoCommand {
protected:
    SessionCommand(Session& session, const QString& text) : QUndoCommand(text), m_session(session) {}

    void insert(int first, std::vector<Row> rows) { m_session.insertRows(first, std::move(rows)); }
    std::vector<Row> take(int first, int count) { return m_session.takeRows(first, count); }
    void apply(ModelChoice model) { m_session.applyModel(std::move(model)); }
    void apply(int column, Column value) { m_session.applyColumn(column, std::move(value)); }

    Session& m_session;
};

class AddRowsCommand : public SessionCommand {
public:
    AddRowsCommand(Session& session, std::vector<Row> rows);
    void redo() override;
    void undo() override;

private:
    std::vector<Row> m_rows;
    int m_first = 0, m_count = 0;
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

class ChooseModelCommand : public SessionCommand {
public:
    ChooseModelCommand(Session& session, ModelChoice model);
    void redo() override { apply(m_after); }
    void undo() override { apply(m_before); }

private:
    ModelChoice m_before, m_after;
};

class SetParameterCommand : public SessionCommand {
public:
    /// Column -1: every column. Commands of one gesture are one step; gesture 0 stands alone.
    SetParameterCommand(Session& session, int column, std::string name, Value value, int gesture);
    void redo() override;
    void undo() override;
    int id() const override { return m_gesture > 0 ? m_gesture : -1; }
    bool mergeWith(const QUndoCommand* other) override;

private:
    std::vector<std::pair<int, Column>> m_before;
    int m_column;
    std::string m_name;
    Value m_value;
    int m_gesture;
};

}  // namespace tessera::ui
