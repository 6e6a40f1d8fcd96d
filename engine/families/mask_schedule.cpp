// SPDX-License-Identifier: Apache-2.0
#include "families/mask_schedule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

namespace tessera {

std::optional<MaskSchedule> MaskSchedule::named(std::string_view name) {
    constexpr std::string_view kPower = "pow";
    if (name == "cosine") return MaskSchedule(Kind::Cosine, 1);
    if (name == "uniform") return MaskSchedule(Kind::Power, 1);
    if (!name.starts_with(kPower)) return std::nullopt;
    double power = 0;
    const auto [end, failed] = std::from_chars(name.data() + kPower.size(), name.data() + name.size(), power);
    if (failed != std::errc() || end != name.data() + name.size() || !(power > 0) || power > 100) return std::nullopt;
    return MaskSchedule(Kind::Power, power);
}

std::vector<std::string> MaskSchedule::offered() { return {"cosine", "uniform", "pow0.5", "pow2", "pow3"}; }

std::string MaskSchedule::name() const {
    if (m_kind == Kind::Cosine) return "cosine";
    if (m_power == 1) return "uniform";
    std::array<char, 32> digits{};  // the fewest that are read back as this number
    return "pow" + std::string(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), m_power).ptr);
}

double MaskSchedule::left(double r) const {
    // In double and in this order: other cosines differ in the last bit, and the floor of what follows by one.
    const double left = m_kind == Kind::Cosine ? std::cos(std::numbers::pi / 2 * r) : 1 - std::pow(r, m_power);
    return std::clamp(left, 1e-6, 1.0);
}

std::int64_t MaskSchedule::maskedAfter(int round, int rounds, std::int64_t atStart, std::int64_t now) const {
    if (now == 0) return 0;
    const double share = left(static_cast<double>(round + 1) / rounds);
    const auto planned = static_cast<std::int64_t>(std::floor(static_cast<double>(atStart) * share));
    return std::max<std::int64_t>(1, std::min(now - 1, planned));
}

}  // namespace tessera
