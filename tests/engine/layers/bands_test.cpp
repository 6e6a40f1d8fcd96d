// SPDX-License-Identifier: Apache-2.0
// Layers that go through an activation band by band against the same in one piece.
#include <gtest/gtest.h>

#include "engine/layers/layer_cases.h"

namespace tessera {
namespace {

using namespace testing_probes;
using test::distance, test::layerOf, test::normal;
using Border = ConvolutionCase::Border;

/// Bands of 8 rows while it lives.
class InSmallBands {
public:
    InSmallBands() { setBandBytes(1); }
    ~InSmallBands() { setBandBytes(0); }
};

template <typename Run>
auto inBands(const Run& run) {
    const InSmallBands bands;
    return run();
}

struct Case {
    const char* name;
    int in, out, kernel, stride;
    Border border;
    Shape shape;
    bool bf16 = false;
};

class ConvolutionInBands : public testing::TestWithParam<Case> {};

TEST_P(ConvolutionInBands, EqualsOnePiece) {
    const Case& c = GetParam();
    const ConvolutionCase layer = layerOf(c.in, c.out, c.kernel, c.stride, c.border);
    const auto x = normal(c.shape.elements(), 3);
    // In bf16 a sum near the middle of two values may round either way.
    const float limit = c.bf16 ? 0.02f : 2e-6f;
    const auto whole = convolution(layer, x, c.shape, {}, c.bf16);
    EXPECT_LE(distance(inBands([&] { return convolution(layer, x, c.shape, {}, c.bf16); }), whole), limit);
    const auto added = normal(whole.size(), 4);
    EXPECT_LE(distance(inBands([&] { return convolution(layer, x, c.shape, added, c.bf16); }), convolution(layer, x, c.shape, added, c.bf16)), limit);
    if (c.kernel != 3 || c.stride != 1 || c.border != Border::Same) return;
    EXPECT_LE(distance(inBands([&] { return convolutionOnDoubled(layer, x, c.shape, c.bf16); }), convolutionOnDoubled(layer, x, c.shape, c.bf16)), limit);
}

// Heights that bands divide, that leave a rest, that are a single row more; batches; every kind of layer that the families have.
INSTANTIATE_TEST_SUITE_P(Layers, ConvolutionInBands,
                         testing::Values(Case{"Winograd", 64, 96, 3, 1, Border::Same, {1, 32, 19, 64}}, Case{"WinogradRest", 64, 64, 3, 1, Border::Same, {1, 29, 16, 64}},
                                         Case{"WinogradOneRow", 64, 64, 3, 1, Border::Same, {2, 17, 9, 64}}, Case{"Direct", 24, 10, 3, 1, Border::Same, {1, 33, 12, 24}},
                                         Case{"DirectBatch", 24, 24, 3, 1, Border::Same, {2, 20, 7, 24}}, Case{"Pointwise", 48, 16, 1, 1, Border::Same, {1, 27, 8, 48}},
                                         Case{"Halving", 16, 24, 3, 2, Border::BelowRight, {1, 50, 14, 16}}, Case{"HalvingOdd", 16, 24, 3, 2, Border::BelowRight, {2, 39, 13, 16}},
                                         Case{"Patches", 3, 16, 8, 8, Border::None, {1, 160, 40, 3}}, Case{"Pairs", 64, 128, 2, 2, Border::None, {1, 38, 10, 64}},
                                         Case{"Bf16", 128, 128, 3, 1, Border::Same, {1, 26, 10, 128}, true}, Case{"Bf16Pointwise", 128, 128, 1, 1, Border::Same, {1, 26, 10, 128}, true}),
                         [](const auto& info) { return info.param.name; });

TEST(ConvolutionInBands, ByWinogradIsTheSameToTheBit) {
    if (!usesWinograd(64, 64)) GTEST_SKIP() << "needs AVX-512";
    const Shape shape{1, 43, 21, 64};
    const ConvolutionCase layer = layerOf(64, 64);
    const auto x = normal(shape.elements(), 5);
    EXPECT_EQ(inBands([&] { return convolution(layer, x, shape); }), convolution(layer, x, shape));
    EXPECT_EQ(inBands([&] { return convolutionOnDoubled(layer, x, shape); }), convolutionOnDoubled(layer, x, shape));
}

TEST(ConvolutionInBands, EachBandIsReported) {
    const Shape shape{1, 29, 7, 24};
    const ConvolutionCase layer = layerOf(24, 8);
    const auto x = normal(shape.elements(), 9);
    EXPECT_EQ(progressReportsOf(layer, x, shape), 1);
    EXPECT_EQ(inBands([&] { return progressReportsOf(layer, x, shape); }), 4);
}

TEST(GroupNormInBands, HasTheStatisticsOfTheWholeMap) {
    for (const Shape& shape : {Shape{1, 30, 16, 64}, Shape{2, 17, 5, 24}, Shape{1, 8, 3, 8}}) {
        for (const bool silu : {false, true}) {
            for (const bool bf16 : {false, true}) {
                const GroupNormCase layer{.groups = 4, .epsilon = 1e-6f, .silu = silu, .weight = normal(shape.channels, 6, 0.3f, 1), .bias = normal(shape.channels, 7)};
                // Rows differ in mean: a norm of each band would give something else altogether.
                auto x = normal(shape.elements(), 8);
                for (std::size_t i = 0; i < x.size(); ++i) x[i] += 3.f * float(i) / float(x.size());
                const auto whole = groupNorm(layer, x, shape, bf16);
                EXPECT_LE(distance(inBands([&] { return groupNormInBands(layer, x, shape, bf16); }), whole), bf16 ? 0.04f : 4e-6f);
            }
        }
    }
}

}  // namespace
}  // namespace tessera
