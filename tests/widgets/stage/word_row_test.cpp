// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/word_row.h"

#include <QImage>
#include <QPainter>
#include <gtest/gtest.h>

namespace tessera::test {
namespace {

/// Pixels that a row draws in the left third of so much room.
int inkAtLeft(const ui::WordRow& row, int width) {
    constexpr int kHeight = 22;
    QImage image(width, kHeight, QImage::Format_RGB32);
    image.fill(Qt::black);
    QPainter painter(&image);
    row.paint(painter, image.rect(), ui::TextSize::Table);
    painter.end();
    int ink = 0;
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < width / 3; ++x) ink += image.pixel(x, y) != qRgb(0, 0, 0);
    }
    return ink;
}

TEST(WordRows, HalfANumberIsNotShown) {
    using Role = ui::Word::Role;
    ui::WordRow row{.left = {{"-0.354 to 0.394", Role::Second}}, .numbers = {{{"similarity", Role::Second}, {"0.544", Role::Value}}}};
    constexpr int kNarrow = 160, kWide = 320;
    EXPECT_GT(inkAtLeft(row, kNarrow), 0) << "words are elided";
    row.whole = true;
    EXPECT_EQ(inkAtLeft(row, kNarrow), 0);
    EXPECT_GT(inkAtLeft(row, kWide), 0);
}

TEST(WordRows, ASquareOfItsColourStandsBeforeAWord) {
    const QRgb colour = qRgb(12, 200, 99);
    const ui::WordRow row{.left = {}, .numbers = {{{"the sky", ui::Word::Role::Second, colour}, {"53 %"}}, {{"a plant"}, {"47 %"}}}};
    const auto coloured = [&](int width) {
        QImage image(width, 22, QImage::Format_RGB32);
        image.fill(Qt::black);
        QPainter painter(&image);
        row.paint(painter, image.rect(), ui::TextSize::Table);
        painter.end();
        int count = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < width; ++x) count += image.pixel(x, y) == colour;
        }
        return count;
    };
    EXPECT_EQ(coloured(300), 64);
    EXPECT_EQ(coloured(40), 0) << "no room for the word, none for its colour";
}

}  // namespace
}  // namespace tessera::test
