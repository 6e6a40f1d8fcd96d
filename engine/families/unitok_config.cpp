// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "core/error.h"
#include "families/config_reader.h"
#include "families/pixel_shape.h"
#include "families/unitok.h"
#include "families/vitamin.h"

namespace tessera {
namespace {

constexpr int kWidest = 1 << 16, kDeepest = 256, kMostCodebooks = 64, kMostCodes = 1 << 24, kUsualCodes = 32768;

/// What tensors do not tell (upstream: models/vitamin.py).
struct Variant {
    std::string_view name;
    int heads;
};
constexpr std::array kVariants{Variant{"vitamin_large", 16}, Variant{"vitamin_base", 12}};

/// Sizes read off the tensors.
class Shapes {
public:
    explicit Shapes(const UnitokFile& file) : m_file(file) {}
    int side(const std::string& name, std::size_t axis, std::size_t sides) const { return sideOf(*m_file.tensors, UnitokFile::kPrefix + name, axis, sides, m_file.where); }
    /// One more than the largest i of name.i; a gap below it is a missing tensor.
    int count(const std::string& name) const {
        int count = kDeepest;
        while (count > 0 && !holdsBelow(*m_file.tensors, UnitokFile::kPrefix + name + "." + std::to_string(count - 1) + ".")) --count;
        return count;
    }

private:
    const UnitokFile& m_file;
};

/// What is between the network and the codes has one head per so many channels; every head of everything is whole.
void checkDivides(const ConfigReader& args, int divisor, const std::string& what, int whole, const std::string& of) {
    if (whole % divisor != 0) args.refuse(std::to_string(divisor) + " " + what + " do not divide " + std::to_string(whole) + " " + of);
}

}  // namespace

std::optional<UnitokFile> findUnitok(const Checkpoint& checkpoint) {
    for (const Checkpoint::File& file : checkpoint.files()) {
        const auto section = file.sections.find(UnitokFile::kSection);
        if (section == file.sections.end()) continue;
        const std::string prefix = UnitokFile::kPrefix;
        if (!holdsBelow(section->second, prefix + "quantizer.codebooks.0.") || !holdsBelow(section->second, prefix + "encoder.patch_embed.backbone.")) continue;
        const auto args = file.settings.find("args");
        return UnitokFile{.where = file.path.string(), .tensors = &section->second, .settings = args == file.settings.end() ? "{}" : args->second};
    }
    return std::nullopt;
}

UnitokConfig detectUnitok(const UnitokFile& file) {
    const ConfigReader args(nlohmann::json::parse(file.settings), file.where + ", args");
    const Shapes shapes(file);
    UnitokConfig config;
    config.model = args.text("model", config.model);
    const auto* variant = std::ranges::find(kVariants, std::string_view(config.model), &Variant::name);
    if (variant == kVariants.end()) {
        throw Failure(ErrorCode::Unsupported, "this UniTok's model is \"" + config.model + "\", of which Tessera knows no number of heads", args.file(),
                      "open one of vitamin_large or vitamin_base");
    }
    config.heads = variant->heads;
    config.imageSide = args.integer("img_size", config.imageSide, VitaminShape::kDownsample, kWidest);
    if (config.imageSide % VitaminShape::kDownsample != 0) args.refuse("img_size should be a multiple of " + std::to_string(VitaminShape::kDownsample));
    if (args.integer("num_query", 0, 0, kWidest) != 0) {
        throw Failure(ErrorCode::Unsupported, "this UniTok has query tokens beside its grid, which Tessera does not compute", args.file(), "open one with num_query 0");
    }
    config.codebooks = args.integer("num_codebooks", config.codebooks, 1, kMostCodebooks);
    const int codes = args.integer("vocab_size", kUsualCodes, 1, kMostCodes);
    config.latentChannels = args.integer("vocab_width", config.latentChannels, 1, kWidest);
    checkDivides(args, config.codebooks, "codebooks", codes, "codes (vocab_size)");
    checkDivides(args, config.codebooks, "codebooks", config.latentChannels, "channels (vocab_width)");
    config.codebookSize = codes / config.codebooks;
    const std::string projection = args.text("quant_proj", "attn");
    if (projection != "attn" && projection != "linear") args.refuse("quant_proj should be attn or linear, not " + projection);
    config.attentionProjections = projection == "attn";
    config.embedding = args.integer("embed_dim", config.embedding, 1, kWidest);

    const std::string backbone = "encoder.patch_embed.backbone.";
    config.fineWidth = shapes.side(backbone + "stem.conv1.weight", 0, 4);
    config.middleWidth = shapes.side(backbone + "pool.proj.weight", 1, 4);
    config.width = shapes.side(backbone + "pool.proj.weight", 0, 4);
    config.depth = std::max(shapes.count("encoder.blocks"), shapes.count("decoder.blocks"));
    config.fineBlocks = shapes.count(backbone + "stages.0");
    config.middleBlocks = shapes.count(backbone + "stages.1");
    config.upMiddleBlocks = shapes.count("decoder.up_conv2");
    config.upFineBlocks = shapes.count("decoder.up_conv3");
    checkDivides(args, config.heads, "heads (" + config.model + ")", config.width, "channels");
    if (config.attentionProjections) checkDivides(args, config.latentChannels, "latent channels", config.width, "channels");

    config.textVocabulary = args.integer("text_vocab_size", config.textVocabulary, 1, kMostCodes);
    config.textContext = args.integer("text_context_length", config.textContext, 1, kWidest);
    config.textWidth = args.integer("text_width", config.textWidth, 1, kWidest);
    config.textHeads = args.integer("text_heads", config.textHeads, 1, kWidest);
    config.textLayers = args.integer("text_layers", config.textLayers, 1, kDeepest);
    checkDivides(args, config.textHeads, "heads", config.textWidth, "channels of the text network");
    return config;
}

}  // namespace tessera
