// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "families/int8_weights.h"
#include "families/vila_u_drawing.h"

namespace tessera {

/// Positions whose logits are in memory at once where codes are known.
constexpr std::int64_t kCodesTogether = 32;

/// Sums of codewords of codes that are all known (positions, depths), after each depth: [positions,depths,C] on the codebooks' device.
at::Tensor sumsOfCodes(const CodebookQuantizer& codebooks, std::span<const std::int32_t> codes, int depths);

/// Log probabilities of a task's given codes, of which none is missing, by its prompt alone at temperature 1, a position's depths summed: [frames,rows,columns] float32 on the CPU.
/// One reading of prompt and codes, and of the depth transformer a few positions at a time. Throws Failure(Invalid) for codes that do not suit.
at::Tensor logProbabilityOfCodes(const VilaUDrawing::Networks& networks, const VilaUDrawing::Task& task, DeviceLane& lane);

/// How far logits of the second networks are from those of the first, over the same prompt and codes.
Int8Weights::Difference differenceOfCodes(const VilaUDrawing::Networks& whole, const VilaUDrawing::Networks& other, const VilaUDrawing::Task& task, DeviceLane& lane);
/// Gives a task without codes some, by chance but always the same.
void giveCodes(VilaUDrawing::Task& task);

}  // namespace tessera
