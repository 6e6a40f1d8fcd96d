// SPDX-License-Identifier: Apache-2.0
#include "kernels/group_norm.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_activations.h"

namespace tessera::kernels {
namespace {

using test::TestActivations;

HostFloats hostView(const std::vector<float>& values) {
    return {values.data(), static_cast<std::int64_t>(values.size())};
}
DeviceFloats deviceView(const std::vector<float>& values) {
    return {values.data(), static_cast<std::int64_t>(values.size())};
}

struct Case {
    const char* name;
    Element element;
    std::int64_t batch, positions, channels;
    GroupNormOptions options;
    float mean = 0.5f, deviation = 2.f;

    friend std::ostream& operator<<(std::ostream& stream, const Case& c) { return stream << c.name; }
};

struct GroupNorm : testing::TestWithParam<Case> {
    const Case& c = GetParam();
    TestActivations x = TestActivations(c.element, c.batch, c.positions, c.channels).fill(c.mean, c.deviation);
    TestActivations y{c.element, c.batch, c.positions, c.channels};
    std::vector<float> weight = test::normalValues(c.channels, 1, 0.3f, 7), bias = test::normalValues(c.channels, 0, 0.5f, 8);

    /// The definition, written out for one element.
    double expected(std::int64_t sample, std::int64_t position, std::int64_t channel) const {
        const std::int64_t width = c.channels / c.options.groups, first = channel / width * width;
        double sum = 0, squares = 0;
        const auto visit = [&](auto&& use) {
            for (std::int64_t p = 0; p < c.positions; ++p) {
                for (std::int64_t i = first; i < first + width; ++i) use(x.at(static_cast<std::size_t>((sample * c.positions + p) * c.channels + i)));
            }
        };
        visit([&](double value) { sum += value; });
        const double count = static_cast<double>(width * c.positions), mean = sum / count;
        visit([&](double value) { squares += (value - mean) * (value - mean); });
        const double value = x.at(static_cast<std::size_t>((sample * c.positions + position) * c.channels + channel));
        const auto at = static_cast<std::size_t>(channel);
        const double n = (value - mean) / std::sqrt(squares / count + c.options.epsilon) * weight[at] + bias[at];
        return c.options.silu ? n / (1 + std::exp(-n)) : n;
    }

    /// Some halves of the last place of the element type (one is lost by rounding, two may lie between two roundings of nearly the same
    /// number), and float32's own error far from zero.
    double tolerance(double value, int halves) const {
        const double half = c.element == Element::Float32 ? 0 : c.element == Element::BFloat16 ? 0x1p-8 : 0x1p-11;
        return std::abs(value) * half * halves + 2e-6 + 4e-7 * std::abs(c.mean) / c.deviation;
    }

    void expectDefinition() const {
        for (std::int64_t sample = 0; sample < c.batch; ++sample) {
            for (const std::int64_t position : {std::int64_t(0), c.positions / 2, c.positions - 1}) {
                for (std::int64_t channel = 0; channel < c.channels; channel += 1 + c.channels / 7) {
                    const double wanted = expected(sample, position, channel);
                    EXPECT_NEAR(y.at(static_cast<std::size_t>((sample * c.positions + position) * c.channels + channel)), wanted, tolerance(wanted, 1))
                        << "sample " << sample << ", position " << position << ", channel " << channel;
                }
            }
        }
    }
};

TEST_P(GroupNorm, TwinFollowsTheDefinition) {
    groupNorm(x.host(), hostView(weight), hostView(bias), c.options, y.hostOut());
    expectDefinition();
}

/// The kernel's own code, run on the CPU.
TEST_P(GroupNorm, KernelAgreesWithItsTwinEverywhere) {
    ASSERT_TRUE(groupNormTakes(c.element, c.channels, c.options.groups));
    std::vector<float> scratch(static_cast<std::size_t>(groupNormScratch(c.element, c.batch, c.positions, c.channels)), std::nanf(""));
    groupNorm(x.device(), deviceView(weight), deviceView(bias), c.options, y.deviceOut(), {scratch.data(), static_cast<std::int64_t>(scratch.size())}, nullptr);
    TestActivations twin(c.element, c.batch, c.positions, c.channels);
    groupNorm(x.host(), hostView(weight), hostView(bias), c.options, twin.hostOut());
    double worst = 0;
    for (std::size_t i = 0; i < y.size(); ++i) worst = std::max(worst, std::abs(static_cast<double>(y.at(i)) - twin.at(i)) / tolerance(twin.at(i), 2));
    EXPECT_LE(worst, 1) << "times the tolerance";
    EXPECT_FALSE(std::isnan(y.at(0)));
}

TEST_P(GroupNorm, KernelMayWriteOverItsInput) {
    std::vector<float> scratch(static_cast<std::size_t>(groupNormScratch(c.element, c.batch, c.positions, c.channels)));
    const DeviceFloatsOut room{scratch.data(), static_cast<std::int64_t>(scratch.size())};
    groupNorm(x.device(), deviceView(weight), deviceView(bias), c.options, y.deviceOut(), room, nullptr);
    groupNorm(x.device(), deviceView(weight), deviceView(bias), c.options, x.deviceOut(), room, nullptr);
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_EQ(x.at(i), y.at(i)) << i;
}

INSTANTIATE_TEST_SUITE_P(Shapes, GroupNorm,
                         testing::Values(Case{"OnePosition", Element::Float32, 1, 1, 4, {.groups = 2}},
                                         Case{"GroupsWithinAWord", Element::Float32, 2, 37, 8, {.groups = 8, .epsilon = 1e-6f}},
                                         Case{"ManyChunks", Element::Float32, 2, 1300, 24, {.groups = 8, .epsilon = 1e-6f, .silu = true}},
                                         Case{"WideChannels", Element::Float32, 1, 21, 2048, {.groups = 32, .silu = true}},
                                         Case{"MeanFarFromZero", Element::Float32, 1, 700, 16, {.groups = 2}, 1000.f, 1.f},
                                         Case{"FluxInBFloat16", Element::BFloat16, 1, 520, 128, {.groups = 32, .epsilon = 1e-6f, .silu = true}},
                                         Case{"OneWordPerThread", Element::BFloat16, 2, 40, 2048, {.groups = 32}},
                                         Case{"Float16", Element::Float16, 1, 300, 64, {.groups = 8, .silu = true}}),
                         [](const auto& info) { return info.param.name; });

TEST(GroupNormConstant, GivesTheBias) {
    TestActivations x(Element::Float32, 1, 50, 4), y(Element::Float32, 1, 50, 4);
    for (std::size_t i = 0; i < x.size(); ++i) x.set(i, 3.25f);
    const std::vector<float> weight(4, 5.f), bias{1, 2, 3, 4};
    std::vector<float> scratch(static_cast<std::size_t>(groupNormScratch(Element::Float32, 1, 50, 4)));
    groupNorm(x.device(), deviceView(weight), deviceView(bias), {.groups = 2}, y.deviceOut(), {scratch.data(), static_cast<std::int64_t>(scratch.size())}, nullptr);
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_FLOAT_EQ(y.at(i), bias[i % 4]);
}

TEST(GroupNormLimits, WhatTheKernelCannotTakeIsKnownBefore) {
    EXPECT_TRUE(groupNormTakes(Element::Float32, 12, 4));
    EXPECT_FALSE(groupNormTakes(Element::Float32, 6, 2)) << "not whole words";
    EXPECT_FALSE(groupNormTakes(Element::BFloat16, 12, 4)) << "not whole words";
    EXPECT_FALSE(groupNormTakes(Element::Float32, 12, 5)) << "unequal groups";
    EXPECT_FALSE(groupNormTakes(Element::Float32, 12, 0));
    EXPECT_FALSE(groupNormTakes(Element::Float32, 0, 1));
}

TEST(GroupNormLimits, WrongShapesAreRefused) {
    TestActivations x(Element::Float32, 1, 4, 8), y(Element::Float32, 1, 4, 8), other(Element::Float32, 1, 4, 4);
    const std::vector<float> eight(8, 1.f), four(4, 1.f);
    std::vector<float> scratch(4096);
    const DeviceFloatsOut room{scratch.data(), 4096};
    const auto run = [&](const std::vector<float>& weight, int groups, DeviceActivationsOut to, DeviceFloatsOut space) {
        groupNorm(x.device(), deviceView(weight), deviceView(eight), {.groups = groups}, to, space, nullptr);
    };
    EXPECT_NO_THROW(run(eight, 2, y.deviceOut(), room));
    EXPECT_THROW(run(four, 2, y.deviceOut(), room), std::invalid_argument);
    EXPECT_THROW(run(eight, 3, y.deviceOut(), room), std::invalid_argument);
    EXPECT_THROW(run(eight, 2, other.deviceOut(), room), std::invalid_argument);
    EXPECT_THROW(run(eight, 2, y.deviceOut(), {scratch.data(), 8}), std::invalid_argument);
    DeviceActivationsOut shifted = y.deviceOut();
    shifted.data = static_cast<std::byte*>(shifted.data) + 4;
    EXPECT_THROW(run(eight, 2, shifted, room), std::invalid_argument);
}

}  // namespace
}  // namespace tessera::kernels
