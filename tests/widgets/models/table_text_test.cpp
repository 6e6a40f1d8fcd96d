// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/table_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/numbers_model.h"

namespace tessera::test {
namespace {

class TableText : public testing::Test {
protected:
    void fill(std::vector<QStringList> lines) {
        model.setSections({{QStringLiteral("image"), {}, true}, {QStringLiteral("rate, bit/px"), {}}});
        model.setLines(static_cast<int>(lines.size()), [lines](int line, int section) { return lines[line][section]; });
    }
    ui::NumbersModel model;
};

TEST_F(TableText, CsvQuotesWhatNeedsIt) {
    fill({{QStringLiteral("a, \"b\""), QStringLiteral("0.25")}});
    EXPECT_EQ(ui::commaSeparated(model).toStdString(), "image,\"rate, bit/px\"\r\n\"a, \"\"b\"\"\",0.25\r\n");
}

TEST_F(TableText, NumbersArePlainAndAbsentOnesEmpty) {
    fill({{QStringLiteral("x−y"), QStringLiteral("−0.25")}, {QStringLiteral("–"), QStringLiteral("41 207").replace(u' ', QChar(0x2009))}});
    EXPECT_EQ(ui::tabSeparated(model).toStdString(), "image\trate, bit/px\nx−y\t-0.25\n\t41207\n") << "words keep their signs";
}

TEST_F(TableText, WithoutLinesTheHeaderStays) {
    fill({});
    EXPECT_EQ(ui::tabSeparated(model).toStdString(), "image\trate, bit/px\n");
}

TEST_F(TableText, LinesThatStayAreToldOf) {
    fill({{QStringLiteral("a"), QStringLiteral("1")}});
    int inserted = 0, changed = 0;
    QObject::connect(&model, &QAbstractItemModel::rowsInserted, [&] { ++inserted; });
    QObject::connect(&model, &QAbstractItemModel::dataChanged, [&] { ++changed; });
    fill({{QStringLiteral("b"), QStringLiteral("2")}, {QStringLiteral("c"), QStringLiteral("3")}});
    EXPECT_EQ(inserted, 1);
    EXPECT_EQ(changed, 1);
    EXPECT_EQ(model.index(1, 0).data().toString(), QStringLiteral("c"));
}

}  // namespace
}  // namespace tessera::test
