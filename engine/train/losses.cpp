// SPDX-License-Identifier: Apache-2.0
#include "train/losses.h"

#include <cmath>

#include <c10/core/GradMode.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace tessera::train {

using at::Tensor;

Tensor pairLogits(const Tensor& images, const Tensor& texts, const Tensor& logScale, const Tensor& bias) {
    const Tensor logits = at::exp(logScale) * at::matmul(images, texts.t());
    return bias.defined() ? logits + bias : logits;
}

Tensor infoNce(const Tensor& logits) {
    return (at::log_softmax(logits, 1).diagonal().mean() + at::log_softmax(logits, 0).diagonal().mean()) / -2;
}

Tensor pairwiseSigmoid(const Tensor& logits) {
    const Tensor signs = 2 * at::eye(logits.size(0), logits.options().requires_grad(false)) - 1;
    return -at::log_sigmoid(signs * logits).sum() / static_cast<double>(logits.size(0));
}

Tensor infoNce(const Tensor& logits, const Tensor& same) {
    const Tensor shares = same.to(logits.scalar_type());
    const auto along = [&](std::int64_t axis) { return (at::log_softmax(logits, axis) * (shares / shares.sum(axis, true))).sum(axis).mean(); };
    return (along(1) + along(0)) / -2;
}

Tensor pairwiseSigmoid(const Tensor& logits, const Tensor& same) {
    const Tensor signs = 2 * same.to(logits.scalar_type()) - 1;
    return -at::log_sigmoid(signs * logits).sum() / static_cast<double>(logits.size(0));
}

Tensor sameTexts(const Tensor& ids) { return (ids.unsqueeze(0) == ids.unsqueeze(1)).all(-1); }

void clampLogScale(Tensor logScale) {
    const c10::NoGradGuard still;
    logScale.clamp_(0.0, std::log(100.0));
}

Tensor crossEntropy(const Tensor& logits, const Tensor& targets, std::int64_t ignored) {
    const Tensor counted = targets != ignored;
    const Tensor known = at::where(counted, targets, at::zeros_like(targets));
    const Tensor losses = -at::log_softmax(logits, -1).gather(-1, known.unsqueeze(-1)).squeeze(-1);
    return (losses * counted).sum() / counted.sum();
}

std::vector<PerceptualLoss::Layer> PerceptualLoss::layersOf(const nlohmann::json& config) {
    const auto refuse = [](const std::string& what) { throw Failure(ErrorCode::Mismatch, what, "perceptual/config.json", "give a feature network of format tessera-perceptual, version 1"); };
    if (!config.is_object() || config.value("format", nlohmann::json()) != "tessera-perceptual" || config.value("version", nlohmann::json()) != 1) refuse("this is no feature network");
    std::vector<Layer> layers;
    const auto listed = config.find("layers");
    if (listed == config.end() || !listed->is_array() || listed->empty()) refuse("there are no layers");
    for (const nlohmann::json& each : *listed) {
        const auto number = [&](const char* key, int fallback, int most) {
            const auto value = each.find(key);
            if (value == each.end()) return fallback;
            if (!value->is_number_integer() || value->get<std::int64_t>() < 0 || value->get<std::int64_t>() > most) refuse(std::string(key) + " is out of range");
            return value->get<int>();
        };
        if (!each.is_object()) refuse("a layer is no object");
        const Layer layer{.out = number("out", 0, 65536), .kernel = number("kernel", 3, 31), .stride = number("stride", 1, 16), .padding = number("padding", 1, 15)};
        if (layer.out == 0 || layer.kernel == 0 || layer.stride == 0) refuse("a layer has no channels, kernel or stride");
        layers.push_back(layer);
    }
    return layers;
}

PerceptualLoss::PerceptualLoss(const Weights& w, const std::vector<Layer>& layers) : m_layers(layers) {
    int in = 3;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Weights features = w / ("features." + std::to_string(i));
        m_weights.push_back(features.take("weight", {layers[i].out, in, layers[i].kernel, layers[i].kernel}));
        m_biases.push_back(features.take("bias", {layers[i].out}));
        m_heads.push_back((w / ("lin" + std::to_string(i) + ".model.1")).take("weight", {1, layers[i].out, 1, 1}));
        in = layers[i].out;
    }
}

std::vector<Tensor> PerceptualLoss::taps(const Tensor& x) const {
    const auto perChannel = [&](double r, double g, double b) { return at::tensor({r, g, b}, at::kDouble).to(x.options().requires_grad(false)).view({1, 3, 1, 1}); };
    Tensor features = (x - perChannel(-.030, -.088, -.188)) / perChannel(.458, .448, .450);
    std::vector<Tensor> taps;
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        features = at::relu(at::conv2d(features, m_weights[i], m_biases[i], m_layers[i].stride, m_layers[i].padding));
        // The first addend keeps the gradient finite where no feature answers.
        taps.push_back(features / (at::sqrt(features.square().sum(1, true) + 1e-20) + 1e-10));
    }
    return taps;
}

Tensor PerceptualLoss::operator()(const Tensor& x, const Tensor& y) const {
    const std::vector<Tensor> own = taps(x);
    std::vector<Tensor> other;
    {
        const c10::NoGradGuard still;
        other = taps(y);
    }
    Tensor sum;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const Tensor distance = at::conv2d((own[i] - other[i]).square(), m_heads[i]).mean();
        sum = sum.defined() ? sum + distance : distance;
    }
    return sum;
}

}  // namespace tessera::train
