// SPDX-License-Identifier: Apache-2.0
#include <tessera/evaluation.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <deque>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "core/error.h"
#include "evaluate/collages.h"
#include "evaluate/examples.h"
#include "evaluate/measured_example.h"
#include "evaluate/running_figures.h"
#include "train/data/example_picture.h"

namespace tessera {
namespace {

using namespace evaluation;
using Clock = std::chrono::steady_clock;

/// Pictures that are worked on at a time: one is read and another measured while a third is on the device. Of large ones each fills the memory.
constexpr std::size_t kAtOnce = 3;
constexpr std::chrono::milliseconds kTick{50};
constexpr std::int64_t kLargestSide = 8192;  ///< of a model's input

bool anyCan(const EvaluationRequest& request, std::string_view capability) {
    return std::ranges::any_of(request.models, [capability](const ModelInfo& model) { return can(model, capability); });
}

int mostDepths(const EvaluationRequest& request) {
    int depths = 0;
    for (const ModelInfo& model : request.models) depths = std::max(depths, model.codes.depths());
    return depths;
}

/// What stands between two names in the lens zero_shot.
bool canBePrompt(const std::string& name) {
    return !name.empty() && name.find_first_of("|\r\n") == std::string::npos;
}

/// All names that are chosen from, each once, and which of them every picture has.
struct Names {
    std::vector<std::string> all;
    std::vector<std::int32_t> ofExample;  ///< index into `all`, -1 for none; empty where none is looked for
    std::vector<std::int32_t> numbers;    ///< the same number for the same name, also of those that are not chosen from; -1 for none
    std::vector<std::string> notes;
};

/// Sums over all pictures of one model.
class ModelTally {
public:
    ModelTally(Questions questions, std::vector<std::string> notes) : m_questions(std::move(questions)), m_codes(m_questions.model.codes) { m_result.notes = std::move(notes); }

    const Questions& questions() const { return m_questions; }

    void add(const Measured& measured) {
        const EvaluationRow& row = measured.row;
        if (row.problem) {
            ++m_result.failed;
            return;
        }
        ++m_result.pictures;
        if (m_result.precision.empty()) m_result.precision = row.precision;
        for (const Measure& measure : row.measures) {
            if (!measure.value) continue;
            m_units[measure.name] = measure.unit;
            m_figures[measure.name].add(*measure.value);
        }
        if (!measured.codes.empty()) m_codes.add(measured.codes);
        m_channels.resize(std::max(m_channels.size(), measured.channels.size()));
        for (std::size_t i = 0; i < measured.channels.size(); ++i) m_channels[i].add(measured.positions, measured.channels[i]);
        for (const std::string& warning : measured.warnings) ++m_warnings[warning];
        if (row.nameRank == 0) return;
        ++m_names.pictures;
        m_names.top1 += row.nameRank == 1;
        m_names.top5 += row.nameRank <= 5;
    }

    void add(const CollageFinding& finding, const std::string& precision) {
        if (m_result.precision.empty()) m_result.precision = precision;
        ++m_collages.collages;
        m_collages.tokens += finding.tokens;
        m_collages.drawings += Four().size();
        m_collages.inPlace += static_cast<std::size_t>(finding.inPlace);
        if (finding.tokens > 0) m_found.add(static_cast<double>(finding.found) / static_cast<double>(finding.tokens));
    }
    void addFailedCollage(const Error& problem) {
        ++m_collages.failed;
        ++m_collageProblems[toLine(problem)];
    }

    ModelEvaluation finished(const std::vector<std::string>& columns) const {
        ModelEvaluation result = m_result;
        for (const std::string& column : columns) {
            if (const auto found = m_figures.find(column); found != m_figures.end()) result.figures.push_back(found->second.figure(column, m_units.at(column)));
        }
        if (m_codes.cells() > 0) addCodes(result);
        if (!m_channels.empty()) {
            RunningMoments all;
            for (const RunningMoments& channel : m_channels) {
                result.channels.push_back(channel.use());
                all.add(channel);
            }
            result.latents = all.use();
        }
        if (m_questions.tasks.zeroShot) {
            result.zeroShot = m_names;
            result.zeroShot->names = m_questions.names.size();
        }
        if (m_collages.collages + m_collages.failed > 0) {
            result.collages = m_collages;
            result.collages->found = m_found.figure("collage_tokens", Unit::Share);
        }
        for (const auto& [text, count] : m_collageProblems) result.notes.push_back(std::to_string(count) + (count == 1 ? " collage" : " collages") + " left out: " + text);
        for (const auto& [text, count] : m_warnings) result.notes.push_back(std::to_string(count) + (count == 1 ? " picture: " : " pictures: ") + text);
        return result;
    }

private:
    void addCodes(ModelEvaluation& result) const {
        result.cells = m_codes.cells();
        result.codes = m_codes.uses();
        result.deadCodewords = m_codes.deadCodewords();
        const auto rate = std::ranges::find(result.figures, "bits_per_pixel", &EvaluationFigure::name);
        double entropy = 0, bits = 0;
        for (const CodeUse& use : result.codes) {
            entropy += use.entropy;
            bits += std::log2(static_cast<double>(use.codewords));
        }
        if (rate != result.figures.end() && bits > 0) result.entropyBitsPerPixel = rate->mean * entropy / bits;
    }

    Questions m_questions;
    ModelEvaluation m_result;
    std::map<std::string, RunningMean> m_figures;
    std::map<std::string, Unit> m_units;
    CodeCounts m_codes;
    std::vector<RunningMoments> m_channels;
    std::map<std::string, std::size_t> m_warnings;
    ZeroShotUse m_names;
    CollageUse m_collages;
    RunningMean m_found;
    std::map<std::string, std::size_t> m_collageProblems;
};

class Run {
public:
    Run(Engine& engine, const EvaluationRequest& request, const EvaluationObserver& observer) : m_engine(engine), m_request(request), m_observer(observer), m_examples(request.paths), m_columns(evaluationColumns(request)) {
        m_total = request.limit > 0 ? std::min(request.limit, m_examples.size()) : m_examples.size();
        if (const auto size = request.preprocessing.find("size"); size != request.preprocessing.end()) {
            if (const auto* pixels = std::get_if<std::int64_t>(&size->second)) m_size = *pixels;
        }
        m_side = static_cast<int>(std::clamp<std::int64_t>(m_size, 0, kLargestSide) / 2 * 2);
    }

    EvaluationReport report() {
        const Clock::time_point start = Clock::now();
        EvaluationReport report{.total = m_total};
        m_names = readNames();
        planCollages();
        for (const ModelInfo& model : m_request.models) {
            std::vector<std::string> notes;
            Questions questions = questionsFor(model, m_request, m_names.all, notes);
            if (can(model, "text")) notes.insert(notes.end(), m_names.notes.begin(), m_names.notes.end());
            if (questions.tasks.collages) notes.insert(notes.end(), m_collageNotes.begin(), m_collageNotes.end());
            m_models.emplace_back(std::move(questions), std::move(notes));
        }
        const bool goes = inTurn(m_total, m_size == 0 ? 1 : kAtOnce, 0, [this](std::size_t i) { return started(i); }, [&](const Flight& flight) { land(flight, report); });
        const bool all = goes && inTurn(m_fours.size(), kAtOnce, m_total, [this](std::size_t i) { return startedCollage(m_fours[i]); }, [this](const CollageFlight& flight) { land(flight); });
        for (const ModelTally& model : m_models) report.models.push_back(model.finished(m_columns));
        report.finished = all;
        report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
        return report;
    }

private:
    /// One picture on its way through all models.
    struct Flight {
        std::size_t example = 0;
        SourceId source{};
        std::optional<Error> problem;  ///< its file cannot be read
        std::shared_ptr<Countdown> open = std::make_shared<Countdown>();
        std::vector<MeasuredExample> models;
    };

    /// One collage on its way through the models that find names in it.
    struct CollageFlight {
        Collage collage;
        SourceId source{};
        std::optional<Error> problem;  ///< a picture of it cannot be read
        std::shared_ptr<Countdown> open = std::make_shared<Countdown>();
        std::map<std::size_t, Asked<Picture>> models;  ///< by their place
    };

    bool goesOn(std::size_t done) const { return !m_observer.goesOn || m_observer.goesOn(done, m_total + m_fours.size()); }

    /// So many at a time, landed in their order; false if the observer stopped it. `before`: done until then.
    template <typename Start, typename Land>
    bool inTurn(std::size_t count, std::size_t atOnce, std::size_t before, const Start& start, const Land& land) const {
        std::deque<decltype(start(0))> flights;
        for (std::size_t next = 0, landed = 0; landed < count;) {
            while (next < count && flights.size() < atOnce) flights.push_back(start(next++));
            if (!goesOn(before + landed)) return false;
            if (!flights.front().open->waitFor(kTick)) continue;
            land(flights.front());
            flights.pop_front();
            ++landed;
        }
        return true;
    }

    Names readNames() const {
        Names names;
        if ((!m_request.tasks.zeroShot && !m_request.tasks.collages) || !anyCan(m_request, "text")) return names;
        std::unordered_map<std::string, std::int32_t> indices, numbers;
        const auto indexOf = [&](const std::string& name) {
            const auto [found, isNew] = indices.try_emplace(name, static_cast<std::int32_t>(names.all.size()));
            if (isNew) names.all.push_back(name);
            return found->second;
        };
        for (const std::string& label : m_request.labels) {
            if (!canBePrompt(label)) throw Failure(ErrorCode::Invalid, "a name is empty or holds a line end or a |, which parts names", "labels", "write it without");
            indexOf(label);
        }
        std::size_t withName = 0, unknown = 0, unfit = 0, unreadable = 0;
        std::string firstProblem;
        names.ofExample.assign(m_total, -1);
        names.numbers.assign(m_total, -1);
        for (std::size_t i = 0; i < m_total && (i % 256 != 0 || goesOn(0)); ++i) {
            std::string name;
            try {
                name = m_examples.name(i);
            } catch (const Failure& failure) {
                if (unreadable++ == 0) firstProblem = failure.what();
            }
            if (name.empty()) continue;
            ++withName;
            if (!canBePrompt(name)) {
                ++unfit;
                continue;
            }
            names.numbers[i] = numbers.try_emplace(name, static_cast<std::int32_t>(numbers.size())).first->second;
            if (!m_request.labels.empty() && !indices.contains(name)) ++unknown;
            else names.ofExample[i] = indexOf(name);
        }
        const auto say = [&](std::size_t count, const std::string& what) {
            if (count > 0) names.notes.push_back(std::to_string(count) + (count == 1 ? " picture" : " pictures") + what);
        };
        say(unreadable, " whose texts cannot be read: " + firstProblem);
        say(unfit, " whose name holds a line end or a |: not looked for");
        if (m_request.tasks.zeroShot) say(unknown, " whose name is not among the labels: not looked for");
        if (withName == 0) {
            names.all.clear();
            names.notes.push_back("no picture has a name: nothing is looked for");
        }
        return names;
    }

    void planCollages() {
        const bool finds = std::ranges::any_of(m_request.models, [](const ModelInfo& model) { return !model.denseMethods.empty(); });
        if (!m_request.tasks.collages || !finds || std::ranges::none_of(m_names.numbers, [](std::int32_t number) { return number >= 0; })) return;
        if (m_side >= 2) m_fours = foursOf(m_names.numbers, m_request.shuffle);
        if (m_side < 2) m_collageNotes.emplace_back("pictures of their own size: no collages, whose size is that of the pictures");
        else if (m_fours.empty()) m_collageNotes.emplace_back("fewer than four pictures with different names: no collage");
    }

    CollageFlight startedCollage(const Four& four) {
        CollageFlight flight;
        std::string names;
        try {
            std::array<Image, 4> pictures;
            for (std::size_t i = 0; i < four.size(); ++i) {
                pictures[i] = train::decodeWithAlpha(m_examples.file(four[i]).span(), m_examples.path(four[i]));
                names += m_examples.name(four[i]) + '\n';
            }
            flight.collage = collageOf(pictures, m_side);
        } catch (const Failure& failure) {
            flight.problem = failure.error();
            return flight;
        }
        flight.source = m_engine.addSource({.path = {}, .bytes = {}, .pixels = flight.collage.picture, .name = "collage"});
        for (std::size_t i = 0; i < m_models.size(); ++i) {
            const Questions& questions = m_models[i].questions();
            if (!questions.tasks.collages) continue;
            Query query{.lens = "text_similarity", .cell = {.source = flight.source, .model = questions.model.id}, .parameters = {}};
            query.parameters = {{"prompts", names}, {"template", questions.promptTemplate}, {"size", std::int64_t(m_side)}, {"crop", std::string("square")}};
            flight.models.emplace(i, askFor(m_engine, std::move(query), flight.open));
        }
        return flight;
    }

    void land(const CollageFlight& flight) {
        if (flight.problem) {
            for (ModelTally& model : m_models) {
                if (model.questions().tasks.collages) model.addFailedCollage(*flight.problem);
            }
            return;
        }
        for (const auto& [i, asked] : flight.models) {
            const Result<Picture>& answer = **asked.answer;
            if (answer) m_models[i].add(findingOf(flight.collage, answer.value()), answer.value().precision);
            else m_models[i].addFailedCollage(answer.error());
        }
        m_engine.removeSource(flight.source);
    }

    Flight started(std::size_t example) {
        Flight flight{.example = example};
        try {
            flight.source = m_engine.addSource({.path = {}, .bytes = m_examples.file(example), .pixels = {}, .name = m_examples.path(example)});
        } catch (const Failure& failure) {
            flight.problem = failure.error();
            return flight;
        }
        std::optional<std::size_t> name;
        if (!m_names.ofExample.empty() && m_names.ofExample[example] >= 0) name = static_cast<std::size_t>(m_names.ofExample[example]);
        flight.models.reserve(m_models.size());
        for (const ModelTally& model : m_models) flight.models.emplace_back(m_engine, flight.source, model.questions(), name, flight.open);
        return flight;
    }

    void land(const Flight& flight, EvaluationReport& report) {
        const std::string path = m_examples.path(flight.example);
        std::size_t failed = 0;
        for (std::size_t i = 0; i < m_models.size(); ++i) {
            Measured measured;
            if (flight.problem) measured.row.problem = flight.problem;
            else measured = flight.models[i].measured(path);
            measured.row.image = path;
            measured.row.model = i;
            failed += measured.row.problem.has_value();
            m_models[i].add(measured);
            if (m_observer.onRow) m_observer.onRow(measured.row);
        }
        if (!flight.problem) m_engine.removeSource(flight.source);
        ++report.pictures;
        report.unreadable += failed == m_models.size();
    }

    Engine& m_engine;
    const EvaluationRequest& m_request;
    const EvaluationObserver& m_observer;
    Examples m_examples;
    std::vector<std::string> m_columns;
    std::size_t m_total = 0;
    Names m_names;
    std::vector<ModelTally> m_models;
    std::int64_t m_size = 256;  ///< of the pictures, 0: their own
    int m_side = 0;             ///< of collages
    std::vector<Four> m_fours;  ///< collages to come
    std::vector<std::string> m_collageNotes;
};

}  // namespace

std::vector<std::string> evaluationColumns(const EvaluationRequest& request) {
    const EvaluationTasks& tasks = request.tasks;
    const bool decodes = anyCan(request, "decode");
    const int depths = decodes ? mostDepths(request) : 0;
    std::vector<std::string> columns;
    if (tasks.reconstruction && decodes) {
        columns = {"psnr", "ssim", "l1"};
        if (depths > 0) columns.emplace_back("bits_per_pixel");
    }
    for (const char* measure : {"psnr", "ssim"}) {
        for (int depth = 1; tasks.depths && depth <= depths; ++depth) columns.push_back(depthColumn(measure, depth));
    }
    for (const double strength : request.strengths) {
        if (!decodes) break;
        for (const char* measure : {"psnr", "ssim"}) columns.push_back(strengthColumn(measure, strength));
    }
    if (tasks.latents) columns.emplace_back("kl");
    return columns;
}

Result<EvaluationReport> evaluateModels(Engine& engine, const EvaluationRequest& request, const EvaluationObserver& observer) {
    try {
        if (request.models.empty()) throw Failure(ErrorCode::Invalid, "no model is named", "evaluate", "name one or more");
        return Run(engine, request, observer).report();
    } catch (const Failure& failure) {
        return failure.error();
    }
}

}  // namespace tessera
