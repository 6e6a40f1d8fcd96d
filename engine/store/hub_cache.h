// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tessera {

/// The cache that Python's huggingface_hub keeps, read in place: <root>/models--ORG--NAME/{refs/<revision>,snapshots/<commit>/...,blobs/...}.
/// Files of a snapshot are links to blobs, or plain files where links cannot be made. Nothing here is ever written.
class HubCache {
public:
    /// HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub or ~/.cache/huggingface/hub; the first that is set.
    static std::filesystem::path usualRoot();
    explicit HubCache(std::filesystem::path root = usualRoot()) : m_root(std::move(root)) {}
    const std::filesystem::path& root() const { return m_root; }

    struct Repository {
        std::string id;                  ///< "ORG/NAME"
        std::filesystem::path snapshot;  ///< of the main revision, else of the newest there is
    };
    /// Model repositories that hold a snapshot, by id.
    std::vector<Repository> models() const;
    /// The snapshot of "ORG/NAME" or "ORG/NAME@REVISION" (branch, tag, or a commit by its first 7 digits or more). None if the repository
    /// is not here or the text is no id; throws Failure if the repository is here and such a snapshot is not.
    std::optional<std::filesystem::path> find(const std::string& id) const;

    /// A repository's own folder (models--ORG--NAME, wherever it lies) or its snapshots/ stands for its snapshot, as find() without a revision;
    /// any other path for itself.
    static std::filesystem::path snapshotFor(const std::filesystem::path& path);
    /// "ORG/NAME" if the path is a snapshot in a repository's folder.
    static std::optional<std::string> idOfSnapshot(const std::filesystem::path& path);

private:
    std::filesystem::path m_root;
};

/// Folders in which a person keeps checkpoints, each in a folder or file of its own: those in TESSERA_MODELS (separated by ':'),
/// then $XDG_DATA_HOME/tessera/models or ~/.local/share/tessera/models.
std::vector<std::filesystem::path> modelFolders();

}  // namespace tessera
