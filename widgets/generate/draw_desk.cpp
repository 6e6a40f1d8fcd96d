// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/draw_desk.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "bridge/engine_host.h"
#include "bridge/picture_image.h"
#include "bridge/qt_executor.h"

namespace tessera::ui {
namespace {

constexpr std::size_t kMostDecoded = 256;

const void* samplesOf(const Picture& picture) {
    return std::visit([](const auto& samples) { return static_cast<const void*>(samples.data()); }, picture.image.samples());
}

}  // namespace

std::optional<TraceEntry> traceAt(const Drawing& drawing, int picture, int token, int depth) {
    const Generation& drawn = drawing.drawn;
    if (picture < 0 || picture >= static_cast<int>(drawn.pictures.size()) || token < 0 || depth < 0 || depth >= drawn.depths) return {};
    const GeneratedPicture& each = drawn.pictures[picture];
    const auto at = static_cast<std::size_t>(token) * drawn.depths + depth;
    const GenerationTrace& trace = each.trace;
    if (at >= trace.size() || at >= each.codes.size() || each.codes[at] < 0) return {};
    TraceEntry entry{.code = each.codes[at], .probability = trace.probability[at], .rank = trace.rank[at] + 1, .entropy = trace.entropy[at], .gain = {}, .alternatives = {}};
    if (at < trace.guidanceGain.size()) entry.gain = trace.guidanceGain[at];
    for (std::size_t i = at * GenerationTrace::kAlternatives; i < (at + 1) * GenerationTrace::kAlternatives && i < trace.alternatives.size(); ++i) {
        if (trace.alternatives[i] >= 0) entry.alternatives.push_back({trace.alternatives[i], trace.alternativeProbabilities[i]});
    }
    return entry;
}

double logLikelihoodBefore(const Drawing& drawing, int picture, int token) {
    const auto& probability = drawing.drawn.pictures[picture].trace.probability;
    const std::size_t end = std::min(probability.size(), static_cast<std::size_t>(token) * drawing.drawn.depths);
    double sum = 0;
    for (std::size_t i = 0; i < end; ++i) sum += std::log(std::max(1e-30, double(probability[i])));
    return sum;
}

DrawDesk::DrawDesk(DrawQueue& queue, EngineHost& host, QObject* parent) : QObject(parent), m_queue(queue), m_host(host) {
    connect(&queue, &DrawQueue::listChanged, this, [this] {
        const auto running = m_queue.running();
        const bool gone = !drawing();
        if (running && (m_following || gone) && m_place.drawing != running->id) {
            show({running->id, 0});
        } else if (gone && m_place.drawing != DrawingId{}) {
            const auto& all = m_queue.drawings();
            const auto last = std::ranges::find_if(all.rbegin(), all.rend(), [](const auto& each) { return each->hasTokens(); });
            m_place = {};
            m_following = true;
            if (last != all.rend()) {
                show({(*last)->id, 0});
                m_following = true;
            } else {
                setImage({}, nullptr, 0);
                Q_EMIT pictureChanged();
            }
        }
    });
    connect(&queue, &DrawQueue::changed, this, [this](DrawingId id) {
        if (id != m_place.drawing) return;
        look();
        Q_EMIT pictureChanged();
    });
    connect(&host, &EngineHost::modelChanged, this, [this] {
        if (!m_problem.isEmpty()) look();
    });
    connect(&host, &EngineHost::stateChanged, this, [this] {
        m_job = {};
        m_asked.reset();
        m_next.reset();
        ++m_ticket;
    });
}

DrawDesk::~DrawDesk() = default;

void DrawDesk::show(DrawnPicture picture) {
    const auto wanted = m_queue.find(picture.drawing);
    if (!wanted) return;
    m_following = wanted == m_queue.running() || (m_following && wanted->state == Drawing::State::Waiting);
    if (picture == m_place) return;
    const bool other = picture.drawing != m_place.drawing;
    m_place = picture;
    m_steps.reset();
    m_hovered = -1;
    if (other) {
        m_frame = 0;
        m_part = {};
        // A branch is looked at where it begins.
        m_token = wanted->origin ? wanted->origin->token : -1;
        if (wanted->origin && wanted->origin->kind == DrawingOrigin::Kind::Fork) m_depth = wanted->origin->depth;
    }
    look();
    Q_EMIT pictureChanged();
    Q_EMIT placeChanged();
}

void DrawDesk::follow() {
    m_following = true;
    if (const auto running = m_queue.running()) show({running->id, 0});
}

void DrawDesk::setFrame(int frame) {
    const auto current = drawing();
    frame = current ? std::clamp(frame, 0, std::max(0, current->drawn.frames - 1)) : 0;
    if (frame == m_frame) return;
    m_frame = frame;
    look();
    Q_EMIT placeChanged();
}

void DrawDesk::setToken(int token) {
    const auto current = drawing();
    token = current && token >= 0 && token < current->tokens() ? token : -1;
    if (token == m_token) return;
    m_token = token;
    m_hovered = -1;  // until the pointer moves, the one that was chosen is what matters
    if (current && token >= 0 && current->drawn.rows > 0) setFrame(token / (current->drawn.rows * current->drawn.columns));
    Q_EMIT placeChanged();
}

void DrawDesk::setHovered(int token) {
    if (std::exchange(m_hovered, token) != token) Q_EMIT placeChanged();
}

void DrawDesk::setDepth(int depth) {
    const auto current = drawing();
    depth = std::clamp(depth, 0, std::max(0, current ? current->drawn.depths - 1 : 0));
    if (std::exchange(m_depth, depth) != depth) Q_EMIT placeChanged();
}

void DrawDesk::setPart(QRect part) {
    const auto current = drawing();
    part = current ? part & QRect(0, 0, current->drawn.columns, current->drawn.rows) : QRect();
    if (std::exchange(m_part, part) != part) Q_EMIT placeChanged();
}

void DrawDesk::setSteps(std::optional<int> steps) {
    const auto current = drawing();
    if (!current || !current->hasTokens()) steps.reset();
    const int most = stepCount();
    if (steps) steps = std::clamp(*steps, 0, most);
    if (steps && *steps == most && (!current->isOpen() || current->inSteps())) steps.reset();
    if (steps == m_steps) return;
    m_steps = steps;
    if (steps && current->inSteps()) m_frame = 0;
    else if (steps && current->drawn.rows > 0) m_frame = std::min(current->drawn.frames - 1, std::max(0, *steps - 1) / (current->drawn.rows * current->drawn.columns));
    look();
    Q_EMIT placeChanged();
}

int DrawDesk::tokensShown() const {
    const auto current = drawing();
    return !current ? 0 : m_steps.value_or(stepCount());
}

int DrawDesk::stepCount() const {
    const auto current = drawing();
    if (!current || !current->hasTokens() || m_place.index >= static_cast<int>(current->drawn.pictures.size())) return 0;
    return current->inSteps() ? static_cast<int>(current->drawn.pictures[m_place.index].steps.size()) : current->drawn.drawn;
}

const GenerationStep* DrawDesk::keptStep() const {
    const auto current = drawing();
    if (!current || !current->inSteps() || stepCount() == 0) return nullptr;
    const auto& steps = current->drawn.pictures[m_place.index].steps;
    return &steps[static_cast<std::size_t>(std::clamp(m_steps.value_or(stepCount() - 1), 0, stepCount() - 1))];
}

int DrawDesk::frameShown() const {
    const auto current = drawing();
    if (!current || current->drawn.rows == 0 || m_steps || current->inSteps() || current->state != Drawing::State::Running) return m_frame;
    return std::min(current->drawn.frames - 1, current->drawn.drawn / (current->drawn.rows * current->drawn.columns));
}

bool DrawDesk::isThere(int token) const {
    const auto current = drawing();
    if (!current || !current->hasTokens() || token < 0 || token >= current->tokens()) return false;
    if (current->inSteps()) return true;
    if (m_steps) return token < *m_steps;
    const auto& codes = current->drawn.pictures[m_place.index].codes;
    return codes[(static_cast<std::size_t>(token) + 1) * current->drawn.depths - 1] >= 0;
}

bool DrawDesk::isInImage(int token) const {
    if (!isThere(token) || m_image.isNull()) return false;
    const auto current = drawing();
    if (current->inSteps()) return true;
    // What was kept behind the place that is drawn is in every preview.
    return token < m_imageTokens || (!m_steps && token > current->drawn.drawn);
}

int DrawDesk::underWay() const {
    const auto current = drawing();
    return current && !m_steps && !current->inSteps() && current->state == Drawing::State::Running && current->tokens() > 0 && current->drawn.drawn < current->tokens() ? current->drawn.drawn : -1;
}

void DrawDesk::setImage(QImage image, const void* shown, int tokens) {
    m_image = std::move(image);
    m_shown = shown;
    m_imageTokens = tokens;
    m_imageOf = m_place;
    if (const auto current = drawing(); current && current->drawn.finished && !m_steps && !m_image.isNull()) {
        m_finished = m_image;
        m_finishedOf = m_place;
    }
    Q_EMIT imageChanged();
}

QImage DrawDesk::lastFinished() const {
    const auto current = drawing();
    const bool another = current && !current->drawn.finished && current->id != m_finishedOf.drawing;
    return another && m_queue.find(m_finishedOf.drawing) ? m_finished : QImage();
}

/// Finds the image of what is looked at, or asks for it.
void DrawDesk::look() {
    const auto current = drawing();
    // Another picture's image would be taken for this one's.
    if (m_imageOf != m_place && !m_image.isNull()) setImage({}, nullptr, 0);
    if (!m_problem.isEmpty()) {
        m_problem.clear();
        Q_EMIT imageChanged();
    }
    if (!current || !current->hasTokens() || m_place.index >= static_cast<int>(current->drawn.pictures.size())) return;
    const GeneratedPicture& picture = current->drawn.pictures[m_place.index];
    const Picture* there = nullptr;
    int tokens = current->tokens();
    const bool inSteps = current->inSteps();
    if (inSteps && m_steps) {
        // Its picture is decoded a little after the step.
        if (const GenerationStep* step = keptStep(); step && !step->expected.image.empty()) there = &step->expected;
        else return;
    } else if (!m_steps && current->drawn.finished) {
        if (m_frame < static_cast<int>(picture.frames.size())) there = &picture.frames[m_frame];
    } else if (!m_steps && m_place.index < static_cast<int>(current->last.size()) && !current->last[m_place.index].image.empty()) {
        // Of one that stands still all tokens can be seen; where that failed, what there is.
        const bool still = current->state == Drawing::State::Paused || current->state == Drawing::State::Cancelled;
        tokens = current->lastTokens;
        if (!still || inSteps || tokens == current->drawn.drawn) there = &current->last[m_place.index];
    }
    if (there) {
        m_next.reset();
        const void* samples = samplesOf(*there);
        if (samples == m_shown && m_imageOf == m_place) return;
        m_held = *there;
        return setImage(imageOf(*there), samples, tokens);
    }
    if (!m_steps && current->state == Drawing::State::Running) return;  // the first preview is on its way
    // Of a flow there are no codes to be decoded, and of masks none before the last step.
    if (inSteps && (!current->drawn.finished || picture.codes.empty())) return;
    const Wish wish{m_place, m_frame, std::min(m_steps.value_or(current->drawn.drawn), current->tokens())};
    if (const auto known = m_decoded.find(wish.key()); known != m_decoded.end()) {
        m_next.reset();
        return setImage(known->second, nullptr, wish.tokens);
    }
    ask(wish);
}

void DrawDesk::ask(const Wish& wish) {
    if (m_asked && m_asked->key() == wish.key()) {
        m_next.reset();
        return;
    }
    if (m_asked) {
        m_next = wish;
        return;
    }
    const auto current = m_queue.find(wish.picture.drawing);
    const auto& model = current ? m_host.modelOf(current->model).info : std::optional<ModelInfo>();
    const std::shared_ptr<Engine> engine = m_host.engine();
    if (!current || !engine) return;
    if (!model) {
        m_problem = tr("%1 is not open: choose it again to see this").arg(current->modelName);
        return Q_EMIT imageChanged();
    }
    m_asked = wish;
    Observer<std::vector<Picture>> observer{.executor = guiExecutor(this)};
    observer.onDone = [this, wish, ticket = ++m_ticket](const Result<std::vector<Picture>>& result) {
        if (ticket == m_ticket) take(wish, result);
    };
    m_job = engine->decode(model->id, frameAfter(current->drawn, wish.picture.index, wish.frame, wish.tokens), std::move(observer));
}

void DrawDesk::take(const Wish& wish, const Result<std::vector<Picture>>& result) {
    m_asked.reset();
    m_job = {};
    const bool here = wish.picture == m_place;
    if (result && !result.value().empty()) {
        const QImage image = imageOf(result.value().front());
        if (m_decoded.size() >= kMostDecoded) m_decoded.clear();
        // What grows is another picture at the next token.
        if (const auto current = m_queue.find(wish.picture.drawing); current && !current->isOpen()) m_decoded[wish.key()] = image;
        // An older place of the same picture is nearer to what is wanted than what was there before.
        if (here) setImage(image, nullptr, wish.tokens);
        if (const auto current = m_queue.find(wish.picture.drawing); current && wish.tokens == current->tokens()) m_queue.keepFrame(wish.picture, wish.frame, result.value().front());
    } else if (!result && !result.cancelled() && here) {
        m_problem = QString::fromStdString(toLine(result.error()));
        Q_EMIT imageChanged();
    }
    if (const auto next = std::exchange(m_next, {})) ask(*next);
}

void DrawDesk::setHeat(std::vector<float> heat) {
    m_heat = std::move(heat);
    Q_EMIT imageChanged();
}

Legend DrawDesk::heatLegend() const {
    float reach = 0.001F;
    for (const float each : m_heat) reach = std::isnan(each) ? reach : std::max(reach, std::abs(each));
    return {.low = -reach, .high = reach, .map = ColourMap::RedWhiteBlue, .unit = Unit::None, .label = {}};
}

QString DrawDesk::forkRefusal() const {
    const auto current = drawing();
    if (!current || !current->hasTokens()) return tr("Nothing is drawn yet");
    if (current->inSteps()) return tr("This model draws all tokens together: choose a rectangle and draw it anew instead");
    if (const QString other = m_queue.otherWeights(*current); !other.isEmpty()) return other;
    if (m_token < 0) return tr("Click a token of the picture first");
    if (!traceAt(*current, m_place.index, m_token, m_depth)) return m_token >= current->drawn.drawn ? tr("This token is not drawn yet") : tr("What the model thought of this token is not known");
    return {};
}

DrawingId DrawDesk::fork(std::int32_t code) {
    const auto current = drawing();
    if (!forkRefusal().isEmpty() || code < 0) return {};
    DrawingOrigin origin{.kind = DrawingOrigin::Kind::Fork, .from = m_place, .token = m_token, .depth = m_depth, .before = traceAt(*current, m_place.index, m_token, m_depth)->code, .after = code, .part = {}};
    DrawingSettings settings = current->settings;
    settings.seed = current->drawn.pictures[m_place.index].seed;
    settings.count = 1;
    m_following = true;
    return m_queue.add(std::move(settings), current->model, givenOfFork(current->drawn, m_place.index, m_token, m_depth, code), origin);
}

QString DrawDesk::redrawRefusal() const {
    const auto current = drawing();
    if (!current || !current->hasTokens()) return tr("Nothing is drawn yet");
    if (current->isOpen()) return tr("The picture is still being drawn");
    if (current->inSteps() && !current->drawn.finished) return tr("The picture is not finished");
    if (const QString other = m_queue.otherWeights(*current); !current->inSteps() && !other.isEmpty()) return other;
    if (current->drawn.by == DrawnBy::Flow && !current->info.startsFromPictures) return tr("This model does not set out from pictures, so it cannot keep what lies around a rectangle");
    if (current->drawn.by == DrawnBy::Flow && current->drawn.pictures[m_place.index].frames.empty()) return tr("The picture itself is not kept: queue it again first");
    if (m_part.isEmpty()) return tr("Drag over the picture to choose a rectangle first");
    return {};
}

DrawingId DrawDesk::redraw() {
    const auto current = drawing();
    if (!redrawRefusal().isEmpty()) return {};
    const DrawingOrigin origin{.kind = DrawingOrigin::Kind::Redraw, .from = m_place, .token = m_part.top() * current->drawn.columns + m_part.left(), .part = m_part};
    DrawingSettings settings = current->settings;
    // The same seed would draw the same codes again.
    settings.seed = current->drawn.pictures[m_place.index].seed + 1;
    settings.count = 1;
    m_following = true;
    if (current->drawn.by == DrawnBy::Flow) {
        const Picture& whole = current->drawn.pictures[m_place.index].frames.front();
        // The rectangle comes out of the noise alone unless the picture had a start of its own.
        settings.start = std::make_shared<const SourceRequest>(SourceRequest{.path = {}, .bytes = {}, .pixels = whole.image.toU8Rgb(), .name = "the picture so far"});
        settings.drawnAnew = marksOf(current->drawn, m_part);
        return m_queue.add(std::move(settings), current->model, {}, origin);
    }
    return m_queue.add(std::move(settings), current->model, givenOfRedraw(current->drawn, m_place.index, m_part), origin);
}

}  // namespace tessera::ui
