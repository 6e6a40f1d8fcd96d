// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/latents_model.h"

#include <QAbstractItemModelTester>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::test {
namespace {

using namespace ui;
using State = LatentVector::State;

LatentsModel::Entry entryOf(const QString& model, std::vector<float> channels, State state = State::Ready) {
    LatentVector vector;
    vector.state = state;
    vector.rows = vector.columns = 32;
    vector.row = 10;
    vector.column = 9;
    vector.channels = std::move(channels);
    return {model, std::move(vector)};
}

class LatentsModelTest : public testing::Test {
protected:
    std::vector<std::string> line(int row) const {
        std::vector<std::string> result;
        for (int section = 0; section < model.columnCount(); ++section) result.push_back(model.index(row, section).data().toString().toStdString());
        return result;
    }
    LatentsModel model;
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(LatentsModelTest, HasALineForEveryChannelOfTheLargestModel) {
    model.setEntries({entryOf("small", {0.5F, -1.25F}), entryOf("large", {1, 2, 3})});
    ASSERT_EQ(model.rowCount(), 3);
    EXPECT_THAT(line(0), testing::ElementsAre("0", "0.500", "1.000"));
    EXPECT_THAT(line(1), testing::ElementsAre("1", "−1.250", "2.000"));
    EXPECT_THAT(line(2), testing::ElementsAre("2", "–", "3.000"));
    EXPECT_EQ(model.headerData(1, Qt::Horizontal).toString(), "small");
    EXPECT_EQ(model.index(1, 1).data(Qt::AccessibleTextRole).toString(), "small, channel 1: −1.250");
}

TEST_F(LatentsModelTest, CopiesEveryDigitAndPlacesFromZero) {
    model.setEntries({entryOf("small", {0.1F, -1.25F}), entryOf("late", {}, State::Waiting)});
    EXPECT_EQ(model.text().toStdString(),
              "latents\tsmall\tlate\n"
              "row\t10\tbeing read\n"
              "column\t9\t\n"
              "channel 0\t0.100000001\t\n"
              "channel 1\t-1.25\t\n");
    EXPECT_EQ(LatentsModel::placeWords(model.entries().front().vector), "row 10, column 9 of 32 × 32");
}

TEST_F(LatentsModelTest, HeadsSayWhatTellsModelsApart) {
    model.setEntries({entryOf("mini autoencoder auto", {1}), entryOf("mini autoencoder bf16", {1})});
    EXPECT_EQ(model.headerData(1, Qt::Horizontal).toString(), "auto");
    EXPECT_EQ(model.headerData(2, Qt::Horizontal).toString(), "bf16");
    EXPECT_TRUE(model.headerData(2, Qt::Horizontal, Qt::ToolTipRole).toString().startsWith("mini autoencoder bf16\n"));
    model.setEntries({entryOf("mini autoencoder auto", {1}), entryOf("flux", {1})});
    EXPECT_EQ(model.headerData(1, Qt::Horizontal).toString(), "mini autoencoder auto");
    model.setEntries({entryOf("mini autoencoder auto", {1})});
    EXPECT_EQ(model.headerData(1, Qt::Horizontal).toString(), "mini autoencoder auto");
}

TEST_F(LatentsModelTest, IsEmptyWithoutModels) {
    EXPECT_EQ(model.text(), "");
    model.setEntries({entryOf("small", {1})});
    model.setEntries({});
    EXPECT_EQ(model.rowCount(), 0);
    EXPECT_EQ(model.text(), "");
}

}  // namespace
}  // namespace tessera::test
