// SPDX-License-Identifier: Apache-2.0
#include "lenses/prompts.h"

#include <algorithm>
#include <array>

#include <ATen/ATen.h>

#include "core/error.h"
#include "families/shared_space.h"

namespace tessera {
namespace {

constexpr std::size_t kMostWords = 256;

// The seven that serve CLIP best on ImageNet together (OpenAI's notebook "Prompt Engineering for ImageNet").
constexpr std::array<std::string_view, 7> kEnsemble{"itap of a {}.",          "a bad photo of the {}.", "a origami {}.",          "a photo of the large {}.",
                                                    "a {} in a video game.", "art of the {}.",          "a photo of the small {}."};

std::string filled(std::string_view pattern, const std::string& word) {
    std::string text(pattern);
    return text.replace(text.find("{}"), 2, word);
}

std::string trimmed(const std::string& text) {
    const auto blank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blank);
    return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

double numberIn(const TensorStage& picture, const char* name) { return picture.tensors->at(name).item<double>(); }

}  // namespace

std::vector<ParameterSpec> promptParameters() {
    return {{.name = "prompts", .initial = std::string("a person|the sky|a plant"), .low = {}, .high = {}, .help = "What to look for; several are parted by |"},
            {.name = "template", .initial = std::string("none"), .low = {}, .high = {},
             .help = "The sentence around each: as it is, \"a photo of a {}.\", or the mean of seven sentences", .choices = {"none", "photo", "ensemble"}}};
}

Prompts promptsOf(const ParameterSet& parameters) {
    const std::string& all = std::get<std::string>(parameters.at("prompts"));
    const std::string& around = std::get<std::string>(parameters.at("template"));
    Prompts prompts;
    for (std::size_t begin = 0; begin <= all.size();) {
        const std::size_t end = std::min(all.find_first_of("|\n", begin), all.size());
        std::string word = trimmed(all.substr(begin, end - begin));
        if (!word.empty() && std::ranges::find(prompts.words, word) == prompts.words.end()) prompts.words.push_back(std::move(word));
        begin = end + 1;
    }
    if (prompts.words.empty()) throw Failure(ErrorCode::Invalid, "there are no words to look for", "prompts", "type some, parted by |");
    if (prompts.words.size() > kMostWords) {
        throw Failure(ErrorCode::Invalid, "there are " + std::to_string(prompts.words.size()) + " prompts", "prompts", "give at most " + std::to_string(kMostWords));
    }
    for (const std::string& word : prompts.words) {
        if (around == "ensemble") {
            for (const std::string_view pattern : kEnsemble) prompts.texts.push_back(filled(pattern, word));
        } else {
            prompts.texts.push_back(around == "photo" ? filled("a photo of a {}.", word) : word);
        }
    }
    return prompts;
}

at::Tensor promptVectors(const Prompts& prompts, const TensorStage& texts) {
    const at::Tensor each = ofUnitLength(texts.tensors->at("text"));  // [P*K,E]
    return ofUnitLength(each.unflatten(0, {static_cast<std::int64_t>(prompts.words.size()), static_cast<std::int64_t>(prompts.perWord())}).mean(1));
}

bool pairsStandAlone(const TensorStage& picture) { return numberIn(picture, "independent") != 0; }

at::Tensor logitsOf(const at::Tensor& cosines, const TensorStage& picture) { return cosines * numberIn(picture, "scale") + numberIn(picture, "bias"); }

at::Tensor probabilitiesOf(const at::Tensor& cosines, const TensorStage& picture) {
    const at::Tensor logits = logitsOf(cosines, picture);
    return pairsStandAlone(picture) ? at::sigmoid(logits) : at::softmax(logits, -1);
}

}  // namespace tessera
