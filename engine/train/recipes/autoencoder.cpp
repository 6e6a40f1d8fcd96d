// SPDX-License-Identifier: Apache-2.0
// Autoencoders, Tessera's own and AutoencoderKL; spec: engine/train/training.md, section 6.
#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "families/autoencoder_kl_networks.h"
#include "families/part_folder.h"
#include "families/tessera_autoencoder_networks.h"
#include "train/losses.h"
#include "train/new_model.h"
#include "train/patch_discriminator.h"
#include "train/perceptual_part.h"
#include "train/recipe.h"

namespace tessera::train {
namespace {

using at::Tensor;

constexpr double kFirstLogvar = -8;  // of a new model: little noise, and room below
constexpr double kLeastLogvar = -30, kMostLogvar = 20;  // upstream's, of an AutoencoderKL
constexpr std::uint64_t kDiscriminatorSeed = 0xd15c;

class Autoencoder final : public Trainee {
public:
    Autoencoder(const nlohmann::json& settings, const std::string& model, Parameters& parameters)
        : m_parameters(parameters),
          m_epsilon(numberOf(settings, "charbonnier_eps")),
          m_charbonnier(numberOf(settings, "weights.charbonnier")),
          m_gradient(numberOf(settings, "weights.gradient")),
          m_kl(numberOf(settings, "weights.kl")),
          m_square(numberOf(settings, "weights.mse", 0)),
          m_perceptual(numberOf(settings, "weights.perceptual", 0)),
          m_adversarial(numberOf(settings, "weights.adversarial", 0)) {
        const Checkpoint checkpoint = Checkpoint::open(model);
        if (const auto own = findTesseraAutoencoder(checkpoint)) {
            m_own = TesseraAutoencoderConfig::detect(checkpoint);
            if (m_own->depths > 0) throw Failure(ErrorCode::Unsupported, "this autoencoder has codebooks, which fit its latents as they are", model, "train the one without, then fit codebooks anew");
            parameters.add("", *own->tensors, own->where);
        } else if (const auto file = findAutoencoderKl(checkpoint); file && file->prefix.empty()) {
            m_upstream = openedIn(model, [&] { return detectAutoencoderKl(checkpoint, *file); });
            parameters.add("", *file->tensors, file->where);
        } else {
            throw Failure(ErrorCode::Mismatch, "this is neither an autoencoder of Tessera's own nor an AutoencoderKL", model, "give a folder with its config.json and weights");
        }
        if (m_perceptual > 0) m_features = addPerceptual(model, parameters);
        if (m_adversarial > 0) {
            Draws draws(kDiscriminatorSeed);
            m_discriminator.emplace(parameters,
                                    PatchDiscriminator::Settings{.width = static_cast<int>(numberOf(settings, "discriminator.width", 32)),
                                                                 .rate = numberOf(settings, "discriminator.rate", 2e-4),
                                                                 .start = static_cast<std::int64_t>(numberOf(settings, "discriminator.start", 0))},
                                    draws);
        }
    }

    bool trains(std::string_view name) const override {
        return name.starts_with("encoder.") || name.starts_with("decoder.") || name.starts_with("quant_conv.") || name.starts_with("post_quant_conv.");
    }
    int multiple() const override { return m_own ? TesseraAutoencoderConfig::kDownsample : m_upstream->shape.downsample(); }
    bool resizes() const override { return true; }

    void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>&, Draws& draws) const override {
        const Tensor& image = batch.at("image");
        batch["noise"] = draws.normal({image.size(0), m_own ? m_own->latentChannels : m_upstream->latentChannels, image.size(2) / multiple(), image.size(3) / multiple()});
    }

    /// A new model of Tessera's own is a linear codec of 8x8 patches at first: their principal components, each of unit variance, and networks that add nothing.
    void begin(const std::function<TensorsByName()>& next, bool fresh, DeviceLane&) override {
        if (!fresh || !m_own) return;
        constexpr std::int64_t kPatch = TesseraAutoencoderNetworks::kPatch, kSize = 3 * kPatch * kPatch;
        constexpr int kBatches = 64;
        Tensor sums = at::zeros({3}, at::kDouble), products = at::zeros({kSize, kSize}, at::kDouble);
        double count = 0;
        for (int i = 0; i < kBatches; ++i) {
            const Tensor patches = at::pixel_unshuffle(2 * next().at("image") - 1, kPatch).permute({0, 2, 3, 1}).reshape({-1, kSize}).to(at::kDouble);
            sums += patches.unflatten(1, {3, kPatch * kPatch}).mean(2).sum(0);
            products += at::matmul(patches.t(), patches);
            count += static_cast<double>(patches.size(0));
        }
        const Tensor colour = sums / count, mean = colour.repeat_interleave(kPatch * kPatch);  // one number a channel is all that the painter's bias can add
        const auto [values, vectors] = at::linalg_eigh(products / count - at::outer(mean, mean));  // ascending
        const std::int64_t z = m_own->latentChannels;
        const Tensor components = vectors.narrow(1, kSize - z, z).t().flip(0), deviations = values.narrow(0, kSize - z, z).flip(0).clamp_min(1e-8).sqrt().unsqueeze(1);  // [z,192], [z,1]
        const auto set = [this](const char* name, const Tensor& values) { m_parameters.at(name).copy_(values); };
        set("encoder.patch.weight", (components / deviations).view({z, 3, kPatch, kPatch}));
        set("encoder.patch.bias", -at::mv(components / deviations, mean));
        set("decoder.patch.weight", (components * deviations).view({z, 3, kPatch, kPatch}));
        set("decoder.patch.bias", colour);
        for (const auto& [name, tensor] : m_parameters.all()) {
            if (name.ends_with(".conv2.weight") || name.ends_with(".conv_out.weight")) tensor.zero_();
        }
        m_parameters.at("encoder.conv_out.bias").narrow(0, z, z).fill_(kFirstLogvar);
    }

    Terms losses(const TensorsByName& batch, DeviceLane& lane) override {
        const Placement placement{lane.device(), lane.precision()};
        ForwardPass pass(lane, 0);
        const Tensor x = (2 * batch.at("image") - 1).contiguous(at::MemoryFormat::ChannelsLast);
        const auto [mean, logvar, y] = restored(x, batch.at("noise"), placement, pass);
        const Tensor d = y - x;
        const auto stepsAlong = [&](std::int64_t axis) { return (d.slice(axis, 1) - d.slice(axis, 0, -1)).abs().mean(); };
        const Tensor charbonnier = at::sqrt(d.square() + m_epsilon * m_epsilon).mean();
        const Tensor gradient = stepsAlong(3) + stepsAlong(2), square = d.square().mean();
        const Tensor kl = (mean.square() + at::exp(logvar) - 1 - logvar).mean() / 2;
        Terms terms{.losses = {{"charbonnier", charbonnier}, {"gradient", gradient}, {"kl", kl}, {"mse", square}},
                    .total = m_charbonnier * charbonnier + m_gradient * gradient + m_kl * kl + m_square * square,
                    .between = {{"mean", mean}, {"logvar", logvar}, {"reconstruction", (y + 1) / 2}}};
        if (m_perceptual > 0) {
            const PerceptualLoss features(m_parameters.weights("perceptual.", placement), m_features);
            terms.total = terms.total + m_perceptual * (terms.losses["perceptual"] = features(y, x));
        }
        if (m_discriminator) {
            terms.total = terms.total + m_adversarial * (terms.losses["adversarial"] = m_discriminator->judged(y));
            terms.figures["discriminator"] = m_discriminated;
            m_seen = {x, y.detach()};
        }
        return terms;
    }

    void afterStep() override {
        if (m_discriminator) m_discriminated = m_discriminator->learn(m_seen.first, m_seen.second);
    }

private:
    struct Restored {
        Tensor mean, logvar, y;
    };
    Restored restored(const Tensor& x, const Tensor& noise, const Placement& placement, ForwardPass& pass) const {
        const Weights w = m_parameters.weights("", placement);
        const auto drawn = [&](const Tensor& mean, const Tensor& logvar) { return (mean + at::exp(logvar / 2) * noise).contiguous(at::MemoryFormat::ChannelsLast); };
        if (m_own) {
            const TesseraAutoencoderNetworks networks(w, *m_own);
            const auto [mean, unclamped] = networks.encoder(x, pass);
            const Tensor logvar = TesseraAutoencoderNetworks::clampedLogvar(unclamped);
            return {mean, logvar, networks.decoder(drawn(mean, logvar), pass)};
        }
        const AutoencoderKlNetworks networks(w, *m_upstream);
        const auto parts = networks.moments(x, pass).chunk(2, 1);
        const Tensor logvar = parts[1].clamp(kLeastLogvar, kMostLogvar);
        return {parts[0], logvar, networks.decoded(drawn(parts[0], logvar), pass).whole().to(at::kFloat)};
    }

    Parameters& m_parameters;
    double m_epsilon, m_charbonnier, m_gradient, m_kl, m_square, m_perceptual, m_adversarial;
    std::optional<TesseraAutoencoderConfig> m_own;
    std::optional<AutoencoderKlConfig> m_upstream;
    std::vector<PerceptualLoss::Layer> m_features;
    std::optional<PatchDiscriminator> m_discriminator;
    std::pair<Tensor, Tensor> m_seen;  ///< pictures and reconstructions of the last pass
    double m_discriminated = 0;        ///< the discriminator's loss of the step before
};

/// New weights in the shapes of the file that is there.
void renew(NewModel& model) {
    const Checkpoint checkpoint = Checkpoint::open(model.folder());
    const auto file = findAutoencoderKl(checkpoint);
    if (!file || !file->where.ends_with(".safetensors")) throw Failure(ErrorCode::Unsupported, "new weights need an autoencoder in .safetensors to take their shapes from", model.folder().string(), "convert it, or leave model.fresh out");
    Shapes shapes;
    for (const auto& [name, stored] : *file->tensors) shapes[name] = stored.shape;
    writeTensors(model.folder() / file->where, newTensors(shapes, model.draws(), 0));
}

/// Of Tessera's own family. An AutoencoderKL is trained from a checkpoint, or from its shapes with new weights.
void create(NewModel& model) {
    if (!model.hasConfigs()) {
        const ConfigReader make = model.table({"latent_channels", "widths", "encoder_depths", "decoder_depths", "norm_groups", "perceptual"});
        const auto pair = [&](const char* key, std::vector<int> usual) { return make.integers(key, usual, 0, 1 << 16); };
        model.write("config.json", {{"format", "tessera-autoencoder"},
                                    {"version", 1},
                                    {"latent_channels", make.integer("latent_channels", 16, 1, 1 << 16)},
                                    {"downsample", TesseraAutoencoderConfig::kDownsample},
                                    {"widths", pair("widths", {64, 128})},
                                    {"encoder_depths", pair("encoder_depths", {2, 3})},
                                    {"decoder_depths", pair("decoder_depths", {3, 4})},
                                    {"norm_groups", make.integer("norm_groups", 8, 1, 1 << 16)},
                                    {"norm_eps", 1e-5}});
        makePerceptual(model, make.integers("perceptual", {}, 1, 1 << 12));
    }
    const nlohmann::json config = model.config("config.json");
    if (config.value("format", nlohmann::json()) != "tessera-autoencoder") return renew(model);
    const TesseraAutoencoderConfig shape = TesseraAutoencoderConfig::read(ConfigReader(config, (model.folder() / "config.json").string()));
    const Weights wanted = Weights::wanted();
    TesseraAutoencoderNetworks(wanted, shape);
    writeTensors(model.folder() / "model.safetensors", newTensors(wanted.wantedShapes(), model.draws(), 0));
}

}  // namespace

extern const Recipe kAutoencoderRecipe{.name = "autoencoder",
                                       .make = makeTrainee<Autoencoder>,
                                       .create = create,
                                       .settings = {"charbonnier_eps", "weights.charbonnier", "weights.gradient", "weights.kl", "weights.mse", "weights.perceptual", "weights.adversarial",
                                                    "discriminator.width", "discriminator.rate", "discriminator.start"}};

}  // namespace tessera::train
