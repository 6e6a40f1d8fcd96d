// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <QObject>

#include <tessera/engine.h>

#include "bridge/watchers.h"
#include "workspace/columns.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// How far the encoders on the board see one picture alike.
struct AgreementMatrix {
    struct Pair {
        std::optional<double> cka, neighbours;  ///< linear CKA; mean share of mutual nearest neighbours
        QString notes;                          ///< "grids of 16 x 16 and 8 x 8 tokens, averaged onto the smaller"
        std::optional<Error> error;
    };
    RowId row{};
    std::vector<ModelChoice> models;
    std::map<std::pair<int, int>, Pair> pairs;  ///< by indices of models, the smaller first; those that have come
};

/// Asks lens `encoder_agreement` of the current row for every two of the board's encoders, while somebody watches. GUI thread; never waits.
class AgreementReader : public QObject {
    Q_OBJECT
public:
    AgreementReader(Session& session, EngineHost& host, CellBoard& board, QObject* parent = nullptr);
    ~AgreementReader() override;

    void watch(const void* watcher, bool on);
    /// Without models unless two of them are open.
    const AgreementMatrix& matrix() const { return m_matrix; }
    bool waiting() const { return !m_jobs.empty(); }

Q_SIGNALS:
    void changed();

private:
    struct Subject {
        RowId row{};
        SourceId source{};
        int frame = 0;  ///< of a clip
        ParameterSet preprocessing;
        std::vector<ModelChoice> models;
        std::vector<ModelId> ids;
        bool operator==(const Subject&) const = default;
    };
    void schedule();
    void follow();
    std::optional<Subject> subjectNow() const;
    void begin(const Subject& subject);
    void take(std::pair<int, int> pair, std::uint64_t ticket, const Result<Picture>& result);

    Session& m_session;
    EngineHost& m_host;
    CellBoard& m_board;
    Watchers m_watchers;
    std::shared_ptr<Engine> m_engine;
    std::optional<Subject> m_subject;
    AgreementMatrix m_matrix;
    std::map<std::pair<int, int>, Subscription> m_jobs;
    std::uint64_t m_ticket = 0;
    bool m_scheduled = false;
};

}  // namespace tessera::ui
