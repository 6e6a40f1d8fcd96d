// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include <QObject>

#include <tessera/engine.h>

#include "workspace/columns.h"

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// A model's latents at one place of a source.
struct LatentVector {
    enum class State {
        Waiting,  ///< for the engine
        Ready,
        Outside,  ///< the model is not shown this part of the source
        Failed    ///< `error` says why
    };
    ModelChoice model;
    State state = State::Waiting;
    int rows = 0, columns = 0;    ///< of the model's grid, once it is known
    int row = 0, column = 0;      ///< of the place in it, from 0
    std::vector<float> channels;  ///< in units of the unscaled latents, as Engine::encode gives them
    std::optional<Error> error;
    bool operator==(const LatentVector&) const = default;
};

/// Reads the latents of all models of the board at a place. Asks Engine::encode where it does not know them yet, once for each row, model
/// and preprocessing, and keeps the newest answers. GUI thread; never waits.
class LatentReader : public QObject {
    Q_OBJECT
public:
    LatentReader(Session& session, CellBoard& board, EngineHost& host, QObject* parent = nullptr);
    ~LatentReader() override;

    /// One per model that encodes, in the order of the board. The place in source pixels.
    std::vector<LatentVector> read(RowId row, double sourceX, double sourceY);
    /// Nobody looks: gives up what is under way.
    void rest();

Q_SIGNALS:
    void answered();  ///< read() has more to tell

private:
    using Key = std::tuple<SourceId, ModelId, int, ParameterSet>;  // the frame of a clip
    struct Entry {
        Subscription job;
        std::uint64_t ticket = 0, used = 0;
        HostTensor latents;            ///< [1,C,h,w]; no bytes before the answer
        int width = 0, height = 0;     ///< of the picture that was encoded, without padding
        std::optional<Error> error;
    };
    Entry& ask(const Key& key);
    void take(const Key& key, std::uint64_t ticket, const Result<TensorMap>& result);
    void makeRoom();
    void forget();
    Picture::Region regionOf(RowId row, const Column& column, const Entry& entry) const;
    void readAt(const Entry& entry, const Picture::Region& region, int downsample, double sourceX, double sourceY, LatentVector& vector) const;

    Session& m_session;
    CellBoard& m_board;
    EngineHost& m_host;
    std::shared_ptr<Engine> m_engine;  ///< that the entries are of
    std::map<Key, Entry> m_entries;
    std::uint64_t m_clock = 0;
};

}  // namespace tessera::ui
