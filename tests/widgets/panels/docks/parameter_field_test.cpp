// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/parameter_field.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QSlider>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "window_events.h"

namespace tessera::test {
namespace {

using ui::ParameterField;

struct Told {
    std::vector<Value> values;
    bool sliding = false;
    explicit Told(ParameterField& field) {
        QObject::connect(&field, &ParameterField::edited, &field, [this](const Value& value, bool isSliding) {
            values.push_back(value);
            sliding = isSliding;
        });
    }
};

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
    slider->setSliderDown(true);
    slider->setValue(slider->maximum() / 2);
    ASSERT_EQ(told.values.size(), 1u);
    EXPECT_DOUBLE_EQ(std::get<double>(told.values[0]), 1.0);
    EXPECT_TRUE(told.sliding);
    slider->setSliderDown(false);
    EXPECT_FALSE(told.sliding) << "the slider was let go";
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
