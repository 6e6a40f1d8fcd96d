// SPDX-License-Identifier: Apache-2.0
#include "families/tokenizer_beside.h"

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/part_folder.h"
#include "families/shared_space.h"

namespace tessera {
namespace fs = std::filesystem;

std::optional<fs::path> tokenizerBeside(const Checkpoint& checkpoint) {
    constexpr const char* kConfig = "config.json";
    if (!checkpoint.hasText(kConfig)) return std::nullopt;
    const nlohmann::json config = checkpoint.json(kConfig);
    const nlohmann::json name = config.is_object() ? config.value("tokenizer", nlohmann::json()) : nlohmann::json();
    if (!name.is_string() || name.get<std::string>().empty()) return std::nullopt;
    return (checkpoint.folder() / name.get<std::string>()).lexically_normal();
}

at::Tensor BesideTokenizer::words(const std::string& prompt, int width, const std::string& where, DeviceLane& lane) const {
    const TextTower* tower = model->capabilities().text;
    if (!tower) throw Failure(ErrorCode::Unsupported, "this model draws from text vectors, and its tokenizer has no text tower", where, "name a tokenizer that reads texts as \"tokenizer\" in its config.json");
    known.check(prompt, "generate");
    DeviceLane exact = lane.in(Precision::Fp32);
    const at::Tensor vector = tower->embedText(tower->ids({prompt}), exact);  // [1,E]
    if (vector.size(1) != width) {
        throw Failure(ErrorCode::Mismatch, "the tokenizer's text vectors have " + std::to_string(vector.size(1)) + " numbers, and this model reads " + std::to_string(width), where, "name the tokenizer that it was trained with");
    }
    return ofUnitLength(vector.to(at::kFloat));
}

std::optional<BesideTokenizer> openTokenizerBeside(const Checkpoint& checkpoint) {
    const auto folder = tokenizerBeside(checkpoint);
    if (!folder) return std::nullopt;
    const std::string config = (checkpoint.folder() / "config.json").string();
    std::error_code ignored;
    if (!fs::is_directory(*folder, ignored)) throw Failure(ErrorCode::NotFound, "the tokenizer that this model draws for is not there: " + folder->string(), config, "put it there, or mend \"tokenizer\" in the config");
    return openedIn(*folder, [&] {
        const Checkpoint tokenizer = Checkpoint::open(*folder);
        // It could name itself.
        if (tokenizerBeside(tokenizer)) throw Failure(ErrorCode::Mismatch, "what this model draws for has a tokenizer of its own", config, "name a tokenizer");
        return BesideTokenizer{*folder, openModelOf(tokenizer), KnownWords(*folder / "words.txt")};
    });
}

}  // namespace tessera
