// SPDX-License-Identifier: Apache-2.0
#include "families/flow_transformer.h"

#include <algorithm>
#include <numbers>

#include "core/error.h"
#include "families/shared_space.h"
#include "layers/multi_head_attention.h"

namespace tessera {
namespace {

using at::Tensor;

constexpr double kEpsilon = 1e-6, kQueryNormEpsilon = 1e-5;
constexpr int kFrequencies = 256, kModulations = 6;
constexpr double kRotaryBase = 10000;
constexpr int kWidest = 1 << 16, kLargestGrid = 512, kMostLayers = 512, kMostClasses = 1 << 22;

/// RMS norm with a weight, or layer norm without affine part: as the model has it.
class PlainNorm {
public:
    PlainNorm(const Weights& w, std::string_view name, int width, bool rms) : m_width(width) {
        if (rms) m_weight = (w / name).take("weight", {width});
        m_rms = rms;
    }
    Tensor operator()(const Tensor& x) const {  // [...,width] float32
        return m_rms ? at::rms_norm(x, {m_width}, m_weight, kEpsilon) : at::layer_norm(x, {m_width}, {}, {}, kEpsilon);
    }

private:
    int m_width;
    bool m_rms = false;
    Tensor m_weight;
};

/// x (1 + scale) + shift.
Tensor modulated(const Tensor& x, const Tensor& shift, const Tensor& scale) {
    return at::addcmul(x + shift, x, scale);
}

/// Norm of every head's queries or keys, [...,d].
class HeadNorm {
public:
    HeadNorm(const Weights& w, int width, bool rms) : m_width(width), m_rms(rms), m_weight(w.take("weight", {width})) {
        if (!rms) m_bias = w.take("bias", {width});
    }
    Tensor operator()(const Tensor& x) const {
        const Tensor wide = x.to(at::kFloat);
        return m_rms ? at::rms_norm(wide, {m_width}, m_weight, kEpsilon) : at::layer_norm(wide, {m_width}, m_weight, m_bias, kQueryNormEpsilon);
    }

private:
    int m_width;
    bool m_rms;
    Tensor m_weight, m_bias;
};

/// Self-attention whose queries and keys are turned by their places on the grid.
class RotaryAttention {
public:
    RotaryAttention(const Weights& w, int width, int heads, const FlowTransformerShape& shape)
        : m_width(width), m_heads(heads), m_queryKeyValue(w / "qkv", {.in = width, .out = 3 * width}), m_out(w / "proj", {.in = width, .out = width}) {
        if (!shape.normedQueries) return;
        m_queryNorm.emplace(w / "q_norm", width / heads, shape.rmsNorms);
        m_keyNorm.emplace(w / "k_norm", width / heads, shape.rmsNorms);
    }

    /// x [B,N,width]; rotations [N,1,d/2] complex.
    Tensor operator()(const Tensor& x, const Tensor& rotations) const {
        const Tensor all = m_queryKeyValue(x).unflatten(-1, {3, m_heads, m_width / m_heads});  // [B,N,3,heads,d]
        Tensor query = all.select(2, 0), key = all.select(2, 1);
        if (m_queryNorm) {
            query = (*m_queryNorm)(query);
            key = (*m_keyNorm)(key);
        }
        const auto byHead = [](const Tensor& each) { return each.transpose(1, 2); };  // [B,heads,N,d]
        const auto type = all.scalar_type();
        const Tensor attended = at::scaled_dot_product_attention(byHead(turned(query, rotations).to(type)), byHead(turned(key, rotations).to(type)), byHead(all.select(2, 2)));
        return m_out(headsSideBySide(attended));
    }
    at::ScalarType inputType() const { return m_queryKeyValue.inputType(); }
    double flops(double tokens) const { return m_queryKeyValue.flops(tokens) + attentionFlops(tokens, tokens, m_width) + m_out.flops(tokens); }

private:
    /// Pairs of neighbours as complex numbers.
    static Tensor turned(const Tensor& x, const Tensor& rotations) {  // [B,N,heads,d] float32
        const Tensor pairs = at::view_as_complex(x.to(at::kFloat).unflatten(-1, {-1, 2}));
        return at::view_as_real(pairs * rotations).flatten(-2);
    }

    int m_width, m_heads;
    Linear m_queryKeyValue, m_out;
    std::optional<HeadNorm> m_queryNorm, m_keyNorm;
};

/// third(silu(a) b) of both halves of one projection, or second(gelu(first)).
class FlowMlp {
public:
    FlowMlp(const Weights& w, int width, const FlowTransformerShape& shape)
        : m_gated(shape.gatedMlp),
          m_hidden(static_cast<int>(width * shape.mlpRatio)),
          m_in(w / (m_gated ? "w12" : "fc1"), {.in = width, .out = m_gated ? 2 * gatedWidth() : m_hidden}),
          m_out(w / (m_gated ? "w3" : "fc2"), {.in = m_gated ? gatedWidth() : m_hidden, .out = width}) {}

    Tensor operator()(const Tensor& x) const {
        if (!m_gated) return m_out(m_in.withGelu(x, Gelu::Tanh));
        const auto halves = m_in(x).chunk(2, -1);
        return m_out(at::silu(halves[0]) * halves[1]);
    }
    at::ScalarType inputType() const { return m_in.inputType(); }
    double flops(double tokens) const { return m_in.flops(tokens) + m_out.flops(tokens); }

private:
    int gatedWidth() const { return static_cast<int>(2.0 / 3 * m_hidden); }

    bool m_gated;
    int m_hidden;
    Linear m_in, m_out;
};

/// cos + i sin of every place's angles: [N,1,d/2] complex, the first half by its row, the second by its column.
Tensor rotationsOf(int grid, int dimensions, at::Device device) {
    const int quarter = dimensions / 4;
    const Tensor frequencies = at::pow(kRotaryBase, at::arange(quarter, at::kDouble) * (-4.0 / dimensions));            // [d/4]
    const Tensor angles = at::outer(at::arange(grid, at::kDouble), frequencies);                                        // [g,d/4]
    const Tensor rows = angles.unsqueeze(1).expand({grid, grid, quarter}), columns = angles.unsqueeze(0).expand({grid, grid, quarter});
    const Tensor all = at::cat({rows, columns}, -1).flatten(0, 1).unsqueeze(1);                                         // [N,1,d/2]
    return at::polar(at::ones_like(all), all).to(at::kComplexFloat).to(device);
}

LinearTensors patchTensors(const Weights& w, int in, int out) {
    const Tensor weight = w.take("weight", {out, in, 1, 1}, {out, in}), bias = w.take("bias", {out});
    return w.checking() ? LinearTensors{} : LinearTensors{weight.reshape({out, in}), bias};
}

}  // namespace

struct FlowBlock {
    FlowBlock(const Weights& w, int width, int heads, const FlowTransformerShape& shape)
        : norm1(w, "norm1", width, shape.rmsNorms),
          norm2(w, "norm2", width, shape.rmsNorms),
          attention(w / "attn", width, heads, shape),
          mlp(w / "mlp", width, shape),
          modulation(w / "adaLN_modulation.1", {.in = width, .out = kModulations * width}) {}

    /// x [B,N,width] float32, condition [B,1 or N,width] after its silu.
    Tensor operator()(const Tensor& x, const Tensor& condition, const Tensor& rotations, ForwardPass& pass) const {
        const double batch = static_cast<double>(x.size(0)), tokens = static_cast<double>(x.size(1));
        const auto m = modulation(condition).to(at::kFloat).chunk(kModulations, -1);
        pass.did(modulation.flops(static_cast<double>(condition.size(1))) * batch);
        Tensor y = at::addcmul(x, m[2], attention(modulated(norm1(x), m[0], m[1]), rotations).to(at::kFloat));
        pass.did(attention.flops(tokens) * batch);
        y = at::addcmul(y, m[5], mlp(modulated(norm2(y), m[3], m[4])).to(at::kFloat));
        pass.did(mlp.flops(tokens) * batch);
        return y;
    }
    double flops(double tokens, double conditions) const { return modulation.flops(conditions) + attention.flops(tokens) + mlp.flops(tokens); }

    PlainNorm norm1, norm2;
    RotaryAttention attention;
    FlowMlp mlp;
    Linear modulation;
};

struct FlowTransformer::Final {
    Final(const Weights& w, int width, int out, bool rms)
        : norm(w, "norm_final", width, rms), linear(w / "linear", {.in = width, .out = out}), modulation(w / "adaLN_modulation.1", {.in = width, .out = 2 * width}) {}

    Tensor operator()(const Tensor& x, const Tensor& condition) const {
        const auto m = modulation(condition).to(at::kFloat).chunk(2, -1);
        return linear(modulated(norm(x), m[0], m[1])).to(at::kFloat);
    }
    double flops(double tokens, double conditions) const { return modulation.flops(conditions) + linear.flops(tokens); }

    PlainNorm norm;
    Linear linear, modulation;
};

FlowTransformerShape FlowTransformerShape::read(const ConfigReader& stage) {
    const std::string target = stage.text("target", "");
    const bool ddt = target.ends_with("DiTwDDTHead"), lightning = target.ends_with("LightningDiT");
    const auto unsupported = [&](const std::string& message) {
        throw Failure(ErrorCode::Unsupported, message, stage.file(), "open a DiTwDDTHead or a LightningDiT as released");
    };
    if (!ddt && !lightning) unsupported(stage.nameOf("target") + " is \"" + target + "\", and Tessera computes DiTwDDTHead and LightningDiT only");
    const ConfigReader params = stage.below("params");
    if (params.integer("patch_size", 1, 1, kWidest) != 1) unsupported(params.nameOf("patch_size") + " is not 1, the only one with which this network works");
    if (params.flag("wo_shift", false)) unsupported(params.nameOf("wo_shift") + " is true, with which this network does not work");
    if (!params.flag("use_rope", true)) unsupported(params.nameOf("use_rope") + " is false, without which this network does not work");
    FlowTransformerShape shape;
    shape.channels = params.integer("in_channels", 1, kWidest);
    shape.grid = params.integer("input_size", 1, kLargestGrid);
    const auto both = [&](const char* key, int most) { return ddt ? params.integersEach(key, 2, 1, most) : std::vector<int>{params.integer(key, 1, most), 0}; };
    const std::vector<int> widths = both("hidden_size", kWidest), layers = both("depth", kMostLayers), heads = both("num_heads", kWidest);
    shape.width = widths[0];
    shape.layers = layers[0];
    shape.heads = heads[0];
    shape.headWidth = widths[1];
    shape.headLayers = layers[1];
    shape.headHeads = std::max(1, heads[1]);
    const auto checkHeads = [&](int width, int count) {
        params.checkHeads(count, width);
        if (width / count % 4 != 0) params.refuse(std::to_string(count) + " heads of " + std::to_string(width) + " channels do not have a multiple of 4 channels each");
    };
    checkHeads(shape.width, shape.heads);
    if (ddt) checkHeads(shape.headWidth, shape.headHeads);
    if (params.mlpWidth(std::max(shape.width, shape.headWidth)) < 2) params.refuse(params.nameOf("mlp_ratio") + " is out of range");
    shape.mlpRatio = params.number("mlp_ratio", 4);
    shape.textWidth = params.integer("text_width", 0, 1, kWidest);
    shape.classes = shape.textWidth > 0 ? 0 : params.integer("num_classes", 1000, 1, kMostClasses);
    shape.nullClass = params.number("class_dropout_prob", 0.1) > 0;
    shape.normedQueries = params.flag("use_qknorm", false);
    shape.gatedMlp = params.flag("use_swiglu", true);
    shape.rmsNorms = params.flag("use_rmsnorm", true);
    shape.positions = !ddt || params.flag("use_pos_embed", true);
    shape.doubled = !ddt && params.flag("learn_sigma", false);
    return shape;
}

nlohmann::json FlowTransformerShape::section() const {
    nlohmann::json params{{"input_size", grid},         {"patch_size", 1},         {"in_channels", channels},     {"mlp_ratio", mlpRatio}, {"class_dropout_prob", nullClass ? 0.1 : 0.0},
                          {"num_classes", classes},     {"use_qknorm", normedQueries}, {"use_swiglu", gatedMlp}, {"use_rope", true},      {"use_rmsnorm", rmsNorms},
                          {"wo_shift", false}};
    if (textWidth > 0) params["text_width"] = textWidth;
    if (ddt()) {
        params.update({{"hidden_size", {width, headWidth}}, {"depth", {layers, headLayers}}, {"num_heads", {heads, headHeads}}, {"use_pos_embed", positions}});
    } else {
        params.update({{"hidden_size", width}, {"depth", layers}, {"num_heads", heads}, {"learn_sigma", doubled}});
    }
    return {{"target", ddt() ? "stage2.models.DDT.DiTwDDTHead" : "stage2.models.lightningDiT.LightningDiT"}, {"params", params}};
}

FlowTransformer::FlowTransformer(const Weights& w, const FlowTransformerShape& shape)
    : m_shape(shape),
      m_frequencies((w / "t_embedder").take("W", {kFrequencies})),
      m_table((w / "y_embedder.embedding_table").take("weight", {shape.classes + (shape.nullClass ? 1 : 0), shape.width})),
      m_text(shape.textWidth > 0 ? std::optional<Linear>(std::in_place, w / "y_embedder.text", Linear::Shape{.in = shape.textWidth, .out = shape.width}) : std::nullopt),
      m_tokens(w / "x_embedder.proj", {.in = shape.channels, .out = shape.ddt() ? shape.headWidth : shape.width},
               patchTensors(w / "x_embedder.proj", shape.channels, shape.ddt() ? shape.headWidth : shape.width)),
      m_time1(w / "t_embedder.mlp.0", {.in = 2 * kFrequencies, .out = shape.width}),
      m_time2(w / "t_embedder.mlp.2", {.in = shape.width, .out = shape.width}) {
    if (shape.positions || !shape.ddt()) m_positions = w.take("pos_embed", {1, shape.grid * shape.grid, shape.width});
    if (shape.ddt()) {
        m_conditionTokens.emplace(w / "s_embedder.proj", Linear::Shape{.in = shape.channels, .out = shape.width}, patchTensors(w / "s_embedder.proj", shape.channels, shape.width));
        if (shape.width != shape.headWidth) m_conditionOut.emplace(w / "s_projector", Linear::Shape{.in = shape.width, .out = shape.headWidth});
    }
    for (int i = 0; i < shape.layers + shape.headLayers; ++i) {
        const bool head = i >= shape.layers;
        m_blocks.emplace_back(w / ("blocks." + std::to_string(i)), head ? shape.headWidth : shape.width, head ? shape.headHeads : shape.heads, shape);
    }
    const int last = shape.ddt() ? shape.headWidth : shape.width;
    m_final = std::make_unique<Final>(w / "final_layer", last, shape.channels * (shape.doubled ? 2 : 1), shape.rmsNorms);
    if (w.checking()) return;
    m_rotations.push_back(rotationsOf(shape.grid, shape.width / shape.heads, w.placement().device));
    if (shape.ddt()) m_rotations.push_back(rotationsOf(shape.grid, shape.headWidth / shape.headHeads, w.placement().device));
}

FlowTransformer::FlowTransformer(FlowTransformer&&) noexcept = default;
FlowTransformer::~FlowTransformer() = default;

Tensor FlowTransformer::condition(const Tensor& asked) const {
    return m_text ? (*m_text)(asked.to(m_table.device())).to(at::kFloat) : at::embedding(m_table, asked.to(m_table.device()));
}

Tensor FlowTransformer::unconditional() const {
    TESSERA_ASSERT(m_shape.nullClass);
    return m_table.narrow(0, m_shape.classes, 1);
}

Tensor FlowTransformer::timeEmbedding(const Tensor& times) const {
    const Tensor angles = at::outer(times.to(m_frequencies.device(), at::kFloat), m_frequencies) * (2 * std::numbers::pi);  // [B,256]
    return m_time2(at::silu(m_time1(at::cat({at::sin(angles), at::cos(angles)}, -1)))).to(at::kFloat);
}

Tensor FlowTransformer::operator()(const Tensor& x, const Tensor& times, const Tensor& condition, ForwardPass& pass) const {
    const Tensor tokens = tokensOfMap(x);                      // [B,N,C]
    const Tensor time = timeEmbedding(times).unsqueeze(1);     // [B,1,width]
    const Tensor asked = time + condition.unsqueeze(1);        // [B,1,width]
    // Blocks take silu(condition); of a DDT the condition is a silu itself.
    const auto deeper = [&](Tensor y, int first, int last, const Tensor& under, const Tensor& rotations) {
        for (int i = first; i < last; ++i) {
            pass.begin("flowing, block " + std::to_string(i + 1));
            y = m_blocks[static_cast<std::size_t>(i)](y, under, rotations, pass);
        }
        return y;
    };
    const Tensor placed = m_conditionTokens ? (*m_conditionTokens)(tokens).to(at::kFloat) : m_tokens(tokens).to(at::kFloat);
    Tensor y = deeper(m_positions.defined() ? placed + m_positions : placed, 0, m_shape.layers, at::silu(m_shape.ddt() ? at::silu(asked) : asked), m_rotations[0]);
    Tensor under = at::silu(asked);
    if (m_shape.ddt()) {
        const Tensor seen = at::silu(time + y);                                               // [B,N,width]
        under = at::silu(m_conditionOut ? (*m_conditionOut)(seen).to(at::kFloat) : seen);     // [B,N,headWidth]
        y = deeper(m_tokens(tokens).to(at::kFloat), m_shape.layers, m_shape.layers + m_shape.headLayers, under, m_rotations[1]);
    }
    y = (*m_final)(y, under);
    pass.did(m_final->flops(static_cast<double>(y.size(1)), static_cast<double>(under.size(1))) * static_cast<double>(y.size(0)));
    return mapOfTokens(y.narrow(-1, 0, m_shape.channels), m_shape.grid, m_shape.grid);
}

double FlowTransformer::flops() const {
    const double tokens = static_cast<double>(m_shape.grid) * m_shape.grid, conditions = m_shape.ddt() ? tokens : 1;
    double sum = m_final->flops(tokens, conditions) + m_tokens.flops(tokens) + (m_conditionOut ? m_conditionOut->flops(tokens) : 0);
    for (std::size_t i = 0; i < m_blocks.size(); ++i) sum += m_blocks[i].flops(tokens, i < static_cast<std::size_t>(m_shape.layers) ? 1 : conditions);
    return sum;
}

}  // namespace tessera
