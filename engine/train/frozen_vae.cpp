// SPDX-License-Identifier: Apache-2.0
#include "train/frozen_vae.h"

#include <c10/core/GradMode.h>

#include "core/error.h"
#include "families/autoencoder_kl_networks.h"
#include "families/openvision3.h"
#include "families/part_folder.h"
#include "families/tessera_autoencoder_networks.h"

namespace tessera::train {

using at::Tensor;

FrozenVae::FrozenVae(const std::filesystem::path& folder) : m_folder(folder) {
    const Checkpoint checkpoint = Checkpoint::open(folder);
    if (const auto file = findAutoencoderKl(checkpoint); file && file->prefix.empty()) {
        m_kl = openedIn(folder, [&] { return detectAutoencoderKl(checkpoint, *file); });
        m_scaling = m_kl->scalingFactor.value_or(kFluxScaling);
    } else if (findTesseraAutoencoder(checkpoint)) {
        m_own = openedIn(folder, [&] { return TesseraAutoencoderConfig::detect(checkpoint); });
    } else {
        throw Failure(ErrorCode::Mismatch, "the VAE of this OpenVision 3 is neither an AutoencoderKL nor Tessera's own autoencoder", folder.string(), "put the FLUX.1 VAE there, as diffusers keeps it, or models/mini-autoencoder");
    }
}

void FrozenVae::add(Parameters& parameters) const {
    const Checkpoint checkpoint = Checkpoint::open(m_folder);
    if (m_kl) {
        const auto file = findAutoencoderKl(checkpoint);
        parameters.add("vae.", *file->tensors, file->where);
    } else {
        const auto file = findTesseraAutoencoder(checkpoint);
        parameters.add("vae.", *file->tensors, file->where);
    }
}

int FrozenVae::latentChannels() const { return m_kl ? m_kl->latentChannels : m_own.latentChannels; }
int FrozenVae::downsample() const { return m_kl ? m_kl->shape.downsample() : TesseraAutoencoderConfig::kDownsample; }

Tensor FrozenVae::latents(const Tensor& x, const Parameters& parameters, Placement placement, ForwardPass& pass) const {
    const c10::NoGradGuard still;
    const Weights w = parameters.weights("vae.", placement);
    if (m_kl) return AutoencoderKlNetworks(w, *m_kl).moments(x, pass).narrow(1, 0, latentChannels()) * m_scaling;
    return TesseraAutoencoderNetworks(w, m_own).encoder(x, pass).first.to(at::kFloat);
}

Tensor FrozenVae::decoded(const Tensor& latents, const Parameters& parameters, Placement placement, ForwardPass& pass) const {
    const Weights w = parameters.weights("vae.", placement);
    const Tensor z = (latents / m_scaling).contiguous(at::MemoryFormat::ChannelsLast);
    if (m_kl) return AutoencoderKlNetworks(w, *m_kl).decoded(z, pass).whole().to(at::kFloat);
    return TesseraAutoencoderNetworks(w, m_own).decoder(z, pass).to(at::kFloat);
}

}  // namespace tessera::train
