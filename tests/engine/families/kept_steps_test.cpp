// SPDX-License-Identifier: Apache-2.0
#include "families/kept_steps.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<int> kept(int steps, int asked) {
    std::vector<int> all;
    for (int step = 0; step < steps; ++step) {
        if (isKeptStep(step, steps, asked)) all.push_back(step);
    }
    return all;
}

TEST(KeptSteps, AreSpreadEvenlyFromTheFirstToTheLast) {
    EXPECT_THAT(kept(9, 0), IsEmpty());
    EXPECT_THAT(kept(9, 1), ElementsAre(8));
    EXPECT_THAT(kept(9, 2), ElementsAre(0, 8));
    EXPECT_THAT(kept(9, 3), ElementsAre(0, 4, 8));
    EXPECT_THAT(kept(1, 64), ElementsAre(0));
    EXPECT_THAT(kept(4, 64), ElementsAre(0, 1, 2, 3));
    for (int steps = 2; steps < 130; ++steps) {
        for (int asked = 2; asked <= 64; ++asked) {
            const std::vector<int> all = kept(steps, asked);
            ASSERT_EQ(all.size(), static_cast<std::size_t>(std::min(steps, asked))) << asked << " of " << steps;
            EXPECT_EQ(all.front(), 0);
            EXPECT_EQ(all.back(), steps - 1);
            int shortest = steps, longest = 0;
            for (std::size_t i = 1; i < all.size(); ++i) {
                shortest = std::min(shortest, all[i] - all[i - 1]);
                longest = std::max(longest, all[i] - all[i - 1]);
            }
            EXPECT_LE(longest - shortest, 1) << asked << " of " << steps;
        }
    }
}

TEST(KeptSteps, ASmallBudgetKeepsFewer) {
    EXPECT_EQ(keptStepsWithin(12, 100, 1e9), 12);
    EXPECT_EQ(keptStepsWithin(12, 100, 550), 5);
    EXPECT_EQ(keptStepsWithin(12, 100, 10), 2) << "the first and the last";
    EXPECT_EQ(keptStepsWithin(12, 100, 0), 2);
    EXPECT_EQ(keptStepsWithin(1, 100, 0), 1);
    EXPECT_EQ(keptStepsWithin(0, 100, 0), 0);
    EXPECT_EQ(keptStepsWithin(12, 0, 0), 12) << "of pictures that nobody paints";
}

}  // namespace
}  // namespace tessera
