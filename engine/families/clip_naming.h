// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "layers/transformer_block.h"

namespace tessera {

/// How a file names the parts of CLIP's towers.
enum class ClipNaming {
    OpenClip,     ///< open_clip, and OpenAI's originals: "visual.transformer.resblocks.0.attn.in_proj_weight"
    Transformers  ///< Hugging Face: "vision_model.encoder.layers.0.self_attn.q_proj.weight"
};

/// Blocks of a tower below its scope.
inline std::vector<TransformerBlock> clipBlocks(const Weights& w, ClipNaming naming, int count, TransformerBlock::Shape shape) {
    const bool openClip = naming == ClipNaming::OpenClip;
    std::vector<TransformerBlock> blocks;
    for (int i = 0; i < count; ++i) {
        blocks.emplace_back(w / ((openClip ? "transformer.resblocks." : "encoder.layers.") + std::to_string(i)), openClip ? kOpenClipBlock : kTransformersBlock, shape);
    }
    return blocks;
}

/// A projection without bias as [in,out], whichever way round it is stored.
inline at::Tensor clipProjection(const Weights& w, ClipNaming naming, std::string_view openClipName, std::string_view transformersName, int in, int out) {
    if (naming == ClipNaming::OpenClip) return w.take(openClipName, {in, out});
    const at::Tensor stored = w.take(transformersName, {out, in});
    return w.checking() ? stored : stored.t().contiguous();
}

}  // namespace tessera
