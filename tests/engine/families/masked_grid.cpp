// SPDX-License-Identifier: Apache-2.0
#include "engine/families/masked_grid.h"

#include <fstream>
#include <random>
#include <stdexcept>

#include <tessera/files.h>

#include "support/golden_case.h"

namespace tessera::test {
namespace fs = std::filesystem;
using nlohmann::json;

MaskedGrid::MaskedGrid()
    : config{{"model_type", "tessera_masked_grid"}, {"version", 1}, {"codebook_size", 7}, {"grid_size", {4, 5}}, {"hidden_size", 12}, {"num_layers", 2}, {"num_heads", 3}, {"intermediate_size", 20}, {"hidden_act", "gelu"},
             {"layer_norm_eps", 1e-6}, {"num_classes", 3}, {"text_dim", 0}, {"sampling", {{"steps", 6}, {"choice_temperature", 4.5}, {"schedule", "cosine"}}}} {}

void MaskedGrid::ofDepths(int depths) {
    config["depths"] = depths;
    config["depth"] = {{"layers", 1}, {"width", 8}, {"heads", 2}};
}

TensorMap MaskedGrid::tensors() const {
    std::mt19937 random(11);
    TensorMap all;
    const auto add = [&](const std::string& name, std::vector<std::int64_t> shape, float centre = 0) {
        std::int64_t count = 1;
        for (const std::int64_t side : shape) count *= side;
        std::normal_distribution<float> normal(centre, 0.4F);
        std::vector<float> values(static_cast<std::size_t>(count));
        for (float& value : values) value = normal(random);
        all.emplace(name, float32Tensor(std::move(shape), values));
    };
    const auto linear = [&](const std::string& name, std::int64_t in, std::int64_t out) { add(name + ".weight", {out, in}), add(name + ".bias", {out}); };
    const auto norm = [&](const std::string& name, std::int64_t width) { add(name + ".weight", {width}, 1), add(name + ".bias", {width}); };
    const std::int64_t codes = config["codebook_size"], width = config["hidden_size"], hidden = config["intermediate_size"], classes = config["num_classes"], text = config["text_dim"], depths = config.value("depths", 1);
    const std::int64_t positions = config["grid_size"][0].get<std::int64_t>() * config["grid_size"][1].get<std::int64_t>();
    add("token_embedding.weight", {depths * codes + classes + 1, width});
    add("pos_embed", {1, positions + (classes > 0 || text > 0 ? 1 : 0), width});
    if (text > 0) linear("text_projection", text, width);
    for (int i = 0; i < config["num_layers"].get<int>(); ++i) {
        const std::string block = "blocks." + std::to_string(i) + ".";
        norm(block + "norm1", width), norm(block + "norm2", width);
        linear(block + "attn.qkv", width, 3 * width), linear(block + "attn.proj", width, width);
        linear(block + "mlp.fc1", width, hidden), linear(block + "mlp.fc2", hidden, width);
    }
    norm("norm", width), norm("head.norm", width);
    linear("head.dense", width, width);
    if (depths == 1) {
        add("head.bias", {codes});
        return all;
    }
    const std::int64_t inner = config["depth"]["width"];
    linear("depth.in_mlp_1", width, inner), linear("depth.in_mlp_2", width, inner);
    add("depth.pos_emb_d", {1, depths, inner});
    for (int i = 0; i < config["depth"]["layers"].get<int>(); ++i) {
        const std::string block = "depth.head_transformer.blocks." + std::to_string(i) + ".";
        norm(block + "ln1", inner), norm(block + "ln2", inner);
        for (const char* name : {"attn.query", "attn.key", "attn.value", "attn.proj"}) linear(block + name, inner, inner);
        linear(block + "mlp.0", inner, 4 * inner), linear(block + "mlp.2", 4 * inner, inner);
    }
    norm("depth.classifier_mlp.layer_norm", inner);
    linear("depth.classifier_mlp.linear", inner, codes);
    return all;
}

void MaskedGrid::write(const fs::path& folder) const {
    fs::create_directories(folder);
    std::ofstream(folder / "config.json") << config.dump(1);
    if (const auto error = writeTensorFile((folder / "model.safetensors").string(), tensors())) throw std::runtime_error(toLine(*error));
}

std::string MaskedGrid::write() const {
    const fs::path folder = m_folder->path() / std::to_string(m_written++);
    write(folder);
    return folder.string();
}

}  // namespace tessera::test
