// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <thread>

#include "plan_builder.h"

namespace tessera::test {
namespace {

using testing::Each;
using testing::ElementsAre;

void expectNeverFalls(const std::vector<Progress>& progress) {
    double last = 0;
    for (const Progress& p : progress) {
        EXPECT_GE(p.fraction, last);
        EXPECT_LE(p.fraction, 1);
        last = p.fraction;
    }
}

TEST(SchedulerProgress, IsTheMeanOverTheStagesThatRunByTheirWeights) {
    Scheduler scheduler({});
    Gate half, end;
    const auto light = constant("light", 0);
    light->weight = 1;
    const auto heavyRun = [&](auto, StageContext& context) {
        context.report(0.5, "decoding, up block 1");
        half.wait();
        context.report(0.9, "decoding, up block 2");
        end.wait();
        return number(1);
    };
    auto heavy = stage("heavy", {light}, heavyRun);
    heavy->weight = 3;
    Listener listener;
    const auto job = scheduler.submit(heavy, Priority::Visible, listener.observer());
    listener.awaitProgress(0.6);
    EXPECT_DOUBLE_EQ(listener.progress().back().fraction, (1 + 3 * 0.5) / 4);
    EXPECT_EQ(listener.progress().back().stage, "decoding, up block 1");
    half.open();
    listener.awaitProgress(0.9);
    EXPECT_DOUBLE_EQ(listener.progress().back().fraction, (1 + 3 * 0.9) / 4);
    EXPECT_EQ(listener.progress().back().stage, "decoding, up block 2");
    end.open();
    EXPECT_TRUE(listener.await());
    expectNeverFalls(listener.progress());
}

TEST(SchedulerProgress, StagesFromTheCacheWeighNothing) {
    Scheduler scheduler({});
    Gate gate;
    const auto parent = constant("parent", 0);
    parent->weight = 100;
    Listener warm, listener;
    const auto a = scheduler.submit(parent, Priority::Visible, warm.observer());
    ASSERT_TRUE(warm.await());
    const auto run = [&](auto, StageContext& context) {
        context.report(0.25, "quarter");
        gate.wait();
        return number(1);
    };
    const auto b = scheduler.submit(stage("child", {parent}, run), Priority::Visible, listener.observer());
    listener.awaitProgress(0.25);
    EXPECT_DOUBLE_EQ(listener.progress().back().fraction, 0.25);
    gate.open();
    EXPECT_TRUE(listener.await());
}

TEST(SchedulerProgress, OutOfOrderAndBrokenFractionsNeverMakeItFall) {
    Scheduler scheduler({});
    Gate gate;
    const auto run = [&](auto, StageContext& context) {
        context.report(0.7, "a");
        context.report(0.2, "b");
        context.report(std::numeric_limits<double>::quiet_NaN(), "c");
        context.report(-5, "d");
        gate.wait();
        context.report(9, "e");
        return number(1);
    };
    Listener listener;
    const auto job = scheduler.submit(stage("stage", {}, run), Priority::Visible, listener.observer());
    listener.awaitProgress(0.7);
    EXPECT_DOUBLE_EQ(listener.progress().back().fraction, 0.7);
    gate.open();
    EXPECT_TRUE(listener.await());
    expectNeverFalls(listener.progress());
}

TEST(SchedulerProgress, AMillionReportsBecomeAFewMessagesAndTheLastWordIsHeard) {
    Scheduler scheduler({});
    Gate gate;
    const auto run = [&](auto, StageContext& context) {
        for (int i = 0; i < 1'000'000; ++i) context.report(i / 2e6, i % 2 == 0 ? "even" : "odd");
        context.report(0.5, "waiting");
        gate.wait();
        return number(1);
    };
    Listener listener;
    const auto job = scheduler.submit(stage("stage", {}, run), Priority::Visible, listener.observer());
    listener.awaitProgress(0.5);
    EXPECT_LT(listener.progress().size(), 10'000U);
    EXPECT_EQ(listener.progress().back().stage, "waiting");
    gate.open();
    EXPECT_TRUE(listener.await());
}

TEST(SchedulerProgress, TellsTheTimeLeftOnceItHasAPace) {
    Scheduler scheduler({});
    Listener listener;
    std::atomic<bool> enough = false;
    const auto run = [&](auto, StageContext& context) {
        for (int i = 1; i <= 60 && !enough; ++i) {
            context.report(i / 100.0, "step");
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            for (const Progress& p : listener.progress()) enough = enough || p.secondsLeft.has_value();
        }
        return number(1);
    };
    const auto job = scheduler.submit(stage("stage", {}, run), Priority::Visible, listener.observer());
    EXPECT_TRUE(listener.await());
    ASSERT_TRUE(enough);
    for (const Progress& p : listener.progress()) {
        if (p.secondsLeft) {
            EXPECT_TRUE(std::isfinite(*p.secondsLeft));
            EXPECT_GT(*p.secondsLeft, 0);
        }
    }
}

TEST(SchedulerProgress, NamesTheStageThatRunsEvenIfItReportsNothing) {
    Scheduler scheduler({});
    Gate gate;
    Listener listener;
    const auto job = scheduler.submit(gated("preprocessing", gate), Priority::Visible, listener.observer());
    listener.awaitProgress(0);
    EXPECT_EQ(listener.progress().back().stage, "preprocessing");
    gate.open();
    EXPECT_TRUE(listener.await());
}

std::vector<std::int64_t> numbersOf(const std::vector<StageAnswer>& answers) {
    std::vector<std::int64_t> numbers;
    for (const StageAnswer& answer : answers) numbers.push_back(numberOf(answer.value));
    return numbers;
}

TEST(SchedulerPartials, ReachTheJobsOfTheRootBeforeTheAnswer) {
    Scheduler scheduler({});
    Gate gate;
    const auto run = [&](auto, StageContext& context) {
        context.partial(number(1));
        gate.wait();
        return number(2);
    };
    const auto plan = stage("scaled decode", {}, run);
    Listener root, child, deaf;
    const auto a = scheduler.submit(plan, Priority::Visible, root.observer());
    const auto b = scheduler.submit(sum("child", {plan}), Priority::Visible, child.observer());
    const auto c = scheduler.submit(plan, Priority::Visible, deaf.quiet());
    root.awaitPartials(1);
    EXPECT_EQ(root.answers(), 0U);
    gate.open();
    EXPECT_EQ(numberOf(root.await()), 2);
    EXPECT_EQ(numberOf(child.await()), 2);
    EXPECT_EQ(numberOf(deaf.await()), 2);
    EXPECT_THAT(numbersOf(root.partials()), ElementsAre(1));
    EXPECT_TRUE(child.partials().empty()) << "a parent's stand-in is not the child's value";
    EXPECT_TRUE(deaf.partials().empty());
}

TEST(SchedulerPartials, WhoeverComesLateGetsTheLastOne) {
    Scheduler scheduler({});
    Gate gate;
    const auto run = [&](auto, StageContext& context) {
        context.partial(number(1));
        context.partial(number(2));
        gate.wait();
        return number(3);
    };
    const auto plan = stage("scaled decode", {}, run);
    Listener early, late;
    const auto a = scheduler.submit(plan, Priority::Visible, early.observer());
    gate.awaitArrivals(1);
    const auto b = scheduler.submit(plan, Priority::Visible, late.observer());
    late.awaitPartials(1);
    gate.open();
    EXPECT_TRUE(late.await());
    EXPECT_THAT(numbersOf(late.partials()), ElementsAre(2));
    EXPECT_EQ(numbersOf(early.partials()).back(), 2);
}

}  // namespace
}  // namespace tessera::test
