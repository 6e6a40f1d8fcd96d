// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/parameter_step.h"

#include <algorithm>
#include <cmath>

#include "workspace/column_edits.h"

namespace tessera::ui {
namespace {

constexpr int kSteps = 20, kPixelStep = 32;
constexpr double kWidestRange = 10;  // beyond it only what lies round the initial value is useful

std::int64_t steppedWhole(std::int64_t low, std::int64_t high, std::int64_t value, std::int64_t by) {
    return std::clamp(value + by, low, high);
}

double steppedReal(double low, double high, double initial, double value, int by) {
    const double end = high - low <= kWidestRange ? high : std::min(high, low + std::max(1.0, 4 * (initial - low)));
    const double step = (end - low) / kSteps;
    if (step <= 0) return value;
    // Off the even places the nearest one in that direction is the first step.
    const double place = (value - low) / step, nearest = std::round(place);
    const double from = std::abs(place - nearest) < 1e-6 ? nearest : by > 0 ? std::floor(place) : std::ceil(place);
    return std::clamp(plainNumber(low + (from + by) * step), low, high);
}

}  // namespace

Value stepped(const ParameterSpec& spec, const Value& value, int by) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        const std::int64_t step = spec.unit == Unit::Pixels ? kPixelStep : 1;
        return steppedWhole(std::get<std::int64_t>(spec.low), std::get<std::int64_t>(spec.high), *whole, step * by);
    }
    if (const auto* real = std::get_if<double>(&value)) return steppedReal(std::get<double>(spec.low), std::get<double>(spec.high), std::get<double>(spec.initial), *real, by);
    return value;
}

}  // namespace tessera::ui
