// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include <QObject>

#include <tessera/engine.h>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "workspace/session.h"

namespace tessera::ui {

/// Draws the board's first column of an image file while it is still being dragged over the window, so that the drop finds it in the engine's
/// cache and its first frame shows it already. One file at a time. GUI thread.
class DragRead : public QObject {
    Q_OBJECT
public:
    DragRead(const Session& session, EngineHost& host, CellBoard& board, QObject* parent = nullptr);
    ~DragRead() override;

    void begin(const std::string& path);
    /// The drag left: stops reading.
    void giveUp();
    /// The file was dropped: what is being read is read to its end, and whoever wants the same file joins in.
    void dropped() { m_path.clear(); }

private:
    void release();

    const Session& m_session;
    EngineHost& m_host;
    CellBoard& m_board;
    std::string m_path;  ///< of the drag under way
    std::shared_ptr<Engine> m_engine;
    SourceId m_source{};
    Subscription m_job;
};

}  // namespace tessera::ui
