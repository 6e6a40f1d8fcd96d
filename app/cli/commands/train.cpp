// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>
#include <tessera/files.h>
#include <tessera/training.h>

#include "command.h"
#include "tensor_values.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::string parity, out;
    TrainRequest request;
    bool progress = false;
};

/// How far one kind of tensor may be off, as case.json of a recorded training says it.
struct Tolerance {
    double absolute = 0, relative = 0;
    double ofLargest = 0;  ///< share of the tensor's largest magnitude
};

/// The kinds of tensors of a recorded training.
struct Kind {
    const char* prefix;
    const char* key;
};
constexpr Kind kKinds[]{{"out.loss.", "loss"}, {"out.global_grad_norm", "grad_norm"}, {"out.grad_norm.", "grad_norm"}, {"out.grad.", "grad"}, {"out.weights.", "weights"}, {"out.state.", "state"}, {"mid.", "mid"}};

constexpr double kLargestOutlier = 6e-3;  // of a weight: three steps of Adam in the other direction
constexpr int kElementsPerOutlier = 2000, kLeastOutliers = 2;

class Comparison {
public:
    Comparison(Context& context, const Options& options) : m_context(context), m_options(options) {
        const fs::path path = fs::path(options.parity) / "case.json";
        std::ifstream file(path);
        m_case = nlohmann::json::parse(file, nullptr, false);
        if (!m_case.is_object()) throw CommandError{Error{ErrorCode::Invalid, file ? "cannot be read as JSON" : "there is no such file", path.string(), "give the folder of a recorded training"}};
    }

    void run() {
        const std::string path = (fs::path(m_options.parity) / "reference.safetensors").string();
        const TensorMap reference = valueOrThrow(readTensorFile(path));
        const TensorMap actual = valueOrThrow(trainingParity(m_options.parity));
        if (!m_options.out.empty()) {
            if (const auto failure = writeTensorFile(m_options.out, actual, {{"software", "Tessera " TESSERA_VERSION}})) throw CommandError{*failure};
        }
        for (const auto& [name, tensor] : reference) {
            for (const Kind& kind : kKinds) {
                if (name.starts_with(kind.prefix)) {
                    compare(name, kind, tensor, actual, reference);
                    break;
                }
            }
        }
        if (m_compared == 0) throw CommandError{Error{ErrorCode::Invalid, "the reference holds nothing to compare", path, "record a training first"}};
        finish();
    }

private:
    Tolerance toleranceOf(const char* key) const {
        Tolerance tolerance;
        const auto all = m_case.find("tolerance");
        const auto entry = all == m_case.end() || !all->is_object() ? nlohmann::json() : all->value(key, nlohmann::json());
        const auto number = [&](const char* name) { return entry.is_object() && entry.contains(name) && entry[name].is_number() ? entry[name].get<double>() : 0.0; };
        return {number("abs"), number("rel"), number("rel_of_max")};
    }

    void compare(const std::string& name, const Kind& kind, const HostTensor& reference, const TensorMap& actual, const TensorMap& all) {
        ++m_compared;
        const auto computed = actual.find(name);
        if (computed == actual.end()) return fail(name, "not computed");
        if (computed->second.elements() != reference.elements()) return fail(name, "shape " + nlohmann::json(computed->second.shape).dump() + ", expected " + nlohmann::json(reference.shape).dump());
        const bool weights = std::string_view(kind.key) == "weights", whole = isWholeNumber(reference.type);
        const auto unstable = weights || std::string_view(kind.key) == "grad" ? all.find("out.unstable." + name.substr(std::string_view(kind.prefix).size())) : all.end();
        Tolerance tolerance = toleranceOf(kind.key);
        if (whole) tolerance = {};
        double largest = 0;
        for (std::int64_t i = 0; tolerance.ofLargest > 0 && i < reference.elements(); ++i) largest = std::max(largest, std::abs(valueAt(reference, i)));
        double worst = 0, most = 0;
        std::int64_t failing = 0;
        for (std::int64_t i = 0; i < reference.elements(); ++i) {
            // Rounding decides the step of these.
            if (unstable != all.end() && valueAt(unstable->second, i) != 0 && weights) continue;
            const double r = valueAt(reference, i), difference = std::abs(valueAt(computed->second, i) - r);
            const double allowed = tolerance.absolute + tolerance.relative * std::abs(r) + tolerance.ofLargest * largest;
            most = std::max(most, difference);
            if (allowed > 0) worst = std::max(worst, difference / allowed);
            if (difference <= allowed) continue;
            if (weights && difference <= kLargestOutlier) ++m_outliers;
            else ++failing;
        }
        if (weights) m_weights += reference.elements();
        if (failing > 0) return fail(name, std::to_string(failing) + " of " + std::to_string(reference.elements()) + " elements off, at most by " + std::to_string(most));
        tell(name, true, most, worst, {});
    }

    void fail(const std::string& name, const std::string& problem) {
        ++m_failed;
        tell(name, false, 0, 0, problem);
    }

    void tell(const std::string& name, bool ok, double most, double worst, const std::string& problem) {
        if (m_context.json) m_report.push_back({{"tensor", name}, {"ok", ok}, {"max_abs", most}, {"worst", worst}, {"problem", problem}});
        else if (!ok) std::printf("FAIL  %-60s  %s\n", name.c_str(), problem.c_str());
        else std::printf("ok    %-60s  max |d| %.3g, %.3g of the tolerance\n", name.c_str(), most, worst);
    }

    void finish() {
        const std::int64_t allowed = std::max<std::int64_t>(kLeastOutliers, m_weights / kElementsPerOutlier);
        const bool ok = m_failed == 0 && m_outliers <= allowed;
        const std::string recipe = m_case.value("recipe", nlohmann::json("training")).dump();
        if (m_context.json) {
            printJson({{"recipe", m_case.value("recipe", nlohmann::json())}, {"ok", ok}, {"outliers", m_outliers}, {"outliers_allowed", allowed}, {"tensors", m_report}});
        } else {
            if (m_outliers > allowed) std::printf("FAIL  too many weights are a step of Adam apart\n");
            std::printf("%s: %d of %d tensors hold, %lld of %lld weights a step of Adam apart (at most %lld may be)\n", recipe.substr(1, recipe.size() - 2).c_str(), m_compared - m_failed, m_compared,
                        static_cast<long long>(m_outliers), static_cast<long long>(m_weights), static_cast<long long>(allowed));
        }
        if (!ok) m_context.exitCode = 1;
    }

    Context& m_context;
    const Options& m_options;
    nlohmann::json m_case, m_report = nlohmann::json::array();
    int m_compared = 0, m_failed = 0;
    std::int64_t m_outliers = 0, m_weights = 0;
};

/// "0.0813": as many digits as tell two losses apart.
std::string shortNumber(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

void runRecipe(Context& context, const Options& options) {
    using Clock = std::chrono::steady_clock;
    Clock::time_point told = Clock::now();
    const auto onStep = [&](const TrainStep& step) {
        const bool reports = !step.losses.empty() && !context.json, progresses = options.progress && Clock::now() - told >= std::chrono::seconds(1);
        if (reports || progresses) told = Clock::now();
        if (!reports && progresses) {
            std::printf("step %lld of %lld  %s s a step\n", static_cast<long long>(step.step), static_cast<long long>(step.steps), shortNumber(step.secondsPerStep).c_str());
            std::fflush(stdout);
        }
        if (reports) {
            std::printf("step %lld of %lld", static_cast<long long>(step.step), static_cast<long long>(step.steps));
            for (const auto& [name, value] : step.losses) std::printf("  %s %s", name.c_str(), shortNumber(value).c_str());
            std::printf("  rate %s  %s s a step\n", shortNumber(step.rate).c_str(), shortNumber(step.secondsPerStep).c_str());
            if (!step.note.empty()) std::printf("%s\n", step.note.c_str());
            std::fflush(stdout);
        }
        return !interrupted();
    };
    TrainRequest request = options.request;
    request.threads = context.options.cpuThreads;
    if (request.folder.empty()) request.folder = "runs/" + fs::path(request.recipe).stem().string();
    const TrainReport report = valueOrThrow(trainModel(request, onStep));
    if (context.json) {
        printJson({{"step", report.step}, {"steps", report.steps}, {"finished", report.finished}, {"model", report.model}, {"held_out", report.heldOut}});
    } else {
        for (const auto& [name, value] : report.heldOut) std::printf("held out: %s %s\n", name.c_str(), shortNumber(value).c_str());
        std::printf("%s\n", report.model.c_str());
        if (!report.finished) std::printf("stopped at step %lld of %lld: --resume goes on\n", static_cast<long long>(report.step), static_cast<long long>(report.steps));
    }
    if (interrupted()) throw CommandError{Error{ErrorCode::Cancelled, "cancelled; the last step is kept", request.folder, "go on with --resume"}};
}

}  // namespace

void addTrain(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("train", "Train a model by a recipe; or check that training computes what a recorded one computed");
    CLI::Option* recipe = command->add_option("recipe", options->request.recipe, "Recipe: .toml, .yaml or .json");
    CLI::Option* parity = command->add_option("--parity", options->parity, "Instead: folder with case.json, model/ and reference.safetensors. Losses, gradients and weights after its steps are compared")->type_name("CASE_DIR");
    recipe->excludes(parity);
    command->add_option("--out", options->out, "Folder of the run (runs/NAME); with --parity a file for all tensors that were computed");
    command->add_flag("--resume", options->request.resume, "Go on where the run's last checkpoint was written")->excludes(parity);
    command->add_flag("--smoke", options->request.smoke, "The recipe's own small version of itself, in seconds")->excludes(parity);
    command->add_option("--max-seconds", options->request.maxSeconds, "Write a checkpoint and end after so long")->check(CLI::PositiveNumber)->excludes(parity);
    command->add_flag("--progress", options->progress, "Also say once a second how far it is between two reports")->excludes(parity);
    command->callback([options, &context] {
        if (!options->parity.empty()) return Comparison(context, *options).run();
        if (options->request.recipe.empty()) throw CommandError{Error{ErrorCode::Invalid, "there is nothing to train", "train", "give a recipe, or --parity"}, 2};
        options->request.folder = options->out;
        runRecipe(context, *options);
    });
}

}  // namespace tessera::cli
