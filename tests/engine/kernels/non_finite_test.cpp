// SPDX-License-Identifier: Apache-2.0
#include "kernels/non_finite.h"

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include "test_activations.h"

namespace tessera::kernels {
namespace {

using test::TestActivations;

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();

/// Twin and kernel on the elements from `first` on: a view need not begin on a 16-byte word.
void expectFound(const TestActivations& values, Element element, std::int64_t first, bool wanted, const char* what) {
    const void* data = static_cast<const std::byte*>(values.host().data) + first * static_cast<std::int64_t>(byteSize(element));
    const std::int64_t size = static_cast<std::int64_t>(values.size()) - first;
    EXPECT_EQ(holdsNonFinite({data, element, size}), wanted) << "twin: " << what;
    std::int32_t found = 0;
    findNonFinite({data, element, size}, &found, nullptr);
    EXPECT_EQ(found, wanted ? 1 : 0) << "kernel: " << what;
}

class NonFinite : public testing::TestWithParam<Element> {};

TEST_P(NonFinite, EveryPlaceOfARaggedViewIsSeen) {
    for (const std::int64_t first : {0, 1, 3}) {
        TestActivations values = TestActivations(GetParam(), 1, 1, 37).fill(0, 1);
        expectFound(values, GetParam(), first, false, "nothing wrong");
        for (const std::int64_t place : {first, first + 5, std::int64_t(20), std::int64_t(35), std::int64_t(36)}) {
            const auto at = static_cast<std::size_t>(place);
            const float kept = values.at(at);
            for (const float bad : {kNaN, kInfinity, -kInfinity}) {
                values.set(at, bad);
                expectFound(values, GetParam(), first, true, (std::to_string(bad) + " at " + std::to_string(place) + " from " + std::to_string(first)).c_str());
            }
            values.set(at, kept);
        }
    }
}

TEST_P(NonFinite, LargeAndTinyNumbersAreFinite) {
    TestActivations values(GetParam(), 1, 1, 64);
    const float largest = GetParam() == Element::Float32 ? std::numeric_limits<float>::max() : GetParam() == Element::BFloat16 ? 0x1.fep127f : 65504.f;
    for (std::size_t i = 0; i < values.size(); ++i) values.set(i, i % 3 == 0 ? largest : i % 3 == 1 ? -largest : 0x1p-24f);
    ASSERT_EQ(values.at(0), largest);
    expectFound(values, GetParam(), 0, false, "the largest numbers");
}

TEST_P(NonFinite, MoreValuesThanThreadsAreAllRead) {
    TestActivations values = TestActivations(GetParam(), 1, 9000, 4).fill(0, 1);
    values.set(values.size() - 3, kNaN);
    expectFound(values, GetParam(), 0, true, "near the end");
}

INSTANTIATE_TEST_SUITE_P(Elements, NonFinite, testing::Values(Element::Float32, Element::BFloat16, Element::Float16),
                         [](const auto& info) { return info.param == Element::Float32 ? "Float32" : info.param == Element::BFloat16 ? "BFloat16" : "Float16"; });

TEST(NonFiniteLimits, NothingIsFiniteAndLessIsRefused) {
    std::int32_t found = 0;
    findNonFinite({nullptr, Element::Float32, 0}, &found, nullptr);
    EXPECT_EQ(found, 0);
    EXPECT_FALSE(holdsNonFinite({nullptr, Element::Float32, 0}));
    EXPECT_THROW(findNonFinite({nullptr, Element::Float32, -1}, &found, nullptr), std::invalid_argument);
    EXPECT_THROW(holdsNonFinite({nullptr, Element::Float32, -1}), std::invalid_argument);
}

/// The twins' 16-bit types: every bit pattern survives the way to float32 and back.
TEST(SmallFloats, EveryPatternComesBack) {
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto pattern = static_cast<std::uint16_t>(bits);
        const float half = floatFromFloat16(pattern), brain = floatFromBFloat16(pattern);
        ASSERT_TRUE(std::isnan(half) || float16FromFloat(half) == pattern) << bits;
        ASSERT_TRUE(std::isnan(brain) || bfloat16FromFloat(brain) == pattern) << bits;
    }
    EXPECT_EQ(floatFromFloat16(0x3c00), 1.f);
    EXPECT_EQ(floatFromFloat16(0x0001), 0x1p-24f);
    EXPECT_EQ(float16FromFloat(65519.f), 0x7bff);
    EXPECT_EQ(float16FromFloat(65520.f), 0x7c00);
    EXPECT_EQ(float16FromFloat(0x1.004p0f), 0x3c01) << "ties go to even: 1 + 1.5 units";
    EXPECT_EQ(float16FromFloat(0x1.002p0f), 0x3c00) << "ties go to even: 1 + half a unit";
    EXPECT_EQ(bfloat16FromFloat(0x1.01p0f), 0x3f80) << "ties go to even";
    EXPECT_EQ(bfloat16FromFloat(0x1.03p0f), 0x3f82) << "ties go to even";
    EXPECT_TRUE(std::isnan(floatFromBFloat16(bfloat16FromFloat(std::bit_cast<float>(0x7f800001u))))) << "a NaN whose upper half is infinity's";
}

}  // namespace
}  // namespace tessera::kernels
