// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/parameter_field.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QSlider>
#include <QStyle>
#include <QStyleOptionComboBox>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "panels/labelled_combo.h"
#include "window_events.h"

namespace tessera::test {
namespace {

using ui::ParameterField;

struct Told {
    std::vector<Value> values;
    std::vector<bool> sliding;
    explicit Told(ParameterField& field) {
        QObject::connect(&field, &ParameterField::edited, &field, [this](const Value& value, bool isSliding) {
            values.push_back(value);
            sliding.push_back(isSliding);
        });
    }
};

QPoint handleOf(const QSlider& slider) {
    const int length = slider.style()->pixelMetric(QStyle::PM_SliderLength, nullptr, &slider);
    return {length / 2 + QStyle::sliderPositionFromValue(slider.minimum(), slider.maximum(), slider.value(), slider.width() - length), slider.height() / 2};
}

TEST(ParameterField, ChoicesAreAList) {
    ParameterField field({.name = "kind", .initial = std::string("absolute"), .choices = {"absolute", "flip"}});
    Told told(field);
    auto* combo = field.findChild<QComboBox*>();
    ASSERT_NE(combo, nullptr);
    EXPECT_EQ(combo->itemText(1), u"FLIP");
    combo->setCurrentIndex(1);
    Q_EMIT combo->activated(1);
    EXPECT_THAT(told.values, testing::ElementsAre(Value(std::string("flip"))));
    EXPECT_FALSE(field.isInitial());
}

TEST(ParameterField, AChoiceIsReadWholeInTheLeastRoomThatItAsksFor) {
    for (const auto form : {ParameterField::Form::Panel, ParameterField::Form::Strip}) {
        ParameterField field({.name = "transform", .initial = std::string("shift_x"), .choices = {"shift_x", "flip_horizontal"}}, nullptr, form);
        field.show();
        field.resize(field.minimumSizeHint());
        settle(20);
        auto* combo = field.findChild<QComboBox*>();
        QStyleOptionComboBox option;
        option.initFrom(combo);
        option.subControls = QStyle::SC_All;
        const QRect words = combo->style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, combo);
        EXPECT_GE(words.width(), combo->fontMetrics().horizontalAdvance(QStringLiteral("flip_horizontal")));
    }
}

TEST(LabelledCombo, GivesWayDownToItsMinimumContents) {
    ui::LabelledCombo combo(QStringLiteral("Precision"));
    combo.addItems({QStringLiteral("auto"), QStringLiteral("bf16")});
    const int before = combo.minimumSizeHint().width();
    combo.setMinimumContentsLength(4);
    EXPECT_GT(combo.minimumSizeHint().width(), before);
    combo.setCurrentIndex(1);
    EXPECT_GE(combo.minimumSizeHint().width(), combo.sizeHint().width()) << "\"bf16\" is never elided";
}

TEST(ParameterField, WideWholeNumbersAreAFieldWithTheirUnit) {
    ParameterField field({.name = "size", .initial = std::int64_t(256), .low = std::int64_t(0), .high = std::int64_t(8192), .unit = Unit::Pixels});
    Told told(field);
    auto* spin = field.findChild<QDoubleSpinBox*>();
    ASSERT_NE(spin, nullptr);
    EXPECT_EQ(field.findChild<QSlider*>(), nullptr);
    EXPECT_EQ(spin->text(), u"256 px");
    spin->stepBy(1);
    EXPECT_THAT(told.values, testing::ElementsAre(Value(std::int64_t(288))));
    field.setValue(Value(std::int64_t(0)));
    EXPECT_EQ(spin->text(), u"own size");
}

TEST(ParameterField, LargestSeedFits) {
    ParameterField field({.name = "seed", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(0xffffffff)});
    field.setValue(Value(std::int64_t(0xffffffff)));
    EXPECT_EQ(field.value(), Value(std::int64_t(0xffffffff)));
}

TEST(ParameterField, NarrowNumbersSlideAndSayThatTheyDo) {
    ParameterField field({.name = "strength", .initial = 0.25, .low = 0.0, .high = 2.0});
    Told told(field);
    auto* slider = field.findChild<QSlider*>();
    ASSERT_NE(slider, nullptr);
    field.resize(400, 32);
    field.show();
    settle(50);
    drag(*slider, handleOf(*slider), slider->rect().center());
    ASSERT_GE(told.values.size(), 3u);
    EXPECT_NEAR(std::get<double>(told.values.back()), 1.0, 0.05);
    EXPECT_FALSE(told.sliding.back()) << "the slider was let go";
    EXPECT_THAT(std::vector(told.sliding.begin(), told.sliding.end() - 1), testing::Each(true));
}

TEST(ParameterField, APressBesideTheHandleIsOneGestureToo) {
    ParameterField field({.name = "strength", .initial = 0.25, .low = 0.0, .high = 2.0});
    Told told(field);
    field.resize(400, 32);
    field.show();
    settle(50);
    auto* slider = field.findChild<QSlider*>();
    click(*slider, QPoint(slider->width() - 4, slider->height() / 2));
    ASSERT_GE(told.values.size(), 2u);
    EXPECT_GT(std::get<double>(told.values.back()), 0.25);
    EXPECT_TRUE(told.sliding.front());
    EXPECT_FALSE(told.sliding.back());
}

TEST(ParameterField, ArrowKeysAreStepsOfTheirOwn) {
    ParameterField field({.name = "strength", .initial = 0.5, .low = 0.0, .high = 2.0});
    Told told(field);
    field.show();
    settle(50);
    activate(field);
    field.findChild<QSlider*>()->setFocus();
    keyDown(Qt::Key_Right);
    keyUp(Qt::Key_Right);
    EXPECT_THAT(told.values, testing::ElementsAre(Value(0.52)));
    EXPECT_THAT(told.sliding, testing::ElementsAre(false));
}

TEST(ParameterField, SettingAValueFromOutsideTellsNobody) {
    ParameterField field({.name = "strength", .initial = 0.25, .low = 0.0, .high = 2.0});
    Told told(field);
    field.setValue(1.5);
    EXPECT_THAT(told.values, testing::IsEmpty());
    EXPECT_EQ(field.value(), Value(1.5));
}

TEST(ParameterField, TheWheelPassesBy) {
    ParameterField field({.name = "size", .initial = std::int64_t(256), .low = std::int64_t(0), .high = std::int64_t(8192)});
    field.show();
    settle(50);
    turnWheel(*field.control(), field.control()->rect().center(), 3);
    EXPECT_TRUE(field.isInitial());
}

TEST(ParameterField, YesOrNoIsACheckBox) {
    ParameterField field({.name = "shared_basis", .initial = true});
    Told told(field);
    auto* box = field.findChild<QCheckBox*>();
    ASSERT_NE(box, nullptr);
    EXPECT_TRUE(box->isChecked());
    box->click();
    EXPECT_THAT(told.values, testing::ElementsAre(Value(false)));
    EXPECT_EQ(ui::parameterLabel("shared_basis"), u"Shared basis");
}

}  // namespace
}  // namespace tessera::test
