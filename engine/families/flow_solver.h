// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

namespace tessera {

/// How latents flow from noise to a picture: x_t = (1 - t) picture + t noise, dx/dt = noise - picture; spec: engine/families/rae.md, section 6.
struct FlowPath {
    double shift = 1;  ///< at least 1: how much of the way is gone near the noise, sqrt(dimensions / base)

    /// Where the way ends, before it is shifted: upstream never goes to 0 itself.
    static constexpr double kEnd = 1e-3;
    double shifted(double u) const { return shift * u / (1 + (shift - 1) * u); }
    double unshifted(double t) const { return t / (shift - (shift - 1) * t); }
    /// steps + 1 times from `start`, evenly spread before they are shifted, to the end; as many fewer as `start` is nearer to it. One, `start`, where there is no way to go.
    std::vector<double> times(int steps, double start = 1) const;
};

/// dx/dt at x [n,C,g,g] and time t.
using FlowVelocity = std::function<at::Tensor(const at::Tensor& x, double t)>;

/// Walks along a flow. Fixed steps by the times that it is given, or steps of its own between the first and the last of them.
class FlowSolver {
public:
    enum class Method { Euler, Heun, Dopri5 };
    struct Tolerance {
        double absolute = 1e-6, relative = 1e-3;
    };
    /// "euler", "heun", "dopri5".
    static std::vector<std::string> methods();
    /// Throws Failure(Invalid) for another word.
    static Method named(std::string_view name);

    FlowSolver(Method method, at::Tensor x, std::vector<double> times, Tolerance tolerance);

    double time() const { return m_time; }
    const at::Tensor& state() const { return m_x; }  ///< at time()
    /// How many of the fixed steps lie behind time().
    int passed() const { return m_passed; }
    bool finished() const { return m_passed + 1 >= static_cast<int>(m_times.size()); }
    /// dx/dt at time().
    const at::Tensor& velocity(const FlowVelocity& flow);
    /// One step. Throws Failure(Unsupported) where the flow is too steep to be followed.
    void step(const FlowVelocity& flow);
    /// Goes on from another place at the same time.
    void moveTo(at::Tensor x);

private:
    void embeddedStep(const FlowVelocity& flow);
    double firstStep(const FlowVelocity& flow);
    void arrive(at::Tensor x, double time);

    Method m_method;
    at::Tensor m_x, m_velocity;  ///< the second undefined where it is not known yet
    std::vector<double> m_times;
    Tolerance m_tolerance;
    double m_time, m_length = 0;  ///< of the next step that is tried; 0: not known
    int m_passed = 0;
};

}  // namespace tessera
