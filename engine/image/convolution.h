// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace tessera {

/// Feature planes, layout (channels, height, width).
struct FeatureMap {
    int channels = 0, height = 0, width = 0;
    std::vector<float> values;

    int pixels() const { return height * width; }
};

struct ConvolutionShape {
    int inputs = 0, outputs = 0, side = 3, stride = 1, padding = 1;
};

/// relu(weights * input + bias), zero padding; weights (outputs, inputs, side, side). Multi-threaded.
FeatureMap convolveRelu(const FeatureMap& input, const ConvolutionShape& shape, const float* weights, const float* bias);
/// Greatest value of each window; windows lie inside the map.
FeatureMap maxPool(const FeatureMap& input, int side, int stride);

}  // namespace tessera
