// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/qt_executor.h"

#include <atomic>
#include <thread>

#include <QThread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "widgets/support/event_loop.h"

namespace tessera::test {
namespace {

using ui::guiExecutor;

/// Says whether it is still there, as its callbacks see it.
struct Receiver : QObject {
    std::shared_ptr<std::atomic<bool>> alive = std::make_shared<std::atomic<bool>>(true);
    ~Receiver() override { *alive = false; }
};

TEST(QtExecutor, RunsOnTheGuiThreadInOrder) {
    QObject receiver;
    std::vector<int> order;
    QThread* ranOn = nullptr;
    std::thread worker([executor = guiExecutor(&receiver), &order, &ranOn] {
        for (int i = 0; i < 100; ++i) {
            executor([&order, &ranOn, i] {
                order.push_back(i);
                ranOn = QThread::currentThread();
            });
        }
    });
    worker.join();
    EXPECT_TRUE(order.empty()) << "nothing may run before the event loop does";
    ASSERT_TRUE(waitUntil([&] { return order.size() == 100; }));
    EXPECT_TRUE(std::ranges::is_sorted(order));
    EXPECT_EQ(ranOn, QThread::currentThread());
}

TEST(QtExecutor, NothingRunsForAReceiverThatIsGone) {
    auto receiver = std::make_unique<Receiver>();
    const auto executor = guiExecutor(receiver.get());
    const auto held = std::make_shared<int>(1);
    bool ran = false;
    executor([&ran, held] { ran = true; });
    receiver.reset();
    executor([&ran, held] { ran = true; });
    runQueued();
    EXPECT_FALSE(ran);
    EXPECT_EQ(held.use_count(), 1) << "what the callbacks held must go with them";
}

TEST(QtExecutor, ACallbackMayDeleteItsReceiver) {
    auto* receiver = new Receiver;
    const auto executor = guiExecutor(receiver);
    bool second = false;
    executor([receiver] { delete receiver; });
    executor([&second] { second = true; });
    runQueued();
    EXPECT_FALSE(second);
}

/// Posts when it goes, as a job does whose last reference is a callback on its way.
struct Parting {
    Executor executor;
    int& posted;
    ~Parting() {
        ++posted;
        executor([] {});
    }
};

TEST(QtExecutor, WhatCallbacksHoldMayPostWhenItGoes) {
    auto receiver = std::make_unique<Receiver>();
    const auto executor = guiExecutor(receiver.get());
    int posted = 0;
    executor([held = std::shared_ptr<Parting>(new Parting{executor, posted})] {});
    runQueued();
    EXPECT_EQ(posted, 1);
    executor([held = std::shared_ptr<Parting>(new Parting{executor, posted})] {});
    receiver.reset();
    EXPECT_EQ(posted, 2);
    executor([held = std::shared_ptr<Parting>(new Parting{executor, posted})] {});
    EXPECT_EQ(posted, 3);
}

TEST(QtExecutor, ManyExecutorsOfOneReceiverAreOne) {
    QObject receiver;
    int ran = 0;
    for (int i = 0; i < 100; ++i) guiExecutor(&receiver)([&ran] { ++ran; });
    EXPECT_EQ(receiver.children().size(), 1);
    runQueued();
    EXPECT_EQ(ran, 100);
}

TEST(QtExecutor, TenThousandPostsWhileReceiversComeAndGo) {
    constexpr int kThreads = 4, kPosts = 2500;
    struct Box {
        std::mutex mutex;
        Executor executor;
        std::shared_ptr<std::atomic<bool>> alive;
    } box;
    Receiver lasting;
    const auto lastingExecutor = guiExecutor(&lasting);
    std::atomic<int> dead = 0, posted = 0, finished = 0;
    int ran = 0, ranLasting = 0;
    auto receiver = std::make_unique<Receiver>();
    const auto renew = [&] {
        // The old one goes while threads still hold its executor.
        auto next = std::make_unique<Receiver>();
        {
            const std::lock_guard lock(box.mutex);
            box.executor = guiExecutor(next.get());
            box.alive = next->alive;
        }
        receiver = std::move(next);
    };
    renew();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < kPosts; ++i) {
                Executor executor;
                std::shared_ptr<std::atomic<bool>> alive;
                {
                    const std::lock_guard lock(box.mutex);
                    executor = box.executor;
                    alive = box.alive;
                }
                if (i % 100 == 0) std::this_thread::yield();
                executor([&ran, &dead, alive] {
                    ++ran;
                    if (!*alive) ++dead;
                });
                lastingExecutor([&ranLasting] { ++ranLasting; });
                ++posted;
            }
            ++finished;
        });
    }
    EXPECT_TRUE(waitUntil([&] {
        renew();
        return finished == kThreads;
    }));
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(waitUntil([&] { return ranLasting == kThreads * kPosts; }));
    EXPECT_EQ(posted, kThreads * kPosts);
    EXPECT_EQ(dead, 0);
    EXPECT_LE(ran, kThreads * kPosts);
}

}  // namespace
}  // namespace tessera::test
