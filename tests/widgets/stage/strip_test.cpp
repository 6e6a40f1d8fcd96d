// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/strip.h"

#include <QTest>
#include <QToolButton>

#include "panels/stage/number_field.h"
#include "panels/stage/parameter_slider.h"
#include "staged.h"

namespace tessera::test {
namespace {

class StripTest : public Staged {
protected:
    void SetUp() override {
        Staged::SetUp();
        strip = new ui::Strip(session, stage, &window);
        window.layout()->addWidget(strip);
        addRow();
        answerAll();
    }
    ui::NumberField& zoom() { return *strip->findChildren<ui::NumberField*>().at(0); }
    ui::NumberField& exposure() { return *strip->findChildren<ui::NumberField*>().at(1); }
    ui::ParameterSlider& slider() { return *strip->findChild<ui::ParameterSlider*>(); }
    void type(QWidget& field, const QString& text) {
        field.setFocus(Qt::MouseFocusReason);
        settle(20);
        QTest::keyClicks(&field, text);
        QTest::keyClick(&field, Qt::Key_Return);
        settle(20);
    }

    ui::Strip* strip = nullptr;
};

TEST_F(StripTest, IsThirtySixPixelsHigh) {
    EXPECT_EQ(strip->height(), 36);
}

TEST_F(StripTest, AZoomCanBeTypedWithOrWithoutItsUnit) {
    type(zoom(), "150");
    EXPECT_DOUBLE_EQ(stage.zoomShown(), 1.5);
    EXPECT_EQ(zoom().text(), "150 %");
    type(zoom(), "80 %");
    EXPECT_DOUBLE_EQ(stage.zoomShown(), 0.8);
    type(zoom(), "large");
    EXPECT_EQ(zoom().text(), "80 %") << "nonsense changes nothing";
    EXPECT_DOUBLE_EQ(stage.zoomShown(), 0.8);
}

TEST_F(StripTest, EscapeBringsBackWhatWasThere) {
    const QString before = zoom().text();
    zoom().setFocus();
    settle(20);
    QTest::keyClicks(&zoom(), "12");
    QTest::keyClick(&zoom(), Qt::Key_Escape);
    EXPECT_EQ(zoom().text(), before);
}

TEST_F(StripTest, TheZoomFollowsTheWheel) {
    turnWheel(stage, stage.cellBody(0).center(), 4);
    EXPECT_EQ(zoom().text(), QString("%1 %").arg(std::lround(stage.zoomShown() * 100)));
}

TEST_F(StripTest, ArrowsStepTheExposureShiftByTenAndADoubleClickResets) {
    slider().setFocus();
    QTest::keyClick(&slider(), Qt::Key_Right);
    EXPECT_FLOAT_EQ(session.view().exposureStops, 0.1F);
    QTest::keyClick(&slider(), Qt::Key_Right, Qt::ShiftModifier);
    EXPECT_FLOAT_EQ(session.view().exposureStops, 1.1F);
    EXPECT_EQ(exposure().text(), "1.1 EV");
    QTest::keyClick(&slider(), Qt::Key_Left, Qt::ShiftModifier);
    QTest::keyClick(&slider(), Qt::Key_Left);
    QTest::keyClick(&slider(), Qt::Key_Left);
    EXPECT_EQ(exposure().text(), "−0.1 EV");
    QTest::mouseDClick(&slider(), Qt::LeftButton, {}, QPoint(slider().width() - 8, slider().height() / 2));
    EXPECT_EQ(session.view().exposureStops, 0);
}

TEST_F(StripTest, TheExposureBrightensThePicture) {
    const int before = qRed(screenPixel(stage.cellBody(1).center()));
    type(exposure(), "2");
    settle(60);
    EXPECT_FLOAT_EQ(session.view().exposureStops, 2);
    EXPECT_GT(qRed(screenPixel(stage.cellBody(1).center())), before + 10);
}

TEST_F(StripTest, TogglesChangeTheViewAndFollowIt) {
    for (QToolButton* button : strip->findChildren<QToolButton*>()) {
        if (button->accessibleName() == "Own range") {
            button->click();
            EXPECT_EQ(session.view().range, ui::FieldRange::Cell);
            ui::ViewState view = session.view();
            view.range = ui::FieldRange::Declared;
            session.setView(view);
            EXPECT_FALSE(button->isChecked());
        } else if (button->accessibleName() == "Pixel values") {
            EXPECT_TRUE(button->isChecked());
            button->click();
            EXPECT_FALSE(session.view().values);
        } else if (button->accessibleName() == "100 %") {
            button->click();
            EXPECT_TRUE(waitUntil([&] { return stage.zoomShown() == 1 && button->isChecked(); }, 5));
        }
    }
}

TEST_F(StripTest, ANarrowStripLeavesOutWordsBeforeControls) {
    window.resize(360, 460);
    settle(60);
    EXPECT_LE(strip->width(), 360);
    for (QToolButton* button : strip->findChildren<QToolButton*>()) EXPECT_TRUE(strip->rect().contains(button->geometry())) << button->accessibleName().toStdString();
    EXPECT_TRUE(zoom().isVisible());
    EXPECT_TRUE(exposure().isVisible());
}

TEST_F(StripTest, EveryControlHasAName) {
    for (const QWidget* each : strip->findChildren<QWidget*>()) {
        const bool named = !(each->focusPolicy() & Qt::TabFocus) || !each->accessibleName().isEmpty();
        EXPECT_TRUE(named) << each->metaObject()->className();
    }
}

}  // namespace
}  // namespace tessera::test
