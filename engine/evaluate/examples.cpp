// SPDX-License-Identifier: Apache-2.0
#include "evaluate/examples.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/error.h"
#include "train/data/file_dataset.h"

namespace tessera::evaluation {
namespace {

namespace fs = std::filesystem;

/// Any file that openDataset() takes for none of its own; whether it holds a picture is seen when its turn comes.
bool isPictureFile(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && path.extension() != ".tar" && path.extension() != ".txt";
}

}  // namespace

Examples::Examples(const std::vector<std::string>& paths) {
    std::vector<train::FileDataset::File> pictures;
    const auto addPictures = [&] {
        if (!pictures.empty()) add(std::make_unique<train::FileDataset>(std::exchange(pictures, {})));
    };
    for (const std::string& path : paths) {
        if (isPictureFile(path)) {
            pictures.push_back({.path = path, .name = path, .texts = {}});
            continue;
        }
        addPictures();
        add(train::openDataset(path));
    }
    addPictures();
}

void Examples::add(std::unique_ptr<const train::StoredDataset> dataset) {
    const std::size_t size = dataset->size();
    m_parts.push_back({m_size, std::move(dataset)});
    m_size += size;
}

const Examples::Part& Examples::partOf(std::size_t index) const {
    TESSERA_ASSERT(index < m_size);
    return *std::prev(std::ranges::upper_bound(m_parts, index, {}, &Part::begin));
}

std::string Examples::path(std::size_t index) const {
    const Part& part = partOf(index);
    return part.dataset->path(index - part.begin);
}

SharedBytes Examples::file(std::size_t index) const {
    const Part& part = partOf(index);
    return part.dataset->file(index - part.begin);
}

std::string Examples::name(std::size_t index) const {
    const Part& part = partOf(index);
    const train::ExampleTexts texts = part.dataset->texts(index - part.begin);
    return texts.named && !texts.texts.empty() ? texts.texts.front() : std::string();
}

}  // namespace tessera::evaluation
