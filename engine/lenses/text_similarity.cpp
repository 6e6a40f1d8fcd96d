// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <ATen/ATen.h>
#include <tessera/code_colour.h>

#include "core/error.h"
#include "families/shared_space.h"
#include "lenses/latent_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/prompts.h"
#include "lenses/token_field.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::size_t kMostMeasures = 8;

std::string textOf(const Query& query, const char* name) { return std::get<std::string>(query.parameters.at(name)); }

std::string methodOf(const Query& query) {
    const std::string method = textOf(query, "method");
    return method == "usual" ? std::string() : method;
}

/// The words with the one that is shown among them; it is last where the others lack it.
std::pair<Prompts, std::size_t> shownOf(const Query& query) {
    ParameterSet parameters = query.parameters;
    const std::string shown = textOf(query, "prompt");
    std::string& all = std::get<std::string>(parameters["prompts"]);
    if (!shown.empty()) all += '|' + shown;
    Prompts prompts = promptsOf(parameters);
    if (shown.empty()) return {std::move(prompts), 0};
    ParameterSet alone = parameters;
    alone["prompts"] = shown;
    const std::string word = promptsOf(alone).words.front();
    const auto at = std::ranges::find(prompts.words, word) - prompts.words.begin();
    return {std::move(prompts), static_cast<std::size_t>(at)};
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const StagePlanPtr latents = planner.latents(query.cell, preprocessingOf(query.parameters));
    const Prompts prompts = shownOf(query).first;
    return {planner.denseVectors(query.cell, latents, methodOf(query)), planner.texts(query.cell, prompts.texts, prompts.perWord()), planner.pictureVector(query.cell, latents)};
}

/// What a probe reads at every token: all prompts, the one that is shown first of all.
Readings readingsOf(const at::Tensor& maps, const Prompts& prompts) {  // [h,w,P]
    const at::Tensor host = maps.to(at::kCPU, at::kFloat).contiguous();
    Readings readings{.names = prompts.words, .width = static_cast<int>(host.size(1)), .height = static_cast<int>(host.size(0)), .values = {}};
    readings.values.assign(host.const_data_ptr<float>(), host.const_data_ptr<float>() + host.numel());
    return readings;
}

/// Each token in the colour of the prompt that is most alike.
Picture bestOf(const at::Tensor& maps, const Prompts& prompts, const TensorStage& stage) {
    const at::Tensor best = maps.argmax(-1).to(at::kCPU).contiguous();  // [h,w]
    const std::int64_t* codes = best.const_data_ptr<std::int64_t>();
    std::vector<std::uint8_t> pixels;
    std::vector<double> counts(prompts.words.size());
    for (std::int64_t i = 0; i < best.numel(); ++i) {
        const auto colour = colourOfCode(codes[i]);
        pixels.insert(pixels.end(), colour.begin(), colour.end());
        ++counts[static_cast<std::size_t>(codes[i])];
    }
    Picture picture = placedLatents(Image(static_cast<int>(best.size(1)), static_cast<int>(best.size(0)), 3, SharedArray<std::uint8_t>(std::move(pixels))), stage);
    picture.summary = std::to_string(best.size(1)) + " × " + std::to_string(best.size(0)) + " tokens, each the most alike of " + std::to_string(prompts.words.size()) + " prompts";
    for (std::size_t i = 0; i < prompts.words.size() && i < kMostMeasures; ++i) {
        picture.measures.push_back({"share: " + prompts.words[i], counts[i] / static_cast<double>(best.numel()), Unit::Share, "tokens that are most like \"" + prompts.words[i] + "\""});
    }
    return picture;
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const auto [prompts, chosen] = shownOf(query);
    const std::string& word = prompts.words[chosen];
    const auto shownAt = static_cast<std::int64_t>(chosen);
    const TensorStage& dense = values[0].as<TensorStage>();
    const TensorStage& pooled = values[2].as<TensorStage>();
    const at::Tensor words = promptVectors(prompts, values[1].as<TensorStage>());                  // [P,E]
    const at::Tensor cosines = at::matmul(dense.tensors->at("dense").squeeze(0), words.t());       // [h,w,P]
    const bool probabilities = textOf(query, "values") == "probability";
    const at::Tensor maps = probabilities ? probabilitiesOf(cosines, pooled) : cosines;
    const bool best = textOf(query, "show") == "best";
    Picture picture = best ? bestOf(maps, prompts, dense)
                           : tokenField(maps.select(-1, shownAt), dense, {.label = (probabilities ? "probability: " : "cosine: ") + word, .map = ColourMap::Magma});
    if (!best) picture.summary += ", like \"" + word + "\"";
    picture.readings = readingsOf(maps, prompts);
    picture.readings.shown = static_cast<int>(chosen);
    const at::Tensor overall = at::matmul(ofUnitLength(pooled.tensors->at("picture")), words.t()).squeeze(0);  // [P]
    if (!best) picture.measures.push_back({"similarity", overall[shownAt].item<double>(), Unit::None, "cosine between the whole picture and \"" + word + "\""});
    for (std::size_t i = 0; i < prompts.words.size() && i < (best ? 0 : kMostMeasures); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        picture.measures.push_back({"cosine: " + prompts.words[i], overall[at].item<double>(), Unit::None, "between the whole picture and \"" + prompts.words[i] + "\""});
    }
    if (!best) {
        const at::Tensor shown = maps.select(-1, shownAt);
        picture.measures.push_back({"min", shown.min().item<double>(), Unit::None, "of the map"});
        picture.measures.push_back({"max", shown.max().item<double>(), Unit::None, "of the map"});
    }
    if (probabilities) addNote(picture, pairsStandAlone(pooled) ? "probabilities: each pair by itself, sigmoid" : "probabilities: softmax over the prompts");
    return picture;
}

}  // namespace

extern const Lens kTextSimilarityLens{
    .name = "text_similarity",
    .help = "Where in the picture a model finds words: how alike every token is to each of them",
    .needs = {"encode", "text"},
    .parameters = [] {
        std::vector<ParameterSpec> parameters = promptParameters();
        parameters.insert(parameters.begin(), {.name = "prompt", .initial = std::string(), .low = {}, .high = {}, .help = "The one whose map is shown; the first of all where it is left empty"});
        parameters.push_back({.name = "show", .initial = std::string("map"), .low = {}, .high = {}, .help = "The prompt's map, or at every token the prompt that is most alike", .choices = {"map", "best"}});
        parameters.push_back({.name = "values", .initial = std::string("cosine"), .low = {}, .high = {},
                              .help = "Cosines, or the model's own probabilities: over the prompts, of SigLIP each by itself", .choices = {"cosine", "probability"}});
        parameters.push_back({.name = "method", .initial = std::string("usual"), .low = {}, .high = {},
                              .help = "How single tokens are brought to where words are; the usual way is the model's own or else maskclip, which lets the last block see each token alone",
                              .choices = {"usual", "tokens", "plain", "maskclip", "value_only", "map_value"}});
        return withPreprocessing(std::move(parameters));
    }(),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
