// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <tessera/engine.h>

#include "bridge/engine_host.h"
#include "workspace/session.h"

namespace tessera::ui {

/// Runs a small model once, on a grey picture, as soon as it is open and while the board is empty: the first dropped picture then finds kernels
/// made and memory mapped, which costs 5 to 10 times the computation itself. Given up when a picture comes. GUI thread.
class ModelWarmUp : public QObject {
    Q_OBJECT
public:
    ModelWarmUp(Session& session, EngineHost& host, QObject* parent = nullptr);
    ~ModelWarmUp() override;

    bool isRunning() const { return m_engine != nullptr; }

private:
    void follow();
    void start();
    void stop();

    Session& m_session;
    EngineHost& m_host;
    ModelId m_warm{};  ///< the last model that was begun with
    std::shared_ptr<Engine> m_engine;
    SourceId m_source{};
    Subscription m_job;
};

}  // namespace tessera::ui
