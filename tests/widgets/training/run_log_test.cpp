// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/run_log.h"

#include <chrono>
#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::ui {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr const char* kHeader = "step,rate,gradient_norm,seconds_per_step,name,value\n";

std::string row(std::int64_t step, const char* name, double value) {
    return std::to_string(step) + ",0.0008,1.5,0.25," + name + ',' + std::to_string(value) + '\n';
}

TEST(RunLog, RowsBecomeCurvesInTheOrderOfTheirNames) {
    RunLog log;
    log.add(kHeader + row(50, "kl", 12) + row(50, "total", 0.5) + row(100, "held_out.psnr", 30.25) + row(100, "kl", 10) + row(100, "total", 0.25));
    ASSERT_EQ(log.curves().size(), 3u);
    EXPECT_EQ(log.curves()[0].name, "kl");
    EXPECT_THAT(log.find("kl")->steps, ElementsAre(50, 100));
    EXPECT_THAT(log.find("total")->values, ElementsAre(0.5, 0.25));
    EXPECT_THAT(log.find("held_out.psnr")->values, ElementsAre(30.25));
    EXPECT_EQ(log.find("nothing"), nullptr);
    ASSERT_TRUE(log.latest());
    EXPECT_EQ(log.latest()->step, 100);
    EXPECT_DOUBLE_EQ(log.latest()->rate, 0.0008);
    EXPECT_DOUBLE_EQ(log.latest()->gradientNorm, 1.5);
    EXPECT_DOUBLE_EQ(log.latest()->secondsPerStep, 0.25);
}

TEST(RunLog, ALineThatIsHalfThereWaitsForItsRest) {
    std::string text = kHeader;
    for (int step = 1; step <= 40; ++step) text += row(step, "total", step * 0.125) + row(step, "kl", step);
    RunLog whole, bytes;
    whole.add(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
        bytes.add(std::string_view(text).substr(i, 1));
        // Half a number is no number.
        if (const RunCurve* total = bytes.find("total")) {
            EXPECT_DOUBLE_EQ(total->values.back(), static_cast<double>(total->steps.back()) * 0.125);
        }
    }
    EXPECT_EQ(bytes.find("total")->values, whole.find("total")->values);
    EXPECT_EQ(bytes.find("kl")->steps, whole.find("kl")->steps);
    EXPECT_EQ(bytes.skipped(), 0u);
}

TEST(RunLog, WhatIsNoRowIsLeftOut) {
    RunLog log;
    log.add("1,2,3\nx,0.1,1,1,total,5\n1,0.1,1,1,total,5,6\n-4,0.1,1,1,total,5\n1,0.1,1,1,,5\n\n1,0.1,1,1,total,5x\n\r\n7,0.1,1,1,total,5\r\n");
    EXPECT_EQ(log.skipped(), 6u);
    ASSERT_EQ(log.curves().size(), 1u);
    EXPECT_THAT(log.curves()[0].steps, ElementsAre(7));
}

TEST(RunLog, ValuesThatAreNoNumbersStay) {
    RunLog log;
    log.add("1,0.1,nan,1,total,nan\n2,0.1,inf,1,total,inf\n3,0.1,1,1,total,-1e-300\n");
    ASSERT_EQ(log.curves().size(), 1u);
    EXPECT_TRUE(std::isnan(log.curves()[0].values[0]));
    EXPECT_TRUE(std::isinf(log.curves()[0].values[1]));
    EXPECT_EQ(log.curves()[0].values[2], -1e-300);
}

TEST(RunLog, AFileWithoutLinesDoesNotFillTheMemory) {
    RunLog log;
    for (int i = 0; i < 1000; ++i) log.add(std::string(1000, 'x'));
    log.add('\n' + row(3, "total", 1));
    EXPECT_EQ(log.skipped(), 1u);
    EXPECT_THAT(log.find("total")->steps, ElementsAre(3));
}

TEST(RunLog, StepsThatAreTrainedAgainReplaceThoseBefore) {
    RunLog log;
    for (int step = 10; step <= 50; step += 10) log.add(row(step, "total", step) + row(step, "kl", step));
    log.add(row(50, "held_out.psnr", 20));
    // It was killed at 50, and its last checkpoint was of step 25.
    log.add(row(30, "total", 300) + row(30, "kl", 301));
    EXPECT_THAT(log.find("total")->steps, ElementsAre(10, 20, 30));
    EXPECT_THAT(log.find("total")->values, ElementsAre(10, 20, 300));
    EXPECT_THAT(log.find("kl")->values, ElementsAre(10, 20, 301));
    EXPECT_TRUE(log.find("held_out.psnr")->steps.empty());
    EXPECT_EQ(log.latest()->step, 30);
    log.add(row(30, "total", 303));
    EXPECT_THAT(log.find("total")->values, ElementsAre(10, 20, 303)) << "one value a step";
}

TEST(RunLog, AHundredThousandLinesTakeNoTime) {
    std::string text = kHeader;
    for (int step = 1; step <= 12500; ++step) {
        for (const char* name : {"charbonnier", "gradient", "kl", "perceptual", "adversarial", "total", "codes", "commitment"}) text += row(step, name, 1.0 / step);
    }
    const auto start = std::chrono::steady_clock::now();
    RunLog log;
    log.add(text);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ASSERT_EQ(log.curves().size(), 8u);
    EXPECT_EQ(log.find("commitment")->values.size(), 12500u);
    EXPECT_LT(seconds, 2);
    RecordProperty("milliseconds", static_cast<int>(seconds * 1000));
}

TEST(Smoothed, IsABiasFreeMovingAverage) {
    const std::vector<double> constant(20, 3.0), none = smoothed(constant, 0);
    EXPECT_EQ(none, constant);
    for (const double value : smoothed(constant, 0.9)) EXPECT_NEAR(value, 3, 1e-12) << "no pull towards 0";
    // By hand: (0.5 * 0.5 * 1 + 0.5 * 3) / (0.5 * 0.5 + 0.5).
    EXPECT_THAT(smoothed(std::vector<double>{1, 3}, 0.5), ElementsAre(DoubleNear(1, 1e-12), DoubleNear(7.0 / 3, 1e-12)));
    const std::vector<double> gap = smoothed(std::vector<double>{1, std::nan(""), 3}, 0.5);
    EXPECT_TRUE(std::isnan(gap[1]));
    EXPECT_NEAR(gap[2], 7.0 / 3, 1e-12);
    EXPECT_TRUE(smoothed({}, 0.5).empty());
}

}  // namespace
}  // namespace tessera::ui
