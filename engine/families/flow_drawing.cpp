// SPDX-License-Identifier: Apache-2.0
#include "families/flow_drawing.h"

#include <algorithm>

#include "core/error.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "families/kept_steps.h"
#include "layers/few_threads.h"

namespace tessera {

using at::Tensor;

Tensor FlowStatistics::normalised(const Tensor& tokens) const {
    return mean.defined() ? (tokens - mean.to(tokens.device())) / deviation.to(tokens.device()) : tokens;
}

Tensor FlowStatistics::tokens(const Tensor& latents) const {
    return mean.defined() ? latents * deviation.to(latents.device()) + mean.to(latents.device()) : latents;
}

FlowDrawing::FlowDrawing(Task task, DeviceLane& lane) : m_task(std::move(task)) {
    const std::int64_t pictures = m_task.noise.size(0);
    m_task.noise = m_task.noise.to(lane.device());
    if (m_task.start.defined()) m_task.start = m_task.start.to(lane.device());
    if (m_task.anew.defined()) m_task.anew = m_task.anew.to(lane.device());
    // An adaptive step would hang on the pictures beside it; and so would the order of sums on a CPU, which gains nothing from more rows.
    m_together = lane.device().is_cpu() || m_task.method == FlowSolver::Method::Dopri5 ? 1 : pictures;
    for (std::int64_t first = 0; first < pictures; first += m_together) m_solvers.emplace_back(m_task.method, noised(first, m_together, m_task.times.front()), m_task.times, m_task.tolerance);
    m_drawn = {.by = DrawnBy::Flow,
               .rows = static_cast<int>(m_task.noise.size(2)),
               .columns = static_cast<int>(m_task.noise.size(3)),
               .positions = std::max(1, static_cast<int>(m_task.times.size()) - 1)};
    for (const std::uint64_t seed : m_task.seeds) m_drawn.pictures.push_back({.seed = seed});
    m_state.resize(m_task.seeds.size());
    m_expected.resize(m_task.seeds.size());
}

/// Where the pictures set out from, or what they follow where nothing is drawn.
Tensor FlowDrawing::noised(std::int64_t first, std::int64_t count, double time) const {
    const Tensor noise = m_task.noise.narrow(0, first, count);
    return m_task.start.defined() ? (1 - time) * m_task.start + time * noise : noise;
}

Tensor FlowDrawing::velocity(const Task& task, const Tensor& x, double time, std::int64_t first, DeviceLane& lane) {
    const FlowTransformer& network = task.network(lane);
    const std::int64_t count = x.size(0);
    const Tensor times = at::full({count}, time, at::TensorOptions().dtype(at::kFloat).device(x.device())), asked = task.asked.narrow(0, first, count);
    const FewThreads few(network.flops() * static_cast<double>(count), x.device());
    const Guidance& guidance = task.guidance;
    const bool guided = guidance.scale != 1 && time >= guidance.from && time <= guidance.to;
    const auto between = [&](const Tensor& less, const Tensor& more) { return less + guidance.scale * (more - less); };
    if (guided && task.weak) {
        const FlowTransformer& weak = task.weak(lane);
        ForwardPass pass(lane, (network.flops() + weak.flops()) * static_cast<double>(count));
        const Tensor more = network(x, times, network.condition(asked), pass);
        return between(weak(x, times, weak.condition(asked), pass), more);
    }
    ForwardPass pass(lane, network.flops() * static_cast<double>(guided ? 2 * count : count));
    if (!guided) return network(x, times, network.condition(asked), pass);
    const Tensor both = at::cat({network.condition(asked), network.unconditional().expand({count, -1})});
    const auto halves = network(x.repeat({2, 1, 1, 1}), times.repeat({2}), both, pass).chunk(2);
    return between(halves[1], halves[0]);
}

FlowVelocity FlowDrawing::flowOf(std::int64_t first, DeviceLane& lane) {
    return [this, first, &lane](const Tensor& x, double time) {
        if (!m_exact && lane.precision() != Precision::Fp32) {
            Tensor found = velocity(m_task, x, time, first, lane);
            if (allFinite(found)) return found;
            lane.note("NaN or infinity in low precision: the flow goes on in fp32");
            m_exact = true;
        }
        DeviceLane exact = lane.in(Precision::Fp32);
        Tensor found = velocity(m_task, x, time, first, exact);
        if (!allFinite(found)) throw Failure(ErrorCode::Unsupported, "the model gives NaN or infinity at time " + std::to_string(time), "generate", "use less guidance or another sampler");
        return found;
    };
}

void FlowDrawing::keep(std::size_t solver, double time, const Tensor& velocity, int step) {
    const Tensor speed = velocity.square().mean(1).sqrt().to(at::kCPU).contiguous();  // [n,g,g]
    for (std::int64_t i = 0; i < velocity.size(0); ++i) {
        const Tensor own = speed[i];
        const float* values = own.const_data_ptr<float>();
        m_drawn.pictures[solver * static_cast<std::size_t>(m_together) + static_cast<std::size_t>(i)].steps.push_back({.step = step, .time = time, .perToken = {values, values + own.numel()}});
    }
}

bool FlowDrawing::step(DeviceLane& lane) {
    const c10::InferenceMode inference;
    bool going = false;
    for (std::size_t s = 0; s < m_solvers.size(); ++s) {
        FlowSolver& solver = m_solvers[s];
        const std::int64_t first = static_cast<std::int64_t>(s) * m_together;
        const bool finished = solver.finished();
        const Tensor before = solver.state();
        Tensor expected = before;
        if (!finished) {
            going = true;
            const FlowVelocity flow = flowOf(first, lane);
            const double time = solver.time();
            const int passed = solver.passed();
            const Tensor velocity = solver.velocity(flow);
            expected = before - time * velocity;
            solver.step(flow);
            bool kept = false;
            for (int step = passed; step < solver.passed(); ++step) kept = kept || isKeptStep(step, m_drawn.positions, m_task.keptSteps);
            if (kept) keep(s, time, velocity, passed);
            if (m_task.anew.defined()) {
                // At the end what was kept is what it was.
                const Tensor follows = solver.finished() ? m_task.start.expand_as(before) : noised(first, before.size(0), solver.time());
                solver.moveTo(at::where(m_task.anew, solver.state(), follows));
            }
        }
        for (std::int64_t i = 0; i < before.size(0); ++i) {
            m_state[static_cast<std::size_t>(first + i)] = before.narrow(0, i, 1);
            m_expected[static_cast<std::size_t>(first + i)] = expected.narrow(0, i, 1);
        }
    }
    m_drawn.drawn = going ? std::ranges::min_element(m_solvers, {}, &FlowSolver::passed)->passed() : m_drawn.positions;
    return going;
}

Tensor FlowDrawing::expected(std::size_t index) const {
    return m_expected[index].defined() ? m_task.statistics.tokens(m_expected[index]) : Tensor();
}

Tensor FlowDrawing::state(std::size_t index) const {
    return m_state[index];
}

}  // namespace tessera
