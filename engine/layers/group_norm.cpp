// SPDX-License-Identifier: Apache-2.0
#include "layers/group_norm.h"

#include "device/cuda_ops.h"
#include "layers/group_norm_cpu.h"

namespace tessera {

GroupNorm::GroupNorm(const Weights& w, int channels, int groups, double epsilon)
    : m_weight(w.take("weight", {channels})), m_bias(w.take("bias", {channels})), m_groups(groups), m_epsilon(epsilon) {}

at::Tensor GroupNorm::operator()(const at::Tensor& x, at::ScalarType type) const {
    return run(x, type, false, false);
}

at::Tensor GroupNorm::withSilu(const at::Tensor& x, at::ScalarType type) const {
    return run(x, type, true, false);
}

at::Tensor GroupNorm::withSiluOver(at::Tensor x, at::ScalarType type) const {
    return run(x, type, true, true);
}

at::Tensor GroupNorm::run(const at::Tensor& x, at::ScalarType type, bool silu, bool over) const {
    const kernels::GroupNormOptions options{m_groups, static_cast<float>(m_epsilon), silu};
    const auto from = elementOf(x.scalar_type()), to = elementOf(type);
    if (x.is_cpu() && from && to && groupNormOnCpuTakes(*from) && groupNormOnCpuTakes(*to)) {
        const at::Tensor input = x.contiguous(at::MemoryFormat::ChannelsLast);
        at::Tensor y = over && type == input.scalar_type() ? input : at::empty(x.sizes(), input.options().dtype(type), at::MemoryFormat::ChannelsLast);
        const std::int64_t batch = x.size(0), channels = x.size(1), positions = x.size(2) * x.size(3);
        groupNormOnCpu({input.const_data_ptr(), *from, batch, positions, channels}, {m_weight.const_data_ptr<float>(), channels},
                       {m_bias.const_data_ptr<float>(), channels}, options, {y.mutable_data_ptr(), *to, batch, positions, channels});
        return y;
    }
    if (auto y = groupNormOnCuda(x, m_weight, m_bias, options, over)) return y->to(type);
    // LibTorch takes float32 weights beside other activations on a CPU only.
    const at::ScalarType own = x.is_cpu() ? m_weight.scalar_type() : x.scalar_type();
    at::Tensor y = at::group_norm(x, m_groups, m_weight.to(own), m_bias.to(own), m_epsilon);
    return (silu ? at::silu_(y) : y).to(type);
}

}  // namespace tessera
