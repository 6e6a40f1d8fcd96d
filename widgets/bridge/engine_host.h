// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QObject>

#include <tessera/engine.h>

#include "workspace/row.h"

namespace tessera::ui {

/// The engine and the board's model as a program with an event loop sees them. GUI thread; nothing here blocks.
class EngineHost : public QObject {
    Q_OBJECT
public:
    enum class State { Closed, Opening, Ready, Failed };

    explicit EngineHost(QObject* parent = nullptr);
    ~EngineHost() override;

    /// Opens the engine on a thread of its own (dlopen takes 0.3 s and more). Again after a failure: tries anew.
    void open(EngineOptions options);
    /// Takes an engine that is there already (tests, remote engines).
    void adopt(std::shared_ptr<Engine> engine);

    State state() const;
    const std::optional<Error>& error() const;  ///< why it is Failed
    std::shared_ptr<Engine> engine() const;     ///< null until Ready
    const EngineOptions& options() const;
    /// Empty until Ready.
    const std::vector<LensInfo>& lenses() const;
    const std::vector<ModelEntry>& models() const;
    const DeviceList& devices() const;

    /// Opens the model that the board shows; the newest choice wins. Remembered until the engine is ready.
    void chooseModel(ModelChoice model);
    const ModelChoice& choice() const;
    bool modelOpening() const;
    const Progress& modelProgress() const;
    const std::optional<ModelInfo>& model() const;    ///< the open one; nothing while opening or failed
    const std::optional<Error>& modelError() const;

Q_SIGNALS:
    void stateChanged();
    /// model(), modelOpening(), modelProgress() or modelError() changed.
    void modelChanged();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
