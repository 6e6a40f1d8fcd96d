// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <tessera/colour_map.h>
#include <tessera/files.h>

#include "command.h"

namespace tessera::cli {
namespace {

struct Options {
    std::string source, model, lens, out;
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

void run(Context& context, const Options& options) {
    checkPngName(options.out);
    const std::vector<LensInfo> lenses = context.engine().lenses();
    Query query = parsedLens(options.lens, lenses);
    const LensInfo& lens = *std::ranges::find(lenses, query.lens, &LensInfo::name);
    if (!options.model.empty()) query.cell.model = context.openModel(options.model).id;
    else if (!lens.needs.empty()) throw CommandError{Error{ErrorCode::Invalid, "this lens needs a model", "lens " + lens.name, "give one with --model"}, 2};
    query.cell.source = context.engine().addSource({.path = options.source});
    const Picture picture =
        valueOrThrow(await<Picture>([&](auto observer) { return context.engine().request(query, Priority::Batch, std::move(observer)); }, query.lens));
    const Image image = rendered(picture, picture.mapping, picture.legend.value_or(Legend{}));
    if (const auto failure = writePngFile(options.out, image, {{"Software", "Tessera " TESSERA_VERSION}, {"Source", options.source}, {"Lens", options.lens}})) {
        throw CommandError{*failure};
    }
    if (context.json) {
        nlohmann::json json = toJson(picture.measures);
        json.update({{"out", options.out}, {"width", image.width()}, {"height", image.height()}, {"summary", picture.summary}, {"precision", picture.precision}});
        if (picture.legend) json["legend"] = {{"low", picture.legend->low}, {"high", picture.legend->high}, {"label", picture.legend->label}};
        if (picture.table.rows() > 0) json["table"] = tableJson(picture.table);
        printJson(json);
    } else {
        std::printf("%s\n", options.out.c_str());
    }
}

}  // namespace

void addRender(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("render", "Write one cell of a board as PNG");
    command->add_option("source", options->source, "Image file")->required();
    command->add_option("--lens", options->lens, "What to look at: NAME[:PARAM=VALUE,...]; names: source, input, reconstruction, difference, spectrum, latent_pca, latent_channel, channel_statistics, perturbed")->required();
    command->add_option("--model", options->model, "Embedded model's name, or a checkpoint's file or folder");
    command->add_option("--out", options->out, "PNG to write")->required();
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
