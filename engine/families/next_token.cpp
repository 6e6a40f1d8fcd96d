// SPDX-License-Identifier: Apache-2.0
#include "families/next_token.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "core/split_mix.h"

namespace tessera {

double NextToken::uniform() {
    const double drawn = splitMixUniform(m_state);
    m_state += kSplitMixStep;
    return drawn;
}

std::int64_t NextToken::pick(const at::Tensor& logits) {
    const at::Tensor host = logits.to(at::kCPU, at::kDouble).contiguous();
    const double* values = host.const_data_ptr<double>();
    const std::int64_t count = host.numel();
    if (!std::all_of(values, values + count, [](double each) { return std::isfinite(each); })) {
        throw Failure(ErrorCode::Invalid, "what the model would say next is NaN or infinity", "describe", "open the model in fp32");
    }
    const double* most = std::max_element(values, values + count);
    if (m_temperature <= 0) return most - values;
    std::vector<double> weights(static_cast<std::size_t>(count));
    std::transform(values, values + count, weights.begin(), [&](double each) { return std::exp((each - *most) / m_temperature); });
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t(0));
    std::ranges::stable_sort(order, std::greater<>(), [&](std::int64_t i) { return weights[static_cast<std::size_t>(i)]; });
    const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
    // The likeliest tokens up to that share, the one that crosses it included.
    double kept = 0;
    std::size_t last = 0;
    while (last < order.size() && kept < m_topP * all) kept += weights[static_cast<std::size_t>(order[last++])];
    double left = uniform() * kept;
    for (std::size_t i = 0; i < last; ++i) {
        left -= weights[static_cast<std::size_t>(order[i])];
        if (left < 0) return order[i];
    }
    return order[last - 1];
}

}  // namespace tessera
