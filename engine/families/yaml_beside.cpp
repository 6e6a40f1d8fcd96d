// SPDX-License-Identifier: Apache-2.0
#include "families/yaml_beside.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "checkpoint/yaml_text.h"
#include "core/error.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

/// Folders between two files.
std::ptrdiff_t distance(const fs::path& from, const fs::path& to) {
    const fs::path way = to.parent_path().lexically_relative(from.parent_path().empty() ? fs::path(".") : from.parent_path());
    return way == "." ? 0 : std::distance(way.begin(), way.end());
}

}  // namespace

std::optional<ConfigReader> yamlBeside(const Checkpoint& checkpoint, const fs::path& weights, std::string_view key) {
    std::vector<std::string> texts = checkpoint.textFiles();
    std::erase_if(texts, [](const std::string& text) { return !text.ends_with(".yaml") && !text.ends_with(".yml"); });
    std::ranges::reverse(texts);
    std::ranges::stable_sort(texts, {}, [&](const std::string& text) { return distance(weights, text); });
    std::optional<Failure> broken;
    for (const std::string& text : texts) {
        try {
            const nlohmann::json config = parseYaml(checkpoint.text(text), text);
            if (config.is_object() && config.contains(key)) return ConfigReader(config, text);
        } catch (const Failure& failure) {
            if (!broken) broken = failure;
        }
    }
    if (broken) throw Failure(*broken);
    return std::nullopt;
}

}  // namespace tessera
