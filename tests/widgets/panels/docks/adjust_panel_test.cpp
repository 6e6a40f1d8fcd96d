// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/adjust_panel.h"

#include <QSlider>
#include <QStyle>

#include "panels/parameter_field.h"
#include "widgets/bridge/board_fixture.h"
#include "window_events.h"

namespace tessera::test {
namespace {

using namespace ui;

/// The real panel on an engine whose reconstruction has a strength to slide.
class AdjustPanelTest : public BoardFixture {
protected:
    void SetUp() override {
        for (LensInfo& lens : engine->offered) {
            if (lens.name == "reconstruction") lens.parameters.push_back({.name = "strength", .initial = 0.5, .low = 0.0, .high = 2.0});
        }
        start();
        add("/p/a.png");
        panel = std::make_unique<AdjustPanel>(session, host);
        panel->resize(400, 300);
        panel->show();
        settle(50);
        activate(*panel);
        slider = panel->findChild<QSlider*>();
        ASSERT_NE(slider, nullptr);
        ASSERT_TRUE(slider->isVisible());
        steps = session.undoStack().count();
    }
    QPoint placeOf(int value) const {
        const int length = slider->style()->pixelMetric(QStyle::PM_SliderLength, nullptr, slider);
        return {length / 2 + QStyle::sliderPositionFromValue(slider->minimum(), slider->maximum(), value, slider->width() - length), slider->height() / 2};
    }
    void dragTo(double share) { drag(*slider, placeOf(slider->value()), placeOf(static_cast<int>(share * slider->maximum()))); }
    double strength() const {
        const auto& parameters = session.columns()[kReconstruction].parameters;
        const auto it = parameters.find("strength");
        return it == parameters.end() ? -1 : std::get<double>(it->second);
    }
    int newSteps() { return session.undoStack().count() - steps; }

    std::unique_ptr<AdjustPanel> panel;
    QSlider* slider = nullptr;
    int steps = 0;
};

TEST_F(AdjustPanelTest, OneDragIsOneStepAndTwoAreTwo) {
    dragTo(0.75);
    EXPECT_NEAR(strength(), 1.5, 0.05);
    EXPECT_EQ(newSteps(), 1);
    dragTo(0.5);
    EXPECT_NEAR(strength(), 1.0, 0.05);
    EXPECT_EQ(newSteps(), 2);
    session.undoStack().undo();
    EXPECT_NEAR(strength(), 1.5, 0.05);
    EXPECT_NEAR(slider->value(), 75, 3);
    session.undoStack().undo();
    EXPECT_EQ(strength(), -1) << "the lens's own value";
    EXPECT_EQ(slider->value(), 25);
    session.undoStack().redo();
    EXPECT_NEAR(strength(), 1.5, 0.05);
}

TEST_F(AdjustPanelTest, ADragThatEndsWhereItBeganStillSeparatesItsNeighbours) {
    dragTo(0.75);
    const double before = strength();
    click(*slider, placeOf(slider->value()));
    EXPECT_EQ(strength(), before);
    dragTo(0.25);
    EXPECT_EQ(newSteps(), 2);
}

TEST_F(AdjustPanelTest, APressBesideTheHandleIsOneStep) {
    click(*slider, {slider->width() - 3, slider->height() / 2});
    EXPECT_GT(strength(), 0.5);
    EXPECT_EQ(newSteps(), 1);
    click(*slider, {3, slider->height() / 2});
    EXPECT_EQ(newSteps(), 2);
}

}  // namespace
}  // namespace tessera::test
