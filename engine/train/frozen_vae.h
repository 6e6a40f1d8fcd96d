// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "families/autoencoder_kl.h"
#include "families/tessera_autoencoder.h"
#include "layers/forward_pass.h"
#include "train/parameters.h"

namespace tessera::train {

/// The autoencoder below a model that is trained on its latents: an AutoencoderKL as diffusers keeps it, or Tessera's own. Never trained itself.
class FrozenVae {
public:
    /// Reads its config; add() puts its tensors into the parameters, below "vae.". Throws Failure for what is neither.
    explicit FrozenVae(const std::filesystem::path& folder);
    void add(Parameters& parameters) const;

    int latentChannels() const;
    int downsample() const;
    double scaling() const { return m_scaling; }  ///< of what latents are multiplied by

    /// x [B,3,H,W] in [-1,1] to its scaled mean [B,c,h,w], without a gradient.
    at::Tensor latents(const at::Tensor& x, const Parameters& parameters, Placement placement, ForwardPass& pass) const;
    /// Scaled latents to [B,3,H,W] in [-1,1]; gradients pass through.
    at::Tensor decoded(const at::Tensor& latents, const Parameters& parameters, Placement placement, ForwardPass& pass) const;

private:
    std::filesystem::path m_folder;
    std::optional<AutoencoderKlConfig> m_kl;  ///< else Tessera's own
    TesseraAutoencoderConfig m_own;
    double m_scaling = 1;
};

}  // namespace tessera::train
