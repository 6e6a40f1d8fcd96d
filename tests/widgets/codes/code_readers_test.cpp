// SPDX-License-Identifier: GPL-3.0-or-later
// What panels about codes read: asked for once, when somebody looks, and kept.
#include "bridge/code_readers.h"

#include <cstring>

#include "widgets/codes/codes_fixture.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using ui::DepthCode;

class Codebooks : public CodesFixture {};

TEST_F(Codebooks, AreAskedForOnceAndOnlyWhenSomebodyReads) {
    startWithCodes();
    EXPECT_TRUE(engine->books.empty());
    EXPECT_FALSE(readers->codebooks.read());
    EXPECT_FALSE(readers->codebooks.read());
    EXPECT_EQ(engine->books.size(), 1U);
    giveBooks();
    const auto books = readers->codebooks.read();
    ASSERT_TRUE(books);
    EXPECT_THAT(std::vector(books->of(1)[3].begin(), books->of(1)[3].end()), ElementsAre(6, 0));
    EXPECT_EQ(engine->books.size(), 1U);
}

TEST_F(Codebooks, OneForAllDepthsIsTakenForEach) {
    CodeLayout shared = layout();
    shared.shared = true;
    startWith(shared);
    readers->codebooks.read();
    TensorMap books = booksOnALine();
    books.erase("codebook.1");
    engine->books.back()->answer(books);
    runQueued();
    ASSERT_TRUE(readers->codebooks.read());
    EXPECT_EQ(readers->codebooks.read()->of(1), readers->codebooks.read()->of(0));
}

TEST_F(Codebooks, OfAnotherSizeThanTheModelSaysAreAnError) {
    startWithCodes();
    readers->codebooks.read();
    TensorMap books = booksOnALine();
    books["codebook.1"].shape = {kCodes - 1, kDim};
    engine->books.back()->answer(books);
    runQueued();
    EXPECT_FALSE(readers->codebooks.read());
    ASSERT_TRUE(readers->codebooks.error());
    EXPECT_THAT(readers->codebooks.error()->message, testing::HasSubstr("depth 2"));
}

TEST_F(Codebooks, OfAModelWithoutCodesAreNotAskedFor) {
    start();
    EXPECT_FALSE(readers->codebooks.read());
    EXPECT_TRUE(engine->books.empty());
}

class CodePictures : public CodesFixture {
protected:
    std::vector<std::int64_t> asked() const {
        const HostTensor& codes = engine->decoded.back()->subject.at("codes");
        std::vector<std::int64_t> values(codes.bytes.size() / sizeof(std::int64_t));
        std::memcpy(values.data(), codes.bytes.data(), codes.bytes.size());
        return values;
    }
    int me = 0, other = 0;
};

TEST_F(CodePictures, AreDecodedAloneInOneBatch) {
    startWithCodes();
    readers->pictures.want(&me, {{0, 4}, {1, 2}, {0, 4}});
    runQueued();
    ASSERT_EQ(engine->decoded.size(), 1U);
    EXPECT_THAT(engine->decoded.back()->subject.at("codes").shape, ElementsAre(2, 1, 1, 2)) << "the same code once";
    EXPECT_THAT(asked(), ElementsAre(4, -1, -1, 2));
    EXPECT_TRUE(readers->pictures.of({0, 4}).isNull());
    giveDecoded();
    EXPECT_EQ(readers->pictures.of({0, 4}).pixelColor(0, 0), QColor(40, 40, 40));
    EXPECT_EQ(readers->pictures.of({1, 2}).pixelColor(0, 0), QColor(20, 20, 20));
    EXPECT_TRUE(readers->pictures.of({1, 4}).isNull()) << "of another depth";
    readers->pictures.want(&me, {{1, 2}});
    runQueued();
    EXPECT_EQ(engine->decoded.size(), 1U) << "it is known";
}

TEST_F(CodePictures, GoOnBatchByBatchAndDropWhatIsOutOfSight) {
    CodeLayout many = layout();
    many.codebookSizes = {1000, 1000};
    startWith(many);
    std::vector<DepthCode> codes;
    for (int code = 0; code < 100; ++code) codes.push_back({0, code});
    readers->pictures.want(&me, codes);
    runQueued();
    readers->pictures.want(&me, {{0, 500}});
    giveDecoded();
    EXPECT_EQ(engine->decoded.size(), 2U);
    EXPECT_THAT(engine->decoded.front()->subject.at("codes").shape, ElementsAre(std::int64_t(ui::CodePictures::kBatch), 1, 1, 2));
    EXPECT_THAT(asked(), ElementsAre(500, -1));
    EXPECT_TRUE(readers->pictures.of({0, 99}).isNull());
}

TEST_F(CodePictures, TwoWhoLookAreBothServed) {
    startWithCodes();
    readers->pictures.want(&me, {{0, 1}});
    readers->pictures.want(&other, {{0, 2}});
    runQueued();
    giveDecoded();
    EXPECT_FALSE(readers->pictures.of({0, 1}).isNull());
    EXPECT_FALSE(readers->pictures.of({0, 2}).isNull());
}

TEST_F(CodePictures, OfASharedCodebookAreTheSameAtAllDepths) {
    CodeLayout shared = layout();
    shared.shared = true;
    startWith(shared);
    readers->pictures.want(&me, {{0, 3}, {1, 3}});
    runQueued();
    EXPECT_THAT(engine->decoded.back()->subject.at("codes").shape, ElementsAre(1, 1, 1, 2));
    giveDecoded();
    EXPECT_FALSE(readers->pictures.of({1, 3}).isNull());
}

TEST_F(CodePictures, OfAModelOfOneSizeAreTheMiddleOfAFullGrid) {
    startWith(layout(), {"encode", "quantize", "decode"}, 24);
    readers->pictures.want(&me, {{1, 5}, {1, 4}});
    runQueued();
    EXPECT_THAT(engine->decoded.back()->subject.at("codes").shape, ElementsAre(1, 3, 3, 2)) << "one at a time: each costs a whole picture";
    EXPECT_THAT(asked(), ElementsAre(-1, 5, -1, 5, -1, 5, -1, 5, -1, 5, -1, 5, -1, 5, -1, 5, -1, 5));
    giveDecoded();
    EXPECT_EQ(readers->pictures.of({1, 5}).size(), QSize(8, 8));
}

TEST_F(CodePictures, OfCodesThatAreNoneAreNotAskedFor) {
    startWithCodes();
    readers->pictures.want(&me, {{0, -1}, {0, kCodes}, {kDepths, 0}});
    runQueued();
    EXPECT_TRUE(engine->decoded.empty());
}

TEST_F(CodePictures, ThatFailAreNotAskedForAgainAndAgain) {
    startWithCodes();
    readers->pictures.want(&me, {{0, 1}});
    runQueued();
    engine->decoded.back()->answer(Error{ErrorCode::Unsupported, "no decoder for that", {}, {}});
    runQueued();
    readers->pictures.want(&me, {{0, 2}});
    runQueued();
    EXPECT_EQ(engine->decoded.size(), 1U);
    ASSERT_TRUE(readers->pictures.error());
    EXPECT_EQ(readers->pictures.error()->message, "no decoder for that");
}

class Depths : public CodesFixture {
protected:
    int me = 0;
};

TEST_F(Depths, AreAskedForWhileSomebodyWatches) {
    startWithCodes();
    add("/p/a.png");
    EXPECT_EQ(engine->countAsked("depth"), 0);
    readers->depths.watch(&me, true);
    runQueued();
    EXPECT_EQ(engine->countWaiting("depth"), 2);
    EXPECT_EQ(engine->waiting("depth")->priority, Priority::OffScreen);
    giveDepths();
    const ui::DepthCurve* curve = readers->depths.current();
    ASSERT_TRUE(curve && curve->points[0] && curve->points[1]);
    EXPECT_DOUBLE_EQ(curve->points[0]->psnr, 23);
    EXPECT_DOUBLE_EQ(curve->points[1]->rate, 0.08);
    ASSERT_TRUE(curve->pictures[1]);
    EXPECT_EQ(curve->pictures[1]->image.width(), kColumns * 8);
}

TEST_F(Depths, AreGivenUpWhenNobodyWatchesAnyMore) {
    startWithCodes();
    add("/p/a.png");
    readers->depths.watch(&me, true);
    runQueued();
    readers->depths.watch(&me, false);
    runQueued();
    EXPECT_EQ(engine->countWaiting("depth"), 0);
    readers->depths.watch(&me, true);
    runQueued();
    EXPECT_EQ(engine->countWaiting("depth"), 2) << "and asked for again";
}

TEST_F(Depths, OfRowsThatWereLookedAtBeforeStayWithoutTheirPictures) {
    startWithCodes();
    const ui::RowId a = add("/p/a.png"), b = add("/p/b.png");
    session.setCurrentRow(a);
    readers->depths.watch(&me, true);
    runQueued();
    giveDepths(20);
    session.setCurrentRow(b);
    runQueued();
    giveDepths(30);
    ASSERT_EQ(readers->depths.curves().size(), 2U);
    EXPECT_EQ(readers->depths.curves()[0].row, b);
    EXPECT_EQ(readers->depths.curves()[1].row, a);
    EXPECT_DOUBLE_EQ(readers->depths.curves()[1].points[0]->psnr, 23);
    EXPECT_TRUE(readers->depths.curves()[1].pictures.empty());
    session.removeRows({a});
    runQueued();
    EXPECT_EQ(readers->depths.curves().size(), 1U);
}

TEST_F(Depths, KeepSixRows) {
    startWithCodes();
    const auto rows = addMany(8);
    readers->depths.watch(&me, true);
    for (const ui::RowId row : rows) {
        session.setCurrentRow(row);
        runQueued();
        giveDepths();
    }
    EXPECT_EQ(readers->depths.curves().size(), ui::DepthReader::kMostCurves);
    EXPECT_EQ(readers->depths.curves().front().row, rows.back());
}

TEST_F(Depths, OfAnEditReplaceTheOlderOnesWhenTheyCome) {
    startWithCodes();
    const ui::RowId row = add("/p/a.png");
    readers->depths.watch(&me, true);
    runQueued();
    giveDepths(20);
    session.editTokens("edit", row, session.model(), ui::withCodeAt(usualGrid(), {{0, 0}}, 0, 5));
    runQueued();
    ASSERT_EQ(engine->countWaiting("depth"), 2);
    EXPECT_NE(engine->waiting("depth")->subject.cell.edit, EditId{});
    ASSERT_EQ(readers->depths.curves().size(), 1U);
    EXPECT_TRUE(readers->depths.current()->edited);
    EXPECT_DOUBLE_EQ(readers->depths.current()->points[0]->psnr, 23) << "until the new ones come";
    giveDepths(10);
    EXPECT_DOUBLE_EQ(readers->depths.current()->points[0]->psnr, 13);
}

TEST_F(Depths, ThatFailLeaveTheirReason) {
    startWithCodes();
    add("/p/a.png");
    readers->depths.watch(&me, true);
    runQueued();
    engine->waiting("depth")->answer(Error{ErrorCode::OutOfMemory, "no room", {}, {}});
    giveDepths();
    ASSERT_TRUE(readers->depths.current()->error);
    EXPECT_EQ(readers->depths.current()->error->message, "no room");
    EXPECT_TRUE(readers->depths.current()->points[0]) << "the others are there";
}

class Library : public CodesFixture {
protected:
    int me = 0;
};

TEST_F(Library, CountsOneRowAfterTheOtherWhenNothingElseIsToBeDone) {
    startWithCodes();
    add("/p/a.png");
    add("/p/b.png");
    EXPECT_EQ(tokensWaiting(Priority::Batch), 0) << "nobody watches";
    readers->library.watch(&me, true);
    runQueued();
    EXPECT_EQ(tokensWaiting(Priority::Batch), 1);
    EXPECT_EQ(readers->library.coverage(), (ui::LibraryCodes::Coverage{0, 0, 2}));
    giveTokens("/p/a.png", usualGrid());
    EXPECT_EQ(readers->library.coverage(), (ui::LibraryCodes::Coverage{1, 0, 2}));
    EXPECT_EQ(tokensWaiting(Priority::Batch), 1);
    giveTokens("/p/b.png", gridOf({5, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3}));
    EXPECT_TRUE(readers->library.coverage().complete());
    EXPECT_THAT(readers->library.statistics().depth(0).counts, ElementsAre(1, 1, 9, 0, 0, 1));
    EXPECT_EQ(tokensWaiting(Priority::Batch), 0);
}

TEST_F(Library, StopsWhenNobodyWatches) {
    startWithCodes();
    add("/p/a.png");
    readers->library.watch(&me, true);
    runQueued();
    readers->library.watch(&me, false);
    runQueued();
    EXPECT_EQ(tokensWaiting(Priority::Batch), 0);
}

TEST_F(Library, FollowsEditsAndUndoWithoutAskingAgain) {
    startWithCodes();
    const ui::RowId row = add("/p/a.png");
    readers->library.watch(&me, true);
    runQueued();
    giveTokens("/p/a.png", usualGrid());
    session.editTokens("edit", row, session.model(), ui::withCodeAt(usualGrid(), {{0, 0}, {0, 1}}, 0, 5));
    runQueued();
    EXPECT_THAT(readers->library.statistics().depth(0).counts, ElementsAre(1, 1, 2, 0, 0, 2));
    EXPECT_EQ(tokensWaiting(Priority::Batch), 0);
    session.undoStack().undo();
    runQueued();
    EXPECT_THAT(readers->library.statistics().depth(0).counts, ElementsAre(1, 1, 4, 0, 0, 0));
}

TEST_F(Library, RowsThatGoAreNotCountedAnyMore) {
    startWithCodes();
    const ui::RowId a = add("/p/a.png");
    add("/p/b.png");
    readers->library.watch(&me, true);
    runQueued();
    giveTokens("/p/a.png", usualGrid());
    giveTokens("/p/b.png", usualGrid());
    session.removeRows({a});
    runQueued();
    EXPECT_THAT(readers->library.statistics().depth(0).counts, ElementsAre(1, 1, 4, 0, 0, 0));
    EXPECT_EQ(readers->library.coverage(), (ui::LibraryCodes::Coverage{1, 0, 1}));
}

TEST_F(Library, RowsThatFailAreSaidAndPassedOver) {
    startWithCodes();
    add("/p/a.png");
    add("/p/b.png");
    readers->library.watch(&me, true);
    runQueued();
    for (const auto& job : engine->tokenGrids) {
        if (!job->answered && job->priority == Priority::Batch) job->answer(Error{ErrorCode::Unreadable, "broken", {}, {}});
    }
    runQueued();
    giveTokens("/p/b.png", usualGrid());
    EXPECT_EQ(readers->library.coverage(), (ui::LibraryCodes::Coverage{1, 1, 2}));
}

class Maths : public CodesFixture {
protected:
    static ui::Codewords line(std::vector<float> values) {
        const int count = static_cast<int>(values.size());
        return {SharedArray<float>(std::move(values)), count, 1};
    }
};

TEST_F(Maths, FindsNeighboursOfWhatIsInSightAndOfAllWhenAsked) {
    const ui::Codewords book = line({0, 10, 12, 30});
    EXPECT_FALSE(readers->maths.neighbourOf(book, 1));
    readers->maths.wantNeighbours(book, {1}, false);
    ASSERT_TRUE(waitUntil([&] { return readers->maths.neighbourOf(book, 1).has_value(); }));
    EXPECT_EQ(*readers->maths.neighbourOf(book, 1), (ui::CodeNeighbour{2, 2}));
    EXPECT_FALSE(readers->maths.neighbourOf(book, 3));
    readers->maths.wantNeighbours(book, {}, true);
    ASSERT_TRUE(waitUntil([&] { return readers->maths.knowsAllNeighbours(book); }));
    EXPECT_EQ(*readers->maths.neighbourOf(book, 3), (ui::CodeNeighbour{2, 18}));
}

TEST_F(Maths, ALargeCodebookIsSearchedPieceByPiece) {
    std::vector<float> values(20000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = float(i * i % 7919);
    const ui::Codewords book = line(std::move(values));
    int pieces = 0;
    QObject::connect(&readers->maths, &ui::CodewordMaths::neighboursFound, [&] { ++pieces; });
    readers->maths.wantNeighbours(book, {19999}, true);
    ASSERT_TRUE(waitUntil([&] { return pieces > 0; }));
    EXPECT_TRUE(readers->maths.neighbourOf(book, 19999)) << "what is in sight comes first";
    EXPECT_FALSE(readers->maths.knowsAllNeighbours(book));
    ASSERT_TRUE(waitUntil([&] { return readers->maths.knowsAllNeighbours(book); }));
    EXPECT_GT(pieces, 3);
}

TEST_F(Maths, ComputesAPlaneOnceForEachCodebook) {
    const ui::Codewords book = line({1, 2, 6});
    EXPECT_FALSE(readers->maths.planeOf(book));
    ASSERT_TRUE(waitUntil([&] { return readers->maths.planeOf(book) != nullptr; }));
    EXPECT_EQ(readers->maths.planeOf(book), readers->maths.planeOf(book));
    EXPECT_EQ(readers->maths.planeOf(book)->places.size(), 3U);
}

}  // namespace
}  // namespace tessera::test
