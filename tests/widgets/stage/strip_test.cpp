// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/strip.h"

#include <set>

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QMenu>
#include <QStyle>
#include <QTest>
#include <QToolButton>

#include "bridge/cell_wish.h"
#include "panels/stage/number_field.h"
#include "panels/stage/parameter_slider.h"
#include "panels/word_line.h"
#include "staged.h"

namespace tessera::test {
namespace {

QPoint handleOf(const QSlider& slider) {
    const int length = slider.style()->pixelMetric(QStyle::PM_SliderLength, nullptr, &slider);
    return {length / 2 + QStyle::sliderPositionFromValue(slider.minimum(), slider.maximum(), slider.value(), slider.width() - length), slider.height() / 2};
}

class StripTest : public Staged {
protected:
    void SetUp() override {
        Staged::SetUp();
        strip = new ui::Strip(session, board, host, stage, &window);
        window.layout()->addWidget(strip);
        addRow();
        answerAll();
    }
    template <typename Widget>
    Widget* named(const QString& name) {
        for (auto* each : strip->findChildren<Widget*>()) {
            if (each->accessibleName() == name && each->isVisible()) return each;
        }
        ADD_FAILURE() << "no " << name.toStdString();
        return nullptr;
    }
    ui::NumberField& zoom() { return *named<ui::NumberField>("Zoom"); }
    ui::NumberField& exposure() { return *named<ui::NumberField>("Exposure in stops"); }
    ui::ParameterSlider& slider() { return *named<ui::ParameterSlider>("Exposure"); }
    QAction* entry(const QString& text) {
        for (auto* menu : strip->findChildren<QMenu*>()) {
            for (QAction* action : menu->actions()) {
                if (action->text() == text) return action;
            }
        }
        ADD_FAILURE() << "no entry " << text.toStdString();
        return nullptr;
    }
    /// The second column shows noise, in a window that has room for its parameters.
    void perturb() {
        window.resize(1300, 460);
        session.setCurrentColumn(1);
        session.editColumns("lens", ui::withLensChanged(session.groups(), session.columns()[1].id.lens, "perturbed", {}));
        settle(60);
    }
    const Value& parameter(const std::string& name) { return session.columns()[session.currentColumn()].parameters.at(name); }
    /// Visible widgets that lie side by side in the strip.
    std::vector<const QWidget*> shown() {
        std::vector<const QWidget*> result;
        for (const QObject* child : strip->children()) {
            const auto* widget = qobject_cast<const QWidget*>(child);
            if (widget && widget->isVisible() && !widget->isWindow()) result.push_back(widget);
        }
        return result;
    }
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
    auto* actual = named<QToolButton>("100 %");
    click(*actual, actual->rect().center());
    EXPECT_TRUE(waitUntil([&] { return stage.zoomShown() == 1 && actual->isChecked(); }, 5));
    window.resize(1300, 460);
    settle(60);
    auto* logarithmic = named<QToolButton>("Logarithmic colours");
    click(*logarithmic, logarithmic->rect().center());
    EXPECT_TRUE(session.view().logarithmic);
    EXPECT_TRUE(entry("Logarithmic Colours")->isChecked());
    auto* clipping = named<QToolButton>("Clipping marks");
    click(*clipping, clipping->rect().center());
    EXPECT_TRUE(session.view().clipping);
    ui::ViewState view = session.view();
    view.clipping = false;
    session.setView(view);
    EXPECT_FALSE(clipping->isChecked());
}

TEST_F(StripTest, TheRangesMenuHoldsRangeSamplingAndValues) {
    entry("One per Column")->trigger();
    EXPECT_EQ(session.view().range, ui::FieldRange::Column);
    EXPECT_EQ(named<QToolButton>("Range: column")->text(), "column");
    entry("Each Cell Its Own")->trigger();
    EXPECT_EQ(session.view().range, ui::FieldRange::Cell);
    entry("Nearest")->trigger();
    EXPECT_EQ(session.view().sampling, canvas::Sampling::Nearest);
    EXPECT_TRUE(entry("Pixel Values")->isChecked());
    entry("Pixel Values")->trigger();
    EXPECT_FALSE(session.view().values);
    ui::ViewState view = session.view();
    view.range = ui::FieldRange::Declared;
    session.setView(view);
    EXPECT_TRUE(entry("As the Lens Declares")->isChecked());
}

TEST_F(StripTest, OneOfFourModesComparesAndHasItsControl) {
    const auto press = [this](const QString& name) {
        auto* button = named<QToolButton>(name);
        click(*button, button->rect().center());
        EXPECT_TRUE(button->isChecked()) << name.toStdString();
    };
    press("Wipe");
    EXPECT_EQ(session.view().compare, canvas::Compare::Wipe);
    press("Wipe");
    EXPECT_EQ(session.view().compare, canvas::Compare::Wipe) << "a second press does not take it off";
    press("Onion skin");
    auto* opacity = named<ui::ParameterSlider>("Opacity of the reference");
    drag(*opacity, opacity->rect().center(), {opacity->width() - 8, opacity->height() / 2});
    EXPECT_GT(session.view().onion, 0.9F);
    press("Difference");
    auto* kind = named<QComboBox>("Kind of difference");
    kind->setCurrentIndex(1);
    Q_EMIT kind->activated(1);
    EXPECT_EQ(session.view().differenceBy, FieldMapping::Signed);
    press("Side by side");
    EXPECT_EQ(session.view().compare, canvas::Compare::None);
    EXPECT_FALSE(kind->isVisible());
}

TEST_F(StripTest, GainIsTypedAndShownAsShortAsItGoes) {
    window.resize(1300, 460);
    settle(60);
    type(*named<ui::NumberField>("Gain"), "0.125");
    EXPECT_FLOAT_EQ(session.view().gain, 0.125F);
    EXPECT_EQ(named<ui::NumberField>("Gain")->text(), "0.125 ×");
}

TEST_F(StripTest, DraggingAParameterIsLiveAndOneStepToUndo) {
    perturb();
    auto* strength = named<QSlider>("Strength");
    const int steps = session.undoStack().count();
    const std::size_t asked = engine->requests("perturbed");
    drag(*strength, handleOf(*strength), {strength->width() - 8, strength->height() / 2}, 8);
    EXPECT_NEAR(std::get<double>(parameter("strength")), 1, 0.05) << "one slides where one mostly looks";
    EXPECT_EQ(named<QDoubleSpinBox>("Strength")->value(), std::get<double>(parameter("strength")));
    EXPECT_GT(engine->requests("perturbed"), asked + 2) << "the cell follows while it is dragged";
    EXPECT_EQ(session.undoStack().count(), steps + 1);
    session.undoStack().undo();
    settle(20);
    EXPECT_EQ(named<QDoubleSpinBox>("Strength")->value(), 0.25);
}

TEST_F(StripTest, ArrowsStepAParameterAndADoubleClickBringsBackWhatTheLensStartsWith) {
    perturb();
    auto* strength = named<QSlider>("Strength");
    strength->setFocus();
    QTest::keyClick(strength, Qt::Key_Right);
    EXPECT_NEAR(std::get<double>(parameter("strength")), 0.26, 1e-9);
    QTest::keyClick(strength, Qt::Key_Right, Qt::ShiftModifier);
    EXPECT_NEAR(std::get<double>(parameter("strength")), 0.36, 1e-9);
    QTest::mouseDClick(strength, Qt::LeftButton, {}, handleOf(*strength));
    EXPECT_EQ(parameter("strength"), Value(0.25));
}

TEST_F(StripTest, AStepOfASweepIsEditedInItsPlace) {
    perturb();
    const ui::LensColumnId lens = session.columns()[1].id.lens;
    session.editColumns("sweep", ui::withSweep(session.groups(), lens, ui::Sweep{.parameter = "strength", .values = {Value(0.0), Value(0.5), Value(1.0)}}));
    session.setCurrentColumn(2);
    settle(40);
    auto* number = named<QDoubleSpinBox>("Strength");
    EXPECT_EQ(number->value(), 0.5);
    number->setFocus();
    number->selectAll();
    QTest::keyClicks(number, "0.75");
    QTest::keyClick(number, Qt::Key_Return);
    settle(20);
    const auto& values = ui::findLens(session.groups(), lens)->sweep->values;
    EXPECT_EQ(values, (std::vector<Value>{Value(0.0), Value(0.75), Value(1.0)}));
}

TEST_F(StripTest, BesideTheStrengthStandsWhatTheCellCameOutWith) {
    perturb();
    Picture picture = *reconstruction;
    picture.measures.push_back({"snr", 13.98, Unit::Decibels, ""});
    engine->waiting("perturbed")->answer(picture);
    ASSERT_TRUE(waitUntil([this] { return answered(1); }, 20));
    settle(40);
    EXPECT_NE(named<ui::WordLine>("Signal-to-noise ratio 14.0 dB"), nullptr);
}

TEST_F(StripTest, ADieGivesAnotherSeed) {
    perturb();
    auto* die = named<QToolButton>("Another seed");
    std::set<Value> seeds;
    for (int i = 0; i < 4; ++i) {
        click(*die, die->rect().center());
        seeds.insert(parameter("seed"));
    }
    EXPECT_GE(seeds.size(), 3U);
    EXPECT_EQ(Value(std::int64_t(named<QDoubleSpinBox>("Seed")->value())), parameter("seed"));
}

TEST_F(StripTest, ParametersFollowTheColumn) {
    perturb();
    ASSERT_NE(named<QDoubleSpinBox>("Strength"), nullptr);
    session.setCurrentColumn(2);
    settle(40);
    ASSERT_NE(named<QComboBox>("Kind"), nullptr);
    for (const auto* spin : strip->findChildren<QDoubleSpinBox*>()) EXPECT_FALSE(spin->isVisible());
}

TEST_F(StripTest, WhatIsAboutCodesIsThereForModelsWithCodes) {
    perturb();
    const auto offers = [&](const QString& name) { return std::ranges::any_of(strip->findChildren<QComboBox*>(), [&](const QComboBox* each) { return each->isEnabled() && each->accessibleName() == name; }); };
    EXPECT_TRUE(offers(QStringLiteral("Draw")));
    EXPECT_FALSE(offers(QStringLiteral("Through")));
    ModelInfo coded = engine->model;
    coded.codes.codebookSizes = {16};
    for (const ParameterSpec& spec : host.lenses()[3].parameters) EXPECT_EQ(ui::specFor(spec, coded), spec) << spec.name;
}

TEST_F(StripTest, NothingOverlapsAtAnyWidth) {
    perturb();
    ui::ViewState view = session.view();
    view.compare = canvas::Compare::Difference;
    session.setView(view);
    for (int width = 1500; width >= 340; width -= 40) {
        window.resize(width, 460);
        settle(15);
        ASSERT_LE(strip->width(), width);
        std::vector<const QWidget*> widgets = shown();
        std::ranges::sort(widgets, {}, &QWidget::x);
        for (std::size_t i = 0; i < widgets.size(); ++i) {
            EXPECT_TRUE(strip->rect().contains(widgets[i]->geometry())) << width << ": " << widgets[i]->accessibleName().toStdString();
            if (i == 0) continue;
            EXPECT_GT(widgets[i]->x(), widgets[i - 1]->geometry().right()) << width << ": " << widgets[i]->accessibleName().toStdString();
        }
        if (width < 820) continue;
        EXPECT_NE(named<QDoubleSpinBox>("Strength"), nullptr) << width;
    }
}

TEST_F(StripTest, ParametersWithoutRoomAreFoundInTheirPanel) {
    perturb();
    int asked = 0;
    QObject::connect(strip, &ui::Strip::allParametersRequested, &window, [&asked] { ++asked; });
    window.resize(820, 460);
    settle(60);
    auto* more = named<QToolButton>("More parameters");
    ASSERT_NE(more, nullptr);
    click(*more, more->rect().center());
    EXPECT_EQ(asked, 1);
}

TEST_F(StripTest, ANarrowStripLeavesOutWordsBeforeControls) {
    window.resize(360, 460);
    settle(60);
    EXPECT_LE(strip->width(), 360);
    for (QToolButton* button : strip->findChildren<QToolButton*>()) {
        EXPECT_TRUE(!button->isVisible() || strip->rect().contains(button->geometry())) << button->accessibleName().toStdString();
    }
    EXPECT_TRUE(zoom().isVisible());
    EXPECT_TRUE(exposure().isVisible());
}

TEST_F(StripTest, EveryControlHasAName) {
    for (const QWidget* each : strip->findChildren<QWidget*>()) {
        if (each->window() != strip->window()) continue;  // lists that drop down
        const bool named = !(each->focusPolicy() & Qt::TabFocus) || !each->accessibleName().isEmpty();
        EXPECT_TRUE(named) << each->metaObject()->className();
    }
}

TEST_F(StripTest, EveryButtonSaysWhatItDoes) {
    perturb();
    for (const auto* each : strip->findChildren<QToolButton*>()) EXPECT_FALSE(each->toolTip().isEmpty()) << each->accessibleName().toStdString();
}

}  // namespace
}  // namespace tessera::test
