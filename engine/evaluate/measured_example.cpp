// SPDX-License-Identifier: Apache-2.0
#include "evaluate/measured_example.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <utility>

#include "checkpoint/whole_numbers.h"
#include "core/error.h"
#include "image/metrics.h"

namespace tessera::evaluation {
namespace {

constexpr std::size_t kMostPrompts = 256;  ///< that the lens zero_shot takes at once

template <typename T>
const T& valueOf(const std::shared_ptr<std::optional<Result<T>>>& answer) {
    return (*answer)->value();
}

/// Those with a value, under the column's name.
void addMeasure(EvaluationRow& row, const Picture& picture, const char* measure, std::string column) {
    const Measure* found = picture.measure(measure);
    if (!found) return;
    row.measures.push_back(*found);
    row.measures.back().name = std::move(column);
}

}  // namespace

bool can(const ModelInfo& model, std::string_view capability) {
    return std::ranges::find(model.capabilities, capability) != model.capabilities.end();
}

std::string depthColumn(const char* measure, int depth) {
    return std::string(measure) + "_depth_" + std::to_string(depth);
}

std::string strengthColumn(const char* measure, double strength) {
    char text[64];
    std::snprintf(text, sizeof text, "%s_strength_%g", measure, strength);
    return text;
}

Questions questionsFor(const ModelInfo& model, const EvaluationRequest& request, const std::vector<std::string>& names, std::vector<std::string>& notes) {
    Questions questions{.model = model, .tasks = request.tasks, .preprocessing = request.preprocessing, .strengths = request.strengths, .seed = request.seed, .names = names, .promptTemplate = request.promptTemplate};
    EvaluationTasks& tasks = questions.tasks;
    const bool encodes = can(model, "encode"), decodes = encodes && can(model, "decode"), quantizes = encodes && can(model, "quantize");
    if (!decodes && (tasks.reconstruction || tasks.depths || !questions.strengths.empty())) notes.push_back(std::string(encodes ? "no decoder" : "no encoder") + ": nothing is reconstructed");
    tasks.reconstruction = tasks.reconstruction && decodes;
    tasks.depths = tasks.depths && decodes && quantizes;
    tasks.codes = tasks.codes && quantizes;
    tasks.latents = tasks.latents && encodes && model.latentChannels > 0;
    if (!decodes) questions.strengths.clear();
    const bool text = can(model, "text");
    if (!text && tasks.zeroShot && !request.labels.empty()) notes.emplace_back("no text tower: no name is looked for");
    if (!text || names.empty()) {
        tasks.zeroShot = false;
        questions.names.clear();
    }
    tasks.collages = tasks.collages && encodes && !model.denseMethods.empty();
    return questions;
}

void Countdown::expect() {
    const std::lock_guard lock(m_mutex);
    ++m_open;
}

void Countdown::arrive() {
    {
        const std::lock_guard lock(m_mutex);
        --m_open;
    }
    m_none.notify_all();
}

bool Countdown::done() const {
    const std::lock_guard lock(m_mutex);
    return m_open == 0;
}

bool Countdown::waitFor(std::chrono::milliseconds time) {
    std::unique_lock lock(m_mutex);
    return m_none.wait_for(lock, time, [&] { return m_open == 0; });
}

Asked<Picture> askFor(Engine& engine, Query query, std::shared_ptr<Countdown> open, bool keepsPixels) {
    Asked<Picture> asked{.answer = std::make_shared<std::optional<Result<Picture>>>(), .subscription = {}};
    open->expect();
    Observer<Picture> observer;
    observer.onDone = [answer = asked.answer, open = std::move(open), keepsPixels](Result<Picture> result) {
        if (result && !keepsPixels) result.value().image = {};
        answer->emplace(std::move(result));
        open->arrive();
    };
    asked.subscription = engine.request(std::move(query), Priority::Batch, std::move(observer));
    return asked;
}

MeasuredExample::MeasuredExample(Engine& engine, SourceId source, const Questions& questions, std::optional<std::size_t> name, std::shared_ptr<Countdown> open)
    : m_engine(engine), m_cell{.source = source, .model = questions.model.id}, m_questions(questions), m_name(name), m_open(std::move(open)) {
    const EvaluationTasks& tasks = questions.tasks;
    const int depths = questions.model.codes.depths();
    m_input = ask("input", {}, true);
    if (tasks.reconstruction) {
        m_reconstruction = ask("reconstruction", {}, true);
        // The decoder runs once for both: all depths are the reconstruction.
        if (depths > 0) m_allDepths = ask("depth", {{"depth", std::int64_t(depths)}});
    }
    if (tasks.depths) {
        for (int depth = 1; depth <= depths; ++depth) m_parts.push_back({depthColumn("", depth), ask("depth", {{"depth", std::int64_t(depth)}})});
    }
    for (const double strength : questions.strengths) {
        m_parts.push_back({strengthColumn("", strength), ask("perturbed", {{"strength", strength}, {"seed", questions.seed}})});
    }
    if (tasks.latents) m_channels = ask("channel_statistics", {});
    if (tasks.latents || tasks.codes) m_tensors = askForTensors();
    if (tasks.zeroShot && m_name) askForNames();
}

Asked<Picture> MeasuredExample::ask(const std::string& lens, ParameterSet more, bool keepsPixels) {
    Query query{.lens = lens, .cell = m_cell, .parameters = m_questions.preprocessing};
    query.parameters.merge(more);
    return askFor(m_engine, std::move(query), m_open, keepsPixels);
}

Asked<TensorMap> MeasuredExample::askForTensors() {
    Asked<TensorMap> asked{.answer = std::make_shared<std::optional<Result<TensorMap>>>(), .subscription = {}};
    m_open->expect();
    Observer<TensorMap> observer;
    observer.onDone = [answer = asked.answer, open = m_open](Result<TensorMap> result) {
        answer->emplace(std::move(result));
        open->arrive();
    };
    asked.subscription = m_engine.encode(m_cell, m_questions.preprocessing, std::move(observer));
    return asked;
}

void MeasuredExample::askForNames() {
    const std::vector<std::string>& names = m_questions.names;
    for (std::size_t begin = 0; begin < names.size(); begin += kMostPrompts) {
        std::string prompts;
        for (std::size_t i = begin; i < std::min(begin + kMostPrompts, names.size()); ++i) prompts += names[i] + '\n';
        m_namesAsked.push_back(ask("zero_shot", {{"prompts", std::move(prompts)}, {"template", m_questions.promptTemplate}}));
    }
}

std::optional<Error> MeasuredExample::problem() const {
    std::optional<Error> first;
    const auto look = [&](const auto& asked) {
        if (!first && !**asked.answer) first = (*asked.answer)->error();
    };
    look(m_input);
    for (const auto* asked : {&m_reconstruction, &m_allDepths, &m_channels}) {
        if (*asked) look(**asked);
    }
    if (m_tensors) look(*m_tensors);
    for (const Part& part : m_parts) look(part.picture);
    return first;
}

void MeasuredExample::addReconstruction(Measured& measured) const {
    EvaluationRow& row = measured.row;
    const auto addWarnings = [&](const Picture& picture) {
        for (const Note& note : picture.notes) {
            const bool known = note.kind != Note::Kind::Warning || std::ranges::find(measured.warnings, note.text) != measured.warnings.end();
            if (!known) measured.warnings.push_back(note.text);
        }
    };
    const Picture& input = valueOf(m_input.answer);
    row.width = input.image.width();
    row.height = input.image.height();
    if (m_reconstruction) {
        const Picture& picture = valueOf(m_reconstruction->answer);
        row.precision = picture.precision;
        addMeasure(row, picture, "psnr", "psnr");
        addMeasure(row, picture, "ssim", "ssim");
        row.measures.push_back({"l1", meanAbsoluteError(input.image, picture.image), Unit::None, "mean of |error| over pixels and channels, 0..1"});
        addWarnings(picture);
    }
    if (m_allDepths) addMeasure(row, valueOf(m_allDepths->answer), "rate", "bits_per_pixel");
    for (const Part& part : m_parts) {
        for (const char* measure : {"psnr", "ssim"}) addMeasure(row, valueOf(part.picture.answer), measure, measure + part.suffix);
        addWarnings(valueOf(part.picture.answer));
    }
}

void MeasuredExample::addTensors(Measured& measured) const {
    if (!m_tensors) return;
    const TensorMap& tensors = valueOf(m_tensors->answer);
    if (const auto codes = tensors.find("codes"); m_questions.tasks.codes && codes != tensors.end()) {
        const auto count = static_cast<std::size_t>(codes->second.elements());
        measured.codes.reserve(count);
        for (std::size_t i = 0; i < count; ++i) measured.codes.push_back(wholeNumberAt(codes->second, i, "codes"));
    }
    if (!m_channels) return;
    const std::vector<std::int64_t>& shape = tensors.at("latents").shape;  // [1,C,h,w]
    measured.positions = static_cast<double>(shape.at(2) * shape.at(3));
    const Picture& picture = valueOf(m_channels->answer);
    const Table& table = picture.table;
    for (std::size_t row = 0; row < table.rows(); ++row) {
        measured.channels.push_back({.mean = table.at(row, 1), .deviation = table.at(row, 2), .least = table.at(row, 3), .largest = table.at(row, 4)});
    }
    if (measured.row.precision.empty()) measured.row.precision = picture.precision;
    if (const Measure* kl = picture.measure("kl"); kl && kl->value) addMeasure(measured.row, picture, "kl", "kl");
}

/// Where another name is as likely, the own one stands behind it: a model that finds everything alike guesses nothing right.
void MeasuredExample::addNames(Measured& measured) const {
    if (m_namesAsked.empty()) return;
    const std::vector<std::string>& names = m_questions.names;
    std::vector<double> cosines;
    for (const Asked<Picture>& asked : m_namesAsked) {
        const Result<Picture>& answer = **asked.answer;
        // A model whose text tokenizer is not there reconstructs all the same.
        if (!answer) return measured.warnings.push_back("its name is not looked for: " + toLine(answer.error()));
        const Table& table = answer.value().table;
        for (std::size_t row = 0; row < table.rows(); ++row) cosines.push_back(table.at(row, 1));
    }
    TESSERA_ASSERT(cosines.size() == names.size());
    EvaluationRow& row = measured.row;
    const double own = cosines[*m_name];
    row.name = names[*m_name];
    row.nameRank = names.size() - static_cast<std::size_t>(std::ranges::count_if(cosines, [own](double each) { return each < own; }));
    row.likeliest = names[static_cast<std::size_t>(std::ranges::max_element(cosines, {}, [](double each) { return std::isnan(each) ? -2 : each; }) - cosines.begin())];
    if (row.precision.empty()) row.precision = valueOf(m_namesAsked.front().answer).precision;
}

Measured MeasuredExample::measured(const std::string& path) const {
    Measured measured;
    if (std::optional<Error> failure = problem()) {
        if (failure->where.empty()) failure->where = path;
        measured.row.problem = std::move(failure);
        return measured;
    }
    addReconstruction(measured);
    addTensors(measured);
    addNames(measured);
    return measured;
}

}  // namespace tessera::evaluation
