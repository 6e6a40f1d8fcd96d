// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/draw_queue.h"

#include <algorithm>

#include <QUuid>

#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"

namespace tessera::ui {
namespace {

constexpr int kTellMilliseconds = 33;

}  // namespace

DrawQueue::DrawQueue(EngineHost& host, QObject* parent) : QObject(parent), m_host(host) {
    m_teller.setSingleShot(true);
    m_teller.setInterval(kTellMilliseconds);
    connect(&m_teller, &QTimer::timeout, this, [this] {
        for (const DrawingId id : std::exchange(m_untold, {})) Q_EMIT changed(id);
    });
    connect(&host, &EngineHost::modelChanged, this, &DrawQueue::schedule);
    connect(&host, &EngineHost::stateChanged, this, [this] {
        // The engine that it ran on goes; what is there stays.
        if (m_running && m_host.engine().get() != m_engine) {
            stopRunning(State::Waiting);
            Q_EMIT listChanged();
        }
        schedule();
    });
}

DrawQueue::~DrawQueue() = default;

std::shared_ptr<Drawing> DrawQueue::get(DrawingId id) const {
    const auto it = std::ranges::find(m_drawings, id, [](const auto& each) { return each->id; });
    return it == m_drawings.end() ? nullptr : *it;
}

std::shared_ptr<const Drawing> DrawQueue::find(DrawingId id) const {
    return get(id);
}

std::shared_ptr<const Drawing> DrawQueue::running() const {
    return m_running;
}

int DrawQueue::waiting() const {
    return static_cast<int>(std::ranges::count_if(m_drawings, [](const auto& each) { return each->state == State::Waiting || each->state == State::Paused; }));
}

const ModelInfo* DrawQueue::drawer(const ModelChoice& model) const {
    const auto& info = m_host.modelOf(model).info;
    return info && std::ranges::find(info->capabilities, "generate") != info->capabilities.end() ? &*info : nullptr;
}

DrawingId DrawQueue::add(DrawingSettings settings, ModelChoice model, std::vector<std::int32_t> given, std::optional<DrawingOrigin> origin) {
    auto drawing = std::make_shared<Drawing>();
    drawing->id = DrawingId{++m_lastId};
    drawing->settings = std::move(settings);
    drawing->model = std::move(model);
    drawing->given = std::move(given);
    drawing->key = QUuid::createUuid().toString(QUuid::WithoutBraces);
    if (origin) {
        if (const auto parent = get(origin->from.drawing)) {
            drawing->parentKey = historyKey(*parent, origin->from.index);
            drawing->fingerprint = parent->fingerprint;
        }
    }
    drawing->origin = std::move(origin);
    if (const ModelInfo* info = drawer(drawing->model)) {
        drawing->modelName = QString::fromStdString(info->name);
        if (drawing->fingerprint.isEmpty()) drawing->fingerprint = QString::fromStdString(info->fingerprint);
        drawing->info = info->drawing;
    }
    m_drawings.push_back(drawing);
    keepModels();
    Q_EMIT listChanged();
    schedule();
    return drawing->id;
}

DrawingId DrawQueue::addSeries(std::vector<std::pair<QString, DrawingSettings>> settings, const ModelChoice& model) {
    const quint64 number = ++m_lastSeries;
    DrawingId first{};
    for (auto& [caption, each] : settings) {
        const DrawingId id = add(std::move(each), model);
        if (first == DrawingId{}) first = id;
        get(id)->series = number;
        get(id)->caption = std::move(caption);
    }
    Q_EMIT listChanged();
    return first;
}

DrawQueue::Drawings DrawQueue::series(quint64 number) const {
    Drawings found;
    for (const auto& each : m_drawings) {
        if (number > 0 && each->series == number) found.push_back(each);
    }
    std::ranges::sort(found, {}, [](const auto& each) { return each->id; });
    return found;
}

DrawingId DrawQueue::addDrawn(Drawing drawing) {
    drawing.id = DrawingId{++m_lastId};
    if (drawing.key.isEmpty()) drawing.key = QUuid::createUuid().toString(QUuid::WithoutBraces);
    drawing.state = drawing.drawn.finished ? State::Finished : State::Cancelled;
    m_drawings.push_back(std::make_shared<Drawing>(std::move(drawing)));
    Q_EMIT listChanged();
    return m_drawings.back()->id;
}

void DrawQueue::keepFrame(DrawnPicture picture, int frame, Picture decoded) {
    const auto drawing = get(picture.drawing);
    if (!drawing || !drawing->drawn.finished || drawing->drawn.frames != 1 || frame != 0) return;
    std::vector<Picture>& frames = drawing->drawn.pictures[picture.index].frames;
    if (!frames.empty()) return;
    frames.push_back(decoded);
    drawing->last.resize(drawing->drawn.pictures.size());
    drawing->last[picture.index] = std::move(decoded);
    drawing->lastTokens = drawing->tokens();
    tell(picture.drawing);
}

void DrawQueue::keepTrace(DrawnPicture picture, GenerationTrace trace) {
    const auto drawing = get(picture.drawing);
    if (!drawing || picture.index >= static_cast<int>(drawing->drawn.pictures.size())) return;
    GeneratedPicture& drawn = drawing->drawn.pictures[picture.index];
    if (drawn.trace.size() > 0 || trace.size() > drawn.codes.size()) return;
    drawn.trace = std::move(trace);
    tell(picture.drawing);
}

QString DrawQueue::otherWeights(const Drawing& drawing) const {
    const ModelInfo* model = drawer(drawing.model);
    if (!model || drawing.fingerprint.isEmpty() || drawing.fingerprint == QString::fromStdString(model->fingerprint)) return {};
    return tr("%1 has other weights than when this was drawn: its tokens can be looked at, but not gone on from").arg(QString::fromStdString(model->name));
}

QString DrawQueue::wordsOf(const Drawing& drawing) const {
    const ModelInfo* model = drawer(drawing.model);
    const DrawingInfo& info = model ? model->drawing : drawing.info;
    bool isNumber = false;
    const int number = drawing.settings.prompt.toInt(&isNumber);
    if (info.prompts || !isNumber) return drawing.settings.prompt.trimmed();
    return number >= 0 && number < static_cast<int>(info.classes.size()) ? QString::fromStdString(info.classes[static_cast<std::size_t>(number)]) : QString();
}

void DrawQueue::cancel(DrawingId id) {
    const auto drawing = get(id);
    if (!drawing) return;
    if (drawing == m_running) {
        stopRunning(State::Cancelled);
        keepModels();
        Q_EMIT changed(id);
        Q_EMIT listChanged();
        return schedule();
    }
    if (!drawing->isOpen()) return;
    // One of which nothing is there has nothing to be kept for.
    if (!drawing->hasTokens()) return remove(id);
    drawing->state = State::Cancelled;
    keepModels();
    Q_EMIT changed(id);
    Q_EMIT listChanged();
}

void DrawQueue::cancelAll() {
    const Drawings all = m_drawings;
    for (const auto& each : all) {
        if (each->isOpen() && each != m_running) cancel(each->id);
    }
    if (m_running) cancel(m_running->id);
}

void DrawQueue::remove(DrawingId id) {
    const auto drawing = get(id);
    if (!drawing) return;
    if (drawing == m_running) stopRunning(State::Cancelled);
    std::erase(m_drawings, drawing);
    keepModels();
    Q_EMIT listChanged();
    schedule();
}

void DrawQueue::retry(DrawingId id) {
    const auto drawing = get(id);
    if (!drawing || drawing->isOpen() || drawing->state == State::Finished) return;
    drawing->state = State::Waiting;
    drawing->problem.clear();
    keepModels();
    const ModelStatus& status = m_host.modelOf(drawing->model);
    if (status.error) m_host.retryModel(drawing->model);
    Q_EMIT changed(id);
    Q_EMIT listChanged();
    schedule();
}

void DrawQueue::move(DrawingId id, int by) {
    const auto it = std::ranges::find(m_drawings, id, [](const auto& each) { return each->id; });
    if (it == m_drawings.end()) return;
    const auto from = it - m_drawings.begin(), to = std::clamp<std::ptrdiff_t>(from + by, 0, static_cast<std::ptrdiff_t>(m_drawings.size()) - 1);
    if (to == from) return;
    const auto drawing = *it;
    m_drawings.erase(it);
    m_drawings.insert(m_drawings.begin() + to, drawing);
    Q_EMIT listChanged();
}

void DrawQueue::setPaused(bool paused) {
    if (paused == m_paused) return;
    m_paused = paused;
    for (const auto& each : m_drawings) {
        if (!paused && each->state == State::Paused) each->state = State::Waiting;
    }
    if (paused && m_running) {
        const DrawingId id = m_running->id;
        stopRunning(State::Paused);
        Q_EMIT changed(id);
    }
    Q_EMIT listChanged();
    schedule();
}

/// The job is let go: what it says from now on counts no more.
void DrawQueue::stopRunning(State state) {
    ++m_ticket;
    m_running->state = state;
    m_running.reset();
    m_job = {};
    forgetStart();
}

void DrawQueue::forgetStart() {
    if (const auto engine = m_startEngine.lock(); engine && m_start != SourceId{}) engine->removeSource(m_start);
    m_start = {};
    m_startEngine.reset();
}

/// Models of what waits stay open, whatever the boards show.
void DrawQueue::keepModels() {
    std::vector<ModelChoice> models;
    for (const auto& each : m_drawings) {
        if (each->isOpen() && std::ranges::find(models, each->model) == models.end()) models.push_back(each->model);
    }
    m_host.keepOpen(std::move(models));
}

void DrawQueue::schedule() {
    if (std::exchange(m_scheduled, true)) return;
    const auto go = [this] {
        m_scheduled = false;
        startNext();
    };
    QMetaObject::invokeMethod(this, go, Qt::QueuedConnection);
}

void DrawQueue::startNext() {
    if (m_running || m_paused || !m_host.engine()) return;
    for (std::size_t i = 0; i < m_drawings.size(); ++i) {
        const std::shared_ptr<Drawing> drawing = m_drawings[i];
        if (drawing->state != State::Waiting) continue;
        const ModelStatus& status = m_host.modelOf(drawing->model);
        if (const ModelInfo* model = drawer(drawing->model)) {
            const bool goesOn = !drawing->inSteps() && (drawing->hasTokens() || !drawing->given.empty());
            if (const QString other = otherWeights(*drawing); goesOn && !other.isEmpty()) return refuse(*drawing, other);
            if (drawing->hasTokens() && !drawing->inSteps() && drawing->drawn.pictures.size() > 1) split(i);
            start(*m_drawings[i], *model);
            return;
        }
        // One whose model is being opened is not overtaken.
        if (status.opening) return;
        if (!status.info && !status.error) continue;
        return refuse(*drawing, status.error ? tr("The model was not opened: %1").arg(QString::fromStdString(toLine(*status.error))) : tr("%1 draws no pictures").arg(QString::fromStdString(status.info->name)));
    }
}

/// It fails before it begins; what comes after it does not.
void DrawQueue::refuse(Drawing& drawing, const QString& why) {
    drawing.state = State::Failed;
    drawing.problem = why;
    Q_EMIT changed(drawing.id);
    Q_EMIT failed(drawing.id);
    Q_EMIT listChanged();
    keepModels();
    schedule();
}

/// Pictures that were drawn together have codes of their own by now: each goes on by itself.
void DrawQueue::split(std::size_t index) {
    const std::shared_ptr<Drawing> whole = m_drawings[index];
    const std::vector<GeneratedPicture> pictures = whole->drawn.pictures;
    for (std::size_t i = pictures.size(); i-- > 0;) {
        auto one = i == 0 ? whole : std::make_shared<Drawing>(*whole);
        if (i > 0) one->id = DrawingId{++m_lastId};
        one->settings.seed = pictures[i].seed;
        one->settings.count = 1;
        one->keyIndex = whole->keyIndex + static_cast<int>(i);
        one->given = pictures[i].codes;
        one->drawn.pictures = {pictures[i]};
        one->last = i < whole->last.size() ? std::vector<Picture>{whole->last[i]} : std::vector<Picture>();
        if (i > 0) m_drawings.insert(m_drawings.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(one));
    }
    Q_EMIT listChanged();
}

void DrawQueue::start(Drawing& drawing, const ModelInfo& model) {
    drawing.info = model.drawing;
    drawing.settings = followed(std::move(drawing.settings), model);
    GenerateRequest request = requestOf(drawing.settings, model.id);
    request.previewSeconds = kPreviewSeconds;
    // What is drawn in steps has nothing that stays before the last one.
    if (drawing.hasTokens() && !drawing.inSteps()) drawing.given = drawing.drawn.pictures.front().codes;
    request.given = drawing.given;
    if (drawing.settings.start) {
        m_startEngine = m_host.engine();
        m_start = m_host.engine()->addSource(*drawing.settings.start);
        request.start = m_start;
    }
    drawing.state = State::Running;
    drawing.problem.clear();
    drawing.modelName = QString::fromStdString(model.name);
    drawing.fingerprint = QString::fromStdString(model.fingerprint);
    m_running = get(drawing.id);
    Observer<Generation> observer{.executor = guiExecutor(this)};
    observer.onPartial = [this, ticket = ++m_ticket](Generation drawn) {
        if (ticket == m_ticket) take(*m_running, std::move(drawn));
    };
    observer.onProgress = [this, ticket = m_ticket](const Progress& progress) {
        if (ticket == m_ticket) m_running->fraction = progress.fraction;
    };
    observer.onDone = [this, ticket = m_ticket](const Result<Generation>& result) {
        if (ticket == m_ticket) end(*m_running, result);
    };
    Q_EMIT changed(drawing.id);
    Q_EMIT listChanged();
    m_engine = m_host.engine().get();
    m_job = m_host.engine()->generate(std::move(request), Priority::Visible, std::move(observer));
}

void DrawQueue::take(Drawing& drawing, Generation drawn) {
    drawing.last.resize(drawn.pictures.size());
    for (std::size_t i = 0; i < drawn.pictures.size(); ++i) {
        if (drawn.pictures[i].frames.empty()) continue;
        drawing.last[i] = drawn.pictures[i].frames.back();
        drawing.lastTokens = drawn.drawn;
    }
    drawing.drawn = std::move(drawn);
    tell(drawing.id);
}

void DrawQueue::end(Drawing& drawing, const Result<Generation>& result) {
    const std::shared_ptr<Drawing> held = m_running;
    ++m_ticket;
    m_running.reset();
    m_job = {};
    forgetStart();
    if (result) {
        take(drawing, result.value());
        drawing.state = State::Finished;
        drawing.fraction = 1;
    } else if (result.cancelled()) {
        drawing.state = State::Cancelled;
    } else {
        drawing.state = State::Failed;
        drawing.problem = QString::fromStdString(toLine(result.error()));
    }
    keepModels();
    Q_EMIT changed(drawing.id);
    Q_EMIT listChanged();
    if (result) Q_EMIT finished(drawing.id);
    else if (drawing.state == State::Failed) Q_EMIT failed(drawing.id);
    schedule();
}

void DrawQueue::tell(DrawingId id) {
    if (std::ranges::find(m_untold, id) == m_untold.end()) m_untold.push_back(id);
    if (!m_teller.isActive()) m_teller.start();
}

}  // namespace tessera::ui
