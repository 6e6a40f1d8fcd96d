// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "testing/layer_probes.h"

namespace tessera {
namespace {

using namespace testing_probes;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKept = false;
#else
constexpr bool kKept = true;
#endif

TEST(ActivationMemory, LargeTensorsTakeTheMemoryOfThoseBeforeThem) {
    if (!kKept) GTEST_SKIP() << "off under AddressSanitizer";
    EXPECT_TRUE(largeMemoryIsReused(40 << 20));
    EXPECT_GE(keptMemory(), std::size_t(40) << 20);
    releaseKeptMemory();
    EXPECT_EQ(keptMemory(), 0u);
}

TEST(ActivationMemory, WhatIsVeryLargeIsGivenBackAtOnce) {
    if (!kKept) GTEST_SKIP() << "off under AddressSanitizer";
    largeMemoryIsReused(std::int64_t(600) << 20);
    EXPECT_LT(keptMemory(), std::size_t(600) << 20);
}

TEST(ActivationMemory, KeepsNoMoreThanItsBudget) {
    if (!kKept) GTEST_SKIP() << "off under AddressSanitizer";
    for (std::int64_t size = 2; size < 200; size += 9) largeMemoryIsReused(size << 20);
    EXPECT_LE(keptMemory(), std::size_t(512) << 20);
    releaseKeptMemory();
}

}  // namespace
}  // namespace tessera
