// SPDX-License-Identifier: GPL-3.0-or-later
// Boards of several models, columns that move, and lenses that draw from other cells.
#include "widgets/bridge/board_fixture.h"
#include "workspace/column_edits.h"

namespace tessera::test {
namespace {

using namespace ui;
using enum CellState;
using testing::ElementsAre;
using testing::IsEmpty;

class BoardColumns : public BoardFixture {
protected:
    void SetUp() override {
        start();
        session.setWorkspace(WorkspaceKind::Compare);
        runQueued();
    }
    void addModel(const std::string& reference, std::uint64_t id) {
        session.editColumns(QStringLiteral("add"), withModel(session.groups(), {reference}, session.nextLensId()));
        runQueued();
        if (id > 0) engine->giveModel(id);
        runQueued();
    }
    /// Models that the lens was asked of, by id.
    std::vector<int> askedOf(const std::string& lens) const {
        std::vector<int> models;
        for (const auto& job : engine->pictures) {
            if (job->subject.lens == lens) models.push_back(static_cast<int>(job->subject.cell.model));
        }
        return models;
    }
};

TEST_F(BoardColumns, EveryColumnIsAskedOfItsOwnModel) {
    const RowId row = add("/p/a.png");
    answerAll();
    addModel("flux", 2);
    ASSERT_EQ(session.columns().size(), 5u);
    EXPECT_THAT(askedOf("reconstruction"), ElementsAre(1, 2)) << "the first model's pictures stay";
    answerAll();
    for (int column = 0; column < 5; ++column) EXPECT_EQ(cell(row, column).state, Done) << column;
    EXPECT_THAT(engine->closed, IsEmpty()) << "both models are open";
}

TEST_F(BoardColumns, AModelThatDoesNotOpenLeavesTheOthersAlone) {
    const RowId row = add("/p/a.png");
    answerAll();
    addModel("broken", 0);
    engine->opened.back()->answer(Error{ErrorCode::Mismatch, "a tensor is missing", "conv_in.weight"});
    runQueued();
    EXPECT_EQ(cell(row, 1).state, Done);
    EXPECT_FALSE(cell(row, 1).outdated);
    EXPECT_EQ(cell(row, 3).state, Waiting);
    EXPECT_TRUE(host.modelOf({"broken"}).error);
    EXPECT_FALSE(host.modelOf({"mini"}).error);
}

TEST_F(BoardColumns, ARemovedModelIsClosed) {
    add("/p/a.png");
    addModel("flux", 2);
    answerAll();
    session.editColumns(QStringLiteral("remove"), withoutModel(session.groups(), {"flux"}));
    runQueued();
    EXPECT_THAT(engine->closed, ElementsAre(ModelId{2}));
    session.undoStack().undo();
    runQueued();
    EXPECT_EQ(engine->opened.back()->subject.reference, "flux");
}

TEST_F(BoardColumns, PicturesGoWhereTheirColumnsGo) {
    const RowId row = add("/p/a.png");
    answer("input", fakePicture(10, 10));
    answer("reconstruction", fakePicture(20, 20));
    answer("difference", fakePicture(30, 30));
    const std::size_t asked = engine->pictures.size();
    session.editColumns(QStringLiteral("move"), withLensMoved(session.groups(), session.columns()[2].id.lens, 1, 0));
    runQueued();
    EXPECT_EQ(width(row, 1), 30);
    EXPECT_EQ(width(row, 2), 20);
    EXPECT_EQ(engine->pictures.size(), asked) << "nothing is computed anew";
}

TEST_F(BoardColumns, AnAnswerFindsAColumnThatMovedMeanwhile) {
    const RowId row = add("/p/a.png");
    session.editColumns(QStringLiteral("move"), withLensMoved(session.groups(), session.columns()[2].id.lens, 1, 0));
    runQueued();
    answer("difference", fakePicture(30, 30));
    EXPECT_EQ(width(row, 1), 30);
    const auto late = engine->waiting("reconstruction");
    ASSERT_TRUE(late);
    session.editColumns(QStringLiteral("remove"), withoutLens(session.groups(), session.columns()[2].id.lens));
    late->answer(fakePicture(20, 20));
    runQueued();
    EXPECT_EQ(session.columns().size(), 2u) << "an answer for a column that is gone is nobody's";
}

TEST_F(BoardColumns, TheStepsOfASweepAreCellsOfTheirOwn) {
    const RowId row = add("/p/a.png");
    answerAll();
    const LensColumnId lens = session.columns()[1].id.lens;
    session.editColumns(QStringLiteral("sweep"), withSweep(session.groups(), lens, Sweep{.parameter = "size", .values = {Value(std::int64_t(64)), Value(std::int64_t(128)), Value(std::int64_t(256))}}));
    runQueued();
    answerAll();
    for (int column = 1; column <= 3; ++column) EXPECT_EQ(cell(row, column).state, Done) << column;
    std::vector<Value> sizes;
    for (const auto& job : engine->pictures) {
        if (job->subject.lens == "reconstruction" && !job->cancelled) sizes.push_back(job->subject.parameters.at("size"));
    }
    ASSERT_GE(sizes.size(), 4u);
    EXPECT_EQ((std::vector<Value>(sizes.end() - 3, sizes.end())), (std::vector<Value>{std::int64_t(64), std::int64_t(128), std::int64_t(256)}));
}

TEST_F(BoardColumns, AReferenceModelIsNamedInTheQuery) {
    for (LensInfo& lens : engine->offered) {
        if (lens.name == "difference") lens.others = Others::Reference;
    }
    host.adopt(engine);
    engine->giveModel(1);
    runQueued();
    addModel("flux", 2);
    add("/p/a.png");
    answerAll();
    EXPECT_THAT(engine->pictures.back()->subject.others, IsEmpty());
    session.editColumns(QStringLiteral("with"), withCompanion(session.groups(), session.columns()[4].id.lens, Companion{std::nullopt, ModelChoice{"mini"}}));
    runQueued();
    const auto job = engine->waiting("difference");
    ASSERT_TRUE(job);
    ASSERT_EQ(job->subject.others.size(), 1u);
    EXPECT_EQ(job->subject.others[0].model, ModelId{1});
    EXPECT_EQ(job->subject.others[0].source, job->subject.cell.source);
    EXPECT_EQ(job->subject.cell.model, ModelId{2});
}

TEST_F(BoardColumns, ALensThatNeedsAnotherImageSaysSoUntilItHasOne) {
    LensInfo blend{.name = "blend", .help = "", .needs = {"encode", "decode"}, .parameters = {}, .others = Others::Required};
    engine->offered.push_back(blend);
    host.adopt(engine);
    engine->giveModel(1);
    runQueued();
    const RowId a = add("/p/a.png"), b = add("/p/b.png");
    session.setCurrentRow(a);
    session.editColumns(QStringLiteral("lens"), withLens(session.groups(), 1, "blend", session.nextLensId()));
    runQueued();
    const int column = static_cast<int>(session.columns().size()) - 1;
    EXPECT_EQ(cell(a, column).state, NotOffered);
    ASSERT_TRUE(cell(a, column).error);
    EXPECT_THAT(cell(a, column).error->message, testing::HasSubstr("second image"));
    session.editColumns(QStringLiteral("with"), withCompanion(session.groups(), session.columns()[column].id.lens, Companion{b, std::nullopt}));
    runQueued();
    const auto job = engine->waiting("blend", "/p/a.png");
    ASSERT_TRUE(job);
    ASSERT_EQ(job->subject.others.size(), 1u);
    EXPECT_EQ(engine->pathOf(job->subject.others[0].source), "/p/b.png");
    session.removeRows({b});
    runQueued();
    EXPECT_EQ(cell(a, column).state, NotOffered) << "the other image was removed";
}

TEST_F(BoardColumns, AGridAsksForAllVisibleRowsAndForNoOthers) {
    const auto rows = addMany(1000);
    board->setVisibleRows({rows[10], rows[11], rows[12]});
    session.setCurrentRow(rows[10]);
    runQueued();
    std::set<std::string> paths;
    for (const auto& job : engine->pictures) {
        if (!job->answered) paths.insert(engine->pathOf(job->subject.cell.source));
    }
    EXPECT_THAT(paths, ElementsAre("/p/10.png", "/p/11.png", "/p/12.png"));
}

}  // namespace
}  // namespace tessera::test
