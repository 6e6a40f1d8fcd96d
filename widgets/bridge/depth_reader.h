// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <QObject>

#include <tessera/engine.h>

#include "bridge/engine_edits.h"
#include "bridge/watchers.h"
#include "workspace/columns.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// What one more depth costs and brings.
struct RatePoint {
    double rate = 0;  ///< bit per pixel of depths 1 to this one
    double psnr = 0;  ///< dB; infinite where nothing is lost
};

/// A row decoded from its first codes, its first two, and so on.
struct DepthCurve {
    RowId row{};
    ModelChoice model;
    ParameterSet preprocessing;
    bool edited = false;                                  ///< decoded with a token edit
    int frame = 0;  ///< of a clip
    TokenEditPointer edit;                                ///< that one
    std::vector<std::optional<RatePoint>> points;         ///< (depths)
    std::vector<std::shared_ptr<const Picture>> pictures; ///< (depths), of the current row alone
    std::optional<Error> error;                           ///< why some are missing
};

/// Asks lens `depth` for every depth of the current row under the current column's model, while somebody watches. Keeps the numbers of rows that were
/// current before. Those of an older edit go at once: a curve is of one edit alone. GUI thread; never waits.
class DepthReader : public QObject {
    Q_OBJECT
public:
    DepthReader(Session& session, EngineHost& host, CellBoard& board, QObject* parent = nullptr);
    ~DepthReader() override;

    void watch(const void* watcher, bool on);
    /// Of the current row, if it was asked for; null without.
    const DepthCurve* current() const;
    /// The current one first, then those that were looked at before, the newest first.
    const std::deque<DepthCurve>& curves() const { return m_curves; }
    bool waiting() const { return !m_jobs.empty(); }

    static constexpr std::size_t kMostCurves = 6;

Q_SIGNALS:
    void changed();

private:
    struct Subject {
        RowId row{};
        ModelChoice model;
        ParameterSet preprocessing;
        TokenEditPointer edit;
        SourceId source{};
        ModelId id{};
        int depths = 0, frame = 0;
        bool operator==(const Subject&) const = default;
    };
    void schedule();
    void follow();
    std::optional<Subject> subjectNow() const;
    void begin(const Subject& subject);
    void take(int depth, std::uint64_t ticket, const Result<Picture>& result);

    Session& m_session;
    EngineHost& m_host;
    CellBoard& m_board;
    EngineEdits m_edits;
    Watchers m_watchers;
    std::shared_ptr<Engine> m_engine;
    std::optional<Subject> m_subject;  ///< what the front curve is of
    std::deque<DepthCurve> m_curves;
    std::map<int, Subscription> m_jobs;  ///< by depth
    std::uint64_t m_ticket = 0;
    bool m_scheduled = false;
};

}  // namespace tessera::ui
