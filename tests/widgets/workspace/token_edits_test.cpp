// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/token_edits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workspace/session.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::ElementsAre;
using testing::IsEmpty;

/// 3 x 4 tokens of 2 depths of 10 codewords; the code of a place at depth 0 is row + column, at depth 1 it is 9 less that.
TokenGrid grid() {
    TokenGrid grid{.layout = {.codebookSizes = {10, 10}, .codewordDim = 4, .pixelsPerCell = 16}, .rows = 3, .columns = 4};
    for (int row = 0; row < grid.rows; ++row) {
        for (int column = 0; column < grid.columns; ++column) {
            grid.found.push_back(row + column);
            grid.found.push_back(9 - row - column);
        }
    }
    grid.codes = grid.found;
    grid.fingerprint = "model";
    return grid;
}

/// The grid as it is with an edit.
TokenGrid with(TokenGrid grid, const TokenEditPointer& edit) {
    grid.codes = grid.found;
    if (!edit) return grid;
    for (const TokenEdit::Change& change : edit->changes) grid.codes[grid.at(change.row, change.column, change.depth)] = change.code;
    return grid;
}

int code(const TokenGrid& grid, int row, int column, int depth) {
    return grid.codes[grid.at(row, column, depth)];
}

TEST(TokenEdits, OnlyWhatDiffersFromTheSearchIsAnEdit) {
    const TokenGrid before = grid();
    EXPECT_EQ(withCodeAt(before, {{1, 1}}, 0, 2), nullptr);  // it is 2 already
    const TokenEditPointer edit = withCodeAt(before, {{1, 1}, {2, 3}}, 0, 7);
    ASSERT_NE(edit, nullptr);
    EXPECT_THAT(edit->changes, ElementsAre(TokenEdit::Change{1, 1, 0, 7}, TokenEdit::Change{2, 3, 0, 7}));
    EXPECT_EQ(edit->depths, 2);
    const TokenGrid after = with(before, edit);
    EXPECT_EQ(editedTokens(after), 2);
    // An edit upon an edit keeps what is there; back to what was found there is none.
    const TokenEditPointer second = withCodeAt(after, {{0, 0}}, 1, -1);
    EXPECT_EQ(second->changes.size(), 3U);
    EXPECT_EQ(withCodeAt(after, {{1, 1}, {2, 3}}, 0, 2)->changes.size(), 1U);
    EXPECT_EQ(reverted(after, {{1, 1}, {2, 3}}), nullptr);
    EXPECT_EQ(reverted(after, {{1, 1}})->changes.size(), 1U);
}

TEST(TokenEdits, DepthsGoOneByOneOrWithAllAfterThem) {
    TokenGrid three = grid();
    const TokenGrid one = with(three, withoutDepth(three, {{0, 1}}, 0, false)), rest = with(three, withoutDepth(three, {{0, 1}}, 0, true));
    EXPECT_EQ(code(one, 0, 1, 0), -1);
    EXPECT_EQ(code(one, 0, 1, 1), 8);
    EXPECT_EQ(code(rest, 0, 1, 0), -1);
    EXPECT_EQ(code(rest, 0, 1, 1), -1);
    EXPECT_EQ(editedTokens(rest), 1);
}

TEST(TokenEdits, ChanceIsTheSameForTheSameSeed) {
    const TokenGrid before = grid();
    const std::vector<TokenPlace> all = rectangle({0, 0}, {2, 3});
    ASSERT_EQ(all.size(), 12U);
    EXPECT_EQ(with(before, randomised(before, all, 0, 5)).codes, with(before, randomised(before, all, 0, 5)).codes);
    EXPECT_NE(with(before, randomised(before, all, 0, 5)).codes, with(before, randomised(before, all, 0, 6)).codes);
    for (const TokenPlace& place : all) {
        const TokenGrid after = with(before, randomised(before, all, 1, 3));
        EXPECT_EQ(code(after, place.row, place.column, 0), code(before, place.row, place.column, 0));
        EXPECT_THAT(code(after, place.row, place.column, 1), testing::AllOf(testing::Ge(0), testing::Lt(10)));
    }
    const TokenGrid shuffledOnce = with(before, shuffled(before, all, 1));
    EXPECT_NE(shuffledOnce.codes, before.codes);
    std::vector<std::int32_t> sorted = shuffledOnce.codes, expected = before.codes;
    std::ranges::sort(sorted);
    std::ranges::sort(expected);
    EXPECT_EQ(sorted, expected);
    for (const TokenPlace& place : all) EXPECT_EQ(code(shuffledOnce, place.row, place.column, 0) + code(shuffledOnce, place.row, place.column, 1), 9);  // depths stay together
}

TEST(TokenEdits, RegionsChangePlaces) {
    const TokenGrid before = grid();
    const TokenGrid after = with(before, swapped(before, rectangle({0, 0}, {1, 0}), {0, 2}));
    EXPECT_EQ(code(after, 0, 0, 0), code(before, 0, 2, 0));
    EXPECT_EQ(code(after, 1, 0, 1), code(before, 1, 2, 1));
    EXPECT_EQ(code(after, 0, 2, 0), code(before, 0, 0, 0));
    EXPECT_EQ(code(after, 2, 0, 0), code(before, 2, 0, 0));
    // What would leave the grid stays.
    const TokenGrid edge = with(before, swapped(before, rectangle({0, 0}, {0, 1}), {2, 3}));
    EXPECT_EQ(code(edge, 2, 3, 0), code(before, 0, 0, 0));
    EXPECT_EQ(code(edge, 0, 1, 0), code(before, 0, 1, 0));
}

TEST(TokenEdits, ABlockIsPastedWhereItHoldsTokensAndIsCutAtTheEdge) {
    const TokenGrid before = grid();
    const TokenBlock block = cutOut(before, {{0, 0}, {1, 1}});
    EXPECT_EQ(block.rows, 2);
    EXPECT_THAT(block.holds, ElementsAre(1, 0, 0, 1));
    EXPECT_TRUE(mayPaste(before, block));
    const TokenGrid after = with(before, pasted(before, block, {1, 2}));
    EXPECT_EQ(code(after, 1, 2, 0), 0);
    EXPECT_EQ(code(after, 1, 3, 0), code(before, 1, 3, 0));
    EXPECT_EQ(code(after, 2, 3, 0), 2);
    EXPECT_EQ(editedTokens(with(before, pasted(before, block, {2, 3}))), 1);
    TokenGrid other = before;
    other.fingerprint = "another model";
    EXPECT_FALSE(mayPaste(other, block));
    other = before;
    other.layout.codebookSizes = {10};
    EXPECT_FALSE(mayPaste(other, block));
    EXPECT_FALSE(mayPaste(before, TokenBlock()));
}

TEST(TokenSelection, IsTheCursorUntilSomethingIsChosen) {
    TokenSelection selection;
    EXPECT_THAT(selection.places(), IsEmpty());
    selection = {.rows = 3, .columns = 4, .cursor = {1, 2}, .chosen = {}};
    EXPECT_THAT(selection.places(), ElementsAre(TokenPlace{1, 2}));
    selection.chosen = toggled({{0, 0}, {1, 2}}, {{1, 2}, {2, 0}});
    EXPECT_THAT(selection.places(), ElementsAre(TokenPlace{0, 0}, TokenPlace{2, 0}));
    EXPECT_THAT(withCode(grid(), 0, 2), ElementsAre(TokenPlace{0, 2}, TokenPlace{1, 1}, TokenPlace{2, 0}));
}

TEST(TokenSelection, IsTheSamePartOfThePictureOnAnotherGrid) {
    const TokenSelection selection{.rows = 4, .columns = 4, .cursor = {1, 2}, .depth = 1, .chosen = {{0, 0}, {3, 3}}};
    EXPECT_EQ(onGrid(selection, 4, 4), selection);
    const TokenSelection fine = onGrid(selection, 8, 8);
    EXPECT_THAT(fine.chosen, ElementsAre(TokenPlace{0, 0}, TokenPlace{0, 1}, TokenPlace{1, 0}, TokenPlace{1, 1}, TokenPlace{6, 6}, TokenPlace{6, 7}, TokenPlace{7, 6}, TokenPlace{7, 7}));
    EXPECT_EQ(fine.cursor, (TokenPlace{3, 5}));
    EXPECT_EQ(fine.depth, 1);
    const TokenSelection coarse = onGrid(selection, 2, 2);
    EXPECT_THAT(coarse.chosen, ElementsAre(TokenPlace{0, 0}, TokenPlace{1, 1}));
    EXPECT_THAT(onGrid(TokenSelection(), 5, 5).places(), IsEmpty());
}

TEST(SessionTokens, EditsAreStepsThatGoBackAndForth) {
    Session session;
    const RowId row = session.addRows({{.path = "/a.png"}}).front();
    const ModelChoice model{"codec", Precision::Auto}, likewise{"codec", Precision::Bf16}, other{"other", Precision::Auto};
    int told = 0;
    QObject::connect(&session, &Session::tokensEdited, [&](RowId of, const QString& reference) { told += of == row && reference == "codec" ? 1 : 0; });
    const TokenGrid before = grid();
    const TokenEditPointer first = withCodeAt(before, {{0, 0}}, 0, 5), second = withCodeAt(before, {{0, 0}}, 0, 6);
    session.editTokens("type a code", row, model, first);
    EXPECT_EQ(session.tokenEdit(row, likewise), first);
    EXPECT_EQ(session.tokenEdit(row, other), nullptr);
    session.editTokens("type a code", row, model, withCodeAt(before, {{0, 0}}, 0, 5));  // the same once more
    EXPECT_EQ(told, 1);
    session.undoStack().undo();
    EXPECT_EQ(session.tokenEdit(row, model), nullptr);
    session.undoStack().redo();
    EXPECT_EQ(session.tokenEdit(row, model), first);
    session.editTokens("paint", row, model, second, 7);
    session.editTokens("paint", row, model, withCodeAt(before, {{0, 0}, {0, 1}}, 0, 6), 7);
    EXPECT_EQ(session.undoStack().count(), 3);  // the row, the code, the stroke
    session.undoStack().undo();
    EXPECT_EQ(session.tokenEdit(row, model), first);
    // A row that comes back has its tokens still.
    session.removeRows({row});
    session.undoStack().undo();
    EXPECT_EQ(session.tokenEdit(row, model), first);
    session.editTokens("type a code", RowId{99}, model, second);
    EXPECT_EQ(session.tokenEdit(RowId{99}, model), nullptr);
}

TEST(SessionTokens, AreKeptWithTheSession) {
    Session session;
    const std::vector<RowId> rows = session.addRows({{.path = "/a.png"}, {.path = "/b.png"}});
    const ModelChoice model{"codec", Precision::Auto};
    const TokenEditPointer edit = withCodeAt(grid(), {{2, 3}}, 1, -1);
    session.editTokens("drop", rows[1], model, edit);
    const SessionState state = session.state();
    ASSERT_EQ(state.tokenEdits.size(), 1U);
    Session other;
    other.addRows({{.path = "/c.png"}});
    other.restore(state);
    EXPECT_EQ(other.tokenEdit(other.rows()[0].id, model), nullptr);
    ASSERT_NE(other.tokenEdit(other.rows()[1].id, model), nullptr);
    EXPECT_EQ(*other.tokenEdit(other.rows()[1].id, model), *edit);
}

}  // namespace
}  // namespace tessera::test
