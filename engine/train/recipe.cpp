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

extern const Recipe kSiglipRecipe, kAutoencoderRecipe, kOpenVision3Recipe, kVilaUTowerRecipe, kTesseraMiniRecipe, kTesseraMiniLanguageRecipe, kVilaULmRecipe, kMaskedTokensRecipe, kRaeFlowRecipe;

const std::vector<const Recipe*>& recipes() {
    static const std::vector<const Recipe*> all{&kSiglipRecipe, &kAutoencoderRecipe, &kOpenVision3Recipe, &kVilaUTowerRecipe, &kTesseraMiniRecipe, &kTesseraMiniLanguageRecipe, &kVilaULmRecipe, &kMaskedTokensRecipe, &kRaeFlowRecipe};
    return all;
}

const Recipe* findRecipe(std::string_view name) {
    const auto found = std::ranges::find(recipes(), name, &Recipe::name);
    return found == recipes().end() ? nullptr : *found;
}

namespace {

/// Null where there is none.
const nlohmann::json* findValue(const nlohmann::json& settings, std::string_view path) {
    const nlohmann::json* node = &settings;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('.', begin), path.size());
        const auto next = node->is_object() ? node->find(std::string(path.substr(begin, end - begin))) : node->end();
        if (next == node->end()) return nullptr;
        node = &*next;
        begin = end + 1;
    }
    return node;
}

const nlohmann::json& valueAt(const nlohmann::json& settings, std::string_view path) {
    const nlohmann::json* value = findValue(settings, path);
    if (!value) throw Failure(ErrorCode::Invalid, "the recipe says nothing of " + std::string(path), "settings", "add the key");
    return *value;
}

}  // namespace

double numberOf(const nlohmann::json& settings, std::string_view path) {
    const nlohmann::json& value = valueAt(settings, path);
    if (!value.is_number()) throw Failure(ErrorCode::Invalid, "the recipe's " + std::string(path) + " is no number", "settings", "write a number");
    return value.get<double>();
}

double numberOf(const nlohmann::json& settings, std::string_view path, double otherwise) { return findValue(settings, path) ? numberOf(settings, path) : otherwise; }

std::string wordOf(const nlohmann::json& settings, std::string_view path, std::initializer_list<std::string_view> known) {
    const nlohmann::json& value = valueAt(settings, path);
    if (!value.is_string()) throw Failure(ErrorCode::Invalid, "the recipe's " + std::string(path) + " is no word", "settings", "write a word in quotes");
    std::string word = value.get<std::string>();
    if (std::ranges::find(known, word) != known.end()) return word;
    std::string words;
    for (const std::string_view each : known) words += (words.empty() ? "" : " or ") + std::string(each);
    throw Failure(ErrorCode::Invalid, "the recipe's " + std::string(path) + " is \"" + word + "\", which is not known", "settings", "use " + words);
}

std::string wordOf(const nlohmann::json& settings, std::string_view path, std::initializer_list<std::string_view> known, std::string_view otherwise) {
    return findValue(settings, path) ? wordOf(settings, path, known) : std::string(otherwise);
}

void checkSettings(const Recipe& recipe, const nlohmann::json& settings, const std::string& file) {
    const std::function<void(const nlohmann::json&, const std::string&)> check = [&](const nlohmann::json& table, const std::string& above) {
        for (const auto& [key, value] : table.items()) {
            const std::string path = above + key;
            if (value.is_object()) check(value, path + ".");
            else if (std::ranges::find(recipe.settings, path) == recipe.settings.end()) throw Failure(ErrorCode::Invalid, "there is no key settings." + path, file, "mend the recipe");
        }
    };
    check(settings, {});
}

}  // namespace tessera::train
