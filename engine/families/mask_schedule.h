// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tessera {

/// How fast masks fall in the rounds of parallel decoding (MaskGIT, arXiv 2202.04200); spec: engine/families/maskgit.md.
class MaskSchedule {
public:
    /// "cosine", "uniform", or "pow2", "pow1.5", ...; nothing for other words.
    static std::optional<MaskSchedule> named(std::string_view name);
    /// Those that are offered: the ones that MaskGIT's paper compares, but for its exponential and its logarithmic one.
    static std::vector<std::string> offered();
    /// By which named() finds it.
    std::string name() const;

    /// The share of the masks that is left after a share r of the rounds, 0 < r <= 1: at least 1e-6.
    double left(double r) const;
    /// How many cells are masked again after round `round` of `rounds`, the first is 0: of a row that had `atStart` unknown ones and has `now` before this round.
    std::int64_t maskedAfter(int round, int rounds, std::int64_t atStart, std::int64_t now) const;

private:
    enum class Kind { Cosine, Power };
    MaskSchedule(Kind kind, double power) : m_kind(kind), m_power(power) {}

    Kind m_kind;
    double m_power;
};

}  // namespace tessera
