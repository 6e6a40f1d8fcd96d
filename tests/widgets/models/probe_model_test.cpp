// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/probe_model.h"

#include <QAbstractItemModelTester>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::test {
namespace {

using namespace ui;

StageProbe probeOf(float red) {
    StageProbe probe{.x = 152, .y = 168, .sourceX = 712.5, .sourceY = 787.5};
    probe.values.push_back({.name = "input", .lens = "input", .present = true, .x = 152, .y = 168, .samples = {red, 60 / 255.f, 76 / 255.f}});
    probe.values.push_back({.name = "difference", .lens = "difference", .mapping = FieldMapping::Absolute, .present = true, .x = 152, .y = 168, .samples = {-0.0125f, 0.25f, 0, 0.5f}, .value = 0.0875f});
    probe.values.push_back({.name = "late", .lens = "late"});
    return probe;
}

class ProbeModelTest : public testing::Test {
protected:
    std::vector<std::string> line(int row) const {
        std::vector<std::string> result;
        for (int section = 0; section < ProbeModel::SectionCount; ++section) result.push_back(model.index(row, section).data().toString().toStdString());
        return result;
    }

    ProbeModel model;
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(ProbeModelTest, ColoursAreBytesAndFieldsAreNumbers) {
    model.setProbe(probeOf(155 / 255.f));
    ASSERT_EQ(model.rowCount(), 3);
    EXPECT_THAT(line(0), testing::ElementsAre("input", "155", "60", "76", "–"));
    EXPECT_THAT(line(1), testing::ElementsAre("difference", "−0.013", "0.250", "0.000", "0.087"));
    EXPECT_THAT(line(2), testing::ElementsAre("late", "–", "–", "–", "–"));
}

TEST_F(ProbeModelTest, LatentUnitsLeaveTheRoomToTheNamesOfTheColumns) {
    StageProbe probe;
    probe.values.push_back({.name = "latent channel", .lens = "latent channel", .unit = Unit::LatentUnits, .mapping = FieldMapping::Scalar, .present = true, .samples = {0.206f}, .value = 0.206f});
    model.setProbe(probe);
    EXPECT_EQ(line(0).back(), "0.206");
    EXPECT_TRUE(model.text().contains("latent units")) << "the copy says them";
}

TEST_F(ProbeModelTest, NumbersAreRightAlignedAndSayWhatTheyAre) {
    model.setProbe(probeOf(1));
    EXPECT_TRUE(model.index(0, ProbeModel::RedSection).data(Qt::TextAlignmentRole).toInt() & Qt::AlignRight);
    EXPECT_TRUE(model.headerData(ProbeModel::RedSection, Qt::Horizontal, Qt::TextAlignmentRole).toInt() & Qt::AlignRight);
    EXPECT_TRUE(model.index(0, ProbeModel::LensSection).data(Qt::TextAlignmentRole).toInt() & Qt::AlignLeft);
    EXPECT_EQ(model.index(0, ProbeModel::RedSection).data(Qt::AccessibleTextRole).toString(), "input, R: 255");
}

TEST_F(ProbeModelTest, CopiesAsTextThatOtherProgramsRead) {
    EXPECT_EQ(model.text(), "");
    model.setProbe(probeOf(155 / 255.f));
    EXPECT_EQ(model.text().toStdString(),
              "x 152\ty 168\tsource x 712.5\tsource y 787.5\n"
              "lens\tmodel\tsweep\tR\tG\tB\tvalue\tunit\n"
              "input\t\t\t155\t60\t76\t\t\n"
              "difference\t\t\t-0.013\t0.250\t0.000\t0.087\t\n"
              "late\t\t\t\t\t\t\t\n");
}

TEST_F(ProbeModelTest, SeveralModelsStandAboveTheirColumns) {
    StageProbe probe{.x = 3, .y = 4, .difference = -0.03125f};
    const auto add = [&](const QString& lens, const QString& sweep, const QString& model) {
        probe.values.push_back({.name = lens + sweep + model, .lens = lens, .sweep = sweep, .model = model, .present = true, .samples = {1, 1, 1}});
    };
    add("input", "", "");
    add("reconstruction", "", "mini fp32");
    add("perturbed", "0.5", "mini fp32");
    add("reconstruction", "", "mini bf16");
    model.setProbe(probe);
    ASSERT_EQ(model.rowCount(), 6);
    std::vector<std::string> lines;
    for (int row = 0; row < model.rowCount(); ++row) lines.push_back(model.index(row, ProbeModel::LensSection).data().toString().toStdString());
    EXPECT_THAT(lines, testing::ElementsAre("input", "mini fp32", "reconstruction", "perturbed 0.5", "mini bf16", "reconstruction"));
    EXPECT_TRUE(model.isModelLine(1));
    EXPECT_FALSE(model.isModelLine(2));
    EXPECT_EQ(model.index(1, ProbeModel::RedSection).data().toString(), "");
    EXPECT_EQ(model.text().toStdString(),
              "x 3\ty 4\tsource x 0.0\tsource y 0.0\tdifference from reference -0.03125\n"
              "lens\tmodel\tsweep\tR\tG\tB\tvalue\tunit\n"
              "input\t\t\t255\t255\t255\t\t\n"
              "reconstruction\tmini fp32\t\t255\t255\t255\t\t\n"
              "perturbed\tmini fp32\t0.5\t255\t255\t255\t\t\n"
              "reconstruction\tmini bf16\t\t255\t255\t255\t\t\n");
}

TEST_F(ProbeModelTest, AFieldHasItsUnit) {
    StageProbe probe;
    probe.values.push_back({.name = "error", .lens = "error", .unit = Unit::Decibels, .mapping = FieldMapping::Scalar, .present = true, .samples = {3.5f}, .value = 3.5f});
    model.setProbe(probe);
    EXPECT_EQ(model.index(0, ProbeModel::ValueSection).data().toString(), "3.500 dB");
    EXPECT_EQ(model.index(0, ProbeModel::ValueSection).data(ProbeModel::UnitRole).toString(), "dB");
    EXPECT_TRUE(model.text().endsWith("\t3.500\tdB\n"));
}

TEST_F(ProbeModelTest, AMovingPointerKeepsTheLines) {
    model.setProbe(probeOf(0));
    int resets = 0, changes = 0;
    QObject::connect(&model, &QAbstractItemModel::modelReset, [&resets] { ++resets; });
    QObject::connect(&model, &QAbstractItemModel::dataChanged, [&changes] { ++changes; });
    model.setProbe(probeOf(1));
    model.setProbe(probeOf(1));
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(resets, 0);
    model.setProbe(std::nullopt);
    EXPECT_EQ(model.rowCount(), 0);
}

TEST_F(ProbeModelTest, GreyHasOneNumber) {
    StageProbe probe;
    probe.values.push_back({.name = "grey", .lens = "grey", .present = true, .samples = {0.5f}});
    probe.values.push_back({.name = "norm", .lens = "norm", .mapping = FieldMapping::Scalar, .present = true, .samples = {3.5f}, .value = 3.5f});
    model.setProbe(probe);
    EXPECT_THAT(line(0), testing::ElementsAre("grey", "128", "128", "128", "–"));
    EXPECT_THAT(line(1), testing::ElementsAre("norm", "–", "–", "–", "3.500"));
}

}  // namespace
}  // namespace tessera::test
