// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <ATen/ATen.h>

#include "layers/forward_pass.h"
#include "layers/key_value_cache.h"
#include "layers/language_linear.h"
#include "layers/rms_norm.h"

namespace tessera {

/// LLaMA's language model by transformers' names; spec: engine/families/llava.md, section 2.
class Llama {
public:
    struct Shape {
        int vocabulary = 0, width = 0, hidden = 0, layers = 0;
        int heads = 1, keyValueHeads = 1, headWidth = 0;
        int positions = 2048;  ///< most tokens that it was made for
        double epsilon = 1e-5, theta = 10000;
        double stretch = 1;    ///< positions are divided by it before they turn anything: linear scaling
        bool int8Weights = false;  ///< matrices are kept as int8
    };
    /// `model` is the scope of "embed_tokens", "layers" and "norm", `head` that of "lm_head".
    Llama(const Weights& model, const Weights& head, const Shape& shape);

    /// Keys and values of what was read so far.
    struct State {
        std::vector<KeyValueCache> layers;
        at::Tensor padding;  ///< [B] int64: how many tokens only fill up the front of each text, which none of its own sees; undefined: none
        std::int64_t length() const { return layers.empty() ? 0 : layers.front().length(); }
    };
    /// For `batch` texts of at most `positions` tokens. `padding` as State's, for each text; empty: none.
    State begin(std::int64_t batch, std::int64_t positions, const std::vector<std::int64_t>& padding = {}) const;
    /// What was read of these texts, any of them more than once, with room for so many tokens.
    State ofRows(const State& state, const std::vector<std::int64_t>& rows, std::int64_t positions) const;
    /// ids [B,L] to [B,L,W] float32.
    at::Tensor embedded(const at::Tensor& ids) const;
    /// The next tokens x [B,L,W] of every text, L is 1 unless these are the first: what the last layer makes of them, normed [B,L,W].
    at::Tensor read(at::Tensor x, State& state, ForwardPass& pass) const;
    /// [...,W] to logits [...,V] float32.
    at::Tensor logits(const at::Tensor& x) const { return m_head(x).to(at::kFloat); }

    const Shape& shape() const { return m_shape; }
    double flops(double tokens) const;  ///< of reading them, without attention over one another
    std::int64_t weights() const { return static_cast<std::int64_t>(flops(1) / 2); }  ///< that a token reads, without the table and the head

private:
    struct Layer {
        RmsNorm norm1;
        LanguageLinear queryKeyValue, out;
        RmsNorm norm2;
        LanguageLinear gateUp, down;
    };
    static Layer layer(const Weights& w, const Shape& shape);
    /// What turns queries and keys, and which keys a query sees where not all before it.
    struct Places {
        at::Tensor cosines, sines;  ///< [L,headWidth/2] or [B,1,L,headWidth/2]
        at::Tensor seen;            ///< [B,1,L,S] bool, or undefined
    };
    Places placesOf(const State& state, std::int64_t count) const;
    at::Tensor attended(const Layer& layer, const at::Tensor& x, KeyValueCache& cache, const Places& places) const;

    Shape m_shape;
    at::Tensor m_tokens;              ///< [V,W]
    at::Tensor m_frequencies;         ///< [headWidth/2] float32
    std::vector<Layer> m_layers;
    RmsNorm m_norm;
    LanguageLinear m_head;
};

}  // namespace tessera
