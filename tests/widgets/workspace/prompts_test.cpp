// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/prompts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::ui {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ModelChoice kSees{.reference = "clip"}, kBlind{.reference = "vae"};

bool hasTexts(const ModelChoice& choice) { return choice == kSees; }

Groups board() {
    return {{.model = {}, .lenses = {{.id = LensColumnId{1}, .lens = "input", .parameters = {}}}},
            {.model = kSees, .lenses = {{.id = LensColumnId{2}, .lens = "token_norm", .parameters = {}}}},
            {.model = kBlind, .lenses = {{.id = LensColumnId{3}, .lens = "reconstruction", .parameters = {}}}}};
}

TEST(Prompts, AreSplitTrimmedAndNamedOnce) {
    EXPECT_THAT(splitPrompts(" a dog |the sky\n a dog||\t"), ElementsAre("a dog", "the sky"));
    EXPECT_THAT(splitPrompts(" | "), IsEmpty());
    EXPECT_EQ(joinedPrompts({"a dog", "the sky"}), "a dog|the sky");
    EXPECT_THAT(splitPrompts(joinedPrompts({"a dog", "the sky"})), ElementsAre("a dog", "the sky"));
}

TEST(Prompts, BecomeMapsWhereThereIsATextTower) {
    std::uint32_t next = 10;
    const Groups groups = withPrompts(board(), {"a dog", "the sky"}, hasTexts, next);
    EXPECT_EQ(groups[0], board()[0]);
    EXPECT_EQ(groups[2], board()[2]);
    ASSERT_EQ(groups[1].lenses.size(), 2U);
    const LensColumn& maps = groups[1].lenses[1];
    EXPECT_EQ(maps.lens, "text_similarity");
    EXPECT_EQ(maps.id, LensColumnId{10});
    EXPECT_EQ(maps.parameters.at("prompts"), Value(std::string("a dog|the sky")));
    ASSERT_TRUE(maps.sweep);
    EXPECT_EQ(maps.sweep->parameter, "prompt");
    EXPECT_THAT(maps.sweep->values, ElementsAre(Value(std::string("a dog")), Value(std::string("the sky"))));
    EXPECT_THAT(promptsOf(groups), ElementsAre("a dog", "the sky"));
    EXPECT_EQ(columnsOf(groups).size(), 5U);
}

TEST(Prompts, ReachLensesThatCompareWithAllOfThemWithoutASweep) {
    Groups groups = board();
    groups[1].lenses.push_back({.id = LensColumnId{4}, .lens = "text_similarity", .parameters = {{"show", std::string("best")}}});
    groups[1].lenses.push_back({.id = LensColumnId{5}, .lens = "zero_shot", .parameters = {}});
    std::uint32_t next = 10;
    groups = withPrompts(groups, {"a dog", "the sky"}, hasTexts, next);
    for (const LensColumnId id : {LensColumnId{4}, LensColumnId{5}}) {
        EXPECT_FALSE(findLens(groups, id)->sweep);
        EXPECT_EQ(findLens(groups, id)->parameters.at("prompts"), Value(std::string("a dog|the sky")));
    }
    ASSERT_NE(findLens(groups, LensColumnId{10}), nullptr);
    EXPECT_TRUE(findLens(groups, LensColumnId{10})->sweep);
}

TEST(Prompts, AreOneColumnWhereEveryTokenShowsTheMostAlike) {
    std::uint32_t next = 10;
    Groups groups = withPrompts(board(), {"a dog", "the sky"}, hasTexts, next);
    const auto set = [&](const char* name, const char* value) { groups = withParameter(groups, {.lens = LensColumnId{10}, .step = 1}, name, std::string(value)); };
    set("values", "probability");
    ASSERT_TRUE(findLens(groups, LensColumnId{10})->sweep);
    set("show", "best");
    EXPECT_FALSE(findLens(groups, LensColumnId{10})->sweep);
    EXPECT_EQ(columnsOf(groups).size(), 4U);
}

TEST(Prompts, OneIsNoSweepAndNoneChangesNothing) {
    std::uint32_t next = 10;
    Groups groups = withPrompts(board(), {"a dog", "the sky"}, hasTexts, next);
    EXPECT_EQ(withPrompts(groups, {}, hasTexts, next), groups);
    groups = withPrompts(groups, {"a dog"}, hasTexts, next);
    EXPECT_FALSE(groups[1].lenses[1].sweep);
    EXPECT_THAT(promptsOf(groups), ElementsAre("a dog"));
    EXPECT_EQ(next, 11U);
}

TEST(Prompts, NeedOneColumnWhereThereAreNoMaps) {
    Groups groups = board();
    groups[2].lenses.push_back({.id = LensColumnId{4}, .lens = "text_similarity", .parameters = {}});
    std::uint32_t next = 10;
    groups = withPrompts(groups, {"a dog", "the sky"}, hasTexts, next);
    EXPECT_FALSE(findLens(groups, LensColumnId{4})->sweep);
    EXPECT_EQ(findLens(groups, LensColumnId{4})->parameters.at("prompts"), Value(std::string("a dog|the sky")));
}

}  // namespace
}  // namespace tessera::ui
