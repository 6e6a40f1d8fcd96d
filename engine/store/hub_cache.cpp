// SPDX-License-Identifier: Apache-2.0
#include "store/hub_cache.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>

#include "core/error.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "models--";
constexpr std::size_t kShortestCommit = 7;

fs::path variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? fs::path(value) : fs::path();
}

fs::path below(const char* name, const char* otherwise) {
    const fs::path given = variable(name);
    return given.empty() ? variable("HOME") / otherwise : given;
}

std::string trimmed(std::string text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
    return text;
}

bool isFolder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

/// Folders right inside, by name. An unreadable folder has none.
std::vector<fs::path> foldersIn(const fs::path& path) {
    std::vector<fs::path> folders;
    std::error_code error;
    for (fs::directory_iterator entries(path, error); !error && entries != fs::directory_iterator(); entries.increment(error)) {
        std::error_code ignored;
        if (!entries->path().filename().string().starts_with('.') && entries->is_directory(ignored)) folders.push_back(entries->path());
    }
    std::ranges::sort(folders);
    return folders;
}

/// What refs/<revision> names.
std::optional<fs::path> referred(const fs::path& repository, const std::string& revision) {
    std::string commit;
    std::getline(std::ifstream(repository / "refs" / revision), commit);
    commit = trimmed(commit);
    const bool plain = !commit.empty() && commit.find('/') == std::string::npos && !commit.starts_with('.');
    if (!plain || !isFolder(repository / "snapshots" / commit)) return std::nullopt;
    return repository / "snapshots" / commit;
}

std::optional<fs::path> mainSnapshot(const fs::path& repository) {
    if (const auto main = referred(repository, "main")) return main;
    std::vector<fs::path> snapshots = foldersIn(repository / "snapshots");
    if (snapshots.empty()) return std::nullopt;
    return *std::ranges::max_element(snapshots, {}, [](const fs::path& snapshot) {
        std::error_code error;
        return fs::last_write_time(snapshot, error);
    });
}

std::optional<fs::path> snapshotOf(const fs::path& repository, const std::string& revision) {
    if (revision.empty()) return mainSnapshot(repository);
    if (const auto named = referred(repository, revision)) return named;
    if (revision.size() < kShortestCommit) return std::nullopt;
    for (const fs::path& snapshot : foldersIn(repository / "snapshots")) {
        if (snapshot.filename().string().starts_with(revision)) return snapshot;
    }
    return std::nullopt;
}

/// "models--ORG--NAME" to "ORG/NAME".
std::string idOf(const std::string& folder) {
    std::string id = folder.substr(kPrefix.size());
    if (const std::size_t at = id.find("--"); at != std::string::npos) {
        id[at] = '/';
        id.erase(at + 1, 1);
    }
    return id;
}

/// Letters, digits, '.', '_' and '-', at most one '/' between two of them.
bool isId(std::string_view text) {
    const auto fits = [](std::string_view part) {
        return !part.empty() && part != "." && part != ".." &&
               std::ranges::all_of(part, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '_' || c == '-'; });
    };
    const std::size_t slash = text.find('/');
    return slash == std::string_view::npos ? fits(text) : fits(text.substr(0, slash)) && fits(text.substr(slash + 1));
}

bool isRevision(std::string_view text) {
    return !text.empty() && text.find("..") == std::string_view::npos && !text.starts_with('/');
}

}  // namespace

fs::path HubCache::usualRoot() {
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
        if (const fs::path given = variable(name); !given.empty()) return given;
    }
    if (const fs::path home = variable("HF_HOME"); !home.empty()) return home / "hub";
    return below("XDG_CACHE_HOME", ".cache") / "huggingface/hub";
}

std::vector<HubCache::Repository> HubCache::models() const {
    std::vector<Repository> repositories;
    for (const fs::path& folder : foldersIn(m_root)) {
        const std::string name = folder.filename().string();
        if (!name.starts_with(kPrefix)) continue;
        if (const auto snapshot = mainSnapshot(folder)) repositories.push_back({idOf(name), *snapshot});
    }
    std::ranges::sort(repositories, {}, &Repository::id);
    return repositories;
}

std::optional<fs::path> HubCache::find(const std::string& id) const {
    const std::size_t at = id.find('@');
    std::string name = id.substr(0, at);
    const std::string revision = at == std::string::npos ? std::string() : id.substr(at + 1);
    if (!isId(name) || (at != std::string::npos && !isRevision(revision))) return std::nullopt;
    if (const std::size_t slash = name.find('/'); slash != std::string::npos) {
        name[slash] = '-';
        name.insert(slash, 1, '-');
    }
    const fs::path repository = m_root / std::string(kPrefix).append(name);
    if (!isFolder(repository)) return std::nullopt;
    if (const auto snapshot = snapshotOf(repository, revision)) return snapshot;
    const std::string what = revision.empty() ? "the repository is in the hub cache without any file" : "the repository is in the hub cache without this revision";
    throw Failure(ErrorCode::NotFound, what, id, "download it again with huggingface_hub, into " + m_root.string());
}

fs::path HubCache::snapshotFor(const fs::path& path) {
    fs::path folder = path;
    if (folder.filename().empty()) folder = folder.parent_path();  // "models--a--b/"
    if (folder.filename() == "snapshots") folder = folder.parent_path();
    if (!folder.filename().string().starts_with(kPrefix) || !isFolder(folder / "snapshots")) return path;
    return mainSnapshot(folder).value_or(path);
}

std::optional<std::string> HubCache::idOfSnapshot(const fs::path& path) {
    const std::string repository = path.parent_path().parent_path().filename().string();
    if (path.parent_path().filename() != "snapshots" || !repository.starts_with(kPrefix)) return std::nullopt;
    return idOf(repository);
}

std::vector<fs::path> modelFolders() {
    std::vector<fs::path> folders;
    const std::string given = variable("TESSERA_MODELS").string();
    for (std::size_t begin = 0; begin < given.size();) {
        const std::size_t end = std::min(given.find(':', begin), given.size());
        if (end > begin) folders.emplace_back(given.substr(begin, end - begin));
        begin = end + 1;
    }
    folders.push_back(below("XDG_DATA_HOME", ".local/share") / "tessera/models");
    return folders;
}

}  // namespace tessera
