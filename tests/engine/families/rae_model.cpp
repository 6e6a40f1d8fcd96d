// SPDX-License-Identifier: Apache-2.0
#include "engine/families/rae_model.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <tessera/files.h>

#include "engine/families/random_tensors.h"

namespace tessera::test {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kEncoder = "facebook/tiny/model.safetensors";
constexpr const char *kDecoder = "models/decoders/decoder.safetensors", *kStatistics = "models/stats/stat.safetensors", *kFlow = "models/DiTs/a/b/XL/stage2_model.safetensors", *kWeak = "models/DiTs/a/b/S/stage2_model.safetensors";

constexpr float kSpread = 0.3F;

TensorMap encoderTensors() {
    const std::int64_t C = RaeModel::kChannels, patch = 4, positions = 25, hidden = 24;
    RandomTensors make(3, kSpread);
    make.add("embeddings.cls_token", {1, 1, C}), make.add("embeddings.mask_token", {1, C}), make.add("embeddings.register_tokens", {1, 4, C}), make.add("embeddings.position_embeddings", {1, 1 + positions, C});
    make.add("embeddings.patch_embeddings.projection.weight", {C, 3, patch, patch}), make.add("embeddings.patch_embeddings.projection.bias", {C});
    const std::string layer = "encoder.layer.0.";
    for (const char* name : {"query", "key", "value"}) make.linear(layer + "attention.attention." + name, C, C);
    make.linear(layer + "attention.output.dense", C, C);
    make.norm(layer + "norm1", C), make.norm(layer + "norm2", C), make.norm("layernorm", C);
    make.add(layer + "layer_scale1.lambda1", {C}, 1), make.add(layer + "layer_scale2.lambda1", {C}, 1);
    make.linear(layer + "mlp.fc1", C, hidden), make.linear(layer + "mlp.fc2", hidden, C);
    return make.all;
}

constexpr std::int64_t kEncoderHidden = 24, kEncoderPatch = 4;

/// SigLIP's names; of 4 x 4 positions.
TensorMap siglipTensors() {
    const std::int64_t C = RaeModel::kChannels;
    RandomTensors make(13, kSpread);
    make.add("vision_model.embeddings.patch_embedding.weight", {C, 3, kEncoderPatch, kEncoderPatch}), make.add("vision_model.embeddings.patch_embedding.bias", {C});
    make.add("vision_model.embeddings.position_embedding.weight", {RaeModel::kGrid * RaeModel::kGrid, C});
    const std::string layer = "vision_model.encoder.layers.0.";
    for (const char* name : {"q_proj", "k_proj", "v_proj", "out_proj"}) make.linear(layer + "self_attn." + name, C, C);
    make.norm(layer + "layer_norm1", C), make.norm(layer + "layer_norm2", C), make.norm("vision_model.post_layernorm", C);
    make.linear(layer + "mlp.fc1", C, kEncoderHidden), make.linear(layer + "mlp.fc2", kEncoderHidden, C);
    return make.all;
}

/// transformers' names; of 5 x 5 positions, which are resampled.
TensorMap maeTensors() {
    const std::int64_t C = RaeModel::kChannels;
    RandomTensors make(17, kSpread);
    make.add("vit.embeddings.cls_token", {1, 1, C}), make.add("vit.embeddings.position_embeddings", {1, 1 + 25, C});
    make.add("vit.embeddings.patch_embeddings.projection.weight", {C, 3, kEncoderPatch, kEncoderPatch}), make.add("vit.embeddings.patch_embeddings.projection.bias", {C});
    const std::string layer = "vit.encoder.layer.0.";
    for (const char* name : {"query", "key", "value"}) make.linear(layer + "attention.attention." + name, C, C);
    make.linear(layer + "attention.output.dense", C, C), make.linear(layer + "intermediate.dense", C, kEncoderHidden), make.linear(layer + "output.dense", kEncoderHidden, C);
    make.norm(layer + "layernorm_before", C), make.norm(layer + "layernorm_after", C), make.norm("vit.layernorm", C);
    return make.all;
}

TensorMap decoderTensors() {
    const std::int64_t C = RaeModel::kChannels, H = 8, hidden = 16, patch = RaeModel::kSide / RaeModel::kGrid, N = RaeModel::kGrid * RaeModel::kGrid;
    RandomTensors make(5, kSpread);
    make.linear("decoder_embed", C, H);
    make.add("trainable_cls_token", {1, 1, H}), make.add("decoder_pos_embed", {1, N + 1, H});
    const std::string layer = "decoder_layers.0.";
    for (const char* name : {"query", "key", "value"}) make.linear(layer + "attention.attention." + name, H, H);
    make.linear(layer + "attention.output.dense", H, H), make.linear(layer + "intermediate.dense", H, hidden), make.linear(layer + "output.dense", hidden, H);
    make.norm(layer + "layernorm_before", H), make.norm(layer + "layernorm_after", H), make.norm("decoder_norm", H);
    make.linear("decoder_pred", H, patch * patch * 3);
    return make.all;
}

void write(const fs::path& path, const json& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text.dump(1);
}

}  // namespace

RaeModel::RaeModel()
    : config{{"stage_1",
              {{"target", "stage1.RAE"},
               {"params",
                {{"encoder_cls", "Dinov2withNorm"}, {"encoder_config_path", "facebook/tiny"}, {"encoder_input_size", 16}, {"encoder_params", {{"dinov2_path", "facebook/tiny"}, {"normalize", true}}},
                 {"decoder_config_path", "configs/decoder"}, {"pretrained_decoder_path", kDecoder}, {"normalization_stat_path", kStatistics}, {"decoder_patch_size", 4}}}}},
             {"stage_2",
              {{"target", "stage2.models.DDT.DiTwDDTHead"}, {"ckpt", kFlow},
               {"params", {{"input_size", kGrid}, {"in_channels", kChannels}, {"hidden_size", {16, 24}}, {"depth", {1, 1}}, {"num_heads", {2, 2}}, {"mlp_ratio", 2.0}, {"num_classes", 3}}}}},
             {"sampler", {{"params", {{"sampling_method", "euler"}, {"num_steps", 7}}}}},
             {"guidance",
              {{"method", "autoguidance"}, {"scale", 1.5}, {"t-min", 0.0}, {"t-max", 1.0},
               {"guidance_model",
                {{"target", "stage2.models.DDT.DiTwDDTHead"}, {"ckpt", kWeak},
                 {"params", {{"input_size", kGrid}, {"in_channels", kChannels}, {"hidden_size", {8, 8}}, {"depth", {1, 1}}, {"num_heads", {1, 2}}, {"mlp_ratio", 2.0}, {"num_classes", 3}}}}}}},
             {"misc", {{"time_dist_shift_dim", 192}, {"time_dist_shift_base", 48}}}},
      encoder{{"model_type", "dinov2_with_registers"}, {"hidden_size", kChannels}, {"image_size", 20}, {"patch_size", 4}, {"num_attention_heads", 3}, {"num_hidden_layers", 1}, {"num_register_tokens", 4}, {"mlp_ratio", 2}, {"hidden_act", "gelu"}},
      preprocessor{{"image_mean", {0.485, 0.456, 0.406}}, {"image_std", {0.229, 0.224, 0.225}}},
      decoder{{"decoder_hidden_size", 8}, {"decoder_intermediate_size", 16}, {"decoder_num_attention_heads", 2}, {"decoder_num_hidden_layers", 1}, {"hidden_act", "gelu"}, {"patch_size", "SHOULD BE RELOADED"}, {"num_channels", 3}} {
    weights[kEncoder] = encoderTensors();
    weights[kDecoder] = decoderTensors();
    RandomTensors statistics(7, kSpread);
    statistics.add("mean", {kChannels, kGrid, kGrid});
    statistics.add("var", {kChannels, kGrid, kGrid}, 1, 0.3F);
    weights[kStatistics] = statistics.all;
    makeFlow();
}

void RaeModel::overSiglip2() {
    json& params = config["stage_1"]["params"];
    params["encoder_cls"] = "SigLIP2wNorm";
    params["encoder_params"] = {{"model_name", "facebook/tiny"}};
    encoder = {{"model_type", "siglip"},
               {"vision_config",
                {{"model_type", "siglip_vision_model"}, {"hidden_size", kChannels}, {"image_size", kSide}, {"patch_size", kEncoderPatch}, {"num_attention_heads", 3}, {"num_hidden_layers", 1}, {"intermediate_size", kEncoderHidden}, {"hidden_act", "gelu_pytorch_tanh"}}}};
    preprocessor = {{"image_mean", {0.5, 0.5, 0.5}}, {"image_std", {0.5, 0.5, 0.5}}};
    weights[kEncoder] = siglipTensors();
}

void RaeModel::overMae() {
    json& params = config["stage_1"]["params"];
    params["encoder_cls"] = "MAEwNorm";
    params["encoder_params"] = {{"model_name", "facebook/tiny"}};
    encoder = {{"model_type", "vit_mae"}, {"hidden_size", kChannels}, {"image_size", 20}, {"patch_size", kEncoderPatch}, {"num_attention_heads", 3}, {"num_hidden_layers", 1}, {"intermediate_size", kEncoderHidden}, {"hidden_act", "gelu"}};
    weights[kEncoder] = maeTensors();
}

void RaeModel::makeFlow() {
    weights[kFlow] = flowTensors(config["stage_2"]["params"], config["stage_2"]["target"].get<std::string>().ends_with("DDTHead"));
    if (config["guidance"].contains("guidance_model")) weights[kWeak] = flowTensors(config["guidance"]["guidance_model"]["params"], true);
}

TensorMap RaeModel::flowTensors(const json& params, bool ddt) const {
    RandomTensors make(9, 0.15F);  // a flow that bends gently
    const auto of = [&](const char* key, std::size_t i) -> std::int64_t { return ddt ? params[key][i].get<std::int64_t>() : i == 0 ? params[key].get<std::int64_t>() : 0; };
    const std::int64_t C = params["in_channels"], grid = params["input_size"], width = of("hidden_size", 0), head = ddt ? of("hidden_size", 1) : width, layers = of("depth", 0), heads = of("depth", 1), text = params.value("text_width", 0);
    make.add("pos_embed", {1, grid * grid, width});
    make.add("x_embedder.proj.weight", {head, C, 1, 1}), make.add("x_embedder.proj.bias", {head});
    if (ddt) make.add("s_embedder.proj.weight", {width, C, 1, 1}), make.add("s_embedder.proj.bias", {width});
    if (ddt && width != head) make.linear("s_projector", width, head);
    make.add("t_embedder.W", {256}, 0, 0.3F), make.linear("t_embedder.mlp.0", 512, width), make.linear("t_embedder.mlp.2", width, width);
    make.add("y_embedder.embedding_table.weight", {text > 0 ? 1 : params["num_classes"].get<std::int64_t>() + 1, width});
    if (text > 0) make.linear("y_embedder.text", text, width);
    for (std::int64_t i = 0; i < layers + heads; ++i) {
        const std::string block = "blocks." + std::to_string(i) + ".";
        const std::int64_t w = i < layers ? width : head, hidden = static_cast<std::int64_t>(2.0 / 3 * static_cast<double>(static_cast<std::int64_t>(static_cast<double>(w) * params["mlp_ratio"].get<double>())));
        make.add(block + "norm1.weight", {w}, 1), make.add(block + "norm2.weight", {w}, 1);
        make.linear(block + "attn.qkv", w, 3 * w), make.linear(block + "attn.proj", w, w);
        make.linear(block + "mlp.w12", w, 2 * hidden), make.linear(block + "mlp.w3", hidden, w);
        make.linear(block + "adaLN_modulation.1", w, 6 * w);
    }
    make.add("final_layer.norm_final.weight", {head}, 1);
    make.linear("final_layer.linear", head, C), make.linear("final_layer.adaLN_modulation.1", head, 2 * head);
    return make.all;
}

std::string RaeModel::write() const {
    const fs::path folder = m_folder->path() / std::to_string(m_written++);
    test::write(folder / "configs/stage2/sample.yaml", config);
    test::write(folder / "configs/decoder/config.json", decoder);
    test::write(folder / "facebook/tiny/config.json", encoder);
    test::write(folder / "facebook/tiny/preprocessor_config.json", preprocessor);
    for (const auto& [path, tensors] : weights) {
        fs::create_directories((folder / path).parent_path());
        if (const auto error = writeTensorFile((folder / path).string(), tensors)) throw std::runtime_error(toLine(*error));
    }
    if (!classes.empty()) std::ofstream(folder / "classes.txt") << classes;
    return folder.string();
}

}  // namespace tessera::test
