// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "command.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> images;
    std::string model, out;
    PreprocessingOptions preprocessing;
    double noise = 0;
    std::int64_t seed = 0;
};

/// "photo.png", or "photo-2.png" when that name was given out already.
std::string freshName(const std::string& image, std::set<std::string>& taken) {
    const std::string stem = fs::path(image).stem().string();
    std::string name = stem;
    for (int number = 2; !taken.insert(name).second; ++number) name = stem + "-" + std::to_string(number);
    return name + ".png";
}

std::string shownName(const std::string& image) {
    return oneLine(fs::path(image).filename().string());
}

void run(Context& context, const Options& options) {
    const ModelInfo model = context.openModel(options.model);
    if (!options.out.empty()) makeFolder(options.out);
    Query query{.lens = options.noise > 0 ? "perturbed" : "reconstruction", .cell = {.model = model.id}, .parameters = options.preprocessing.parameters()};
    if (options.noise > 0) {
        query.parameters["strength"] = options.noise;
        query.parameters["seed"] = options.seed;
    }

    nlohmann::json report = nlohmann::json::array();
    std::set<std::string> taken;
    std::size_t widest = 5;
    for (const std::string& image : options.images) widest = std::max(widest, charactersOf(shownName(image)));
    bool headed = false;
    for (const std::string& image : options.images) {
        query.cell.source = context.engine().addSource({.path = image});
        const auto start = std::chrono::steady_clock::now();
        const Result<Picture> result = await<Picture>(
            [&](auto observer) { return context.engine().request(query, Priority::Batch, std::move(observer)); }, fs::path(image).filename().string());
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        context.engine().removeSource(query.cell.source);
        std::string written;
        std::optional<Error> failure;
        if (!result) {
            if (result.cancelled()) throw CommandError{result.error()};
            failure = result.error();
        } else if (!options.out.empty()) {
            written = (fs::path(options.out) / freshName(image, taken)).string();
            failure = writePngFile(written, result.value().image.toU8Rgb(), {{"Software", "Tessera " TESSERA_VERSION}, {"Source", image}, {"Model", model.name}});
        }
        if (failure) {
            // One bad picture does not stop the others.
            if (failure->where.empty()) failure->where = image;
            std::fprintf(stderr, "tessera: %s\n", toLine(*failure).c_str());
            if (context.json) report.push_back({{"image", image}, {"error", toLine(*failure)}});
            context.exitCode = 1;
            continue;
        }
        const Picture& picture = result.value();
        if (context.json) {
            nlohmann::json entry = toJson(picture.measures);
            entry.update({{"image", image}, {"model", model.name}, {"device", model.device}, {"precision", picture.precision}, {"width", picture.image.width()},
                          {"height", picture.image.height()}, {"seconds", seconds}});
            if (!written.empty()) entry["out"] = written;
            for (const Note& note : picture.notes) entry["notes"].push_back(note.text);
            report.push_back(std::move(entry));
        } else {
            if (!std::exchange(headed, true)) std::printf("%s  %11s  %6s  %8s  %s\n", padded("image", widest).c_str(), "PSNR", "SSIM", "time", "size");
            std::printf("%s  %11s  %6s  %6.0f ms  %s\n", padded(shownName(image), widest).c_str(), toText(picture.measure("psnr"), 2).c_str(),
                        toText(picture.measure("ssim"), 3).c_str(), seconds * 1000, picture.summary.c_str());
            for (const Note& note : picture.notes) {
                if (note.kind == Note::Kind::Warning) std::printf("%*s  %s\n", static_cast<int>(widest), "", note.text.c_str());
            }
        }
    }
    if (context.json) printJson(report);
}

}  // namespace

void addReconstruct(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("reconstruct", "Encode and decode images; print PSNR and SSIM of each");
    command->add_option("images", options->images, "Image files")->required();
    command->add_option("--model", options->model, "Embedded model's name, or a checkpoint's file or folder")->required();
    command->add_option("--out", options->out, "Folder for the reconstructions, as PNG");
    command->add_option("--noise", options->noise, "Standard deviation of Gaussian noise on the latents")->check([](const std::string& text) {
            double strength = -1;
            return CLI::detail::lexical_cast(text, strength) && strength >= 0 && strength <= 100 ? std::string() : "the strength of the noise must be between 0 and 100: " + text;
        });
    command->add_option("--seed", options->seed, "Seed of the noise")->check(CLI::Range(std::int64_t(0), std::int64_t(0xffffffff)));
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
