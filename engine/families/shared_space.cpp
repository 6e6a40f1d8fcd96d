// SPDX-License-Identifier: Apache-2.0
#include "families/shared_space.h"

#include <cmath>

#include "core/error.h"
#include "device/device_lane.h"

namespace tessera {

using at::Tensor;

Tensor ofUnitLength(const Tensor& x) { return x / x.norm(2, {-1}, true).clamp_min(1e-12); }

Tensor mapOfTokens(const Tensor& tokens, std::int64_t rows, std::int64_t columns) {
    return tokens.unflatten(1, {rows, columns}).permute({0, 3, 1, 2}).to(at::kFloat).contiguous();
}

Tensor tokensOfMap(const Tensor& map) { return map.permute({0, 2, 3, 1}).flatten(1, 2).contiguous(); }

Tensor normalisedImage(const Tensor& image, const Normalisation& by) {
    const auto perChannel = [&](const std::array<double, 3>& values) {
        return at::tensor({values[0], values[1], values[2]}, at::kDouble).to(at::kFloat).view({1, 3, 1, 1}).to(image.device());
    };
    return (image - perChannel(by.mean)) / perChannel(by.deviation);
}

TextTower::Logits takeLogits(const Weights& w, bool biased) {
    TextTower::Logits logits;
    const auto take = [&](const char* name) {
        const Tensor stored = w.take(name, {}, {1});
        return w.checking() ? 0.0 : stored.item<double>();
    };
    logits.scale = std::exp(take("logit_scale"));
    logits.independent = biased || w.holds("logit_bias");
    if (logits.independent) logits.bias = take("logit_bias");
    return logits;
}

TensorsByName encodedAmong(const TensorsByName& computed) {
    TensorsByName encoded;
    for (const auto& [name, tensor] : computed) encoded[name.starts_with("out.") ? name.substr(4) : name] = tensor;
    return encoded;
}

const Tensor& encodedTensor(const TensorsByName& encoded, std::string_view name) {
    if (const auto found = encoded.find(name); found != encoded.end()) return found->second;
    throw Failure(ErrorCode::Unsupported, "this model has to see the picture itself for that: a file of tokens does not hold enough of it", {}, "open the picture in place of the tokens");
}

TensorsByName sharedSpaceParity(const TextTower& tower, const TensorsByName& inputs, const TensorsByName* encoded, DeviceLane& lane, bool reads) {
    TensorsByName out;
    const TextTower::Logits logits = tower.logits(lane);
    const auto logitsOf = [&](const Tensor& cosines) { return cosines * logits.scale + logits.bias; };
    Tensor texts;
    if (const auto ids = inputs.find("in.input_ids"); reads && ids != inputs.end()) texts = out["out.text_embedding"] = ofUnitLength(tower.embedText(ids->second, lane));  // [T,E]
    if (!encoded) return out;
    out["out.pooled"] = tower.embedImage(*encoded, lane);
    const Tensor images = out["out.image_embedding"] = ofUnitLength(out.at("out.pooled"));
    if (texts.defined()) {
        out["out.logits_per_image"] = logitsOf(at::matmul(images, texts.t()));  // [B,T]
        if (logits.independent) out["out.probability"] = at::sigmoid(out.at("out.logits_per_image"));
    }
    for (const std::string& method : tower.denseMethods()) {
        const Tensor dense = tower.dense(*encoded, method, lane);  // [B,h,w,E]
        out["out.dense." + method] = dense.flatten(1, 2);
        if (!texts.defined()) continue;
        const Tensor cosines = out["out.heatmap." + method] = at::matmul(dense, texts.t()).permute({0, 3, 1, 2});  // [B,T,h,w]
        if (logits.independent) out["out.heatmap_probability." + method] = at::sigmoid(logitsOf(cosines));
    }
    return out;
}

}  // namespace tessera
