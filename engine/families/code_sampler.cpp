// SPDX-License-Identifier: Apache-2.0
#include "families/code_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/split_mix.h"

namespace tessera {
namespace {

/// exp(value - most) of each, by LibTorch's vector arithmetic; its sum.
double exponentials(std::span<const float> values, float most, std::vector<float>& to) {
    to.resize(values.size());
    std::ranges::transform(values, to.begin(), [most](float each) { return each - most; });
    at::from_blob(to.data(), {static_cast<std::int64_t>(to.size())}, at::kFloat).exp_();
    return std::accumulate(to.begin(), to.end(), 0.0);
}

}  // namespace

double uniformOf(std::uint64_t seed, std::uint64_t draw) { return splitMixUniform(splitMix64(seed) + draw * kSplitMixStep); }

void CodeSampler::reach(double share) {
    double grown = 1;
    switch (m_rule.course) {
        case GuidanceCourse::Constant: break;
        case GuidanceCourse::Linear: grown = share; break;
        case GuidanceCourse::Cosine: grown = (1 - std::cos(std::numbers::pi * share)) / 2; break;
    }
    m_guidance = 1 + (m_rule.guidance - 1) * grown;
}

std::int32_t CodeSampler::take(std::span<const float> with, std::span<const float> without, std::int32_t given, double uniform, GenerationTrace& trace) {
    const std::int32_t code = taken(with, without, given, uniform);
    tell(with, without, code, trace);
    return code;
}

std::int32_t CodeSampler::take(std::span<const float> with, std::span<const float> without, std::int32_t given, double uniform, double& logProbability) {
    const std::int32_t code = taken(with, without, given, uniform);
    logProbability = static_cast<double>(m_logits[static_cast<std::size_t>(code)] - m_most) - std::log(m_sum);
    return code;
}

/// Logits and weights of all codes, and the one that is taken.
std::int32_t CodeSampler::taken(std::span<const float> with, std::span<const float> without, std::int32_t given, double uniform) {
    const std::size_t count = with.size();
    TESSERA_ASSERT(count > 0 && (without.empty() || without.size() == count) && given < static_cast<std::int32_t>(count));
    m_logits.resize(count);
    const auto guidance = static_cast<float>(m_guidance), temperature = static_cast<float>(m_rule.temperature > 0 ? m_rule.temperature : 1);
    for (std::size_t i = 0; i < count; ++i) {
        const float guided = without.empty() ? with[i] : without[i] + guidance * (with[i] - without[i]);
        m_logits[i] = guided / temperature;
    }
    // One that is infinite leaves the sum of all no number.
    if (!std::isfinite(std::accumulate(m_logits.begin(), m_logits.end(), 0.0))) {
        throw Failure(ErrorCode::Invalid, "what the model would draw next is NaN or infinity", "generate", "open the model in fp32, or ask for less guidance or a higher temperature");
    }
    m_most = *std::ranges::max_element(m_logits);
    m_sum = exponentials(m_logits, m_most, m_weights);
    return given >= 0 ? given : drawn(uniform);
}

std::int32_t CodeSampler::drawn(double uniform) {
    const std::size_t count = m_logits.size();
    if (m_rule.temperature <= 0 || m_rule.topK == 1) return static_cast<std::int32_t>(std::ranges::max_element(m_logits) - m_logits.begin());
    float least = -std::numeric_limits<float>::infinity();
    if (const auto kept = static_cast<std::size_t>(m_rule.topK); kept > 0 && kept < count) {
        m_sorted = m_logits;
        std::ranges::nth_element(m_sorted, m_sorted.begin() + static_cast<std::ptrdiff_t>(kept - 1), std::greater<>());
        least = m_sorted[kept - 1];
    }
    m_order.clear();
    double all = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (m_logits[i] < least) continue;
        m_order.push_back(static_cast<std::int32_t>(i));
        all += m_weights[i];
    }
    if (m_rule.topP < 1) {
        std::ranges::stable_sort(m_order, std::greater<>(), [&](std::int32_t code) { return m_logits[static_cast<std::size_t>(code)]; });
        double before = 0;
        std::size_t kept = 0;
        while (kept < m_order.size() && (kept == 0 || before < m_rule.topP * all)) before += m_weights[static_cast<std::size_t>(m_order[kept++])];
        m_order.resize(kept);
        std::ranges::sort(m_order);
        all = 0;
        for (const std::int32_t code : m_order) all += m_weights[static_cast<std::size_t>(code)];
    }
    double passed = 0;
    for (const std::int32_t code : m_order) {
        passed += m_weights[static_cast<std::size_t>(code)];
        if (passed > uniform * all) return code;
    }
    return m_order.back();
}

void CodeSampler::tell(std::span<const float> with, std::span<const float> without, std::int32_t code, GenerationTrace& trace) {
    const std::size_t count = m_logits.size(), at = static_cast<std::size_t>(code);
    const float own = m_logits[at];
    double entropy = 0;
    std::int32_t rank = 0;
    for (std::size_t i = 0; i < count; ++i) {
        entropy -= m_weights[i] * static_cast<double>(m_logits[i] - m_most);
        rank += m_logits[i] > own ? 1 : 0;
    }
    trace.probability.push_back(static_cast<float>(m_weights[at] / m_sum));
    trace.rank.push_back(rank);
    trace.entropy.push_back(static_cast<float>(std::max(0.0, entropy / m_sum + std::log(m_sum)) / std::log(2.0)));
    const auto logProbability = [&](std::span<const float> logits) {
        const float largest = *std::ranges::max_element(logits);
        return logits[at] - largest - std::log(exponentials(logits, largest, m_sorted));
    };
    if (!without.empty()) trace.guidanceGain.push_back(static_cast<float>(logProbability(with) - logProbability(without)));
    m_order.resize(count);
    std::iota(m_order.begin(), m_order.end(), 0);
    const std::size_t told = std::min<std::size_t>(count, GenerationTrace::kAlternatives);
    std::ranges::partial_sort(m_order, m_order.begin() + static_cast<std::ptrdiff_t>(told), [&](std::int32_t a, std::int32_t b) {
        const float first = m_logits[static_cast<std::size_t>(a)], second = m_logits[static_cast<std::size_t>(b)];
        return first != second ? first > second : a < b;
    });
    for (std::size_t i = 0; i < GenerationTrace::kAlternatives; ++i) {
        trace.alternatives.push_back(i < told ? m_order[i] : -1);
        trace.alternativeProbabilities.push_back(i < told ? static_cast<float>(m_weights[static_cast<std::size_t>(m_order[i])] / m_sum) : 0);
    }
}

}  // namespace tessera
