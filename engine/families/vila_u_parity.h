// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "families/vila_u_drawing.h"

namespace tessera {

/// "out.*" tensors of golden cases that a whole VILA-U gives beyond its tower's; names as tessera parity takes them.

/// What upstream's preprocessing makes of a picture [H,W,3] of 8 bits: [1,3,side,side] in [-1,1].
at::Tensor vilaUPixels(const at::Tensor& picture, int side);
/// Logits of the last place of the prompt "in.input_ids" [1,S] with pictures of these sums of codewords [n,L,C], and of a greedy answer of "in.max_new_tokens".
TensorsByName vilaUAnswerParity(const VilaULanguage& language, const TensorsByName& inputs, const at::Tensor& sums, DeviceLane& lane);
/// Codes for "in.input_ids" [2,S] by "in.attention_mask", "in.frames", "in.cfg_scale" and either "in.greedy" or "in.uniforms" and the rule's numbers; logits of the first positions.
TensorsByName vilaUDrawingParity(VilaUDrawing::Networks networks, VilaUDrawing::Task task, const TensorsByName& inputs, DeviceLane& lane);

}  // namespace tessera
