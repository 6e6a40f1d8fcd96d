// SPDX-License-Identifier: GPL-3.0-or-later
// The pixel's table with latents, the histogram and the strip in the real window, with the real engine.
#include <algorithm>
#include <cstring>

#include <QApplication>
#include <QClipboard>
#include <QSlider>
#include <QTableView>

#include "bridge/cell_board.h"
#include "models/latents_model.h"
#include "models/probe_model.h"
#include "panels/dock.h"
#include "panels/histogram_panel.h"
#include "panels/histogram_plot.h"
#include "panels/pixel_panel.h"
#include "panels/strip.h"
#include "studio_window.h"
#include "workspace/column_edits.h"

namespace tessera::test {
namespace {

class LookingClosely : public StudioWindow {
protected:
    void openPicture() {
        open();
        ASSERT_TRUE(dropFiles({QString::fromStdString(writeQuadrants(folder, "quadrants.png"))}));
        ASSERT_TRUE(waitForRow());
        settle(100);
    }
    void pinAt(int column, double x, double y) {
        const QRect body = stage().cellBody(column);
        const int side = std::min(body.width(), body.height());
        moveMouse(stage(), body.center() + QPoint(int((x - 0.5) * side), int((y - 0.5) * side)));
        press(Qt::Key_I, Qt::NoModifier, QStringLiteral("i"));
    }
    ui::LatentsModel* latents() { return window().findChild<ui::LatentsModel*>(); }
    bool waitForLatents() {
        return waitUntil([this] { return !latents()->entries().empty() && latents()->entries().front().vector.state == ui::LatentVector::State::Ready; }, 30);
    }
    /// "channel 3\t0.25": the numbers behind each name of the lines that are copied.
    QStringList copiedLines() {
        QApplication::clipboard()->clear();
        press(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
        return QApplication::clipboard()->text().split('\n', Qt::SkipEmptyParts);
    }
};

TEST_F(LookingClosely, APinnedPlaceCopiesColoursAndTheLatentsThatTheEngineEncodes) {
    openPicture();
    pinAt(0, 0.25, 0.25);
    ASSERT_TRUE(waitForLatents());
    const ui::LatentVector vector = latents()->entries().front().vector;
    std::optional<TensorMap> tensors;
    Observer<TensorMap> observer;
    observer.executor = [this](std::function<void()> run) { QMetaObject::invokeMethod(&window(), std::move(run), Qt::QueuedConnection); };
    observer.onDone = [&](const Result<TensorMap>& result) {
        if (result) tensors = result.value();
    };
    const auto& host = document->host;
    const Subscription job = host.engine()->encode({.source = document->board.source(session().currentRow()), .model = host.model()->id}, {}, std::move(observer));
    ASSERT_TRUE(waitUntil([&] { return tensors.has_value(); }, 30));
    const HostTensor& truth = tensors->at("latents");
    ASSERT_EQ(vector.channels.size(), std::size_t(truth.shape[1]));

    for (const QTableView* table : window().findChildren<QTableView*>()) {
        if (table->model() != latents()) continue;
        EXPECT_GT(table->columnWidth(1), table->columnWidth(0)) << "a model's name needs more room than a number of two digits";
    }

    const QStringList lines = copiedLines();
    ASSERT_GE(lines.size(), 6 + int(vector.channels.size()));
    EXPECT_EQ(lines[0], "image\t" + session().find(session().currentRow())->name);
    EXPECT_TRUE(lines[1].startsWith("x 64\ty 64\t") || lines[1].startsWith("x 63\ty 63\t")) << lines[1].toStdString();
    EXPECT_EQ(lines[2], "lens\tmodel\tsweep\tR\tG\tB\tvalue\tunit");
    EXPECT_EQ(lines[3], "input\t\t\t255\t0\t0\t\t");
    const auto row = lines.indexOf(QString("row\t%1").arg(vector.row));
    ASSERT_GT(row, 3);
    EXPECT_EQ(lines[row + 1], QString("column\t%1").arg(vector.column));
    for (std::int64_t channel = 0; channel < truth.shape[1]; ++channel) {
        ASSERT_EQ(truth.type, DType::F32);
        float value = 0;
        std::memcpy(&value, truth.bytes.data() + sizeof(float) * ((channel * truth.shape[2] + vector.row) * truth.shape[3] + vector.column), sizeof value);
        const QStringList cells = lines[row + 2 + channel].split('\t');
        ASSERT_EQ(cells.size(), 2);
        EXPECT_EQ(cells[0], QString("channel %1").arg(channel));
        EXPECT_EQ(cells[1].toFloat(), value);
    }
}

TEST_F(LookingClosely, APinHoldsWhileThePointerMovesOnAndUnpinningDropsTheLatents) {
    openPicture();
    pinAt(1, 0.25, 0.25);
    ASSERT_TRUE(waitForLatents());
    const auto before = window().findChild<ui::ProbeModel*>()->probe();
    ASSERT_TRUE(before && before->pinned);
    moveMouse(stage(), stage().cellBody(1).center() + QPoint(20, 20));
    const auto after = window().findChild<ui::ProbeModel*>()->probe();
    ASSERT_TRUE(after);
    EXPECT_EQ(after->x, before->x);
    press(Qt::Key_I, Qt::NoModifier, QStringLiteral("i"));
    settle(50);
    EXPECT_TRUE(latents()->entries().empty());
    EXPECT_NE(window().findChild<ui::ProbeModel*>()->probe()->x, before->x) << "now it is the pointer's place";
}

TEST_F(LookingClosely, ADifferenceFromTheReferenceIsSaidAndCopied) {
    openPicture();
    session().setCurrentColumn(1);
    press(Qt::Key_D, Qt::NoModifier, QStringLiteral("d"));
    pinAt(1, 0.5, 0.25);  // an edge between two colours
    settle(50);
    const auto probe = window().findChild<ui::ProbeModel*>()->probe();
    ASSERT_TRUE(probe && probe->difference);
    float sum = 0;
    for (int channel = 0; channel < 3; ++channel) sum += std::abs(std::clamp(probe->values[1].samples[channel], 0.F, 1.F) - probe->values[0].samples[channel]);
    EXPECT_GT(sum, 0);
    EXPECT_NEAR(*probe->difference, sum / 3, 1e-4);
    EXPECT_TRUE(copiedLines().at(1).contains(QString("difference from reference %1").arg(double(*probe->difference), 0, 'f', 5))) << copiedLines().at(1).toStdString();
}

TEST_F(LookingClosely, ABrushInTheHistogramDarkensTheOtherPixels) {
    openPicture();
    session().setCurrentColumn(0);
    for (QAction* action : window().docks().actions()) {
        if (action->text() == u"Histogram") action->trigger();
    }
    settle(100);
    auto* plot = window().findChild<ui::HistogramPlot*>();
    ASSERT_TRUE(plot && plot->isVisible());
    const QRect body = stage().cellBody(0);
    const int quarter = std::min(body.width(), body.height()) / 4;
    const QPoint blue = body.center() + QPoint(-quarter, quarter), white = body.center() + QPoint(quarter, quarter);
    ASSERT_THAT(screenColour(stage(), blue), ColourNear(QColor(Qt::blue), 3));
    drag(*plot, {int(plot->placeOf(0.9)), plot->height() / 2}, {plot->width() - 2, plot->height() / 2});
    settle(150);
    EXPECT_THAT(screenColour(stage(), white), ColourNear(QColor(Qt::white), 3));
    EXPECT_LT(screenColour(stage(), blue).blue(), 100);
    plot->setFocus();
    press(Qt::Key_Escape);
    settle(150);
    EXPECT_THAT(screenColour(stage(), blue), ColourNear(QColor(Qt::blue), 3));
}

TEST_F(LookingClosely, SlidingNoiseRedrawsTheCellAndIsOneStep) {
    openPicture();
    session().setCurrentColumn(1);
    session().editColumns("lens", ui::withLensChanged(session().groups(), session().columns()[1].id.lens, "perturbed", {"size", "crop"}));
    ASSERT_TRUE(waitUntil([this] { return rowIsAnswered() && cell(1).picture && cell(1).picture->measure("snr"); }, 60));
    settle(100);
    QSlider* strength = nullptr;
    for (auto* each : window().findChild<ui::Strip*>()->findChildren<QSlider*>()) {
        if (each->accessibleName() == u"Strength" && each->isVisible()) strength = each;
    }
    ASSERT_NE(strength, nullptr);
    const auto before = cell(1).picture;
    const int steps = session().undoStack().count();
    drag(*strength, {strength->width() / 4, strength->height() / 2}, {strength->width() - 8, strength->height() / 2});
    EXPECT_EQ(session().undoStack().count(), steps + 1);
    EXPECT_GT(std::get<double>(session().columns()[1].parameters.at("strength")), 0.9);
    ASSERT_TRUE(waitUntil([&] { return cell(1).picture != before && !cell(1).outdated && rowIsAnswered(); }, 60));
    const Measure* ratio = cell(1).picture->measure("snr");
    ASSERT_TRUE(ratio && ratio->value);
    EXPECT_LT(*ratio->value, *before->measure("snr")->value);
}

}  // namespace
}  // namespace tessera::test
