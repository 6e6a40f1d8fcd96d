// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/session_json.h"

#include <algorithm>
#include <limits>

namespace tessera::ui {

JsonNode JsonNode::operator[](const char* key) const {
    const std::string place = m_place.empty() ? key : m_place + '.' + key;
    if (!has(key)) throw Damage{place + " is missing"};
    return {m_json[key], place};
}

std::vector<JsonNode> JsonNode::items(std::size_t most) const {
    if (!m_json.is_array()) refuse("is no list");
    if (m_json.size() > most) refuse("is longer than any that Tessera writes");
    std::vector<JsonNode> result;
    for (std::size_t i = 0; i < m_json.size(); ++i) result.emplace_back(m_json[i], m_place + '[' + std::to_string(i) + ']');
    return result;
}

std::vector<std::pair<std::string, JsonNode>> JsonNode::members() const {
    if (!m_json.is_object()) refuse("is no object");
    std::vector<std::pair<std::string, JsonNode>> result;
    for (const auto& [key, value] : m_json.items()) result.emplace_back(key, JsonNode(value, m_place + '.' + key));
    return result;
}

std::string JsonNode::text() const {
    if (!m_json.is_string()) refuse("is no text");
    return m_json.get<std::string>();
}

bool JsonNode::flag() const {
    if (!m_json.is_boolean()) refuse("is neither true nor false");
    return m_json.get<bool>();
}

double JsonNode::number(double low, double high) const {
    if (!m_json.is_number()) refuse("is no number");
    return std::clamp(m_json.get<double>(), low, high);
}

std::int64_t JsonNode::integer(std::int64_t low, std::int64_t high) const {
    if (!m_json.is_number_integer()) refuse("is no whole number");
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (m_json.is_number_unsigned()) return std::clamp(static_cast<std::int64_t>(std::min(m_json.get<std::uint64_t>(), most)), low, high);
    return std::clamp(m_json.get<std::int64_t>(), low, high);
}

Value JsonNode::value() const {
    if (m_json.is_boolean()) return m_json.get<bool>();
    if (m_json.is_string()) return m_json.get<std::string>();
    if (m_json.is_number_integer()) return integer(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
    if (m_json.is_number()) return m_json.get<double>();
    refuse("is no value of a parameter");
}

Json jsonOf(const Value& value) {
    return std::visit([](const auto& held) { return Json(held); }, value);
}

}  // namespace tessera::ui
