// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QObject>

#include <tessera/engine.h>

#include "workspace/columns.h"

namespace tessera::ui {

/// What has become of a model that was chosen.
struct ModelStatus {
    bool opening = false;
    Progress progress;              ///< while opening
    std::optional<ModelInfo> info;  ///< when open
    std::optional<Error> error;     ///< why it is not
};

/// The engine and the board's models as a program with an event loop sees them. GUI thread; nothing here blocks.
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

    /// Opens the models that boards show and closes all others; the newest call wins. Remembered until the engine is ready.
    /// `lead`, one of them, is what model() and its like speak of.
    void chooseModels(std::vector<ModelChoice> models, ModelChoice lead);
    /// That one alone.
    void chooseModel(ModelChoice model);
    /// These stay open, or are opened, beside those that boards show: what is queued needs them.
    void keepOpen(std::vector<ModelChoice> models);
    /// Tries again to open one that failed.
    void retryModel(const ModelChoice& model);
    const std::vector<ModelChoice>& choices() const;
    /// Opens a model beside those that boards show, so that one that cannot be opened takes the place of none. modelTried() answers, unless a newer
    /// trial came first; chooseModels() in its listeners takes the open model over. Needs an engine.
    void tryModel(const ModelChoice& model);
    void endTrial();
    const std::optional<ModelChoice>& trial() const;
    /// Neither opening, open nor failed for one that was not chosen, or before the engine is ready.
    const ModelStatus& modelOf(const ModelChoice& choice) const;
    /// One of them is being opened.
    bool anyModelOpening() const;

    const ModelChoice& choice() const;  ///< the lead
    bool modelOpening() const { return modelOf(choice()).opening; }
    const Progress& modelProgress() const { return modelOf(choice()).progress; }
    const std::optional<ModelInfo>& model() const { return modelOf(choice()).info; }
    const std::optional<Error>& modelError() const { return modelOf(choice()).error; }

Q_SIGNALS:
    void stateChanged();
    /// The lead or what has become of a model changed.
    void modelChanged();
    /// The model of the newest trial is open, or why it is not.
    void modelTried(const tessera::ui::ModelChoice& model, const std::optional<tessera::Error>& error);

private:
    struct Private;
    std::unique_ptr<Private> d;
};

/// What the engine says of a lens; null while it is not open, and for a lens that it does not have.
const LensInfo* lensInfo(const EngineHost& host, const std::string& lens);

}  // namespace tessera::ui
