// SPDX-License-Identifier: Apache-2.0
#include "engine/families/masked_grid.h"

#include <fstream>
#include <stdexcept>

#include <tessera/files.h>

#include "engine/families/random_tensors.h"

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

void MaskedGrid::ofTokenizer() {
    ofDepths(3);
    config["codebook_size"] = 8;
    config["tokenizer"] = "..";
}

TensorMap MaskedGrid::tensors() const {
    RandomTensors make(11, 0.4F);
    const std::int64_t codes = config["codebook_size"], width = config["hidden_size"], hidden = config["intermediate_size"], classes = config["num_classes"], text = config["text_dim"], depths = config.value("depths", 1);
    const std::int64_t positions = config["grid_size"][0].get<std::int64_t>() * config["grid_size"][1].get<std::int64_t>();
    make.add("token_embedding.weight", {depths * codes + classes + 1, width});
    make.add("pos_embed", {1, positions + (classes > 0 || text > 0 ? 1 : 0), width});
    if (text > 0) make.linear("text_projection", text, width);
    for (int i = 0; i < config["num_layers"].get<int>(); ++i) {
        const std::string block = "blocks." + std::to_string(i) + ".";
        make.norm(block + "norm1", width), make.norm(block + "norm2", width);
        make.linear(block + "attn.qkv", width, 3 * width), make.linear(block + "attn.proj", width, width);
        make.linear(block + "mlp.fc1", width, hidden), make.linear(block + "mlp.fc2", hidden, width);
    }
    make.norm("norm", width), make.norm("head.norm", width);
    make.linear("head.dense", width, width);
    if (depths == 1) {
        make.add("head.bias", {codes});
        return make.all;
    }
    const std::int64_t inner = config["depth"]["width"];
    make.linear("depth.in_mlp_1", width, inner), make.linear("depth.in_mlp_2", width, inner);
    make.add("depth.pos_emb_d", {1, depths, inner});
    for (int i = 0; i < config["depth"]["layers"].get<int>(); ++i) {
        const std::string block = "depth.head_transformer.blocks." + std::to_string(i) + ".";
        make.norm(block + "ln1", inner), make.norm(block + "ln2", inner);
        for (const char* name : {"attn.query", "attn.key", "attn.value", "attn.proj"}) make.linear(block + name, inner, inner);
        make.linear(block + "mlp.0", inner, 4 * inner), make.linear(block + "mlp.2", 4 * inner, inner);
    }
    make.norm("depth.classifier_mlp.layer_norm", inner);
    make.linear("depth.classifier_mlp.linear", inner, codes);
    return make.all;
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

std::string MaskedGrid::writeInTokenizer(const fs::path& folder) const {
    fs::remove_all(folder);
    fs::copy(fs::path(TESSERA_SOURCE_DIR) / "tests/engine/families/tessera_mini/model", folder, fs::copy_options::recursive);
    write(folder / "masked_generator");
    return (folder / "masked_generator").string();
}

}  // namespace tessera::test
