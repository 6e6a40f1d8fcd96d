// SPDX-License-Identifier: Apache-2.0
#include "families/vila_u_language.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "families/llama_config.h"

namespace tessera {

using at::Tensor;
namespace fs = std::filesystem;

namespace {

constexpr int kMostFrames = 256, kMostIds = 1 << 24, kMostLayers = 8;

const Checkpoint::File* fileIn(const Checkpoint& checkpoint, const fs::path& folder) {
    const auto found = std::ranges::find_if(checkpoint.files(), [&](const Checkpoint::File& each) { return each.path.parent_path() == folder && each.sections.contains(""); });
    return found == checkpoint.files().end() ? nullptr : &*found;
}

ConfigReader configIn(const Checkpoint& checkpoint, const fs::path& folder) {
    const std::string path = (folder / "config.json").string();
    if (!checkpoint.hasText(path)) throw Failure(ErrorCode::NotFound, "there is no config.json beside the weights", (checkpoint.folder() / folder).string(), "download the whole release");
    return ConfigReader(checkpoint.json(path), path);
}

/// "linear", "identity", or "mlp2x_gelu": so many layers with GELUs between them.
std::vector<std::string> projectorNames(const ConfigReader& config) {
    const std::string kind = config.text("mm_projector_type", "");
    if (kind == "identity") return {};
    if (kind == "linear") return {"layers"};
    const std::string before = "mlp", behind = "x_gelu";
    if (kind.size() == before.size() + 1 + behind.size() && kind.starts_with(before) && kind.ends_with(behind)) {
        const int layers = kind[before.size()] - '0';
        std::vector<std::string> names;
        for (int i = 0; i < layers; ++i) names.push_back("layers." + std::to_string(2 * i));
        if (layers >= 1 && layers <= kMostLayers) return names;
    }
    throw Failure(ErrorCode::Unsupported, "mm_projector_type is \"" + kind + "\", and Tessera computes identity, linear and mlp2x_gelu with its like", config.file(), "open a model that uses one of them");
}

std::vector<Linear> projectorLayers(const Weights& w, const VilaULanguageFile& file) {
    std::vector<Linear> layers;
    int in = file.towerWidth;
    for (const std::string& name : file.projectorNames) {
        layers.emplace_back(w / name, Linear::Shape{.in = in, .out = file.llama.width});
        in = file.llama.width;
    }
    return layers;
}

}  // namespace

std::optional<VilaULanguageFile> detectVilaULanguage(const Checkpoint& checkpoint, const VilaUFile& file, const VilaUConfig& tower) {
    if (!file.languageModel) return std::nullopt;
    const fs::path root = fs::path(file.folder).parent_path(), llm = root / "llm", projector = root / "mm_projector";
    VilaULanguageFile result;
    const Checkpoint::File *language = fileIn(checkpoint, llm), *bridge = fileIn(checkpoint, projector);
    TESSERA_ASSERT(language != nullptr);
    result.where = language->path.string();
    result.tensors = language->sections.at("");
    const ConfigReader config = configIn(checkpoint, llm);
    if (const std::string kind = config.text("model_type", "llama"); kind != "llama") {
        throw Failure(ErrorCode::Unsupported, "the language model is a \"" + kind + "\", and Tessera computes LLaMA's", config.file(), "open a VILA-U of the first release");
    }
    result.llama = llamaShapeOf(config);
    if (config.has("tokenizer_model_max_length")) result.llama.positions = std::min(result.llama.positions, config.integer("tokenizer_model_max_length", 1, kMostIds));
    result.ends = answerEnds(checkpoint, llm.string());
    result.prompt = VilaUPrompt({.folder = checkpoint.folder() / llm, .rules = "hf_slow_llama", .context = result.llama.positions}, result.llama.vocabulary, (checkpoint.folder() / llm).string());

    const ConfigReader bridgeConfig = configIn(checkpoint, projector);
    result.projectorNames = projectorNames(bridgeConfig);
    result.towerWidth = tower.vision.width;
    if (bridge) {
        result.projectorWhere = bridge->path.string();
        result.projector = bridge->sections.at("");
    } else if (!result.projectorNames.empty()) {
        throw Failure(ErrorCode::NotFound, "the weights that bring pictures into the language model are not there", (checkpoint.folder() / projector).string(), "download the whole release");
    }
    if (result.projectorNames.empty() && result.towerWidth != result.llama.width) {
        bridgeConfig.refuse("mm_projector_type is identity, but the tower has " + std::to_string(result.towerWidth) + " channels and the language model " + std::to_string(result.llama.width));
    }
    if (tower.depthTransformer && tower.depthTransformer->languageWidth != result.llama.width) {
        config.refuse("hidden_size says " + std::to_string(result.llama.width) + " where the tower's rqtransformer.input_embed_dim_2 has " + std::to_string(tower.depthTransformer->languageWidth));
    }
    if (const std::string top = (root / "config.json").string(); checkpoint.hasText(top)) {
        const ConfigReader release(checkpoint.json(top), top);
        result.clipFrames = release.integer("num_video_frames", result.clipFrames, 1, kMostFrames);
        result.squeezes = release.text("image_aspect_ratio", "resize") == "resize";
    }
    return result;
}

VilaULanguage::VilaULanguage(const Weights& language, const Weights& projectorWeights, const VilaULanguageFile& file)
    : projector(projectorLayers(projectorWeights, file)), llama(language / "model", language, file.llama) {}

Tensor VilaULanguage::projected(const Tensor& sums) const {
    Tensor x = sums;
    for (std::size_t i = 0; i < projector.size(); ++i) x = i + 1 < projector.size() ? projector[i].withGelu(x, Gelu::Exact) : projector[i](x);
    return x.to(at::kFloat);
}

Tensor VilaULanguage::woven(const std::vector<std::int64_t>& ids, const Tensor& sums) const {
    const auto places = std::ranges::count(ids, VilaUPrompt::kPicture);
    if (places != sums.size(0)) {
        throw Failure(ErrorCode::Mismatch, "the text has " + std::to_string(places) + " places for pictures, and there are " + std::to_string(sums.size(0)), "input_ids", "mark each picture's place once");
    }
    if (static_cast<std::int64_t>(ids.size()) - places + sums.size(0) * sums.size(1) > llama.shape().positions) {
        throw Failure(ErrorCode::Invalid, "pictures and text would have more than the " + std::to_string(llama.shape().positions) + " tokens that this model reads", "describe", "give fewer pictures, or ask less");
    }
    const Tensor pictures = projected(sums);  // [n,L,W]
    std::vector<Tensor> parts;
    std::int64_t next = 0;
    for (auto begin = ids.begin(); begin != ids.end();) {
        if (*begin == VilaUPrompt::kPicture) {
            parts.push_back(pictures[next++]);
            ++begin;
            continue;
        }
        const auto end = std::find(begin, ids.end(), VilaUPrompt::kPicture);
        const Tensor words = at::tensor(std::vector<std::int64_t>(begin, end), at::kLong).unsqueeze(0).to(sums.device());
        parts.push_back(llama.embedded(words)[0]);
        begin = end;
    }
    return at::cat(parts).unsqueeze(0);
}

std::int64_t VilaULanguage::projectorWeights() const {
    double flops = 0;
    for (const Linear& each : projector) flops += each.flops(1);
    return static_cast<std::int64_t>(flops / 2);
}

}  // namespace tessera
