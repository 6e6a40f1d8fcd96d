// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>

#include <QObject>

#include <tessera/engine.h>

#include "bridge/watchers.h"
#include "codes/code_use.h"
#include "workspace/columns.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// Counts the codes of all rows, with their token edits, under the current column's model and size: one row after the other, when nothing else is to be
/// done, while somebody watches. GUI thread; never waits.
class LibraryCodes : public QObject {
    Q_OBJECT
public:
    LibraryCodes(Session& session, EngineHost& host, CellBoard& board, QObject* parent = nullptr);
    ~LibraryCodes() override;

    void watch(const void* watcher, bool on);
    /// Of the rows that were read so far; no depths for a model without codes.
    const CodeStatistics& statistics() const { return m_statistics; }
    struct Coverage {
        int read = 0, failed = 0, rows = 0;
        bool complete() const { return read + failed == rows; }
        bool operator==(const Coverage&) const = default;
    };
    Coverage coverage() const;

Q_SIGNALS:
    void changed();

private:
    struct Entry {
        SourceId source{};
        bool failed = false;
        PictureCodes found, shown;  ///< as the search gave them; as they are counted
    };
    void schedule();
    void follow();
    void askNext();
    void take(RowId row, SourceId source, std::uint64_t ticket, const Result<TokenGrid>& result);
    void applyEdit(RowId row);
    void forget(RowId row);

    Session& m_session;
    EngineHost& m_host;
    CellBoard& m_board;
    Watchers m_watchers;
    std::shared_ptr<Engine> m_engine;
    ModelChoice m_choice;
    ModelId m_model{};
    ParameterSet m_preprocessing;
    std::map<RowId, Entry> m_entries;
    CodeStatistics m_statistics;
    RowId m_asked{};  ///< whose codes are on the way
    std::uint64_t m_ticket = 0;
    Subscription m_job;
    bool m_scheduled = false;
};

}  // namespace tessera::ui
