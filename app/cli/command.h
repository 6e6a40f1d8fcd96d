// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>
#include <tessera/engine.h>

#include "terminal.h"

namespace tessera::cli {

/// What all commands share: global options, the engine (opened when first used), how to print.
struct Context {
    EngineOptions options;
    Precision precision = Precision::Auto;
    bool int8Weights = false;
    bool json = false;
    int exitCode = 0;

    /// Throws CommandError when the engine cannot be opened.
    Engine& engine();
    /// Opens a model by name or path, with "@PRECISION" after it where --precision is not meant. Throws CommandError.
    ModelInfo openModel(const std::string& reference);
    ModelInfo openModel(const ModelRequest& request);

private:
    std::shared_ptr<Engine> m_engine;
};

/// Ends a command: its line goes to stderr, the program ends with `exitCode`.
struct CommandError {
    Error error;
    int exitCode = 1;
};

/// The value, or CommandError.
template <typename T>
T valueOrThrow(Result<T> result) {
    if (!result) throw CommandError{result.error()};
    return std::move(result).value();
}

/// Blocks for a job with a progress bar on a terminal; Ctrl-C cancels it.
template <typename T, typename Start>
Result<T> await(Start&& start, const std::string& what);

/// How a source is cut for the model: --size and --crop.
struct PreprocessingOptions {
    std::int64_t size = 256;
    std::string crop = "square";
    void addTo(CLI::App& command);
    ParameterSet parameters() const;
};

/// "difference:kind=signed,size=512" as a query without a cell. Throws CommandError with exit code 2 for what no lens knows.
Query parsedLens(const std::string& text, const std::vector<LensInfo>& lenses);
/// Measures by name; numbers, "inf", or null with the reason under "<name>_why".
nlohmann::json toJson(const std::vector<Measure>& measures);
/// "29.24 dB", "inf dB", or "-".
std::string toText(const Measure* measure, int decimals);
/// A field of a CSV file (RFC 4180): in quotes where it needs them.
std::string csvField(const std::string& text);
/// The shortest digits that read back as the number; "inf", "nan".
std::string csvNumber(double value);
/// The document on stdout. Bytes of file names that are no UTF-8 are replaced.
void printJson(const nlohmann::json& json);
/// Creates the folder. Throws CommandError.
void makeFolder(const std::string& path);
std::string trimmed(const std::string& text);  ///< without the blanks around it
/// The lines of a text file that say something, trimmed. Throws CommandError for none; `one`: what a line holds.
std::vector<std::string> filledLines(const std::string& path, const std::string& one);

// One per file in commands/.
void addAgreement(CLI::App& app, Context& context);
void addBench(CLI::App& app, Context& context);
void addCompare(CLI::App& app, Context& context);  ///< only in builds with image files
void addDecode(CLI::App& app, Context& context);
void addDescribe(CLI::App& app, Context& context);
void addEncode(CLI::App& app, Context& context);
void addEvaluate(CLI::App& app, Context& context);
void addFitCodebooks(CLI::App& app, Context& context);  ///< only in builds with image files
void addGenerate(CLI::App& app, Context& context);
void addMetrics(CLI::App& app, Context& context);
void addModels(CLI::App& app, Context& context);
void addParity(CLI::App& app, Context& context);
void addRank(CLI::App& app, Context& context);
void addReconstruct(CLI::App& app, Context& context);
void addRender(CLI::App& app, Context& context);
void addSimilarity(CLI::App& app, Context& context);
void addTextIds(CLI::App& app, Context& context);
void addTrain(CLI::App& app, Context& context);

template <typename T, typename Start>
Result<T> await(Start&& start, const std::string& what) {
    auto answer = std::make_shared<Answer<Result<T>>>();
    auto bar = std::make_shared<ProgressBar>(what);
    Observer<T> observer;
    observer.onDone = [answer](Result<T> result) { answer->set(std::move(result)); };
    observer.onProgress = [bar](const Progress& progress) { bar->show(progress); };
    Subscription subscription = start(std::move(observer));
    while (!answer->waitFor(std::chrono::milliseconds(50))) {
        if (interrupted()) subscription.cancel();
    }
    subscription.detach();
    bar->clear();
    return answer->take();
}

}  // namespace tessera::cli
