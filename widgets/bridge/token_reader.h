// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include <QObject>

#include <tessera/engine.h>

#include "bridge/engine_edits.h"
#include "workspace/columns.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// Keeps the codes of what is looked at: of the current row under the current column's model, and of all cells on screen while the token
/// grid is shown. Asks Engine::tokens once for each row, model, preprocessing and token edit, forgets what nobody looks at any more.
/// Codes that are there stay until those of the next edit come. GUI thread; never waits.
class TokenReader : public QObject {
    Q_OBJECT
public:
    TokenReader(Session& session, EngineHost& host, CellBoard& board, QObject* parent = nullptr);
    ~TokenReader() override;

    /// Of the current row under the current column's model; null before the answer, and for a model without codes.
    std::shared_ptr<const TokenGrid> current() const;
    /// Null unless it is wanted and answered.
    std::shared_ptr<const TokenGrid> gridOf(RowId row, const Column& column) const;
    /// Why there is no current().
    const std::optional<Error>& error() const;
    /// The codes of the newest edit of the current cell are still to come.
    bool waiting() const;

Q_SIGNALS:
    void changed();

private:
    /// Edits of one place are asked for one after the other, so that the older codes stand until then.
    using Key = std::tuple<RowId, ModelChoice, ParameterSet>;
    struct Entry {
        std::shared_ptr<const TokenGrid> grid;
        std::optional<Error> error;
        TokenEditPointer edit;     ///< that was asked for last
        SourceId source{};
        ModelId model{};
        std::uint64_t slot = 0, ticket = 0;
        Subscription job;
    };
    void schedule();
    void follow();
    void want(RowId row, const Column& column, Priority priority, std::map<Key, Entry>& kept);
    void ask(Entry& entry, const Key& key, Priority priority);
    void take(const Key& key, std::uint64_t ticket, const Result<TokenGrid>& result);
    Key keyOf(RowId row, const Column& column) const;
    const Entry* find(RowId row, const Column& column) const;

    Session& m_session;
    EngineHost& m_host;
    CellBoard& m_board;
    EngineEdits m_edits;
    std::shared_ptr<Engine> m_engine;  ///< that the entries are of
    std::map<Key, Entry> m_entries;
    std::uint64_t m_lastTicket = 0;
    bool m_scheduled = false;
};

}  // namespace tessera::ui
