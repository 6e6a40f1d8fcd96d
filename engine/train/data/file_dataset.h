// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "train/data/dataset.h"

namespace tessera::train {

/// Pictures that are files of their own.
class FileDataset final : public StoredDataset {
public:
    struct File {
        std::filesystem::path path;
        std::string name;
        ExampleTexts texts;  ///< if there are any, instead of files of texts beside it
    };
    /// At least one file.
    explicit FileDataset(std::vector<File> files) : m_files(std::move(files)) {}

    std::size_t size() const override { return m_files.size(); }
    std::string path(std::size_t index) const override { return m_files[index].path.string(); }
    std::string name(std::size_t index) const override { return m_files[index].name; }
    ExampleTexts texts(std::size_t index) const override;
    SharedBytes file(std::size_t index) const override;

private:
    std::string place(std::size_t index) const override { return path(index); }

    std::vector<File> m_files;
};

}  // namespace tessera::train
