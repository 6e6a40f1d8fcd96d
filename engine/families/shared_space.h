// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <ATen/ATen.h>

#include "families/model_family.h"
#include "families/normalisation.h"
#include "layers/weights.h"

namespace tessera {

/// x / |x| over the last axis.
at::Tensor ofUnitLength(const at::Tensor& x);
/// tokens [B,rows*columns,D] to the map [B,D,rows,columns].
at::Tensor mapOfTokens(const at::Tensor& tokens, std::int64_t rows, std::int64_t columns);
/// And back: [B,D,rows,columns] to [B,rows*columns,D].
at::Tensor tokensOfMap(const at::Tensor& map);
/// (image - mean) / deviation of image [B,3,H,W] in [0,1].
at::Tensor normalisedImage(const at::Tensor& image, const Normalisation& by);
/// "logit_scale" and "logit_bias" below w, of shape [] or [1]; while checking only that they are there. A model has a bias if it was trained on each pair
/// by itself: `biased`, or it simply holds one.
TextTower::Logits takeLogits(const Weights& w, bool biased = false);

/// The "out.*" tensors of golden cases that text towers give: text_embedding, pooled, image_embedding, logits_per_image, dense.<method>,
/// heatmap.<method> and, where pairs stand alone, probability and heatmap_probability.<method>. `encoded` as the model's encoder gives it, or null.
/// `reads`: the tower has words; else it only brings pictures into its space.
TensorsByName sharedSpaceParity(const TextTower& tower, const TensorsByName& inputs, const TensorsByName* encoded, DeviceLane& lane, bool reads = true);
/// What an encoder gave, out of "out.*" names.
TensorsByName encodedAmong(const TensorsByName& computed);
/// One tensor of what an encoder gave. Throws Failure(Unsupported) where there is none: a file of tokens holds only those that are decoded.
const at::Tensor& encodedTensor(const TensorsByName& encoded, std::string_view name);

}  // namespace tessera
