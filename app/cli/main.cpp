// SPDX-License-Identifier: Apache-2.0
// tessera: everything the studio computes, without a window.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>
#include <tessera/engine_library.h>
#include <tessera/model_reference.h>

#include "command.h"

namespace tessera::cli {

Engine& Context::engine() {
    if (!m_engine) m_engine = valueOrThrow(openEngine(options));
    return *m_engine;
}

ModelInfo Context::openModel(const std::string& reference) {
    ModelRequest request = parsedModelRequest(reference, precision);
    request.int8Weights = request.int8Weights || int8Weights;
    return openModel(request);
}

ModelInfo Context::openModel(const ModelRequest& request) {
    return valueOrThrow(await<ModelInfo>([&](auto observer) { return engine().openModel(request, std::move(observer)); }, "opening " + request.reference));
}

void PreprocessingOptions::addTo(CLI::App& command) {
    command.add_option("--size", size, "Shorter side of the model's input in pixels; 0 keeps the picture's own size")->capture_default_str()->check(CLI::Range(0, 8192));
    command.add_option("--crop", crop, "Which part of the picture the model is given")->capture_default_str()->check(CLI::IsMember({"square", "whole"}));
}

ParameterSet PreprocessingOptions::parameters() const {
    return {{"size", size}, {"crop", crop}};
}

nlohmann::json toJson(const std::vector<Measure>& measures) {
    nlohmann::json json = nlohmann::json::object();
    for (const Measure& measure : measures) {
        if (!measure.value) {
            json[measure.name] = nullptr;
            json[measure.name + "_why"] = measure.detail;
        } else if (std::isinf(*measure.value)) {
            json[measure.name] = *measure.value > 0 ? "inf" : "-inf";
        } else {
            json[measure.name] = *measure.value;
        }
    }
    return json;
}

std::string toText(const Measure* measure, int decimals) {
    if (!measure || !measure->value) return "-";
    char text[64];
    const std::string_view unit = symbolOf(measure->unit);
    std::snprintf(text, sizeof text, "%.*f%s%.*s", decimals, *measure->value, unit.empty() ? "" : " ", static_cast<int>(unit.size()), unit.data());
    return text;
}

std::string csvField(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + '"';
}

std::string csvNumber(double value) {
    if (std::isnan(value)) return "nan";
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

void printJson(const nlohmann::json& json) {
    std::printf("%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

std::string trimmed(const std::string& text) {
    const char* blank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blank);
    return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string> filledLines(const std::string& path, const std::string& one) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored) || std::filesystem::is_directory(path, ignored)) throw CommandError{Error{ErrorCode::NotFound, "there is no such file", path, "check the path"}};
    std::ifstream file(path, std::ios::binary);
    std::vector<std::string> lines;
    bool first = true;
    for (std::string line; std::getline(file, line); first = false) {
        if (first && line.starts_with(kMark)) line.erase(0, kMark.size());
        if (line = trimmed(line); !line.empty()) lines.push_back(line);
    }
    if (!file.eof()) throw CommandError{Error{ErrorCode::Unreadable, "the file cannot be read", path, "check it"}};
    if (lines.empty()) throw CommandError{Error{ErrorCode::Invalid, "the file holds no " + one, path, "write a " + one + " a line"}};
    return lines;
}

void makeFolder(const std::string& path) {
    std::error_code error, ignored;
    std::filesystem::create_directories(path, error);
    if (std::filesystem::is_directory(path, ignored)) return;
    if (std::filesystem::exists(path, ignored)) throw CommandError{Error{ErrorCode::Unreadable, "there is a file where the folder should be", path, "choose another --out"}};
    throw CommandError{Error{ErrorCode::Unreadable, "cannot make the folder" + (error ? ": " + error.message() : std::string()), path, "choose another --out"}};
}

}  // namespace tessera::cli

int main(int argc, char** argv) {
    using namespace tessera;
    cli::Context context;
    CLI::App app{"Tessera: see what visual tokenizers see"};
    app.require_subcommand(1);
    app.option_defaults()->always_capture_default(false);
    app.set_version_flag("--version", TESSERA_VERSION);
    app.add_option("--device", context.options.device, "Where to compute: auto, cpu, cuda or cuda:N")
        ->default_str("auto")
        ->check([](const std::string& name) {
            const bool card = name.starts_with("cuda:") && name.size() > 5 && name.find_first_not_of("0123456789", 5) == std::string::npos;
            return name == "auto" || name == "cpu" || name == "cuda" || card ? std::string() : "no such device: " + name;
        });
    const std::map<std::string, Precision> precisions{{"auto", Precision::Auto}, {"fp32", Precision::Fp32}, {"bf16", Precision::Bf16}, {"fp16", Precision::Fp16}};
    app.add_option("--precision", context.precision, "auto, fp32, bf16 or fp16; auto is bf16 where the device is fast at it")
        ->transform(CLI::CheckedTransformer(precisions).description(""));
    app.add_flag("--int8", context.int8Weights, "Keep a language model's weights as int8, with a scale per row: a half or a quarter of the memory; as MODEL@int8");
    app.add_option("--threads", context.options.cpuThreads, "CPU threads; 0 uses all cores")->check(CLI::Range(0, 1024));
    app.add_flag("--json", context.json, "Print one JSON document instead of a table");
    app.fallthrough();

    cli::addReconstruct(app, context);
    cli::addEncode(app, context);
    cli::addDecode(app, context);
    cli::addRender(app, context);
#ifdef TESSERA_CONTACT_SHEET
    cli::addCompare(app, context);
    cli::addFitCodebooks(app, context);
#endif
    cli::addEvaluate(app, context);
    cli::addMetrics(app, context);
    cli::addSimilarity(app, context);
    cli::addRank(app, context);
    cli::addAgreement(app, context);
    cli::addDescribe(app, context);
    cli::addGenerate(app, context);
    cli::addTextIds(app, context);
    cli::addModels(app, context);
    cli::addBench(app, context);
    cli::addParity(app, context);
    cli::addTrain(app, context);
    for (CLI::App* command : app.get_subcommands({})) command->fallthrough();

    cli::watchInterrupts();
    try {
        app.parse(argc, argv);
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw cli::CommandError{Error{ErrorCode::Unreadable, "the output could not be written", "stdout", "free space where it goes"}};
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        if (argc > 1 && argv[1][0] != '-' && std::ranges::none_of(app.get_subcommands({}), [&](const CLI::App* each) { return each->check_name(argv[1]); })) {
            std::fprintf(stderr, "tessera: there is no command %s: see tessera --help\n", argv[1]);
            return 2;
        }
        std::fprintf(stderr, "tessera: %s: see tessera --help\n", error.what());
        return 2;
    } catch (const cli::CommandError& failure) {
        std::fprintf(stderr, "tessera: %s\n", toLine(failure.error).c_str());
        return failure.exitCode;
    } catch (const std::exception& exception) {
        // Our bug; the person still gets a sentence and no half-written file.
        std::fprintf(stderr, "tessera: %s\n", toLine(Error{ErrorCode::Internal, exception.what(), {}, "report this, please"}).c_str());
        return 1;
    }
    return context.exitCode;
}
