// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <QString>

#include <tessera/value.h>

namespace tessera::ui {

using Json = nlohmann::ordered_json;

/// What is wrong with a session file, and where: "rows[3].path is no text".
struct Damage {
    std::string what;
};

/// A value of a session file with its place in it. Asking for what it is not throws Damage; numbers are clamped.
class JsonNode {
public:
    JsonNode(const Json& json, std::string place) : m_json(json), m_place(std::move(place)) {}

    /// A null, as numbers without a value are written, is none.
    bool has(const char* key) const { return m_json.is_object() && m_json.contains(key) && !m_json[key].is_null(); }
    bool isNull() const { return m_json.is_null(); }
    JsonNode operator[](const char* key) const;
    std::vector<JsonNode> items(std::size_t most) const;
    std::vector<std::pair<std::string, JsonNode>> members() const;

    std::string text() const;
    QString string() const { return QString::fromStdString(text()); }
    bool flag() const;
    double number(double low, double high) const;
    std::int64_t integer(std::int64_t low, std::int64_t high) const;
    Value value() const;

    // For members that may be left out.
    std::string text(const char* key, std::string otherwise = {}) const { return has(key) ? (*this)[key].text() : otherwise; }
    bool flag(const char* key, bool otherwise = false) const { return has(key) ? (*this)[key].flag() : otherwise; }
    double number(const char* key, double low, double high, double otherwise) const { return has(key) ? (*this)[key].number(low, high) : otherwise; }
    std::int64_t integer(const char* key, std::int64_t low, std::int64_t high, std::int64_t otherwise) const {
        return has(key) ? (*this)[key].integer(low, high) : otherwise;
    }

    [[noreturn]] void refuse(const char* what) const { throw Damage{m_place + ' ' + what}; }

private:
    const Json& m_json;
    std::string m_place;
};

Json jsonOf(const Value& value);

}  // namespace tessera::ui
