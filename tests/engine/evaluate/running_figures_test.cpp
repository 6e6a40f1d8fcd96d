// SPDX-License-Identifier: Apache-2.0
#include "evaluate/running_figures.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace tessera::evaluation {
namespace {

TEST(RunningMean, IsMeanAndStandardErrorOfWhatIsFinite) {
    RunningMean mean;
    for (const double value : {30.0, 32.0, std::numeric_limits<double>::infinity(), 37.0, std::numeric_limits<double>::quiet_NaN()}) mean.add(value);
    const EvaluationFigure figure = mean.figure("psnr", Unit::Decibels);
    EXPECT_EQ(figure.count, 3u);
    EXPECT_EQ(figure.infinite, 1u);
    EXPECT_NEAR(figure.mean, 33, 1e-12);
    EXPECT_NEAR(figure.standardError, std::sqrt((9.0 + 1 + 16) / 2 / 3), 1e-12);
}

TEST(RunningMean, OneValueHasNoError) {
    RunningMean mean;
    EXPECT_TRUE(std::isnan(mean.figure("psnr", Unit::None).mean));
    mean.add(3);
    EXPECT_EQ(mean.figure("psnr", Unit::None).mean, 3);
    EXPECT_TRUE(std::isnan(mean.figure("psnr", Unit::None).standardError));
}

TEST(RunningMoments, OfPartsAreThoseOfTheWhole) {
    // 0 and 2; 4, 4 and 10: mean 4, squares 16 + 4 + 0 + 0 + 36.
    RunningMoments moments;
    moments.add(2, {.mean = 1, .deviation = 1, .least = 0, .largest = 2});
    moments.add(3, {.mean = 6, .deviation = std::sqrt(8.0), .least = 4, .largest = 10});
    EXPECT_NEAR(moments.use().mean, 4, 1e-12);
    EXPECT_NEAR(moments.use().deviation, std::sqrt(56.0 / 5), 1e-12);
    EXPECT_EQ(moments.use().least, 0);
    EXPECT_EQ(moments.use().largest, 10);
    RunningMoments other;
    other.add(RunningMoments());
    other.add(moments);
    EXPECT_NEAR(other.use().deviation, moments.use().deviation, 1e-12);
    EXPECT_EQ(other.use().least, 0);
}

TEST(CodeCounts, TellUseEntropyAndWhatIsDead) {
    CodeCounts counts({.codebookSizes = {4, 2}});
    const std::vector<std::int64_t> codes{0, 1, 0, 1, 2, -1, 3, 1};  // depth 1: 0 0 2 3; depth 2: 1 1 none 1
    counts.add(codes);
    EXPECT_EQ(counts.cells(), 4);
    const std::vector<CodeUse> uses = counts.uses();
    EXPECT_EQ(uses[0].used, 3);
    EXPECT_EQ(uses[0].dead(), 1);
    EXPECT_NEAR(uses[0].entropy, 1.5, 1e-12);
    EXPECT_NEAR(uses[0].perplexity, std::exp2(1.5), 1e-12);
    EXPECT_EQ(uses[1].used, 1);
    EXPECT_EQ(uses[1].entropy, 0);
    EXPECT_EQ(uses[1].perplexity, 1);
    EXPECT_EQ(counts.deadCodewords(), 2);
}

TEST(CodeCounts, ASharedCodewordIsDeadWhereNoDepthUsesIt) {
    CodeCounts counts({.codebookSizes = {4, 4}, .shared = true});
    const std::vector<std::int64_t> codes{0, 1, 0, 2};
    counts.add(codes);
    EXPECT_EQ(counts.deadCodewords(), 1);
    EXPECT_EQ(counts.uses()[0].dead(), 3);
}

TEST(CodeCounts, ACodeBeyondTheCodebookIsRefused) {
    CodeCounts counts({.codebookSizes = {4}});
    EXPECT_THROW(counts.add(std::vector<std::int64_t>{4}), Failure);
    EXPECT_THROW(counts.add(std::vector<std::int64_t>{-2}), Failure);
}

}  // namespace
}  // namespace tessera::evaluation
