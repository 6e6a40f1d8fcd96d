// SPDX-License-Identifier: Apache-2.0
#include "families/vqgan.h"

#include <optional>

#include "core/error.h"
#include "families/pixel_tokenizer.h"
#include "families/yaml_beside.h"

namespace tessera {
namespace {

using Tensors = std::map<std::string, StoredTensor>;

constexpr const char* kCodebook = "quantize.embedding.weight";
constexpr int kWidest = 1 << 16, kMostCodes = 1 << 24;

struct Found {
    const Checkpoint::File* file = nullptr;
    const Tensors* tensors = nullptr;
    PixelNaming naming{};
    std::string where() const { return file->path.string(); }
};

/// Both keep a codebook below "quantize."; GumbelVQ too, which is told apart when it is opened.
std::optional<PixelNaming> namingOf(const Tensors& tensors) {
    if (!holdsBelow(tensors, "quantize.")) return std::nullopt;
    if (holdsBelow(tensors, "encoder.conv_blocks.0.res.0.")) return PixelNaming::LlamaGen;
    if (holdsBelow(tensors, "encoder.down.0.block.0.") && holdsBelow(tensors, "decoder.up.0.block.0.")) return PixelNaming::Ldm;
    return std::nullopt;
}

std::optional<Found> find(const Checkpoint& checkpoint) {
    for (const Checkpoint::File& file : checkpoint.files()) {
        // LlamaGen's own order; taming has "state_dict" only.
        for (const char* section : {"ema", "model", "state_dict", ""}) {
            const auto it = file.sections.find(section);
            const auto naming = it == file.sections.end() ? std::nullopt : namingOf(it->second);
            if (naming) return Found{.file = &file, .tensors = &it->second, .naming = *naming};
        }
    }
    return std::nullopt;
}

/// A plan of one plain codebook [codebookSize,D], all but the networks.
PixelTokenizerPlan planOf(const Found& found, PixelShape shape, int latentChannels, int codebookSize) {
    PixelTokenizerPlan plan{.family = kVqgan.name, .where = found.where(), .tensors = *found.tensors, .naming = found.naming, .latentChannels = latentChannels, .codebooks = {kCodebook}};
    plan.codes = {.kind = CodeLayout::Kind::Residual, .codebookSizes = {codebookSize}, .codewordDim = latentChannels, .pixelsPerCell = shape.downsample()};
    plan.shape = std::move(shape);
    return plan;
}

PixelTokenizerPlan llamaGen(const Found& found) {
    PixelShape shape = pixelShapeOf(*found.tensors, "", found.naming, found.where());
    shape.encoderChannels = shape.decoderChannels;
    checkNormGroups(shape, found.where());
    PixelTokenizerPlan plan = planOf(found, std::move(shape), sideOf(*found.tensors, "quant_conv.weight", 0, 4, found.where()), sideOf(*found.tensors, kCodebook, 0, 2, found.where()));
    plan.layout = "LlamaGen";
    plan.unitLength = true;
    plan.ignorable = {"quantize.codebook_used"};
    return plan;
}

PixelTokenizerPlan taming(const Checkpoint& checkpoint, const Found& found) {
    const auto config = yamlBeside(checkpoint, found.file->path, "model");
    if (!config) throw Failure(ErrorCode::NotFound, "the YAML config of this VQGAN is missing", found.where(), "open the folder that holds both, as in ckpts/last.ckpt and configs/model.yaml");
    const ConfigReader params = config->below("model").below("params"), ddconfig = params.below("ddconfig");
    if (params.has("remap")) {
        throw Failure(ErrorCode::Unsupported, params.nameOf("remap") + " renames the codes, which Tessera does not compute", config->file(), "open a VQGAN whose remap is null");
    }
    PixelShape shape = pixelShapeOf(ddconfig);
    if (shape.encoderChannels != shape.decoderChannels) ddconfig.refuse(ddconfig.nameOf("double_z") + " should be false: a VQGAN has no mean and variance");
    const int latentChannels = params.integer("embed_dim", 1, kWidest), codebookSize = params.integer("n_embed", 1, kMostCodes);
    checkAgreement(shape, pixelShapeOf(*found.tensors, "", found.naming, found.where()),
                   {{"embed_dim", latentChannels, sideOf(*found.tensors, "quant_conv.weight", 0, 4, found.where())},
                    {"n_embed", codebookSize, sideOf(*found.tensors, kCodebook, 0, 2, found.where())}},
                   config->file());
    checkNormGroups(shape, config->file());
    PixelTokenizerPlan plan = planOf(found, std::move(shape), latentChannels, codebookSize);
    plan.layout = "taming";
    plan.ignorable = {"loss.*", "model_ema.*"};
    return plan;
}

std::optional<std::string> recognise(const Checkpoint& checkpoint) {
    const auto found = find(checkpoint);
    if (!found) return std::nullopt;
    return found->naming == PixelNaming::LlamaGen ? "LlamaGen VQ tensor names" : "taming VQGAN tensor names";
}

std::unique_ptr<Model> open(const Checkpoint& checkpoint) {
    const auto found = find(checkpoint);
    TESSERA_ASSERT(found.has_value());
    if (holdsBelow(*found->tensors, "quantize.proj.") && holdsBelow(*found->tensors, "quantize.embed.")) {
        throw Failure(ErrorCode::Unsupported, "this is a GumbelVQ, whose codes come from logits instead of distances, which Tessera does not compute", found->where(),
                      "open a VQGAN with a codebook in quantize.embedding");
    }
    return openPixelTokenizer(found->naming == PixelNaming::LlamaGen ? llamaGen(*found) : taming(checkpoint, *found));
}

}  // namespace

const ModelFamily kVqgan{.name = "vqgan", .recognise = recognise, .open = open};

}  // namespace tessera
