// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/word_weights.h"

#include <algorithm>
#include <cmath>

#include "bridge/engine_host.h"
#include "bridge/qt_executor.h"

namespace tessera::ui {

WordWeights::WordWeights(DrawDesk& desk, QObject* parent) : QObject(parent), m_desk(desk) {
    connect(&desk, &DrawDesk::pictureChanged, this, &WordWeights::look);
    connect(&desk, &DrawDesk::placeChanged, this, &WordWeights::changed);
    connect(&desk.host(), &EngineHost::modelChanged, this, &WordWeights::changed);
    connect(&desk.host(), &EngineHost::stateChanged, this, &WordWeights::cancel);
    connect(&desk.queue(), &DrawQueue::listChanged, this, [this] {
        std::erase_if(m_known, [this](const auto& each) { return !m_desk.queue().find(DrawingId{each.first.first}); });
        if (m_asked && !m_desk.queue().find(m_asked->drawing)) cancel();
    });
}

WordWeights::~WordWeights() = default;

QString WordWeights::refusal() const {
    const auto drawing = m_desk.drawing();
    if (!drawing) return tr("Nothing is drawn yet");
    if (drawing->state != Drawing::State::Finished) return tr("The picture is not finished");
    const auto& model = m_desk.host().modelOf(drawing->model).info;
    if (!model) return tr("%1 is not open: choose it again first").arg(drawing->modelName);
    if (model->drawing.by != DrawnBy::Tokens || !model->drawing.prompts) return tr("%1 does not draw token after token from words").arg(drawing->modelName);
    return {};
}

void WordWeights::ask() {
    const std::shared_ptr<Engine> engine = m_desk.host().engine();
    if (m_asked || !engine || !refusal().isEmpty()) return;
    const auto drawing = m_desk.drawing();
    const DrawnPicture picture = m_desk.picture();
    m_asked = picture;
    m_fraction = 0;
    m_problem.clear();
    Observer<WordInfluence> observer{.executor = guiExecutor(this)};
    observer.onPartial = [this, picture, ticket = ++m_ticket](WordInfluence influence) {
        if (ticket == m_ticket) take(picture, std::move(influence));
    };
    observer.onProgress = [this, ticket = m_ticket](const Progress& progress) {
        if (ticket != m_ticket) return;
        m_fraction = progress.fraction;
        Q_EMIT changed();
    };
    observer.onDone = [this, picture, ticket = m_ticket](const Result<WordInfluence>& result) {
        if (ticket != m_ticket) return;
        m_asked.reset();
        m_job = {};
        if (result) return take(picture, result.value());
        if (!result.cancelled()) m_problem = QString::fromStdString(toLine(result.error()));
        Q_EMIT changed();
    };
    WordInfluenceRequest request{.model = m_desk.host().modelOf(drawing->model).info->id, .prompt = drawing->settings.prompt.toStdString(), .video = drawing->settings.video, .codes = drawing->drawn.pictures[picture.index].codes};
    m_job = engine->wordInfluence(std::move(request), Priority::Visible, std::move(observer));
    Q_EMIT changed();
}

void WordWeights::cancel() {
    ++m_ticket;
    m_job = {};
    if (std::exchange(m_asked, std::nullopt)) Q_EMIT changed();
}

void WordWeights::take(DrawnPicture picture, WordInfluence influence) {
    m_known[keyOf(picture)] = std::move(influence);
    showHeat();
    Q_EMIT changed();
}

const WordInfluence* WordWeights::known() const {
    const auto found = m_known.find(keyOf(m_desk.picture()));
    return found == m_known.end() ? nullptr : &found->second;
}

std::vector<WordWeights::Share> WordWeights::ranking() const {
    std::vector<Share> shares;
    const WordInfluence* influence = known();
    if (!influence) return shares;
    const int perFrame = influence->rows * influence->columns, tokens = influence->frames * perFrame;
    std::vector<int> region;
    if (const QRect part = m_desk.part(); part.isEmpty()) {
        for (int token = 0; token < tokens; ++token) region.push_back(token);
    } else {
        const int first = std::clamp(m_desk.frameShown(), 0, std::max(0, influence->frames - 1)) * perFrame;
        for (int row = part.top(); row <= std::min(part.bottom(), influence->rows - 1); ++row) {
            for (int column = part.left(); column <= std::min(part.right(), influence->columns - 1); ++column) region.push_back(first + row * influence->columns + column);
        }
    }
    for (int word = 0; word < static_cast<int>(influence->words.size()) && !region.empty(); ++word) {
        double sum = 0;
        for (const int token : region) sum += influence->gain[static_cast<std::size_t>(word) * tokens + token];
        if (!std::isnan(sum)) shares.push_back({word, QString::fromStdString(influence->words[word]), sum / static_cast<double>(region.size())});
    }
    std::ranges::stable_sort(shares, std::greater<>(), &Share::gain);
    return shares;
}

void WordWeights::setWord(int word) {
    const WordInfluence* influence = known();
    if (!influence || word >= static_cast<int>(influence->words.size())) word = -1;
    if (word == m_word) return;
    m_word = word;
    showHeat();
    Q_EMIT changed();
}

/// Another picture has other words.
void WordWeights::look() {
    if (m_desk.picture() != m_looked) {
        m_looked = m_desk.picture();
        m_word = -1;
        m_problem.clear();
        showHeat();
    }
    Q_EMIT changed();
}

void WordWeights::showHeat() {
    const WordInfluence* influence = known();
    std::vector<float> heat;
    if (influence && m_word >= 0) {
        const auto tokens = static_cast<std::ptrdiff_t>(influence->frames) * influence->rows * influence->columns;
        heat.assign(influence->gain.begin() + m_word * tokens, influence->gain.begin() + (m_word + 1) * tokens);
    }
    m_desk.setHeat(std::move(heat));
}

}  // namespace tessera::ui
