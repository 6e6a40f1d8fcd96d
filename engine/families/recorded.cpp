// SPDX-License-Identifier: Apache-2.0
#include "families/recorded.h"

#include <cmath>
#include <optional>

#include <ATen/ATen.h>

#include "checkpoint/whole_numbers.h"
#include "core/error.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "layers/weights.h"

namespace tessera {
namespace {

using at::Tensor;

constexpr double kSamePicture = 4.0 / 255;  ///< mean distance that another program's resampling and rounding make

/// Stored tensors by their names without the prefix of their run.
struct Found {
    std::string where;
    std::map<std::string, StoredTensor, std::less<>> tensors;
};

std::optional<Found> find(const Checkpoint& checkpoint) {
    for (const Checkpoint::File& file : checkpoint.files()) {
        const auto section = file.sections.find("");
        if (file.format != "safetensors" || section == file.sections.end()) continue;
        const std::map<std::string, StoredTensor>& tensors = section->second;
        std::optional<std::string> prefix;
        if (tensors.contains("in.image")) prefix = "";
        for (auto it = tensors.begin(); it != tensors.end() && !prefix; ++it) {
            if (it->first.ends_with(".in.image")) prefix = it->first.substr(0, it->first.size() - std::string_view("in.image").size());
        }
        if (!prefix) continue;
        Found found{file.path.string(), {}};
        for (const auto& [name, tensor] : tensors) {
            if (name.starts_with(*prefix)) found.tensors.emplace(name.substr(prefix->size()), tensor);
        }
        return found;
    }
    return std::nullopt;
}

class Recorded final : public Model {
public:
    explicit Recorded(Found found) : m_where(std::move(found.where)), m_tensors(std::move(found.tensors)) {
        checkShapes();
        m_capabilities.encode = &m_encoder;
        if (has("out.reconstruction") || has("out.reconstruction.depth0")) m_capabilities.decode = &m_decoder;
        if (!has("out.codes")) return;
        m_layout = layoutOf(m_tensors.find("out.codes")->second);
        m_capabilities.quantize = &m_quantizer;
    }

    const Capabilities& capabilities() const override { return m_capabilities; }

    ModelInfo describe() const override {
        ModelInfo info;
        info.family = kRecorded.name;
        info.layout = "recorded tensors";
        info.capabilities = {"encode"};
        if (m_capabilities.quantize) info.capabilities.emplace_back("quantize");
        if (m_capabilities.decode) info.capabilities.emplace_back("decode");
        info.codes = m_layout;
        if (const std::vector<std::int64_t> latents = latentShape(); !latents.empty()) {
            info.latentChannels = static_cast<int>(latents[1]);
            info.shape = std::to_string(latents[3]) + " x " + std::to_string(latents[2]) + " x " + std::to_string(latents[1]);
        }
        if (side(2) == side(3)) info.inputSide = static_cast<int>(side(2));
        info.shape = std::to_string(samples()) + (samples() == 1 ? " picture" : " pictures") + (info.shape.empty() ? "" : ", " + info.shape);
        return info;
    }

    /// What was recorded is what there is to compare: parity of a recording with itself.
    TensorsByName parityExtras(const TensorsByName&, const TensorsByName&, DeviceLane& lane) const override {
        TensorsByName all;
        for (const auto& [name, tensor] : m_tensors) {
            if (name.starts_with("out.")) all[name] = tensorFromStored(tensor).to(lane.device());
        }
        return all;
    }

private:
    struct EncoderPart final : Encoder {
        explicit EncoderPart(const Recorded& model) : model(model) {}
        TensorsByName encode(const Tensor& image, DeviceLane& lane) const override { return model.encode(image, lane); }
        std::uint64_t flops(int, int) const override { return 0; }
        const Recorded& model;
    };
    struct DecoderPart final : Decoder {
        explicit DecoderPart(const Recorded& model) : model(model) {}
        Tensor decode(const Tensor& latents, DeviceLane& lane) const override { return model.decode(latents, lane); }
        std::uint64_t flops(int, int) const override { return 0; }
        const Recorded& model;
    };
    struct QuantizerPart final : Quantizer {
        explicit QuantizerPart(const Recorded& model) : model(model) {}
        const CodeLayout& layout() const override { return model.m_layout; }
        Tensor quantize(const Tensor& latents, DeviceLane& lane) const override { return model.quantize(latents, lane); }
        Tensor embed(const Tensor& codes, int first, int last, DeviceLane& lane) const override { return model.embed(codes, first, last, lane); }
        Tensor codebook(int, DeviceLane&) const override { model.refuse("codebooks"); }
        TensorsByName facts(const Tensor&, const Tensor&, DeviceLane&) const override { model.refuse("distances to codewords"); }
        const Recorded& model;
    };

    [[noreturn]] void refuse(const std::string& what) const {
        throw Failure(ErrorCode::Unsupported, "this recording has no " + what, m_where, "record it, or choose a model that computes");
    }
    [[noreturn]] void mismatch(const std::string& what) const { throw Failure(ErrorCode::Mismatch, what, m_where, "record it again (engine/families/recorded.md)"); }

    bool has(std::string_view name) const { return m_tensors.contains(name); }
    std::int64_t side(int axis) const { return m_tensors.find("in.image")->second.shape[axis]; }
    std::int64_t samples() const { return side(0); }

    void checkShapes() const {
        const StoredTensor& image = m_tensors.find("in.image")->second;
        if (image.shape.size() != 4 || image.shape[1] != 3 || image.elements() == 0 || isWhole(image.type)) mismatch("in.image has shape " + textOfShape(image.shape) + ", and should be [B, 3, H, W] of fractions");
        for (const auto& [name, tensor] : m_tensors) {
            const bool perSample = name == "out.latents" || name == "out.tokens" || name == "out.codes" || name.starts_with("out.quantized") || name.starts_with("out.reconstruction");
            if (!perSample) continue;
            const std::size_t rank = name == "out.tokens" ? 3 : 4;
            const bool codes = name == "out.codes";
            if (tensor.shape.size() != rank || tensor.elements() == 0 || isWhole(tensor.type) != codes) mismatch(name + " has shape " + textOfShape(tensor.shape) + (codes == isWhole(tensor.type) ? "" : " of another kind of numbers") + ", which does not suit it");
            if (tensor.shape[0] != samples()) mismatch(name + " is of " + std::to_string(tensor.shape[0]) + " pictures, and in.image of " + std::to_string(samples()));
        }
    }

    /// Codebooks as large as the codes tell.
    CodeLayout layoutOf(const StoredTensor& stored) const {
        const HostTensor codes = stored.toHost();
        const auto depths = static_cast<std::size_t>(codes.shape[3]);
        CodeLayout layout{.codebookSizes = std::vector<int>(depths, 1), .pixelsPerCell = static_cast<int>(side(2) / codes.shape[1])};
        constexpr std::int64_t kMostCodewords = 1 << 24;
        for (std::size_t i = 0; i < static_cast<std::size_t>(codes.elements()); ++i) {
            const std::int64_t code = wholeNumberAt(codes, i, "out.codes");
            if (code < 0 || code >= kMostCodewords) mismatch("out.codes holds " + std::to_string(code) + ", which is no code");
            layout.codebookSizes[i % depths] = std::max(layout.codebookSizes[i % depths], static_cast<int>(code) + 1);
        }
        return layout;
    }

    /// Of the recorded latents, or of tokens as a square grid; empty if there are none.
    std::vector<std::int64_t> latentShape() const {
        if (const auto latents = m_tensors.find("out.latents"); latents != m_tensors.end()) return latents->second.shape;
        const auto tokens = m_tensors.find("out.tokens");
        if (tokens == m_tensors.end()) return {};
        const auto grid = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(tokens->second.shape[1]))));
        if (grid * grid != tokens->second.shape[1]) return {};
        return {tokens->second.shape[0], tokens->second.shape[2], grid, grid};
    }

    Tensor sampleOf(std::string_view name, std::int64_t sample, const DeviceLane& lane) const {
        const Tensor tensor = tensorFromStored(m_tensors.find(name)->second).narrow(0, sample, 1).to(lane.device());
        return tensor.is_floating_point() ? tensor.to(at::kFloat).contiguous() : tensor.to(at::kLong).contiguous();
    }

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        std::vector<Tensor> latents;
        for (std::int64_t b = 0; b < image.size(0); ++b) latents.push_back(latentsOf(recordedLike(image.narrow(0, b, 1), lane), lane));
        return {{"latents", at::cat(latents)}};
    }

    /// The recorded picture that this one is.
    std::int64_t recordedLike(const Tensor& image, const DeviceLane& lane) const {
        const auto sizeOf = [](std::int64_t height, std::int64_t width) { return std::to_string(width) + " x " + std::to_string(height); };
        if (image.size(2) != side(2) || image.size(3) != side(3)) {
            throw Failure(ErrorCode::Mismatch, "the recorded pictures have " + sizeOf(side(2), side(3)) + " px, and this one " + sizeOf(image.size(2), image.size(3)), m_where, "set size and crop as they were when it was recorded");
        }
        double least = INFINITY;
        std::int64_t nearest = 0;
        for (std::int64_t sample = 0; sample < samples(); ++sample) {
            const double distance = (sampleOf("in.image", sample, lane) - image.to(lane.device())).abs().mean().item<double>();
            if (distance < least) least = distance, nearest = sample;
        }
        if (!(least <= kSamePicture)) throw Failure(ErrorCode::Mismatch, "this picture is none of the recorded ones", m_where, "choose the picture that was recorded, with the same size and crop");
        return nearest;
    }

    Tensor latentsOf(std::int64_t sample, const DeviceLane& lane) const {
        const std::vector<std::int64_t> shape = latentShape();
        // Without any, what passes on which picture it is: no channels, as many columns as pictures up to it.
        if (shape.empty()) return at::empty({1, 0, 1, sample + 1}, at::TensorOptions().dtype(at::kFloat).device(lane.device()));
        if (has("out.latents")) return sampleOf("out.latents", sample, lane);
        return sampleOf("out.tokens", sample, lane).transpose(1, 2).reshape({1, shape[1], shape[2], shape[3]}).contiguous();
    }

    /// Of latents that encode() gave; nothing for others.
    std::optional<std::int64_t> sampleWith(const Tensor& latents, const DeviceLane& lane) const {
        for (std::int64_t sample = 0; sample < samples(); ++sample) {
            const Tensor own = latentsOf(sample, lane);
            if (own.sizes() == latents.sizes() && at::equal(own, latents.to(lane.device(), at::kFloat))) return sample;
        }
        return std::nullopt;
    }

    Tensor quantize(const Tensor& latents, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        std::vector<Tensor> codes;
        for (std::int64_t b = 0; b < latents.size(0); ++b) {
            const auto sample = sampleWith(latents.narrow(0, b, 1), lane);
            if (!sample) refuse("codes of changed latents");
            codes.push_back(sampleOf("out.codes", *sample, lane));
        }
        return at::cat(codes);
    }

    Tensor embed(const Tensor& codes, int first, int last, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        std::vector<Tensor> quantized;
        for (std::int64_t b = 0; b < codes.size(0); ++b) {
            std::optional<std::int64_t> sample;
            for (std::int64_t i = 0; i < samples() && !sample; ++i) {
                const Tensor own = sampleOf("out.codes", i, lane);
                if (own.sizes() == codes.narrow(0, b, 1).sizes() && at::equal(own, codes.narrow(0, b, 1).to(lane.device(), at::kLong))) sample = i;
            }
            if (!sample) refuse("vectors of changed codes");
            quantized.push_back(quantizedOf(*sample, first, last, lane));
        }
        return at::cat(quantized);
    }

    Tensor quantizedOf(std::int64_t sample, int first, int last, const DeviceLane& lane) const {
        const Tensor sum = upTo(sample, last, lane);
        return first == 0 ? sum : sum - upTo(sample, first, lane);
    }

    /// The first `depths` codes' vectors added up.
    Tensor upTo(std::int64_t sample, int depths, const DeviceLane& lane) const {
        const std::string name = "out.quantized." + std::to_string(depths - 1);
        if (depths > 0 && has(name)) return sampleOf(name, sample, lane);
        if (depths == m_layout.depths() && has("out.quantized")) return sampleOf("out.quantized", sample, lane);
        // Nothing is told apart from nothing by the picture that it is of.
        if (depths == m_layout.depths() && !has("out.quantized.0")) return latentsOf(sample, lane);
        if (depths == 0 && has("out.quantized.0")) return at::zeros_like(sampleOf("out.quantized.0", sample, lane));
        refuse("vectors of depths 1 to " + std::to_string(depths) + " (" + name + ")");
    }

    Tensor decode(const Tensor& latents, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        std::vector<Tensor> pictures;
        for (std::int64_t b = 0; b < latents.size(0); ++b) pictures.push_back(pictureOf(latents.narrow(0, b, 1).to(lane.device(), at::kFloat), lane));
        return at::cat(pictures);
    }

    Tensor pictureOf(const Tensor& latents, const DeviceLane& lane) const {
        const int depths = m_layout.depths();
        for (std::int64_t sample = 0; sample < samples(); ++sample) {
            const auto is = [&](const Tensor& recorded) { return recorded.sizes() == latents.sizes() && at::equal(recorded, latents); };
            const bool whole = depths == 0 ? is(latentsOf(sample, lane)) : (has("out.quantized." + std::to_string(depths - 1)) || has("out.quantized") || !has("out.quantized.0")) && is(upTo(sample, depths, lane));
            if (whole && has("out.reconstruction")) return sampleOf("out.reconstruction", sample, lane);
            for (int depth = 0; depth < depths; ++depth) {
                const std::string vectors = "out.quantized." + std::to_string(depth), sum = "out.reconstruction.depth" + std::to_string(depth), alone = "out.reconstruction.select" + std::to_string(depth);
                if (has(sum) && has(vectors) && is(sampleOf(vectors, sample, lane))) return sampleOf(sum, sample, lane);
                const bool before = depth == 0 || has("out.quantized." + std::to_string(depth - 1));
                if (has(alone) && has(vectors) && before && is(quantizedOf(sample, depth, depth + 1, lane))) return sampleOf(alone, sample, lane);
            }
        }
        refuse("picture of these latents");
    }

    std::string m_where;
    std::map<std::string, StoredTensor, std::less<>> m_tensors;
    CodeLayout m_layout;
    EncoderPart m_encoder{*this};
    QuantizerPart m_quantizer{*this};
    DecoderPart m_decoder{*this};
    Capabilities m_capabilities;
};

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    return find(checkpoint) ? std::optional<std::string>("tensors of a recorded run") : std::nullopt;
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    auto found = find(checkpoint);
    TESSERA_ASSERT(found.has_value());
    return std::make_unique<Recorded>(std::move(*found));
}

}  // namespace

const ModelFamily kRecorded{.name = "recorded", .recognise = recognise, .open = open};

}  // namespace tessera
