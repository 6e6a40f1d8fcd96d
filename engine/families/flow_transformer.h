// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "families/config_reader.h"
#include "layers/forward_pass.h"
#include "layers/linear.h"
#include "layers/weights.h"

namespace tessera {

/// Sizes of a diffusion transformer over tokens on a square grid.
struct FlowTransformerShape {
    int channels = 0, grid = 0;  ///< of the latents [B,C,g,g]
    int width = 0, layers = 0, heads = 1;
    int headWidth = 0, headLayers = 0, headHeads = 1;  ///< of the wide head that paints under the condition of the blocks before it; no layers: LightningDiT has none
    double mlpRatio = 4;
    int classes = 0;
    int textWidth = 0;      ///< of a model that follows texts, of their vectors; it has no classes then
    bool nullClass = true;  ///< knows what it is to follow nothing
    bool normedQueries = false, gatedMlp = true, rmsNorms = true, positions = true;
    bool doubled = false;   ///< a second half of the result that nobody uses

    bool ddt() const { return headLayers > 0; }
    /// From `params` of a config's stage_2, whose `target` tells the two kinds apart. Throws Failure for what Tessera does not compute.
    static FlowTransformerShape read(const ConfigReader& stage);
    /// That section, for a model that is to be made.
    nlohmann::json section() const;
};

struct FlowBlock;

/// The velocity with which latents flow, DiT with a wide DDT head or LightningDiT by upstream's names; spec: engine/families/rae.md, section 5.
///
///   x [B,C,g,g], t [B] in [0,1], condition [B,width] -> velocity [B,C,g,g] = noise - picture
class FlowTransformer {
public:
    FlowTransformer(const Weights& w, const FlowTransformerShape& shape);
    FlowTransformer(FlowTransformer&&) noexcept;
    ~FlowTransformer();

    /// Conditions [B,width] of classes [B] int64 on any device, of which FlowTransformerShape::classes stands for none; of a model that follows texts, of their vectors [B,textWidth].
    at::Tensor condition(const at::Tensor& asked) const;
    /// [1,width] of following nothing: the last class, or a vector of its own.
    at::Tensor unconditional() const;
    /// x [B,C,g,g] float32 at times [B] under conditions [B,width]; float32.
    at::Tensor operator()(const at::Tensor& x, const at::Tensor& times, const at::Tensor& condition, ForwardPass& pass) const;
    const FlowTransformerShape& shape() const { return m_shape; }
    double flops() const;  ///< of one picture
    /// Tensors that can be reckoned anew: angles of the rotary positions.
    static std::vector<std::string> ignorable() { return {"feat_rope.freqs_*", "enc_feat_rope.freqs_*", "dec_feat_rope.freqs_*"}; }

private:
    at::Tensor timeEmbedding(const at::Tensor& times) const;  ///< [B,width] float32

    FlowTransformerShape m_shape;
    at::Tensor m_positions;       ///< [1,N,width], or undefined
    at::Tensor m_frequencies;     ///< [256]
    at::Tensor m_table;           ///< [classes + 1,width]; of a model that follows texts [1,width], for none
    std::optional<Linear> m_text;
    std::optional<Linear> m_conditionTokens, m_conditionOut;  ///< of a DDT: C to width, width to the head's
    Linear m_tokens, m_time1, m_time2;
    std::vector<FlowBlock> m_blocks;
    struct Final;
    std::unique_ptr<Final> m_final;
    std::vector<at::Tensor> m_rotations;  ///< of the blocks', of the head's
};

}  // namespace tessera
