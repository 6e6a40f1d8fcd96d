// SPDX-License-Identifier: Apache-2.0
#include "image/convolution.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "image/parallel.h"
#include "image/wide.h"

namespace tessera {
namespace {

using Vector = float __attribute__((vector_size(32)));
constexpr int kVectors = 3, kRows = 4;
constexpr int kTile = 8 * kVectors;  // output pixels computed together

// sums[r][p] = sum_k weights[r * depth + k] * columns[k][p] for kRows output channels and kTile pixels: twelve sums stay in registers.
[[gnu::always_inline]] inline void multiplyTile(const float* weights, const float* columns, int depth, float* sums) {
    Vector total[kRows][kVectors] = {};
    for (int k = 0; k < depth; ++k, columns += kTile)
        for (int v = 0; v < kVectors; ++v) {
            Vector seen;
            std::memcpy(&seen, columns + 8 * v, sizeof seen);
            for (int r = 0; r < kRows; ++r) total[r][v] += weights[r * depth + k] * seen;
        }
    std::memcpy(sums, total, sizeof total);
}
TESSERA_WIDE(multiplyTile)

// columns[k][p]: what tap k = (channel, dy, dx) sees for output pixel first + p; zero outside the picture.
void gatherColumns(const FeatureMap& input, const ConvolutionShape& shape, int first, int outWidth, int outPixels, float* columns) {
    for (int p = 0; p < kTile; ++p) {
        const int pixel = std::min(first + p, outPixels - 1);
        const int left = pixel % outWidth * shape.stride - shape.padding, top = pixel / outWidth * shape.stride - shape.padding;
        float* target = columns + p;
        for (int c = 0; c < input.channels; ++c) {
            const float* plane = input.values.data() + static_cast<std::ptrdiff_t>(c) * input.pixels();
            for (int y = top; y < top + shape.side; ++y)
                for (int x = left; x < left + shape.side; ++x, target += kTile)
                    *target = y >= 0 && y < input.height && x >= 0 && x < input.width ? plane[y * input.width + x] : 0.0F;
        }
    }
}

}  // namespace

FeatureMap convolveRelu(const FeatureMap& input, const ConvolutionShape& shape, const float* weights, const float* bias) {
    TESSERA_ASSERT(input.channels == shape.inputs && shape.outputs % kRows == 0);
    FeatureMap output{shape.outputs, (input.height + 2 * shape.padding - shape.side) / shape.stride + 1,
                      (input.width + 2 * shape.padding - shape.side) / shape.stride + 1, {}};
    const int pixels = output.pixels(), depth = shape.inputs * shape.side * shape.side;
    output.values.resize(static_cast<std::size_t>(shape.outputs) * static_cast<std::size_t>(pixels));
    parallelFor((pixels + kTile - 1) / kTile, 1, [&](int begin, int end) {
        std::vector<float> columns(static_cast<std::size_t>(depth * kTile));
        float sums[kRows * kTile];
        for (int tile = begin; tile < end; ++tile) {
            const int first = tile * kTile, count = std::min(kTile, pixels - first);
            gatherColumns(input, shape, first, output.width, pixels, columns.data());
            for (int channel = 0; channel < shape.outputs; channel += kRows) {
                multiplyTileFast(weights + static_cast<std::ptrdiff_t>(channel) * depth, static_cast<const float*>(columns.data()), depth, +sums);
                for (int r = 0; r < kRows; ++r) {
                    const float* row = sums + r * kTile;
                    float* target = output.values.data() + static_cast<std::ptrdiff_t>(channel + r) * pixels + first;
                    for (int p = 0; p < count; ++p) target[p] = std::max(0.0F, row[p] + bias[channel + r]);
                }
            }
        }
    });
    return output;
}

FeatureMap maxPool(const FeatureMap& input, int side, int stride) {
    FeatureMap output{input.channels, (input.height - side) / stride + 1, (input.width - side) / stride + 1, {}};
    output.values.reserve(static_cast<std::size_t>(output.channels) * static_cast<std::size_t>(output.pixels()));
    for (int c = 0; c < input.channels; ++c) {
        const float* plane = input.values.data() + static_cast<std::ptrdiff_t>(c) * input.pixels();
        for (int y = 0; y < output.height; ++y)
            for (int x = 0; x < output.width; ++x) {
                float most = plane[y * stride * input.width + x * stride];
                for (int dy = 0; dy < side; ++dy)
                    for (int dx = 0; dx < side; ++dx) most = std::max(most, plane[(y * stride + dy) * input.width + x * stride + dx]);
                output.values.push_back(most);
            }
    }
    return output;
}

}  // namespace tessera
