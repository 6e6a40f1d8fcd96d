// SPDX-License-Identifier: Apache-2.0
#include "train/data/file_dataset.h"

#include "core/error.h"
#include "image/image_file.h"
#include "train/data/captions.h"
#include "train/data/example_picture.h"

namespace tessera::train {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> textsBeside(const fs::path& picture) {
    fs::path path = picture;
    path.replace_extension(".txt");
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (error || size == 0) return {};
    if (size > kLongestTextFile) throw Failure(ErrorCode::Unsupported, "the picture's texts are longer than 1 MiB", path.string(), "check what the file holds");
    const SharedBytes bytes = readFile(path);
    return textsOfLines({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

}  // namespace

Example FileDataset::read(std::size_t index) const {
    TESSERA_ASSERT(index < m_files.size());
    const File& file = m_files[index];
    Example example;
    example.name = file.name;
    example.texts = file.texts.empty() ? textsBeside(file.path) : file.texts;
    example.picture = decodeWithAlpha(readFile(file.path).span(), file.path.string());
    return example;
}

}  // namespace tessera::train
