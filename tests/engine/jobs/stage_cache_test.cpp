// SPDX-License-Identifier: Apache-2.0
#include "jobs/stage_cache.h"

#include <gtest/gtest.h>
#include <string>

namespace tessera {
namespace {

Hash128 key(int n) {
    return Hasher().add(n).finish();
}
StageValue value(int n, std::size_t bytes) {
    return StageValue::make(n, bytes);
}

TEST(StageCache, GivesWhatWasPutIn) {
    StageCache cache(100);
    cache.insert(key(1), value(11, 40));
    ASSERT_TRUE(cache.find(key(1)));
    EXPECT_EQ(cache.find(key(1)).as<int>(), 11);
    EXPECT_FALSE(cache.find(key(2)));
    EXPECT_EQ(cache.bytes(), 40U);
    EXPECT_EQ(cache.entries(), 1U);
}

TEST(StageCache, TheLeastRecentlyUsedLeavesFirst) {
    StageCache cache(100);
    cache.insert(key(1), value(1, 40));
    cache.insert(key(2), value(2, 40));
    EXPECT_TRUE(cache.find(key(1)));  // now 2 is the older one
    cache.insert(key(3), value(3, 40));
    EXPECT_TRUE(cache.find(key(1)));
    EXPECT_FALSE(cache.find(key(2)));
    EXPECT_TRUE(cache.find(key(3)));
    EXPECT_EQ(cache.bytes(), 80U);
}

TEST(StageCache, OneLargeValuePushesOutSeveralSmallOnes) {
    StageCache cache(100);
    for (int i = 0; i < 10; ++i) cache.insert(key(i), value(i, 10));
    cache.insert(key(10), value(10, 95));
    EXPECT_EQ(cache.entries(), 1U);
    EXPECT_EQ(cache.bytes(), 95U);
    EXPECT_TRUE(cache.find(key(10)));
}

TEST(StageCache, AValueLargerThanTheBudgetIsNotKeptAndPushesNobodyOut) {
    StageCache cache(100);
    cache.insert(key(1), value(1, 60));
    cache.insert(key(2), value(2, 101));
    EXPECT_TRUE(cache.find(key(1)));
    EXPECT_FALSE(cache.find(key(2)));
}

TEST(StageCache, ANewValueOfAKeyTakesTheOldOnesPlaceAndBytes) {
    StageCache cache(100);
    cache.insert(key(1), value(1, 60));
    cache.insert(key(1), value(2, 30));
    EXPECT_EQ(cache.find(key(1)).as<int>(), 2);
    EXPECT_EQ(cache.bytes(), 30U);
    EXPECT_EQ(cache.entries(), 1U);
}

TEST(StageCache, ASmallerBudgetEvictsAtOnce) {
    StageCache cache(100);
    for (int i = 0; i < 10; ++i) cache.insert(key(i), value(i, 10));
    cache.setBudget(25);
    EXPECT_EQ(cache.budget(), 25U);
    EXPECT_EQ(cache.entries(), 2U);
    EXPECT_TRUE(cache.find(key(9)));
    EXPECT_TRUE(cache.find(key(8)));
    cache.clear();
    EXPECT_EQ(cache.entries(), 0U);
    EXPECT_EQ(cache.bytes(), 0U);
}

TEST(StageCache, WhoeverHoldsAValueKeepsItAlive) {
    StageCache cache(100);
    cache.insert(key(1), StageValue::make(std::string("kept"), 50));
    const StageValue held = cache.find(key(1));
    cache.clear();
    EXPECT_EQ(held.as<std::string>(), "kept");
}

TEST(StageValueDeathTest, ReadingItAsAnotherTypeAborts) {
    EXPECT_DEATH((void)value(1, 1).as<float>(), "this must hold");
}

}  // namespace
}  // namespace tessera
