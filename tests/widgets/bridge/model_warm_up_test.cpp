// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/model_warm_up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "widgets/support/event_loop.h"
#include "widgets/support/fake_engine.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::IsEmpty;
using testing::SizeIs;

class ModelWarmUpTest : public testing::Test {
protected:
    void openModel(std::int64_t parameters = 1'000'000, std::vector<std::string> capabilities = {"encode", "decode"}) {
        host.adopt(engine);
        host.chooseModel({"mini"});
        runQueued();
        ModelInfo info{.id = ModelId{7}, .name = "mini", .parameters = parameters, .capabilities = std::move(capabilities)};
        engine->opened.back()->answer(info);
        runQueued();
    }

    std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
    Session session;
    EngineHost host;
    ModelWarmUp warmUp{session, host};
};

TEST_F(ModelWarmUpTest, ReconstructsAGreyPictureOnceWithTheBoardsSettings) {
    const auto& columns = session.columns();
    const auto column = std::ranges::find(columns, "reconstruction", &Column::lens) - columns.begin();
    session.setParameter(static_cast<int>(column), "size", std::int64_t(128));
    openModel();
    ASSERT_THAT(engine->pictures, SizeIs(1));
    const auto job = engine->waiting("reconstruction");
    ASSERT_TRUE(job);
    EXPECT_EQ(job->priority, Priority::OffScreen);
    EXPECT_EQ(job->subject.cell.model, ModelId{7});
    EXPECT_EQ(job->subject.parameters.at("size"), Value(std::int64_t(128)));
    EXPECT_FALSE(engine->sources.at(job->subject.cell.source).pixels.empty());
    job->answer(Picture{});
    runQueued();
    EXPECT_FALSE(warmUp.isRunning());
    EXPECT_THAT(engine->sources, IsEmpty());
    Q_EMIT host.modelChanged();
    EXPECT_THAT(engine->pictures, SizeIs(1));
}

TEST_F(ModelWarmUpTest, IsGivenUpWhenAPictureComes) {
    openModel();
    const auto job = engine->waiting("reconstruction");
    ASSERT_TRUE(job);
    session.addRows({{.path = "/a.png"}});
    EXPECT_TRUE(job->cancelled);
    EXPECT_FALSE(warmUp.isRunning());
    EXPECT_THAT(engine->sources, IsEmpty());
}

TEST_F(ModelWarmUpTest, LeavesABoardWithPicturesAlone) {
    session.addRows({{.path = "/a.png"}});
    openModel();
    EXPECT_THAT(engine->pictures, IsEmpty());
}

TEST_F(ModelWarmUpTest, LeavesLargeModelsAlone) {
    openModel(84'000'000);
    EXPECT_THAT(engine->pictures, IsEmpty());
}

TEST_F(ModelWarmUpTest, LeavesModelsThatCannotDecodeAlone) {
    openModel(1'000'000, {"encode"});
    EXPECT_THAT(engine->pictures, IsEmpty());
}

TEST_F(ModelWarmUpTest, EndsWithItsEngine) {
    openModel();
    const auto job = engine->waiting("reconstruction");
    ASSERT_TRUE(job);
    host.adopt(std::make_shared<FakeEngine>());
    runQueued();
    EXPECT_TRUE(job->cancelled);
    EXPECT_FALSE(warmUp.isRunning());
}

}  // namespace
}  // namespace tessera::test
