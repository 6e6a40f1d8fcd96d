// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/work_estimate.h"

#include <gtest/gtest.h>

namespace tessera::test {
namespace {

using ui::LensColumnId;
using ui::WorkEstimate;

constexpr LensColumnId kReconstruction{1}, kDifference{2};

WorkEstimate::Time at(double seconds) {
    return WorkEstimate::Time{} + std::chrono::duration_cast<WorkEstimate::Time::duration>(std::chrono::duration<double>(seconds));
}

TEST(WorkEstimate, SaysNothingBeforeThreeWereFinished) {
    WorkEstimate estimate;
    for (const double end : {2.0, 4.0}) {
        estimate.finished(kReconstruction, at(end));
        EXPECT_FALSE(estimate.secondsLeft({{kReconstruction, 10}}, at(end)));
    }
    estimate.finished(kReconstruction, at(6));
    EXPECT_NEAR(estimate.secondsLeft({{kReconstruction, 10}}, at(6)).value(), 20, 1e-6);
    EXPECT_FALSE(estimate.secondsLeft({{kDifference, 10}}, at(6))) << "of another lens it knows nothing";
    estimate.clear();
    EXPECT_FALSE(estimate.secondsLeft({{kReconstruction, 10}}, at(6)));
    EXPECT_EQ(estimate.done(), 0);
}

TEST(WorkEstimate, RunsDownSteadilyWhileEachTakesAsLongAsTheLast) {
    WorkEstimate estimate;
    std::optional<double> before;
    for (int i = 1; i <= 20; ++i) {
        estimate.finished(kReconstruction, at(2.0 * i));
        for (const double later : {0.0, 0.5, 1.0, 1.5}) {
            const auto left = estimate.secondsLeft({{kReconstruction, 20 - i}}, at(2.0 * i + later));
            if (i >= 3 && i < 20) {
                EXPECT_NEAR(left.value(), 2.0 * (20 - i) - later, 1e-6);
            }
            if (before && left) {
                EXPECT_LE(*left, *before);
            }
            before = left;
        }
    }
}

TEST(WorkEstimate, RowsThatBringSeveralLensesByTurnsAreNotCountedTwice) {
    WorkEstimate estimate;
    for (int row = 1; row <= 4; ++row) {
        estimate.finished(kReconstruction, at(3.0 * row));
        estimate.finished(kDifference, at(3.0 * row + 0.2));
    }
    EXPECT_NEAR(estimate.secondsLeft({{kReconstruction, 5}, {kDifference, 5}}, at(12.2)).value(), 15, 0.3);
}

TEST(WorkEstimate, GrowsWhenOneTakesLongerThanThoseBefore) {
    WorkEstimate estimate;
    for (int i = 1; i <= 4; ++i) estimate.finished(kReconstruction, at(i));
    const double usual = estimate.secondsLeft({{kReconstruction, 6}}, at(5)).value();
    const double late = estimate.secondsLeft({{kReconstruction, 6}}, at(9)).value();
    EXPECT_NEAR(usual, 5, 1e-6);
    EXPECT_GT(late, usual);
    EXPECT_LT(late, 6 * 5) << "one does not outweigh all";
}

TEST(WorkEstimate, FollowsWhatWasFinishedLast) {
    WorkEstimate estimate;
    for (int i = 1; i <= 10; ++i) estimate.finished(kReconstruction, at(0.1 * i));
    for (int i = 1; i <= 8; ++i) estimate.finished(kReconstruction, at(10 + 4.0 * i));
    EXPECT_NEAR(estimate.secondsLeft({{kReconstruction, 3}}, at(42)).value(), 12, 1e-6);
}

}  // namespace
}  // namespace tessera::test
