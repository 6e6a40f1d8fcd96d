// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <type_traits>

#include <tessera/value.h>

namespace tessera {

std::string toText(const Value& value) {
    return std::visit(
        [](const auto& held) -> std::string {
            using T = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<T, bool>) {
                return held ? "true" : "false";
            } else if constexpr (std::is_same_v<T, std::string>) {
                return held;
            } else {
                char digits[32];  // the shortest text that reads back as the same number
                return {digits, std::to_chars(digits, digits + sizeof digits, held).ptr};
            }
        },
        value);
}

std::string_view symbolOf(Unit unit) {
    switch (unit) {
        case Unit::None:
            return "";
        case Unit::Pixels:
            return "px";
        case Unit::Decibels:
            return "dB";
        case Unit::Bits:
            return "bit";
        case Unit::BitsPerPixel:
            return "bit/px";
        case Unit::Share:
            return "of 1";
        case Unit::Seconds:
            return "s";
        case Unit::Bytes:
            return "B";
        case Unit::ExposureStops:
            return "EV";
        case Unit::LatentUnits:
            return "latent units";
    }
    return "";
}

}  // namespace tessera
