// SPDX-License-Identifier: Apache-2.0
#include "families/config_reader.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tessera {
namespace {

constexpr std::size_t kLongestList = 64;

std::string shortened(const nlohmann::json& value) {
    std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (text.size() > 40) text = text.substr(0, 40) + "...";
    return text;
}

}  // namespace

ConfigReader::ConfigReader(nlohmann::json config, std::string file) : m_config(std::move(config)), m_file(std::move(file)) {
    if (!m_config.is_object()) refuse("the config holds no keys");
}

ConfigReader ConfigReader::below(const std::string& key) const {
    const nlohmann::json* value = find(key);
    if (!value) refuse(nameOf(key) + " is missing");
    if (!value->is_object()) refuse(nameOf(key) + " should hold keys, not " + shortened(*value));
    ConfigReader inner(*value, m_file);
    inner.m_path = nameOf(key) + ".";
    return inner;
}

void ConfigReader::refuse(const std::string& message) const {
    throw Failure(ErrorCode::Invalid, message, m_file, "check that the file belongs to this checkpoint");
}

const nlohmann::json* ConfigReader::find(const std::string& key) const {
    const auto it = m_config.find(key);
    return it == m_config.end() || it->is_null() ? nullptr : &*it;
}

bool ConfigReader::has(const std::string& key) const { return find(key) != nullptr; }

std::string ConfigReader::text(const std::string& key, const std::string& fallback) const {
    const nlohmann::json* value = find(key);
    if (!value) return fallback;
    if (!value->is_string()) refuse(nameOf(key) + " should be a text, not " + shortened(*value));
    return value->get<std::string>();
}

bool ConfigReader::flag(const std::string& key, bool fallback) const {
    const nlohmann::json* value = find(key);
    if (!value) return fallback;
    if (!value->is_boolean()) refuse(nameOf(key) + " should be true or false, not " + shortened(*value));
    return value->get<bool>();
}

int ConfigReader::integer(const std::string& key, int fallback, int low, int high) const {
    return has(key) ? integer(key, low, high) : fallback;
}

int ConfigReader::integer(const std::string& key, int low, int high) const {
    const nlohmann::json* value = find(key);
    if (!value) refuse(nameOf(key) + " is missing");
    const bool fits = value->is_number_integer() && *value >= low && *value <= high;
    if (!fits) refuse(nameOf(key) + " should be a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ", not " + shortened(*value));
    return value->get<int>();
}

double ConfigReader::number(const std::string& key, double fallback) const {
    const nlohmann::json* value = find(key);
    if (!value) return fallback;
    if (!value->is_number() || !std::isfinite(value->get<double>())) refuse(nameOf(key) + " should be a number, not " + shortened(*value));
    return value->get<double>();
}

double ConfigReader::positive(const std::string& key, double fallback) const {
    const double value = number(key, fallback);
    if (value <= 0) refuse(nameOf(key) + " should be greater than 0");
    return value;
}

int ConfigReader::mlpWidth(int width) const {
    constexpr double kWidest = 16.0 * (1 << 16);
    const double ratio = number("mlp_ratio", 4.0);
    if (!(ratio > 0) || ratio * width < 1 || ratio * width > kWidest) refuse(nameOf("mlp_ratio") + " is out of range");
    return static_cast<int>(ratio * width);
}

void ConfigReader::expect(const std::string& key, const std::string& word) const {
    const std::string given = text(key, word);
    if (given != word) throw Failure(ErrorCode::Unsupported, nameOf(key) + " is \"" + given + "\", and Tessera computes \"" + word + "\" only", m_file, "open a model that uses it");
}

void ConfigReader::checkHeads(int heads, int width) const {
    if (width % heads != 0) refuse(std::to_string(heads) + " heads do not divide " + std::to_string(width) + " channels");
}

bool ConfigReader::staysBelow(const std::filesystem::path& path) {
    return !path.empty() && path.is_relative() && std::ranges::find(path, std::filesystem::path("..")) == path.end();
}

std::vector<int> ConfigReader::integers(const std::string& key, const std::vector<int>& fallback, int low, int high) const {
    const nlohmann::json* value = find(key);
    if (!value) return fallback;
    const auto fits = [&](const nlohmann::json& each) { return each.is_number_integer() && each >= low && each <= high; };
    const bool absent = value->is_array() && value->empty() && fallback.empty();  // as good as no key
    if (!absent && (!value->is_array() || value->empty() || value->size() > kLongestList || !std::ranges::all_of(*value, fits))) {
        refuse(nameOf(key) + " should be a list of whole numbers from " + std::to_string(low) + " to " + std::to_string(high) + ", not " + shortened(*value));
    }
    return value->get<std::vector<int>>();
}

std::vector<int> ConfigReader::integersEach(const std::string& key, int count, int low, int high) const {
    const nlohmann::json* value = find(key);
    if (!value || !value->is_array()) return std::vector<int>(count, integer(key, low, high));
    std::vector<int> numbers = integers(key, {}, low, high);
    if (static_cast<int>(numbers.size()) != count) refuse(nameOf(key) + " should be a list of " + std::to_string(count) + ", not of " + std::to_string(numbers.size()));
    return numbers;
}

std::vector<std::string> ConfigReader::texts(const std::string& key, const std::vector<std::string>& fallback) const {
    const nlohmann::json* value = find(key);
    if (!value) return fallback;
    const auto fits = [](const nlohmann::json& each) { return each.is_string(); };
    if (!value->is_array() || value->size() > kLongestList || !std::ranges::all_of(*value, fits)) {
        refuse(nameOf(key) + " should be a list of texts, not " + shortened(*value));
    }
    return value->get<std::vector<std::string>>();
}

}  // namespace tessera
