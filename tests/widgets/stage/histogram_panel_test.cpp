// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/histogram_panel.h"

#include <QAction>
#include <QLabel>
#include <QTableView>
#include <QTest>
#include <QToolButton>

#include "panels/histogram_data.h"
#include "panels/histogram_model.h"
#include "panels/histogram_plot.h"
#include "panels/stage/picture_look.h"
#include "staged.h"

namespace tessera::test {
namespace {

using ui::FineHistogram;

canvas::Pane paneOf(std::shared_ptr<const Picture> picture, FieldMapping mapping = FieldMapping::Colour, float low = 0, float high = 1) {
    return {.body = {}, .picture = std::move(picture), .look = {.mapping = mapping, .low = low, .high = high}};
}

/// 1 in every pixel of the left quarter, 0 elsewhere.
std::shared_ptr<const Picture> quarter(int side) {
    auto picture = std::make_shared<Picture>(*pictureOf<float>(side, side, 1, [side](int x, int, int) { return x < side / 4 ? 1.F : 0.F; }));
    picture->mapping = FieldMapping::Scalar;
    picture->legend = Legend{.low = 0, .high = 0.5, .map = ColourMap::Viridis};
    return picture;
}

TEST(FineHistogram, CountsColoursPerChannelAndTheirLuminance) {
    const FineHistogram histogram = FineHistogram::of(paneOf(plainPicture(10, 8, 255, 51, 0)));
    ASSERT_EQ(histogram.channels(), 4);
    EXPECT_EQ(histogram.pixels(), 80U);
    EXPECT_NEAR(histogram.mean(0) * 255, 255, 0.01);
    EXPECT_NEAR(histogram.mean(1) * 255, 51, 0.01);
    EXPECT_NEAR(histogram.mean(2) * 255, 0, 0.01);
    EXPECT_EQ(histogram.between(1, 51 / 255.0, 52 / 255.0), 80U);
    EXPECT_EQ(histogram.between(1, 53 / 255.0, 1), 0U);
    const auto bins = histogram.bins(1, 256);
    EXPECT_EQ(bins[51], 80U);
    EXPECT_EQ(std::accumulate(bins.begin(), bins.end(), std::uint64_t{0}), 80U);
}

TEST(FineHistogram, AFieldIsCountedOverWhatItHolds) {
    const FineHistogram histogram = FineHistogram::of(paneOf(quarter(64), FieldMapping::Scalar));
    ASSERT_EQ(histogram.channels(), 1);
    EXPECT_EQ(histogram.high(), 1);
    EXPECT_NEAR(histogram.mean(0), 0.25, 1e-4);
    EXPECT_EQ(histogram.between(0, 0.9, 1), 64U * 16);
    EXPECT_EQ(histogram.between(0, -INFINITY, INFINITY), 64U * 64);
}

TEST(FineHistogram, ADifferenceIsCountedWhereThePaneShowsOne) {
    canvas::Pane pane = paneOf(plainPicture(16, 16, 100, 100, 100));
    pane.other = plainPicture(16, 16, 151, 100, 100);
    pane.compare = canvas::Compare::Difference;
    const FineHistogram histogram = FineHistogram::of(pane);
    ASSERT_EQ(histogram.channels(), 1);
    EXPECT_NEAR(histogram.mean(0), 0.2 / 3, 1e-4);
}

TEST(HistogramModel, SaysWhatLiesBeyondTheRangeAndCopiesIt) {
    ui::HistogramModel model;
    const canvas::Pane pane = paneOf(quarter(64), FieldMapping::Scalar, 0, 0.5F);
    model.setHistogram(std::make_shared<const FineHistogram>(FineHistogram::of(pane)), pane);
    ASSERT_EQ(model.rowCount(), 1);
    EXPECT_EQ(model.index(0, ui::HistogramModel::AboveSection).data().toString(), "25.0 %");
    EXPECT_EQ(model.index(0, ui::HistogramModel::BelowSection).data().toString(), "0.0 %");
    EXPECT_EQ(model.text(std::pair(0.5F, 1.F)).toStdString(), "channel\tmin\tmean\tmax\tbelow\tabove\nvalue\t0.0000\t0.2500\t1.0000\t0.0 %\t25.0 %\nselected\t0.5000 to 1.0000: 1024 px, 25.0 %\n");
}

TEST(HistogramModel, GainNarrowsTheRangeThatIsShown) {
    ui::HistogramModel model;
    canvas::Pane pane = paneOf(quarter(64), FieldMapping::Scalar, 0, 2);
    const auto histogram = std::make_shared<const FineHistogram>(FineHistogram::of(pane));
    model.setHistogram(histogram, pane);
    EXPECT_EQ(model.index(0, ui::HistogramModel::AboveSection).data().toString(), "0.0 %");
    pane.look.gain = 4;
    model.setHistogram(histogram, pane);
    EXPECT_EQ(model.index(0, ui::HistogramModel::AboveSection).data().toString(), "25.0 %");
}

class Histograms : public Staged {
protected:
    void SetUp() override {
        Staged::SetUp();
        panel.move(0, 500);
        panel.resize(300, 330);
        panel.show();
        QObject::connect(&stage, &ui::StageView::panesChanged, &panel, [this] { panel.setPane(stage.currentPane()); });
        difference = quarter(64);
        addRow();
        answerAll();
        session.setCurrentColumn(2);
        settle(100);
        plot = panel.findChild<ui::HistogramPlot*>();
    }
    /// A place in the left quarter of the third cell, where the field is 1, and one in its middle, where it is 0.
    QRgb high() { return screenPixel(stage.cellBody(2).center() - QPoint(shownSide() * 3 / 8, 0)); }
    QRgb low() { return screenPixel(stage.cellBody(2).center()); }
    int shownSide() { return std::min(stage.cellBody(2).width(), stage.cellBody(2).height()); }
    QPoint at(double value) { return {int(plot->placeOf(value)), plot->height() / 2}; }

    QAction* action(const QString& name) {
        for (QAction* each : panel.findChildren<QAction*>()) {
            if (each->text() == name) return each;
        }
        return nullptr;
    }
    QToolButton* buttonOf(const QAction* action) {
        for (QToolButton* each : panel.findChildren<QToolButton*>()) {
            if (each->defaultAction() == action) return each;
        }
        return nullptr;
    }

    ui::HistogramPanel panel{session, host};
    ui::HistogramPlot* plot = nullptr;
};

int brightness(QRgb colour) {
    return qRed(colour) + qGreen(colour) + qBlue(colour);
}

TEST_F(Histograms, DraggingOverValuesLightsTheirPixelsAlone) {
    const int highBefore = brightness(high()), lowBefore = brightness(low());
    activate(panel);
    drag(*plot, at(0.6), at(1));
    settle(100);
    ASSERT_TRUE(session.view().brush.has_value());
    EXPECT_NEAR(session.view().brush->first, 0.6, 0.02);
    EXPECT_EQ(session.view().brush->second, 1);
    EXPECT_EQ(brightness(high()), highBefore) << "what is selected stays as it is";
    EXPECT_LT(brightness(low()), lowBefore / 2) << "all else goes dark";
    EXPECT_TRUE(panel.text().contains("1024 px, 25.0 %")) << panel.text().toStdString();
    QTest::mouseDClick(plot, Qt::LeftButton, {}, at(0.3));
    settle(100);
    EXPECT_FALSE(session.view().brush.has_value());
    EXPECT_EQ(brightness(low()), lowBefore);
}

TEST_F(Histograms, NumbersOfOneLensDoNotDarkenThoseOfAnother) {
    const ui::Column norms{.lens = "token_norm"}, codes{.lens = "codes"};
    ui::ViewState view;
    view.brush = std::pair(0.25F, 0.75F);
    view.brushed = FieldMapping::Scalar;
    view.brushedLens = "token_norm";
    ui::PictureLook looks;
    EXPECT_EQ(looks.lookOf(quarter(64), norms, view, false).brush, view.brush);
    EXPECT_EQ(looks.lookOf(quarter(64), codes, view, false).brush, std::nullopt);
    // Colours are the same everywhere.
    view.brushed = FieldMapping::Colour;
    view.brushedLens.clear();
    EXPECT_EQ(looks.lookOf(input, ui::Column{.lens = "input"}, view, false).brush, view.brush);
    EXPECT_EQ(looks.lookOf(reconstruction, ui::Column{.lens = "reconstruction"}, view, false).brush, view.brush);
}

TEST_F(Histograms, ABrushIsOfTheLensWhoseNumbersItIs) {
    activate(panel);
    drag(*plot, at(0.6), at(1));
    const ui::ViewState& view = session.view();
    ASSERT_TRUE(view.brush);
    EXPECT_EQ(view.brushedLens, view.brushed == FieldMapping::Scalar ? session.columns()[session.currentColumn()].lens : std::string());
}

TEST_F(Histograms, AnEndCanBeMoved) {
    activate(panel);
    drag(*plot, at(0.2), at(0.6));
    drag(*plot, at(session.view().brush->second), at(0.9));
    ASSERT_TRUE(session.view().brush);
    EXPECT_NEAR(session.view().brush->first, 0.2, 0.02);
    EXPECT_NEAR(session.view().brush->second, 0.9, 0.02);
}

TEST_F(Histograms, KeysMoveTheEndsAndEscTakesThemOff) {
    activate(panel);
    plot->setFocus();
    const double bin = 1.0 / plot->bins();
    QTest::keyClick(plot, Qt::Key_Right);
    ASSERT_TRUE(session.view().brush);
    EXPECT_NEAR(session.view().brush->first, bin, 1e-6);
    EXPECT_EQ(session.view().brush->second, 1);
    QTest::keyClick(plot, Qt::Key_Left, Qt::ShiftModifier | Qt::ControlModifier);
    EXPECT_NEAR(session.view().brush->second, 1 - 10 * bin, 1e-6);
    QTest::keyClick(plot, Qt::Key_Right);
    EXPECT_NEAR(session.view().brush->first, 2 * bin, 1e-6);
    QTest::keyClick(plot, Qt::Key_Escape);
    EXPECT_FALSE(session.view().brush);
}

TEST_F(Histograms, FollowsTheCurrentCell) {
    auto* table = panel.findChild<QTableView*>();
    EXPECT_EQ(table->model()->rowCount(), 1);
    session.setCurrentColumn(0);
    settle(60);
    ASSERT_EQ(table->model()->rowCount(), 4);
    EXPECT_EQ(table->model()->index(0, ui::HistogramModel::MeanSection).data().toString(), "200.0");
    EXPECT_EQ(table->model()->index(2, ui::HistogramModel::MostSection).data().toString(), "90.0");
}

TEST(FineHistogram, SaysWhereOneTallPeakWouldHideTheRest) {
    EXPECT_TRUE(FineHistogram::of(paneOf(quarter(64), FieldMapping::Scalar)).isPeaked()) << "three quarters are 0";
    EXPECT_TRUE(FineHistogram::of(paneOf(plainPicture(8, 8, 10, 20, 30))).isPeaked());
    const auto ramp = pictureOf<float>(64, 64, 1, [](int x, int, int) { return float(x); });
    EXPECT_FALSE(FineHistogram::of(paneOf(ramp, FieldMapping::Scalar)).isPeaked());
}

TEST_F(Histograms, CountsOfADifferenceAreLogarithmicUntilSomebodyChooses) {
    auto* logarithmic = action("Logarithmic counts");
    ASSERT_TRUE(logarithmic);
    EXPECT_TRUE(logarithmic->isChecked()) << "three quarters of the field are 0";
    canvas::Pane ramp = paneOf(pictureOf<float>(64, 64, 1, [](int x, int, int) { return float(x); }), FieldMapping::Scalar);
    panel.setPane(ramp);
    EXPECT_FALSE(logarithmic->isChecked());
    ramp.look.mapping = FieldMapping::Absolute;
    panel.setPane(ramp);
    EXPECT_TRUE(logarithmic->isChecked()) << "a difference, even if it is everywhere";
    EXPECT_EQ(panel.logarithmic(), ui::HistogramPanel::Logarithmic());
    auto* button = buttonOf(logarithmic);
    ASSERT_TRUE(button);
    click(*button, button->rect().center());
    EXPECT_FALSE(logarithmic->isChecked());
    panel.setPane(stage.currentPane());
    EXPECT_FALSE(logarithmic->isChecked()) << "the choice is kept";
    EXPECT_EQ(panel.logarithmic(), (ui::HistogramPanel::Logarithmic{.peaked = false, .even = {}}));
    panel.setLogarithmic({.peaked = true, .even = {}});
    EXPECT_TRUE(logarithmic->isChecked());
}

TEST_F(Histograms, PointingSaysABinAndItsCount) {
    activate(panel);
    moveMouse(*plot, at(0.999));
    settle(20);
    QStringList words;
    for (const auto* each : panel.findChildren<QWidget*>()) words << each->accessibleName();
    EXPECT_TRUE(words.join('|').contains(QString::fromUtf8("1.0000: 1\u2009024 px"))) << words.join('|').toStdString();
}

TEST_F(Histograms, LargePicturesAreCountedElsewhereAndOnce) {
    ui::HistogramSource source;
    int counted = 0;
    QObject::connect(&source, &ui::HistogramSource::counted, &source, [&counted] { ++counted; });
    const canvas::Pane large = paneOf(plainPicture(1200, 1000, 10, 20, 30)), small = paneOf(plainPicture(100, 100, 10, 20, 30));
    EXPECT_NE(source.of(small), nullptr);
    EXPECT_EQ(source.of(large), nullptr) << "not on this thread";
    ASSERT_TRUE(waitUntil([&] { return counted == 1; }, 20));
    const auto histogram = source.of(large);
    ASSERT_NE(histogram, nullptr);
    EXPECT_NEAR(histogram->mean(1) * 255, 20, 0.01);
    EXPECT_EQ(source.of(large), histogram);
    EXPECT_EQ(source.of(small), source.of(small));
    EXPECT_EQ(counted, 1);
}

}  // namespace
}  // namespace tessera::test
