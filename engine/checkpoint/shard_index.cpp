// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/shard_index.h"

#include <nlohmann/json.hpp>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera {
namespace {

constexpr const char* kDamaged = "download the index and its shards again";

[[noreturn]] void refuse(const std::string& message, const std::string& file) { throw Failure(ErrorCode::Invalid, message, file, kDamaged); }

bool isPlainName(const std::string& name) {
    if (name.empty() || name == "." || name == "..") return false;
    return name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
}

}  // namespace

bool isShardIndex(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    return name.ends_with(".safetensors.index.json") || name.ends_with(".bin.index.json");
}

nlohmann::json parseJson(const std::string& text, const std::string& file) {
    // Copying and printing values recurses: depth is bounded here, before there is a value.
    constexpr int kDeepest = 64;
    const auto bounded = [&](int depth, nlohmann::json::parse_event_t, const nlohmann::json&) {
        if (depth > kDeepest) throw Failure(ErrorCode::Invalid, "its JSON is nested deeper than 64 levels", file, "replace it with the original file");
        return true;
    };
    try {
        return nlohmann::json::parse(text, bounded);
    } catch (const nlohmann::json::parse_error& error) {
        throw Failure(ErrorCode::Invalid, "the file is not JSON at byte " + std::to_string(error.byte), file, "replace it with the original file");
    } catch (const nlohmann::json::out_of_range&) {
        throw Failure(ErrorCode::Invalid, "a number in the JSON is too large", file, "replace it with the original file");
    }
}

ShardIndex ShardIndex::parse(const nlohmann::json& json, const std::string& file) {
    const auto map = json.is_object() ? json.find("weight_map") : json.end();
    if (map == json.end() || !map->is_object() || map->empty()) refuse("the index has no weight_map of tensors", file);
    ShardIndex index;
    for (const auto& [tensor, shard] : map->items()) {
        if (!shard.is_string()) refuse("the index names no file for tensor " + shown(tensor), file);
        const auto& name = shard.get_ref<const std::string&>();
        if (!isPlainName(name)) refuse("the index names " + shown(name) + ", which is not a file beside it", file);
        index.shards.insert(name);
        index.shardOf.emplace(tensor, name);
    }
    return index;
}

}  // namespace tessera
