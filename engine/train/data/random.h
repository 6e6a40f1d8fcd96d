// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/split_mix.h"

namespace tessera::train {

/// A sequence of numbers by its seed, the same on every machine.
class SplitMix64 {
public:
    explicit SplitMix64(std::uint64_t seed) : m_state(seed) {}

    std::uint64_t next() {
        const std::uint64_t number = splitMix64(m_state);
        m_state += kSplitMixStep;
        return number;
    }
    /// 0 <= u < 1
    double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    double between(double low, double high) { return low + (high - low) * uniform(); }
    /// 0 <= n < count, each equally likely; `count` is at least 1.
    std::uint64_t below(std::uint64_t count) {
        const std::uint64_t unfair = (0 - count) % count;  // 2^64 % count: as many numbers would make some results likelier
        for (;;)
            if (const std::uint64_t number = next(); number >= unfair) return number % count;
    }

private:
    std::uint64_t m_state;
};

/// The seed of the number-th of many sequences that belong to one seed.
constexpr std::uint64_t seedOf(std::uint64_t seed, std::uint64_t number) { return splitMix64(splitMix64(seed) ^ number); }

}  // namespace tessera::train
