// SPDX-License-Identifier: Apache-2.0
#include "train/adamw.h"

#include <cmath>

#include <c10/core/GradMode.h>

#include "core/error.h"

namespace tessera::train {

AdamW::AdamW(Parameters& parameters, std::set<std::string> decayed, Settings settings) : m_settings(settings) {
    for (const std::string& name : parameters.trained()) {
        const at::Tensor& parameter = parameters.at(name);
        m_slots.push_back({.name = name, .parameter = parameter, .mean = at::zeros_like(parameter), .square = at::zeros_like(parameter), .decayed = decayed.contains(name)});
    }
}

double AdamW::step(double rate) {
    const c10::NoGradGuard still;
    ++m_steps;
    double squares = 0;
    for (const Slot& slot : m_slots) {
        if (const at::Tensor& gradient = slot.parameter.grad(); gradient.defined()) squares += gradient.to(at::kDouble).square().sum().item<double>();
    }
    const double norm = std::sqrt(squares);
    const double shrink = std::min(1.0, m_settings.clip / (norm + 1e-6));
    for (const bool decayed : {true, false}) fusedStep(decayed, rate, shrink);
    return norm;
}

void AdamW::fusedStep(bool decayed, double rate, double shrink) {
    std::vector<at::Tensor> parameters, gradients, means, squares, largest, steps;
    for (const Slot& slot : m_slots) {
        const at::Tensor& gradient = slot.parameter.grad();
        if (slot.decayed != decayed) continue;
        if (!gradient.defined()) {
            if (decayed) slot.parameter.mul_(1 - rate * m_settings.decay);
            continue;
        }
        parameters.push_back(slot.parameter);
        gradients.push_back(gradient.contiguous());
        means.push_back(slot.mean);
        squares.push_back(slot.square);
        steps.push_back(at::full({}, static_cast<double>(m_steps), at::TensorOptions().device(gradient.device()).dtype(at::kFloat)));
    }
    if (parameters.empty()) return;
    const at::Tensor scale = at::full({}, 1 / shrink, gradients.front().options());
    at::_fused_adamw_(parameters, gradients, means, squares, largest, steps, rate, m_settings.beta1, m_settings.beta2, decayed ? m_settings.decay : 0, m_settings.epsilon, /*amsgrad=*/false, /*maximize=*/false, scale);
}

TensorsByName AdamW::state() const {
    TensorsByName state{{"steps", at::full({1}, m_steps, at::kLong)}};
    for (const Slot& slot : m_slots) {
        state[slot.name + ".exp_avg"] = slot.mean;
        state[slot.name + ".exp_avg_sq"] = slot.square;
    }
    return state;
}

void AdamW::restore(const TensorsByName& state) {
    const auto find = [&](const std::string& name, const at::Tensor* like) -> const at::Tensor& {
        const auto found = state.find(name);
        if (found == state.end() || (like && found->second.sizes() != like->sizes())) {
            throw Failure(ErrorCode::Mismatch, "the state of the optimiser does not fit: " + name, "training", "resume with the recipe that the run was begun with");
        }
        return found->second;
    };
    for (Slot& slot : m_slots) {
        slot.mean.copy_(find(slot.name + ".exp_avg", &slot.mean));
        slot.square.copy_(find(slot.name + ".exp_avg_sq", &slot.square));
    }
    m_steps = find("steps", nullptr).item<std::int64_t>();
}

}  // namespace tessera::train
