// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <system_error>

#include "core/error.h"
#include "families/config_reader.h"
#include "families/openvision3.h"
#include "store/hub_cache.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kWidest = 1 << 16, kDeepest = 512, kMostIds = 1 << 24;
constexpr const char* kManifest = "openvision3.json";
constexpr const char* kFormat = "openvision3-complete";

/// Path of the manifest inside the checkpoint.
std::optional<std::string> findManifest(const Checkpoint& checkpoint) {
    for (const std::string& text : checkpoint.textFiles()) {
        if (fs::path(text).filename() != kManifest) continue;
        const nlohmann::json manifest = checkpoint.json(text);
        if (manifest.is_object() && manifest.value("format", nlohmann::json()) == kFormat) return text;
    }
    return std::nullopt;
}

std::string partFolder(const ConfigReader& manifest, const std::string& root, const char* key) {
    const fs::path path = manifest.text(key, key);
    if (!ConfigReader::staysBelow(path)) manifest.refuse(manifest.nameOf(key) + " should name a folder beside the manifest");
    return (fs::path(root) / path).lexically_normal().string();
}

OpenVision3File::Part tensorsIn(const Checkpoint& checkpoint, const std::string& folder) {
    for (const Checkpoint::File& file : checkpoint.files()) {
        const auto tensors = file.sections.find("");
        if (file.path.parent_path() == folder && tensors != file.sections.end()) return {file.path.string(), tensors->second};
    }
    throw Failure(ErrorCode::NotFound, "the folder " + folder + " holds no tensors", checkpoint.path().string(), "put its model.safetensors there");
}

std::string configIn(const std::string& folder) { return (fs::path(folder) / "config.json").string(); }

OpenVision3File::DecoderPart readDecoder(const Checkpoint& checkpoint, const std::string& folder, const ClipVisionShape& encoder) {
    return {tensorsIn(checkpoint, folder), openVision3DecoderShape(checkpoint.json(configIn(folder)), configIn(folder), encoder)};
}

OpenVision3File::CaptionPart readCaptions(const Checkpoint& checkpoint, const std::string& folder, const ClipVisionShape& encoder) {
    return {tensorsIn(checkpoint, folder), openVision3CaptionShape(checkpoint.json(configIn(folder)), configIn(folder), encoder)};
}

OpenVision3File complete(const Checkpoint& checkpoint, const std::string& path) {
    const ConfigReader manifest(checkpoint.json(path), path);
    const std::string root = fs::path(path).parent_path().string();
    const auto encoder = findOpenClip(checkpoint, partFolder(manifest, root, "encoder"));
    if (!encoder) throw Failure(ErrorCode::NotFound, "the encoder that the manifest names is not there", path, "put open_clip_config.json and open_clip_model.safetensors into its folder");
    OpenVision3File file{.encoder = detectOpenClip(checkpoint, *encoder), .vae = checkpoint.folder() / partFolder(manifest, root, "vae"), .decoder = {}, .captions = {}, .flow = {}};
    if (manifest.has("image_size")) {
        const std::vector<int> sides = manifest.integersEach("image_size", 2, 1, kWidest);
        file.height = sides[0];
        file.width = sides[1];
    }
    if (manifest.has("decoder")) file.decoder = readDecoder(checkpoint, partFolder(manifest, root, "decoder"), file.encoder.vision);
    file.flow = FlowGeneratorFile::besides(checkpoint, (fs::path(root) / "generator").string());
    if (file.flow && !file.decoder) manifest.refuse("there is a generator, and no decoder for the tokens that it makes");
    if (manifest.has("text_decoder")) file.captions = readCaptions(checkpoint, partFolder(manifest, root, "text_decoder"), file.encoder.vision);
    return file;
}

/// The VAE that the release expects: in a folder vae/ inside the encoder's or beside it, or in the hub cache.
fs::path releasedVae(const Checkpoint& checkpoint) {
    std::error_code error;
    const fs::path folder = fs::absolute(checkpoint.folder(), error).lexically_normal();
    const fs::path inside = folder.has_filename() ? folder : folder.parent_path();
    for (const fs::path& path : {inside / "vae", inside.parent_path() / "vae"}) {
        if (fs::is_directory(path, error)) return path;
    }
    for (const char* id : {"Letian2003/black-forest-labs_FLUX.1-dev_vae", "black-forest-labs/FLUX.1-dev", "black-forest-labs/FLUX.1-schnell"}) {
        const auto snapshot = HubCache().find(id);
        if (snapshot && fs::is_directory(*snapshot / "vae", error)) return *snapshot / "vae";
        if (snapshot && fs::is_regular_file(*snapshot / "diffusion_pytorch_model.safetensors", error)) return *snapshot;
    }
    throw Failure(ErrorCode::NotFound, "this OpenVision 3 encoder works on latents of the FLUX.1 VAE, which is not here", checkpoint.path().string(),
                  "put the VAE's config.json and diffusion_pytorch_model.safetensors into a folder named vae beside the encoder's folder");
}

}  // namespace

TokenDecoder::Shape openVision3DecoderShape(const nlohmann::json& json, const std::string& path, const ClipVisionShape& encoder) {
    const ConfigReader config(json, path);
    config.expect("model_type", "openvision3_decoder");
    config.expect("hidden_act", "gelu");
    const std::vector<int> grid = config.integersEach("grid_size", 2, 1, kWidest);
    TokenDecoder::Shape shape{.tokenDim = config.integer("in_dim", 1, kWidest),
                              .width = config.integer("embed_dim", 1, kWidest),
                              .heads = config.integer("num_heads", 1, kWidest),
                              .layers = config.integer("depth", 1, kDeepest),
                              .rows = grid[0],
                              .columns = grid[1],
                              .upsample = config.integer("upsample", 2, 1, 64),
                              .latents = config.integer("latent_channels", 1, kWidest),
                              .epsilon = config.positive("layer_norm_eps", 1e-6)};
    shape.hidden = config.mlpWidth(shape.width);
    config.checkHeads(shape.heads, shape.width);
    if (config.integer("patch_size", 1, 1, kWidest) != 1) config.refuse(config.nameOf("patch_size") + " should be 1: tokens are decoded one by one");
    const auto agree = [&](const char* key, int said, int expected) {
        if (said != expected) config.refuse(config.nameOf(key) + " says " + std::to_string(said) + " where the encoder has " + std::to_string(expected));
    };
    agree("in_dim", shape.tokenDim, encoder.dim);
    agree("grid_size", shape.rows, encoder.rows());
    agree("grid_size", shape.columns, encoder.columns());
    agree("upsample", shape.upsample, encoder.patch);
    agree("latent_channels", shape.latents, encoder.channels);
    return shape;
}

CaptionDecoder::Shape openVision3CaptionShape(const nlohmann::json& json, const std::string& path, const ClipVisionShape& encoder) {
    const ConfigReader config(json, path);
    config.expect("model_type", "openvision3_text_decoder");
    config.expect("hidden_act", "gelu_pytorch_tanh");
    CaptionDecoder::Shape shape{.vocabulary = config.integer("vocab_size", 1, kMostIds),
                                .context = config.integer("context_length", 2, kWidest),
                                .tokenDim = config.integer("in_dim", 1, kWidest),
                                .width = config.integer("width", 1, kWidest),
                                .heads = config.integer("heads", 1, kWidest),
                                .layers = config.integer("layers", 1, kDeepest),
                                .epsilon = config.positive("layer_norm_eps", 1e-6)};
    shape.hidden = config.mlpWidth(shape.width);
    shape.begin = config.integer("bos_token_id", 1, 0, shape.vocabulary - 1);
    shape.end = config.integer("eos_token_id", 2, 0, shape.vocabulary - 1);
    shape.padding = config.integer("pad_token_id", 0, 0, shape.vocabulary - 1);
    config.checkHeads(shape.heads, shape.width);
    if (shape.tokenDim != encoder.dim) config.refuse(config.nameOf("in_dim") + " says " + std::to_string(shape.tokenDim) + " where the encoder has " + std::to_string(encoder.dim));
    return shape;
}

std::optional<std::string> findOpenVision3(const Checkpoint& checkpoint) {
    if (findManifest(checkpoint)) return "complete";
    const auto encoder = findOpenClip(checkpoint);
    return encoder && encoder->channels != 3 ? std::optional<std::string>("released") : std::nullopt;
}

OpenVision3File detectOpenVision3(const Checkpoint& checkpoint) {
    if (const auto manifest = findManifest(checkpoint)) return complete(checkpoint, *manifest);
    return {.encoder = detectOpenClip(checkpoint, *findOpenClip(checkpoint)), .vae = releasedVae(checkpoint), .decoder = {}, .captions = {}, .flow = {}};
}

}  // namespace tessera
