// SPDX-License-Identifier: Apache-2.0
#include "families/siglip_config.h"

#include "core/error.h"

namespace tessera {
namespace {

constexpr int kWidest = 1 << 16, kDeepest = 256, kMostIds = 1 << 24;

void checkBlock(const ConfigReader& config) {
    if (const std::string gelu = config.text("hidden_act", "gelu_pytorch_tanh"); gelu != "gelu_pytorch_tanh") {
        throw Failure(ErrorCode::Unsupported, config.nameOf("hidden_act") + " is \"" + gelu + "\", and Tessera computes \"gelu_pytorch_tanh\" only", config.file(),
                      "open a model over a SigLIP that uses it");
    }
}

}  // namespace

SiglipVisionShape siglipVisionShape(const ConfigReader& vision) {
    checkBlock(vision);
    const SiglipVisionShape shape{.imageSide = vision.integer("image_size", 224, 1, kWidest),
                                  .patch = vision.integer("patch_size", 16, 1, kWidest),
                                  .width = vision.integer("hidden_size", 768, 1, kWidest),
                                  .hidden = vision.integer("intermediate_size", 3072, 1, kWidest),
                                  .heads = vision.integer("num_attention_heads", 12, 1, kWidest),
                                  .layers = vision.integer("num_hidden_layers", 12, 1, kDeepest),
                                  .epsilon = vision.positive("layer_norm_eps", 1e-6)};
    vision.checkHeads(shape.heads, shape.width);
    if (shape.grid() == 0) vision.refuse("patches of " + std::to_string(shape.patch) + " px do not fit pictures of " + std::to_string(shape.imageSide) + " px");
    return shape;
}

SiglipText::Shape siglipTextShape(const ConfigReader& text) {
    checkBlock(text);
    SiglipText::Shape shape{.vocabulary = text.integer("vocab_size", 32000, 1, kMostIds),
                            .context = text.integer("max_position_embeddings", 64, 1, kWidest),
                            .width = text.integer("hidden_size", 768, 1, kWidest),
                            .hidden = text.integer("intermediate_size", 3072, 1, kWidest),
                            .heads = text.integer("num_attention_heads", 12, 1, kWidest),
                            .layers = text.integer("num_hidden_layers", 12, 1, kDeepest),
                            .epsilon = text.positive("layer_norm_eps", 1e-6)};
    shape.features = text.integer("projection_size", shape.width, 1, kWidest);
    text.checkHeads(shape.heads, shape.width);
    return shape;
}

}  // namespace tessera
