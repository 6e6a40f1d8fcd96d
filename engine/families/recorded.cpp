// SPDX-License-Identifier: Apache-2.0
#include "families/recorded.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>

#include <ATen/ATen.h>

#include "checkpoint/whole_numbers.h"
#include "core/error.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "kernels/small_floats.h"
#include "layers/weights.h"

namespace tessera {
namespace {

using at::Tensor;

constexpr double kSamePicture = 4.0 / 255;  ///< mean distance that another program's resampling and rounding make
constexpr double kOvershoot = 0.5;          ///< how far beyond 0..1 a picture that was resampled may reach
constexpr double kMostPixel = 4;            ///< beyond it a reconstruction is no picture in 0..1, however bad

/// Least and largest of a tensor of fractions that are all finite.
std::pair<double, double> rangeOf(const StoredTensor& stored) {
    const HostTensor tensor = stored.toHost();
    const auto number = [&](std::size_t i) -> double {
        const auto read = [&]<typename T>(T value) {
            std::memcpy(&value, tensor.bytes.data() + i * sizeof value, sizeof value);
            return value;
        };
        switch (tensor.type) {
            case DType::F16: return static_cast<double>(kernels::floatFromFloat16(read(std::uint16_t())));
            case DType::BF16: return static_cast<double>(kernels::floatFromBFloat16(read(std::uint16_t())));
            case DType::F32: return static_cast<double>(read(float()));
            default: return read(double());
        }
    };
    std::pair range{number(0), number(0)};
    for (std::size_t i = 1; i < static_cast<std::size_t>(tensor.elements()); ++i) {
        const double each = number(i);
        range = {std::min(range.first, each), std::max(range.second, each)};
    }
    return range;
}

std::string shortText(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

/// The shape that a tensor of a run should have, in words; empty for those that may have any.
std::string_view wantedShape(std::string_view name) {
    if (name == "in.image" || name.starts_with("out.reconstruction")) return "[B, 3, H, W]";
    if (name == "out.latents" || name.starts_with("out.quantized")) return "[B, C, h, w]";
    if (name == "out.tokens") return "[B, N, D]";
    return name == "out.codes" ? "[B, rows, columns, D]" : "";
}

/// Bit for bit, or NaN where the other is NaN.
bool same(const Tensor& a, const Tensor& b) {
    return a.sizes() == b.sizes() && at::allclose(a, b, 0, 0, true);
}

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
        checkPictures();
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
        info.precision = info.encodePrecision = "recorded";
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
    [[noreturn]] void invalid(const std::string& what, const std::string& action = "record it again (engine/families/recorded.md)") const { throw Failure(ErrorCode::Invalid, what, m_where, action); }

    bool has(std::string_view name) const { return m_tensors.contains(name); }
    std::int64_t side(int axis) const { return m_tensors.find("in.image")->second.shape[axis]; }
    std::int64_t samples() const { return side(0); }

    void checkShapes() const {
        for (const auto& [name, tensor] : m_tensors) {
            const std::string wanted(wantedShape(name));
            if (wanted.empty()) continue;
            const auto rank = static_cast<std::size_t>(std::ranges::count(wanted, ',')) + 1;
            const bool picture = wanted == "[B, 3, H, W]";
            if (tensor.shape.size() != rank || tensor.elements() == 0 || (picture && tensor.shape[1] != 3)) invalid(name + " has shape " + textOfShape(tensor.shape) + ", and should have " + wanted);
            if (name == "out.codes" ? isWhole(tensor.type) : isFraction(tensor.type)) continue;
            const std::string numbers = name == "out.codes" ? "whole numbers" : picture ? "fractions from 0 to 1" : "fractions";
            invalid(name + " is of " + std::string(nameOf(tensor.type)) + ", and should be of " + numbers, name == "out.codes" ? "record it as int64" : picture ? "divide it by 255 and record it as float32" : "record it as float32");
        }
        for (const auto& [name, tensor] : m_tensors) {
            if (!wantedShape(name).empty() && tensor.shape[0] != samples()) invalid(name + " is of " + std::to_string(tensor.shape[0]) + " pictures, and in.image of " + std::to_string(samples()));
        }
    }

    /// A row could never be found among pictures of other numbers than its own.
    void checkPictures() const {
        const StoredTensor& image = m_tensors.find("in.image")->second;
        if (!storedFinite(image)) invalid("in.image holds NaN or infinity, so no picture is known to be a recorded one");
        const auto [low, high] = rangeOf(image);
        if (low >= -kOvershoot && high <= 1 + kOvershoot) return;
        const std::string action = low >= 0 && high <= 255 ? "divide it by 255" : low >= -1 && high <= 1 ? "record (x + 1) / 2" : "record it before it is normalised";
        invalid("in.image reaches from " + shortText(low) + " to " + shortText(high) + ", and should hold 0 to 1", action);
    }

    /// Codebooks as large as the codes tell.
    CodeLayout layoutOf(const StoredTensor& stored) const {
        const HostTensor codes = stored.toHost();
        const auto depths = static_cast<std::size_t>(codes.shape[3]);
        CodeLayout layout{.codebookSizes = std::vector<int>(depths, 1), .pixelsPerCell = static_cast<int>(side(2) / codes.shape[1])};
        constexpr std::int64_t kMostCodewords = 1 << 24;
        for (std::size_t i = 0; i < static_cast<std::size_t>(codes.elements()); ++i) {
            const std::int64_t code = wholeNumberAt(codes, i, "out.codes");
            if (code < 0 || code >= kMostCodewords) invalid("out.codes holds " + std::to_string(code) + ", which is no code");
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

    /// What a cell shows of `name`: it says so where that holds what is no number.
    static Tensor shown(const Tensor& tensor, const std::string& name, DeviceLane& lane) {
        if (!allFinite(tensor)) lane.note("the recording holds " + std::string(tensor.isnan().any().item<bool>() ? "NaN" : "infinity") + " in " + name);
        return tensor;
    }

    TensorsByName encode(const Tensor& image, DeviceLane& lane) const {
        const c10::InferenceMode inference;
        std::vector<Tensor> latents;
        for (std::int64_t b = 0; b < image.size(0); ++b) latents.push_back(shown(latentsOf(recordedLike(image.narrow(0, b, 1), lane), lane), has("out.latents") ? "out.latents" : "out.tokens", lane));
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
            if (same(own, latents.to(lane.device(), at::kFloat))) return sample;
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

    Tensor pictureOf(const Tensor& latents, DeviceLane& lane) const {
        const int depths = m_layout.depths();
        for (std::int64_t sample = 0; sample < samples(); ++sample) {
            const auto is = [&](const Tensor& recorded) { return same(recorded, latents); };
            const auto picture = [&](const std::string& name) {
                const Tensor pixels = shown(sampleOf(name, sample, lane), name, lane);
                if (const double most = pixels.max().item<double>(); most > kMostPixel) lane.note(name + " reaches " + shortText(most) + ", and should hold 0 to 1");
                return pixels;
            };
            const bool whole = depths == 0 ? is(latentsOf(sample, lane)) : (has("out.quantized." + std::to_string(depths - 1)) || has("out.quantized") || !has("out.quantized.0")) && is(upTo(sample, depths, lane));
            if (whole && has("out.reconstruction")) return picture("out.reconstruction");
            for (int depth = 0; depth < depths; ++depth) {
                const std::string vectors = "out.quantized." + std::to_string(depth), sum = "out.reconstruction.depth" + std::to_string(depth), alone = "out.reconstruction.select" + std::to_string(depth);
                if (has(sum) && has(vectors) && is(sampleOf(vectors, sample, lane))) return picture(sum);
                const bool before = depth == 0 || has("out.quantized." + std::to_string(depth - 1));
                if (has(alone) && has(vectors) && before && is(quantizedOf(sample, depth, depth + 1, lane))) return picture(alone);
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
