// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "families/flow_solver.h"
#include "families/flow_transformer.h"
#include "families/model_family.h"

namespace tessera {

/// Latents as a flow knows them: (tokens - mean) / deviation at every place of the grid.
struct FlowStatistics {
    at::Tensor mean, deviation;  ///< [C,g,g] float32, or undefined: 0 and 1
    at::Tensor normalised(const at::Tensor& tokens) const;
    at::Tensor tokens(const at::Tensor& latents) const;
};

/// Pictures that flow out of noise, each by itself where the device gains nothing from more, so that it hangs on its seed alone. What it is made of must outlive it.
class FlowDrawing final : public Drawing {
public:
    /// A network on a lane's device in its precision.
    using Network = std::function<const FlowTransformer&(const DeviceLane& lane)>;
    struct Guidance {
        double scale = 1;          ///< 1 guides nothing
        double from = 0, to = 1;   ///< times between which it is followed, both included
    };
    struct Task {
        Network network;
        Network weak{};            ///< guides in place of following nothing; empty: that
        at::Tensor asked;          ///< what FlowTransformer::condition takes, one row for each picture
        at::Tensor noise;          ///< [n,C,g,g]
        at::Tensor start{};        ///< [1,C,g,g] latents to set out from; undefined: none
        at::Tensor anew{};         ///< [g,g] bool, true for what is drawn, while the rest follows `start`; undefined: all is
        std::vector<std::uint64_t> seeds;
        FlowSolver::Method method = FlowSolver::Method::Euler;
        FlowSolver::Tolerance tolerance{};
        std::vector<double> times;  ///< FlowPath::times
        Guidance guidance{};
        FlowStatistics statistics{};
        int keptSteps = 0;
    };
    FlowDrawing(Task task, DeviceLane& lane);

    bool step(DeviceLane& lane) override;
    const Generation& drawn() const override { return m_drawn; }
    at::Tensor expected(std::size_t index) const override;
    at::Tensor state(std::size_t index) const override;

    /// Guided velocity of pictures [first, first + n) at x [n,C,g,g].
    static at::Tensor velocity(const Task& task, const at::Tensor& x, double time, std::int64_t first, DeviceLane& lane);

private:
    FlowVelocity flowOf(std::int64_t first, DeviceLane& lane);
    at::Tensor noised(std::int64_t first, std::int64_t count, double time) const;
    void keep(std::size_t solver, double time, const at::Tensor& velocity, int step);

    Task m_task;
    std::int64_t m_together;            ///< pictures of one solver
    std::vector<FlowSolver> m_solvers;
    bool m_exact = false;               ///< low precision gave what is no number
    std::vector<at::Tensor> m_state, m_expected;  ///< of each picture [1,C,g,g]
    Generation m_drawn;
};

}  // namespace tessera
