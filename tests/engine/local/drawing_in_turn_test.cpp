// SPDX-License-Identifier: Apache-2.0
// Drawings whose memory ends.
#include <algorithm>

#include <gmock/gmock.h>

#include "core/error.h"
#include "testing/drawing_probe.h"

namespace tessera {
namespace {

using probes::drawWithShortMemory;
using probes::ShortMemory;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::vector<std::int32_t>> codesOf(const Generation& drawn) {
    std::vector<std::vector<std::int32_t>> codes;
    for (const GeneratedPicture& each : drawn.pictures) codes.push_back(each.codes);
    return codes;
}

TEST(DrawingInTurn, AllAreDrawnTogetherWhereTheyFit) {
    const auto drawn = drawWithShortMemory({.pictures = 3, .together = 3});
    EXPECT_EQ(drawn.steps.size(), 4u);
    EXPECT_THAT(drawn.notes, IsEmpty());
}

TEST(DrawingInTurn, WhatDoesNotFitTogetherIsDrawnInTurnAndBecomesTheSame) {
    const auto whole = drawWithShortMemory({.pictures = 3, .together = 3});
    for (const int at : {-1, 0, 2}) {
        const auto drawn = drawWithShortMemory({.pictures = 3, .together = 1, .at = at});
        EXPECT_EQ(codesOf(drawn.steps.back()), codesOf(whole.steps.back())) << at;
        EXPECT_THAT(drawn.notes, ElementsAre(HasSubstr("one after the other")));
        EXPECT_EQ(drawn.steps.back().drawn, 4);
    }
}

TEST(DrawingInTurn, NothingThatWasThereIsLostOnTheWay) {
    const auto drawn = drawWithShortMemory({.pictures = 2, .together = 1, .at = 3});
    int before = 0, tokens = 0;
    for (const Generation& step : drawn.steps) {
        EXPECT_GE(step.drawn, tokens);
        tokens = step.drawn;
        int known = 0;
        for (const auto& codes : codesOf(step)) known += static_cast<int>(std::ranges::count_if(codes, [](std::int32_t code) { return code >= 0; }));
        EXPECT_GE(known, before);
        before = known;
    }
    EXPECT_EQ(before, 8);
}

TEST(DrawingInTurn, OfAFlowSomethingIsExpectedOfEveryPicture) {
    const auto drawn = drawWithShortMemory({.pictures = 2, .together = 1, .at = -1, .flows = true});
    ASSERT_EQ(drawn.expected.size(), 8u);
    for (std::size_t step = 0; step < 8; ++step) EXPECT_THAT(drawn.expected[step], ElementsAre(7, step < 4 ? 0 : 8)) << step;
}

TEST(DrawingInTurn, OnePictureIsBegunAgainOnceAndThenItFails) {
    const auto drawn = drawWithShortMemory({.together = 0, .failures = 1, .at = 2});
    EXPECT_THAT(codesOf(drawn.steps.back()), ElementsAre(ElementsAre(70, 71, 72, 73)));
    EXPECT_THAT(drawn.notes, ElementsAre(HasSubstr("begun again")));
    try {
        drawWithShortMemory({.pictures = 2, .together = 0, .at = 1});
        ADD_FAILURE() << "it fits into nothing";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, ErrorCode::OutOfMemory);
        EXPECT_THAT(failure.error().message, HasSubstr("even for one picture by itself"));
    }
}

}  // namespace
}  // namespace tessera
