// SPDX-License-Identifier: Apache-2.0
#include <tessera/lens_argument.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>

namespace tessera {
namespace {

template <typename Range, typename Projection>
std::string joined(const Range& range, Projection projection) {
    std::string text;
    for (const auto& each : range) text += (text.empty() ? "" : ", ") + std::string(std::invoke(projection, each));
    return text;
}

template <typename Number>
std::optional<Number> numberOf(const std::string& text) {
    Number number{};
    const char *first = text.data(), *last = first + text.size();
    const auto [end, error] = std::from_chars(first, last, number);
    if (error != std::errc() || end != last) return std::nullopt;
    return number;
}

/// Takes what stands before the next comma off `rest`; two commas are one that belongs to a text.
std::string takenPair(std::string& rest) {
    std::string pair;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] != ',') {
            pair += rest[i];
        } else if (i + 1 < rest.size() && rest[i + 1] == ',') {
            pair += rest[i++];
        } else {
            rest.erase(0, i + 1);
            return pair;
        }
    }
    rest.clear();
    return pair;
}

/// A value that no model could take.
std::optional<Error> rangeError(const Value& value, const ParameterSpec& spec) {
    if (const double* fraction = std::get_if<double>(&value); fraction && !std::isfinite(*fraction)) return Error{ErrorCode::Invalid, "the value is not a finite number", spec.name, spec.help};
    if (value < spec.low || spec.high < value) return Error{ErrorCode::Invalid, "the value " + toText(value) + " is out of range", spec.name, "use " + toText(spec.low) + " to " + toText(spec.high)};
    return std::nullopt;
}

}  // namespace

Result<Value> parsedValue(const std::string& text, const ParameterSpec& spec) {
    if (std::holds_alternative<std::string>(spec.initial)) {
        if (spec.choices.empty() || std::ranges::find(spec.choices, text) != spec.choices.end()) return Value(text);
        return Error{ErrorCode::Invalid, "no such choice: " + text, spec.name, "use one of: " + joined(spec.choices, std::identity())};
    }
    std::optional<Value> value;
    if (std::holds_alternative<bool>(spec.initial)) {
        if (text == "true" || text == "1") return Value(true);
        if (text == "false" || text == "0") return Value(false);
    } else if (std::holds_alternative<std::int64_t>(spec.initial)) {
        if (const auto number = numberOf<std::int64_t>(text)) value = *number;
    } else if (const auto number = numberOf<double>(text)) {
        value = *number;
    }
    if (value) {
        if (auto error = rangeError(*value, spec)) return std::move(*error);
        return std::move(*value);
    }
    return Error{ErrorCode::Invalid, "cannot read the value \"" + text + "\"", spec.name, spec.help};
}

Result<Query> parsedLens(const std::string& text, const std::vector<LensInfo>& lenses) {
    const std::size_t colon = text.find(':');
    Query query{.lens = text.substr(0, colon), .cell = {}, .parameters = {}};
    const auto lens = std::ranges::find(lenses, query.lens, &LensInfo::name);
    if (lens == lenses.end()) return Error{ErrorCode::NotFound, "no such lens", query.lens, "use one of: " + joined(lenses, &LensInfo::name)};
    std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    while (!rest.empty()) {
        const std::string pair = takenPair(rest);
        const std::size_t equals = pair.find('=');
        const auto spec = std::ranges::find(lens->parameters, pair.substr(0, equals), &ParameterSpec::name);
        if (equals == std::string::npos || spec == lens->parameters.end()) {
            return Error{ErrorCode::Invalid, "cannot read the parameter \"" + pair + "\"", "lens " + query.lens,
                         "give NAME=VALUE with one of: " + joined(lens->parameters, &ParameterSpec::name)};
        }
        Result<Value> value = parsedValue(pair.substr(equals + 1), *spec);
        if (!value) return value.error();
        query.parameters[spec->name] = std::move(value).value();
    }
    return query;
}

}  // namespace tessera
