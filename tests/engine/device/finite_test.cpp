// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "testing/device_probe.h"

namespace tessera::probes {
namespace {

/// More than one piece of the parallel search, and a view that begins off a word.
TEST(AllFinite, OneBadValueAnywhereIsFoundOnTheCpu) {
    std::vector<float> values(300000, 0.5f);
    for (const char* precision : {"fp32", "bf16", "fp16"}) {
        for (const std::int64_t first : {0, 1}) {
            EXPECT_TRUE(finite("cpu", precision, values, first)) << precision;
            for (const std::size_t place : {std::size_t(1), std::size_t(65536), std::size_t(199999), values.size() - 1}) {
                values[place] = place % 2 ? std::nanf("") : -std::numeric_limits<float>::infinity();
                EXPECT_FALSE(finite("cpu", precision, values, first)) << precision << " at " << place << " from " << first;
                values[place] = 0.5f;
            }
        }
    }
}

TEST(AllFinite, WhatLiesBeforeTheViewDoesNotCount) {
    EXPECT_TRUE(finite("cpu", "fp32", {std::nanf(""), 1, 2}, 1));
    EXPECT_TRUE(finite("cpu", "fp32", {std::nanf("")}, 1)) << "nothing is finite";
}

}  // namespace
}  // namespace tessera::probes
