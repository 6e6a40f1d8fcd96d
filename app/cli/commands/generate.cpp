// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <numeric>

#include <nlohmann/json.hpp>
#include <tessera/files.h>
#include <tessera/source_words.h>

#include "command.h"
#include "drawn_steps.h"
#include "tensor_values.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSoftware = "Tessera " TESSERA_VERSION;

struct Options {
    GenerateRequest request;
    std::string model, out, prompts, tokens, trace, given, influence, start, stepsOut;
    bool ownGuidance = true, ownTemperature = true;  ///< as the model has them
    int from = -1;
    double framesPerSecond = 8;
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
    const bool clip = ends(options.out, ".mp4") || ends(options.out, ".gif") || ends(options.out, ".webp");
    if (!ends(options.out, ".png") && !clip) badUsage("generate writes PNG, and clips as MP4, GIF or WebP", options.out, "end the name of --out in .png, or with --video in .mp4, .gif or .webp");
    if (clip && !options.request.video) badUsage("a picture goes to PNG", options.out, "end the name of --out in .png, or draw a clip with --video");
    if (!options.tokens.empty() && !ends(options.tokens, ".safetensors") && !ends(options.tokens, ".npz")) badUsage("the codes go to safetensors or NPZ", options.tokens, "end the name of --tokens in .safetensors or .npz");
    if (!options.trace.empty() && !ends(options.trace, ".csv")) badUsage("the trace goes to CSV", options.trace, "end the name of --trace in .csv");
    if (!options.influence.empty() && !ends(options.influence, ".json")) badUsage("the words' influence goes to JSON", options.influence, "end the name of --influence in .json");
    if (options.given.empty() && options.from >= 0) badUsage("--from needs codes to keep", "--given", "name a file that --tokens wrote");
    if (options.given.empty() && options.start.empty() && !options.redraw.empty()) badUsage("--redraw needs what to keep", "--given, --init", "name a file that --tokens wrote, or of a flow a picture");
    if (options.request.keptSteps > 0 && options.stepsOut.empty()) badUsage("there is no place for the steps to keep", "--steps-out", "name a folder");
    if (options.request.keptSteps == 0 && !options.stepsOut.empty()) badUsage("no steps are kept", "--keep-steps", "say how many");
    if (options.start.empty() && options.request.startTime != 1) badUsage("--time needs a picture to set out from", "--init", "name one");
    for (const std::string& path : {options.out, options.tokens, options.trace, options.influence}) {
        const fs::path folder = fs::path(path).parent_path();
        std::error_code ignored;
        if (!folder.empty() && !fs::is_directory(folder, ignored)) throw CommandError{Error{ErrorCode::NotFound, "there is no such folder", folder.string(), "make it first"}};
    }
}

/// A list is of prompts, each with pictures alone.
void checkList(const Options& options) {
    const std::pair<const char*, bool> alone[]{{"--tokens", !options.tokens.empty()}, {"--trace", !options.trace.empty()},
                                               {"--influence", !options.influence.empty()}, {"--given", !options.given.empty()},
                                               {"--from", options.from >= 0}, {"--redraw", !options.redraw.empty()},
                                               {"--init", !options.start.empty()}, {"--time", options.request.startTime != 1},
                                               {"--keep-steps", options.request.keptSteps > 0}, {"--steps-out", !options.stepsOut.empty()},
                                               {"--video", options.request.video}};
    for (const auto& [option, asked] : alone) {
        if (asked) badUsage(std::string(option) + " is of one prompt", options.prompts, "leave it out, or draw that prompt by itself");
    }
    if (fs::path(options.out).extension() == ".png" || namesClip(options.out)) badUsage("a list of prompts goes to a folder", options.out, "name one as --out");
}

/// A token lies in the rectangle of row, column, rows and columns, if there is one.
bool inside(const std::vector<int>& box, std::int64_t row, std::int64_t column) {
    return !box.empty() && row >= box[0] && row < box[0] + box[2] && column >= box[1] && column < box[1] + box[3];
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
        const bool drawn = inside(options.redraw, row, column) || (options.from >= 0 && token >= options.from);
        for (std::int64_t depth = 0; depth < depths; ++depth) codes.push_back(drawn ? -1 : static_cast<std::int32_t>(valueAt(found->second, token * depths + depth)));
    }
    if (const auto failure = changedOnDisk(tensors)) throw CommandError{*failure};
    return codes;
}

/// 1 for the tokens of the rectangle that is drawn anew.
std::vector<std::uint8_t> drawnAnew(const Options& options, const ModelInfo& model) {
    const int side = model.inputSide / std::max(1, model.downsample);
    if (side == 0) throw CommandError{Error{ErrorCode::Unsupported, "how many tokens a picture of this model has is not known before it is drawn", model.name, "leave --redraw out"}};
    std::vector<std::uint8_t> marks;
    for (int row = 0; row < side; ++row) {
        for (int column = 0; column < side; ++column) marks.push_back(inside(options.redraw, row, column));
    }
    if (std::ranges::count(marks, 1) == 0) badUsage("the rectangle holds no token of the " + std::to_string(side) + " x " + std::to_string(side) + " that there are", "--redraw", "give ROW,COLUMN,ROWS,COLUMNS inside");
    return marks;
}

/// What is asked of a model of its kind: its own settings where none were given, and nothing that it does not have.
GenerateRequest requestFor(const Options& options, const ModelInfo& model, Context& context) {
    const DrawingInfo& drawing = model.drawing;
    const bool flows = drawing.by == DrawnBy::Flow, tokens = drawing.by == DrawnBy::Tokens;
    const auto absent = [&](bool asked, const char* option, const char* what) {
        if (asked) badUsage(std::string(option) + ": " + model.name + " " + what, option, "leave it out, or choose another model");
    };
    absent(flows && !options.tokens.empty(), "--tokens", "draws no codes");
    absent(flows && !options.given.empty(), "--given", "draws no codes");
    absent(!tokens && !options.trace.empty(), "--trace", "does not draw token after token");
    absent(!tokens && !options.influence.empty(), "--influence", "does not draw token after token");
    absent(tokens && options.request.keptSteps > 0, "--keep-steps", "draws token after token and knows no steps");
    absent(tokens && options.request.steps > 0, "--steps", "draws token after token and knows no steps");
    absent(drawing.by != DrawnBy::Masks && !options.request.schedule.empty(), "--schedule", "does not draw by masks");
    absent(!drawing.startsFromPictures && !options.start.empty(), "--init", "does not set out from pictures");
    GenerateRequest request = options.request;
    request.model = model.id;
    if (options.ownGuidance) request.guidance = drawing.guidance;
    if (options.ownTemperature) request.temperature = drawing.temperature;
    if (!options.given.empty()) request.given = givenCodes(options, request.video ? drawing.frames : 1);
    if (!options.start.empty()) {
        request.start = context.engine().addSource({.path = options.start});
        if (!options.redraw.empty()) request.drawnAnew = drawnAnew(options, model);
    }
    return request;
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

/// "out.png", "out-2.png", "out-2-frame03.png", "out-2.mp4".
std::string nameOf(const Options& options, const Generation& generation, std::size_t picture, std::optional<std::size_t> number) {
    const fs::path out = options.out;
    std::string name = out.stem().string();
    if (generation.pictures.size() > 1) name += "-" + std::to_string(picture + 1);
    if (const std::size_t frame = number.value_or(0); number && generation.frames > 1) {
        char number[16];
        std::snprintf(number, sizeof number, "-frame%02d", static_cast<int>(frame + 1));
        name += number;
    }
    return (out.parent_path() / (name + out.extension().string())).string();
}

const char* stepsOf(const ModelInfo& model) { return model.drawing.by == DrawnBy::Tokens ? "tokens" : "steps"; }

/// What was drawn before Ctrl-C or a failure is not lost where there is a place for it.
[[noreturn]] void keepWhatIsDrawn(const Options& options, const ModelInfo& model, SoFar& soFar, Error error) {
    std::lock_guard lock(soFar.mutex);
    const Generation& drawn = soFar.generation;
    if (drawn.drawn > 0) {
        error.message += " after " + std::to_string(drawn.drawn) + " of " + std::to_string(drawn.positions) + " " + stepsOf(model);
        if (!options.trace.empty()) {
            if (const auto failure = writeTextFile(options.trace, traceOf(drawn))) throw CommandError{*failure};
        }
        if (!options.tokens.empty()) {
            writeCodes(options, model, drawn);
            const bool failed = error.code != ErrorCode::Cancelled && !error.action.empty();
            error.action = (failed ? error.action + "; " : "") + "--given " + options.tokens + " goes on with the first of its pictures";
        }
    }
    throw CommandError{std::move(error)};
}

/// What each word of the prompt did for each picture, the one with the most first.
nlohmann::json influenceOf(Context& context, const GenerateRequest& request, const Generation& drawn) {
    nlohmann::json pictures = nlohmann::json::array();
    for (const GeneratedPicture& each : drawn.pictures) {
        const WordInfluence influence = valueOrThrow(await<WordInfluence>(
            [&](Observer<WordInfluence> observer) {
                return context.engine().wordInfluence({.model = request.model, .prompt = request.prompt, .video = request.video, .codes = each.codes}, Priority::Batch, std::move(observer));
            },
            "weighing words"));
        const std::size_t tokens = influence.words.empty() ? 0 : influence.gain.size() / influence.words.size();
        std::vector<nlohmann::json> words;
        for (std::size_t i = 0; i < influence.words.size(); ++i) {
            const auto begin = influence.gain.begin() + static_cast<std::ptrdiff_t>(i * tokens);
            const std::vector<float> gain(begin, begin + static_cast<std::ptrdiff_t>(tokens));
            words.push_back({{"word", influence.words[i]}, {"mean_gain", std::accumulate(gain.begin(), gain.end(), 0.0) / static_cast<double>(std::max<std::size_t>(1, tokens))}, {"gain", gain}});
        }
        std::ranges::stable_sort(words, std::greater<>(), [](const nlohmann::json& word) { return word["mean_gain"].get<double>(); });
        pictures.push_back({{"seed", each.seed}, {"frames", influence.frames}, {"rows", influence.rows}, {"columns", influence.columns}, {"words", words}});
    }
    return pictures;
}

/// Draws one prompt and writes what was asked for; what --json says of it.
nlohmann::json drawAndWrite(Context& context, const Options& options, const ModelInfo& model) {
    const GenerateRequest request = requestFor(options, model, context);
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
        keepWhatIsDrawn(options, model, *soFar, result.error());
    }
    const Generation& drawn = result.value();
    if (!options.tokens.empty()) writeCodes(options, model, drawn);
    if (!options.trace.empty()) {
        if (const auto failure = writeTextFile(options.trace, traceOf(drawn))) throw CommandError{*failure};
    }
    if (!options.influence.empty()) {
        const nlohmann::json report{{"prompt", request.prompt}, {"model", model.name}, {"unit", "nat per token"}, {"pictures", influenceOf(context, request, drawn)}};
        if (const auto failure = writeTextFile(options.influence, report.dump(2) + "\n")) throw CommandError{*failure};
    }
    if (!options.stepsOut.empty()) writeSteps(options.stepsOut, fs::path(options.out).stem().string(), model, request, drawn, kSoftware);
    nlohmann::json pictures = nlohmann::json::array();
    for (std::size_t i = 0; i < drawn.pictures.size(); ++i) {
        const GeneratedPicture& each = drawn.pictures[i];
        nlohmann::json written = nlohmann::json::array();
        const auto wrote = [&](const std::string& path, const std::optional<Error>& failure) {
            if (failure) throw CommandError{*failure};
            written.push_back(path);
            if (!context.json) std::printf("%s\n", path.c_str());
        };
        const FileWords words = generationWords(model, request, each.seed, kSoftware);
        const bool clip = namesClip(options.out);
        if (clip) {
            std::vector<Image> frames;
            for (const Picture& frame : each.frames) frames.push_back(frame.image);
            const std::string path = nameOf(options, drawn, i, std::nullopt);
            wrote(path, writeClipFile(path, frames, options.framesPerSecond, words));
        }
        for (std::size_t frame = 0; frame < each.frames.size(); ++frame) {
            const std::string path = nameOf(options, drawn, i, clip ? std::nullopt : std::optional(frame));
            if (!clip) wrote(path, writePngFile(path, each.frames[frame].image.toU8Rgb(), words));
            for (const Note& note : each.frames[frame].notes) {
                if (note.kind == Note::Kind::Warning) std::fprintf(stderr, "tessera: %s: %s\n", path.c_str(), note.text.c_str());
            }
        }
        double bits = 0;
        for (const float entropy : each.trace.entropy) bits += entropy;
        pictures.push_back({{"seed", each.seed}, {"out", written}, {"mean_entropy_bits", each.trace.size() ? bits / static_cast<double>(each.trace.size()) : 0.0}});
    }
    if (!context.json) std::fprintf(stderr, "%d %s each, %.1f s, %.1f %s/s\n", drawn.positions, stepsOf(model), drawn.seconds, drawn.tokensPerSecond, stepsOf(model));
    return {{"model", model.name}, {"device", model.device}, {"precision", drawn.precision}, {"prompt", request.prompt}, {"guidance", request.guidance}, {"guidance_course", courseName(request.guidanceCourse)}, {"temperature", request.temperature},
            {"top_k", request.topK}, {"top_p", request.topP}, {"frames", drawn.frames}, {"rows", drawn.rows}, {"columns", drawn.columns}, {"depths", drawn.depths}, {stepsOf(model), drawn.positions},
            {"sampler", askedOrOwn(request.sampler, model.drawing.samplers)},
            {"schedule", askedOrOwn(request.schedule, model.drawing.schedules)}, {"seconds", drawn.seconds}, {std::string(stepsOf(model)) + "_per_second", drawn.tokensPerSecond}, {"pictures", pictures}};
}

/// "007-red-apple": what a prompt's files are called.
std::string stemOf(std::size_t number, const std::string& prompt) {
    constexpr std::size_t kLongest = 48;
    char digits[24];
    std::snprintf(digits, sizeof digits, "%03zu-", number);
    std::string stem = digits;
    for (const char c : prompt.substr(0, kLongest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) && byte < 128) stem += static_cast<char>(std::tolower(byte));
        else if (stem.back() != '-') stem += '-';
    }
    while (stem.back() == '-') stem.pop_back();
    return stem;
}

/// It is the prompt that cannot be drawn, not the whole list.
bool isOfPrompt(const CommandError& failure) {
    const ErrorCode code = failure.error.code;
    return failure.exitCode == 1 && (code == ErrorCode::Invalid || code == ErrorCode::NotFound || code == ErrorCode::Unsupported || code == ErrorCode::Mismatch);
}

/// Every prompt of a list, each picture beside a text that names it. A prompt that cannot be drawn is said and does not keep the others from it.
void drawList(Context& context, const Options& options, const std::vector<std::string>& prompts, const ModelInfo& model) {
    makeFolder(options.out);
    nlohmann::json drawings = nlohmann::json::array();
    std::size_t failed = 0;
    const auto report = [&] {
        if (context.json) printJson({{"drawings", drawings}, {"failed", failed}});
    };
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        Options one = options;
        one.request.prompt = prompts[i];
        one.out = (fs::path(options.out) / (stemOf(i + 1, prompts[i]) + ".png")).string();
        try {
            const nlohmann::json drawn = drawAndWrite(context, one, model);
            for (const nlohmann::json& picture : drawn["pictures"]) {
                for (const nlohmann::json& path : picture["out"]) {
                    if (const auto failure = writeTextFile(fs::path(path.get<std::string>()).replace_extension(".txt").string(), prompts[i] + "\n")) throw CommandError{*failure};
                }
            }
            drawings.push_back(drawn);
        } catch (const CommandError& failure) {
            if (!isOfPrompt(failure)) {
                report();
                throw;
            }
            ++failed;
            std::fprintf(stderr, "tessera: \"%s\": %s\n", prompts[i].c_str(), toLine(failure.error).c_str());
        }
    }
    report();
    if (failed > 0) throw CommandError{Error{ErrorCode::Invalid, std::to_string(failed) + " of " + std::to_string(prompts.size()) + " prompts were not drawn", options.prompts, "mend those named above"}};
}

void run(Context& context, const Options& options) {
    if (!options.prompts.empty()) {
        checkList(options);
        const std::vector<std::string> prompts = filledLines(options.prompts, "prompt");
        return drawList(context, options, prompts, context.openModel(options.model));
    }
    checkNames(options);
    const nlohmann::json report = drawAndWrite(context, options, context.openModel(options.model));
    if (context.json) printJson(report);
}

/// Options of models that draw in steps.
void addSteps(CLI::App& command, Options& options) {
    GenerateRequest& request = options.request;
    constexpr const char* kGroup = "Of models that draw in steps";
    command.add_option("--steps", request.steps, "Steps; 0: the model's own number")->check(CLI::Range(0, 1000))->group(kGroup);
    command.add_option("--keep-steps", request.keptSteps, "Keep so many of the steps, spread evenly, the first and the last among them; fewer where their pictures would not fit into the engine's cache")->check(CLI::Range(0, 64))->group(kGroup);
    command.add_option("--steps-out", options.stepsOut, "Folder for the kept steps: the picture that each expects, its tokens, and a table")->group(kGroup);
    command.add_option("--schedule", request.schedule, "Of masks: how fast they fall, as tessera models info lists: cosine, uniform, or a power such as pow2; the model's own if left out")->group(kGroup);
    constexpr const char* kFlows = "Of flows, whose time runs from 1, noise, to 0, the picture";
    command.add_option("--sampler", request.sampler, "One of those that tessera models info lists; the model's own if left out")->group(kFlows);
    command.add_option("--guidance-from", request.guidanceFrom, "Guide at times from this one")->check(CLI::Range(0.0, 1.0))->group(kFlows);
    command.add_option("--guidance-to", request.guidanceTo, "to this one")->check(CLI::Range(0.0, 1.0))->group(kFlows);
    command.add_flag("--weak-guide", request.weakGuide, "Guide by the weaker model beside it in place of no prompt")->group(kFlows);
    command.add_option("--init", options.start, "Picture to set out from")->group(kFlows);
    command.add_option("--time", request.startTime, "At which time: 0 leaves the picture as it is, 1 nothing of it")->check(CLI::Range(0.0, 1.0))->group(kFlows);
    command.add_option("--towards-seed", request.towardsSeed, "Other end of a way between two noises, on the sphere")->group(kFlows);
    command.add_option("--towards", request.towards, "How far on it")->check(CLI::Range(0.0, 1.0))->group(kFlows);
}

}  // namespace

void addGenerate(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    GenerateRequest& request = options->request;
    CLI::App* command = app.add_subcommand("generate", "Pictures for words, or of a class");
    CLI::Option* prompt = command->add_option("prompt", request.prompt, "What is to be drawn; of a model that knows classes the name or the number of one, from 0");
    CLI::Option* list = command->add_option("--prompts", options->prompts, "List of prompts, one a line: all are drawn into the folder --out, each picture with its prompt in a text beside it, as tessera evaluate takes them")->excludes(prompt);
    command->add_option("--model", options->model, "A model that draws: tessera-mini, a whole VILA-U, an RAE with its transformer")->required();
    command->add_option("--out", options->out, "PNG to write, or with --prompts a folder; of several pictures NAME-1.png, NAME-2.png, ..., of a clip NAME-frame01.png, ...; or a clip's .mp4, .gif or .webp")->required();
    command->add_option("--seed", request.seed, "Of the draws; several pictures take the ones after it")->capture_default_str();
    command->add_option("--count", request.count, "Pictures, drawn together")->capture_default_str()->check(CLI::Range(1, 64));
    CLI::Option* guidance = command->add_option("--guidance", request.guidance, "How much more the prompt counts than no prompt; 1: no guidance; the model's own if left out")->check(CLI::Range(0.0, 100.0));
    const std::map<std::string, GuidanceCourse> courses{{"constant", GuidanceCourse::Constant}, {"linear", GuidanceCourse::Linear}, {"cosine", GuidanceCourse::Cosine}};
    command->add_option("--guidance-course", request.guidanceCourse, "How guidance grows over the tokens: constant, or from 1 to --guidance: linear, cosine")->default_str("constant")->transform(CLI::CheckedTransformer(courses).description(""));
    CLI::Option* temperature = command->add_option("--temperature", request.temperature, "0: always the likeliest code; the model's own if left out")->check(CLI::Range(0.0, 100.0));
    command->add_option("--top-k", request.topK, "Draw among so many of the likeliest codes; 0: among all")->capture_default_str()->check(CLI::Range(0, 1 << 24));
    command->add_option("--top-p", request.topP, "And of those among the likeliest that have this probability together")->capture_default_str()->check(CLI::Range(0.0, 1.0));
    command->add_flag("--video", request.video, "A clip, where the model draws clips");
    command->add_option("--fps", options->framesPerSecond, "Frames a second of a clip's file")->capture_default_str()->check(CLI::Range(0.1, 240.0));
    command->add_option("--tokens", options->tokens, "File for the codes, as tessera decode takes them: .safetensors or .npz");
    command->add_option("--trace", options->trace, "CSV: what the model thought of every code, and its ten likeliest");
    command->add_option("--influence", options->influence, "JSON: how much likelier each word of the prompt made the codes, in all and token by token; reads the picture once for each word");
    command->add_option("--given", options->given, "Codes to keep, of a file that --tokens wrote; what it lacks (-1) is drawn, row after row: a token knows those before it alone");
    command->add_option("--from", options->from, "Of --given, keep the tokens before this one (0 is the first) and draw the rest")->check(CLI::Range(0, 1 << 24));
    command->add_option("--redraw", options->redraw, "Of --given or --init, draw this rectangle anew: ROW,COLUMN,ROWS,COLUMNS of tokens")->delimiter(',')->expected(4)->check(CLI::Range(0, 1 << 16));
    addSteps(*command, *options);
    command->callback([options, prompt, list, guidance, temperature, &context] {
        if (prompt->count() == 0 && list->count() == 0) badUsage("there is nothing to draw", "prompt, --prompts", "give a prompt, or a list of them");
        options->ownGuidance = guidance->count() == 0;
        options->ownTemperature = temperature->count() == 0;
        run(context, *options);
    });
}

}  // namespace tessera::cli
