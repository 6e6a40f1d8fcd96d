// SPDX-License-Identifier: Apache-2.0
#include "engine/families/yaml_model.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <tessera/files.h>

#include "checkpoint/torch_zip.h"
#include "checkpoint/yaml_text.h"

namespace tessera::test {
namespace fs = std::filesystem;

YamlModel::YamlModel(const std::string& golden) {
    const fs::path model = fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / golden / "model";
    for (const auto& entry : fs::recursive_directory_iterator(model)) {
        const fs::path place = fs::relative(entry.path(), model);
        if (place.extension() == ".yaml") {
            std::stringstream text;
            text << std::ifstream(entry.path()).rdbuf();
            config = parseYaml(text.str(), place.string());
            configFile = place.string();
        } else if (entry.is_regular_file()) {
            const TorchZip zip = readTorchZip(entry.path());
            for (const char* section : {"model", "state_dict"}) {
                if (!zip.sections.contains(section)) continue;
                for (const auto& [name, tensor] : zip.sections.at(section)) tensors.emplace(name, tensor.toHost());
            }
            weights = fs::path(place).replace_extension(".safetensors").string();
        }
    }
}

std::string YamlModel::write() {
    const fs::path folder = m_folder.path() / std::to_string(m_written++);
    fs::create_directories((folder / weights).parent_path());
    if (const auto error = writeTensorFile((folder / weights).string(), tensors)) throw std::runtime_error(toLine(*error));
    if (!config.is_null()) {
        fs::create_directories((folder / configFile).parent_path());
        std::ofstream(folder / configFile) << config.dump(1);
    }
    return folder.string();
}

}  // namespace tessera::test
