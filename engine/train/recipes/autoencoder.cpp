// SPDX-License-Identifier: Apache-2.0
// Tessera's own autoencoder; spec: engine/train/training.md, section 6.
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "families/tessera_autoencoder_networks.h"
#include "train/losses.h"
#include "train/recipe.h"

namespace tessera::train {
namespace {

using at::Tensor;

class Autoencoder final : public Trainee {
public:
    Autoencoder(const nlohmann::json& settings, const std::string& model, Parameters& parameters)
        : m_parameters(parameters),
          m_epsilon(numberOf(settings, "charbonnier_eps")),
          m_charbonnier(numberOf(settings, "weights.charbonnier")),
          m_gradient(numberOf(settings, "weights.gradient")),
          m_kl(numberOf(settings, "weights.kl")) {
        const Checkpoint checkpoint = Checkpoint::open(model);
        const auto found = findTesseraAutoencoder(checkpoint);
        if (!found) throw Failure(ErrorCode::Mismatch, "this is no autoencoder of Tessera's own", model, "give a folder with its config.json and model.safetensors");
        m_config = TesseraAutoencoderConfig::detect(checkpoint);
        parameters.add("", *found->tensors, found->where);
    }

    bool trains(std::string_view name) const override { return name.starts_with("encoder.") || name.starts_with("decoder."); }
    int multiple() const override { return TesseraAutoencoderConfig::kDownsample; }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>&, Draws& draws) const override {
        const Tensor& image = batch.at("image");
        constexpr int kDown = TesseraAutoencoderConfig::kDownsample;
        batch["noise"] = draws.normal({image.size(0), m_config.latentChannels, image.size(2) / kDown, image.size(3) / kDown});
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const TesseraAutoencoderNetworks networks(m_parameters.weights("", {lane.device(), lane.precision()}), m_config);
        ForwardPass pass(lane, 0);
        const Tensor x = (2 * batch.at("image") - 1).contiguous(at::MemoryFormat::ChannelsLast);
        const auto [mean, unclamped] = networks.encoder(x, pass);
        const Tensor logvar = TesseraAutoencoderNetworks::clampedLogvar(unclamped);
        const Tensor z = mean + at::exp(logvar / 2) * batch.at("noise");
        const Tensor y = networks.decoder(z.contiguous(at::MemoryFormat::ChannelsLast), pass);
        const Tensor d = y - x;
        const auto stepsAlong = [&](std::int64_t axis) { return (d.slice(axis, 1) - d.slice(axis, 0, -1)).abs().mean(); };
        const Tensor charbonnier = at::sqrt(d.square() + m_epsilon * m_epsilon).mean();
        const Tensor gradient = stepsAlong(3) + stepsAlong(2);
        const Tensor kl = (mean.square() + at::exp(logvar) - 1 - logvar).mean() / 2;
        return {.losses = {{"charbonnier", charbonnier}, {"gradient", gradient}, {"kl", kl}},
                .total = m_charbonnier * charbonnier + m_gradient * gradient + m_kl * kl,
                .between = {{"mean", mean}, {"logvar", logvar}, {"reconstruction", (y + 1) / 2}}};
    }

private:
    Parameters& m_parameters;
    double m_epsilon, m_charbonnier, m_gradient, m_kl;
    TesseraAutoencoderConfig m_config;
};

}  // namespace

extern const Recipe kAutoencoderRecipe{.name = "autoencoder", .make = makeTrainee<Autoencoder>};

}  // namespace tessera::train
