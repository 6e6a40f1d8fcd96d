// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <tessera/apply_tokens.h>
#include <tessera/colour_map.h>
#include <tessera/files.h>

#include "command.h"

namespace tessera::cli {
namespace {

struct Options {
    std::string source, model, lens, out, withModel, tokens;
    std::vector<std::string> with;
    int frame = 1;
};

/// Another ending would promise another format. Throws CommandError with exit code 2.
void checkPngName(const std::string& path) {
    std::string ending = std::filesystem::path(path).extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (ending == ".png") return;
    throw CommandError{Error{ErrorCode::Invalid, "render writes PNG" + (ending.empty() ? std::string() : ", not " + ending), path, "end the name of --out in .png"}, 2};
}

nlohmann::json tableJson(const Table& table) {
    nlohmann::json json{{"columns", nlohmann::json::array()}, {"rows", nlohmann::json::array()}};
    for (const Table::Column& column : table.columns) json["columns"].push_back({{"name", column.name}, {"unit", symbolOf(column.unit)}, {"detail", column.detail}});
    for (std::size_t row = 0; row < table.rows(); ++row) {
        nlohmann::json cells = nlohmann::json::array();
        for (std::size_t column = 0; column < table.columns.size(); ++column) cells.push_back(table.at(row, column));  // what is no number becomes null
        json["rows"].push_back(std::move(cells));
    }
    return json;
}

/// "a.png,b.png" as two paths, unless there is a file of that whole name.
std::vector<std::string> splitPaths(const std::vector<std::string>& given) {
    std::vector<std::string> paths;
    for (const std::string& each : given) {
        std::error_code ignored;
        if (std::filesystem::exists(each, ignored)) {
            paths.push_back(each);
            continue;
        }
        for (std::size_t from = 0; from <= each.size();) {
            const std::size_t comma = std::min(each.find(',', from), each.size());
            if (comma > from) paths.push_back(each.substr(from, comma - from));
            from = comma + 1;
        }
    }
    return paths;
}

/// The codes of a file in place of those that the model finds, as an edit of these. Throws CommandError.
EditId editFrom(Context& context, const Options& options, const Query& query) {
    const TensorMap tensors = valueOrThrow(readTensorFile(options.tokens));
    const auto found = tensors.find("codes");
    if (found == tensors.end()) throw CommandError{Error{ErrorCode::Invalid, "this file holds no codes", options.tokens, "give a file that tessera encode or the studio wrote of a model with codes"}};
    ParameterSet preprocessing;
    for (const char* name : {"size", "crop"}) {
        if (const auto it = query.parameters.find(name); it != query.parameters.end()) preprocessing[name] = it->second;
    }
    const TokenGrid grid = valueOrThrow(await<TokenGrid>([&](auto observer) { return context.engine().tokens(query.cell, preprocessing, Priority::Batch, std::move(observer)); }, "codes"));
    auto edit = editTowards(grid, found->second);
    if (edit) return context.engine().addEdit(std::move(edit).value());
    Error error = edit.error();
    error.where = options.tokens;
    throw CommandError{std::move(error)};
}

/// What to give where the lens was named the wrong number of other cells.
const char* remedyFor(Others others) {
    switch (others) {
        case Others::Reference:
            return "give one picture with --with or one model with --with-model, or neither";
        case Others::Required:
            return "give one picture with --with";
        default:
            return "leave out --with and --with-model";
    }
}

/// The other cells that --with and --with-model name: pictures under a model, or this picture under another model. Throws CommandError with exit code 2.
void nameOthers(Context& context, const Options& options, const LensInfo& lens, Query& query) {
    const std::vector<std::string> paths = splitPaths(options.with);
    const std::size_t count = paths.empty() && !options.withModel.empty() ? 1 : paths.size();
    if (auto error = wrongOthers(lens.name, lens.others, count)) {
        error->action = remedyFor(lens.others);
        throw CommandError{std::move(*error), 2};
    }
    const ModelId model = options.withModel.empty() ? query.cell.model : context.openModel(options.withModel).id;
    for (const std::string& path : paths) query.others.push_back({.source = context.engine().addSource({.path = path}), .model = model});
    if (paths.empty() && count == 1) query.others.push_back({.source = query.cell.source, .model = model, .frame = query.cell.frame});
}

/// A number that this model has no such thing for, as depth 9 of 8: bad usage like one that no model has.
bool beyondModel(const Query& query, const LensInfo& lens, const ModelInfo& model) {
    return std::ranges::any_of(lens.parameters, [&](const ParameterSpec& spec) {
        const auto given = query.parameters.find(spec.name);
        return given != query.parameters.end() && !spec.countedBy.empty() && spec.choices.empty() && boundedFor(spec, model).high < given->second;
    });
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string describe(const ParameterSpec& spec) {
    const bool last = !spec.countedBy.empty() && spec.initial == spec.high;
    std::string text = "      " + spec.name + "=" + (last ? "the last" : tessera::toText(spec.initial)) + "  " + spec.help;
    const std::string_view unit = spec.unit == Unit::Share ? "" : symbolOf(spec.unit);
    if (!spec.choices.empty()) return text + " (" + joined(spec.choices) + ")\n";
    if (std::holds_alternative<bool>(spec.initial)) return text + " (true, false)\n";
    if (std::holds_alternative<std::string>(spec.initial)) return text + "\n";
    const std::string high = spec.countedBy.empty() ? tessera::toText(spec.high) : "what the model has";
    return text + " (" + tessera::toText(spec.low) + " to " + high + (unit.empty() ? "" : " " + std::string(unit)) + ")\n";
}

/// Every lens with its parameters, as the engine tells them; what several share stands once.
std::string describe(const std::vector<LensInfo>& lenses) {
    std::string text = "Lenses:\n";
    std::vector<ParameterSpec> told;
    for (const LensInfo& lens : lenses) {
        text += "  " + lens.name + "  " + lens.help;
        std::vector<std::string> needs = lens.needs;
        if (lens.others == Others::Reference) needs.push_back("may have one other cell");
        if (lens.others == Others::Required) needs.push_back("one other cell");
        if (lens.others == Others::Board) needs.push_back("may have any number of other cells");
        text += (needs.empty() ? "" : " [" + joined(needs) + "]") + "\n";
        std::vector<std::string> repeated;
        for (const ParameterSpec& spec : lens.parameters) {
            if (std::ranges::find(told, spec) != told.end()) repeated.push_back(spec.name);
        }
        if (!repeated.empty()) text += "      " + joined(repeated) + "  as above\n";
        for (const ParameterSpec& spec : lens.parameters) {
            if (std::ranges::find(told, spec) != told.end()) continue;
            text += describe(spec);
            told.push_back(spec);
        }
    }
    return text;
}

void run(Context& context, const Options& options) {
    checkPngName(options.out);
    const std::vector<LensInfo> lenses = context.engine().lenses();
    Query query = parsedLens(options.lens, lenses);
    const LensInfo& lens = *std::ranges::find(lenses, query.lens, &LensInfo::name);
    bool misused = false;
    if (!options.model.empty()) {
        const ModelInfo model = context.openModel(options.model);
        query.cell.model = model.id;
        misused = beyondModel(query, lens, model);
    } else if (!lens.needs.empty()) {
        throw CommandError{Error{ErrorCode::Invalid, "this lens needs a model", "lens " + lens.name, "give one with --model"}, 2};
    }
    query.cell.source = context.engine().addSource({.path = options.source});
    query.cell.frame = options.frame - 1;
    if (options.frame > 1) {
        const SourceInfo info = valueOrThrow(await<SourceInfo>([&](auto observer) { return context.engine().describeSource(query.cell.source, std::move(observer)); }, "opening " + options.source));
        if (options.frame > info.frames) {
            throw CommandError{Error{ErrorCode::Invalid, "there is no frame " + std::to_string(options.frame) + " in it", options.source, info.frames > 1 ? "use 1 to " + std::to_string(info.frames) : "it stands still: leave out --frame"}, 2};
        }
    }
    nameOthers(context, options, lens, query);
    if (!options.tokens.empty()) query.cell.edit = editFrom(context, options, query);
    const Result<Picture> answer = await<Picture>([&](auto observer) { return context.engine().request(query, Priority::Batch, std::move(observer)); }, query.lens);
    if (!answer) throw CommandError{answer.error(), misused ? 2 : 1};
    const Picture& picture = answer.value();
    const Image image = rendered(picture, picture.mapping, picture.legend.value_or(Legend{}));
    if (const auto failure = writePngFile(options.out, image, {{"Software", "Tessera " TESSERA_VERSION}, {"Source", options.source}, {"Lens", options.lens}})) {
        throw CommandError{*failure};
    }
    for (const Note& note : picture.notes) {
        if (note.kind == Note::Kind::Warning) std::fprintf(stderr, "tessera: %s\n", note.text.c_str());
    }
    if (context.json) {
        nlohmann::json json = toJson(picture.measures);
        json.update({{"out", options.out}, {"width", image.width()}, {"height", image.height()}, {"summary", picture.summary}, {"precision", picture.precision}});
        if (picture.legend) json["legend"] = {{"low", picture.legend->low}, {"high", picture.legend->high}, {"label", picture.legend->label}};
        if (picture.table.rows() > 0) json["table"] = tableJson(picture.table);
        for (const Note& note : picture.notes) json["notes"].push_back(note.text);
        printJson(json);
    } else {
        std::printf("%s\n", options.out.c_str());
    }
}

}  // namespace

void addRender(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("render", "Write one cell of a board as PNG");
    command->add_option("source", options->source, "Image file, clip (MP4, WebM, AVI, GIF, WebP), or a file of codes or latents as encode writes them")->required();
    command->add_option("--lens", options->lens, "What to look at: NAME[:PARAM=VALUE,...], a comma in a text written twice; their names and parameters stand below")->required();
    command->add_option("--model", options->model, "Embedded model's name, or a checkpoint's file or folder");
    command->add_option("--with", options->with, "Other pictures that the lens draws from: SOURCE[,SOURCE...]")->allow_extra_args(false);
    command->add_option("--with-model", options->withModel, "Model of the other pictures; without --with, this picture under that model");
    command->add_option("--frame", options->frame, "Of a clip, counted from 1; of other pictures that are clips, the first is taken")->capture_default_str()->check(CLI::Range(1, 1 << 20));
    command->add_option("--tokens", options->tokens, "Codes in place of those that the model finds: .safetensors, .npz, .npy or .csv as encode and the studio write them");
    command->add_option("--out", options->out, "PNG to write")->required();
    command->footer([&context] {
        try {
            return describe(context.engine().lenses());
        } catch (const CommandError& failure) {
            return "The lenses are not known: " + toLine(failure.error);
        }
    });
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
