// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/legend_bar.h"

#include <gtest/gtest.h>

#include "panels/stage/picture_look.h"
#include "widgets/canvas/pictures.h"
#include "window_events.h"

namespace tessera::test {
namespace {

constexpr int kNarrowest = 128, kWide = 320, kHeight = 22;

class LegendBars : public testing::Test {
protected:
    /// As the header of a column of differences shows it.
    ui::LegendBar::Words wordsOf(const ui::ViewState& view) {
        auto picture = std::make_shared<Picture>(*differencePicture(64, 64));
        picture->mapping = FieldMapping::Absolute;
        const ui::Column column{.lens = "difference"};
        return look.legendOf(picture, column, view, std::pair(0.F, 0.4F)).value();
    }
    QString shownAt(int width, const ui::LegendBar::Words& words) {
        bar.resize(width, kHeight);
        bar.setWords(words);
        return bar.shownRemark();
    }
    /// Columns in which something is drawn.
    std::vector<int> inkedColumns() {
        const QImage image = bar.grab().toImage();
        std::vector<int> columns;
        for (int x = 0; x < image.width(); ++x) {
            for (int y = 0; y < image.height(); ++y) {
                if (image.pixel(x, y) == image.pixel(0, 0)) continue;
                columns.push_back(x);
                break;
            }
        }
        return columns;
    }

    ui::PictureLook look;
    ui::LegendBar bar{nullptr};
};

TEST_F(LegendBars, ANarrowHeaderSaysRangeLogarithmAndGainInShort) {
    ui::ViewState view;
    view.logarithmic = true;
    view.gain = 2;
    for (const auto& [range, whole, shorter] : {std::tuple(ui::FieldRange::Cell, "own range, log, × 2", "own log ×2"), std::tuple(ui::FieldRange::Column, "column, log, × 2", "col log ×2"),
                                                std::tuple(ui::FieldRange::Declared, "log, × 2", "log ×2")}) {
        view.range = range;
        const auto words = wordsOf(view);
        EXPECT_EQ(shownAt(kWide, words).toStdString(), whole);
        EXPECT_EQ(shownAt(kNarrowest, words).toStdString(), shorter);
        EXPECT_TRUE(bar.toolTip().contains(words.remark)) << "the tool tip says it in full";
    }
    view.compare = canvas::Compare::Difference;
    EXPECT_EQ(shownAt(kNarrowest, ui::differenceLegendOf(view)).toStdString(), "ref log ×2");
}

TEST_F(LegendBars, WordsKeepFromTheEdgesAndFromTheNumbers) {
    ui::ViewState view;
    view.range = ui::FieldRange::Column;
    view.logarithmic = true;
    for (const float gain : {1.F, 2.F, 0.125F}) {
        view.gain = gain;
        for (const int width : {kNarrowest, 150, 176, 240}) {
            shownAt(width, wordsOf(view));
            const auto columns = inkedColumns();
            ASSERT_FALSE(columns.empty());
            EXPECT_GE(columns.front(), 3) << width;
            EXPECT_LE(columns.back(), width - 3) << width;
        }
    }
}

TEST_F(LegendBars, WordsTooLongForANarrowHeaderLeaveTheRoomToTheBar) {
    ui::LegendBar::Words words = wordsOf({});
    const auto without = (shownAt(kNarrowest, words), inkedColumns());
    words.remark = words.shortRemark = "cosine of projected tokens with the text";
    EXPECT_EQ(shownAt(kNarrowest, words), "");
    EXPECT_NEAR(double(inkedColumns().size()), double(without.size()), 24) << "two numbers and a bar, as if there was no remark";
    EXPECT_TRUE(bar.toolTip().contains(words.remark));
}

TEST_F(LegendBars, WithoutRemarksTheBarHasTheRoom) {
    EXPECT_EQ(shownAt(kNarrowest, wordsOf({})), "");
    const auto columns = inkedColumns();
    EXPECT_GT(columns.size(), 60U) << "two numbers and most of a bar";
}

}  // namespace
}  // namespace tessera::test
