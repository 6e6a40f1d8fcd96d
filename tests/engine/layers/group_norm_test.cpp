// SPDX-License-Identifier: Apache-2.0
// The CPU's group norm against its definition in double.
#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "engine/layers/layer_cases.h"

namespace tessera {
namespace {

using namespace testing_probes;
using test::normal;

GroupNormCase layerOf(const Shape& shape, int groups, bool silu) {
    return {.groups = groups, .epsilon = 1e-6f, .silu = silu, .weight = normal(shape.channels, 1, 0.3f, 1), .bias = normal(shape.channels, 2, 0.5f)};
}

std::vector<double> byDefinition(const GroupNormCase& layer, const std::vector<float>& x, const Shape& shape) {
    std::vector<double> y(x.size());
    const std::int64_t positions = shape.height * shape.width, width = shape.channels / layer.groups;
    for (std::int64_t b = 0; b < shape.batch; ++b) {
        for (int group = 0; group < layer.groups; ++group) {
            const auto forEach = [&](auto&& visit) {
                for (std::int64_t p = 0; p < positions; ++p) {
                    for (std::int64_t c = group * width; c < (group + 1) * width; ++c) visit((b * positions + p) * shape.channels + c, c);
                }
            };
            double mean = 0, variance = 0;
            forEach([&](std::int64_t at, std::int64_t) { mean += x[at] / double(positions * width); });
            forEach([&](std::int64_t at, std::int64_t) { variance += (x[at] - mean) * (x[at] - mean) / double(positions * width); });
            forEach([&](std::int64_t at, std::int64_t c) {
                const double n = (x[at] - mean) / std::sqrt(variance + double(layer.epsilon)) * layer.weight[c] + layer.bias[c];
                y[at] = layer.silu ? n / (1 + std::exp(-n)) : n;
            });
        }
    }
    return y;
}

double distance(const std::vector<float>& a, const std::vector<double>& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!(std::abs(a[i] - b[i]) <= largest)) largest = std::abs(a[i] - b[i]);
    }
    return largest;
}

TEST(GroupNorm, AgreesWithItsDefinition) {
    for (const Shape& shape : {Shape{1, 16, 16, 64}, Shape{2, 7, 5, 24}, Shape{1, 1, 1, 8}, Shape{3, 40, 33, 32}, Shape{1, 9, 9, 12}}) {
        for (const bool silu : {false, true}) {
            for (const int groups : {1, 4}) {
                const GroupNormCase layer = layerOf(shape, groups, silu);
                const auto x = normal(shape.elements(), 3);
                EXPECT_LT(distance(groupNorm(layer, x, shape), byDefinition(layer, x, shape)), 4e-6) << shape.channels << " channels, " << groups << " groups, silu " << silu;
            }
        }
    }
}

TEST(GroupNorm, SurvivesAMeanFarFromZero) {
    const Shape shape{1, 64, 64, 32};
    const GroupNormCase layer = layerOf(shape, 8, false);
    const auto x = normal(shape.elements(), 4, 1, 1000);
    // Of 1000 +- 1 float32 keeps steps of 6e-5; sums of squares about zero would keep none of the spread.
    EXPECT_LT(distance(groupNorm(layer, x, shape), byDefinition(layer, x, shape)), 5e-4);
}

TEST(GroupNorm, InBf16RoundsOnlyWhatGoesInAndOut) {
    const Shape shape{1, 20, 20, 128};
    const GroupNormCase layer = layerOf(shape, 32, true);
    std::vector<float> x = normal(shape.elements(), 5);
    for (float& value : x) value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xffff0000u);  // bf16 holds it
    const auto exact = byDefinition(layer, x, shape);
    const auto y = groupNorm(layer, x, shape, true);
    for (std::size_t i = 0; i < y.size(); ++i) {
        ASSERT_NEAR(y[i], exact[i], std::abs(exact[i]) / 250 + 1e-5) << i;
    }
}

TEST(GroupNorm, NotANumberIsNotHidden) {
    const Shape shape{1, 16, 16, 32};
    for (const float value : {std::nanf(""), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
        for (const bool bf16 : {false, true}) {
            std::vector<float> x = normal(shape.elements(), 6);
            x[777] = value;
            bool found = false;
            for (const float each : groupNorm(layerOf(shape, 4, true), x, shape, bf16)) found |= !std::isfinite(each);
            EXPECT_TRUE(found) << value << (bf16 ? " in bf16" : "");
        }
    }
}

TEST(GroupNorm, SiluOfLargeValuesIsExactAtBothEnds) {
    const Shape shape{1, 1, 2, 16};
    GroupNormCase layer{.groups = 1, .epsilon = 0, .silu = true, .weight = std::vector<float>(16, 100.f), .bias = std::vector<float>(16, 0.f)};
    std::vector<float> x(32);
    for (int i = 0; i < 32; ++i) x[i] = i < 16 ? 1.f : -1.f;
    const auto y = groupNorm(layer, x, shape);
    EXPECT_FLOAT_EQ(y[0], 100.f);
    EXPECT_NEAR(y[31], 0.f, 1e-30f);
}

}  // namespace
}  // namespace tessera
