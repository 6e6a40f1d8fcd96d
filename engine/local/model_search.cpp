// SPDX-License-Identifier: Apache-2.0
#include "local/model_search.h"

#include <algorithm>
#include <functional>
#include <set>
#include <system_error>

#include "checkpoint/checkpoint_folder.h"
#include "core/error.h"
#include "families/model_family.h"
#include "families/tokenizer_beside.h"
#include "store/hub_cache.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 4;
constexpr std::size_t kMostFolders = 10'000;

/// Relative paths: `inner` is `outer` or lies below it.
bool contains(const fs::path& outer, const fs::path& inner) {
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

class Search {
public:
    void visit(const fs::path& folder, int depth) {
        std::error_code error;
        const fs::path real = fs::canonical(folder, error);
        if (error || m_seen.size() >= kMostFolders || !m_seen.insert(real).second) return;
        const fs::path snapshot = HubCache::snapshotFor(folder);
        if (snapshot != folder) {
            add(identify(snapshot));
            return;
        }
        std::vector<fs::path> folders, tensors;
        bool described = false;  // a config lies beside them
        for (fs::directory_iterator entries(folder, error); !error && entries != fs::directory_iterator(); entries.increment(error)) {
            const fs::path& path = entries->path();
            std::error_code ignored;
            if (path.filename().string().starts_with('.')) continue;
            if (entries->is_directory(ignored)) folders.push_back(path);
            else if (isTensorFile(path)) tensors.push_back(path);
            else described = described || isCheckpointText(path);
        }
        if ((described || tensors.size() == 1) && add(identify(folder))) {
            for (FoundModel& each : generatorsOf(folder)) m_found.push_back(std::move(each));
            return;
        }
        const std::size_t before = m_found.size();
        std::ranges::sort(tensors);
        for (const fs::path& file : tensors) add(identify(file));
        std::ranges::sort(folders);
        if (depth < kDeepest) {
            for (const fs::path& inside : folders) visit(inside, depth + 1);
        }
        // Weights in one folder inside it and their config in another.
        if (m_found.size() == before && !described && tensors.empty() && !folders.empty()) add(identify(folder));
    }
    std::vector<FoundModel> found() && { return std::move(m_found); }

private:
    bool add(std::optional<FoundModel> model) {
        if (!model) return false;
        m_found.push_back(std::move(*model));
        return true;
    }
    std::set<fs::path> m_seen;
    std::vector<FoundModel> m_found;
};

/// The model in a checkpoint of which `wanted` is true.
std::optional<FoundModel> identified(const fs::path& path, const std::function<bool(const Checkpoint&)>& wanted) {
    try {
        const Checkpoint checkpoint = Checkpoint::open(path);
        if (!wanted(checkpoint) || gathersSeveral(checkpoint)) return std::nullopt;
        for (const ModelFamily* family : modelFamilies()) {
            if (family->recognise(checkpoint)) return FoundModel{path, std::string(family->name), checkpoint.bytes()};
        }
    } catch (const Failure&) {
        // Whoever opens it by name is told why.
    }
    return std::nullopt;
}

}  // namespace

std::optional<FoundModel> identify(const fs::path& path) {
    return identified(path, [](const Checkpoint&) { return true; });
}

std::vector<FoundModel> modelsBelow(const fs::path& root) {
    Search search;
    search.visit(root, 0);
    return std::move(search).found();
}

std::vector<FoundModel> generatorsOf(const fs::path& tokenizer) {
    std::vector<FoundModel> found;
    std::error_code error;
    for (fs::directory_iterator entries(tokenizer, error); !error && entries != fs::directory_iterator(); entries.increment(error)) {
        std::error_code ignored;
        const fs::path& folder = entries->path();
        if (!entries->is_directory(ignored) || !fs::exists(folder / "config.json", ignored)) continue;
        const auto drawsFor = [&](const Checkpoint& checkpoint) {
            const auto named = tokenizerBeside(checkpoint);
            return named && fs::equivalent(*named, tokenizer, ignored);
        };
        if (auto model = identified(folder, drawsFor)) found.push_back(std::move(*model));
    }
    std::ranges::sort(found, {}, &FoundModel::path);
    return found;
}

bool gathersSeveral(const Checkpoint& checkpoint) {
    if (checkpoint.files().empty()) return false;
    fs::path common = checkpoint.files().front().path.parent_path();
    for (const Checkpoint::File& file : checkpoint.files()) {
        while (!contains(common, file.path)) common = common.parent_path();
    }
    for (const Checkpoint::File& file : checkpoint.files()) {
        if (file.path.parent_path() == common) return false;
    }
    // A config above them all makes them one.
    return std::ranges::none_of(checkpoint.textFiles(), [&](const std::string& text) { return contains(fs::path(text).parent_path(), common); });
}

}  // namespace tessera
