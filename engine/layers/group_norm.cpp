// SPDX-License-Identifier: Apache-2.0
#include "layers/group_norm.h"

#include "device/cuda_ops.h"
#include "layers/group_norm_cpu.h"

namespace tessera {

GroupNorm::GroupNorm(const Weights& w, int channels, int groups, double epsilon)
    : m_weight(w.take("weight", {channels})), m_bias(w.take("bias", {channels})), m_groups(groups), m_epsilon(epsilon), m_training(w.training()) {}

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
    if (m_training) {
        const at::Tensor y = at::group_norm(x.to(at::kFloat), m_groups, m_weight, m_bias, m_epsilon);
        return (silu ? at::silu(y) : y).to(type);
    }
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

std::pair<at::Tensor, at::Tensor> GroupNorm::statistics(const Activation& x) const {
    const kernels::GroupNormOptions options{m_groups, static_cast<float>(m_epsilon), false};
    const std::int64_t batch = x.batch(), channels = x.channels();
    const auto element = elementOf(x.type());
    if (x.device().is_cpu() && element && groupNormOnCpuTakes(*element)) {
        at::Tensor scale = at::empty({batch, channels}, at::kFloat), shift = at::empty({batch, channels}, at::kFloat);
        for (std::int64_t sample = 0; sample < batch; ++sample) {
            GroupNormSums sums(channels);
            for (std::size_t i = 0; i < x.bands(); ++i) {
                const at::Tensor part = x.band(i).narrow(0, sample, 1).contiguous(at::MemoryFormat::ChannelsLast);
                sums.add({part.const_data_ptr(), *element, 1, part.size(2) * part.size(3), channels});
            }
            sums.finish(m_weight.const_data_ptr<float>(), m_bias.const_data_ptr<float>(), options, scale.data_ptr<float>() + sample * channels,
                        shift.data_ptr<float>() + sample * channels);
        }
        return {scale, shift};
    }
    // Band after band: counts, means and sums of squares about them, merged as Chan, Golub and LeVeque do.
    double count = 0;
    at::Tensor mean, squares;  // [B,groups] double
    for (std::size_t i = 0; i < x.bands(); ++i) {
        const at::Tensor values = x.band(i).to(at::kFloat).contiguous().reshape({batch, m_groups, -1});
        const double own = static_cast<double>(values.size(2));
        auto [variance, centre] = at::var_mean(values, at::IntArrayRef{2}, /*unbiased=*/false);
        variance = variance.to(at::kDouble) * own;
        centre = centre.to(at::kDouble);
        if (count == 0) {
            mean = centre, squares = variance;
        } else {
            const at::Tensor distance = centre - mean;
            mean = mean + distance * (own / (count + own));
            squares = squares + variance + distance.square() * (count * own / (count + own));
        }
        count += own;
    }
    const at::Tensor inverse = at::rsqrt(squares / count + m_epsilon);
    const auto perChannel = [&](const at::Tensor& each) { return each.repeat_interleave(channels / m_groups, 1); };  // [B,C]
    const at::Tensor weight = m_weight.to(at::kDouble), bias = m_bias.to(at::kDouble);
    return {(perChannel(inverse) * weight).to(at::kFloat), (bias - perChannel(mean * inverse) * weight).to(at::kFloat)};
}

void GroupNorm::normalise(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift, bool silu, at::Tensor& y) {
    const auto from = elementOf(x.scalar_type()), to = elementOf(y.scalar_type());
    const bool takes = x.is_cpu() && from && to && groupNormOnCpuTakes(*from) && groupNormOnCpuTakes(*to);
    const std::int64_t channels = x.size(1), positions = x.size(2) * x.size(3);
    for (std::int64_t sample = 0; sample < x.size(0); ++sample) {
        at::Tensor part = x.narrow(0, sample, 1), result = y.narrow(0, sample, 1);
        if (takes && result.is_contiguous(at::MemoryFormat::ChannelsLast)) {
            part = part.contiguous(at::MemoryFormat::ChannelsLast);
            normaliseOnCpu({part.const_data_ptr(), *from, 1, positions, channels}, scale.const_data_ptr<float>() + sample * channels,
                           shift.const_data_ptr<float>() + sample * channels, silu, {result.mutable_data_ptr(), *to, 1, positions, channels});
            continue;
        }
        const auto each = [&](const at::Tensor& values) { return values.narrow(0, sample, 1).unsqueeze(2).unsqueeze(3); };  // [1,C,1,1]
        at::Tensor normalised = part.to(at::kFloat).mul(each(scale)).add_(each(shift));
        result.copy_(silu ? at::silu_(normalised) : normalised);
    }
}

}  // namespace tessera
