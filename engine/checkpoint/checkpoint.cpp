// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint.h"

#include <algorithm>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint_folder.h"
#include "checkpoint/file_words.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/shard_index.h"
#include "checkpoint/torch_zip.h"
#include "checkpoint/zip_archive.h"
#include "core/error.h"
#include "core/mapped_file.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

std::string readText(const fs::path& path) {
    constexpr std::uint64_t kLargest = 16U << 20U;
    return readMapped(path, [&](const MappedFile& file) {
        if (file.bytes.size() > kLargest)
            throw Failure(ErrorCode::Unsupported, "the file is larger than 16 MiB, too large for a config", path.string(), "replace it with the original file");
        return std::string(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
    });
}

ShardIndex readIndex(const fs::path& path) { return ShardIndex::parse(parseJson(readText(path), path.string()), path.string()); }

/// Told apart by content: names lie.
Checkpoint::File readTensors(const fs::path& path, const fs::path& relative) {
    return readMapped(path, [&](const MappedFile& mapped) {
        Checkpoint::File file{.path = relative, .format = {}, .bytes = mapped.bytes.size(), .sections = {}, .metadata = {}, .settings = {}};
        if (looksLikeZip(mapped.bytes)) {
            file.format = "torch zip";
            TorchZip zip = parseTorchZip(mapped.bytes, mapped.owner, path.string());
            file.sections = std::move(zip.sections);
            file.settings = std::move(zip.settings);
        } else {
            file.format = "safetensors";
            SafetensorsFile read = parseSafetensors(mapped.bytes, mapped.owner, path.string());
            file.sections.emplace("", std::move(read.tensors));
            file.metadata = std::move(read.metadata);
        }
        return file;
    });
}

/// Moves a shard's tensors into the whole, each of them where the index says it is.
void addShard(Checkpoint::File& whole, Checkpoint::File shard, const ShardIndex& index, const std::string& where) {
    const std::string name = shard.path.filename().string();
    for (auto& [section, tensors] : shard.sections) {
        for (auto& [path, stored] : tensors) {
            const std::string tensor = section.empty() ? path : section + "." + path;
            const auto listed = index.shardOf.find(tensor);
            if (listed == index.shardOf.end() || listed->second != name) {
                const std::string instead = listed == index.shardOf.end() ? "does not list" : "lists in " + shown(listed->second);
                throw Failure(ErrorCode::Mismatch, "shard " + shown(name) + " holds tensor " + shown(tensor) + ", which the index " + instead, where,
                              "download the index and its shards again, all of the same revision");
            }
            whole.sections[""].emplace(tensor, std::move(stored));
        }
    }
    whole.bytes += shard.bytes;
    whole.format = shard.format;
    whole.metadata.merge(shard.metadata);
}

/// All shards as one file, which bears the index's name.
Checkpoint::File readShards(const fs::path& root, const fs::path& relative, const ShardIndex& index) {
    const std::string where = (root / relative).string();
    Checkpoint::File whole{.path = relative, .format = {}, .bytes = 0, .sections = {}, .metadata = {}, .settings = {}};
    for (const std::string& shard : index.shards) {
        std::error_code error;
        const fs::path beside = relative.parent_path() / shard;
        if (!fs::exists(root / beside, error))
            throw Failure(ErrorCode::NotFound, "shard " + shown(shard) + " is missing", where, "download it into the same folder");
        addShard(whole, readTensors(root / beside, beside), index, where);
    }
    for (const auto& [tensor, shard] : index.shardOf) {
        if (whole.sections[""].contains(tensor)) continue;
        throw Failure(ErrorCode::Mismatch, "shard " + shown(shard) + " lacks tensor " + shown(tensor) + ", which the index lists in it", where,
                      "download the index and its shards again, all of the same revision");
    }
    return whole;
}

std::vector<Checkpoint::File> readAll(const CheckpointFolder& folder) {
    std::vector<Checkpoint::File> files;
    std::set<fs::path> shards;  // which are no checkpoints of their own
    std::set<fs::path> safe;    // folders with safetensors that could be read
    for (const fs::path& relative : folder.indices) {
        const ShardIndex index = readIndex(folder.root / relative);
        for (const std::string& shard : index.shards) shards.insert(relative.parent_path() / shard);
        files.push_back(readShards(folder.root, relative, index));
    }
    for (const Checkpoint::File& file : files)
        if (file.format == "safetensors") safe.insert(file.path.parent_path());
    const auto add = [&](const fs::path& relative) {
        files.push_back(readTensors(folder.root / relative, relative));
        if (files.back().format == "safetensors") safe.insert(relative.parent_path());
    };
    std::vector<fs::path> others;
    for (const fs::path& relative : folder.tensors) {
        if (shards.contains(relative)) continue;
        if (relative.extension() == ".safetensors") add(relative);
        else others.push_back(relative);
    }
    std::optional<Failure> refused;
    for (const fs::path& relative : others) {
        try {
            add(relative);
        } catch (const Failure& failure) {
            // Old .bin files and leftovers of training lie beside the safetensors that replaced them.
            if (safe.contains(relative.parent_path())) continue;
            // Far below it may be a file of anything.
            if (!relative.parent_path().has_parent_path()) throw;
            if (!refused) refused = failure;
        }
    }
    if (files.empty() && refused) throw Failure(*refused);
    return files;
}

/// Tensors of another checkpoint that a config takes in: "weights_of": {"path": relative to the config, "prefix": what their names begin with there}. They stand beside the folder's
/// own, as if they lay in its first file.
void takeIn(const CheckpointFolder& folder, std::vector<Checkpoint::File>& files) {
    constexpr const char* kConfig = "config.json";
    if (!std::ranges::binary_search(folder.texts, kConfig)) return;
    const fs::path config = folder.root / kConfig;
    const std::string text = readText(config);
    if (text.find("\"weights_of\"") == std::string::npos) return;
    const nlohmann::json whole = parseJson(text, config.string());
    if (!whole.is_object() || !whole.contains("weights_of")) return;
    const nlohmann::json taken = whole["weights_of"];
    if (!taken.is_object() || !taken.contains("path") || !taken["path"].is_string() || !taken.contains("prefix") || !taken["prefix"].is_string())
        throw Failure(ErrorCode::Invalid, "weights_of is no table of a path and a prefix", config.string(), "write {\"path\": \"../model/model.safetensors\", \"prefix\": \"autoencoder.\"}");
    const std::string relative = taken["path"].get<std::string>(), prefix = taken["prefix"].get<std::string>();
    std::error_code error;
    if (!fs::is_regular_file(folder.root / relative, error))
        throw Failure(ErrorCode::NotFound, "the weights that weights_of names are missing: " + shown(relative), config.string(), "put that file back where it was");
    Checkpoint::File other = readTensors(folder.root / relative, relative);
    if (files.empty()) files.push_back({.path = "model.safetensors", .format = other.format, .bytes = 0, .sections = {}, .metadata = std::move(other.metadata), .settings = {}});
    Checkpoint::File& file = files.front();
    std::size_t found = 0;
    for (auto& [name, stored] : other.sections[""]) {
        if (!name.starts_with(prefix)) continue;
        file.bytes += static_cast<std::uint64_t>(stored.elements()) * byteSize(stored.type);
        file.sections[""].emplace(name.substr(prefix.size()), std::move(stored));
        ++found;
    }
    if (found == 0) throw Failure(ErrorCode::Mismatch, "no tensor of " + shown(relative) + " begins with " + shown(prefix), config.string(), "name the file and the prefix that weights_of means");
}

bool holdsTensors(const Checkpoint::File& file) {
    return std::ranges::any_of(file.sections, [](const auto& section) { return !section.second.empty(); });
}

}  // namespace

Checkpoint Checkpoint::open(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error) && error != std::errc::permission_denied)
        throw Failure(ErrorCode::NotFound, "there is no such file or folder", path.string(), "check the name; it may have been moved or deleted");
    CheckpointFolder folder = fs::is_directory(path, error) ? CheckpointFolder::list(path) : CheckpointFolder::ofFile(path);
    Checkpoint checkpoint;
    checkpoint.m_path = path;
    checkpoint.m_files = readAll(folder);
    takeIn(folder, checkpoint.m_files);
    checkpoint.m_folder = std::move(folder.root);
    checkpoint.m_texts = std::move(folder.texts);
    if (checkpoint.m_files.empty()) {
        throw Failure(ErrorCode::NotFound, "this folder holds no checkpoint", path.string(),
                      "open a folder with .safetensors, .pt, .pth, .ckpt or .bin files in it or in the folders inside it");
    }
    if (std::ranges::none_of(checkpoint.m_files, holdsTensors)) {
        throw Failure(ErrorCode::Invalid, "the checkpoint holds no tensors that can be read without running the code in it", path.string(),
                      "save the model's state_dict() and open that");
    }
    return checkpoint;
}

bool Checkpoint::hasText(const std::string& relativePath) const { return std::ranges::binary_search(m_texts, relativePath); }

std::string Checkpoint::text(const std::string& relativePath) const {
    if (!hasText(relativePath))
        throw Failure(ErrorCode::NotFound, "the checkpoint has no file " + shown(relativePath), m_path.string(), "download it into the same folder");
    return readText(m_folder / relativePath);
}

nlohmann::json Checkpoint::json(const std::string& relativePath) const { return parseJson(text(relativePath), (m_folder / relativePath).string()); }

nlohmann::json Checkpoint::jsonOf(const fs::path& path) { return parseJson(readText(path), path.string()); }

std::vector<std::string> Checkpoint::textFiles() const { return m_texts; }

void Checkpoint::checkUnchanged() const {
    for (const File& file : m_files) {
        for (const auto& [section, tensors] : file.sections) {
            for (const auto& [name, tensor] : tensors) tessera::checkUnchanged(tensor.data);
        }
    }
}

std::uint64_t Checkpoint::bytes() const {
    std::uint64_t sum = 0;
    for (const File& file : m_files) sum += file.bytes;
    return sum;
}

}  // namespace tessera
