// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kernels/group_norm.h"

namespace tessera {

/// float32 and bfloat16.
bool groupNormOnCpuTakes(kernels::Element element);

/// What kernels::groupNorm computes, fast: every thread reads x twice and writes y once. x and y may differ in type; y may be x where they do not.
/// Sums are float32 about each channel's first value over short runs, then double: a mean far from zero costs no digits.
void groupNormOnCpu(kernels::HostActivations x, kernels::HostFloats weight, kernels::HostFloats bias, const kernels::GroupNormOptions& options,
                    kernels::HostActivationsOut y);

/// The two halves of that for one sample that comes in parts: first every part is added, then each is normalised.
class GroupNormSums {
public:
    explicit GroupNormSums(std::int64_t channels);
    /// x [1,positions,channels].
    void add(const kernels::HostActivations& x);
    /// What makes y = x * scale + shift the norm of all that was added; scale, shift [channels].
    void finish(const float* weight, const float* bias, const kernels::GroupNormOptions& options, float* scale, float* shift) const;

private:
    struct Moments {  ///< of one channel over positions, about its pivot
        double sum = 0, squares = 0;
    };
    template <typename In>
    void addPart(const In* x, std::int64_t positions);

    std::int64_t m_channels, m_positions = 0;
    std::vector<float> m_pivot;
    std::vector<Moments> m_moments;
};

/// y = x * scale + shift, then silu if asked; scale, shift [channels], the same for the whole batch. y may be x where their types are one.
void normaliseOnCpu(kernels::HostActivations x, const float* scale, const float* shift, bool silu, kernels::HostActivationsOut y);

}  // namespace tessera
