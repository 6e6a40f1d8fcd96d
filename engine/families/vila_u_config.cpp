// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "core/error.h"
#include "families/siglip_config.h"
#include "families/vila_u.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kWidest = 1 << 16, kDeepest = 256, kMostCodes = 1 << 24, kMostDepths = 64;
constexpr const char* kModelType = "rqvaesigliptransformer_model";

/// SigLIP models that upstream fetches the config of by name; both have a text tower of the same width and 64 positions.
struct KnownSiglip {
    std::string_view name;
    int width, hidden, heads, layers, imageSide, patch;
};
constexpr std::array kKnownSiglips{KnownSiglip{"siglip-large-patch16-256", 1024, 4096, 16, 24, 256, 16}, KnownSiglip{"siglip-so400m-patch14-384", 1152, 4304, 16, 27, 384, 14}};

/// The config.json of the SigLIP, below the tower's folder or the one that holds it.
std::optional<fs::path> siglipConfig(const Checkpoint& checkpoint, const VilaUFile& file, const std::string& name) {
    if (!ConfigReader::staysBelow(name)) return std::nullopt;
    std::error_code error;
    const fs::path tower = fs::absolute(checkpoint.folder() / file.folder, error).lexically_normal();
    const fs::path folder = tower.has_filename() ? tower : tower.parent_path();
    for (const fs::path& base : {folder, folder.parent_path()}) {
        fs::path config = base / name / "config.json";
        if (fs::is_regular_file(config, error)) return config;
    }
    return std::nullopt;
}

/// Keys that are absent take transformers' defaults.
void readSiglip(const ConfigReader& config, VilaUConfig& result) {
    result.vision = siglipVisionShape(config.below("vision_config"));
    result.text = siglipTextShape(config.below("text_config"));
    result.text.features = result.vision.width;
}

void readKnown(const KnownSiglip& known, VilaUConfig& result) {
    result.vision = {.imageSide = known.imageSide, .patch = known.patch, .width = known.width, .hidden = known.hidden, .heads = known.heads, .layers = known.layers};
    result.text = {.vocabulary = 32000, .context = 64, .width = known.width, .hidden = known.hidden, .heads = known.heads, .layers = known.layers, .features = known.width};
}

void readSiglip(const Checkpoint& checkpoint, const VilaUFile& file, const ConfigReader& tower, VilaUConfig& result) {
    const std::string name = tower.text("pretrained_model", "google/siglip-large-patch16-256");
    if (const auto path = siglipConfig(checkpoint, file, name)) return readSiglip(ConfigReader(Checkpoint::jsonOf(*path), path->string()), result);
    const auto* known = std::ranges::find(kKnownSiglips, fs::path(name).filename().string(), &KnownSiglip::name);
    if (known != kKnownSiglips.end()) return readKnown(*known, result);
    throw Failure(ErrorCode::NotFound, "the tower is built on the SigLIP \"" + name + "\", whose config is not here", file.config,
                  "put its config.json into " + (fs::path(name) / "config.json").string() + " beside the tower's folder");
}

/// Three whole numbers.
std::array<int, 3> shapeOf(const ConfigReader& config, const std::string& key) {
    const std::vector<int> sides = config.integers(key, {}, 1, kWidest);
    if (sides.size() != 3) config.refuse(config.nameOf(key) + " should be a list of three whole numbers");
    return {sides[0], sides[1], sides[2]};
}

void agree(const ConfigReader& config, const std::string& key, int said, int expected, const std::string& of) {
    if (said == expected) return;
    config.refuse(config.nameOf(key) + " says " + std::to_string(said) + " where " + of + " has " + std::to_string(expected));
}

VilaUDepth::Shape depthTransformer(const ConfigReader& config, const VilaUConfig& tower) {
    const ConfigReader head = config.below("head");
    const ConfigReader block = head.below("block");
    const VilaUDepth::Shape result{.codes = config.integer("vocab_size", 1, kMostCodes),
                                   .codewordDim = tower.vision.width,
                                   .languageWidth = config.integer("input_embed_dim_2", 1, kWidest),
                                   .width = config.integer("embed_dim", 1, kWidest),
                                   .layers = head.integer("n_layer", 1, kDeepest),
                                   .heads = block.integer("n_head", 1, kWidest),
                                   .depths = tower.depths};
    block.checkHeads(result.heads, result.width);
    agree(config, "input_embed_dim_1", config.integer("input_embed_dim_1", 1, kWidest), tower.vision.width, "the tower's SigLIP");
    agree(config, "block_size", shapeOf(config, "block_size")[2], tower.depths, "code_shape");
    agree(config, "vocab_size", result.codes, tower.codebookSize, "n_embed");
    return result;
}

}  // namespace

std::optional<VilaUFile> findVilaU(const Checkpoint& checkpoint) {
    for (const std::string& text : checkpoint.textFiles()) {
        if (fs::path(text).filename() != "config.json") continue;
        const nlohmann::json config = checkpoint.json(text);
        if (!config.is_object() || config.value("model_type", nlohmann::json()) != kModelType) continue;
        const fs::path folder = fs::path(text).parent_path();
        for (const Checkpoint::File& file : checkpoint.files()) {
            const auto tensors = file.sections.find("");
            if (file.path.parent_path() != folder || tensors == file.sections.end() || !holdsBelow(tensors->second, "rqvaesiglip.")) continue;
            const fs::path llm = folder.parent_path() / "llm";
            const bool languageModel = std::ranges::any_of(checkpoint.files(), [&](const Checkpoint::File& other) { return other.path.parent_path() == llm; });
            return VilaUFile{.folder = folder.string(), .config = text, .where = file.path.string(), .tensors = &tensors->second, .languageModel = languageModel};
        }
    }
    return std::nullopt;
}

VilaUConfig detectVilaU(const Checkpoint& checkpoint, const VilaUFile& file) {
    const ConfigReader config(checkpoint.json(file.config), file.config);
    const ConfigReader tower = config.below("rqvaesiglip");
    VilaUConfig result;
    readSiglip(checkpoint, file, tower, result);
    const int grid = result.vision.grid();
    if (result.vision.layers < 2) config.refuse("the SigLIP has only " + std::to_string(result.vision.layers) + " block, and the last one is never run");

    const std::array<int, 3> latents = shapeOf(tower, "latent_shape"), codes = shapeOf(tower, "code_shape");
    for (const int axis : {0, 1}) {
        agree(tower, "latent_shape", latents[axis], grid, "the SigLIP's grid of patches");
        agree(tower, "code_shape", codes[axis], grid, "the SigLIP's grid of patches");
    }
    agree(tower, "latent_shape", latents[2], result.vision.width, "the SigLIP");
    agree(tower, "embed_dim", tower.integer("embed_dim", 1, kWidest), result.vision.width, "the SigLIP");
    result.depths = codes[2];
    if (result.depths > kMostDepths) tower.refuse(tower.nameOf("code_shape") + " has more than " + std::to_string(kMostDepths) + " depths");
    result.codebookSize = tower.integer("n_embed", 1, kMostCodes);
    result.sharedCodebook = tower.flag("shared_codebook", false);
    result.decoder = pixelShapeOf(tower.below("ddconfig"));
    checkNormGroups(result.decoder, file.config);
    result.decoderGrid = tower.integers("decoder_latent_shape", {}, 1, kWidest);
    if (!result.decoderGrid.empty() && result.decoderGrid.size() != 2) tower.refuse(tower.nameOf("decoder_latent_shape") + " should be a list of two whole numbers");
    if (config.has("rqtransformer")) result.depthTransformer = depthTransformer(config.below("rqtransformer"), result);
    return result;
}

}  // namespace tessera
