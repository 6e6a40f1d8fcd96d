// SPDX-License-Identifier: Apache-2.0
#include "kernels/group_norm.h"

#include <cmath>

#include "kernels/group_norm_checks.h"
#include "kernels/group_norm_plan.h"
#include "kernels/small_floats.h"

namespace tessera::kernels {
namespace {

float load(const void* data, Element element, std::int64_t index) {
    switch (element) {
        case Element::BFloat16: return floatFromBFloat16(static_cast<const std::uint16_t*>(data)[index]);
        case Element::Float16: return floatFromFloat16(static_cast<const std::uint16_t*>(data)[index]);
        case Element::Float32: break;
    }
    return static_cast<const float*>(data)[index];
}

void store(void* data, Element element, std::int64_t index, float value) {
    switch (element) {
        case Element::BFloat16: static_cast<std::uint16_t*>(data)[index] = bfloat16FromFloat(value); return;
        case Element::Float16: static_cast<std::uint16_t*>(data)[index] = float16FromFloat(value); return;
        case Element::Float32: static_cast<float*>(data)[index] = value; return;
    }
}

}  // namespace

bool groupNormTakes(Element element, std::int64_t channels, int groups) {
    const auto word = static_cast<std::int64_t>(16 / byteSize(element));
    return groups >= 1 && channels >= 1 && channels <= GroupNormPlan::kMostChannels && channels % word == 0 && channels % groups == 0;
}

std::int64_t groupNormScratch(Element element, std::int64_t batch, std::int64_t positions, std::int64_t channels) {
    const GroupNormPlan plan(element, positions, channels);
    return batch * (plan.chunks + 1) * channels * 2;  // mean and squares per chunk and channel, then scale and shift per channel
}

void groupNorm(HostActivations x, HostFloats weight, HostFloats bias, const GroupNormOptions& options, HostActivationsOut y) {
    checkGroupNorm(x, weight, bias, options, y);
    const std::int64_t width = x.channels / options.groups;
    const double count = static_cast<double>(x.positions) * static_cast<double>(width);
    const auto forEach = [&](std::int64_t sample, int group, auto&& visit) {
        for (std::int64_t position = 0; position < x.positions; ++position) {
            const std::int64_t first = (sample * x.positions + position) * x.channels + group * width;
            for (std::int64_t i = 0; i < width; ++i) visit(first + i, group * width + i);
        }
    };
    for (std::int64_t sample = 0; sample < x.batch; ++sample) {
        for (int group = 0; group < options.groups; ++group) {
            double sum = 0, squares = 0;
            forEach(sample, group, [&](std::int64_t at, std::int64_t) { sum += load(x.data, x.element, at); });
            const double mean = sum / count;
            forEach(sample, group, [&](std::int64_t at, std::int64_t) {
                const double distance = load(x.data, x.element, at) - mean;
                squares += distance * distance;
            });
            const double inverse = 1 / std::sqrt(squares / count + static_cast<double>(options.epsilon));
            forEach(sample, group, [&](std::int64_t at, std::int64_t channel) {
                double n = (load(x.data, x.element, at) - mean) * inverse * weight.data[channel] + bias.data[channel];
                if (options.silu) n /= 1 + std::exp(-n);
                store(y.data, y.element, at, static_cast<float>(n));
            });
        }
    }
}

}  // namespace tessera::kernels
