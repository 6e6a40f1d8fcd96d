// SPDX-License-Identifier: GPL-3.0-or-later
// What a board makes of the engine's answers.
#include <cstdlib>
#include <fstream>
#include <set>

#include "support/temporary_folder.h"
#include "widgets/bridge/board_fixture.h"

namespace tessera::test {
namespace {

using namespace ui;
using enum CellState;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

const Error kBroken{ErrorCode::Internal, "the decoder gave up", "decoded", "report this as a bug"};
const Error kGone{ErrorCode::NotFound, "the file is not there", "/p/a.png", "check its name"};

class CellBoardTest : public BoardFixture {};

TEST_F(CellBoardTest, EveryColumnOfTheCurrentRowIsAsked) {
    start();
    const RowId a = add("/p/a.png");
    EXPECT_THAT(states(a), Each(Running));
    std::set<std::uint64_t> slots;
    for (const char* lens : {"input", "reconstruction", "difference"}) {
        const auto job = engine->waiting(lens, "/p/a.png");
        ASSERT_TRUE(job) << lens;
        EXPECT_EQ(job->subject.cell.model, ModelId{1});
        EXPECT_EQ(job->priority, Priority::Visible);
        EXPECT_EQ(job->subject.parameters.at("size"), Value(std::int64_t(256)));
        slots.insert(job->slot);
    }
    EXPECT_EQ(slots.size(), 3u);
    EXPECT_FALSE(slots.contains(0));
}

TEST_F(CellBoardTest, WhatNeedsNoModelIsShownBeforeThereIsOne) {
    host.adopt(engine);
    const RowId a = add("/p/a.png");
    EXPECT_THAT(states(a), ElementsAre(Running, Waiting, Waiting));
    EXPECT_EQ(engine->waiting("input")->subject.cell.model, ModelId{});
    answer("input", fakePicture(5, 5));
    engine->giveModel(1);
    runQueued();
    EXPECT_THAT(states(a), ElementsAre(Done, Running, Running)) << "the input that is there is checked without a word";
    EXPECT_EQ(engine->waiting("input")->subject.cell.model, ModelId{1});
    answer("input", fakePicture(6, 6));
    EXPECT_EQ(width(a, kInput), 6);
}

TEST_F(CellBoardTest, WithoutAnEngineCellsWait) {
    const RowId a = add("/p/a.png");
    EXPECT_THAT(states(a), Each(Waiting));
    EXPECT_NE(cell(a, kInput).since, std::chrono::steady_clock::time_point{});
    start();
    EXPECT_THAT(states(a), Each(Running));
}

TEST_F(CellBoardTest, AnswersFillTheirOwnCells) {
    start();
    const RowId a = add("/p/a.png");
    changed.clear();
    answer("reconstruction", fakePicture(9, 9));
    EXPECT_THAT(states(a), ElementsAre(Running, Done, Running));
    EXPECT_EQ(width(a, kReconstruction), 9);
    EXPECT_FALSE(cell(a, kReconstruction).outdated);
    EXPECT_THAT(changed, ElementsAre(std::pair(a, kReconstruction)));
}

TEST_F(CellBoardTest, APreviewIsShownUntilTheWholePicture) {
    start();
    const RowId a = add("/p/a.png");
    const auto job = engine->waiting("input");
    job->partial(fakePicture(2, 2));
    runQueued();
    EXPECT_EQ(cell(a, kInput).state, Running);
    EXPECT_EQ(width(a, kInput), 2);
    EXPECT_TRUE(cell(a, kInput).picture->partial);
    job->partial(fakePicture(3, 3));
    runQueued();
    EXPECT_EQ(width(a, kInput), 3);
    job->answer(fakePicture(9, 9));
    runQueued();
    EXPECT_EQ(cell(a, kInput).state, Done);
    EXPECT_EQ(width(a, kInput), 9);
    EXPECT_FALSE(cell(a, kInput).picture->partial);
}

TEST_F(CellBoardTest, ThePictureStaysWhileTheNextIsMade) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    const auto before = cell(a, kReconstruction).picture;
    session.setParameter(kReconstruction, "size", std::int64_t(512));
    runQueued();
    EXPECT_THAT(states(a), ElementsAre(Done, Running, Done));
    EXPECT_EQ(cell(a, kReconstruction).picture, before);
    EXPECT_TRUE(cell(a, kReconstruction).outdated);
    EXPECT_FALSE(engine->waiting("reconstruction")->observer.onPartial) << "a preview would not be shown";
    answer("reconstruction", fakePicture(9, 9));
    EXPECT_EQ(width(a, kReconstruction), 9);
    EXPECT_FALSE(cell(a, kReconstruction).outdated);
}

TEST_F(CellBoardTest, GoingBackToTheOldParametersEndsTheRequest) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    session.setParameter(kReconstruction, "size", std::int64_t(512));
    runQueued();
    session.undoStack().undo();
    runQueued();
    EXPECT_FALSE(cell(a, kReconstruction).outdated);
    answer("reconstruction", fakePicture(8, 8));
    EXPECT_EQ(cell(a, kReconstruction).state, Done);
}

TEST_F(CellBoardTest, TheLatestRequestWins) {
    start();
    const RowId a = add("/p/a.png");
    std::vector<std::shared_ptr<FakeEngine::PictureJob>> jobs{engine->waiting("reconstruction")};
    for (const int size : {64, 128}) {
        session.setParameter(kReconstruction, "size", std::int64_t(size), true);
        runQueued();
        jobs.push_back(engine->waiting("reconstruction"));
    }
    EXPECT_TRUE(jobs[0]->cancelled);
    EXPECT_TRUE(jobs[1]->cancelled);
    EXPECT_EQ(jobs[0]->slot, jobs[2]->slot) << "one slot for each cell";
    EXPECT_EQ(cell(a, kReconstruction).state, Running);
    // An older request that has more to say is not heard.
    jobs[1]->partial(fakePicture(3, 3));
    jobs[1]->progress({.fraction = 0.9});
    runQueued();
    EXPECT_EQ(width(a, kReconstruction), 0);
    EXPECT_EQ(cell(a, kReconstruction).progress.fraction, 0);
    jobs[2]->answer(fakePicture(9, 9));
    runQueued();
    EXPECT_EQ(width(a, kReconstruction), 9);
}

TEST_F(CellBoardTest, ManyMovesInOneTurnAreOneRequest) {
    start();
    add("/p/a.png");
    const int before = engine->countAsked("reconstruction");
    for (int size = 64; size < 164; ++size) session.setParameter(kReconstruction, "size", std::int64_t(size), true);
    runQueued();
    EXPECT_EQ(engine->countAsked("reconstruction"), before + 1);
    EXPECT_EQ(engine->waiting("reconstruction")->subject.parameters.at("size"), Value(std::int64_t(163)));
}

TEST_F(CellBoardTest, AnotherWayToDrawIsNoWork) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    const auto before = cell(a, kDifference).picture;
    changed.clear();
    session.setParameter(kDifference, "kind", std::string("signed"));
    runQueued();
    EXPECT_EQ(cell(a, kDifference).state, Done);
    EXPECT_FALSE(cell(a, kDifference).outdated);
    EXPECT_EQ(cell(a, kDifference).picture, before);
    EXPECT_EQ(board->totals().running, 0);
    EXPECT_THAT(changed, IsEmpty()) << "nothing to see before the new picture";
    const auto job = engine->waiting("difference");
    ASSERT_TRUE(job);
    EXPECT_EQ(job->subject.parameters.at("kind"), Value(std::string("signed")));
    answer("difference", fakePicture(9, 9));
    EXPECT_EQ(width(a, kDifference), 9);
    EXPECT_THAT(changed, ElementsAre(std::pair(a, kDifference)));
}

TEST_F(CellBoardTest, ARedrawThatTurnsOutToBeWorkSaysSo) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    session.setParameter(kDifference, "kind", std::string("signed"));
    runQueued();
    engine->waiting("difference")->progress({.fraction = 0.1, .stage = "decoding"});
    runQueued();
    EXPECT_EQ(cell(a, kDifference).state, Running);
    EXPECT_EQ(cell(a, kDifference).progress.stage, "decoding");
}

TEST_F(CellBoardTest, AnotherWayToDrawDoesNotStartTheWorkAnew) {
    start();
    const RowId a = add("/p/a.png");
    engine->waiting("difference")->progress({.fraction = 0.5, .stage = "decoding"});
    runQueued();
    const auto since = cell(a, kDifference).since;
    session.setParameter(kDifference, "kind", std::string("signed"));
    runQueued();
    EXPECT_EQ(cell(a, kDifference).state, Running);
    EXPECT_EQ(cell(a, kDifference).since, since);
    EXPECT_EQ(cell(a, kDifference).progress.fraction, 0.5);
}

TEST_F(CellBoardTest, ProgressIsToldWhileItRuns) {
    start();
    const RowId a = add("/p/a.png");
    engine->waiting("reconstruction")->progress({.fraction = 0.25, .stage = "encoding", .secondsLeft = 3.0});
    engine->waiting("difference")->progress({.fraction = 0.5, .stage = "encoding", .secondsLeft = 5.0});
    runQueued();
    EXPECT_EQ(cell(a, kReconstruction).progress.stage, "encoding");
    EXPECT_EQ(board->totals().running, 3);
    EXPECT_EQ(board->totals().secondsLeft, 5.0);
    EXPECT_NEAR(board->totals().fraction, 0.25, 1e-9);
    answerAll();
    EXPECT_EQ(board->totals(), CellBoard::Totals());
}

TEST_F(CellBoardTest, TheTimeOfManyRowsIsToldByThoseThatWereFinished) {
    start();
    const auto rows = addMany(12);
    board->setVisibleRows(std::vector<RowId>(rows.begin(), rows.begin() + 8));
    runQueued();
    engine->waiting("reconstruction", "/p/0.png")->progress({.fraction = 0.5, .stage = "encoding", .secondsLeft = 3.0});
    engine->waiting("reconstruction", "/p/7.png")->progress({.fraction = 0.1, .stage = "encoding", .secondsLeft = 400.0});
    runQueued();
    EXPECT_EQ(board->totals().running, 24);
    EXPECT_FALSE(board->totals().secondsLeft) << "each knows only of itself";
    for (const char* path : {"/p/0.png", "/p/1.png", "/p/2.png"}) {
        for (const char* lens : {"input", "reconstruction", "difference"}) engine->waiting(lens, path)->answer(fakePicture(8, 8));
        runQueued();
    }
    ASSERT_TRUE(board->totals().secondsLeft);
    EXPECT_LT(*board->totals().secondsLeft, 300);
    EXPECT_NEAR(board->totals().fraction, (9 + 0.1) / 24, 1e-9);
}

TEST_F(CellBoardTest, AnErrorStaysInItsCell) {
    start();
    const RowId a = add("/p/a.png");
    fail("reconstruction", kBroken);
    EXPECT_THAT(states(a), ElementsAre(Running, Failed, Running));
    EXPECT_EQ(cell(a, kReconstruction).error, kBroken);
    EXPECT_EQ(row(a).state, RowState::Loading) << "the file is not at fault";
    EXPECT_EQ(board->totals().failed, 1);
    const int asked = engine->countAsked("reconstruction");
    answerAll();
    EXPECT_EQ(engine->countAsked("reconstruction"), asked) << "nobody tries again by itself";
}

TEST_F(CellBoardTest, AnErrorKeepsThePictureBefore) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    session.setParameter(kReconstruction, "size", std::int64_t(512));
    runQueued();
    fail("reconstruction", kBroken);
    EXPECT_EQ(cell(a, kReconstruction).state, Failed);
    EXPECT_EQ(width(a, kReconstruction), 64);
    EXPECT_TRUE(cell(a, kReconstruction).outdated);
    session.undoStack().undo();
    runQueued();
    EXPECT_FALSE(cell(a, kReconstruction).outdated);
    EXPECT_FALSE(cell(a, kReconstruction).error) << "other parameters are another try";
}

TEST_F(CellBoardTest, AFileThatCannotBeReadIsSaidOnceForItsRow) {
    start();
    const RowId a = add("/p/a.png"), b = add("/p/b.png");
    session.setCurrentRow(a);
    runQueued();
    int told = 0;
    QObject::connect(&session, &Session::rowChanged, [&](int index) { told += session.rows()[index].id == a; });
    for (const auto& job : engine->described) {
        if (engine->pathOf(job->subject) == "/p/a.png") job->answer(kGone);
    }
    engine->waiting("input", "/p/a.png")->answer(kGone);
    runQueued();
    EXPECT_EQ(row(a).state, RowState::Failed);
    EXPECT_EQ(row(a).error, kGone);
    EXPECT_EQ(told, 1);
    EXPECT_THAT(states(a), Each(Failed));
    for (int column = 0; column < 3; ++column) EXPECT_EQ(cell(a, column).error, kGone);
    EXPECT_EQ(engine->waiting("reconstruction", "/p/a.png"), nullptr) << "nothing is worked out of a file that is not there";
    EXPECT_EQ(board->totals().failed, 1) << "one file, one failure";
    EXPECT_EQ(row(b).state, RowState::Loading);
}

TEST_F(CellBoardTest, ACellThatFindsTheFileBrokenSaysSoForTheRow) {
    start();
    const RowId a = add("/p/a.png");
    engine->described[0]->answer(fakeInfo(10, 10));
    runQueued();
    EXPECT_EQ(row(a).state, RowState::Ready);
    const Error cut{ErrorCode::Unreadable, "the file ends in the middle of the picture", "/p/a.png"};
    fail("reconstruction", cut);
    EXPECT_EQ(row(a).error, cut);
    EXPECT_THAT(states(a), Each(Failed));
}

TEST_F(CellBoardTest, TheFileIsDescribedAndGetsAThumbnail) {
    start();
    const RowId a = add("/p/a.png");
    engine->described[0]->answer(fakeInfo(1200, 800));
    runQueued();
    EXPECT_EQ(row(a).info->width, 1200);
    EXPECT_EQ(engine->waiting("source"), nullptr) << "the input comes first";
    answer("input", fakePicture(9, 9));
    const auto job = engine->waiting("source");
    ASSERT_TRUE(job);
    EXPECT_EQ(job->subject.parameters.at("side"), Value(std::int64_t(192)));
    EXPECT_EQ(job->priority, Priority::Hovered);
    job->answer(fakePicture(192, 128, 200));
    runQueued();
    EXPECT_EQ(row(a).thumbnail.size(), QSize(192, 128));
    EXPECT_EQ(row(a).thumbnail.pixelColor(191, 127), QColor(200, 200, 200));
    answerAll();
    EXPECT_EQ(engine->countAsked("source"), 1) << "once is enough";
}

TEST_F(CellBoardTest, RetryReadsTheFileAnew) {
    start();
    const RowId a = add("/p/a.png");
    const SourceId first = engine->waiting("input")->subject.cell.source;
    engine->described[0]->answer(kGone);
    runQueued();
    board->retry(a);
    EXPECT_EQ(row(a).state, RowState::Loading);
    EXPECT_FALSE(row(a).error);
    runQueued();
    EXPECT_THAT(engine->removed, ElementsAre(first));
    const auto job = engine->waiting("input");
    ASSERT_TRUE(job);
    EXPECT_NE(job->subject.cell.source, first);
    EXPECT_EQ(engine->sources.at(job->subject.cell.source).path, "/p/a.png");
    EXPECT_THAT(states(a), Each(Running));
    answerAll();
    EXPECT_THAT(states(a), Each(Done));
    EXPECT_EQ(row(a).state, RowState::Ready);
    EXPECT_EQ(board->totals().failed, 0);
}

TEST_F(CellBoardTest, RetryKeepsPicturesUntilTheNewOnesCome) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    board->retry(a);
    runQueued();
    EXPECT_EQ(width(a, kReconstruction), 64);
    EXPECT_TRUE(cell(a, kReconstruction).outdated) << "the file may be another by now";
    answerAll();
    EXPECT_FALSE(cell(a, kReconstruction).outdated);
}

TEST_F(CellBoardTest, CancellingEndsTheRowsWorkAndKeepsItsPictures) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    session.setParameter(-1, "size", std::int64_t(2048));
    runQueued();
    const auto job = engine->waiting("reconstruction");
    board->cancel(a);
    EXPECT_THAT(states(a), Each(Cancelled));
    EXPECT_TRUE(job->cancelled);
    runQueued();
    EXPECT_THAT(states(a), Each(Cancelled));
    EXPECT_EQ(width(a, kReconstruction), 64);
    EXPECT_TRUE(cell(a, kReconstruction).outdated);
    EXPECT_EQ(engine->waiting("reconstruction"), nullptr) << "it stays cancelled";
    EXPECT_EQ(board->totals().running, 0);
    board->retry(a);
    runQueued();
    EXPECT_THAT(states(a), Each(Running));
}

TEST_F(CellBoardTest, OtherParametersAreAskedAfterACancel) {
    start();
    const RowId a = add("/p/a.png");
    board->cancel(a);
    runQueued();
    session.setParameter(kReconstruction, "size", std::int64_t(64));
    runQueued();
    EXPECT_THAT(states(a), ElementsAre(Cancelled, Running, Cancelled));
}

TEST_F(CellBoardTest, CancellingLeavesWhatIsDone) {
    start();
    const RowId a = add("/p/a.png");
    answer("input", fakePicture(9, 9));
    board->cancel(a);
    runQueued();
    EXPECT_THAT(states(a), ElementsAre(Done, Cancelled, Cancelled));
}

TEST_F(CellBoardTest, WhatWaitsForAModelCanBeCancelled) {
    host.adopt(engine);
    const RowId a = add("/p/a.png");
    EXPECT_EQ(board->totals().waiting, 2);
    board->cancel(a);
    EXPECT_THAT(states(a), Each(Cancelled));
    engine->giveModel(1);
    runQueued();
    EXPECT_EQ(engine->waiting("reconstruction"), nullptr);
    EXPECT_THAT(states(a), Each(Cancelled));
}

TEST_F(CellBoardTest, WhatIsCancelledBeforeTheEngineIsThereIsNotStartedByIt) {
    const RowId a = add("/p/a.png");
    board->cancel(a);
    EXPECT_THAT(states(a), Each(Cancelled));
    start();
    for (const char* lens : {"input", "reconstruction", "difference"}) EXPECT_EQ(engine->countAsked(lens), 0) << lens;
    EXPECT_THAT(states(a), Each(Cancelled));
    session.setParameter(kReconstruction, "size", std::int64_t(64));
    runQueued();
    EXPECT_THAT(states(a), ElementsAre(Cancelled, Running, Cancelled)) << "who changes a parameter wants to see it";
    board->retry(a);
    runQueued();
    EXPECT_THAT(states(a), Each(Running));
}

TEST_F(CellBoardTest, AParameterThatChangesBeforeTheEngineIsThereEndsTheCancel) {
    const RowId a = add("/p/a.png");
    board->cancel(a);
    session.setParameter(kReconstruction, "size", std::int64_t(64));
    start();
    EXPECT_THAT(states(a), ElementsAre(Cancelled, Running, Cancelled));
}

TEST_F(CellBoardTest, AnotherModelMakesThePicturesOutdated) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    session.chooseModel({"/models/flux", Precision::Auto});
    runQueued();
    EXPECT_EQ(engine->opened.back()->subject.reference, "/models/flux");
    EXPECT_THAT(states(a), ElementsAre(Done, Waiting, Waiting));
    EXPECT_EQ(width(a, kReconstruction), 64);
    EXPECT_TRUE(cell(a, kReconstruction).outdated);
    EXPECT_FALSE(cell(a, kInput).outdated);
    EXPECT_EQ(engine->waiting("input"), nullptr) << "it is asked for once the model is open";
    engine->giveModel(2);
    runQueued();
    EXPECT_THAT(states(a), ElementsAre(Done, Running, Running));
    EXPECT_EQ(engine->waiting("reconstruction")->subject.cell.model, ModelId{2});
    answer("reconstruction", fakePicture(9, 9));
    EXPECT_FALSE(cell(a, kReconstruction).outdated);
    session.undoStack().undo();
    runQueued();
    EXPECT_EQ(engine->opened.back()->subject.reference, "mini") << "undo chooses the model before";
}

TEST_F(CellBoardTest, AnInputThatFailedForOneModelIsAskedForTheNext) {
    start();
    const RowId a = add("/p/a.png");
    fail("input", {ErrorCode::Unsupported, "the picture is too small for this model", "a.png"});
    EXPECT_EQ(cell(a, kInput).state, Failed);
    session.chooseModel({"other"});
    engine->giveModel(2);
    runQueued();
    EXPECT_EQ(cell(a, kInput).state, Running);
    EXPECT_EQ(engine->waiting("input")->subject.cell.model, ModelId{2});
}

TEST_F(CellBoardTest, AModelThatDoesNotOpenLeavesItsCellsWaiting) {
    host.adopt(engine);
    const RowId a = add("/p/a.png");
    engine->opened.back()->answer(Error{ErrorCode::Mismatch, "a tensor is missing"});
    runQueued();
    EXPECT_THAT(states(a), ElementsAre(Running, Waiting, Waiting));
    EXPECT_EQ(board->totals().waiting, 0) << "nothing is on its way";
    host.chooseModel(host.choice());
    engine->giveModel(1);
    runQueued();
    EXPECT_THAT(states(a), Each(Running));
}

TEST_F(CellBoardTest, WhatTheModelLacksIsNotOffered) {
    host.adopt(engine);
    engine->giveModel(1, {"encode"});
    runQueued();
    const RowId a = add("/p/a.png");
    EXPECT_THAT(states(a), ElementsAre(Running, NotOffered, NotOffered));
    EXPECT_EQ(engine->countAsked("reconstruction"), 0);
    ASSERT_TRUE(cell(a, kReconstruction).error);
    EXPECT_EQ(cell(a, kReconstruction).error->message, "this model has no decoder");
    session.chooseModel({"other"});
    engine->giveModel(2);
    runQueued();
    EXPECT_EQ(cell(a, kReconstruction).state, Running);
    EXPECT_FALSE(cell(a, kReconstruction).error);
}

TEST_F(CellBoardTest, AnotherEngineIsAskedForEverythingAgain) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    session.setParameter(kReconstruction, "size", std::int64_t(64));
    runQueued();
    const auto next = std::make_shared<FakeEngine>();
    host.adopt(next);
    runQueued();
    EXPECT_TRUE(cell(a, kInput).outdated);
    EXPECT_EQ(width(a, kInput), 64);
    next->giveModel(1);
    runQueued();
    EXPECT_THAT(states(a), Each(Running));
    const auto job = next->waiting("reconstruction");
    ASSERT_TRUE(job);
    EXPECT_EQ(next->pathOf(job->subject.cell.source), "/p/a.png");
    next->answerAll();
    runQueued();
    EXPECT_THAT(states(a), Each(Done));
    EXPECT_FALSE(cell(a, kInput).outdated);
}

TEST_F(CellBoardTest, AnEngineThatFailsLeavesThePicturesStale) {
    start();
    const RowId a = add("/p/a.png");
    answerAll();
    setenv("TESSERA_ENGINE", "/nowhere/libtessera_engine.so", 1);
    host.open({});
    EXPECT_THAT(states(a), Each(Waiting));
    ASSERT_TRUE(waitUntil([&] { return host.state() == EngineHost::State::Failed; }));
    runQueued();
    EXPECT_THAT(states(a), Each(Waiting));
    EXPECT_TRUE(cell(a, kReconstruction).outdated);
    EXPECT_EQ(width(a, kReconstruction), 64);
}

TEST_F(CellBoardTest, CellsOutsideTheBoardAreWaiting) {
    EXPECT_EQ(cell(RowId{99}, 0).state, Waiting);
    start();
    const RowId a = add("/p/a.png");
    EXPECT_EQ(cell(a, 17).state, Waiting);
    EXPECT_EQ(cell(a, -1).state, Waiting);
}

/// The trace that this program writes; named before its first event.
const std::string& tracePath() {
    static const TemporaryFolder folder;
    static const std::string path = folder / "trace.jsonl";
    return path;
}
[[maybe_unused]] const int g_named = setenv("TESSERA_STUDIO_TRACE", tracePath().c_str(), 1);

class CancelTrace : public CellBoardTest {
protected:
    static int answered() {
        std::ifstream file(tracePath());
        int count = 0;
        for (std::string line; std::getline(file, line);) count += line.find("\"cancel_answered\"") != std::string::npos;
        return count;
    }
};

TEST_F(CancelTrace, IsWrittenOnceTheLastJobHasAnswered) {
    start();
    const RowId a = add("/p/a.png");
    const int before = answered();
    board->cancel(a);
    EXPECT_EQ(answered(), before) << "three answers are still on their way";
    runQueued();
    EXPECT_EQ(answered(), before + 1);
    board->cancel(a);
    runQueued();
    EXPECT_EQ(answered(), before + 1) << "there was nothing to cancel";
}

TEST_F(CancelTrace, IsWrittenAtOnceForWhatOnlyWaited) {
    const RowId a = add("/p/a.png");
    const int before = answered();
    board->cancel(a);
    EXPECT_EQ(answered(), before + 1);
}

}  // namespace
}  // namespace tessera::test
