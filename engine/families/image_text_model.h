// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/model_family.h"
#include "families/normalisation.h"
#include "families/shared_space.h"
#include "families/text_source.h"
#include "layers/forward_pass.h"
#include "layers/placed_networks.h"

namespace tessera {

/// What a checkpoint of an image and a text tower says of itself.
template <typename VisionShape, typename TextShape>
struct ImageTextFile {
    std::string_view family;
    std::string layout;
    std::string where;  ///< the file, for messages
    StoredTensors tensors;
    std::vector<std::string> ignorable;  ///< patterns of tensors that say nothing
    VisionShape vision;
    std::optional<TextShape> text;  ///< none: the file holds the image tower alone
    int height = 0, width = 0, patch = 0, dim = 0, rows = 0, columns = 0;  ///< of the image tower
    Normalisation normalisation;
    bool takesWhole = false;   ///< see ModelInfo
    bool independent = false;  ///< it must have a bias, see takeLogits()
    TextSource words;
};

/// An image tower, and mostly a text tower that puts words into the same space.
///
/// Vision: made of (Weights, Shape); operator()(x, pass) gives a Result of tensors; tokens, pooled, dense, denseMethods of a Result. Text: made of
/// (Weights, Shape); operator()(ids, pass). `Traits` names the Result's parts and the scope of each tower.
template <typename Traits>
class ImageTextModel final : public Model {
public:
    using Vision = typename Traits::Vision;
    using Text = typename Traits::Text;
    using File = ImageTextFile<typename Traits::VisionShape, typename Traits::TextShape>;

    explicit ImageTextModel(File file) : m_file(std::move(file)), m_plan(planned()) {
        m_capabilities.encode = &m_encoder;
        if (m_file.text) m_capabilities.text = &m_tower;
    }

    const Capabilities& capabilities() const override { return m_capabilities; }

    ModelInfo describe() const override {
        ModelInfo info;
        info.family = m_file.family;
        info.layout = m_file.layout;
        info.downsample = m_file.patch;
        info.latentChannels = m_file.dim;
        info.inputSide = m_file.height == m_file.width ? m_file.height : 0;
        info.takesWhole = m_file.takesWhole;
        info.shape.append("p").append(std::to_string(m_file.patch)).append(" d").append(std::to_string(m_file.dim));
        info.parameters = m_parameters;
        info.capabilities = {"encode"};
        if (m_file.text) {
            info.capabilities.push_back("text");
            info.denseMethods = m_tower.denseMethods();
        }
        info.ignoredTensors = m_ignored;
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        const TensorsByName encoded = encodedAmong(computed);
        return sharedSpaceParity(m_tower, inputs, computed.contains("out.tokens") ? &encoded : nullptr, lane, m_file.text.has_value());
    }

private:
    struct Network {
        Network(const Weights& w, const File& file) : vision(Traits::visionScope(w), file.vision) {
            if (file.text) logits = takeLogits(w, file.independent);
        }
        Vision vision;
        TextTower::Logits logits;
    };
    struct Plan {
        Network network;
        std::optional<Text> text;
    };

    struct EncoderPart final : Encoder {
        explicit EncoderPart(const ImageTextModel& model) : model(model) {}
        TensorsByName encode(const at::Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int, int) const override { return static_cast<std::uint64_t>(model.m_plan.network.vision.flops()); }
        const ImageTextModel& model;
    };
    struct TowerPart final : TextTower {
        explicit TowerPart(const ImageTextModel& model) : model(model) {}
        at::Tensor ids(const std::vector<std::string>& texts) const override { return model.m_file.words.ids(texts); }
        at::Tensor embedText(const at::Tensor& ids, DeviceLane& lane) const override { return model.embedText(ids, lane); }
        at::Tensor embedImage(const TensorsByName& encoded, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            ForwardPass pass(lane, 0);
            return Traits::pooled(model.networkOn(lane).vision, Traits::resultOf(encoded), pass);
        }
        std::vector<std::string> denseMethods() const override { return model.m_plan.network.vision.denseMethods(); }
        at::Tensor dense(const TensorsByName& encoded, std::string_view method, DeviceLane& lane) const override {
            const c10::InferenceMode inference;
            return model.networkOn(lane).vision.dense(Traits::resultOf(encoded), method).unflatten(1, {model.m_file.rows, model.m_file.columns});
        }
        Logits logits(DeviceLane& lane) const override { return model.networkOn(lane).logits; }
        const ImageTextModel& model;
    };

    TensorsByName encode(const at::Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        if (image.dim() != 4 || image.size(0) == 0 || image.size(1) != 3 || image.size(2) != m_file.height || image.size(3) != m_file.width) {
            throw Failure(ErrorCode::Mismatch, "a picture tensor of shape " + textOfShape(image.sizes().vec()) + " does not fit this encoder", "image",
                          "give [B, 3, " + std::to_string(m_file.height) + ", " + std::to_string(m_file.width) + "]");
        }
        const Network& network = networkOn(lane);
        ForwardPass pass(lane, network.vision.flops() * static_cast<double>(image.size(0)));
        const auto result = network.vision(normalisedImage(image.to(lane.device()), m_file.normalisation), pass);
        TensorsByName tensors = Traits::tensorsOf(result);
        const at::Tensor tokens = tensors["tokens"] = network.vision.tokens(result);
        const std::int64_t patches = std::int64_t(m_file.rows) * m_file.columns;
        tensors["latents"] = mapOfTokens(tokens.slice(1, tokens.size(1) - patches), m_file.rows, m_file.columns);  // without a class token
        return tensors;
    }

    at::Tensor embedText(const at::Tensor& ids, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const Text& text = m_texts.on(lane, [&](const Placement& placement) { return Text(Traits::textScope(loaded(placement)), *m_file.text); });
        ForwardPass pass(lane, text.flops(static_cast<double>(ids.size(0)), static_cast<double>(ids.size(-1))));
        return text(ids.to(lane.device()), pass);
    }

    Plan planned() {
        const Weights weights = Weights::check(m_file.tensors, m_file.where);
        Plan plan{.network = Network(weights, m_file), .text = {}};
        if (m_file.text) plan.text.emplace(Traits::textScope(weights), *m_file.text);
        m_ignored = weights.finish(m_file.ignorable);
        m_parameters = weights.parameters();
        return plan;
    }

    Weights loaded(const Placement& placement) const { return Weights::load(m_file.tensors, m_file.where, placement); }
    const Network& networkOn(const DeviceLane& lane) const {
        return m_networks.on(lane, [&](const Placement& placement) { return Network(loaded(placement), m_file); });
    }

    File m_file;
    std::vector<std::string> m_ignored;
    std::int64_t m_parameters = 0;
    Plan m_plan;  ///< sizes without tensors
    // Apart, so that a tower that nobody uses takes no memory.
    PlacedNetworks<Network> m_networks;
    PlacedNetworks<Text> m_texts;
    EncoderPart m_encoder{*this};
    TowerPart m_tower{*this};
    Capabilities m_capabilities;
};

}  // namespace tessera
