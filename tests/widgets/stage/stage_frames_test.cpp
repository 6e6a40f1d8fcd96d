// SPDX-License-Identifier: GPL-3.0-or-later
// How frames reach the window, and the figures over them.
#include <QOpenGLWidget>
#include <QSignalSpy>

#include "panels/stage/cell_caption.h"
#include "panels/stage/hud_view.h"
#include "staged.h"

namespace tessera::test {
namespace {

/// Counts what a widget is told to paint.
class PaintCount : public QObject {
public:
    explicit PaintCount(QWidget& widget) { widget.installEventFilter(this); }
    int times = 0;

protected:
    bool eventFilter(QObject*, QEvent* event) override {
        times += event->type() == QEvent::Paint;
        return false;
    }
};

class StageFrames : public Staged {
protected:
    void SetUp() override {
        Staged::SetUp();
        addRow();
        answerAll();
    }
    ui::StageCanvas& canvas() { return stage.canvas(); }
    bool direct() const { return qgetenv("TESSERA_CANVAS") == "direct"; }
    ui::HudView& hud() { return *stage.findChild<ui::HudView*>(); }
    QRect captionOf(int column) const { return stage.findChildren<ui::CellCaption*>().at(column)->geometry(); }
    void showHud() {
        stage.setHudVisible(true);
        ASSERT_TRUE(waitUntil([this] { return hud().isVisible(); }, 20));
        settle(60);
    }
    void moveHud(QPoint to) {
        const QPoint held(20, 40);
        drag(stage, hud().pos() + held, to + held);
        settle(60);
    }
};

TEST_F(StageFrames, TheWayThatWasAskedForIsTaken) {
    EXPECT_EQ(canvas().readsBack(), !direct()) << "tests run under software GL";
    EXPECT_EQ(canvas().findChildren<QOpenGLWidget*>().size(), direct() ? 1 : 0);
    EXPECT_FALSE(canvas().isUseless());
    EXPECT_EQ(canvas().trouble(), QString());
}

TEST_F(StageFrames, ANewFrameIsToldWhenItIsOnItsWay) {
    QSignalSpy painted(&canvas(), &ui::StageCanvas::painted), swapped(&canvas(), &ui::StageCanvas::frameSwapped);
    stage.setZoom(3);
    ASSERT_TRUE(waitUntil([&] { return swapped.count() > 0; }, 20));
    EXPECT_GE(painted.count(), 1);
}

TEST_F(StageFrames, PanningPaintsNothingBesideThePictures) {
    if (direct()) GTEST_SKIP() << "the window's surface is composed as a whole";
    stage.setZoom(3);
    settle(60);
    PaintCount caption(*stage.findChildren<ui::CellCaption*>().at(1)), pictures(canvas());
    for (int i = 0; i < 5; ++i) {
        stage.panBy({3, 2});
        settle(20);
    }
    EXPECT_GE(pictures.times, 5);
    EXPECT_EQ(caption.times, 0);
}

TEST_F(StageFrames, WhatChangesAboveThePicturesDrawsNoFrame) {
    settle(60);
    QSignalSpy painted(&canvas(), &ui::StageCanvas::painted);
    stage.findChildren<ui::CellCaption*>().at(1)->update();
    moveMouse(canvas(), stage.cellBody(1).center());
    settle(60);
    EXPECT_EQ(painted.count(), 0) << "marks of the pointer lie over the frame that is there";
    EXPECT_EQ(screenPixel(stage.cellBody(1).center() + QPoint(20, 20)), qRgb(20, 160, 60));
}

TEST_F(StageFrames, AWindowThatIsResizedShowsThePicturesInTheirNewPlace) {
    window.resize(700, 380);
    ASSERT_TRUE(waitUntil([this] { return stage.width() == 700; }, 20));
    settle(150);
    EXPECT_EQ(screenPixel(stage.cellBody(1).center()), qRgb(20, 160, 60));
    EXPECT_EQ(screenPixel(stage.cellBody(0).center()), qRgb(200, 40, 90));
}

TEST_F(StageFrames, TheHudLiesOverCaptions) {
    const QRect caption = captionOf(0);
    const QImage before = screen(caption);
    showHud();
    moveHud(caption.topLeft() - QPoint(0, hud().height() / 2));
    ASSERT_TRUE(hud().geometry().intersects(caption));
    const QRect covered = hud().geometry().intersected(caption).adjusted(2, 2, -2, -2);
    const QImage now = screen(covered);
    int dark = 0;
    for (int y = 0; y < now.height(); ++y) {
        for (int x = 0; x < now.width(); ++x) dark += qGray(now.pixel(x, y)) < 24;
    }
    EXPECT_GT(dark, now.width() * now.height() / 2) << "its ground, not the caption's";
    stage.setHudVisible(false);
    settle(60);
    EXPECT_FALSE(hud().isVisible());
    EXPECT_EQ(screen(caption), before);
}

TEST_F(StageFrames, AnIdleHudDrawsNothing) {
    showHud();
    settle(200);
    PaintCount figures(hud());
    QSignalSpy painted(&canvas(), &ui::StageCanvas::painted);
    settle(300);
    EXPECT_LE(figures.times, 1);
    EXPECT_EQ(painted.count(), 0);
}

TEST_F(StageFrames, AHandMovesTheHudAndThePicturesStay) {
    showHud();
    const canvas::Camera before = session.view().camera;
    const QPoint wanted = hud().pos() + QPoint(120, 50);
    moveHud(wanted);
    EXPECT_EQ(hud().pos(), wanted);
    EXPECT_EQ(session.view().camera, before);
    moveHud({-100, -100});
    EXPECT_EQ(hud().pos(), QPoint(0, 0)) << "it stays on the stage";
}

TEST_F(StageFrames, AClickOnAHeadingOfTheHudFoldsIt) {
    showHud();
    const int whole = hud().height();
    click(hud(), {20, 12});
    settle(60);
    const int folded = hud().height();
    EXPECT_LT(folded, whole - 20);
    click(hud(), {20, 12});
    settle(60);
    EXPECT_EQ(hud().height(), whole);
}

TEST_F(StageFrames, TheHudFollowsThePointer) {
    showHud();
    const int without = hud().height();
    moveMouse(canvas(), stage.cellBody(2).center());
    ASSERT_TRUE(waitUntil([&] { return hud().height() > without; }, 20)) << "the values under the pointer are a part of it";
}

}  // namespace
}  // namespace tessera::test
