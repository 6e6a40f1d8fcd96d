// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <system_error>

#include <nlohmann/json.hpp>
#include <tessera/evaluation.h>
#include <tessera/files.h>
#include <tessera/model_reference.h>

#include "command.h"
#include "evaluation_report.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Stages are wanted only while their picture is under way.
constexpr std::size_t kCacheBytes = std::size_t(256) << 20;

struct Options {
    std::vector<std::string> paths, models, tasks, labels;
    std::string out, around = "none";
    std::vector<double> strengths;
    std::int64_t seed = 0;
    std::optional<std::int64_t> shuffle;
    std::size_t limit = 0;
    PreprocessingOptions preprocessing;
};

/// Names, or the lines of the one file that is named.
std::vector<std::string> readLabels(const std::vector<std::string>& given) {
    std::error_code ignored;
    if (given.size() == 1 && !fs::is_regular_file(given.front(), ignored)) {
        throw CommandError{Error{ErrorCode::NotFound, "there is no such file, and one name leaves nothing to choose from", "--labels " + given.front(), "give a file with a name a line, or several names"}, 2};
    }
    if (given.size() == 1) return filledLines(given.front(), "name");
    std::vector<std::string> labels;
    for (const std::string& name : given) {
        if (const std::string label = trimmed(name); !label.empty()) labels.push_back(label);
    }
    return labels;
}

EvaluationTasks tasksOf(const std::vector<std::string>& names) {
    if (names.empty()) return {};
    const auto wanted = [&](const char* name) { return std::ranges::find(names, name) != names.end(); };
    return {.reconstruction = wanted("reconstruction"), .depths = wanted("depths"), .codes = wanted("codes"), .latents = wanted("latents"), .zeroShot = wanted("zero-shot"), .collages = wanted("collages")};
}

/// The rows as they come, under another name until all are there: what was measured is not lost with the program.
class RowFile {
public:
    RowFile(std::string path, const std::string& header) : m_path(std::move(path)), m_partial(m_path + ".partial"), m_file(m_partial, std::ios::binary | std::ios::trunc) {
        write(header);
        m_lines = 0;
    }
    RowFile(const RowFile&) = delete;
    RowFile& operator=(const RowFile&) = delete;
    ~RowFile() {
        std::error_code ignored;
        if (m_lines == 0) fs::remove(m_partial, ignored);
    }
    void write(const std::string& line) {
        ++m_lines;
        m_file << line << std::flush;
        if (!m_file) throw CommandError{Error{ErrorCode::Unreadable, "the table cannot be written", m_partial, "check the folder and the room on the disk"}};
    }
    void finish() {
        m_file.close();
        std::error_code error;
        fs::rename(m_partial, m_path, error);
        if (error) throw CommandError{Error{ErrorCode::Unreadable, "the table cannot be renamed: " + error.message(), m_partial, "rename it by hand"}};
    }

private:
    std::string m_path, m_partial;
    std::ofstream m_file;
    std::size_t m_lines = 0;
};

class Evaluate {
public:
    Evaluate(Context& context, const Options& options) : m_context(context), m_options(options) {}

    void run() {
        prepare();
        const Result<EvaluationReport> result = evaluateModels(m_context.engine(), m_request, {.onRow = [this](const EvaluationRow& row) { take(row); }, .goesOn = [this](std::size_t done, std::size_t total) { return goesOn(done, total); }});
        m_bar.clear();
        const EvaluationReport report = valueOrThrow(result);
        write(report);
        if (m_context.json) {
            nlohmann::json document = toJson(m_request, report);
            document.update({{"size", m_options.preprocessing.size}, {"crop", m_options.preprocessing.crop}, {"rows", std::move(m_rows)}});
            printJson(document);
        } else {
            print(report);
        }
        if (!report.finished) {
            throw CommandError{Error{ErrorCode::Cancelled, "cancelled after " + std::to_string(report.pictures) + " of " + std::to_string(report.total) + " pictures, whose figures these are", {}, {}}};
        }
    }

private:
    void prepare() {
        for (const std::string& list : m_options.models) {
            for (const std::string& reference : splitModelList(list)) m_references.push_back(reference);
        }
        if (m_references.empty()) throw CommandError{Error{ErrorCode::Invalid, "no model is named", "--models", "give one or more, separated by commas"}, 2};
        m_request = {.paths = m_options.paths, .models = {}, .preprocessing = m_options.preprocessing.parameters(), .tasks = tasksOf(m_options.tasks), .strengths = {}, .seed = m_options.seed, .labels = {}, .promptTemplate = m_options.around, .limit = m_options.limit, .shuffle = m_options.shuffle};
        const std::set<double> strengths(m_options.strengths.begin(), m_options.strengths.end());
        m_request.strengths.assign(strengths.begin(), strengths.end());
        if (!m_options.labels.empty()) m_request.labels = readLabels(m_options.labels);
        m_context.options.cacheBytes = kCacheBytes;
        for (const std::string& reference : m_references) m_request.models.push_back(m_context.openModel(reference));
        m_columns = evaluationColumns(m_request);
        if (!m_options.out.empty()) m_table = std::make_unique<RowFile>(m_options.out, evaluationHeader(m_columns));
    }

    void take(const EvaluationRow& row) {
        const std::string& model = m_request.models[row.model].name;
        if (m_table) m_table->write(evaluationLine(row, model, m_columns));
        if (m_context.json) m_rows.push_back(toJson(row, model));
        if (!row.problem) return;
        m_context.exitCode = 1;
        // One line for what is wrong with a picture, not one for every model; and one for what is wrong with a model.
        const std::string line = toLine(*row.problem);
        if (!m_said.insert(line).second) return;
        m_bar.clear();
        std::fprintf(stderr, "tessera: %s\n", line.c_str());
    }

    bool goesOn(std::size_t done, std::size_t total) {
        const double seconds = std::chrono::duration<double>(Clock::now() - m_start).count();
        Progress progress{.fraction = static_cast<double>(done) / static_cast<double>(total), .stage = std::to_string(done) + " of " + std::to_string(total), .secondsLeft = {}};
        if (done > 0) progress.secondsLeft = seconds / static_cast<double>(done) * static_cast<double>(total - done);
        m_bar.show(progress);
        return !interrupted();
    }

    std::string summaryFile() const {
        const fs::path path(m_options.out);
        return (path.parent_path() / (path.stem().string() + "-summary.csv")).string();
    }

    void write(const EvaluationReport& report) {
        if (!m_table) return;
        m_table->finish();
        if (auto failure = writeTextFile(summaryFile(), evaluationSummary(m_request, report))) throw CommandError{*failure};
    }

    void print(const EvaluationReport& report) const {
        printEvaluation(m_request, report);
        if (m_table) std::printf("%s\n%s\n", m_options.out.c_str(), summaryFile().c_str());
    }

    Context& m_context;
    const Options& m_options;
    std::vector<std::string> m_references, m_columns;
    EvaluationRequest m_request;
    std::unique_ptr<RowFile> m_table;
    nlohmann::json m_rows = nlohmann::json::array();
    std::set<std::string> m_said;
    ProgressBar m_bar{"evaluating"};
    Clock::time_point m_start = Clock::now();
};

}  // namespace

void addEvaluate(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("evaluate", "Models over many pictures: PSNR, SSIM and L1, what every depth gives, use of codes, latents, zero-shot names, names found in collages; means with their standard errors, and a CSV line per picture");
    command->footer("PSNR, SSIM and L1 are those of a board's cells: of unrounded floats, input and reconstruction clamped to 0..1 in sRGB, over all pixels and RGB that the model is given after --size and --crop.\n"
                    "collages takes four pictures with different names at a time, each in a quarter of a square of --size: of the tokens that lie in a drawing those count to which its own name is the most alike of the four.\n"
                    "--out FILE.csv has a line per picture and model; FILE-summary.csv a line per model and figure.");
    command->add_option("paths", options->paths, "Pictures, folders (with all folders in them), .txt lists of pictures, .tar shards (WebDataset) or patterns of them")->required();
    command->add_option("--models,--model", options->models, "MODEL[@fp32|@bf16|@fp16|@auto],...; may be given several times")->required()->expected(1)->take_all();
    command->add_option("--task", options->tasks, "What is measured: reconstruction, depths, codes, latents, zero-shot, collages; several are separated by commas; without it all that the models can")
        ->expected(1)->take_all()->delimiter(',')->check(CLI::IsMember({"reconstruction", "depths", "codes", "latents", "zero-shot", "collages"}));
    command->add_option("--out", options->out, "CSV to write, a line per picture and model")->type_name("FILE.csv");
    command->add_option("--strength", options->strengths, "Also PSNR and SSIM with noise of these strengths on the latents, as the lens perturbed adds it; separated by commas")->expected(1)->take_all()->delimiter(',')->check(CLI::Range(0.0, 100.0));
    command->add_option("--seed", options->seed, "Of that noise, the same for every picture")->capture_default_str()->check(CLI::Range(std::int64_t(0), std::int64_t(0xffffffff)));
    command->add_option("--labels", options->labels, "Names to choose a picture's from: a file with one a line, or several names; without it those of all pictures")->type_name("FILE|NAME...");
    command->add_option("--template", options->around, "The sentence around a name")->capture_default_str()->check(CLI::IsMember({"none", "photo", "ensemble"}));
    command->add_option("--shuffle", options->shuffle, "Collages take the pictures in an order drawn from this seed; without it in their own")->type_name("SEED")->check(CLI::Range(std::int64_t(0), std::int64_t(0xffffffff)));
    command->add_option("--limit", options->limit, "Only the first N pictures")->type_name("N")->check(CLI::PositiveNumber);
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { Evaluate(context, *options).run(); });
}

}  // namespace tessera::cli
