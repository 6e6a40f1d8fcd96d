// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/codebook_model.h"

#include <QPersistentModelIndex>
#include <QSignalSpy>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/table_text.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using ui::CodebookModel;

class CodebookTable : public testing::Test {
protected:
    CodebookTable() {
        const std::vector<float> lengths{4, 1, 3, 2, 5};
        book = {SharedArray<float>(lengths), 5, 1};
        model.setCodes(book, {3, 0, 7, 0, 3}, {3, 1, 9, 0, 4});
    }
    std::vector<int> codes() const {
        std::vector<int> result;
        for (int line = 0; line < model.rowCount(); ++line) result.push_back(model.codeAt(line));
        return result;
    }
    std::string text(int line, int section) const { return model.index(line, section).data().toString().toStdString(); }

    ui::Codewords book;
    std::map<int, ui::CodeNeighbour> neighbours;
    CodebookModel model{{.picture = [](std::int32_t) { return QImage(); },
                         .neighbour =
                             [this](std::int32_t code) {
                                 const auto it = neighbours.find(code);
                                 return it == neighbours.end() ? std::nullopt : std::optional(it->second);
                             }}};
};

TEST_F(CodebookTable, BeginsWithTheImagesCodesTheMostUsedFirst) {
    EXPECT_THAT(codes(), ElementsAre(2, 0, 4)) << "equal ones by their number";
    EXPECT_EQ(text(0, CodebookModel::ImageSection), "7");
    EXPECT_EQ(text(0, CodebookModel::LibrarySection), "9");
    EXPECT_EQ(text(0, CodebookModel::NormSection), "3.00");
}

TEST_F(CodebookTable, FiltersByUse) {
    model.setFilter(CodebookModel::Show::InLibrary, {});
    EXPECT_THAT(codes(), ElementsAre(2, 0, 4, 1));
    model.setFilter(CodebookModel::Show::Dead, {});
    EXPECT_THAT(codes(), ElementsAre(3));
    model.setFilter(CodebookModel::Show::All, {});
    EXPECT_EQ(codes().size(), 5U);
}

TEST_F(CodebookTable, FindsCodesByTheirNumberWhetherUsedOrNot) {
    model.setFilter(CodebookModel::Show::InImage, "3");
    EXPECT_THAT(codes(), ElementsAre(3));
    model.setFilter(CodebookModel::Show::InImage, "9");
    EXPECT_TRUE(codes().empty());
}

TEST_F(CodebookTable, SortsBySections) {
    model.setFilter(CodebookModel::Show::All, {});
    model.sort(CodebookModel::NormSection, Qt::AscendingOrder);
    EXPECT_THAT(codes(), ElementsAre(1, 3, 2, 0, 4));
    model.sort(CodebookModel::CodeSection, Qt::DescendingOrder);
    EXPECT_THAT(codes(), ElementsAre(4, 3, 2, 1, 0));
    model.sort(CodebookModel::LibrarySection, Qt::AscendingOrder);
    EXPECT_THAT(codes(), ElementsAre(3, 1, 0, 4, 2));
}

TEST_F(CodebookTable, NeighboursThatAreNotKnownYetStandBehind) {
    model.setFilter(CodebookModel::Show::All, {});
    neighbours = {{3, {1, 9}}, {0, {4, 2}}};
    model.sort(CodebookModel::NearestSection, Qt::AscendingOrder);
    EXPECT_THAT(codes(), ElementsAre(0, 3, 1, 2, 4));
    model.sort(CodebookModel::NearestSection, Qt::DescendingOrder);
    EXPECT_THAT(codes(), ElementsAre(3, 0, 1, 2, 4));
    neighbours[4] = {0, 5};
    model.lookAgain();
    EXPECT_THAT(codes(), ElementsAre(3, 4, 0, 1, 2));
    EXPECT_EQ(text(1, CodebookModel::NearestSection), "0 5.00");
    EXPECT_EQ(model.index(1, CodebookModel::NearestSection).data(CodebookModel::UnitRole).toString().toStdString(), "5.00");
}

TEST_F(CodebookTable, TheChosenLineMovesWithItsCode) {
    model.setFilter(CodebookModel::Show::All, {});
    const QPersistentModelIndex chosen(model.index(model.lineOf(4), 0));
    model.sort(CodebookModel::NormSection, Qt::DescendingOrder);
    EXPECT_EQ(chosen.row(), 0);
    EXPECT_EQ(model.codeAt(chosen.row()), 4);
}

TEST_F(CodebookTable, CountsThatAreNotKnownAreNoZeros) {
    model.setCodes(book, {}, {});
    EXPECT_EQ(model.rowCount(), 0);
    model.setFilter(CodebookModel::Show::All, {});
    EXPECT_EQ(text(0, CodebookModel::ImageSection), "–");
}

TEST_F(CodebookTable, TheSameAgainTellsNobody) {
    QSignalSpy changes(&model, &QAbstractItemModel::dataChanged), resets(&model, &QAbstractItemModel::modelReset);
    model.setCodes(book, {3, 0, 7, 0, 3}, {3, 1, 9, 0, 4});
    EXPECT_EQ(changes.size() + resets.size(), 0);
}

TEST_F(CodebookTable, CopiesWithoutItsPictures) {
    neighbours = {{2, {3, 1}}};
    EXPECT_EQ(ui::tabSeparated(model).section(u'\n', 0, 1), "code\timage\tlibrary\tnorm\tnearest\n2\t7\t9\t3.00\t3 1.00");
}

TEST_F(CodebookTable, SixteenThousandCodesAreSortedAndFilteredWithoutTextsOfAll) {
    std::vector<float> values(16384);
    std::vector<std::int64_t> counts(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = float((i * 7919) % 16384);
        counts[i] = std::int64_t((i * 31) % 17);
    }
    int looked = 0;
    CodebookModel large({.picture = [&](std::int32_t) { return ++looked, QImage(); }, .neighbour = [&](std::int32_t) { return ++looked, std::optional<ui::CodeNeighbour>(); }});
    large.setFilter(CodebookModel::Show::All, {});
    large.setCodes({SharedArray<float>(std::move(values)), 16384, 1}, counts, counts);
    large.sort(CodebookModel::NormSection, Qt::DescendingOrder);
    EXPECT_EQ(large.rowCount(), 16384);
    EXPECT_EQ(looked, 0) << "pictures and neighbours are looked up when a line is looked at";
    EXPECT_FLOAT_EQ(large.index(0, CodebookModel::NormSection).data().toFloat(), 16383);
}

}  // namespace
}  // namespace tessera::test
