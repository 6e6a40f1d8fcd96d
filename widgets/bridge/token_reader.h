// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include <QObject>

#include <tessera/engine.h>

#include "bridge/engine_edits.h"
#include "workspace/columns.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// How tokens lie on a source: of a model with codes as its grid says, of another as its pictures of tokens do.
struct TokenArea {
    int rows = 0, columns = 0;
    Picture::Region region;  ///< in source pixels
    bool operator==(const TokenArea&) const = default;
};

/// Keeps the codes of what is looked at: of the current row under the current column's model, and of all cells on screen while the token
/// grid is shown or a lens follows the token that is looked at. Asks Engine::tokens once for each row, model, preprocessing and token edit,
/// and forgets what nobody looks at any more. An edit shows at once; lengths and distances follow when the engine answers. Tells the session
/// which models have codes, and the board where the tokens lie. GUI thread; never waits.
class TokenReader : public QObject {
    Q_OBJECT
public:
    TokenReader(Session& session, EngineHost& host, CellBoard& board, QObject* parent = nullptr);
    ~TokenReader() override;

    /// Of the current row under the current column's model; null before the answer, and for a model without codes.
    std::shared_ptr<const TokenGrid> current() const;
    /// Null unless it is wanted and answered.
    std::shared_ptr<const TokenGrid> gridOf(RowId row, const Column& column) const;
    /// Where the tokens lie; nothing until that is known.
    std::optional<TokenArea> areaOf(RowId row, const Column& column) const;
    /// Why there is no current(): also that the model has no codes.
    const std::optional<Error>& error() const;
    /// The numbers of the current cell's newest edit are still to come.
    bool waiting() const;

Q_SIGNALS:
    void changed();

private:
    using Key = std::tuple<RowId, ModelChoice, ParameterSet>;
    struct Entry {
        std::shared_ptr<const TokenGrid> grid;
        std::optional<Error> error;
        SourceId source{};  ///< these three as they were asked for last
        ModelId model{};
        TokenEditPointer edit;
        int frame = 0;  ///< of a clip
        std::uint64_t ticket = 0;
        bool asked = false;
        Subscription job;
    };
    void schedule();
    void follow();
    void followModels();
    void want(RowId row, const Column& column, std::map<Key, Entry>& kept);
    void ask(const Key& key, Entry& entry);
    void take(const Key& key, std::uint64_t ticket, const Result<TokenGrid>& result);
    void tellGrids();
    void apply(RowId row, const std::string& model);
    Key keyOf(RowId row, const Column& column) const;
    const Entry* find(RowId row, const Column& column) const;
    const Column& currentColumn() const;
    bool tellsError();

    Session& m_session;
    EngineHost& m_host;
    CellBoard& m_board;
    EngineEdits m_edits;
    std::shared_ptr<Engine> m_engine;  ///< that the entries are of
    std::map<Key, Entry> m_entries;
    std::optional<Error> m_error;
    std::uint64_t m_lastTicket = 0;
    std::tuple<bool, bool, int> m_looked{};  ///< the view shows the token grid; it has a token; its frame
    bool m_scheduled = false;
};

}  // namespace tessera::ui
