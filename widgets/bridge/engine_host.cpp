// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/engine_host.h"

#include <algorithm>
#include <future>

#include <tessera/engine_library.h>

#include "bridge/qt_executor.h"

namespace tessera::ui {
namespace {

/// An engine and what it offers, asked before the GUI thread sees it.
struct Opened {
    std::shared_ptr<Engine> engine;
    std::vector<LensInfo> lenses;
    std::vector<ModelEntry> models;
    DeviceList devices;
};

Opened introduced(std::shared_ptr<Engine> engine) {
    Opened opened{.lenses = engine->lenses(), .models = engine->models(), .devices = engine->devices()};
    opened.engine = std::move(engine);
    return opened;
}

Result<Opened> openAndAsk(const EngineOptions& options) {
    try {
        Result<std::shared_ptr<Engine>> engine = openEngine(options);
        if (!engine) return engine.error();
        return introduced(std::move(engine).value());
    } catch (const std::exception& exception) {
        return Error{ErrorCode::Internal, std::string("the engine could not be made: ") + exception.what(), {}, "restart the engine"};
    }
}

}  // namespace

struct EngineHost::Private {
    explicit Private(EngineHost& host) : q(host), executor(guiExecutor(&host)) {}

    void inBackground(std::function<void()> work);
    void takeEngine(Opened opened);
    std::shared_ptr<Engine> releaseEngine();
    void opened(std::uint64_t round, const Result<Opened>& result);
    void openModel();
    void modelAnswered(std::uint64_t round, const Result<ModelInfo>& result);
    void closeOthers(ModelId kept);

    EngineHost& q;
    const Executor executor;
    State state = State::Closed;
    std::optional<Error> error;
    EngineOptions options;
    Opened current;
    std::uint64_t engineRound = 0;  ///< of the newest open or adopt: answers to older ones do not count

    ModelChoice choice;
    std::optional<ModelInfo> model;
    std::optional<Error> modelError;
    Progress modelProgress;
    bool modelOpening = false;
    std::uint64_t modelRound = 0;
    std::vector<ModelId> openModels;  ///< on the engine, the current one among them
    Subscription modelJob;

    std::vector<std::future<void>> background;  ///< last: waits for its threads, which use nothing of the above
};

// Detached threads would still be in the loader while the program ends, so whoever destroys a host that opens an engine waits for it.
void EngineHost::Private::inBackground(std::function<void()> work) {
    std::erase_if(background, [](const std::future<void>& each) { return each.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    background.push_back(std::async(std::launch::async, std::move(work)));
}

std::shared_ptr<Engine> EngineHost::Private::releaseEngine() {
    ++engineRound;
    ++modelRound;
    modelJob = {};
    modelOpening = false;
    model.reset();
    modelError.reset();
    openModels.clear();
    error.reset();
    std::shared_ptr<Engine> engine = std::move(current.engine);
    current = {};
    return engine;
}

void EngineHost::Private::takeEngine(Opened opened) {
    current = std::move(opened);
    state = State::Ready;
    Q_EMIT q.stateChanged();
    // A listener may have chosen already.
    if (state == State::Ready && !model && !modelOpening) openModel();
}

void EngineHost::Private::opened(std::uint64_t round, const Result<Opened>& result) {
    if (round != engineRound) return;
    if (result) return takeEngine(result.value());
    state = State::Failed;
    error = result.error();
    Q_EMIT q.stateChanged();
}

void EngineHost::Private::openModel() {
    const std::uint64_t round = ++modelRound;
    modelJob = {};
    modelProgress = {};
    model.reset();
    modelError.reset();
    modelOpening = current.engine && !choice.reference.empty();
    if (modelOpening) {
        Observer<ModelInfo> observer;
        observer.executor = executor;
        observer.onDone = [this, round, engine = engineRound](const Result<ModelInfo>& result) {
            if (engine == engineRound) modelAnswered(round, result);
        };
        observer.onProgress = [this, round](const Progress& progress) {
            if (round != modelRound) return;
            modelProgress = progress;
            Q_EMIT q.modelChanged();
        };
        modelJob = current.engine->openModel({choice.reference, choice.precision}, std::move(observer));
    }
    Q_EMIT q.modelChanged();
}

void EngineHost::Private::modelAnswered(std::uint64_t round, const Result<ModelInfo>& result) {
    const bool newest = round == modelRound;
    if (result && std::ranges::find(openModels, result.value().id) == openModels.end()) openModels.push_back(result.value().id);
    if (newest) {
        modelJob = {};
        modelOpening = false;
        if (result) {
            model = result.value();
        } else {
            modelError = result.error();
        }
    }
    // While another choice is being opened, the engine may be about to give one of these again.
    if (!modelOpening && model) closeOthers(model->id);
    if (newest) Q_EMIT q.modelChanged();
}

void EngineHost::Private::closeOthers(ModelId kept) {
    for (const ModelId id : openModels) {
        if (id != kept) current.engine->closeModel(id);
    }
    std::erase_if(openModels, [&](ModelId id) { return id != kept; });
}

EngineHost::EngineHost(QObject* parent) : QObject(parent), d(std::make_unique<Private>(*this)) {}

EngineHost::~EngineHost() = default;

void EngineHost::open(EngineOptions options) {
    const bool hadModel = d->model || d->modelOpening || d->modelError;
    std::shared_ptr<Engine> old = d->releaseEngine();
    const std::uint64_t round = d->engineRound;
    d->options = options;
    d->state = State::Opening;
    // The old engine goes in the thread: it waits for the work that runs. Whoever holds its jobs lets go of them when told here.
    Q_EMIT stateChanged();
    if (hadModel) Q_EMIT modelChanged();
    d->inBackground([options = std::move(options), old = std::move(old), round, executor = d->executor, host = d.get()]() mutable {
        old.reset();
        Result<Opened> result = openAndAsk(options);
        executor([host, round, result = std::move(result)] { host->opened(round, result); });
    });
}

void EngineHost::adopt(std::shared_ptr<Engine> engine) {
    std::shared_ptr<Engine> old = d->releaseEngine();
    d->takeEngine(introduced(std::move(engine)));
    if (old) d->inBackground([old = std::move(old)]() mutable { old.reset(); });
}

EngineHost::State EngineHost::state() const {
    return d->state;
}

const std::optional<Error>& EngineHost::error() const {
    return d->error;
}

std::shared_ptr<Engine> EngineHost::engine() const {
    return d->current.engine;
}

const EngineOptions& EngineHost::options() const {
    return d->options;
}

const std::vector<LensInfo>& EngineHost::lenses() const {
    return d->current.lenses;
}

const DeviceList& EngineHost::devices() const {
    return d->current.devices;
}

const std::vector<ModelEntry>& EngineHost::models() const {
    return d->current.models;
}

void EngineHost::chooseModel(ModelChoice model) {
    if (model == d->choice && (d->model || d->modelOpening)) return;
    d->choice = std::move(model);
    d->openModel();
}

const ModelChoice& EngineHost::choice() const {
    return d->choice;
}

bool EngineHost::modelOpening() const {
    return d->modelOpening;
}

const Progress& EngineHost::modelProgress() const {
    return d->modelProgress;
}

const std::optional<ModelInfo>& EngineHost::model() const {
    return d->model;
}

const std::optional<Error>& EngineHost::modelError() const {
    return d->modelError;
}

}  // namespace tessera::ui
