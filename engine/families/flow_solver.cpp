// SPDX-License-Identifier: Apache-2.0
#include "families/flow_solver.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"

namespace tessera {
namespace {

using at::Tensor;

constexpr double kShortest = 1e-8;  ///< of the way of length 1
/// How the length of a step follows its error: Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, II.4.
constexpr double kSafety = 0.9, kMostGrowth = 10, kLeastGrowth = 0.2, kOrder = 5;

/// Dormand and Prince 1980, 5(4): the last stage is the first of the next step.
constexpr int kStages = 7;
constexpr std::array<double, kStages> kWhen{0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};
constexpr std::array<std::array<double, kStages - 1>, kStages> kFrom{{{},
                                                                     {1.0 / 5},
                                                                     {3.0 / 40, 9.0 / 40},
                                                                     {44.0 / 45, -56.0 / 15, 32.0 / 9},
                                                                     {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                                                                     {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
                                                                     {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}}};
/// Of the fifth order minus of the fourth.
constexpr std::array<double, kStages> kError{35.0 / 384 - 5179.0 / 57600, 0, 500.0 / 1113 - 7571.0 / 16695, 125.0 / 192 - 393.0 / 640, -2187.0 / 6784 + 92097.0 / 339200, 11.0 / 84 - 187.0 / 2100, -1.0 / 40};

double rootMeanSquare(const Tensor& x) { return std::sqrt(x.to(at::kDouble).square().mean().item<double>()); }

}  // namespace

std::vector<double> FlowPath::times(int steps, double start) const {
    const double from = unshifted(start);
    const double way = (from - kEnd) / (1 - kEnd);
    if (!(way > 0)) return {start};
    const int count = std::max(1, static_cast<int>(std::lround(steps * way)));
    std::vector<double> result{start};
    for (int i = 1; i <= count; ++i) result.push_back(shifted(from + (kEnd - from) * i / count));
    return result;
}

std::vector<std::string> FlowSolver::methods() { return {"euler", "heun", "dopri5"}; }

FlowSolver::Method FlowSolver::named(std::string_view name) {
    if (name == "euler") return Method::Euler;
    if (name == "heun") return Method::Heun;
    if (name == "dopri5") return Method::Dopri5;
    throw Failure(ErrorCode::Invalid, "there is no sampler \"" + std::string(name) + "\"", "generate", "use euler, heun or dopri5");
}

FlowSolver::FlowSolver(Method method, Tensor x, std::vector<double> times, Tolerance tolerance)
    : m_method(method), m_x(std::move(x)), m_times(std::move(times)), m_tolerance(tolerance), m_time(m_times.front()) {}

const Tensor& FlowSolver::velocity(const FlowVelocity& flow) {
    if (!m_velocity.defined()) m_velocity = flow(m_x, m_time);
    return m_velocity;
}

void FlowSolver::moveTo(Tensor x) {
    m_x = std::move(x);
    m_velocity = Tensor();
}

void FlowSolver::arrive(Tensor x, double time) {
    moveTo(std::move(x));
    m_time = time;
    while (!finished() && m_times[static_cast<std::size_t>(m_passed) + 1] >= time) ++m_passed;
}

void FlowSolver::step(const FlowVelocity& flow) {
    TESSERA_ASSERT(!finished());
    if (m_method == Method::Dopri5) return embeddedStep(flow);
    const double next = m_times[static_cast<std::size_t>(m_passed) + 1], length = next - m_time;
    const Tensor slope = velocity(flow);
    if (m_method == Method::Euler) return arrive(m_x + length * slope, next);
    const Tensor there = flow(m_x + length * slope, next);
    arrive(m_x + (length / 2) * (slope + there), next);
}

/// A guess that is neither too bold nor too shy: Hairer, Norsett and Wanner, II.4.
double FlowSolver::firstStep(const FlowVelocity& flow) {
    const Tensor slope = velocity(flow), scale = m_tolerance.absolute + m_x.abs() * m_tolerance.relative;
    const double size = rootMeanSquare(m_x / scale), speed = rootMeanSquare(slope / scale);
    const double timid = size < 1e-5 || speed < 1e-5 ? 1e-6 : 0.01 * size / speed;
    const Tensor there = flow(m_x - timid * slope, m_time - timid);
    const double bend = rootMeanSquare((there - slope) / scale) / timid, most = std::max(speed, bend);
    const double bold = most <= 1e-15 ? std::max(1e-6, timid * 1e-3) : std::pow(0.01 / most, 1 / kOrder);
    return std::min(100 * timid, bold);
}

void FlowSolver::embeddedStep(const FlowVelocity& flow) {
    if (m_length == 0) m_length = firstStep(flow);
    for (;;) {
        const double left = m_time - m_times.back();
        if (m_length < kShortest && m_length < left) {
            throw Failure(ErrorCode::Unsupported, "the flow is too steep to be followed at time " + std::to_string(m_time), "sampler dopri5", "use the sampler euler or heun");
        }
        const bool last = m_length >= left;
        const double length = last ? left : m_length;
        std::vector<Tensor> slopes{velocity(flow)};
        Tensor x;
        for (std::size_t stage = 1; stage < kStages; ++stage) {
            x = m_x.clone();
            for (std::size_t i = 0; i < stage; ++i) {
                if (kFrom[stage][i] != 0) x.add_(slopes[i], -length * kFrom[stage][i]);
            }
            slopes.push_back(flow(x, m_time - length * kWhen[stage]));
        }
        Tensor error = at::zeros_like(x);
        for (std::size_t i = 0; i < kStages; ++i) {
            if (kError[i] != 0) error.add_(slopes[i], length * kError[i]);
        }
        const double ratio = rootMeanSquare(error / (m_tolerance.absolute + at::maximum(m_x.abs(), x.abs()) * m_tolerance.relative));
        const bool accepted = ratio <= 1;
        // No error at all, or one that is no number: as far as a step may grow or shrink.
        const double growth = ratio == 0 ? kMostGrowth : std::isfinite(ratio) ? std::clamp(kSafety * std::pow(ratio, -1 / kOrder), accepted ? 1 : kLeastGrowth, kMostGrowth) : kLeastGrowth;
        m_length = length * growth;
        if (!accepted) continue;
        arrive(x, last ? m_times.back() : m_time - length);
        m_velocity = slopes.back();
        return;
    }
}

}  // namespace tessera
