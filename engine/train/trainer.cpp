// SPDX-License-Identifier: Apache-2.0
#include "train/trainer.h"

#include <cctype>
#include <chrono>
#include <cmath>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "train/adamw.h"
#include "train/data/data_hash.h"
#include "train/data/kept_dataset.h"
#include "train/data/loader.h"
#include "train/data/named_dataset.h"
#include "train/held_out_figures.h"
#include "train/new_model.h"
#include "train/plain_attention.h"
#include "train/recipe.h"
#include "train/recipe_file.h"
#include "train/run_folder.h"

namespace tessera::train {
namespace {

namespace fs = std::filesystem;
using at::Tensor;
using Clock = std::chrono::steady_clock;

constexpr int kShownSamples = 8;
constexpr std::size_t kKeptBytes = std::size_t(1) << 30;  // of decoded pictures of each data set
constexpr std::uint64_t kBeginSeed = 0xbe91;       // apart from the steps' own noise
constexpr std::uint64_t kHeldOutSeed = 0x7e55e7a;  // figures are of the same crops and the same noise whatever the run

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// "machu picchu" of "sights/machu-picchu_02.jpg".
std::string wordsOf(const std::string& name) {
    std::string words = fs::path(name).stem().string();
    for (char& each : words) {
        if (each == '-' || each == '_' || each == '.') each = ' ';
    }
    while (!words.empty() && (words.back() == ' ' || std::isdigit(static_cast<unsigned char>(words.back())))) words.pop_back();
    return words;
}

class Run {
public:
    Run(const TrainRequest& request, const std::function<bool(const TrainStep&)>& onStep, StageContext& context)
        : m_request(request), m_onStep(onStep), m_recipe(RecipeFile::read(request.recipe, request.smoke)), m_folder(request.folder, m_recipe, request.resume), m_lane(at::kCPU, m_recipe.precision, context) {
        if (request.threads > 0) at::set_num_threads(request.threads);
        const Recipe* recipe = findRecipe(m_recipe.recipe);
        if (!recipe) {
            std::string known;
            for (const Recipe* each : recipes()) known += (known.empty() ? "" : ", ") + std::string(each->name);
            throw Failure(ErrorCode::Unsupported, "there is no recipe " + m_recipe.recipe, m_recipe.file.string(), "known are " + known);
        }
        checkSettings(*recipe, m_recipe.settings, m_recipe.file.string());
        makeStart(*recipe);
        m_trainee = recipe->make(m_recipe.settings, m_recipe.start.string(), m_parameters);
        checkSide();
        chooseTrained();
        openData();
        if (request.resume) restore();
        else begin();
    }

    TrainReport run() {
        const Clock::time_point start = Clock::now();
        bool goes = true;
        while (m_step < m_recipe.steps && goes) {
            const Clock::time_point begin = Clock::now();
            const double rate = m_recipe.rateAt(m_step), norm = step(rate);
            ++m_step;
            const bool last = m_step == m_recipe.steps;
            m_since += since(begin);
            ++m_counted;
            const bool evaluates = last || m_step % m_recipe.evaluateEvery == 0, out = m_request.maxSeconds > 0 && since(start) >= m_request.maxSeconds;
            if (evaluates) evaluate();
            if (evaluates || out || m_step % m_recipe.reportEvery == 0) goes = report(rate, norm);
            else goes = m_onStep(done(rate, norm));
            if (last || out || !goes || m_step % m_recipe.checkpointEvery == 0) writeCheckpoint();
            if (out) break;
        }
        TrainReport report{.step = m_step, .steps = m_recipe.steps, .finished = m_step == m_recipe.steps, .model = {}, .heldOut = m_heldOut};
        report.model = m_folder.writeModel(m_parameters, m_average, m_recipe.start, m_step).string();
        m_folder.writeReport(report);
        return report;
    }

private:
    /// A new model lies in the run's folder: the run starts from it, also when it is resumed.
    void makeStart(const Recipe& recipe) {
        if (!m_recipe.fresh) return;
        const fs::path folder = fs::path(m_request.folder) / "start";
        if (!m_request.resume) {
            std::error_code failed;
            fs::remove_all(folder, failed);
            if (!failed && m_recipe.make.is_null()) fs::copy(m_recipe.start, folder, fs::copy_options::recursive, failed);
            if (failed) throw Failure(ErrorCode::Unreadable, "the model to start from cannot be copied: " + failed.message(), m_recipe.start.string(), "check model.start, and the space where the run lies");
            if (m_recipe.make.is_null()) forgetWeightsElsewhere(folder);
            NewModel model(folder, m_recipe.make, m_recipe.file, m_recipe.settings, seedOf(m_recipe.seed, 0));
            recipe.create(model);
        }
        m_recipe.start = folder;
    }

    void checkSide() const {
        const int wanted = m_trainee->side(), multiple = m_trainee->multiple();
        if (wanted > 0 && wanted != m_recipe.side) throw Failure(ErrorCode::Invalid, "the model takes pictures of " + std::to_string(wanted) + " px, and run.side is " + std::to_string(m_recipe.side), m_recipe.file.string(), "write side = " + std::to_string(wanted));
        if (m_recipe.side % multiple != 0) throw Failure(ErrorCode::Invalid, "run.side is no multiple of " + std::to_string(multiple), m_recipe.file.string(), "choose another side");
        for (const RecipeFile::Stage& stage : m_recipe.stages) {
            if (stage.side == m_recipe.side) continue;
            if (!m_trainee->resizes()) throw Failure(ErrorCode::Unsupported, "the recipe " + m_recipe.recipe + " takes pictures of one size only", m_recipe.file.string(), "leave run.stage.side out");
            if (stage.side % multiple != 0) throw Failure(ErrorCode::Invalid, "run.stage.side is no multiple of " + std::to_string(multiple), m_recipe.file.string(), "choose another side");
        }
    }

    void chooseTrained() {
        std::vector<std::string> names;
        std::set<std::string> decayed;
        for (const auto& [name, tensor] : m_parameters.all()) {
            if (!tensor.is_floating_point() || !m_trainee->trains(name)) continue;
            names.push_back(name);
            if (isDecayed(name, tensor)) decayed.insert(name);
        }
        for (const std::string& frozen : m_recipe.frozen) {
            if (std::erase_if(names, [&](const std::string& name) { return name.starts_with(frozen); }) == 0) {
                throw Failure(ErrorCode::Invalid, "model.frozen names " + frozen + ", and nothing that is trained begins so", m_recipe.file.string(), "mend the name, or leave it out");
            }
        }
        std::erase_if(decayed, [&](const std::string& name) { return std::ranges::find(names, name) == names.end(); });
        m_parameters.train(names);
        m_optimiser.emplace(m_parameters, std::move(decayed), AdamW::Settings{.rate = m_recipe.rate, .beta1 = m_recipe.beta1, .beta2 = m_recipe.beta2, .epsilon = m_recipe.epsilon, .decay = m_recipe.decay, .clip = m_recipe.clip});
    }

    void begin() {
        const c10::NoGradGuard still;
        std::uint64_t drawn = 0;
        m_trainee->begin(
            [&] {
                const Batch batch = m_loader->next();
                m_position = batch.position;
                return tensorsOf(batch.samples, seedOf(m_recipe.seed ^ kBeginSeed, drawn++));
            },
            m_recipe.fresh, m_lane);
        for (const std::string& name : m_parameters.trained()) m_average[name] = m_parameters.at(name).detach().clone();
    }

    void openData() {
        Hasher hasher;
        for (const RecipeFile::Data& data : m_recipe.data) {
            std::unique_ptr<const StoredDataset> dataset = openNamed(data.path, data.only);
            hasher.add(contentHash(*dataset));
            m_parts.push_back({.dataset = keptInMemory(std::move(dataset), kKeptBytes), .weight = data.weight, .augment = data.augment});
        }
        if (!m_recipe.related.empty()) hasher.add(contentHash(m_recipe.related));
        m_folder.setDataHash(hasher.finish().hex());
        startLoader(0);
        for (const fs::path& path : m_recipe.heldOut) {
            const std::unique_ptr<const Dataset> dataset = openDataset(path);
            for (std::size_t i = 0; i < dataset->size() && i < static_cast<std::size_t>(m_recipe.mostHeldOut); ++i) {
                const Example example = dataset->read(i);
                SplitMix64 random(seedOf(kHeldOutSeed, i));
                m_unseen.push_back({.picture = augmented(example, {.side = m_recipe.side}, random), .texts = textsOf(example.texts, example.name, m_recipe.heldOutNames), .name = example.name});
                m_unseen.back().texts.resize(std::min<std::size_t>(1, m_unseen.back().texts.size()));  // the name alone
            }
        }
    }

    static std::vector<std::string> textsOf(const std::vector<std::string>& texts, const std::string& name, bool names) {
        return texts.empty() && names ? std::vector{wordsOf(name)} : texts;
    }

    void startLoader(std::uint64_t position) {
        m_position = position;
        m_stage = m_recipe.stageAt(m_step);
        const RecipeFile::Stage& stage = m_recipe.stages[m_stage];
        for (DataPart& part : m_parts) part.augment.side = stage.side;
        m_loader = std::make_unique<Loader>(m_parts, Loader::Settings{.batch = static_cast<std::size_t>(stage.batch), .threads = m_recipe.threads, .seed = m_recipe.seed, .position = position});
    }

    TensorsByName tensorsOf(std::span<const Sample> samples, std::uint64_t seed) const {
        std::vector<Tensor> pictures;
        std::vector<std::vector<std::string>> texts;
        for (const Sample& sample : samples) {
            pictures.push_back(tensorFromImage(sample.picture));
            texts.push_back(textsOf(sample.texts, sample.name, m_recipe.data[sample.part].names));
        }
        TensorsByName batch{{"image", at::cat(pictures)}};
        Draws draws(seed);
        m_trainee->complete(batch, texts, draws);
        return batch;
    }

    /// One step of the optimiser; the norm of its gradient.
    double step(double rate) {
        m_parameters.forgetGradients();
        if (m_recipe.stageAt(m_step) != m_stage) startLoader(m_position);
        for (int part = 0; part < m_recipe.accumulate; ++part) {
            const Batch batch = m_loader->next();
            m_position = batch.position;
            const std::uint64_t number = static_cast<std::uint64_t>(m_step) * static_cast<std::uint64_t>(m_recipe.accumulate) + static_cast<std::uint64_t>(part);
            const Terms terms = m_trainee->losses(tensorsOf(batch.samples, seedOf(m_recipe.seed, number + 1)), m_lane);
            if (!std::isfinite(terms.total.item<double>())) {
                throw Failure(ErrorCode::Invalid, "the loss is no number any more at step " + std::to_string(m_step + 1), m_recipe.file.string(), "lower optimiser.rate, then resume from the last checkpoint");
            }
            (terms.total / m_recipe.accumulate).backward();
            for (const auto& [name, loss] : terms.losses) m_losses[name] += loss.item<double>() / m_recipe.accumulate;
            for (const auto& [name, value] : terms.figures) m_losses[name] += value / m_recipe.accumulate;
            m_losses["total"] += terms.total.item<double>() / m_recipe.accumulate;
        }
        const double norm = m_optimiser->step(rate);
        m_trainee->afterStep();
        average();
        return norm;
    }

    /// The moving average of weights; young, it follows faster.
    void average() {
        const c10::NoGradGuard still;
        const double keep = std::min(m_recipe.ema, (1.0 + static_cast<double>(m_step)) / (10.0 + static_cast<double>(m_step)));
        for (auto& [name, tensor] : m_average) tensor.lerp_(m_parameters.at(name).detach(), 1 - keep);
    }

    /// Figures of pictures that are never trained on, with averaged weights.
    void evaluate() {
        if (m_unseen.empty()) return;
        const c10::NoGradGuard still;
        TensorsByName own;
        for (auto& [name, tensor] : m_average) {
            own[name] = m_parameters.at(name).detach().clone();
            m_parameters.at(name).copy_(tensor);
        }
        HeldOutFigures figures;
        for (std::size_t begin = 0; begin < m_unseen.size(); begin += static_cast<std::size_t>(m_recipe.batch)) {
            const std::size_t count = std::min(m_unseen.size() - begin, static_cast<std::size_t>(m_recipe.batch));
            const std::span<const Sample> samples{m_unseen.data() + begin, count};
            TensorsByName batch = tensorsOf(samples, seedOf(kHeldOutSeed, begin));
            m_trainee->settle(batch);
            const Terms terms = m_trainee->losses(batch, m_lane);
            std::vector<std::string> names;
            for (const Sample& sample : samples) names.push_back(sample.texts.empty() ? sample.name : sample.texts.front());
            figures.add(batch, terms, names);
            if (const auto made = terms.between.find("reconstruction"); made != terms.between.end() && begin == 0) show(batch.at("image"), made->second);
        }
        m_heldOut = figures.figures();
        for (auto& [name, tensor] : own) m_parameters.at(name).copy_(tensor);
    }

    /// Pictures above what is made of them.
    void show(const Tensor& pictures, const Tensor& made) const {
        const std::int64_t count = std::min<std::int64_t>(kShownSamples, pictures.size(0));
        const auto row = [count](const Tensor& images) { return at::cat(images.narrow(0, 0, count).unbind(0), 2); };  // [3,S,nS]
        m_folder.writeSamples(imageFromTensor(at::cat({row(pictures), row(made.to(at::kFloat).clamp(0, 1))}, 1).unsqueeze(0)), m_step);
    }

    TrainStep done(double rate, double norm) const {
        return {.step = m_step, .steps = m_recipe.steps, .rate = rate, .gradientNorm = norm, .secondsPerStep = m_since / static_cast<double>(m_counted), .losses = {}, .note = {}};
    }

    bool report(double rate, double norm) {
        TrainStep step = done(rate, norm);
        for (const auto& [name, sum] : m_losses) step.losses[name] = sum / static_cast<double>(m_counted);
        if (m_step == m_recipe.steps || m_step % m_recipe.evaluateEvery == 0) {
            for (const auto& [name, value] : m_heldOut) step.losses["held_out." + name] = value;
        }
        if (const Loader::Skipped& skipped = m_loader->skipped(); skipped.count > 0) step.note = std::to_string(skipped.count) + " pictures were left out; the first: " + skipped.first;
        m_folder.log(step);
        m_losses.clear();
        m_since = 0;
        m_counted = 0;
        return m_onStep(step);
    }

    void writeCheckpoint() const {
        TensorsByName tensors;
        for (const auto& [name, tensor] : m_parameters.all()) tensors["weights." + name] = tensor;
        for (const auto& [name, tensor] : m_average) tensors["average." + name] = tensor;
        for (const auto& [name, tensor] : m_optimiser->state()) tensors["optimiser." + name] = tensor;
        tensors["position"] = at::full({1}, static_cast<std::int64_t>(m_position), at::kLong);
        m_folder.writeCheckpoint(tensors, m_step);
    }

    void restore() {
        const c10::NoGradGuard still;
        const TensorsByName tensors = m_folder.readCheckpoint(m_step);
        const auto take = [&](const std::string& name, Tensor into) {
            const auto found = tensors.find(name);
            if (found == tensors.end() || found->second.sizes() != into.sizes()) throw Failure(ErrorCode::Mismatch, "the checkpoint does not fit: " + name, m_request.folder, "start the run anew in another folder");
            into.copy_(found->second);
        };
        for (const auto& [name, tensor] : m_parameters.all()) take("weights." + name, tensor);
        for (const std::string& name : m_parameters.trained()) take("average." + name, m_average[name] = at::empty_like(m_parameters.at(name).detach()));
        TensorsByName state;
        for (const auto& [name, tensor] : tensors) {
            if (name.starts_with("optimiser.")) state[name.substr(std::string_view("optimiser.").size())] = tensor;
        }
        m_optimiser->restore(state);
        Tensor position = at::zeros({1}, at::kLong);
        take("position", position);
        startLoader(static_cast<std::uint64_t>(position.item<std::int64_t>()));
    }

    PlainAttention m_attention;
    const TrainRequest& m_request;
    const std::function<bool(const TrainStep&)>& m_onStep;
    RecipeFile m_recipe;
    RunFolder m_folder;
    DeviceLane m_lane;
    Parameters m_parameters;
    std::unique_ptr<Trainee> m_trainee;
    std::optional<AdamW> m_optimiser;
    TensorsByName m_average;
    std::vector<DataPart> m_parts;
    std::unique_ptr<Loader> m_loader;
    std::vector<Sample> m_unseen;
    std::int64_t m_step = 0;
    std::size_t m_stage = 0;  ///< that the loader reads for
    std::uint64_t m_position = 0;
    std::map<std::string, double> m_losses, m_heldOut;  ///< sums since the last report; last figures
    double m_since = 0;
    std::int64_t m_counted = 0;
};

}  // namespace

TrainReport runTraining(const TrainRequest& request, const std::function<bool(const TrainStep&)>& onStep, StageContext& context) { return Run(request, onStep, context).run(); }

}  // namespace tessera::train
