// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/engine_host.h"

#include <atomic>
#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "widgets/support/event_loop.h"
#include "widgets/support/fake_engine.h"

namespace tessera::test {
namespace {

using namespace ui;
using State = EngineHost::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class EngineHostTest : public testing::Test {
protected:
    EngineHostTest() {
        setenv("TESSERA_ENGINE", FAKE_GOOD, 1);
        QObject::connect(&host, &EngineHost::stateChanged, [this] { states.push_back(host.state()); });
        QObject::connect(&host, &EngineHost::modelChanged, [this] { ++modelNews; });
    }
    void adopt() {
        host.adopt(engine);
        runQueued();
    }

    std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
    EngineHost host;
    std::vector<State> states;
    int modelNews = 0;
};

TEST_F(EngineHostTest, OpensInTheBackground) {
    host.open({.device = "abacus"});
    EXPECT_EQ(host.state(), State::Opening);
    EXPECT_EQ(host.engine(), nullptr);
    ASSERT_TRUE(waitUntil([&] { return host.state() == State::Ready; }));
    EXPECT_EQ(host.engine()->status().device, "abacus");
    EXPECT_EQ(host.options().device, "abacus");
    EXPECT_THAT(states, ElementsAre(State::Opening, State::Ready));
}

TEST_F(EngineHostTest, AFailureIsASentenceAndCanBeRetried) {
    setenv("TESSERA_ENGINE", "/nowhere/libtessera_engine.so", 1);
    host.open({});
    ASSERT_TRUE(waitUntil([&] { return host.state() != State::Opening; }));
    ASSERT_EQ(host.state(), State::Failed);
    ASSERT_TRUE(host.error());
    EXPECT_THAT(toLine(*host.error()), HasSubstr("/nowhere/libtessera_engine.so"));
    EXPECT_FALSE(host.error()->action.empty());
    setenv("TESSERA_ENGINE", FAKE_GOOD, 1);
    host.open(host.options());
    EXPECT_FALSE(host.error());
    ASSERT_TRUE(waitUntil([&] { return host.state() == State::Ready; }));
    EXPECT_THAT(states, ElementsAre(State::Opening, State::Failed, State::Opening, State::Ready));
}

TEST_F(EngineHostTest, MayGoWhileItOpens) {
    for (int i = 0; i < 20; ++i) {
        EngineHost passing;
        bool told = false;
        passing.open({});
        QObject::connect(&passing, &EngineHost::stateChanged, [&told] { told = true; });
        if (i % 2) std::this_thread::yield();
        EXPECT_FALSE(told);
    }
    runQueued();
}

TEST_F(EngineHostTest, TheNewestOpeningWins) {
    host.open({.device = "first"});
    host.open({.device = "second"});
    ASSERT_TRUE(waitUntil([&] { return host.state() == State::Ready; }));
    EXPECT_EQ(host.engine()->status().device, "second");
    runQueued();
    EXPECT_EQ(std::ranges::count(states, State::Ready), 1);
}

TEST_F(EngineHostTest, AnEngineThatIsReplacedGoesOffTheGuiThread) {
    struct Mortal : FakeEngine {
        explicit Mortal(std::atomic<std::thread::id>& given) : place(given) {}
        ~Mortal() override { place = std::this_thread::get_id(); }
        std::atomic<std::thread::id>& place;
    };
    std::atomic<std::thread::id> place{};
    host.adopt(std::make_shared<Mortal>(place));
    host.open({});
    ASSERT_TRUE(waitUntil([&] { return place.load() != std::thread::id{}; }));
    EXPECT_NE(place.load(), std::this_thread::get_id());
}

TEST_F(EngineHostTest, AnAdoptedEngineIsReadyAtOnce) {
    host.adopt(engine);
    EXPECT_EQ(host.state(), State::Ready);
    EXPECT_EQ(host.lenses().size(), engine->offered.size());
    EXPECT_EQ(host.models().front().name, "mini");
    EXPECT_FALSE(host.modelOpening()) << "no model was chosen";
}

TEST_F(EngineHostTest, AChoiceWaitsForTheEngine) {
    host.chooseModel({"mini", Precision::Bf16});
    EXPECT_FALSE(host.modelOpening());
    adopt();
    ASSERT_EQ(engine->opened.size(), 1u);
    EXPECT_EQ(engine->opened[0]->subject.reference, "mini");
    EXPECT_EQ(engine->opened[0]->subject.precision, Precision::Bf16);
    EXPECT_TRUE(host.modelOpening());
    engine->opened[0]->progress({.fraction = 0.5, .stage = "reading"});
    runQueued();
    EXPECT_EQ(host.modelProgress().fraction, 0.5);
    engine->giveModel(7);
    EXPECT_FALSE(host.model()) << "answers come through the event loop";
    runQueued();
    ASSERT_TRUE(host.model());
    EXPECT_EQ(host.model()->id, ModelId{7});
    EXPECT_FALSE(host.modelOpening());
}

TEST_F(EngineHostTest, TheNewestChoiceWins) {
    adopt();
    host.chooseModel({"a"});
    host.chooseModel({"b"});
    EXPECT_TRUE(engine->opened[0]->cancelled);
    engine->giveModel(2);
    runQueued();
    ASSERT_TRUE(host.model());
    EXPECT_EQ(host.model()->name, "b");
    EXPECT_FALSE(host.modelError());
}

TEST_F(EngineHostTest, AnAnswerThatComesTooLateIsClosedAgain) {
    adopt();
    host.chooseModel({"a"});
    engine->giveModel(1);  // on its way while the person chooses again
    host.chooseModel({"b"});
    runQueued();
    EXPECT_FALSE(host.model());
    EXPECT_TRUE(host.modelOpening());
    EXPECT_THAT(engine->closed, IsEmpty()) << "the engine might be about to give it for the newer choice";
    engine->giveModel(2);
    runQueued();
    EXPECT_EQ(host.model()->id, ModelId{2});
    EXPECT_THAT(engine->closed, ElementsAre(ModelId{1}));
}

TEST_F(EngineHostTest, TheModelBeforeStaysOpenUntilTheNextOneIs) {
    adopt();
    host.chooseModel({"a"});
    engine->giveModel(1);
    runQueued();
    host.chooseModel({"broken"});
    EXPECT_FALSE(host.model());
    engine->opened.back()->answer(Error{ErrorCode::Mismatch, "a tensor is missing", "encoder.conv_in.weight", "choose another file"});
    runQueued();
    ASSERT_TRUE(host.modelError());
    EXPECT_EQ(host.modelError()->where, "encoder.conv_in.weight");
    EXPECT_THAT(engine->closed, IsEmpty());
    host.chooseModel({"c"});
    EXPECT_FALSE(host.modelError());
    engine->giveModel(3);
    runQueued();
    EXPECT_THAT(engine->closed, ElementsAre(ModelId{1}));
}

TEST_F(EngineHostTest, AModelThatFailedCanBeTriedAgain) {
    adopt();
    host.chooseModel({"a"});
    engine->opened.back()->answer(Error{ErrorCode::NotFound, "no such model", "a"});
    runQueued();
    host.chooseModel(host.choice());
    EXPECT_EQ(engine->opened.size(), 2u);
    EXPECT_TRUE(host.modelOpening());
}

TEST_F(EngineHostTest, ChoosingTheOpenModelDoesNothing) {
    adopt();
    host.chooseModel({"a"});
    engine->giveModel(1);
    runQueued();
    const int before = modelNews;
    host.chooseModel({"a"});
    EXPECT_EQ(engine->opened.size(), 1u);
    EXPECT_EQ(modelNews, before);
    host.chooseModel({"a", Precision::Fp32});
    EXPECT_EQ(engine->opened.size(), 2u) << "another precision is another choice";
}

TEST_F(EngineHostTest, TheChoiceIsOpenedOnTheNextEngineToo) {
    adopt();
    host.chooseModel({"a"});
    engine->giveModel(1);
    runQueued();
    const auto next = std::make_shared<FakeEngine>();
    host.adopt(next);
    EXPECT_FALSE(host.model());
    ASSERT_EQ(next->opened.size(), 1u);
    EXPECT_EQ(next->opened[0]->subject.reference, "a");
    next->giveModel(1);
    runQueued();
    EXPECT_TRUE(host.model());
    EXPECT_THAT(engine->closed, IsEmpty()) << "numbers of the old engine mean nothing to the new one";
    EXPECT_THAT(next->closed, IsEmpty());
}

TEST_F(EngineHostTest, NoChoiceClosesTheBoardsModel) {
    adopt();
    host.chooseModel({"a"});
    engine->giveModel(1);
    runQueued();
    host.chooseModel({});
    EXPECT_FALSE(host.model());
    EXPECT_FALSE(host.modelOpening());
    EXPECT_FALSE(host.modelError());
}

}  // namespace
}  // namespace tessera::test
