// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/difference_kind.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::test {
namespace {

using namespace ui;

Image field(int width, int height, int channels, std::vector<float> samples) {
    return Image(width, height, channels, SharedArray<float>(std::move(samples)));
}

TEST(DifferenceKind, AnUnknownNameIsTheAbsoluteOne) {
    EXPECT_EQ(differenceKind("signed").mapping, FieldMapping::Signed);
    EXPECT_EQ(differenceKind("nonsense").mapping, FieldMapping::Absolute);
}

TEST(DifferenceKind, OneFieldHoldsAllKinds) {
    const Image image = field(2, 1, 5, {0, 0, 0, 0, 0, 0.3f, -0.1f, 0.1f, 0.7f, 0.2f});
    EXPECT_NEAR(*fieldValue(image, FieldMapping::Absolute, 1, 0), 0.5f / 3, 1e-6);
    EXPECT_NEAR(*fieldValue(image, FieldMapping::Signed, 1, 0), 0.1f, 1e-6);
    EXPECT_NEAR(*fieldValue(image, FieldMapping::Squared, 1, 0), 0.11f / 3, 1e-6);
    EXPECT_NEAR(*fieldValue(image, FieldMapping::Flip, 1, 0), 0.7f, 1e-6);
    EXPECT_NEAR(*fieldValue(image, FieldMapping::Ssim, 1, 0), 0.2f, 1e-6);
}

TEST(DifferenceKind, NothingOutsideOrWithoutTheChannel) {
    const Image image = field(1, 1, 3, {0.1f, 0.2f, 0.3f});
    EXPECT_FALSE(fieldValue(image, FieldMapping::Absolute, 1, 0));
    EXPECT_FALSE(fieldValue(image, FieldMapping::Absolute, 0, -1));
    EXPECT_FALSE(fieldValue(image, FieldMapping::Flip, 0, 0));
    EXPECT_FALSE(fieldValue(image, FieldMapping::Ssim, 0, 0));
    EXPECT_FALSE(fieldValue(image, FieldMapping::Colour, 0, 0));
}

TEST(DifferenceKind, TheOwnRangeOfASignedFieldIsCentred) {
    const Image image = field(2, 1, 3, {-0.4f, -0.4f, -0.4f, 0.1f, 0.1f, 0.1f});
    EXPECT_THAT(ownRange(image, FieldMapping::Signed), testing::Pair(testing::FloatEq(-0.4f), testing::FloatEq(0.4f)));
    EXPECT_THAT(ownRange(image, FieldMapping::Absolute), testing::Pair(0, testing::FloatEq(0.4f)));
}

TEST(DifferenceKind, TheOwnRangeIsNeverEmptyAndBearsWhatIsNoNumber) {
    const auto flat = ownRange(field(1, 1, 3, {0, 0, 0}), FieldMapping::Absolute);
    EXPECT_LT(flat.first, flat.second);
    const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
    const auto range = ownRange(field(3, 1, 1, {nan, infinity, 0.5f}), FieldMapping::Scalar);
    EXPECT_THAT(range, testing::Pair(0, 0.5f));
}

TEST(DifferenceKind, StoredIntegersHaveARangeToo) {
    const Image image(2, 1, 1, SharedArray<std::uint8_t>(std::vector<std::uint8_t>{0, 51}));
    EXPECT_THAT(ownRange(image, FieldMapping::Scalar), testing::Pair(0, testing::FloatEq(0.2f)));
}

}  // namespace
}  // namespace tessera::test
