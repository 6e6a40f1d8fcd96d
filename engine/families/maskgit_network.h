// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "families/config_reader.h"
#include "families/mask_schedule.h"
#include "families/vila_u_depth.h"
#include "layers/layer_norm.h"
#include "layers/linear.h"
#include "layers/transformer_block.h"

namespace tessera {

/// A grid of codes, some of them masked, to what each of them could be; spec: engine/families/maskgit.md.
struct MaskGitConfig {
    int depths = 1, codebookSize = 0;  ///< D, K
    int rows = 0, columns = 0;
    int width = 0, layers = 0, heads = 1, hidden = 0;
    double epsilon = 1e-6;
    int classes = 0, textDim = 0;  ///< what it is told; 0: it is not
    std::vector<std::string> classNames;
    std::optional<VilaUDepth::Shape> depth;  ///< of more than one depth
    std::string tokenizer;                   ///< folder of the tokenizer whose codes these are, from the config's own; empty: none

    int steps = 12;           ///< rounds
    double temperature = 4.5;  ///< of the choice of what stays
    double guidance = 1;
    MaskSchedule schedule = *MaskSchedule::named("cosine");

    int positions() const { return rows * columns; }
    bool told() const { return classes > 0 || textDim > 0; }
    int maskId() const { return depths * codebookSize + classes; }
    int ids() const { return maskId() + 1; }

    /// From config.json; throws Failure that names the key.
    static MaskGitConfig read(const ConfigReader& config);
};

/// The network, for the family and for its training.
class MaskGitNetwork {
public:
    MaskGitNetwork(const Weights& w, const MaskGitConfig& config);

    /// Rows of the condition [B,1,W] float32: of classes [B] int64 (that of config.classes is none), of texts [B,textDim] of unit length (zeros are none), or of none of them (undefined).
    at::Tensor ofClasses(const at::Tensor& classes) const;
    at::Tensor ofTexts(const at::Tensor& texts) const;
    at::Tensor ofNone(std::int64_t batch) const;

    /// codes [B,L,D] int64, -1 in any depth: the position is masked. Gives what follows the last norm, without the condition's row: [B,L,W] float32.
    at::Tensor hidden(const at::Tensor& codes, const at::Tensor& condition, ForwardPass& pass) const;
    /// Of single positions [n,W] float32: what their logits are made of, [n,W].
    at::Tensor head(const at::Tensor& hidden) const;
    /// Of a model of one depth: [n,K] float32.
    at::Tensor logits(const at::Tensor& head) const;
    /// Of one of several depths.
    const VilaUDepth& depth() const { return *m_depth; }
    /// Vectors [n,W] float32 of codes [n] of a depth: the depth transformer reads sums of them.
    at::Tensor vectors(const at::Tensor& codes, int depth) const;

    /// Stages before hidden() ends, for parity: embeddings, each block.
    using Watch = std::function<void(const std::string& name, const at::Tensor& value)>;
    Watch watch;

    at::Device device() const { return m_table.device(); }
    double flops() const;  ///< of one grid
    std::int64_t parametersRead() const { return static_cast<std::int64_t>(flops() / 2 / m_config.positions()); }

private:
    at::Tensor table(const at::Tensor& ids) const;

    MaskGitConfig m_config;
    at::Tensor m_table, m_places;  ///< [ids,W], [1,P+L,W]
    std::optional<Linear> m_text;
    std::vector<TransformerBlock> m_blocks;
    LayerNorm m_norm;
    Linear m_dense;
    LayerNorm m_headNorm;
    std::optional<Linear> m_classifier;
    std::optional<VilaUDepth> m_depth;
};

}  // namespace tessera
