// SPDX-License-Identifier: Apache-2.0
#include "families/kept_steps.h"

#include <algorithm>
#include <cstdint>

namespace tessera {
namespace {

/// all / parts, rounded.
std::int64_t nearest(std::int64_t all, std::int64_t parts) { return (2 * all + parts) / (2 * parts); }

}  // namespace

bool isKeptStep(int step, int steps, int kept) {
    const std::int64_t ways = std::min(kept, steps) - 1, length = steps - 1;
    if (ways <= 0) return ways == 0 && step == length;
    // Kept is what nearest(i length, ways) gives for an i; only one i can give this step.
    return nearest(nearest(step * ways, length) * length, ways) == step;
}

int keptStepsWithin(int asked, double bytesOfStep, double bytes) {
    if (!(bytesOfStep > 0) || asked <= 2) return asked;
    return static_cast<int>(std::clamp(bytes / bytesOfStep, 2.0, static_cast<double>(asked)));
}

}  // namespace tessera
