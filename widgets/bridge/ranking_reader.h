// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <QObject>

#include <tessera/engine.h>

#include "bridge/watchers.h"
#include "workspace/columns.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// How alike the current column's model finds every row of the board to one thing: the current row's picture, or a prompt. Asked for while
/// somebody watches; rows that come later are asked for alone. GUI thread; never waits.
class RankingReader : public QObject {
    Q_OBJECT
public:
    RankingReader(Session& session, EngineHost& host, CellBoard& board, QObject* parent = nullptr);
    ~RankingReader() override;

    void watch(const void* watcher, bool on);
    /// What rows are held against; empty: the current row's picture.
    void setPrompt(const std::string& prompt);
    const std::string& prompt() const { return m_prompt; }

    struct Score {
        std::optional<double> cosine;
        std::optional<Error> error;
        SourceId source{};  ///< of the reading of the file that was scored
    };
    /// Of the rows that are answered already.
    const std::map<RowId, Score>& scores() const { return m_scores; }
    bool waiting() const { return !m_jobs.empty(); }
    /// Why there is nothing to ask; nothing if there is. The current model's capabilities as the lens needs them.
    std::optional<Error> refusal() const;

Q_SIGNALS:
    void changed();

private:
    struct Subject {
        std::string prompt;
        ParameterSet parameters;
        ModelChoice model;
        ModelId id{};
        RowId like{};       ///< the picture that others are held against
        SourceId picture{};
        int frame = 0;      ///< of clips, as the view shows it
        bool operator==(const Subject&) const = default;
    };
    const char* lensName() const;
    void schedule();
    void follow();
    std::optional<Subject> subjectNow() const;
    void ask(RowId row);
    void take(RowId row, SourceId source, std::uint64_t ticket, const Result<Picture>& result);

    Session& m_session;
    EngineHost& m_host;
    CellBoard& m_board;
    Watchers m_watchers;
    std::string m_prompt;
    std::shared_ptr<Engine> m_engine;
    std::optional<Subject> m_subject;
    std::map<RowId, Score> m_scores;
    std::map<RowId, Subscription> m_jobs;
    std::uint64_t m_ticket = 0;
    bool m_scheduled = false;
};

}  // namespace tessera::ui
