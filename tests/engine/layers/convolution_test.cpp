// SPDX-License-Identifier: Apache-2.0
// Convolutions against sums of products in double: every path that a layer may take.
#include <tuple>

#include <gtest/gtest.h>

#include "engine/layers/layer_cases.h"

namespace tessera {
namespace {

using namespace testing_probes;
using test::distance, test::layerOf, test::normal;
using Border = ConvolutionCase::Border;

struct Geometry {
    int in, out;
    Shape shape;
};

class WinogradGeometry : public testing::TestWithParam<Geometry> {};

TEST_P(WinogradGeometry, AgreesWithSums) {
    const auto& [in, out, shape] = GetParam();
    if (!usesWinograd(in, out)) GTEST_SKIP() << "needs AVX-512";
    const ConvolutionCase layer = layerOf(in, out);
    const auto x = normal(shape.elements(), 3);
    EXPECT_LT(distance(convolution(layer, x, shape), convolutionBySums(layer, x, shape)), 1e-5f);
    const auto added = normal(std::size_t(shape.batch * shape.height * shape.width) * out, 4);
    EXPECT_LT(distance(convolution(layer, x, shape, added), convolutionBySums(layer, x, shape, added)), 1e-5f);
}

// Odd and even sides, one row, one column, fewer tiles than one block of the product, more than one strip, a batch whose samples share a strip.
INSTANTIATE_TEST_SUITE_P(Shapes, WinogradGeometry,
                         testing::Values(Geometry{64, 64, {1, 8, 8, 64}}, Geometry{64, 96, {1, 7, 9, 64}}, Geometry{80, 64, {1, 1, 13, 80}}, Geometry{64, 64, {1, 13, 1, 64}},
                                         Geometry{64, 128, {1, 1, 1, 64}}, Geometry{128, 64, {3, 5, 6, 128}}, Geometry{64, 64, {1, 33, 31, 64}}));

std::vector<float> doubled(const std::vector<float>& x, const Shape& shape) {
    std::vector<float> y;
    for (std::int64_t row = 0; row < shape.batch * shape.height * 2; ++row) {
        for (std::int64_t column = 0; column < shape.width * 2; ++column) {
            const auto pixel = x.begin() + (row / 2 * shape.width + column / 2) * shape.channels;
            y.insert(y.end(), pixel, pixel + shape.channels);
        }
    }
    return y;
}

TEST(Convolution, OnDoubledSidesAgreesWithSums) {
    for (const auto& [in, out, bf16, limit] : {std::tuple{64, 96, false, 1e-5f}, {24, 10, false, 2e-5f}, {128, 64, true, 0.06f}}) {
        const Shape shape{2, 5, 7, in}, larger{2, 10, 14, in};
        const ConvolutionCase layer = layerOf(in, out);
        const auto x = normal(shape.elements(), 10);
        EXPECT_LT(distance(convolutionOnDoubled(layer, x, shape, bf16), convolutionBySums(layer, doubled(x, shape), larger)), limit) << in << " to " << out;
    }
}

TEST(Convolution, LayersThatWinogradDoesNotTakeAgreeWithSums) {
    EXPECT_FALSE(usesWinograd(48, 64));
    EXPECT_FALSE(usesWinograd(64, 48));
    EXPECT_FALSE(usesWinograd(72, 64));
    const Shape shape{2, 9, 8, 24};
    const auto x = normal(shape.elements(), 5);
    for (const ConvolutionCase& layer : {layerOf(24, 10), layerOf(24, 33, 1), layerOf(24, 16, 2, 2, Border::None), layerOf(24, 7, 3, 2, Border::BelowRight), layerOf(24, 16, 8, 8, Border::None)}) {
        EXPECT_LT(distance(convolution(layer, x, shape), convolutionBySums(layer, x, shape)), 2e-5f) << layer.kernel << " stride " << layer.stride;
    }
    const ConvolutionCase layer = layerOf(24, 24);
    const auto added = normal(shape.elements(), 6);
    EXPECT_LT(distance(convolution(layer, x, shape, added), convolutionBySums(layer, x, shape, added)), 2e-5f);
}

TEST(Convolution, InBf16AWideLayerIsCountedAndNear) {
    const Shape shape{1, 12, 12, 128};
    const ConvolutionCase layer = layerOf(128, 128);
    const auto x = normal(shape.elements(), 7), exact = convolutionBySums(layer, x, shape);
    const auto before = lowPrecisionConvolutions();
    const float error = distance(convolution(layer, x, shape, {}, true), exact);
    EXPECT_EQ(lowPrecisionConvolutions(), before + 1);
    EXPECT_LT(error, 0.05f);
    EXPECT_GT(error, 1e-4f) << "no bf16 arithmetic ran";
    const auto added = normal(shape.elements(), 8);
    EXPECT_LT(distance(convolution(layer, x, shape, added, true), convolutionBySums(layer, x, shape, added)), 0.06f);
}

TEST(Convolution, InBf16ANarrowLayerStaysExact) {
    const Shape shape{1, 12, 12, 16};
    const ConvolutionCase layer = layerOf(16, 8);
    const auto x = normal(shape.elements(), 9);
    const auto before = lowPrecisionConvolutions();
    EXPECT_LT(distance(convolution(layer, x, shape, {}, true), convolutionBySums(layer, x, shape)), 1e-5f);
    EXPECT_EQ(lowPrecisionConvolutions(), before);
}

}  // namespace
}  // namespace tessera
