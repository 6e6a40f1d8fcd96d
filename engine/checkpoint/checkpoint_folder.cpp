// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint_folder.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <system_error>
#include <tuple>

#include "checkpoint/shard_index.h"
#include "core/error.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kUsualDepth = 1, kDeepest = 6;
constexpr std::size_t kMostTensorFiles = 512, kMostEntries = 100'000;

bool endsIn(const fs::path& path, std::initializer_list<std::string_view> extensions) {
    std::string extension = path.extension().string();
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::find(extensions, extension) != extensions.end();
}

/// `inner` is `outer` or lies in it.
bool contains(const fs::path& outer, const fs::path& inner) { return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end(); }

/// Calls add(relative path, is a folder) for every entry that is not hidden.
template <typename Add>
std::error_code look(const fs::path& root, const fs::path& relative, const Add& add) {
    std::error_code error;
    fs::directory_iterator entries(root / relative, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        const fs::path name = entries->path().filename();
        std::error_code ignored;
        if (name.string().starts_with('.')) continue;
        const bool isFolder = entries->is_directory(ignored);
        // Near the top a link to a folder is part of the layout; far below it may lead anywhere.
        if (isFolder && std::distance(relative.begin(), relative.end()) >= kUsualDepth && entries->is_symlink(ignored)) continue;
        add(relative / name, isFolder);
    }
    return error;
}

void addText(CheckpointFolder& folder, const fs::path& relative) {
    if (isCheckpointText(relative)) folder.texts.push_back(relative.string());
    if (isShardIndex(relative)) folder.indices.push_back(relative);
}

void sort(CheckpointFolder& folder) {
    const auto plainness = [](const fs::path& path) {
        const std::string name = path.filename().string();
        const fs::path folder = path.parent_path();
        return std::tuple(std::distance(folder.begin(), folder.end()), folder, std::ranges::count(name, '.'), name);
    };
    std::ranges::sort(folder.tensors, {}, plainness);
    std::ranges::sort(folder.indices, {}, plainness);
    std::ranges::sort(folder.texts);
}

}  // namespace

CheckpointFolder CheckpointFolder::list(const fs::path& root) {
    CheckpointFolder folder{.root = root, .indices = {}, .tensors = {}, .texts = {}};
    std::size_t entries = 0;
    std::error_code ignored;
    const fs::path top = fs::canonical(root, ignored);
    std::set<fs::path> entered;
    std::vector<fs::path> level{fs::path()};
    for (int depth = 0; depth <= kDeepest && !level.empty(); ++depth) {
        if (depth == kUsualDepth + 1 && !(folder.tensors.empty() && folder.indices.empty())) break;
        std::vector<fs::path> below;
        for (const fs::path& each : level) {
            // A link may lead to where we have been, or out of the folder to what holds it.
            const fs::path real = fs::canonical(root / each, ignored);
            if (!entered.insert(real).second || (depth > 0 && contains(real, top))) continue;
            const std::error_code error = look(root, each, [&](const fs::path& relative, bool isFolder) {
                if (isFolder) below.push_back(relative);
                else if (isTensorFile(relative)) folder.tensors.push_back(relative);
                else addText(folder, relative);
                if (folder.tensors.size() <= kMostTensorFiles && ++entries <= kMostEntries) return;
                throw Failure(ErrorCode::Invalid, "the folder holds too many files to be one checkpoint", root.string(), "open the folder of one model");
            });
            if (error && depth == 0) throw Failure(ErrorCode::Unreadable, "the folder cannot be read: " + error.message(), root.string(), "check its permissions");
        }
        std::ranges::sort(below);
        level = std::move(below);
    }
    sort(folder);
    return folder;
}

/// The folder of a config; where that holds no tensors, the one beside whose configs/ they lie, without its other YAML files: each of those may be another model.
CheckpointFolder CheckpointFolder::ofConfig(const fs::path& root, const fs::path& name) {
    CheckpointFolder own = list(root);
    if (!own.tensors.empty() || !own.indices.empty()) return own;
    std::error_code ignored;
    const fs::path real = fs::canonical(root, ignored);
    for (fs::path at = real; at.has_relative_path(); at = at.parent_path()) {
        if (at.filename() != "configs") continue;
        CheckpointFolder whole = list(at.parent_path());
        const fs::path chosen = (real / name).lexically_relative(at.parent_path());
        std::erase_if(whole.texts, [&](const std::string& text) { return endsIn(text, {".yaml", ".yml"}) && text != chosen; });
        return whole;
    }
    return own;
}

CheckpointFolder CheckpointFolder::ofFile(const fs::path& file) {
    const fs::path root = file.has_parent_path() ? file.parent_path() : fs::path("."), name = file.filename();
    if (isCheckpointText(name) && !isShardIndex(name)) return ofConfig(root, name);
    CheckpointFolder folder{.root = root, .indices = {}, .tensors = {}, .texts = {}};
    const auto addTexts = [&](const fs::path& relative, bool isFolder) {
        if (!isFolder) addText(folder, relative);
    };
    look(root, {}, addTexts);
    // Training runs keep weights in one folder and their configs in another.
    std::error_code ignored;
    const fs::path own = fs::canonical(root, ignored).filename();
    if (own == "ckpts" || own == "checkpoints") look(root, "../configs", addTexts);
    folder.indices.clear();
    (isShardIndex(name) ? folder.indices : folder.tensors).push_back(name);
    sort(folder);
    return folder;
}

bool isTensorFile(const fs::path& path) { return endsIn(path, {".safetensors", ".pt", ".pth", ".ckpt", ".bin"}); }

bool isCheckpointText(const fs::path& path) { return endsIn(path, {".json", ".yaml", ".yml"}); }

}  // namespace tessera
