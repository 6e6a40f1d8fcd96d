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
    struct Entry;
    void openModels();
    void openModel(Entry& entry);
    void modelAnswered(const ModelChoice& choice, std::uint64_t round, const Result<ModelInfo>& result);
    void closeOthers();
    Entry* find(const ModelChoice& choice);

    EngineHost& q;
    const Executor executor;
    State state = State::Closed;
    std::optional<Error> error;
    EngineOptions options;
    Opened current;
    std::uint64_t engineRound = 0;  ///< of the newest open or adopt: answers to older ones do not count

    struct Entry {
        ModelChoice choice;
        ModelStatus status;
        bool asked = false;
        std::uint64_t round = 0;  ///< of the newest opening: answers to older ones do not count
        Subscription job;
    };
    std::vector<Entry> entries;         ///< one for each choice
    std::vector<ModelChoice> choices;
    std::vector<ModelChoice> shown, kept;  ///< what the choices are made of: those that boards show, and others
    std::optional<Entry> trial;         ///< of none of the choices
    std::optional<ModelChoice> tried;   ///< its choice while it is opening
    ModelChoice lead;
    std::vector<ModelId> openIds;       ///< on the engine
    std::uint64_t lastRound = 0;

    std::vector<std::future<void>> background;  ///< last: waits for its threads, which use nothing of the above
};

// Detached threads would still be in the loader while the program ends, so whoever destroys a host that opens an engine waits for it.
void EngineHost::Private::inBackground(std::function<void()> work) {
    std::erase_if(background, [](const std::future<void>& each) { return each.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    background.push_back(std::async(std::launch::async, std::move(work)));
}

std::shared_ptr<Engine> EngineHost::Private::releaseEngine() {
    ++engineRound;
    for (Entry& entry : entries) entry = {.choice = entry.choice};
    trial.reset();
    tried.reset();
    openIds.clear();
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
    if (state == State::Ready) openModels();
}

void EngineHost::Private::opened(std::uint64_t round, const Result<Opened>& result) {
    if (round != engineRound) return;
    if (result) return takeEngine(result.value());
    state = State::Failed;
    error = result.error();
    Q_EMIT q.stateChanged();
}

EngineHost::Private::Entry* EngineHost::Private::find(const ModelChoice& choice) {
    const auto it = std::ranges::find(entries, choice, &Entry::choice);
    if (it != entries.end()) return &*it;
    return trial && trial->choice == choice ? &*trial : nullptr;
}

/// Those that were not asked for yet.
void EngineHost::Private::openModels() {
    for (Entry& entry : entries) {
        if (!entry.asked) openModel(entry);
    }
    closeOthers();
    Q_EMIT q.modelChanged();
}

void EngineHost::Private::openModel(Entry& entry) {
    entry.status = {};
    entry.job = {};
    entry.round = ++lastRound;
    entry.asked = entry.status.opening = current.engine != nullptr;
    if (!current.engine) return;
    Observer<ModelInfo> observer;
    observer.executor = executor;
    observer.onDone = [this, choice = entry.choice, round = entry.round, engine = engineRound](const Result<ModelInfo>& result) {
        if (engine == engineRound) modelAnswered(choice, round, result);
    };
    observer.onProgress = [this, choice = entry.choice, round = entry.round](const Progress& progress) {
        Entry* known = find(choice);
        if (!known || known->round != round) return;
        known->status.progress = progress;
        Q_EMIT q.modelChanged();
    };
    entry.job = current.engine->openModel({entry.choice.reference, entry.choice.precision, entry.choice.int8Weights}, std::move(observer));
}

void EngineHost::Private::modelAnswered(const ModelChoice& choice, std::uint64_t round, const Result<ModelInfo>& result) {
    if (result && std::ranges::find(openIds, result.value().id) == openIds.end()) openIds.push_back(result.value().id);
    Entry* entry = find(choice);
    const bool newest = entry && entry->round == round;
    if (newest) {
        entry->job = {};
        entry->status = {};
        if (result) {
            entry->status.info = result.value();
        } else {
            entry->status.error = result.error();
        }
    }
    const bool ofTrial = newest && tried == choice;
    if (ofTrial) tried.reset();
    if (ofTrial && !result) trial.reset();
    closeOthers();
    if (newest) Q_EMIT q.modelChanged();
    if (!ofTrial) return;
    Q_EMIT q.modelTried(choice, result ? std::nullopt : std::optional(result.error()));
    // A listener may have begun another.
    if (!tried) q.endTrial();
}

void EngineHost::Private::closeOthers() {
    // While a choice is being opened, the engine may be about to give one of these again. After a failure the last model stays for a retry.
    for (const Entry& entry : entries) {
        if (entry.status.opening) return;
    }
    if (tried) return;
    const auto used = [this](ModelId id) {
        const auto has = [id](const Entry& entry) { return entry.status.info && entry.status.info->id == id; };
        return std::ranges::any_of(entries, has) || (trial && has(*trial));
    };
    if (std::ranges::none_of(openIds, used)) return;
    for (const ModelId id : openIds) {
        if (!used(id)) current.engine->closeModel(id);
    }
    std::erase_if(openIds, [&](ModelId id) { return !used(id); });
}

EngineHost::EngineHost(QObject* parent) : QObject(parent), d(std::make_unique<Private>(*this)) {}

EngineHost::~EngineHost() = default;

void EngineHost::open(EngineOptions options) {
    const bool hadModel = std::ranges::any_of(d->entries, &Private::Entry::asked);
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

void EngineHost::chooseModels(std::vector<ModelChoice> models, ModelChoice lead) {
    std::erase_if(models, [](const ModelChoice& each) { return each.reference.empty(); });
    d->shown = models;
    for (const ModelChoice& each : d->kept) {
        if (std::ranges::find(models, each) == models.end()) models.push_back(each);
    }
    const bool leadAgain = !lead.reference.empty() && lead == d->lead;
    if (Private::Entry* failed = d->find(lead); leadAgain && failed && failed->status.error && models == d->choices) return retryModel(lead);
    if (models == d->choices && lead == d->lead) return;
    const bool taken = d->trial && std::ranges::find(models, d->trial->choice) != models.end();
    std::vector<Private::Entry> entries;
    for (const ModelChoice& model : models) {
        Private::Entry* known = d->find(model);
        entries.push_back(known ? std::move(*known) : Private::Entry{.choice = model});
    }
    if (taken) d->trial.reset(), d->tried.reset();
    d->entries = std::move(entries);
    d->choices = std::move(models);
    d->lead = std::move(lead);
    if (d->current.engine) {
        d->openModels();
    } else {
        Q_EMIT modelChanged();
    }
}

void EngineHost::chooseModel(ModelChoice model) {
    chooseModels({model}, model);
}

void EngineHost::keepOpen(std::vector<ModelChoice> models) {
    if (models == d->kept) return;
    d->kept = std::move(models);
    std::vector<ModelChoice> all = d->shown;
    for (const ModelChoice& each : d->kept) {
        if (std::ranges::find(all, each) == all.end()) all.push_back(each);
    }
    if (all != d->choices) chooseModels(d->shown, d->lead);
}

void EngineHost::tryModel(const ModelChoice& model) {
    endTrial();
    if (!d->current.engine || d->find(model)) return;
    d->tried = model;
    d->openModel(d->trial.emplace(Private::Entry{.choice = model}));
    Q_EMIT modelChanged();
}

void EngineHost::endTrial() {
    if (!d->trial) return;
    d->trial.reset();
    d->tried.reset();
    if (d->current.engine) d->closeOthers();
    Q_EMIT modelChanged();
}

const std::optional<ModelChoice>& EngineHost::trial() const {
    return d->tried;
}

void EngineHost::retryModel(const ModelChoice& model) {
    Private::Entry* entry = d->find(model);
    if (!entry || entry->status.opening || entry->status.info || !d->current.engine) return;
    d->openModel(*entry);
    Q_EMIT modelChanged();
}

const std::vector<ModelChoice>& EngineHost::choices() const {
    return d->choices;
}

const ModelStatus& EngineHost::modelOf(const ModelChoice& choice) const {
    static const ModelStatus none;
    const Private::Entry* entry = d->find(choice);
    return entry ? entry->status : none;
}

bool EngineHost::anyModelOpening() const {
    return std::ranges::any_of(d->entries, [](const Private::Entry& entry) { return entry.status.opening; });
}

const ModelChoice& EngineHost::choice() const {
    return d->lead;
}

const LensInfo* lensInfo(const EngineHost& host, const std::string& lens) {
    const auto it = std::ranges::find(host.lenses(), lens, &LensInfo::name);
    return it == host.lenses().end() ? nullptr : &*it;
}

}  // namespace tessera::ui
