// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tessera {

/// Whether a step, the first is 0, is one of the `kept` that are spread evenly over all of a drawing, the first and the last among them; a single one is the last: GenerateRequest::keptSteps.
bool isKeptStep(int step, int steps, int kept);

/// How many steps are kept where each costs so many bytes and all of them may take so many: no fewer than the first and the last, and no more than are asked for.
int keptStepsWithin(int asked, double bytesOfStep, double bytes);

}  // namespace tessera
