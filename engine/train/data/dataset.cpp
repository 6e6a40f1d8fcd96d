// SPDX-License-Identifier: Apache-2.0
#include "train/data/dataset.h"

#include <fnmatch.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "image/image_file.h"
#include "train/data/captions.h"
#include "train/data/example_picture.h"
#include "train/data/file_dataset.h"
#include "train/data/tar_dataset.h"

namespace tessera::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWhatToGive = "give a folder of pictures, .tar shards or a .txt list of pictures";

bool endsWith(const fs::path& path, const char* extension) { return path.extension() == extension; }

struct Found {
    std::vector<FileDataset::File> pictures;
    std::vector<fs::path> shards;
};

// Links to files are followed, links to folders are not: they may lead back.
Found filesIn(const fs::path& folder) {
    Found found;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const std::string file = at->path().filename().string();
        std::error_code ignored;
        if (file.starts_with('.')) {
            at.disable_recursion_pending();
            continue;
        }
        if (!isPictureName(file) && !endsWith(at->path(), ".tar")) continue;
        if (!at->is_regular_file(ignored)) continue;
        if (isPictureName(file)) found.pictures.push_back({at->path(), at->path().lexically_relative(folder).generic_string(), {}});
        else found.shards.push_back(at->path());
    }
    if (error) throw Failure(ErrorCode::Unreadable, "the folder cannot be read: " + error.message(), folder.string(), "check its permissions and those of the folders in it");
    std::sort(found.pictures.begin(), found.pictures.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    std::sort(found.shards.begin(), found.shards.end(), [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
    return found;
}

void addCaptions(std::vector<FileDataset::File>& pictures, const fs::path& path) {
    std::map<std::string, ExampleTexts> captions = readCaptions(path);
    bool anyFits = captions.empty();
    for (FileDataset::File& file : pictures) {
        const auto caption = captions.find(file.name);
        if (caption == captions.end()) continue;
        file.texts = std::move(caption->second);
        anyFits = true;
    }
    if (!anyFits) throw Failure(ErrorCode::Mismatch, "none of the pictures that it names is in the folder", path.string(), "name them relative to the folder, such as " + shown(pictures.front().name));
}

std::unique_ptr<const StoredDataset> openFolder(const fs::path& folder) {
    Found found = filesIn(folder);
    if (!found.pictures.empty() && !found.shards.empty())
        throw Failure(ErrorCode::Invalid, "the folder holds pictures and .tar shards", folder.string(), "keep them in two folders and name both");
    if (!found.shards.empty()) return std::make_unique<TarDataset>(found.shards);
    if (found.pictures.empty()) throw Failure(ErrorCode::Invalid, "no picture and no .tar shard is in the folder", folder.string(), kWhatToGive);
    std::error_code ignored;
    if (const fs::path captions = folder / "captions.jsonl"; fs::exists(captions, ignored)) addCaptions(found.pictures, captions);
    return std::make_unique<FileDataset>(std::move(found.pictures));
}

std::unique_ptr<const StoredDataset> openPattern(const fs::path& path) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    Found found = filesIn(folder);
    std::erase_if(found.shards, [&](const fs::path& shard) {
        return shard.parent_path() != folder || ::fnmatch(path.filename().c_str(), shard.filename().c_str(), 0) != 0;
    });
    if (found.shards.empty()) throw Failure(ErrorCode::NotFound, "no .tar shard has such a name", path.string(), "check the folder and the pattern");
    return std::make_unique<TarDataset>(found.shards);
}

std::unique_ptr<const StoredDataset> openList(const fs::path& path) {
    const SharedBytes bytes = readFile(path);
    std::vector<FileDataset::File> files;
    for (std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size()); !rest.empty();) {
        const std::size_t end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.find('\0') != std::string_view::npos) throw Failure(ErrorCode::Invalid, "this is not a list of pictures", path.string(), "write one path a line");
        if (line.find_first_not_of(" \t") != std::string_view::npos) files.push_back({path.parent_path() / line, std::string(line), {}});
    }
    if (files.empty()) throw Failure(ErrorCode::Invalid, "the list names no picture", path.string(), "write one path a line");
    return std::make_unique<FileDataset>(std::move(files));
}

}  // namespace

Example StoredDataset::read(std::size_t index) const {
    Example example{.picture = {}, .texts = texts(index).texts, .name = name(index)};
    example.picture = decodeWithAlpha(file(index).span(), place(index));
    return example;
}

std::unique_ptr<const StoredDataset> openDataset(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status) && endsWith(path, ".tar") && path.filename().native().find_first_of("*?") != std::string::npos) return openPattern(path);
    if (!fs::exists(status)) throw Failure(ErrorCode::NotFound, "there is no such folder or file", path.string(), kWhatToGive);
    if (fs::is_directory(status)) return openFolder(path);
    if (endsWith(path, ".tar")) return std::make_unique<TarDataset>(std::vector{path});
    if (endsWith(path, ".txt")) return openList(path);
    throw Failure(ErrorCode::Unsupported, "this is no data set", path.string(), kWhatToGive);
}

}  // namespace tessera::train
