// SPDX-License-Identifier: Apache-2.0
#include "overlay/hud_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace tessera::overlay {
namespace {

constexpr std::string_view kMinus = "\u2212";

}  // namespace

std::string fixed(double value, int decimals) {
    std::array<char, 400> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), std::abs(value), std::chars_format::fixed, decimals);
    std::string digits(text.data(), end.ptr);
    const bool negative = std::signbit(value) && digits.find_first_of("123456789i") != std::string::npos;
    return negative ? std::string(kMinus) + digits : digits;
}

std::string withTrueMinus(std::string text) {
    for (std::size_t at = text.find('-'); at != std::string::npos; at = text.find('-', at + kMinus.size())) text.replace(at, 1, kMinus);
    return text;
}

std::string bytes(std::size_t count) {
    constexpr std::array kUnits = {" KiB", " MiB", " GiB", " TiB"};
    if (count < 1024) return std::to_string(count) + " B";
    double amount = static_cast<double>(count) / 1024;
    std::size_t unit = 0;
    while (amount >= 1023.5 && unit + 1 < kUnits.size()) amount /= 1024, ++unit;
    return fixed(amount, amount < 10 ? 2 : amount < 100 ? 1 : 0) + kUnits[unit];
}

std::string duration(double seconds) {
    if (seconds >= 1) return fixed(seconds, 2) + " s";
    const double milliseconds = seconds * 1000;
    return fixed(milliseconds, milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0) + " ms";
}

std::string percent(double share) {
    return fixed(share * 100, share < 1 ? 1 : 0) + " %";
}

}  // namespace tessera::overlay
