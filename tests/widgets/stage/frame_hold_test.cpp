// SPDX-License-Identifier: GPL-3.0-or-later
// A window that is held draws nothing, loses nothing, and is never held for long.
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QVBoxLayout>

#include <gtest/gtest.h>

#include "panels/stage/frame_hold.h"
#include "app/studio/window_events.h"

namespace tessera::test {
namespace {

/// Counts how often it is painted.
class Painted : public QWidget {
public:
    using QWidget::QWidget;
    int times = 0;

protected:
    void paintEvent(QPaintEvent*) override { ++times; }
};

class FrameHold : public testing::Test {
protected:
    FrameHold() {
        auto* rows = new QVBoxLayout(&window);
        rows->addWidget(inner = new Painted);
        window.resize(200, 120);
        window.show();
        EXPECT_TRUE(waitUntil([this] { return inner->times > 0; }, 20));
        settle(100);
        inner->times = 0;
    }

    QWidget window;
    Painted* inner = nullptr;
    ui::FrameHold hold;
};

TEST_F(FrameHold, WhatAsksMeanwhileIsDrawnOnceAtTheEnd) {
    hold.hold(*inner);
    for (int i = 0; i < 5; ++i) {
        inner->update();
        QCoreApplication::processEvents();
    }
    EXPECT_TRUE(hold.holds());
    EXPECT_EQ(inner->times, 0);
    hold.release();
    EXPECT_TRUE(waitUntil([this] { return inner->times > 0; }, 20));
    settle(50);
    EXPECT_EQ(inner->times, 1);
}

TEST_F(FrameHold, EndsByItselfAndIsNotProlonged) {
    QElapsedTimer clock;
    clock.start();
    hold.hold(*inner);
    inner->update();
    while (inner->times == 0 && clock.elapsed() < 20'000) {
        hold.hold(*inner);  // as a hand that paints on
        QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    }
    EXPECT_GE(inner->times, 1);
    EXPECT_GE(clock.elapsed(), ui::FrameHold::kLongest - 1);
}

TEST_F(FrameHold, OfAWindowThatIsGone) {
    auto* other = new QWidget;
    other->show();
    hold.hold(*other);
    delete other;
    hold.release();
    hold.hold(*inner);
    inner->update();
    hold.release();
    EXPECT_TRUE(waitUntil([this] { return inner->times > 0; }, 20));
}

}  // namespace
}  // namespace tessera::test
