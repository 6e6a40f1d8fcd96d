// SPDX-License-Identifier: GPL-3.0-or-later
#include "codes/code_use.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::test {
namespace {

using testing::ElementsAre;

CodeLayout residual(std::vector<int> sizes) {
    return {.kind = CodeLayout::Kind::Residual, .codebookSizes = std::move(sizes), .codewordDim = 2, .pixelsPerCell = 16};
}

/// One row of two tokens, two depths: lengths 5 and 5, of which 3 and 4 are left, then 1 and 2.
TokenGrid twoTokens() {
    TokenGrid grid{.layout = residual({4, 4}), .rows = 1, .columns = 2};
    grid.codes = {0, 3, 0, 1};
    grid.found = {0, 3, 2, 1};
    grid.norm = {5, 5};
    grid.residual = {3, 1, 4, 2};
    return grid;
}

TEST(CodeUse, EvenUseHasThePerplexityOfItsCodes) {
    const ui::CodeUse use{.counts = {7, 7, 0, 7, 7}, .total = 28};
    EXPECT_EQ(use.used(), 4);
    EXPECT_EQ(use.unused(), 1);
    EXPECT_DOUBLE_EQ(use.entropy(), 2.0);
    EXPECT_DOUBLE_EQ(use.perplexity(), 4.0);
}

TEST(CodeUse, EntropyIsThatOfTheShares) {
    const ui::CodeUse use{.counts = {1, 3}, .total = 4};
    EXPECT_NEAR(use.entropy(), -(0.25 * std::log2(0.25) + 0.75 * std::log2(0.75)), 1e-12);
}

TEST(CodeUse, OneCodeAloneCarriesNothing) {
    const ui::CodeUse use{.counts = {0, 9}, .total = 9};
    EXPECT_EQ(use.entropy(), 0);
    EXPECT_FALSE(std::signbit(use.entropy()));
    EXPECT_EQ(use.perplexity(), 1);
}

TEST(CodeUse, NothingCountedIsNotOneCode) {
    const ui::CodeUse use{.counts = {0, 0}, .total = 0};
    EXPECT_EQ(use.entropy(), 0);
    EXPECT_EQ(use.perplexity(), 0);
    EXPECT_TRUE(use.ranked().empty());
}

TEST(CodeUse, RanksByUseAndThenByNumber) {
    const ui::CodeUse use{.counts = {2, 0, 5, 2, 9}, .total = 18};
    EXPECT_THAT(use.ranked(), ElementsAre(4, 2, 0, 3));
}

TEST(CodeStatistics, CountsDepthByDepth) {
    ui::CodeStatistics statistics(residual({4, 4}));
    statistics.add(ui::shownCodes(twoTokens()));
    EXPECT_THAT(statistics.depth(0).counts, ElementsAre(2, 0, 0, 0));
    EXPECT_THAT(statistics.depth(1).counts, ElementsAre(0, 1, 0, 1));
    EXPECT_EQ(statistics.depth(1).total, 2);
}

TEST(CodeStatistics, FoundCodesAreTheSearchs) {
    EXPECT_THAT(ui::foundCodes(twoTokens()).codes, ElementsAre(0, 3, 2, 1));
}

TEST(CodeStatistics, NoCodeAndCodesBeyondTheCodebookAreNotCounted) {
    ui::CodeStatistics statistics(residual({2}));
    statistics.add({.codes = {-1, 1, 7}, .energy = 1, .left = {0}});
    EXPECT_THAT(statistics.depth(0).counts, ElementsAre(0, 1));
    EXPECT_EQ(statistics.depth(0).total, 1);
}

TEST(CodeStatistics, WhatIsRemovedWasNeverThere) {
    ui::CodeStatistics statistics(residual({4, 4}));
    statistics.add(ui::shownCodes(twoTokens()));
    const ui::PictureCodes other{.codes = {1, 1, 1, 1}, .energy = 3, .left = {2, 1}};
    statistics.add(other);
    statistics.remove(other);
    EXPECT_EQ(statistics.pictures(), 1);
    EXPECT_THAT(statistics.depth(0).counts, ElementsAre(2, 0, 0, 0));
    EXPECT_NEAR(*statistics.energyShare(0), 0.5, 1e-12);
}

TEST(CodeStatistics, EnergyIsWhatADepthTakesAway) {
    ui::CodeStatistics statistics(residual({4, 4}));
    statistics.add(ui::shownCodes(twoTokens()));
    EXPECT_NEAR(*statistics.energyShare(0), (50.0 - 25.0) / 50, 1e-12);  // 25 + 25 before, 9 + 16 after
    EXPECT_NEAR(*statistics.energyShare(1), (25.0 - 5.0) / 50, 1e-12);
}

TEST(CodeStatistics, CodebooksSideBySideHaveNoShareOfEnergy) {
    TokenGrid grid = twoTokens();
    grid.layout.kind = CodeLayout::Kind::Product;
    ui::CodeStatistics statistics(grid.layout);
    statistics.add(ui::shownCodes(grid));
    EXPECT_FALSE(statistics.energyShare(0));
    EXPECT_EQ(statistics.depth(0).total, 2);
}

TEST(CodeStatistics, NothingCountedHasNoShareOfEnergy) {
    EXPECT_FALSE(ui::CodeStatistics(residual({4})).energyShare(0));
}

TEST(EditedCodes, HaveTheEditsCodesInTheirPlaces) {
    const TokenEdit edit{.rows = 1, .columns = 2, .depths = 2, .changes = {{.row = 0, .column = 1, .depth = 0, .code = -1}, {.row = 0, .column = 0, .depth = 1, .code = 2}}};
    EXPECT_THAT(ui::editedCodes({0, 3, 2, 1}, edit), ElementsAre(0, 2, -1, 1));
}

TEST(EditedCodes, AnEditOfAnotherGridChangesNothing) {
    const TokenEdit edit{.rows = 4, .columns = 4, .depths = 2, .changes = {{.row = 3, .column = 3, .depth = 1, .code = 2}}};
    EXPECT_THAT(ui::editedCodes({0, 3, 2, 1}, edit), ElementsAre(0, 3, 2, 1));
}

}  // namespace
}  // namespace tessera::test
