// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "command.h"

namespace tessera::cli {
namespace {

struct Options {
    std::vector<std::string> images;
    std::string model, text, like, out, around = "none";
    PreprocessingOptions preprocessing;
};

struct Ranked {
    std::string image;
    double cosine = 0;
};

/// The one text's cosine is the table's second number; of pictures it is a measure.
double cosineOf(const Picture& picture) {
    const Measure* measure = picture.measure("similarity");
    return measure && measure->value ? *measure->value : picture.table.at(0, 1);
}

void run(Context& context, const Options& options) {
    if (options.text.empty() == options.like.empty()) throw CommandError{Error{ErrorCode::Invalid, "pictures are ranked by one thing", "rank", "give either --text or --like"}, 2};
    if (options.text.find_first_of("|\n") != std::string::npos) throw CommandError{Error{ErrorCode::Invalid, "the text holds a line end or a |, which parts texts", "--text", "leave it out"}, 2};
    const ModelInfo model = context.openModel(options.model);
    Query query{.lens = options.like.empty() ? "zero_shot" : "picture_similarity", .cell = {.model = model.id}, .parameters = options.preprocessing.parameters()};
    if (options.like.empty()) {
        query.parameters["prompts"] = options.text;
        query.parameters["template"] = options.around;
    } else {
        query.others.push_back({.source = context.engine().addSource({.path = options.like}), .model = model.id});
    }
    std::vector<Ranked> ranked;
    for (const std::string& image : options.images) {
        query.cell.source = context.engine().addSource({.path = image});
        const Result<Picture> result = await<Picture>([&](auto observer) { return context.engine().request(query, Priority::Batch, std::move(observer)); }, image);
        context.engine().removeSource(query.cell.source);
        if (result) {
            ranked.push_back({image, cosineOf(result.value())});
            continue;
        }
        if (result.cancelled()) throw CommandError{result.error()};
        // One bad picture does not stop the others; what is wrong with the model or with --like is wrong for all of them.
        Error failure = result.error();
        if (failure.where.empty()) failure.where = image;
        if (failure.code == ErrorCode::Unsupported || (!options.like.empty() && failure.where == options.like)) throw CommandError{failure};
        std::fprintf(stderr, "tessera: %s\n", toLine(failure).c_str());
        context.exitCode = 1;
    }
    std::ranges::stable_sort(ranked, std::greater<>(), [](const Ranked& each) { return std::isfinite(each.cosine) ? each.cosine : -2.0; });
    if (!options.out.empty()) {
        std::string csv = "rank,image,cosine\r\n";
        char number[40];
        for (std::size_t i = 0; i < ranked.size(); ++i) {
            std::snprintf(number, sizeof number, ",%.9g\r\n", ranked[i].cosine);
            csv += std::to_string(i + 1) + ',' + csvField(ranked[i].image) + number;
        }
        if (auto failure = writeTextFile(options.out, csv)) throw CommandError{*failure};
    }
    nlohmann::json report{{"model", model.name}, {"images", nlohmann::json::array()}};
    report[options.like.empty() ? "text" : "like"] = options.like.empty() ? options.text : options.like;
    for (std::size_t i = 0; i < ranked.size(); ++i) {
        report["images"].push_back({{"rank", i + 1}, {"image", ranked[i].image}, {"cosine", ranked[i].cosine}});
        if (!context.json) std::printf("%4zu  %7.3f  %s\n", i + 1, ranked[i].cosine, ranked[i].image.c_str());
    }
    if (context.json) printJson(report);
}

}  // namespace

void addRank(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("rank", "Pictures in the order of how alike a model finds them to a text, or to another picture");
    command->add_option("images", options->images, "Image files")->required();
    command->add_option("--model", options->model, "A model that encodes; with --text one that has a text tower")->required();
    command->add_option("--text", options->text, "What they are to show");
    command->add_option("--like", options->like, "The picture that they are held against")->type_name("PICTURE");
    command->add_option("--template", options->around, "The sentence around the text")->check(CLI::IsMember({"none", "photo", "ensemble"}));
    command->add_option("--out", options->out, "CSV to write");
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
