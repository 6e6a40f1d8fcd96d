// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/number_words.h"

#include <limits>

#include <gtest/gtest.h>

#include "panels/stage/viewport.h"

namespace tessera::ui {
namespace {

TEST(NumberWords, DecimalsAreFixedAndTheMinusIsTrue) {
    EXPECT_EQ(fixedNumber(34.3, 2), "34.30");
    EXPECT_EQ(fixedNumber(-0.125, 3), "−0.125");
    EXPECT_EQ(fixedNumber(-0.0004, 2), "0.00") << "nothing has no sign";
    EXPECT_EQ(fixedNumber(std::numeric_limits<double>::infinity(), 2), "∞");
    EXPECT_EQ(fixedNumber(std::numeric_limits<double>::quiet_NaN(), 2), "NaN");
}

TEST(NumberWords, MeasuresHaveTheirDecimalsAndADashWhereTheyCannotBe) {
    EXPECT_EQ(measureNumber({"psnr", 34.394, Unit::Decibels, ""}), "34.39");
    EXPECT_EQ(measureNumber({"ssim", 0.95666, Unit::None, ""}), "0.957");
    EXPECT_EQ(measureNumber({"lpips", std::nullopt, Unit::None, "needs weights"}), "–");
    EXPECT_EQ(measureTitle("ms_ssim"), "MS-SSIM");
}

TEST(NumberWords, TimesReadAsAPersonWouldSayThem) {
    EXPECT_EQ(durationWords(0.041), "41 ms");
    EXPECT_EQ(durationWords(0.62), "0.6 s");
    EXPECT_EQ(durationWords(12.4), "12 s");
    EXPECT_EQ(durationWords(240), "4 min");
    EXPECT_EQ(timeLeftWords(0.4), "under 1 s left");
    EXPECT_EQ(timeLeftWords(3.2), "3 s left");
    EXPECT_EQ(timeLeftWords(150), "3 min left");
}

TEST(Easing, BothEndsAreTheCamerasThemselvesAndOnePointStays) {
    const canvas::Camera from{.centreX = 0.5, .centreY = 0.5, .zoom = 1}, to{.centreX = 0.7, .centreY = 0.4, .zoom = 8};
    EXPECT_EQ(between(from, to, 0), from);
    EXPECT_NEAR(between(from, to, 1).centreX, to.centreX, 1e-12);
    EXPECT_NEAR(between(from, to, 1).zoom, to.zoom, 1e-12);
    // The point that both show at the same distance from the middle: p - centre = k / zoom.
    const double held = (to.centreX * to.zoom - from.centreX * from.zoom) / (to.zoom - from.zoom);
    const double offset = (held - from.centreX) * from.zoom;
    for (const double share : {0.2, 0.5, 0.9}) {
        const canvas::Camera camera = between(from, to, share);
        EXPECT_NEAR((held - camera.centreX) * camera.zoom, offset, 1e-9) << share;
    }
}

}  // namespace
}  // namespace tessera::ui
