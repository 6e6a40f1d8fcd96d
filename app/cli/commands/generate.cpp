// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <mutex>

#include <nlohmann/json.hpp>
#include <tessera/files.h>
#include <tessera/source_words.h>

#include "command.h"
#include "tensor_values.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSoftware = "Tessera " TESSERA_VERSION;

struct Options {
    GenerateRequest request;
    std::string model, out, tokens, trace, given;
    int from = -1;
    std::vector<int> redraw;  ///< row, column, rows, columns
};

/// What is there so far, for when it is cancelled.
struct SoFar {
    std::mutex mutex;
    Generation generation;
};

[[noreturn]] void badUsage(const std::string& what, const std::string& where, const std::string& advice) { throw CommandError{Error{ErrorCode::Invalid, what, where, advice}, 2}; }

/// Before anything is drawn.
void checkNames(const Options& options) {
    const auto ends = [](const std::string& path, const char* ending) { return fs::path(path).extension() == ending; };
    if (!ends(options.out, ".png")) badUsage("generate writes PNG", options.out, "end the name of --out in .png");
    if (!options.tokens.empty() && !ends(options.tokens, ".safetensors") && !ends(options.tokens, ".npz")) badUsage("the codes go to safetensors or NPZ", options.tokens, "end the name of --tokens in .safetensors or .npz");
    if (!options.trace.empty() && !ends(options.trace, ".csv")) badUsage("the trace goes to CSV", options.trace, "end the name of --trace in .csv");
    if (options.given.empty() && (options.from >= 0 || !options.redraw.empty())) badUsage("--from and --redraw need codes to keep", "--given", "name a file that --tokens wrote");
    for (const std::string& path : {options.out, options.tokens, options.trace}) {
        const fs::path folder = fs::path(path).parent_path();
        std::error_code ignored;
        if (!folder.empty() && !fs::is_directory(folder, ignored)) throw CommandError{Error{ErrorCode::NotFound, "there is no such folder", folder.string(), "make it first"}};
    }
}

/// Codes that are kept of a file's first picture or clip; -1 where it is to be drawn.
std::vector<std::int32_t> givenCodes(const Options& options, int frames) {
    const TensorMap tensors = valueOrThrow(readTensorFile(options.given));
    const auto found = tensors.find("codes");
    if (found == tensors.end() || found->second.shape.size() != 4 || !isWholeNumber(found->second.type)) {
        throw CommandError{Error{ErrorCode::Invalid, "there is no tensor named codes [B, rows, columns, D] of whole numbers", options.given, "give a file that --tokens wrote"}};
    }
    const std::vector<std::int64_t>& shape = found->second.shape;
    if (shape[0] < frames) {
        throw CommandError{Error{ErrorCode::Mismatch, "the file has " + std::to_string(shape[0]) + " frames, and a clip has " + std::to_string(frames), options.given, "give codes of a clip"}};
    }
    const std::int64_t rows = shape[1], columns = shape[2], depths = shape[3];
    std::vector<std::int32_t> codes;
    for (std::int64_t token = 0; token < frames * rows * columns; ++token) {
        const std::int64_t row = token / columns % rows, column = token % columns;
        const std::vector<int>& box = options.redraw;
        const bool inside = !box.empty() && row >= box[0] && row < box[0] + box[2] && column >= box[1] && column < box[1] + box[3];
        const bool drawn = inside || (options.from >= 0 && token >= options.from);
        for (std::int64_t depth = 0; depth < depths; ++depth) codes.push_back(drawn ? -1 : static_cast<std::int32_t>(valueAt(found->second, token * depths + depth)));
    }
    if (const auto failure = changedOnDisk(tensors)) throw CommandError{*failure};
    return codes;
}

std::string traceOf(const Generation& generation) {
    std::string text = "picture,seed,frame,row,column,depth,code,probability,rank,entropy,guidance_gain";
    for (int i = 1; i <= GenerationTrace::kAlternatives; ++i) text += ",code_" + std::to_string(i) + ",probability_" + std::to_string(i);
    text += "\n";
    for (std::size_t picture = 0; picture < generation.pictures.size(); ++picture) {
        const GeneratedPicture& each = generation.pictures[picture];
        for (std::size_t i = 0; i < each.trace.size(); ++i) {
            const auto depths = static_cast<std::size_t>(generation.depths), columns = static_cast<std::size_t>(generation.columns), rows = static_cast<std::size_t>(generation.rows);
            const std::size_t token = i / depths;
            text += std::to_string(picture + 1) + ',' + std::to_string(each.seed) + ',' + std::to_string(token / columns / rows) + ',' + std::to_string(token / columns % rows) + ',' +
                    std::to_string(token % columns) + ',' + std::to_string(i % depths + 1) + ',' + std::to_string(each.codes[i]) + ',' + csvNumber(each.trace.probability[i]) + ',' +
                    std::to_string(each.trace.rank[i]) + ',' + csvNumber(each.trace.entropy[i]) + ',' + (each.trace.guidanceGain.empty() ? std::string() : csvNumber(each.trace.guidanceGain[i]));
            for (std::size_t k = 0; k < GenerationTrace::kAlternatives; ++k) {
                const std::size_t at = i * GenerationTrace::kAlternatives + k;
                if (each.trace.alternatives[at] < 0) text += ",,";
                else text += ',' + std::to_string(each.trace.alternatives[at]) + ',' + csvNumber(each.trace.alternativeProbabilities[at]);
            }
            text += "\n";
        }
    }
    return text;
}

/// codes [pictures * frames, rows, columns, depths], as tessera decode takes them.
void writeCodes(const Options& options, const ModelInfo& model, const Generation& generation) {
    std::vector<std::int64_t> codes;
    for (const GeneratedPicture& each : generation.pictures) codes.insert(codes.end(), each.codes.begin(), each.codes.end());
    std::vector<std::byte> bytes(codes.size() * sizeof(std::int64_t));
    std::memcpy(bytes.data(), codes.data(), bytes.size());
    const std::int64_t pictures = static_cast<std::int64_t>(generation.pictures.size()) * generation.frames;
    const HostTensor tensor{DType::I64, {pictures, generation.rows, generation.columns, generation.depths}, SharedBytes(std::move(bytes))};
    if (const auto failure = writeTensorFile(options.tokens, {{"codes", tensor}}, generationWords(model, options.request, options.request.seed, kSoftware))) throw CommandError{*failure};
}

/// "out.png", "out-2.png", "out-2-frame03.png".
std::string nameOf(const Options& options, const Generation& generation, std::size_t picture, std::size_t frame) {
    const fs::path out = options.out;
    std::string name = out.stem().string();
    if (generation.pictures.size() > 1) name += "-" + std::to_string(picture + 1);
    if (generation.frames > 1) {
        char number[16];
        std::snprintf(number, sizeof number, "-frame%02d", static_cast<int>(frame + 1));
        name += number;
    }
    return (out.parent_path() / (name + ".png")).string();
}

/// What was drawn before Ctrl-C is not lost where there is a place for it.
[[noreturn]] void keepCancelled(const Options& options, const ModelInfo& model, SoFar& soFar, Error error) {
    std::lock_guard lock(soFar.mutex);
    const Generation& drawn = soFar.generation;
    if (drawn.drawn > 0) {
        error.message += " after " + std::to_string(drawn.drawn) + " of " + std::to_string(drawn.positions) + " tokens";
        if (!options.trace.empty()) {
            if (const auto failure = writeTextFile(options.trace, traceOf(drawn))) throw CommandError{*failure};
        }
        if (!options.tokens.empty()) {
            writeCodes(options, model, drawn);
            error.action = "--given " + options.tokens + " goes on with the first of its pictures";
        }
    }
    throw CommandError{std::move(error)};
}

void run(Context& context, const Options& options) {
    checkNames(options);
    const ModelInfo model = context.openModel(options.model);
    GenerateRequest request = options.request;
    request.model = model.id;
    if (!options.given.empty()) request.given = givenCodes(options, request.video ? model.drawnFrames : 1);
    auto soFar = std::make_shared<SoFar>();
    Result<Generation> result = await<Generation>(
        [&](Observer<Generation> observer) {
            observer.onPartial = [soFar](Generation generation) {
                std::lock_guard lock(soFar->mutex);
                soFar->generation = std::move(generation);
            };
            return context.engine().generate(request, Priority::Batch, std::move(observer));
        },
        "drawing");
    if (!result) {
        if (result.cancelled()) keepCancelled(options, model, *soFar, result.error());
        throw CommandError{result.error()};
    }
    const Generation& drawn = result.value();
    if (!options.tokens.empty()) writeCodes(options, model, drawn);
    if (!options.trace.empty()) {
        if (const auto failure = writeTextFile(options.trace, traceOf(drawn))) throw CommandError{*failure};
    }
    nlohmann::json pictures = nlohmann::json::array();
    for (std::size_t i = 0; i < drawn.pictures.size(); ++i) {
        const GeneratedPicture& each = drawn.pictures[i];
        nlohmann::json written = nlohmann::json::array();
        for (std::size_t frame = 0; frame < each.frames.size(); ++frame) {
            const std::string path = nameOf(options, drawn, i, frame);
            if (const auto failure = writePngFile(path, each.frames[frame].image.toU8Rgb(), generationWords(model, request, each.seed, kSoftware))) throw CommandError{*failure};
            written.push_back(path);
            if (!context.json) std::printf("%s\n", path.c_str());
            for (const Note& note : each.frames[frame].notes) {
                if (note.kind == Note::Kind::Warning) std::fprintf(stderr, "tessera: %s: %s\n", path.c_str(), note.text.c_str());
            }
        }
        double bits = 0;
        for (const float entropy : each.trace.entropy) bits += entropy;
        pictures.push_back({{"seed", each.seed}, {"out", written}, {"mean_entropy_bits", each.trace.size() ? bits / static_cast<double>(each.trace.size()) : 0.0}});
    }
    if (context.json) {
        printJson({{"model", model.name}, {"device", model.device}, {"precision", drawn.precision}, {"prompt", request.prompt}, {"guidance", request.guidance}, {"temperature", request.temperature},
                   {"top_k", request.topK}, {"top_p", request.topP}, {"frames", drawn.frames}, {"rows", drawn.rows}, {"columns", drawn.columns}, {"depths", drawn.depths}, {"tokens", drawn.positions},
                   {"seconds", drawn.seconds}, {"tokens_per_second", drawn.tokensPerSecond}, {"pictures", pictures}});
        return;
    }
    std::fprintf(stderr, "%d tokens each, %.1f s, %.1f tokens/s\n", drawn.positions, drawn.seconds, drawn.tokensPerSecond);
}

}  // namespace

void addGenerate(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    GenerateRequest& request = options->request;
    CLI::App* command = app.add_subcommand("generate", "Pictures for words");
    command->add_option("prompt", request.prompt, "What is to be drawn")->required();
    command->add_option("--model", options->model, "A model that draws: a whole VILA-U")->required();
    command->add_option("--out", options->out, "PNG to write; of several pictures NAME-1.png, NAME-2.png, ..., of a clip NAME-frame01.png, ...")->required();
    command->add_option("--seed", request.seed, "Of the draws; several pictures take the ones after it")->capture_default_str();
    command->add_option("--count", request.count, "Pictures, drawn together")->capture_default_str()->check(CLI::Range(1, 64));
    command->add_option("--guidance", request.guidance, "How much more the prompt counts than no prompt; 1: no guidance")->capture_default_str()->check(CLI::Range(0.0, 100.0));
    command->add_option("--temperature", request.temperature, "0: always the likeliest code")->capture_default_str()->check(CLI::Range(0.0, 100.0));
    command->add_option("--top-k", request.topK, "Draw among so many of the likeliest codes; 0: among all")->capture_default_str()->check(CLI::Range(0, 1 << 24));
    command->add_option("--top-p", request.topP, "And of those among the likeliest that have this probability together")->capture_default_str()->check(CLI::Range(0.0, 1.0));
    command->add_flag("--video", request.video, "A clip, where the model draws clips");
    command->add_option("--tokens", options->tokens, "File for the codes, as tessera decode takes them: .safetensors or .npz");
    command->add_option("--trace", options->trace, "CSV: what the model thought of every code, and its ten likeliest");
    command->add_option("--given", options->given, "Codes to keep, of a file that --tokens wrote; what it lacks (-1) is drawn, row after row: a token knows those before it alone");
    command->add_option("--from", options->from, "Of --given, keep the tokens before this one (0 is the first) and draw the rest")->check(CLI::Range(0, 1 << 24));
    command->add_option("--redraw", options->redraw, "Of --given, draw this rectangle anew: ROW,COLUMN,ROWS,COLUMNS of tokens")->delimiter(',')->expected(4)->check(CLI::Range(0, 1 << 16));
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
