// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace tessera::text {

/// A field of a section, or Failure(Invalid) that says which one is missing or of another kind.
std::string stringOf(const nlohmann::json& section, const char* name, const std::string& where);
std::string stringOf(const nlohmann::json& section, const char* name, const std::string& where, std::string otherwise);
bool boolOf(const nlohmann::json& section, const char* name, const std::string& where, bool otherwise);
std::int64_t wholeOf(const nlohmann::json& section, const char* name, const std::string& where, std::int64_t otherwise);
const nlohmann::json& arrayOf(const nlohmann::json& section, const char* name, const std::string& where);
/// The section's "type".
std::string typeOf(const nlohmann::json& section, const std::string& where);
/// A token's text: "<s>" or {"content": "<s>", ...}; empty where it is neither.
std::string contentOf(const nlohmann::json& token);

/// Reads a JSON file of at most `limit` bytes. Throws Failure(Invalid) for what is no JSON.
nlohmann::json readJson(const std::filesystem::path& path, std::uint64_t limit);

}  // namespace tessera::text
