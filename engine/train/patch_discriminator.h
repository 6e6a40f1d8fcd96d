// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "train/adamw.h"
#include "train/recipe.h"

namespace tessera::train {

/// Tells pictures from reconstructions, patch by patch (PatchGAN, arXiv 1611.07004, with the hinge loss, arXiv 1705.02894), and is trained beside what it judges by an optimiser
/// of its own. A few strided convolutions with leaky ReLUs, a number for each place.
class PatchDiscriminator {
public:
    struct Settings {
        int width = 32;          ///< channels of the first layer; each of the next two has twice as many
        double rate = 2e-4;      ///< AdamW with betas 0.5 and 0.9
        std::int64_t start = 0;  ///< steps of the model before reconstructions are judged; the discriminator learns from the first
    };
    /// Its weights begin as `draws` say. `kept`: keeps weights, moments and steps, so that a run goes on from a checkpoint.
    PatchDiscriminator(Parameters& kept, const Settings& settings, Draws& draws);

    /// What a model is told to lessen: -mean of what is said of reconstructions y [B,3,H,W] in [-1,1]; 0 before the start.
    at::Tensor judged(const at::Tensor& y) const;
    /// A step of its own by pictures x and reconstructions y; gives mean relu(1 - D(x)) + mean relu(1 + D(y)).
    double learn(const at::Tensor& x, const at::Tensor& y);

private:
    at::Tensor operator()(at::Tensor x) const;  // [B,1,h,w]

    Settings m_settings;
    Parameters m_own;
    at::Tensor m_steps;  ///< [1] int64
    std::unique_ptr<AdamW> m_optimiser;
};

}  // namespace tessera::train
