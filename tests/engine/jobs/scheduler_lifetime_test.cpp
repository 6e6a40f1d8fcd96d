// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <deque>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

#include "plan_builder.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;

TEST(SchedulerLifetime, DestructionAnswersEverybodyOnceAndStopsWhatRuns) {
    std::vector<Listener> listeners(30);
    std::vector<Subscription> jobs;
    Gate started;
    {
        Scheduler scheduler({});
        const auto busy = endless("endless", started);
        for (int i = 0; i < 30; ++i) {
            const auto plan = i % 3 == 0 ? StagePlanPtr(busy) : StagePlanPtr(sum("leaf", {busy}, i));
            jobs.push_back(scheduler.submit(plan, Priority::Visible, listeners[i].observer(), i % 3 == 1 ? i : 0));
        }
        started.wait();
    }
    for (Listener& listener : listeners) {
        ASSERT_EQ(listener.answers(), 1U);
        EXPECT_TRUE(listener.await().cancelled());
    }
    jobs.clear();  // subscriptions may outlive the scheduler
    for (Listener& listener : listeners) EXPECT_EQ(listener.answers(), 1U);
}

TEST(SchedulerLifetime, WhatIsSubmittedAfterShutdownIsCancelled) {
    Scheduler scheduler({});
    scheduler.shutdown();
    Listener listener;
    const auto job = scheduler.submit(constant("late", 1), Priority::Visible, listener.observer());
    EXPECT_EQ(listener.answers(), 1U);
    EXPECT_TRUE(listener.await().cancelled());
    EXPECT_TRUE(scheduler.stagesRun().empty());
}

TEST(SchedulerLifetime, JobsSubmittedWhileItShutsDownAreAllAnswered) {
    for (int round = 0; round < 20; ++round) {
        Scheduler scheduler({});
        std::atomic<int> submitted = 0, answered = 0;
        std::atomic<bool> stop = false;
        std::thread submitter([&] {
            for (int i = 0; !stop || i < 50; ++i) {
                Observer<StageAnswer> observer;
                observer.onDone = [&](Result<StageAnswer>) { ++answered; };
                ++submitted;
                scheduler.submit(constant("stage", i), Priority::Visible, std::move(observer)).detach();
            }
        });
        while (submitted < 10) std::this_thread::yield();
        scheduler.shutdown();
        stop = true;
        submitter.join();
        EXPECT_EQ(answered, submitted);
    }
}

TEST(SchedulerLifetime, AParentsValueDiesAsSoonAsNoChildNeedsIt) {
    Scheduler scheduler({});
    std::weak_ptr<int> parentAlive;
    const auto makeParent = [&](auto, auto&) {
        auto token = std::make_shared<int>(1);
        parentAlive = token;
        return StageValue::make(token, sizeof(int));
    };
    auto parent = stage("parent", {}, makeParent);
    parent->keep = false;
    auto child = stage("child", {parent}, [&](std::span<const StageValue> values, auto&) {
        EXPECT_EQ(*values[0].as<std::shared_ptr<int>>(), 1);
        return number(2);
    });
    std::atomic<bool> expired = false;
    auto grandchild = stage("grandchild", {child}, [&](auto, auto&) {
        expired = parentAlive.expired();
        return number(3);
    });
    Listener listener;
    const auto job = scheduler.submit(grandchild, Priority::Visible, listener.observer());
    EXPECT_EQ(numberOf(listener.await()), 3);
    EXPECT_TRUE(expired);
}

TEST(SchedulerLifetime, NothingOfAnAnsweredJobIsHeldThoughItsSubscriptionIs) {
    std::weak_ptr<int> captured, value;
    Subscription job;
    {
        Scheduler scheduler({});
        auto token = std::make_shared<int>(1);
        captured = token;
        Gate done;
        Observer<StageAnswer> observer;
        observer.onDone = [token, &done](Result<StageAnswer>) { done.open(); };
        auto plan = stage("stage", {}, [&value](auto, auto&) {
            auto made = std::make_shared<int>(2);
            value = made;
            return StageValue::make(made, sizeof(int));
        });
        plan->keep = false;
        job = scheduler.submit(plan, Priority::Visible, std::move(observer));
        token.reset();
        done.wait();
    }
    EXPECT_TRUE(captured.expired());
    EXPECT_TRUE(value.expired());
}

TEST(SchedulerLifetime, CallbacksMaySubmitCancelAndDropTheirOwnSubscription) {
    Scheduler scheduler({});
    Gate gate, finished;
    Listener second;
    Subscription own, other, next;
    const auto busy = [&](auto, StageContext& context) {
        context.partial(number(0));
        gate.wait();
        return number(1);
    };
    Listener victim;
    other = scheduler.submit(gated("victim", gate), Priority::Batch, victim.observer());
    Observer<StageAnswer> observer;
    std::atomic<bool> ownSet = false;
    std::atomic<int> answers = 0;
    observer.onPartial = [&](StageAnswer) {
        while (!ownSet) std::this_thread::yield();
        own = Subscription();    // cancels the job whose callback this is
        other = Subscription();  // and another one
        next = scheduler.submit(constant("next", 5), Priority::Hovered, second.observer());
        EXPECT_EQ(answers, 0) << "a job's callbacks come one after the other";
    };
    observer.onDone = [&](Result<StageAnswer> answer) {
        ++answers;
        EXPECT_TRUE(answer.cancelled());
        finished.open();
    };
    own = scheduler.submit(stage("busy", {}, busy), Priority::Hovered, std::move(observer));
    ownSet = true;
    gate.awaitArrivals(1);
    gate.open();
    finished.wait();
    EXPECT_TRUE(victim.await().cancelled() || victim.answers() == 1);
    EXPECT_EQ(numberOf(second.await()), 5);
    EXPECT_EQ(answers, 1);
}

TEST(SchedulerLifetime, ACallbackMayDestroyTheScheduler) {
    for (const bool cached : {false, true}) {
        auto scheduler = std::make_unique<Scheduler>(Scheduler::Options{});
        Gate ready, destroyed;
        const auto plan = constant("stage", 1);
        if (cached) {
            Listener listener;
            const auto job = scheduler->submit(plan, Priority::Visible, listener.observer());
            ASSERT_TRUE(listener.await());
        }
        Observer<StageAnswer> observer;
        observer.onDone = [&](Result<StageAnswer> answer) {
            EXPECT_TRUE(answer);
            ready.wait();
            scheduler.reset();
            destroyed.open();
        };
        auto job = scheduler->submit(plan, Priority::Visible, std::move(observer));
        ready.open();
        destroyed.wait();
    }
}

TEST(SchedulerLifetime, NoLockIsHeldDuringCallbacksAndNoneOfTheSubmittersIsNeeded) {
    Scheduler scheduler({});
    std::mutex mine;
    Gate done;
    std::atomic<int> answers = 0;
    const auto plan = constant("stage", 1);
    for (int i = 0; i < 2; ++i) {  // the second time from the cache
        Gate answered;
        const std::lock_guard lock(mine);
        Observer<StageAnswer> observer;
        observer.onDone = [&](Result<StageAnswer>) {
            std::thread([&] { EXPECT_GE(scheduler.jobsWaiting(), 0); }).join();
            ++answers;
            answered.open();
        };
        const auto job = scheduler.submit(plan, Priority::Visible, std::move(observer));
        answered.wait();
    }
    EXPECT_EQ(answers, 2);
}

TEST(SchedulerLifetime, CallbacksGoThroughTheExecutorInOrder) {
    std::mutex mutex;
    std::deque<std::function<void()>> queue;
    std::vector<std::string> heard;
    Observer<StageAnswer> observer;
    observer.executor = [&](std::function<void()> callback) {
        const std::lock_guard lock(mutex);
        queue.push_back(std::move(callback));
    };
    observer.onPartial = [&](StageAnswer partial) {
        heard.push_back("partial " + std::to_string(numberOf(partial.value)));
    };
    observer.onDone = [&](Result<StageAnswer> answer) { heard.push_back("done " + std::to_string(numberOf(answer))); };
    {
        Scheduler scheduler({});
        Gate gate;
        const auto run = [&](auto, StageContext& context) {
            context.partial(number(1));
            gate.wait();
            context.partial(number(2));
            return number(3);
        };
        const auto job = scheduler.submit(stage("stage", {}, run), Priority::Visible, std::move(observer));
        gate.open();
        for (bool done = false; !done; std::this_thread::yield()) {
            const std::lock_guard lock(mutex);
            done = queue.size() == 3;
        }
        EXPECT_TRUE(heard.empty());
    }
    for (const auto& callback : queue) callback();
    EXPECT_THAT(heard, ElementsAre("partial 1", "partial 2", "done 3"));
}

TEST(SchedulerLifetime, APlanOfTwentyThousandStagesInARowIsRunAndTakenApart) {
    for (const bool cancelled : {false, true}) {
        Scheduler scheduler({});
        Gate gate;
        StagePlanPtr plan = gated("first", gate, 1);
        for (int i = 0; i < 20'000; ++i) plan = sum("link", {std::move(plan)}, 1);
        Listener listener;
        auto job = scheduler.submit(plan, Priority::Visible, listener.observer());
        plan.reset();
        if (cancelled) job.cancel();
        gate.open();
        const auto answer = listener.await();
        EXPECT_EQ(answer.cancelled(), cancelled);
        if (!cancelled) {
            EXPECT_EQ(numberOf(answer), 20'001);
        }
    }
}

TEST(SchedulerLifetime, TwoThousandJobsOnOneParentCostNoQuadraticWork) {
    Scheduler scheduler({});
    Gate gate;
    const auto shared = gated("shared", gate, 1);
    std::vector<Listener> listeners(2000);
    std::vector<Subscription> jobs;
    for (int i = 0; i < 2000; ++i) {
        jobs.push_back(
            scheduler.submit(sum("leaf", {shared}, i), static_cast<Priority>(i % 4), listeners[i].observer()));
    }
    for (int i = 0; i < 2000; i += 2) jobs[i].cancel();
    gate.open();
    for (int i = 0; i < 2000; ++i) {
        const auto answer = listeners[i].await();
        if (i % 2 == 0) {
            EXPECT_TRUE(answer.cancelled());
        } else {
            EXPECT_EQ(numberOf(answer), i + 1);
        }
    }
    EXPECT_EQ(scheduler.stagesRun().at("leaf"), 1000U);
}

}  // namespace
}  // namespace tessera::test
