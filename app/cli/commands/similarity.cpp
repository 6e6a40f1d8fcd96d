// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <span>

#include <nlohmann/json.hpp>
#include <tessera/colour_map.h>
#include <tessera/files.h>

#include "command.h"

namespace tessera::cli {
namespace {

constexpr int kShownSide = 256;  // pixels of a map's shorter side in a PNG, at least

struct Options {
    std::string image, model, out, method = "usual", around = "none";
    std::vector<std::string> texts;
    bool probability = false;
    PreprocessingOptions preprocessing;
};

/// What the lens reads of every text at every token.
struct Maps {
    std::vector<std::string> texts;
    int height = 0, width = 0;
    std::vector<float> values;  ///< text by text, row by row

    float at(std::size_t text, int y, int x) const { return values[(text * static_cast<std::size_t>(height) + static_cast<std::size_t>(y)) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)]; }
    std::pair<float, float> rangeOf(std::size_t text) const {
        const auto count = static_cast<std::ptrdiff_t>(height) * width;
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(text) * count;
        const auto [low, high] = std::minmax_element(begin, begin + count);
        return {*low, *high};
    }
};

Maps mapsOf(const Picture& picture) {
    const Readings& readings = picture.readings;
    Maps maps{.texts = readings.names, .height = readings.height, .width = readings.width, .values = {}};
    for (std::size_t text = 0; text < maps.texts.size(); ++text) {
        for (int y = 0; y < maps.height; ++y) {
            for (int x = 0; x < maps.width; ++x) maps.values.push_back(readings.at(x, y, text));
        }
    }
    return maps;
}

std::string endingOf(const std::string& path) {
    std::string ending = std::filesystem::path(path).extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

/// The maps side by side, each in its own range, a token as a square.
Image drawn(const Maps& maps, const Picture& picture) {
    const int scale = std::max(1, kShownSide / std::max(1, std::min(maps.width, maps.height))), gap = maps.texts.size() > 1 ? 4 : 0;
    const int each = maps.width * scale, count = static_cast<int>(maps.texts.size()), width = count * each + (count - 1) * gap, height = maps.height * scale;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3, 255);
    for (int text = 0; text < count; ++text) {
        std::vector<float> plane;
        for (int y = 0; y < maps.height; ++y) {
            for (int x = 0; x < maps.width; ++x) plane.push_back(maps.at(static_cast<std::size_t>(text), y, x));
        }
        Legend legend = picture.legend.value_or(Legend{});
        std::tie(legend.low, legend.high) = maps.rangeOf(static_cast<std::size_t>(text));
        if (legend.low == legend.high) legend.low -= 0.5, legend.high += 0.5;
        Picture one = picture;
        one.image = Image(maps.width, maps.height, 1, SharedArray<float>(std::move(plane)));
        const Image colours = rendered(one, FieldMapping::Scalar, legend).toU8Rgb();
        const std::uint8_t* from = std::get<SharedArray<std::uint8_t>>(colours.samples()).data();
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < each; ++x) {
                const std::size_t source = (static_cast<std::size_t>(y / scale) * static_cast<std::size_t>(maps.width) + static_cast<std::size_t>(x / scale)) * 3;
                const std::size_t target = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(text * (each + gap) + x)) * 3;
                std::copy_n(from + source, 3, pixels.begin() + static_cast<std::ptrdiff_t>(target));
            }
        }
    }
    return Image(width, height, 3, SharedArray<std::uint8_t>(std::move(pixels)));
}

/// A line per text and token.
std::string tableOf(const Maps& maps) {
    std::string table = "text,row,column,value\r\n";
    char number[32];
    for (std::size_t text = 0; text < maps.texts.size(); ++text) {
        for (int y = 0; y < maps.height; ++y) {
            for (int x = 0; x < maps.width; ++x) {
                std::snprintf(number, sizeof number, "%.9g", static_cast<double>(maps.at(text, y, x)));
                table.append(csvField(maps.texts[text])).append(",").append(std::to_string(y)).append(",").append(std::to_string(x)).append(",").append(number).append("\r\n");
            }
        }
    }
    return table;
}

HostTensor tensorOf(const Maps& maps) {
    const std::span<const std::byte> bytes = std::as_bytes(std::span(maps.values));
    return {.type = DType::F32,
            .shape = {static_cast<std::int64_t>(maps.texts.size()), maps.height, maps.width},
            .bytes = SharedBytes(std::vector<std::byte>(bytes.begin(), bytes.end()))};
}

std::optional<Error> write(const Options& options, const Maps& maps, const Picture& picture, const ModelInfo& model) {
    const std::string ending = endingOf(options.out);
    if (ending == ".csv") return writeTextFile(options.out, tableOf(maps));
    if (ending == ".png") return writePngFile(options.out, drawn(maps, picture), {{"Software", "Tessera " TESSERA_VERSION}, {"Source", options.image}, {"Model", model.name}});
    return writeTensorFile(options.out, {{"heatmap", tensorOf(maps)}}, {{"model", model.name}, {"texts", nlohmann::json(maps.texts).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)}});
}

void run(Context& context, const Options& options) {
    if (!options.out.empty()) {
        const std::string ending = endingOf(options.out);
        if (ending != ".png" && ending != ".csv" && ending != ".npz") {
            throw CommandError{Error{ErrorCode::Invalid, "similarity writes PNG, CSV or NPZ", options.out, "end the name of --out in .png, .csv or .npz"}, 2};
        }
    }
    std::string prompts;
    for (const std::string& text : options.texts) {
        if (text.find_first_of("|\n") != std::string::npos) throw CommandError{Error{ErrorCode::Invalid, "a text holds a line end or a |, which parts texts", "--text", "leave it out"}, 2};
        prompts += (prompts.empty() ? "" : "|") + text;
    }
    const ModelInfo model = context.openModel(options.model);
    Query query{.lens = "text_similarity", .cell = {.source = context.engine().addSource({.path = options.image}), .model = model.id}, .parameters = options.preprocessing.parameters()};
    query.parameters["prompts"] = prompts;
    query.parameters["method"] = options.method;
    query.parameters["template"] = options.around;
    query.parameters["values"] = std::string(options.probability ? "probability" : "cosine");
    const auto shown = [&](const Query& each) { return valueOrThrow(await<Picture>([&](auto observer) { return context.engine().request(each, Priority::Batch, std::move(observer)); }, "similarity")); };
    const Picture picture = shown(query);
    // The same vectors as above, for the picture as a whole.
    Query whole = query;
    whole.lens = "zero_shot";
    for (const char* ofTokens : {"method", "values"}) whole.parameters.erase(ofTokens);
    const Table wholes = shown(whole).table;
    const Maps maps = mapsOf(picture);
    if (!options.out.empty()) {
        if (auto failure = write(options, maps, picture, model)) throw CommandError{*failure};
    }
    nlohmann::json report{{"image", options.image}, {"model", model.name}, {"precision", picture.precision}, {"height", maps.height}, {"width", maps.width}, {"texts", nlohmann::json::array()}};
    if (!options.out.empty()) report["out"] = options.out;
    for (const Note& note : picture.notes) report["notes"].push_back(note.text);
    std::size_t widest = 4;
    for (const std::string& text : maps.texts) widest = std::max(widest, charactersOf(oneLine(text)));
    if (!context.json) std::printf("%s  %8s  %8s  %8s\n", padded("text", widest).c_str(), "picture", "least", "most");
    for (std::size_t i = 0; i < maps.texts.size(); ++i) {
        const double cosine = wholes.at(i, 1), logit = wholes.at(i, 2), probability = wholes.at(i, 3);
        const auto [low, high] = maps.rangeOf(i);
        report["texts"].push_back({{"text", maps.texts[i]}, {"cosine", cosine}, {"logit", logit}, {"probability", probability}, {"min", low}, {"max", high}});
        if (!context.json) std::printf("%s  %8.3f  %8.3f  %8.3f\n", padded(oneLine(maps.texts[i]), widest).c_str(), cosine, static_cast<double>(low), static_cast<double>(high));
    }
    if (context.json) {
        printJson(report);
        return;
    }
    for (const Note& note : picture.notes) std::printf("%s\n", note.text.c_str());
}

}  // namespace

void addSimilarity(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("similarity", "Where in a picture a model finds texts");
    command->add_option("image", options->image, "Image file")->required();
    command->add_option("--model", options->model, "A model with a text tower")->required();
    command->add_option("--text", options->texts, "What to look for; several may follow")->required();
    command->add_option("--out", options->out, "PNG (maps side by side, each in its own range), CSV or NPZ to write");
    command->add_option("--method", options->method, "How tokens are brought to where words are")->check(CLI::IsMember({"usual", "tokens", "plain", "maskclip", "value_only", "map_value"}));
    command->add_option("--template", options->around, "The sentence around each text")->check(CLI::IsMember({"none", "photo", "ensemble"}));
    command->add_flag("--probability", options->probability, "The model's own probabilities in place of cosines");
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
