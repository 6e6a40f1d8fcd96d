// SPDX-License-Identifier: Apache-2.0
#include "jobs/scheduler.h"

#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>

#include "plan_builder.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

std::vector<std::string> namesOf(const std::vector<StageTiming>& timings) {
    std::vector<std::string> names;
    for (const StageTiming& timing : timings) names.push_back(timing.stage + (timing.cached ? " cached" : ""));
    return names;
}

TEST(Scheduler, ADiamondRunsEachStageOnceAndGivesTheRootsValue) {
    Scheduler scheduler({});
    const auto source = constant("source", 3);
    const auto left = sum("left", {source}, 10);
    const auto right = sum("right", {source}, 20);
    const auto root = sum("root", {left, right, left});
    Listener listener;
    const auto job = scheduler.submit(root, Priority::Visible, listener.observer());
    const auto answer = listener.await();
    ASSERT_TRUE(answer) << toLine(answer.error());
    EXPECT_EQ(numberOf(answer), 13 + 23 + 13);
    EXPECT_THAT(namesOf(answer.value().timings), ElementsAre("source", "left", "right", "root"));
    EXPECT_THAT(scheduler.stagesRun(),
                UnorderedElementsAre(Pair("source", 1), Pair("left", 1), Pair("right", 1), Pair("root", 1)));
}

TEST(Scheduler, MovingASliderRunsOneDecoderAndNoEncoder) {
    Scheduler scheduler({});
    const auto pixels = constant("source", 1);
    const auto latents = sum("latents", {sum("input", {pixels})});
    const auto cell = [&](std::int64_t strength) { return sum("decoded", {latents}, strength); };
    for (std::int64_t strength = 0; strength < 5; ++strength) {
        const auto before = scheduler.stagesRun();
        Listener listener;
        const auto job = scheduler.submit(cell(strength), Priority::Hovered, listener.observer(), 7);
        const auto answer = listener.await();
        ASSERT_TRUE(answer);
        EXPECT_EQ(numberOf(answer), 1 + strength);
        auto now = scheduler.stagesRun();
        EXPECT_EQ(now["decoded"], static_cast<std::uint64_t>(strength) + 1);
        EXPECT_EQ(now["latents"], 1U);
        EXPECT_EQ(now["input"], 1U);
        EXPECT_EQ(now["source"], 1U);
        if (strength > 0) {
            EXPECT_THAT(namesOf(answer.value().timings),
                        ElementsAre("source cached", "input cached", "latents cached", "decoded"));
        }
    }
}

TEST(Scheduler, AKnownRootIsAnsweredWithoutRunningAnything) {
    Scheduler scheduler({});
    const auto root = sum("root", {constant("source", 3)}, 4);
    Listener first, second;
    const auto a = scheduler.submit(root, Priority::Visible, first.observer());
    ASSERT_TRUE(first.await());
    const auto b = scheduler.submit(root, Priority::Visible, second.observer());
    const auto answer = second.await();
    EXPECT_EQ(numberOf(answer), 7);
    EXPECT_THAT(namesOf(answer.value().timings), ElementsAre("source cached", "root cached"));
    EXPECT_EQ(scheduler.stagesRun().at("root"), 1U);
}

TEST(Scheduler, WhatAStageDoesNotWantKeptIsRunAgain) {
    Scheduler scheduler({});
    const auto root = constant("once", 5);
    root->keep = false;
    for (int i = 0; i < 2; ++i) {
        Listener listener;
        const auto job = scheduler.submit(root, Priority::Visible, listener.observer());
        EXPECT_EQ(numberOf(listener.await()), 5);
    }
    EXPECT_EQ(scheduler.stagesRun().at("once"), 2U);
}

TEST(Scheduler, JobsThatNeedTheSameStageShareItsExecution) {
    Scheduler scheduler({});
    Gate gate;
    const auto shared = gated("shared", gate, 5);
    std::vector<Listener> listeners(20);
    std::vector<Subscription> jobs;
    for (int i = 0; i < 20; ++i) {
        const auto plan = i % 2 == 0 ? StagePlanPtr(shared) : StagePlanPtr(sum("leaf", {shared}, i));
        jobs.push_back(scheduler.submit(plan, Priority::Visible, listeners[i].observer()));
    }
    gate.awaitArrivals(1);
    gate.open();
    for (int i = 0; i < 20; ++i) EXPECT_EQ(numberOf(listeners[i].await()), i % 2 == 0 ? 5 : 5 + i);
    EXPECT_EQ(scheduler.stagesRun().at("shared"), 1U);
    EXPECT_EQ(scheduler.stagesRun().at("leaf"), 10U);
}

TEST(Scheduler, ACancelledJobIsAnsweredBeforeItsStageEnds) {
    Scheduler scheduler({});
    Gate gate;
    Listener listener;
    auto job = scheduler.submit(gated("deaf", gate), Priority::Visible, listener.observer());
    gate.awaitArrivals(1);
    job.cancel();
    ASSERT_EQ(listener.answers(), 1U);
    EXPECT_TRUE(listener.await().cancelled());
    gate.open();
}

TEST(Scheduler, DroppingTheSubscriptionCancels) {
    Scheduler scheduler({});
    Gate started;
    Listener listener;
    {
        const auto job = scheduler.submit(endless("endless", started), Priority::Visible, listener.observer());
        started.wait();
    }
    EXPECT_EQ(listener.answers(), 1U);
    EXPECT_TRUE(listener.await().cancelled());
}

TEST(Scheduler, ADetachedJobRunsToItsEnd) {
    Scheduler scheduler({});
    Gate gate;
    Listener listener;
    scheduler.submit(gated("stage", gate, 9), Priority::Visible, listener.observer()).detach();
    gate.open();
    EXPECT_EQ(numberOf(listener.await()), 9);
}

TEST(Scheduler, AStageGoesOnAsLongAsSomebodyWaits) {
    Scheduler scheduler({});
    Gate gate;
    std::atomic<bool> stopSeen = false;
    const auto run = [&](auto, StageContext& context) {
        gate.wait();
        stopSeen = context.stopToken().stop_requested();
        return number(1);
    };
    const auto plan = stage("stage", {}, run);
    Listener first, second;
    auto a = scheduler.submit(plan, Priority::Visible, first.observer());
    auto b = scheduler.submit(plan, Priority::Visible, second.observer());
    gate.awaitArrivals(1);
    a.cancel();
    EXPECT_TRUE(first.await().cancelled());
    gate.open();
    EXPECT_EQ(numberOf(second.await()), 1);
    EXPECT_FALSE(stopSeen);
    EXPECT_EQ(scheduler.stagesRun().at("stage"), 1U);
}

TEST(Scheduler, ANewWaiterOfAStoppingStageGetsAWholeRun) {
    Scheduler scheduler({});
    Gate firstStopped, letFirstEnd;
    std::atomic<int> runs = 0;
    const auto run = [&](auto, StageContext& context) -> StageValue {
        if (++runs > 1) {
            EXPECT_FALSE(context.stopToken().stop_requested());
            return number(42);
        }
        while (!context.stopToken().stop_requested()) std::this_thread::yield();
        firstStopped.open();
        letFirstEnd.wait();
        throw Cancelled();
    };
    const auto plan = stage("stage", {}, run);
    Listener first, second;
    auto a = scheduler.submit(plan, Priority::Visible, first.observer());
    while (runs == 0) std::this_thread::yield();
    a.cancel();
    firstStopped.wait();
    auto b = scheduler.submit(plan, Priority::Visible, second.observer());
    EXPECT_EQ(second.answers(), 0U);
    letFirstEnd.open();
    const auto answer = second.await();
    ASSERT_TRUE(answer) << toLine(answer.error());
    EXPECT_EQ(numberOf(answer), 42);
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(first.answers(), 1U);
}

TEST(Scheduler, AStoppingStageThatEndsAnywayServesWhoeverCameMeanwhile) {
    Scheduler scheduler({});
    Gate gate;
    const auto plan = gated("deaf", gate, 8);
    Listener first, second;
    auto a = scheduler.submit(plan, Priority::Visible, first.observer());
    gate.awaitArrivals(1);
    a.cancel();
    auto b = scheduler.submit(plan, Priority::Visible, second.observer());
    gate.open();
    EXPECT_EQ(numberOf(second.await()), 8);
    EXPECT_EQ(scheduler.stagesRun().at("deaf"), 1U);
}

// Names of stages in the order in which the device lane took them, while the first one holds it.
class LaneOrder : public testing::Test {
protected:
    StagePlanPtr recorded(const std::string& name, std::vector<StagePlanPtr> parents = {}) {
        return stage(name, std::move(parents), [this, name](auto, auto&) {
            const std::lock_guard lock(mutex);
            order.push_back(name);
            return number(0);
        });
    }
    void submit(const StagePlanPtr& plan, Priority priority) {
        listeners.emplace_back();
        jobs.push_back(scheduler.submit(plan, priority, listeners.back().observer()));
    }
    void holdLane() {
        submit(gated("holder", gate), Priority::Hovered);
        gate.awaitArrivals(1);
    }
    void finish() {
        gate.open();
        for (Listener& listener : listeners) EXPECT_TRUE(listener.await());
    }

    Gate gate;
    std::mutex mutex;
    std::vector<std::string> order;
    std::vector<Listener> listeners;
    Scheduler scheduler{{}};
    std::vector<Subscription> jobs;
};

TEST_F(LaneOrder, HigherPrioritiesRunFirstAndEqualOnesInOrderOfArrival) {
    holdLane();
    submit(recorded("batch"), Priority::Batch);
    submit(recorded("visible 1"), Priority::Visible);
    submit(recorded("off screen"), Priority::OffScreen);
    submit(recorded("visible 2"), Priority::Visible);
    submit(recorded("hovered"), Priority::Hovered);
    finish();
    EXPECT_THAT(order, ElementsAre("hovered", "visible 1", "visible 2", "off screen", "batch"));
}

TEST_F(LaneOrder, AHoveredWaiterPullsAStageAndItsAncestorsForward) {
    holdLane();
    const auto deep = recorded("leaf", {recorded("middle", {recorded("first")})});
    submit(deep, Priority::Batch);
    submit(recorded("visible"), Priority::Visible);
    submit(deep, Priority::Hovered);
    finish();
    EXPECT_THAT(order, ElementsAre("first", "middle", "leaf", "visible"));
}

TEST_F(LaneOrder, AStageFallsBackWhenItsHoveredWaiterLeaves) {
    holdLane();
    const auto slow = recorded("slow");
    submit(slow, Priority::Batch);
    submit(recorded("visible"), Priority::Visible);
    Listener hovering;
    auto job = scheduler.submit(slow, Priority::Hovered, hovering.observer());
    job.cancel();
    finish();
    EXPECT_THAT(order, ElementsAre("visible", "slow"));
}

TEST_F(LaneOrder, AnEarlierJobsLaterStagesComeBeforeALaterJobs) {
    holdLane();
    submit(recorded("a leaf", {recorded("a root")}), Priority::Visible);
    submit(recorded("b leaf", {recorded("b root")}), Priority::Visible);
    finish();
    EXPECT_THAT(order, ElementsAre("a root", "a leaf", "b root", "b leaf"));
}

TEST_F(LaneOrder, StagesThatOnlyCancelledJobsWantedNeverRun) {
    holdLane();
    Listener listener;
    auto job = scheduler.submit(recorded("unwanted", {recorded("parent")}), Priority::Visible, listener.observer());
    job.cancel();
    finish();
    EXPECT_THAT(order, IsEmpty());
}

// Counts down; notes on which thread it lived.
class Countdown : public StageStepper {
public:
    Countdown(int steps, std::function<void(int)> onStep, std::function<void()> onEnd)
        : m_left(steps), m_onStep(std::move(onStep)), m_onEnd(std::move(onEnd)) {}
    ~Countdown() override { m_onEnd(); }
    std::optional<StageValue> step(StageContext& context) override {
        context.checkStopped();
        m_onStep(m_left);
        context.report(1.0 / m_left, "counting");
        if (--m_left > 0) return std::nullopt;
        return number(m_left);
    }

private:
    int m_left;
    std::function<void(int)> m_onStep;
    std::function<void()> m_onEnd;
};

TEST_F(LaneOrder, ALongStageLetsAHigherPriorityInBetweenItsSteps) {
    Gate twoSteps, urgentSubmitted;
    auto plan = std::make_shared<StagePlan>();
    plan->key = Hasher().add("countdown").finish();
    plan->name = "countdown";
    plan->parents = {constant("parent", 4)};
    plan->start = [&](std::span<const StageValue> parents) {
        const auto onStep = [&](int left) {
            if (left == 3) {
                twoSteps.open();
                urgentSubmitted.wait();
            }
            const std::lock_guard lock(mutex);
            order.push_back("step " + std::to_string(left));
        };
        return std::make_unique<Countdown>(static_cast<int>(numberOf(parents[0])), onStep, [] {});
    };
    submit(plan, Priority::Visible);
    twoSteps.wait();
    submit(recorded("visible"), Priority::Visible);
    submit(recorded("hovered"), Priority::Hovered);
    urgentSubmitted.open();
    finish();
    EXPECT_THAT(order, ElementsAre("step 4", "step 3", "hovered", "step 2", "step 1", "visible"));
    EXPECT_EQ(scheduler.stagesRun().at("countdown"), 1U);
}

TEST_F(LaneOrder, AStepperThatNobodyWaitsForEndsOnItsLane) {
    std::atomic<std::thread::id> stepped, ended;
    Gate inStep, cancelled, gone;
    auto plan = std::make_shared<StagePlan>();
    plan->key = Hasher().add("endless countdown").finish();
    plan->name = "countdown";
    plan->start = [&](std::span<const StageValue>) {
        const auto onStep = [&](int) {
            stepped = std::this_thread::get_id();
            inStep.open();
        };
        const auto onEnd = [&] {
            ended = std::this_thread::get_id();
            gone.open();
        };
        return std::make_unique<Countdown>(1 << 30, onStep, onEnd);
    };
    Listener listener;
    auto job = scheduler.submit(plan, Priority::Visible, listener.observer());
    inStep.wait();
    submit(gated("urgent", gate), Priority::Hovered);  // the countdown now waits between two steps
    gate.awaitArrivals(1);
    job.cancel();
    EXPECT_TRUE(listener.await().cancelled());
    gate.open();
    gone.wait();
    EXPECT_EQ(ended.load(), stepped.load());
}

TEST(SchedulerSlots, ANewerJobTakesTheOldersPlaceAtOnce) {
    Scheduler scheduler({});
    Gate gate;
    Listener older, newer, other;
    auto a = scheduler.submit(gated("older", gate), Priority::Visible, older.observer(), 5);
    auto c = scheduler.submit(constant("other", 2), Priority::Visible, other.observer(), 6);
    gate.awaitArrivals(1);
    auto b = scheduler.submit(constant("newer", 1), Priority::Visible, newer.observer(), 5);
    ASSERT_EQ(older.answers(), 1U);
    EXPECT_TRUE(older.await().cancelled());
    gate.open();
    EXPECT_EQ(numberOf(newer.await()), 1);
    EXPECT_EQ(numberOf(other.await()), 2);
}

TEST(SchedulerSlots, AStageThatBothJobsNeedGoesOn) {
    Scheduler scheduler({});
    Gate gate;
    std::atomic<bool> stopSeen = false;
    const auto run = [&](auto, StageContext& context) {
        gate.wait();
        stopSeen = context.stopToken().stop_requested();
        return number(10);
    };
    const auto shared = stage("latents", {}, run);
    Listener older, newer;
    auto a = scheduler.submit(sum("decoded", {shared}, 1), Priority::Visible, older.observer(), 5);
    gate.awaitArrivals(1);
    auto b = scheduler.submit(sum("decoded", {shared}, 2), Priority::Visible, newer.observer(), 5);
    EXPECT_TRUE(older.await().cancelled());
    gate.open();
    EXPECT_EQ(numberOf(newer.await()), 12);
    EXPECT_FALSE(stopSeen);
    EXPECT_EQ(scheduler.stagesRun().at("latents"), 1U);
    EXPECT_EQ(scheduler.stagesRun().at("decoded"), 1U);
}

TEST(SchedulerSlots, SlotZeroReplacesNobodyAndACachedAnswerReplacesToo) {
    Scheduler scheduler({});
    Gate gate;
    Listener known, first, second, replaced, cached;
    auto k = scheduler.submit(constant("known", 1), Priority::Visible, known.observer());
    ASSERT_TRUE(known.await());
    const auto busy = gated("busy", gate, 3);
    auto a = scheduler.submit(busy, Priority::Visible, first.observer());
    auto b = scheduler.submit(busy, Priority::Visible, second.observer());
    auto c = scheduler.submit(busy, Priority::Visible, replaced.observer(), 9);
    auto d = scheduler.submit(constant("known", 1), Priority::Visible, cached.observer(), 9);
    EXPECT_TRUE(replaced.await().cancelled());
    EXPECT_EQ(numberOf(cached.await()), 1);
    gate.open();
    EXPECT_EQ(numberOf(first.await()), 3);
    EXPECT_EQ(numberOf(second.await()), 3);
}

TEST(SchedulerErrors, AFailureReachesEveryWaiterAndIsNotKept) {
    Scheduler scheduler({});
    Gate gate;
    std::atomic<int> runs = 0;
    const auto run = [&](auto, auto&) -> StageValue {
        if (++runs > 1) return number(6);
        gate.wait();
        throw Failure(ErrorCode::Mismatch, "tensor has another shape", "encoder.conv_in.weight");
    };
    const auto failing = stage("failing", {}, run);
    Listener direct, child, sibling;
    auto a = scheduler.submit(failing, Priority::Visible, direct.observer());
    auto b = scheduler.submit(
        sum("child", {sum("between", {failing}), constant("fine", 1)}), Priority::Visible, child.observer());
    auto c = scheduler.submit(constant("fine", 1), Priority::Visible, sibling.observer());
    gate.open();
    for (Listener* listener : {&direct, &child}) {
        const auto answer = listener->await();
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, ErrorCode::Mismatch);
        EXPECT_EQ(answer.error().where, "encoder.conv_in.weight");
    }
    EXPECT_EQ(numberOf(sibling.await()), 1);
    EXPECT_EQ(scheduler.stagesRun().count("child"), 0U);
    Listener again;
    auto d = scheduler.submit(failing, Priority::Visible, again.observer());
    EXPECT_EQ(numberOf(again.await()), 6);
}

TEST(SchedulerErrors, EveryExceptionBecomesOneSentenceThatNamesItsStage) {
    Scheduler scheduler({});
    const auto errorOf = [&](const std::string& name, std::function<void()> act) {
        Listener listener;
        const auto run = [act](auto, auto&) {
            act();
            return StageValue();
        };
        const auto job = scheduler.submit(stage(name, {}, run), Priority::Visible, listener.observer());
        const auto answer = listener.await();
        return answer ? Error{ErrorCode::Internal, "no error"} : answer.error();
    };
    const auto failure = errorOf("a", [] { throw Failure(ErrorCode::Invalid, "bad size"); });
    EXPECT_EQ(toLine(failure), "bad size (a)");
    const auto memory = errorOf("b", [] { throw std::bad_alloc(); });
    EXPECT_EQ(memory.code, ErrorCode::OutOfMemory);
    EXPECT_EQ(memory.where, "b");
    const auto standard = errorOf("c", [] { throw std::runtime_error("file went away"); });
    EXPECT_EQ(toLine(standard), "file went away (c)");
    EXPECT_EQ(errorOf("d", [] { throw 7; }).where, "d");
    const auto cancelled = errorOf("e", [] { throw Cancelled(); });
    EXPECT_EQ(cancelled.code, ErrorCode::Internal) << "nobody cancelled: a stage that gives up is a bug, not a cancel";
    EXPECT_THAT(errorOf("f", [] {}).message, HasSubstr("no value"));
}

TEST(SchedulerErrors, TheEnginesDescriptionOfExceptionsIsUsed) {
    Scheduler::Options options;
    options.describeException = [](std::exception_ptr, const std::string& name) {
        return Error{ErrorCode::DeviceLost, "the device is gone", name};
    };
    Scheduler scheduler(std::move(options));
    Listener listener;
    const auto run = [](auto, auto&) -> StageValue { throw std::runtime_error("CUDA error 700"); };
    const auto job = scheduler.submit(stage("decoded", {}, run), Priority::Visible, listener.observer());
    EXPECT_EQ(toLine(listener.await().error()), "the device is gone (decoded)");
}

TEST(SchedulerLanes, IoAndDeviceStagesRunSideBySideAndTheDeviceLaneIsOneThread) {
    std::atomic<int> started = 0;
    Scheduler::Options options;
    options.onThreadStart = [&](Lane lane) { started += lane == Lane::Device; };
    Scheduler scheduler(std::move(options));
    Gate meeting;
    std::atomic<int> onDevice = 0, mostOnDevice = 0;
    const auto meet = [&](auto, auto&) {
        meeting.wait();
        return number(0);
    };
    const auto device = [&](auto, auto&) {
        EXPECT_EQ(started, 1);
        mostOnDevice = std::max(mostOnDevice.load(), ++onDevice);
        std::this_thread::yield();
        --onDevice;
        return number(0);
    };
    std::vector<Listener> listeners(13);
    std::vector<Subscription> jobs;
    for (int i = 0; i < 3; ++i) {
        auto plan = stage("meet", {}, meet, i);
        plan->lane = i < 2 ? Lane::Io : Lane::Device;
        jobs.push_back(scheduler.submit(plan, Priority::Visible, listeners[i].observer()));
    }
    for (int i = 3; i < 13; ++i) {
        jobs.push_back(scheduler.submit(stage("device", {}, device, i), Priority::Visible, listeners[i].observer()));
    }
    meeting.awaitArrivals(3);  // two I/O workers and the device worker, all at once
    meeting.open();
    for (Listener& listener : listeners) EXPECT_TRUE(listener.await());
    EXPECT_EQ(mostOnDevice, 1);
    EXPECT_EQ(started, 1);
}

TEST(SchedulerStatus, CountsJobsThatRunAndThatWait) {
    Scheduler scheduler({});
    Gate gate;
    const auto busy = gated("busy", gate);
    std::vector<Listener> listeners(5);
    std::vector<Subscription> jobs;
    jobs.push_back(scheduler.submit(busy, Priority::Visible, listeners[0].observer()));
    jobs.push_back(scheduler.submit(busy, Priority::Visible, listeners[1].observer()));
    for (int i = 2; i < 5; ++i) {
        jobs.push_back(scheduler.submit(constant("later", i), Priority::Visible, listeners[i].observer()));
    }
    gate.awaitArrivals(1);
    EXPECT_EQ(scheduler.jobsRunning(), 2);
    EXPECT_EQ(scheduler.jobsWaiting(), 3);
    gate.open();
    for (Listener& listener : listeners) EXPECT_TRUE(listener.await());
    EXPECT_EQ(scheduler.jobsRunning(), 0);
    EXPECT_EQ(scheduler.jobsWaiting(), 0);
}

}  // namespace
}  // namespace tessera::test
