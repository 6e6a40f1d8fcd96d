// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/yaml_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera {
namespace {

constexpr std::size_t kLargestText = 1U << 17U, kMostNodes = 20'000;
constexpr int kDeepest = 64;
constexpr const char* kAction = "replace it with the original file";

bool isOneOf(const std::string& text, std::initializer_list<const char*> words) {
    return std::ranges::any_of(words, [&](const char* word) { return text == word; });
}

/// A plain scalar: a quoted one is a text whatever it looks like.
nlohmann::json plainScalar(const std::string& text) {
    if (isOneOf(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
    if (isOneOf(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
    if (isOneOf(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) return false;
    const char* const begin = text.data() + (text[0] == '+' ? 1 : 0);
    const char* const end = text.data() + text.size();
    std::int64_t whole = 0;
    const char* const digits = begin + (begin != end && *begin == '-' ? 1 : 0);
    const bool octal = end - digits > 1 && *digits == '0' && std::all_of(digits, end, [](char c) { return '0' <= c && c <= '9'; });
    if (octal) return text;
    if (const auto read = std::from_chars(begin, end, whole); read.ec == std::errc() && read.ptr == end) return whole;
    double number = 0;
    if (const auto read = std::from_chars(begin, end, number); read.ec == std::errc() && read.ptr == end && std::isfinite(number)) return number;
    return text;
}

class Converter {
public:
    explicit Converter(const std::string& file) : m_file(file) {}

    nlohmann::json convert(const YAML::Node& node, int depth) {
        // Aliases may lead to what holds them, or double a text at every level.
        if (depth > kDeepest || ++m_nodes > kMostNodes) throw Failure(ErrorCode::Unsupported, "its YAML holds too much to be a config", m_file, kAction);
        if (node.IsScalar()) return node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str" ? nlohmann::json(node.Scalar()) : plainScalar(node.Scalar());
        if (node.IsSequence()) {
            nlohmann::json list = nlohmann::json::array();
            for (const YAML::Node& each : node) list.push_back(convert(each, depth + 1));
            return list;
        }
        if (!node.IsMap()) return nullptr;
        nlohmann::json map = nlohmann::json::object();
        for (const auto& entry : node) {
            const YAML::Node& key = entry.first;
            if (!key.IsScalar()) throw Failure(ErrorCode::Invalid, "its YAML has a key that is no text, in line " + std::to_string(key.Mark().line + 1), m_file, kAction);
            if (key.Scalar() == "<<") throw Failure(ErrorCode::Invalid, "its YAML merges keys (<<), which Tessera does not read, in line " + std::to_string(key.Mark().line + 1), m_file, "write the keys out");
            map[key.Scalar()] = convert(entry.second, depth + 1);
        }
        return map;
    }

private:
    const std::string& m_file;
    std::size_t m_nodes = 0;
};

}  // namespace

nlohmann::json parseYaml(const std::string& text, const std::string& file) {
    if (text.size() > kLargestText) throw Failure(ErrorCode::Unsupported, "the file is larger than 128 KiB, too large for a YAML config", file, kAction);
    try {
        return Converter(file).convert(YAML::Load(text), 0);
    } catch (const YAML::Exception& error) {
        const std::string line = error.mark.is_null() ? "" : " in line " + std::to_string(error.mark.line + 1);
        throw Failure(ErrorCode::Invalid, "the file is not YAML" + line, file, kAction);
    }
}

}  // namespace tessera
