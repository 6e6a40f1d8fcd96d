// SPDX-License-Identifier: Apache-2.0
#include "train/patch_discriminator.h"

#include <cmath>

#include <c10/core/GradMode.h>

namespace tessera::train {
namespace {

using at::Tensor;

constexpr int kLayers = 4;
constexpr double kSlope = 0.2;

std::string nameOf(int layer, const char* what) { return "discriminator." + std::to_string(layer) + "." + what; }

}  // namespace

PatchDiscriminator::PatchDiscriminator(Parameters& kept, const Settings& settings, Draws& draws) : m_settings(settings) {
    std::vector<std::string> names;
    std::int64_t in = 3;
    for (int layer = 0; layer < kLayers; ++layer) {
        const bool last = layer + 1 == kLayers;
        const std::int64_t out = last ? 1 : std::int64_t(m_settings.width) << layer, kernel = last ? 3 : 4;
        const Tensor weight = draws.normal({out, in, kernel, kernel}) / std::sqrt(static_cast<double>(in * kernel * kernel));
        for (const auto& [name, tensor] : {std::pair(nameOf(layer, "weight"), weight), std::pair(nameOf(layer, "bias"), at::zeros({out}))}) {
            m_own.keep(name, tensor);
            names.push_back(name);
        }
        in = out;
    }
    m_own.train(names);
    m_optimiser = std::make_unique<AdamW>(m_own, std::set<std::string>{}, AdamW::Settings{.rate = m_settings.rate, .beta1 = 0.5, .beta2 = 0.9, .decay = 0, .clip = 1e9});
    for (const std::string& name : names) kept.keep(name, m_own.at(name).detach());  // the same memory
    for (const auto& [name, tensor] : m_optimiser->state()) {
        if (name != "steps") kept.keep("optimiser." + name, tensor);
    }
    m_steps = kept.keep("discriminator.steps", at::zeros({1}, at::kLong));
}

Tensor PatchDiscriminator::operator()(Tensor x) const {
    for (int layer = 0; layer < kLayers; ++layer) {
        const bool last = layer + 1 == kLayers;
        x = at::conv2d(x, m_own.at(nameOf(layer, "weight")), m_own.at(nameOf(layer, "bias")), last ? 1 : 2, 1);
        if (!last) x = at::leaky_relu(x, kSlope);
    }
    return x;
}

Tensor PatchDiscriminator::judged(const Tensor& y) const {
    if (m_steps.item<std::int64_t>() < m_settings.start) return at::zeros({});
    return -(*this)(y).mean();
}

double PatchDiscriminator::learn(const Tensor& x, const Tensor& y) {
    const c10::AutoGradMode again(true);
    if (m_optimiser->steps() != m_steps.item<std::int64_t>()) {  // resumed: the moments are there already
        TensorsByName state = m_optimiser->state();
        state["steps"] = m_steps;
        m_optimiser->restore(state);
    }
    m_own.forgetGradients();
    const Tensor loss = at::relu(1 - (*this)(x.detach())).mean() + at::relu(1 + (*this)(y.detach())).mean();
    loss.backward();
    m_optimiser->step();
    m_steps.add_(1);
    return loss.item<double>();
}

}  // namespace tessera::train
