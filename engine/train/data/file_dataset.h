// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/data/dataset.h"

namespace tessera::train {

/// Pictures that are files of their own.
class FileDataset : public Dataset {
public:
    struct File {
        std::filesystem::path path;
        std::string name;
        std::vector<std::string> texts;  ///< instead of a file of texts beside it
    };
    /// At least one file.
    explicit FileDataset(std::vector<File> files) : m_files(std::move(files)) {}

    std::size_t size() const override { return m_files.size(); }
    Example read(std::size_t index) const override;

private:
    std::vector<File> m_files;
};

}  // namespace tessera::train
