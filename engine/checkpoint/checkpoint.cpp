// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <set>

#include <nlohmann/json.hpp>

#include "checkpoint/safetensors.h"
#include "checkpoint/torch_zip.h"
#include "checkpoint/zip_archive.h"
#include "core/error.h"
#include "core/regular_file.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLongestText = std::uint64_t(16) << 20;
constexpr std::size_t kMostFiles = 512;
constexpr std::string_view kIndexSuffix = ".index.json";
/// First bytes of torch.save before PyTorch 1.6: a pickled magic number.
constexpr std::string_view kLegacyTorch("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 14);

bool hasSuffix(const fs::path& path, std::initializer_list<std::string_view> suffixes) {
    std::string extension = path.extension().string();
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::find(suffixes, extension) != suffixes.end();
}
bool isTensorFile(const fs::path& path) {
    return hasSuffix(path, {".safetensors", ".pt", ".pth", ".ckpt", ".bin"});
}
bool isTextFile(const fs::path& path) {
    return hasSuffix(path, {".json", ".yaml", ".yml"});
}

/// A file of tensors, told by its first bytes and not by its name.
Checkpoint::File readTensors(const fs::path& path, const fs::path& shown) {
    const MappedFile file = mapFile(path);
    Checkpoint::File result{.path = shown, .format = {}, .bytes = file.bytes.size(), .sections = {}, .metadata = {}};
    if (looksLikeZip(file.bytes)) {
        result.format = "torch zip";
        result.sections = parseTorchZip(file.bytes, file.owner, path.string());
        return result;
    }
    const std::string_view head(reinterpret_cast<const char*>(file.bytes.data()), std::min<std::size_t>(file.bytes.size(), 512));
    if (head.starts_with(kLegacyTorch)) {
        throw Failure(ErrorCode::Unsupported, "this is the format that torch.save wrote before PyTorch 1.6", path.string(),
                      "load it once in a newer PyTorch and save it again, best as safetensors");
    }
    if (head.starts_with("version https://git-lfs")) {
        throw Failure(ErrorCode::Invalid, "this is a Git LFS pointer, not the weights themselves", path.string(), "run git lfs pull in that folder");
    }
    const std::size_t first = head.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && head[first] == '<') {
        throw Failure(ErrorCode::Invalid, "this is a web page, not a checkpoint", path.string(), "download the file itself, often under a \"resolve\" address");
    }
    if (!hasSuffix(path, {".safetensors"}) && (head.size() < 9 || head[8] != '{')) {
        throw Failure(ErrorCode::Invalid, "this is neither a safetensors file nor a torch.save archive", path.string(), "give a .safetensors, .pt, .pth, .ckpt or .bin checkpoint");
    }
    result.format = "safetensors";
    SafetensorsFile tensors = parseSafetensors(file.bytes, file.owner, path.string());
    result.sections[""] = std::move(tensors.tensors);
    result.metadata = std::move(tensors.metadata);
    return result;
}

nlohmann::json parseJson(const std::string& text, const std::string& where) {
    // A tree of brackets takes memory, not stack; its text is bounded.
    nlohmann::json json = nlohmann::json::parse(text, nullptr, false, true);
    if (json.is_discarded()) throw Failure(ErrorCode::Invalid, "this is not valid JSON", where, "get the file again");
    return json;
}

std::string readText(const fs::path& path) {
    const MappedFile file = mapFile(path);
    if (file.bytes.size() > kLongestText) throw Failure(ErrorCode::Invalid, "the file is too large for a config", path.string(), "choose the checkpoint's own folder");
    return {reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()};
}

/// A checkpoint in shards: which tensor lies in which file of the same folder.
struct ShardIndex {
    fs::path path;  ///< relative to the checkpoint
    std::map<std::string, std::string> shardOf;
    std::set<std::string> shards;
};

ShardIndex readIndex(const fs::path& folder, const fs::path& relative) {
    const std::string where = (folder / relative).string();
    const nlohmann::json json = parseJson(readText(folder / relative), where);
    const auto refuse = [&](const std::string& what) { throw Failure(ErrorCode::Invalid, what, where, "get the index again"); };
    ShardIndex index{.path = relative, .shardOf = {}, .shards = {}};
    const auto map = json.is_object() ? json.find("weight_map") : json.end();
    if (!json.is_object() || map == json.end() || !map->is_object()) refuse("the index has no weight_map");
    for (const auto& [tensor, shard] : map->items()) {
        if (!shard.is_string()) refuse("the index gives no file for tensor " + tensor);
        const auto name = shard.get<std::string>();
        if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos || name.find('\\') != std::string::npos || name.find('\0') != std::string::npos) {
            refuse("the index names a file outside its folder, \"" + name + "\"");
        }
        index.shardOf[tensor] = name;
        index.shards.insert(name);
    }
    return index;
}

/// All shards as one file; what index and shards say must agree.
Checkpoint::File readShards(const fs::path& folder, const ShardIndex& index) {
    Checkpoint::File whole{.path = index.path, .format = {}, .bytes = 0, .sections = {}, .metadata = {}};
    std::map<std::string, StoredTensor>& tensors = whole.sections[""];
    std::string missing;
    for (const std::string& shard : index.shards) {
        std::error_code error;
        if (!fs::exists(folder / index.path.parent_path() / shard, error)) missing += (missing.empty() ? "" : ", ") + shard;
    }
    if (!missing.empty()) {
        throw Failure(ErrorCode::NotFound, "the checkpoint is only partly here, without " + missing, (folder / index.path).string(), "get the missing files");
    }
    for (const std::string& shard : index.shards) {
        const fs::path relative = index.path.parent_path() / shard;
        Checkpoint::File file = readTensors(folder / relative, relative);
        whole.format = file.format;
        whole.bytes += file.bytes;
        whole.metadata.merge(file.metadata);
        for (auto& [section, stored] : file.sections) {
            for (auto& [name, tensor] : stored) {
                const auto expected = index.shardOf.find(name);
                if (expected == index.shardOf.end() || expected->second != shard) {
                    throw Failure(ErrorCode::Mismatch, "tensor " + name + " lies in " + shard + " but the index does not say so", (folder / index.path).string(),
                                  "get index and files of the same revision");
                }
                tensors.emplace(name, std::move(tensor));
            }
        }
    }
    for (const auto& [name, shard] : index.shardOf) {
        if (tensors.contains(name)) continue;
        throw Failure(ErrorCode::Mismatch, "the index puts tensor " + name + " into " + shard + ", which does not hold it", (folder / index.path).string(),
                      "get index and files of the same revision");
    }
    return whole;
}

/// Tensor files and texts at the folder's root and one level below it, relative, in order of their names.
struct Listing {
    std::vector<fs::path> tensors;
    std::vector<std::string> texts;
};

Listing list(const fs::path& folder) {
    Listing listing;
    const auto look = [&](const fs::path& relative, bool deeper, const auto& self) -> void {
        std::error_code error;
        fs::directory_iterator entries(folder / relative, error);
        if (error && relative.empty()) {
            throw Failure(ErrorCode::Unreadable, "the folder cannot be read: " + error.message(), folder.string(), "check its permissions");
        }
        for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
            const fs::path name = relative / entries->path().filename();
            std::error_code ignored;
            if (entries->path().filename().string().starts_with('.')) continue;
            if (deeper && entries->is_directory(ignored)) self(name, false, self);
            else if (isTextFile(name)) listing.texts.push_back(name.string());
            else if (isTensorFile(name)) listing.tensors.push_back(name);
            if (listing.tensors.size() > kMostFiles) {
                throw Failure(ErrorCode::Invalid, "the folder holds more than " + std::to_string(kMostFiles) + " tensor files, so it is no single checkpoint", folder.string(),
                              "choose the folder of one model");
            }
        }
    };
    look({}, true, look);
    std::ranges::sort(listing.tensors);
    std::ranges::sort(listing.texts);
    return listing;
}

void hashTensor(Hasher& hasher, const StoredTensor& tensor) {
    constexpr std::size_t kWhole = 4096, kPieces = 16, kPiece = 256;
    hasher.add(static_cast<std::int64_t>(tensor.type)).add(static_cast<std::int64_t>(tensor.shape.size()));
    for (const std::int64_t extent : tensor.shape) hasher.add(extent);
    const auto elements = static_cast<std::uint64_t>(tensor.elements());
    const std::uint64_t bytes = elements * byteSize(tensor.type);
    if (!tensor.contiguous() || tensor.byteSwapped || bytes <= kWhole) {
        const HostTensor dense = tensor.toHost();
        hasher.add(dense.bytes.span());
        return;
    }
    for (std::size_t piece = 0; piece < kPieces; ++piece) {
        const std::uint64_t at = (bytes - kPiece) / (kPieces - 1) * piece;
        hasher.add(std::span(tensor.data + at, kPiece));
    }
}

}  // namespace

Checkpoint Checkpoint::open(const fs::path& given) {
    Checkpoint checkpoint;
    checkpoint.m_path = given;
    std::error_code error;
    const bool folder = fs::is_directory(given, error);
    const fs::path name = given.filename();
    if (!folder && !name.string().ends_with(kIndexSuffix) && !isTextFile(name)) {
        checkpoint.m_files.push_back(readTensors(given, name));
        checkpoint.m_texts = list(given.has_parent_path() ? given.parent_path() : fs::path(".")).texts;
        std::erase_if(checkpoint.m_texts, [](const std::string& text) { return text.find('/') != std::string::npos; });
        return checkpoint;
    }
    if (!folder) {
        if (!fs::exists(given, error)) failToRead(ENOENT, given);
        checkpoint.m_path = given.has_parent_path() ? given.parent_path() : fs::path(".");
    }
    const Listing listing = list(checkpoint.m_path);
    checkpoint.m_texts = listing.texts;
    std::set<fs::path> taken;
    for (const std::string& text : listing.texts) {
        if (!text.ends_with(kIndexSuffix)) continue;
        const ShardIndex index = readIndex(checkpoint.m_path, text);
        checkpoint.m_files.push_back(readShards(checkpoint.m_path, index));
        for (const std::string& shard : index.shards) taken.insert(index.path.parent_path() / shard);
    }
    for (const fs::path& file : listing.tensors) {
        if (!taken.contains(file)) checkpoint.m_files.push_back(readTensors(checkpoint.m_path / file, file));
    }
    if (checkpoint.m_files.empty()) {
        throw Failure(ErrorCode::Invalid, "there are no tensor files in this folder", checkpoint.m_path.string(), "choose a folder that holds .safetensors, .pt, .pth, .ckpt or .bin files");
    }
    return checkpoint;
}

bool Checkpoint::hasText(const std::string& relativePath) const {
    return std::ranges::find(m_texts, relativePath) != m_texts.end();
}

std::string Checkpoint::text(const std::string& relativePath) const {
    std::error_code error;
    if (!hasText(relativePath)) throw Failure(ErrorCode::NotFound, "the checkpoint has no " + relativePath, m_path.string(), "get the whole checkpoint");
    return readText((fs::is_directory(m_path, error) ? m_path : m_path.parent_path()) / relativePath);
}

nlohmann::json Checkpoint::json(const std::string& relativePath) const {
    return parseJson(text(relativePath), relativePath);
}

std::vector<std::string> Checkpoint::textFiles() const {
    return m_texts;
}

std::uint64_t Checkpoint::bytes() const {
    std::uint64_t sum = 0;
    for (const File& file : m_files) sum += file.bytes;
    return sum;
}

Hash128 Checkpoint::fingerprint() const {
    Hasher hasher;
    hasher.add("checkpoint");
    for (const File& file : m_files) {
        hasher.add(static_cast<std::int64_t>(file.bytes));
        for (const auto& [section, tensors] : file.sections) {
            hasher.add(section).add(static_cast<std::int64_t>(tensors.size()));
            for (const auto& [name, tensor] : tensors) {
                hasher.add(name);
                hashTensor(hasher, tensor);
            }
        }
    }
    return hasher.finish();
}

}  // namespace tessera
