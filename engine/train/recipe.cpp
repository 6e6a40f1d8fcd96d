// SPDX-License-Identifier: Apache-2.0
#include "train/recipe.h"

#include <algorithm>

#include <ATen/CPUGeneratorImpl.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace tessera::train {

Draws::Draws(std::uint64_t seed) : m_generator(at::detail::createCPUGenerator(seed)) {}
at::Tensor Draws::normal(at::IntArrayRef shape) { return at::randn(shape, m_generator); }
at::Tensor Draws::uniform(at::IntArrayRef shape) { return at::rand(shape, m_generator); }

extern const Recipe kSiglipRecipe, kAutoencoderRecipe, kOpenVision3Recipe, kVilaUTowerRecipe;

const std::vector<const Recipe*>& recipes() {
    static const std::vector<const Recipe*> all{&kSiglipRecipe, &kAutoencoderRecipe, &kOpenVision3Recipe, &kVilaUTowerRecipe};
    return all;
}

const Recipe* findRecipe(std::string_view name) {
    const auto found = std::ranges::find(recipes(), name, &Recipe::name);
    return found == recipes().end() ? nullptr : *found;
}

namespace {

const nlohmann::json& valueAt(const nlohmann::json& settings, std::string_view path) {
    const nlohmann::json* node = &settings;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('.', begin), path.size());
        const auto next = node->is_object() ? node->find(std::string(path.substr(begin, end - begin))) : node->end();
        if (next == node->end()) throw Failure(ErrorCode::Invalid, "the recipe says nothing of " + std::string(path), "settings", "add the key");
        node = &*next;
        begin = end + 1;
    }
    return *node;
}

}  // namespace

double numberOf(const nlohmann::json& settings, std::string_view path) {
    const nlohmann::json& value = valueAt(settings, path);
    if (!value.is_number()) throw Failure(ErrorCode::Invalid, "the recipe's " + std::string(path) + " is no number", "settings", "write a number");
    return value.get<double>();
}

std::string wordOf(const nlohmann::json& settings, std::string_view path, std::initializer_list<std::string_view> known) {
    const nlohmann::json& value = valueAt(settings, path);
    if (!value.is_string()) throw Failure(ErrorCode::Invalid, "the recipe's " + std::string(path) + " is no word", "settings", "write a word in quotes");
    std::string word = value.get<std::string>();
    if (std::ranges::find(known, word) != known.end()) return word;
    std::string words;
    for (const std::string_view each : known) words += (words.empty() ? "" : " or ") + std::string(each);
    throw Failure(ErrorCode::Invalid, "there is no loss " + word, std::string(path), "use " + words);
}

}  // namespace tessera::train
