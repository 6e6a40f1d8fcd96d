// SPDX-License-Identifier: Apache-2.0
#include "support/model_folder.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <tessera/files.h>

namespace tessera::test {
namespace fs = std::filesystem;

ModelFolder::ModelFolder(const std::string& golden) {
    const fs::path model = fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / golden / "model";
    for (const auto& entry : fs::recursive_directory_iterator(model)) {
        const std::string place = fs::relative(entry.path(), model).string();
        if (entry.path().extension() == ".safetensors") {
            auto read = readTensorFile(entry.path().string());
            if (!read) throw std::runtime_error(toLine(read.error()));
            tensors = std::move(read).value();
            weights = place;
        } else if (entry.path().filename() == "config.json") {
            std::ifstream file(entry.path());
            config = nlohmann::json::parse(file);
            m_config = place;
        }
    }
}

void ModelFolder::rename(const std::string& from, const std::string& to) {
    auto node = tensors.extract(from);
    if (node.empty()) throw std::runtime_error("no tensor " + from);
    node.key() = to;
    tensors.insert(std::move(node));
}

std::string ModelFolder::write() {
    const fs::path folder = m_folder.path() / std::to_string(m_written++);
    fs::create_directories((folder / weights).parent_path());
    if (const auto error = writeTensorFile((folder / weights).string(), tensors)) throw std::runtime_error(toLine(*error));
    if (!config.is_null()) {
        fs::create_directories((folder / m_config).parent_path());
        std::ofstream(folder / m_config) << config.dump(1);
    }
    return folder.string();
}

}  // namespace tessera::test
