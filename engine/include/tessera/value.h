// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tessera {

/// A parameter's value. Two values of different type are never equal.
using Value = std::variant<bool, std::int64_t, double, std::string>;

std::string toText(const Value& value);

enum class Unit { None, Pixels, Decibels, Bits, BitsPerPixel, Share, Seconds, Bytes, ExposureStops, LatentUnits };

/// "px", "dB", "bit/px", ...; empty for None.
std::string_view symbolOf(Unit unit);

/// One parameter of a lens. The strip, sweeps, the command line, sessions and tooltips derive from it.
struct ParameterSpec {
    std::string name;  ///< as the command line takes it: "strength"
    Value initial;
    Value low;   ///< same type as initial; ignored for text and bool
    Value high;  ///< same type as initial; ignored for text and bool
    Unit unit = Unit::None;
    std::string help{};                  ///< one sentence for the tooltip
    std::vector<std::string> choices{};  ///< a text parameter takes one of these, if there are any
    bool display = false;                ///< changes only how a picture is drawn, never what is computed
    std::string countedBy{};             ///< the model's count that bounds an integer: "latent_channels"; see boundedFor
    int countedFrom = 0;                 ///< what the first of them is called: such an integer is countedFrom to countedFrom + count - 1
    bool operator==(const ParameterSpec&) const = default;
};

/// Parameters by name. Those that a lens declares and a query leaves out take their initial value.
using ParameterSet = std::map<std::string, Value, std::less<>>;

}  // namespace tessera
