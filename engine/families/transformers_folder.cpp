// SPDX-License-Identifier: Apache-2.0
#include "families/transformers_folder.h"

#include <filesystem>

namespace tessera {

namespace fs = std::filesystem;

std::optional<TransformersFolder> findTransformers(const Checkpoint& checkpoint, const std::string& modelType, const std::string& tensor) {
    for (const std::string& text : checkpoint.textFiles()) {
        const fs::path path(text);
        if (path.filename() != "config.json") continue;
        const nlohmann::json config = checkpoint.json(text);
        if (!config.is_object() || config.value("model_type", nlohmann::json()) != modelType) continue;
        for (const Checkpoint::File& file : checkpoint.files()) {
            if (file.path.parent_path() != path.parent_path()) continue;
            for (const auto& [section, tensors] : file.sections) {
                if (tensors.contains(tensor)) return TransformersFolder{text, file.path.string(), &tensors};
            }
        }
    }
    return std::nullopt;
}

ConfigReader transformersSection(const nlohmann::json& config, const std::string& name, const std::string& file) {
    const nlohmann::json section = config.value(name, nlohmann::json());
    return ConfigReader({{name, section.is_null() ? nlohmann::json::object() : section}}, file).below(name);
}

}  // namespace tessera
