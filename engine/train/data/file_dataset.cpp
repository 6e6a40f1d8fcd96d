// SPDX-License-Identifier: Apache-2.0
#include "train/data/file_dataset.h"

#include "core/error.h"
#include "image/image_file.h"
#include "train/data/captions.h"

namespace tessera::train {
namespace {

namespace fs = std::filesystem;

/// The content of the file beside the picture whose name ends otherwise; empty where there is none.
std::string wordsBeside(const fs::path& picture, const char* extension, fs::path& path) {
    path = picture;
    path.replace_extension(extension);
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (error || size == 0) return {};
    if (size > kLongestTextFile) throw Failure(ErrorCode::Unsupported, "the picture's texts are longer than 1 MiB", path.string(), "check what the file holds");
    const SharedBytes bytes = readFile(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

ExampleTexts FileDataset::texts(std::size_t index) const {
    TESSERA_ASSERT(index < m_files.size());
    const File& file = m_files[index];
    if (!file.texts.texts.empty()) return file.texts;
    ExampleTexts texts;
    fs::path path;
    if (const std::string lines = wordsBeside(file.path, ".txt", path); !lines.empty()) texts.texts = textsOfLines(lines, path.string());
    const std::string json = wordsBeside(file.path, ".json", path);
    // Other programs keep lists of their own beside pictures.
    if (const std::size_t first = json.find_first_not_of(" \t\r\n\xEF\xBB\xBF"); first != std::string::npos && json[first] == '{') addTexts(texts, textsOfJson(json, path.string()));
    return texts;
}

SharedBytes FileDataset::file(std::size_t index) const {
    TESSERA_ASSERT(index < m_files.size());
    return readFile(m_files[index].path);
}

}  // namespace tessera::train
