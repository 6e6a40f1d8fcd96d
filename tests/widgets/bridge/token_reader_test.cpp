// SPDX-License-Identifier: GPL-3.0-or-later
// Which codes are asked for, what edits make of them, and which lenses follow the token that is looked at.
#include "bridge/token_reader.h"

#include <ranges>

#include "bridge/cell_wish.h"
#include "board_fixture.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kDepths = 2;

/// Codes 0, 1, 2, ... in the order of the grid.
TokenGrid gridOf(int rows, int columns, const std::string& fingerprint = "mini") {
    TokenGrid grid{.layout = {.codebookSizes = {100, 100}, .codewordDim = 4, .pixelsPerCell = 16}, .rows = rows, .columns = columns, .fingerprint = fingerprint};
    const std::size_t cells = static_cast<std::size_t>(rows) * columns, places = cells * kDepths;
    for (std::size_t i = 0; i < places; ++i) grid.found.push_back(static_cast<std::int32_t>(i % 100));
    grid.codes = grid.found;
    grid.norm.assign(cells, 1);
    for (auto* numbers : {&grid.codeNorm, &grid.residual, &grid.nearest, &grid.second}) numbers->assign(places, 1);
    grid.secondCode.assign(places, 0);
    grid.sourceWidth = grid.sourceHeight = 64;
    grid.region = {0, 0, 64, 64};
    return grid;
}

class TokenReaderTest : public BoardFixture {
protected:
    TokenReaderTest() {
        const ParameterSpec row{.name = "row", .initial = std::int64_t(-1), .low = std::int64_t(-1), .high = std::int64_t(8191)};
        ParameterSpec column = row;
        column.name = "column";
        ParameterSpec depth{.name = "depth", .initial = std::int64_t(64), .low = std::int64_t(1), .high = std::int64_t(64), .countedBy = "depths", .countedFrom = 1};
        engine->offered.push_back({.name = "token_norm", .needs = {"encode"}});
        engine->offered.push_back({.name = "codes", .needs = {"encode", "quantize"}, .parameters = {depth}});
        engine->offered.push_back({.name = "code_recurrence", .needs = {"encode", "quantize"}, .parameters = {row, column, depth}, .others = Others::Reference});
        engine->offered.push_back({.name = "token_similarity", .needs = {"encode"}, .parameters = {row, column}, .others = Others::Reference});
        reader.emplace(session, host, *board);
        QObject::connect(&*reader, &TokenReader::changed, [this] { ++told; });
    }
    ~TokenReaderTest() override { reader.reset(); }

    /// With an engine and the model open, whose codes have that many depths.
    void startWith(int depths) {
        host.adopt(engine);
        giveModel(depths);
    }
    void giveModel(int depths) {
        const auto& job = engine->opened.back();
        ModelInfo info{.id = ModelId{engine->opened.size()}, .name = job->subject.reference, .family = "fake", .device = "nowhere", .precision = "fp32"};
        info.capabilities = {"encode", "decode"};
        if (depths > 0) info.capabilities.push_back("quantize");
        info.codes.codebookSizes.assign(depths, 100);
        job->answer(info);
        runQueued();
    }
    std::shared_ptr<FakeEngine::TokensJob> waitingTokens() const {
        for (const auto& job : std::views::reverse(engine->tokenGrids)) {
            if (!job->answered) return job;
        }
        return nullptr;
    }
    void giveTokens(const TokenGrid& grid) {
        const auto job = waitingTokens();
        ASSERT_TRUE(job) << "nobody asked for codes";
        job->answer(grid);
        runQueued();
    }
    void look(TokenPlace place, int depth = 0, int rows = 4, int columns = 4) {
        ViewState view = session.view();
        view.tokens = {.rows = rows, .columns = columns, .cursor = place, .depth = depth};
        session.setView(view);
        runQueued();
    }
    std::vector<std::string> lenses() const {
        std::vector<std::string> names;
        for (const Column& column : session.columns()) names.push_back(column.lens);
        return names;
    }
    /// In a column of its own under the model.
    int addLens(const std::string& lens) {
        Groups groups = session.groups();
        session.editColumns("add", withLens(groups, static_cast<int>(groups.size()) - 1, lens, session.nextLensId()));
        runQueued();
        return static_cast<int>(session.columns().size()) - 1;
    }

    std::optional<TokenReader> reader;
    int told = 0;
};

TEST_F(TokenReaderTest, TheCurrentRowsCodesAreAskedForOnce) {
    startWith(kDepths);
    add("/p/a.png");
    ASSERT_THAT(engine->tokenGrids, SizeIs(1));
    EXPECT_EQ(engine->pathOf(engine->tokenGrids[0]->subject.source), "/p/a.png");
    EXPECT_EQ(reader->current(), nullptr);
    EXPECT_TRUE(reader->waiting());
    giveTokens(gridOf(4, 4));
    ASSERT_NE(reader->current(), nullptr);
    EXPECT_GT(told, 0);
    // Other columns of the model have the same codes; the next row has its own, and the first one's are let go.
    session.setCurrentColumn(kDifference);
    runQueued();
    EXPECT_THAT(engine->tokenGrids, SizeIs(1));
    EXPECT_NE(reader->current(), nullptr);
    add("/p/b.png");
    ASSERT_THAT(engine->tokenGrids, SizeIs(2));
    EXPECT_EQ(reader->current(), nullptr);
    session.stepCurrentRow(-1);
    runQueued();
    EXPECT_TRUE(engine->tokenGrids[1]->cancelled) << "nobody looks at it any more";
    EXPECT_THAT(engine->tokenGrids, SizeIs(3));
}

TEST_F(TokenReaderTest, AModelWithoutCodesIsToldInASentence) {
    startWith(0);
    const RowId row = add("/p/a.png");
    EXPECT_THAT(engine->tokenGrids, IsEmpty());
    ASSERT_TRUE(reader->error());
    EXPECT_THAT(toLine(*reader->error()), testing::HasSubstr("no codes"));
    EXPECT_THAT(toLine(*reader->error()), testing::HasSubstr("mini"));
    // Where its tokens lie, a picture of them says.
    EXPECT_EQ(reader->areaOf(row, session.columns()[kReconstruction]), std::nullopt);
    addLens("token_norm");
    Picture norm = fakePicture(8, 6);
    norm.region = {1, 2, 32, 24};
    answer("token_norm", norm);
    EXPECT_EQ(reader->areaOf(row, session.columns()[kReconstruction]), (TokenArea{6, 8, {1, 2, 32, 24}}));
}

TEST_F(TokenReaderTest, WhatIsWrongIsTold) {
    startWith(kDepths);
    add("/p/a.png");
    engine->tokenGrids.back()->answer(Error{ErrorCode::Invalid, "the edit is of another grid", "", ""});
    runQueued();
    ASSERT_TRUE(reader->error());
    EXPECT_EQ(reader->error()->message, "the edit is of another grid");
    EXPECT_EQ(reader->current(), nullptr);
}

TEST_F(TokenReaderTest, AnEditShowsAtOnceAndTheNextOneStartsFromIt) {
    startWith(kDepths);
    const RowId row = add("/p/a.png");
    giveTokens(gridOf(4, 4));
    const ModelChoice model = session.columns()[kReconstruction].model;
    session.editTokens("one", row, model, withCodeAt(*reader->current(), {{0, 0}}, 0, 50));
    EXPECT_EQ(reader->current()->codes[0], 50) << "before the engine said anything";
    session.editTokens("two", row, model, withCodeAt(*reader->current(), {{0, 1}}, 0, 60));
    EXPECT_EQ(reader->current()->codes[0], 50);
    EXPECT_EQ(reader->current()->codes[2], 60);
    EXPECT_EQ(editedTokens(*reader->current()), 2);
    runQueued();
    EXPECT_TRUE(reader->waiting());
    ASSERT_THAT(engine->tokenGrids, SizeIs(2)) << "one question for both";
    ASSERT_THAT(engine->edits, testing::Not(IsEmpty()));
    EXPECT_THAT(engine->edits.back().changes, SizeIs(2));
    EXPECT_NE(engine->tokenGrids.back()->subject.edit, EditId{});
    // The answer brings the numbers.
    TokenGrid answered = *reader->current();
    answered.residual[0] = 7;
    giveTokens(answered);
    EXPECT_EQ(reader->current()->residual[0], 7);
    EXPECT_FALSE(reader->waiting());
    // An answer to an older question takes nothing back.
    session.editTokens("three", row, model, withCodeAt(*reader->current(), {{0, 2}}, 0, 70));
    runQueued();
    waitingTokens()->answer(*reader->current());
    session.editTokens("four", row, model, withCodeAt(*reader->current(), {{0, 3}}, 0, 80));
    int seen = 0;
    const auto look = QObject::connect(&*reader, &TokenReader::changed, [&] { seen += reader->current()->codes[6] == 80 ? 0 : 1; });
    runQueued();
    QObject::disconnect(look);
    EXPECT_EQ(seen, 0);
    EXPECT_EQ(reader->current()->codes[6], 80);
    session.undoStack().undo();
    session.undoStack().undo();
    session.undoStack().undo();
    EXPECT_EQ(reader->current()->codes[2], 2);
    EXPECT_EQ(reader->current()->codes[0], 50);
}

TEST_F(TokenReaderTest, WithTheGridShownAllRowsOnScreenAreRead) {
    session.setWorkspace(WorkspaceKind::Compare);
    startWith(kDepths);
    const std::vector<RowId> rows = addMany(3);
    board->setVisibleRows({rows[0], rows[1]});
    runQueued();
    EXPECT_THAT(engine->tokenGrids, SizeIs(1));
    ViewState view = session.view();
    view.tokenGrid = true;
    session.setView(view);
    runQueued();
    EXPECT_THAT(engine->tokenGrids, SizeIs(2));
    giveTokens(gridOf(4, 4));
    EXPECT_NE(reader->gridOf(rows[1], session.columns()[kReconstruction]), nullptr);
    EXPECT_EQ(reader->gridOf(rows[2], session.columns()[kReconstruction]), nullptr);
    board->setVisibleRows({rows[2]});
    runQueued();
    EXPECT_EQ(reader->gridOf(rows[1], session.columns()[kReconstruction]), nullptr) << "it was scrolled away";
}

TEST_F(TokenReaderTest, WhatBeginsWithACountOfTheModelIsLeftToTheEngine) {
    const LensInfo codes = *std::ranges::find(engine->offered, "codes", &LensInfo::name);
    EXPECT_FALSE(wishOf({.lens = "codes"}, &codes).computed.contains("depth"));
    EXPECT_EQ(wishOf({.lens = "codes", .parameters = {{"depth", std::int64_t(3)}}}, &codes).computed.at("depth"), Value(std::int64_t(3)));
}

TEST_F(TokenReaderTest, LensesFollowTheTokenThatIsLookedAt) {
    startWith(kDepths);
    const RowId row = add("/p/a.png");
    giveTokens(gridOf(4, 4));
    const int recurrence = addLens("code_recurrence");
    const std::size_t undoSteps = session.undoStack().count();
    EXPECT_EQ(engine->waiting("code_recurrence")->subject.parameters.at("row"), Value(std::int64_t(-1))) << "nothing is looked at yet";
    look({2, 3}, 1);
    const auto job = engine->waiting("code_recurrence");
    ASSERT_TRUE(job);
    EXPECT_EQ(job->subject.parameters.at("row"), Value(std::int64_t(2)));
    EXPECT_EQ(job->subject.parameters.at("column"), Value(std::int64_t(3)));
    EXPECT_EQ(job->subject.parameters.at("depth"), Value(std::int64_t(2)));
    EXPECT_EQ(board->followed(row, recurrence).at("row"), Value(std::int64_t(2)));
    EXPECT_TRUE(board->followed(row, kReconstruction).empty());
    EXPECT_EQ(session.undoStack().count(), undoSteps) << "looking is no step to undo";
    // Chosen on a grid of twice the size: the same part of the picture.
    look({7, 2}, 0, 8, 8);
    EXPECT_EQ(engine->waiting("code_recurrence")->subject.parameters.at("row"), Value(std::int64_t(3)));
    EXPECT_EQ(engine->waiting("code_recurrence")->subject.parameters.at("column"), Value(std::int64_t(1)));
    // A column that says where it looks stays there.
    session.setParameter(recurrence, "row", std::int64_t(0));
    session.setParameter(recurrence, "column", std::int64_t(0));
    look({1, 1});
    EXPECT_EQ(engine->waiting("code_recurrence")->subject.parameters.at("row"), Value(std::int64_t(0)));
}

TEST_F(TokenReaderTest, WithoutCodesLensesFollowOnceAPictureSaysWhereTokensLie) {
    startWith(0);
    add("/p/a.png");
    addLens("token_similarity");
    look({2, 3});
    EXPECT_EQ(engine->waiting("token_similarity")->subject.parameters.at("row"), Value(std::int64_t(-1)));
    answer("token_similarity", fakePicture(4, 4));
    const auto job = engine->waiting("token_similarity");
    ASSERT_TRUE(job) << "asked again";
    EXPECT_EQ(job->subject.parameters.at("row"), Value(std::int64_t(2)));
}

TEST_F(TokenReaderTest, UneditedCellsAreDrawnFromWhatWasFound) {
    startWith(kDepths);
    const RowId row = add("/p/a.png");
    giveTokens(gridOf(4, 4));
    session.editTokens("one", row, session.columns()[kReconstruction].model, withCodeAt(*reader->current(), {{0, 0}}, 0, 50));
    runQueued();
    ASSERT_TRUE(engine->waiting("reconstruction"));
    EXPECT_NE(engine->waiting("reconstruction")->subject.cell.edit, EditId{});
    ViewState view = session.view();
    view.unedited = true;
    session.setView(view);
    runQueued();
    EXPECT_EQ(engine->waiting("reconstruction")->subject.cell.edit, EditId{});
    EXPECT_EQ(reader->current()->codes[0], 50) << "the edit is still there";
    EXPECT_FALSE(session.state().view.unedited) << "no file keeps it";
}

TEST_F(TokenReaderTest, TheTokensWorkspaceShowsWhatTheModelHas) {
    session.setWorkspace(WorkspaceKind::Tokens);
    EXPECT_THAT(lenses(), ElementsAre("token_norm", "latent_pca", "token_similarity"));
    startWith(kDepths);
    EXPECT_THAT(lenses(), ElementsAre("depth", "codes", "codes", "token_norm", "residual", "depth_contribution", "latent_pca"));
    EXPECT_EQ(session.columns()[2].parameters.at("depth"), Value(std::int64_t(kDepths)));
    EXPECT_EQ(session.undoStack().count(), 0);
    // Another model: its own columns, and back.
    session.chooseModel({"plain", Precision::Auto});
    runQueued();
    giveModel(0);
    EXPECT_THAT(lenses(), ElementsAre("token_norm", "latent_pca", "token_similarity"));
    session.undoStack().undo();
    EXPECT_THAT(lenses(), ElementsAre("depth", "codes", "codes", "token_norm", "residual", "depth_contribution", "latent_pca"));
    // What a person chose stays.
    session.editColumns("remove", withoutLens(session.groups(), session.columns()[0].id.lens));
    session.chooseModel({"plain", Precision::Auto});
    runQueued();
    EXPECT_THAT(lenses(), ElementsAre("codes", "codes", "token_norm", "residual", "depth_contribution", "latent_pca"));
}

}  // namespace
}  // namespace tessera::test
