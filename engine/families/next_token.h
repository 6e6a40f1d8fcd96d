// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <ATen/ATen.h>
#include <tessera/engine.h>

namespace tessera {

/// Draws tokens as a request asks: the likeliest, or by temperature and top-p from the seed. The same on every device that gives the same logits.
class NextToken {
public:
    explicit NextToken(const DescribeRequest& request) : m_temperature(request.temperature), m_topP(request.topP), m_state(request.seed) {}
    /// logits [V]; the lowest of equal ones. Throws Failure(Invalid) where they are no numbers.
    std::int64_t pick(const at::Tensor& logits);

private:
    double uniform();  ///< 0 <= u < 1

    double m_temperature, m_topP;
    std::uint64_t m_state;
};

}  // namespace tessera
