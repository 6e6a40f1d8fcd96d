// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <ATen/ATen.h>

#include "checkpoint/checkpoint.h"
#include "layers/forward_pass.h"
#include "layers/weights.h"

namespace tessera::train {

// Terms of what recipes minimise, each a scalar; spec: engine/train/training.md, section 3.

/// exp(scale) * images texts^T + bias, of rows of unit length [B,E] each: [B,B], row b of the texts belongs to image b. `bias` may be undefined.
at::Tensor pairLogits(const at::Tensor& images, const at::Tensor& texts, const at::Tensor& logScale, const at::Tensor& bias = {});
/// Both ways cross entropy of logits [B,B] against the diagonal, averaged (InfoNCE, as open_clip's ClipLoss).
at::Tensor infoNce(const at::Tensor& logits);
/// The same against all of `same` [B,B] in equal shares: every row of `same` holds at least one true.
at::Tensor infoNce(const at::Tensor& logits, const at::Tensor& same);
/// Every pair by itself: -(1/B) sum log sigmoid(z logit), z = 1 on the diagonal and -1 elsewhere (arXiv 2303.15343).
at::Tensor pairwiseSigmoid(const at::Tensor& logits);
/// The same with z = 1 where `same` [B,B] is true.
at::Tensor pairwiseSigmoid(const at::Tensor& logits, const at::Tensor& same);
/// Which texts of a batch say the same, by their ids [B,L]: [B,B].
at::Tensor sameTexts(const at::Tensor& ids);
/// Keeps a learned temperature's logarithm within [0, ln 100], as open_clip's training loop does after every step.
void clampLogScale(at::Tensor logScale);
/// Mean cross entropy of logits [...,V] over targets [...] that are not `ignored`.
at::Tensor crossEntropy(const at::Tensor& logits, const at::Tensor& targets, std::int64_t ignored);

/// LPIPS' arithmetic on a feature network of our own, "tessera-perceptual"; never trained itself.
class PerceptualLoss {
public:
    struct Layer {
        int out = 0, kernel = 3, stride = 1, padding = 1;
    };
    /// From config.json. Throws Failure for what it is not.
    static std::vector<Layer> layersOf(const nlohmann::json& config);
    PerceptualLoss(const Weights& w, const std::vector<Layer>& layers);

    /// x, y [B,3,H,W] in [-1,1]: the mean over the batch. `y` is a constant.
    at::Tensor operator()(const at::Tensor& x, const at::Tensor& y) const;

private:
    std::vector<at::Tensor> taps(const at::Tensor& x) const;  ///< of unit length over channels

    std::vector<Layer> m_layers;
    std::vector<at::Tensor> m_weights, m_biases, m_heads;
};

}  // namespace tessera::train
