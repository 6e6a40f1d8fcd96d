// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "command.h"
#include "drawing_words.h"

namespace tessera::cli {
namespace {

std::string megabytes(std::uint64_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

void list(Context& context) {
    const std::vector<ModelEntry> models = context.engine().models();
    if (context.json) {
        nlohmann::json json = nlohmann::json::array();
        for (const ModelEntry& model : models) {
            json.push_back({{"name", model.name}, {"family", model.family}, {"path", model.path}, {"bytes", model.fileBytes}, {"embedded", model.embedded}});
        }
        printJson(json);
        return;
    }
    std::printf("%-20s  %-20s  %10s  %s\n", "name", "family", "size", "where");
    for (const ModelEntry& model : models) {
        const std::string place = model.embedded ? "built in" : oneLine(model.path, std::string::npos);
        std::printf("%s  %-20s  %10s  %s\n", padded(oneLine(model.name), 20).c_str(), model.family.c_str(), megabytes(model.fileBytes).c_str(), place.c_str());
    }
}

/// "answers and captions, of up to 3 pictures together, of clips of 8 frames".
std::string describing(const ModelInfo& model) {
    std::string text = model.takesQuestions ? "answers and captions" : "captions";
    if (model.picturesTogether > 1) text += ", of up to " + std::to_string(model.picturesTogether) + " pictures together";
    if (model.clipFrames > 0) text += ", of clips by " + std::to_string(model.clipFrames) + " frames";
    return text;
}

void info(Context& context, const std::string& reference) {
    const ModelInfo model = context.openModel(reference);
    if (context.json) {
        nlohmann::json json{{"name", model.name}, {"family", model.family}, {"layout", model.layout}, {"path", model.path}, {"device", model.device},
                                  {"precision", model.precision}, {"shape", model.shape}, {"licence", model.licence}, {"downsample", model.downsample},
                                  {"latent_channels", model.latentChannels}, {"parameters", model.parameters}, {"bytes", model.fileBytes},
                                  {"fingerprint", model.fingerprint}, {"capabilities", model.capabilities}, {"ignored_tensors", model.ignoredTensors},
                                  {"pictures_together", model.picturesTogether}, {"clip_frames", model.clipFrames}, {"drawn_frames", model.drawing.frames}};
        if (std::ranges::find(model.capabilities, "generate") != model.capabilities.end()) json["drawing"] = drawingJson(model.drawing);
        printJson(json);
        return;
    }
    const auto offers = [&](const char* capability) { return std::ranges::find(model.capabilities, capability) != model.capabilities.end(); };
    std::string capabilities;
    for (const std::string& each : model.capabilities) capabilities += (capabilities.empty() ? "" : ", ") + each;
    const auto line = [](const char* name, const std::string& value) {
        if (!value.empty()) std::printf("%-12s  %s\n", name, value.c_str());
    };
    line("name", model.name);
    line("family", model.family);
    line("layout", model.layout);
    line("offers", capabilities);
    if (offers("describe")) line("describes", describing(model));
    if (offers("generate")) line("draws", drawingWords(model.drawing));
    line("latents", model.shape);
    line("parameters", std::to_string(model.parameters));
    line("size", megabytes(model.fileBytes));
    line("licence", model.licence);
    line("runs on", model.device + ", " + model.precision);
    line("fingerprint", model.fingerprint);
    line("path", model.path);
    for (const std::string& ignored : model.ignoredTensors) line("ignored", ignored);
}

}  // namespace

void addModels(CLI::App& app, Context& context) {
    CLI::App* command = app.add_subcommand("models", "Which models there are, and what is known of one");
    command->require_subcommand(1);
    CLI::App* listCommand = command->add_subcommand("list", "Models that can be opened by name");
    listCommand->callback([&context] { list(context); });
    auto reference = std::make_shared<std::string>();
    CLI::App* infoCommand = command->add_subcommand("info", "Open a model and tell what it is");
    infoCommand->add_option("model", *reference, "Name from the list, a hub id ORG/NAME[@REVISION] in the hub cache, or a checkpoint's file or folder")->required();
    infoCommand->callback([&context, reference] { info(context, *reference); });
    listCommand->fallthrough();
    infoCommand->fallthrough();
}

}  // namespace tessera::cli
