// SPDX-License-Identifier: Apache-2.0
#include "train/frozen_tokens.h"

#include <c10/core/GradMode.h>

#include "core/error.h"
#include "families/shared_space.h"
#include "families/tessera_mini_networks.h"
#include "train/k_means.h"

namespace tessera::train {

namespace fs = std::filesystem;
using at::Tensor;
using Networks = TesseraMiniNetworks;

FrozenTokens::FrozenTokens(const Checkpoint& checkpoint, Parameters& parameters) : m_parameters(parameters) {
    if (!isTesseraMini(checkpoint)) throw Failure(ErrorCode::Mismatch, "this is no tessera-mini", checkpoint.path().string(), "give a folder with its config.json and model.safetensors");
    m_config = TesseraMiniConfig::detect(checkpoint);
    const TesseraAutoencoderFile file = tesseraMiniFile(checkpoint);
    parameters.add("", *file.tensors, file.where);
}

Tensor FrozenTokens::tokens(const Tensor& images, const Placement& placement, ForwardPass& pass) const {
    const c10::NoGradGuard still;
    const Weights w = weights(placement);
    const TesseraAutoencoderNetworks::Encoder autoencoder(w / "autoencoder" / "encoder", m_config.autoencoder);
    const Networks::Encoder encoder(w, m_config);
    return encoder(autoencoder((2 * images - 1).contiguous(at::MemoryFormat::ChannelsLast), pass).first, pass);
}

FrozenTokens::Coded FrozenTokens::coded(const Tensor& images, const Placement& placement, ForwardPass& pass) const {
    const c10::NoGradGuard still;
    const Tensor points = tokens(images, placement, pass).permute({0, 2, 3, 1});  // [n,h,w,T]
    const ResidualCodes found = residualCodes(points.reshape({-1, m_config.tokenDim()}), m_parameters.at("quantizer.codebooks").unbind(0), m_config.beam);
    const auto byPicture = [&](const Tensor& all) { return all.unflatten(0, {images.size(0), -1}); };
    return {byPicture(found.codes), byPicture(at::stack(found.sums, 1))};
}

Tensor FrozenTokens::sums(const Tensor& codes) const {
    const c10::NoGradGuard still;
    const Tensor books = m_parameters.at("quantizer.codebooks");  // [D,K,T]
    return books.index({at::arange(codes.size(-1)), codes}).cumsum(-2);
}

Tensor FrozenTokens::texts(const Tensor& ids, const Placement& placement, ForwardPass& pass) const {
    const c10::NoGradGuard still;
    const Networks::SharedSpace shared(weights(placement), m_config);
    return ofUnitLength(shared.text(ids, pass).to(at::kFloat));
}

fs::path tokenizerOf(const NewModel& model) {
    if (model.hasConfigs()) throw Failure(ErrorCode::Unsupported, "what draws is made anew beside a trained tokenizer, not with it", "model.fresh", "name the tokenizer in [model.make]");
    const fs::path from = model.path("tokenizer");
    if (from.empty()) throw Failure(ErrorCode::Invalid, "model.make.tokenizer names the trained tessera-mini that the model is for, and is not there", "model.make", "name it");
    std::error_code ignored;
    if (!fs::is_directory(from, ignored)) throw Failure(ErrorCode::NotFound, "the trained tessera-mini is not there", from.string(), "train resources/recipes/tessera_mini.toml first");
    return from;
}

namespace {

void copyWords(const NewModel& model) {
    if (const fs::path words = model.path("words"); !words.empty()) model.copy(words, "words.txt");
}

}  // namespace

void copyTokenizerConfigs(NewModel& model, const fs::path& tokenizer) {
    for (const auto& each : fs::directory_iterator(tokenizer)) {
        if (each.is_regular_file() && each.path().extension() == ".json") model.copy(each.path(), each.path().filename().string());
    }
    copyWords(model);
}

FrozenTokens takeTokenizer(NewModel& model, const std::string& anew, Parameters& frozen) {
    const fs::path from = tokenizerOf(model);
    FrozenTokens tokens(Checkpoint::open(from), frozen);
    for (const auto& each : fs::recursive_directory_iterator(from)) {
        const fs::path inside = each.path().lexically_relative(from);
        if (each.is_regular_file() && *inside.begin() != anew) model.copy(each.path(), inside.string());
    }
    copyWords(model);
    return tokens;
}

}  // namespace tessera::train
