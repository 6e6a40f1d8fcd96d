// SPDX-License-Identifier: Apache-2.0
// What the tests of layers begin with: weights and activations of normal numbers, and how far two results are apart.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "testing/layer_probes.h"

namespace tessera::test {

inline std::vector<float> normal(std::size_t count, unsigned seed, float scale = 1, float mean = 0) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> distribution(mean, scale);
    std::vector<float> values(count);
    for (float& value : values) value = distribution(generator);
    return values;
}

/// A convolution whose results are of the order of 1 for activations of that order.
inline testing_probes::ConvolutionCase layerOf(int in, int out, int kernel = 3, int stride = 1, testing_probes::ConvolutionCase::Border border = testing_probes::ConvolutionCase::Border::Same) {
    testing_probes::ConvolutionCase layer{.in = in, .out = out, .kernel = kernel, .stride = stride, .border = border};
    layer.weight = normal(std::size_t(in) * out * kernel * kernel, 1, 1 / std::sqrt(float(in * kernel * kernel)));
    layer.bias = normal(out, 2);
    return layer;
}

/// Largest difference; NaN if there is one.
inline float distance(const std::vector<float>& a, const std::vector<float>& b) {
    EXPECT_EQ(a.size(), b.size());
    float largest = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        if (!(std::abs(a[i] - b[i]) <= largest)) largest = std::abs(a[i] - b[i]);
    }
    return largest;
}

}  // namespace tessera::test
