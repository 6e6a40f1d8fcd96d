// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <tessera/tensor.h>

#include "support/golden_case.h"

namespace tessera::test {

/// Weights of normal numbers by name, the same for a seed and an order.
class RandomTensors {
public:
    RandomTensors(unsigned seed, float spread) : m_random(seed), m_spread(spread) {}

    void add(const std::string& name, std::vector<std::int64_t> shape, float centre = 0, float share = 1) {
        std::int64_t count = 1;
        for (const std::int64_t side : shape) count *= side;
        std::normal_distribution<float> normal(centre, m_spread * share);
        std::vector<float> values(static_cast<std::size_t>(count));
        for (float& value : values) value = normal(m_random);
        all.emplace(name, float32Tensor(std::move(shape), values));
    }
    void linear(const std::string& name, std::int64_t in, std::int64_t out) { add(name + ".weight", {out, in}), add(name + ".bias", {out}); }
    void norm(const std::string& name, std::int64_t width) { add(name + ".weight", {width}, 1), add(name + ".bias", {width}); }

    TensorMap all;

private:
    std::mt19937 m_random;
    float m_spread;
};

}  // namespace tessera::test
