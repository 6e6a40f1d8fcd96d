// SPDX-License-Identifier: GPL-3.0-or-later
// The hand over the pictures: wheel, drag, click, and what lies under the pointer.
#include <QTest>
#include <QWindow>

#include "panels/stage/place_marks.h"
#include "staged.h"

namespace tessera::test {
namespace {

class StageViewport : public Staged {
protected:
    void SetUp() override {
        Staged::SetUp();
        input = pictureOf<std::uint8_t>(64, 64, 3, [](int x, int y, int c) { return std::uint8_t(c == 0 ? x * 4 : c == 1 ? y * 4 : 9); });
        addRow();
        answerAll();
    }
    QPoint inWindow(QPoint place) { return stage.mapTo(&window, place); }
    void press(QPoint place) { QTest::mousePress(window.windowHandle(), Qt::LeftButton, {}, inWindow(place)); }
    void drag(QPoint place) { QTest::mouseMove(window.windowHandle(), inWindow(place)); }
    void release(QPoint place) { QTest::mouseRelease(window.windowHandle(), Qt::LeftButton, {}, inWindow(place)); }
    ui::StageProbe pointAt(QPoint place) {
        moveMouse(stage, place);
        return stage.probe().value_or(ui::StageProbe{.column = -1});
    }
};

TEST_F(StageViewport, TheWheelZoomsAtThePointerAndThePlaceUnderItStays) {
    const QPoint place = stage.cellBody(1).center() + QPoint(40, -30);
    const ui::StageProbe before = pointAt(place);
    const double zoom = stage.zoomShown();
    turnWheel(stage, place, 8);
    EXPECT_NEAR(stage.zoomShown(), zoom * 4, zoom * 0.01);
    const ui::StageProbe after = pointAt(place);
    EXPECT_NEAR(after.sourceX, before.sourceX, 0.3);
    EXPECT_NEAR(after.sourceY, before.sourceY, 0.3);
    turnWheel(stage, place, -8);
    EXPECT_NEAR(stage.zoomShown(), zoom, 1e-6);
}

TEST_F(StageViewport, DraggingMovesAllPicturesWithTheHand) {
    stage.setZoom(4);
    settle(40);
    const QPoint place = stage.cellBody(0).center();
    const ui::StageProbe before = pointAt(place);
    press(place);
    drag(place + QPoint(9, 5));
    drag(place + QPoint(24, -16));
    release(place + QPoint(24, -16));
    const ui::StageProbe after = pointAt(place + QPoint(24, -16));
    EXPECT_EQ(after.x, before.x);
    EXPECT_EQ(after.y, before.y);
    EXPECT_EQ(pointAt(stage.cellBody(2).center() + QPoint(24, -16)).x, before.x) << "linked";
}

TEST_F(StageViewport, AClickMakesACellCurrentAndTakesTheKeyboard) {
    session.setCurrentColumn(1);
    click(stage, stage.cellBody(2).center());
    EXPECT_EQ(session.currentColumn(), 2);
    EXPECT_TRUE(stage.hasFocus());
    EXPECT_TRUE(stage.isFitted()) << "a click moves nothing";
}

TEST_F(StageViewport, ADoubleClickFits) {
    stage.setZoom(9);
    EXPECT_FALSE(stage.isFitted());
    QTest::mouseDClick(window.windowHandle(), Qt::LeftButton, {}, inWindow(stage.cellBody(1).center()));
    EXPECT_TRUE(waitUntil([this] { return stage.isFitted(); }, 5));
}

TEST_F(StageViewport, HundredPercentIsOneDevicePixelForEachPixel) {
    stage.actualSize();
    ASSERT_TRUE(waitUntil([this] { return stage.zoomShown() == 1; }, 5));
    const canvas::Rect place = stage.canvas().canvas().pictureRect(0);
    EXPECT_EQ(place.width, 64);
    EXPECT_EQ(place.height, 64);
}

TEST_F(StageViewport, FittedPicturesFollowTheSizeOfTheStage) {
    const double before = stage.zoomShown();
    window.resize(640, 460);
    settle(100);
    EXPECT_LT(stage.zoomShown(), before);
    EXPECT_TRUE(stage.isFitted());
}

TEST_F(StageViewport, WhatIsSeenIsToldInSharesOfTheSource) {
    EXPECT_EQ(stage.visibleRegion(), QRectF(0, 0, 1, 1));
    stage.setZoom(stage.zoomShown() * 4);
    const QRectF seen = stage.visibleRegion();
    EXPECT_NEAR(seen.width(), 0.25, 0.02);
    EXPECT_NEAR(seen.center().x(), 0.5, 0.02);
}

TEST_F(StageViewport, TheProbeReadsAllColumnsAtOnePlace) {
    const QRect body = stage.cellBody(1);
    const ui::StageProbe probe = pointAt(body.center());
    EXPECT_EQ(probe.column, 1);
    ASSERT_EQ(probe.values.size(), 3U);
    for (const ui::StageProbe::Value& value : probe.values) {
        EXPECT_TRUE(value.present);
        EXPECT_EQ(value.x, probe.x);
        EXPECT_EQ(value.y, probe.y);
    }
    EXPECT_EQ(probe.values[0].name, "input");
    EXPECT_FLOAT_EQ(probe.values[0].samples[0], float(probe.x * 4) / 255);
    EXPECT_FLOAT_EQ(probe.values[0].samples[1], float(probe.y * 4) / 255);
    EXPECT_FLOAT_EQ(probe.values[1].samples[1], 160.F / 255);
    float sum = 0;
    for (int c = 0; c < 3; ++c) sum += std::abs(difference->image.at(probe.x, probe.y, c));
    ASSERT_TRUE(probe.values[2].value.has_value());
    EXPECT_NEAR(*probe.values[2].value, sum / 3, 1e-6);
}

TEST_F(StageViewport, HoveringIsToldOnceForEachPlaceAndEndsWithNothing) {
    std::vector<std::optional<ui::StageProbe>> told;
    QObject::connect(&stage, &ui::StageView::hovered, &window, [&](const ui::StageProbe* probe) { told.push_back(probe ? std::optional(*probe) : std::nullopt); });
    const QPoint place = stage.cellBody(0).center();
    moveMouse(stage, place);
    moveMouse(stage, place);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0]->column, 0);
    moveMouse(stage, QPoint(stage.width() / 2, 2));
    ASSERT_EQ(told.size(), 2U);
    EXPECT_FALSE(told[1].has_value());
}

TEST_F(StageViewport, ThePointerIsMarkedInTheOtherColumns) {
    const QRect body = stage.cellBody(1);
    moveMouse(stage, body.center() + QPoint(10, 4));
    const auto marks = stage.findChild<ui::PlaceMarks*>()->marks();
    ASSERT_EQ(marks.size(), 2U);
    EXPECT_EQ(marks[0].place, stage.cellBody(0).center() + QPoint(10, 4));
    EXPECT_EQ(marks[1].place, stage.cellBody(2).center() + QPoint(10, 4));
}

TEST_F(StageViewport, APinnedPlaceKeepsItsPixelThroughZoomAndPan) {
    const QPoint place = stage.cellBody(1).center() + QPoint(31, 17);
    const ui::StageProbe before = pointAt(place);
    stage.togglePin();
    moveMouse(stage, QPoint(stage.width() / 2, 2));
    ASSERT_TRUE(stage.probe().has_value());
    EXPECT_TRUE(stage.probe()->pinned);
    stage.setZoom(stage.zoomShown() * 1.7);
    stage.panBy({-20, 6});
    EXPECT_EQ(stage.probe()->x, before.x);
    EXPECT_EQ(stage.probe()->y, before.y);
    EXPECT_EQ(stage.findChild<ui::PlaceMarks*>()->marks().size(), 3U);
    stage.togglePin();
    EXPECT_FALSE(stage.probe().has_value());
}

TEST_F(StageViewport, ResetTakesBackAllButTheRowsAndValues) {
    ui::ViewState view = session.view();
    view.exposureStops = 2;
    view.range = ui::FieldRange::Cell;
    view.sampling = canvas::Sampling::Nearest;
    view.values = false;
    session.setView(view);
    stage.setZoom(5);
    stage.reset();
    ASSERT_TRUE(waitUntil([this] { return stage.isFitted(); }, 5));
    ui::ViewState expected;
    expected.values = false;
    EXPECT_EQ(session.view(), expected);
}

}  // namespace
}  // namespace tessera::test
