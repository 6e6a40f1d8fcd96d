// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

namespace tessera {

/// Whether a step, the first is 0, is one of the `kept` that are spread evenly over all of a drawing, the last among them: GenerateRequest::keptSteps.
inline bool isKeptStep(int step, int steps, int kept) {
    const std::int64_t most = std::min(kept, steps);
    return (step + 1) * most / steps > step * most / steps;
}

}  // namespace tessera
