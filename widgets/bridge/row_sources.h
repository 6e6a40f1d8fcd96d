// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <unordered_map>

#include <tessera/engine.h>

#include "workspace/row.h"

namespace tessera::ui {

class EngineHost;
class Session;

/// The rows as the engine knows them: their sources, and what was learned of each, which goes to the session. GUI thread.
class RowSources {
public:
    struct Listener {
        std::function<void(RowId, const Error&)> onError;  ///< why a file cannot be described
        std::function<void()> onAnswer;                    ///< after each description or thumbnail: busyRows() has changed
    };

    /// `executor` must run nothing once this is gone.
    RowSources(Session& session, EngineHost& host, Executor executor, Listener listener);
    ~RowSources();

    /// Needs an engine. The first call adds the row's file and asks for its description.
    SourceId sourceOf(RowId row);
    /// Once for each reading of the file; again while it is under way for one that is wanted sooner.
    void askThumbnail(RowId row, Priority priority);
    bool hasAskedThumbnail(RowId row) const;
    /// Rows whose description or thumbnail is under way.
    int busyRows() const;

    void remove(RowId row);
    /// The engine they belonged to is gone.
    void forget() { m_entries.clear(); }

private:
    struct Entry {
        SourceId id{};
        std::uint64_t ticket = 0;  ///< answers to an earlier entry of the same row do not count
        Subscription describing, drawing;
        bool thumbnailAsked = false;
        Priority drawingPriority = Priority::OffScreen;
        std::uint64_t drawingTicket = 0;  ///< answers to an earlier request of the thumbnail do not count
    };
    Entry* find(RowId row, std::uint64_t ticket);

    Session& m_session;
    EngineHost& m_host;
    const Executor m_executor;
    const Listener m_listener;
    std::unordered_map<RowId, Entry> m_entries;
    std::uint64_t m_lastTicket = 0;
};

}  // namespace tessera::ui
