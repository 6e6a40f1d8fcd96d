// SPDX-License-Identifier: Apache-2.0
#include "families/llava.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/llama_answer.h"
#include "families/llava_config.h"
#include "families/openvision3.h"
#include "families/part_folder.h"
#include "families/shared_space.h"
#include "layers/placed_networks.h"

namespace tessera {
namespace {

using at::Tensor;

constexpr const char* kImageWord = "<image>";
constexpr const char* kCaptionQuestion = "Describe the image.";

/// The language model and what brings pictures into it.
struct LanguageNetwork {
    LanguageNetwork(const Weights& w, const LlavaFile& file)
        : first(w / file.projector / "linear_1", {.in = file.towerDim, .out = file.llama.width}),
          second(w / file.projector / "linear_2", {.in = file.llama.width, .out = file.llama.width}),
          llama(w / file.model, file.head.empty() ? w : w / file.head, file.llama) {}

    Tensor projected(const Tensor& tokens) const { return second(first.withGelu(tokens, Gelu::Exact)).to(at::kFloat); }  // [B,N,D] to [B,N,W]

    Linear first, second;
    Llama llama;
};

class Llava final : public Model {
public:
    explicit Llava(LlavaFile file) : m_file(std::move(file)), m_eye(m_file.clip ? nullptr : openEye()), m_plan(planned()) {
        m_capabilities.encode = &m_encoder;
        m_capabilities.describe = &m_describer;
    }

    const Capabilities& capabilities() const override { return m_capabilities; }

    ModelInfo describe() const override {
        ModelInfo info = m_eye ? m_eye->describe() : ModelInfo();
        info.family = kLlava.name;
        info.layout = m_eye ? "OpenVision 3" : "transformers";
        if (m_file.clip) {
            info.downsample = m_file.clip->patch;
            info.inputSide = m_file.clip->height;
            info.latentChannels = m_file.clip->dim;
        }
        info.codes = {};
        info.denseMethods.clear();
        info.takesQuestions = true;
        info.shape = std::to_string(m_file.llama.layers);
        info.shape.append(" layers of ").append(std::to_string(m_file.llama.width));
        info.parameters += m_parameters;
        info.capabilities = {"encode", "describe"};
        info.ignoredTensors = m_ignored;
        return info;
    }

    TensorsByName parityExtras(const TensorsByName& inputs, const TensorsByName& computed, DeviceLane& lane) const override {
        const c10::InferenceMode inference;
        TensorsByName out;
        if (const auto latents = computed.find("out.vae_latents"); latents != computed.end()) out["out.latents"] = latents->second;
        const auto ids = inputs.find("in.input_ids"), tokens = computed.find("out.tokens");
        if (ids == inputs.end() || tokens == computed.end()) return out;
        const LanguageNetwork& network = languageOn(lane);
        ForwardPass pass(lane, 0);
        const auto most = inputs.find("in.max_new_tokens");
        const std::int64_t count = most == inputs.end() ? 0 : most->second.item<std::int64_t>();
        Llama::State state = network.llama.begin(ids->second.size(0), ids->second.size(1) + count);
        Tensor logits = out["out.logits"] = network.llama.logits(network.llama.read(woven(ids->second, tokens->second, network), state, pass));  // [B,S,V]
        std::vector<Tensor> chosen, behind;
        for (std::int64_t i = 0; i < count; ++i) {
            behind.push_back(logits.select(1, -1));       // [B,V]
            chosen.push_back(behind.back().argmax(-1, true));  // [B,1]
            if (i + 1 < count) logits = network.llama.logits(network.llama.read(network.llama.embedded(chosen.back()), state, pass));
        }
        if (count > 0) {
            out["out.generated_ids"] = at::cat(chosen, 1);
            out["out.generated_logits"] = at::cat(behind, 0);  // of one text [count,V]
        }
        return out;
    }

private:
    struct EncoderPart final : Encoder {
        explicit EncoderPart(const Llava& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int height, int width) const override {
            return model.m_eye ? model.m_eye->capabilities().encode->flops(height, width) : static_cast<std::uint64_t>(model.m_plan.clip->flops());
        }
        const Llava& model;
    };
    struct DescriberPart final : Describer {
        explicit DescriberPart(const Llava& model) : model(model) {}
        bool takesQuestions() const override { return true; }
        std::unique_ptr<Telling> begin(const TensorsByName& encoded, const DescribeRequest& request, DeviceLane& lane) const override { return model.begin(encoded, request, lane); }
        const Llava& model;
    };
    struct Plan {
        std::optional<ClipVision> clip;
        std::optional<LanguageNetwork> language;
    };

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        if (m_eye) return m_eye->capabilities().encode->encode(image, lane);
        const ClipVisionShape& shape = *m_file.clip;
        const ClipVision& network = m_towers.on(lane, [&](const Placement& placement) { return ClipVision(loaded(placement) / m_file.tower, shape); });
        ForwardPass pass(lane, network.flops() * static_cast<double>(image.size(0)));
        const Tensor all = network(normalisedImage(image.to(lane.device()), m_file.normalisation), pass).after;  // [B,1+N,D]
        const Tensor patches = all.slice(1, 1).contiguous();
        return {{"latents", mapOfTokens(patches, shape.rows(), shape.columns())}, {"tokens", m_file.withClassToken ? all : patches}};
    }

    /// Embeddings of ids [B,S] with the pictures' tokens [B,N,D] in place of the image word's, in their order: [B,S,W].
    Tensor woven(const Tensor& ids, const Tensor& tokens, const LanguageNetwork& network) const {
        const Tensor words = network.llama.embedded(ids), places = ids == m_file.imageId;
        const Tensor pictures = network.projected(tokens).flatten(0, 1);  // [B*N,W]
        if (places.sum().item<std::int64_t>() != pictures.size(0)) {
            throw Failure(ErrorCode::Mismatch, "the text has " + std::to_string(places.sum().item<std::int64_t>()) + " places for a picture of " + std::to_string(pictures.size(0)) + " tokens", "input_ids",
                          "repeat the image id once for every token");
        }
        return words.masked_scatter(places.unsqueeze(-1), pictures);
    }

    std::unique_ptr<Telling> begin(const TensorsByName& encoded, const DescribeRequest& request, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        const LanguageNetwork& network = languageOn(lane);
        const Tensor& tokens = encodedTensor(encoded, "tokens");
        const std::string question = request.question.empty() ? kCaptionQuestion : request.question;
        const std::vector<std::int64_t> prompt = m_file.words.prompt("USER: " + std::string(kImageWord) + "\n" + question + " ASSISTANT:");
        std::vector<std::int64_t> ids;
        std::int64_t pictures = 0;
        for (const std::int64_t id : prompt) {
            const bool picture = id == m_file.imageId;
            pictures += picture ? 1 : 0;
            ids.insert(ids.end(), picture ? static_cast<std::size_t>(tokens.size(1)) : 1, id);
        }
        if (pictures != 1) {
            throw Failure(ErrorCode::Invalid, pictures == 0 ? "the tokenizer knows no <image>" : "the question holds <image>, which stands for the picture itself", "describe",
                          pictures == 0 ? "check that the tokenizer's files belong to this model" : "leave it out");
        }
        checkAnswerFits(m_file.llama, static_cast<std::int64_t>(ids.size()), request.maxTokens);
        const Tensor row = at::tensor(ids, at::kLong).unsqueeze(0).to(tokens.device());
        return std::make_unique<LlamaAnswer>(network.llama, LlamaAnswer::Words{m_file.words, m_file.ends}, woven(row, tokens.narrow(0, 0, 1), network), request, lane);
    }

    std::unique_ptr<Model> openEye() const {
        const Checkpoint checkpoint = Checkpoint::open(m_file.openVision3);
        if (!findOpenVision3(checkpoint)) throw Failure(ErrorCode::Mismatch, "the image tower is no OpenVision 3", m_file.openVision3.string(), "put openvision3.json, vae/ and encoder/ there");
        std::unique_ptr<Model> eye = openedIn(m_file.openVision3, [&] { return kOpenVision3.open(checkpoint); });
        if (const int dim = eye->describe().latentChannels; dim != m_file.towerDim) {
            throw Failure(ErrorCode::Mismatch, "vision_config.hidden_size says " + std::to_string(m_file.towerDim) + " where the image tower has " + std::to_string(dim), m_file.where,
                          "check that the tower belongs to this model");
        }
        return eye;
    }

    Plan planned() {
        const Weights weights = Weights::check(m_file.tensors, m_file.where);
        Plan plan;
        if (m_file.clip) plan.clip.emplace(weights / m_file.tower, *m_file.clip);
        plan.language.emplace(weights, m_file);
        m_ignored = weights.finish(m_file.ignorable);
        m_parameters = weights.parameters();
        return plan;
    }

    Weights loaded(const Placement& placement) const { return Weights::load(m_file.tensors, m_file.where, placement); }
    const LanguageNetwork& languageOn(const DeviceLane& lane) const {
        return m_languages.on(lane, [&](const Placement& placement) { return LanguageNetwork(loaded(placement), m_file); });
    }

    LlavaFile m_file;
    std::unique_ptr<Model> m_eye;  ///< an OpenVision 3
    std::vector<std::string> m_ignored;
    std::int64_t m_parameters = 0;
    Plan m_plan;  ///< sizes without tensors
    PlacedNetworks<ClipVision> m_towers;
    PlacedNetworks<LanguageNetwork> m_languages;
    EncoderPart m_encoder{*this};
    DescriberPart m_describer{*this};
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    return findLlava(checkpoint) ? std::optional<std::string>("transformers LlavaForConditionalGeneration config") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) { return std::make_unique<Llava>(detectLlava(checkpoint, *findLlava(checkpoint))); }

}  // namespace

const ModelFamily kLlava{.name = "llava", .recognise = recognise, .open = open};

}  // namespace tessera
