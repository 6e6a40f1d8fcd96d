// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tessera {

/// From one number to the next of a SplitMix64 sequence.
inline constexpr std::uint64_t kSplitMixStep = 0x9e3779b97f4a7c15U;

/// SplitMix64: neighbouring numbers give unrelated ones, the same everywhere.
constexpr std::uint64_t splitMix64(std::uint64_t number) {
    std::uint64_t z = number + kSplitMixStep;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/// 0 <= u < 1 by the number alone.
constexpr double splitMixUniform(std::uint64_t number) { return static_cast<double>(splitMix64(number) >> 11) * 0x1p-53; }

}  // namespace tessera
