// SPDX-License-Identifier: GPL-3.0-or-later
// What the pictures of the stage look like on the screen.
#include <QMenu>
#include <QToolButton>

#include <tessera/colour_map.h>

#include "panels/stage/board_header.h"
#include "panels/stage/legend_bar.h"
#include "staged.h"
#include "theme/theme.h"
#include "workspace/difference_kind.h"

namespace tessera::test {
namespace {

class StagePictures : public Staged {
protected:
    /// Shows every picture at 100 %, its middle in the middle of its cell.
    void showAtActualSize() {
        stage.setZoom(1);
        settle(60);
    }
    QImage body(int column) const { return screen(stage.cellBody(column)); }
    /// The picture's pixels as the screen shows them at 100 %.
    QImage shownPicture(int column) const {
        const canvas::Rect place = stage.canvas().canvas().pictureRect(column);
        return screen(QRect(int(place.x), int(place.y), int(place.width), int(place.height)));
    }
};

QImage imageOf(const Image& image) {
    QImage result(image.width(), image.height(), QImage::Format_RGB32);
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const auto byte = [&](int channel) { return int(std::lround(image.at(x, y, channel) * 255)); };
            result.setPixel(x, y, qRgb(byte(0), byte(1), byte(2)));
        }
    }
    return result;
}

/// Largest difference of a channel.
int distance(const QImage& a, const QImage& b) {
    if (a.size() != b.size()) return 256;
    int most = 0;
    for (int y = 0; y < a.height(); ++y) {
        for (int x = 0; x < a.width(); ++x) {
            const QRgb p = a.pixel(x, y), q = b.pixel(x, y);
            most = std::max({most, std::abs(qRed(p) - qRed(q)), std::abs(qGreen(p) - qGreen(q)), std::abs(qBlue(p) - qBlue(q))});
        }
    }
    return most;
}

TEST_F(StagePictures, EveryCellShowsItsPicturePixelForPixel) {
    input = noisePicture(64, 64, 3, 7);
    reconstruction = noisePicture(64, 64, 3, 8);
    addRow();
    answerAll();
    showAtActualSize();
    EXPECT_EQ(distance(shownPicture(0), imageOf(input->image)), 0);
    EXPECT_EQ(distance(shownPicture(1), imageOf(reconstruction->image)), 0);
    const ui::DifferenceKind& absolute = ui::differenceKind("absolute");
    EXPECT_LE(distance(shownPicture(2), imageOf(rendered(*difference, absolute.mapping, absolute.legend))), 1);
}

TEST_F(StagePictures, AnotherKindOfDifferenceIsDrawnWithoutAnotherUploadOrRequest) {
    addRow();
    answerAll();
    showAtActualSize();
    const auto uploads = stage.canvas().canvas().statistics().uploads;
    QImage before = shownPicture(2);
    for (const char* name : {"signed", "squared", "flip"}) {
        session.setParameter(2, "kind", std::string(name));
        settle(80);
        const ui::DifferenceKind& kind = ui::differenceKind(name);
        const QImage now = shownPicture(2);
        EXPECT_GT(distance(now, before), 8) << name;
        EXPECT_LE(distance(now, imageOf(rendered(*difference, kind.mapping, kind.legend))), 1) << name;
        before = now;
    }
    EXPECT_EQ(stage.canvas().canvas().statistics().uploads, uploads);
}

TEST_F(StagePictures, TheHeaderChoosesTheKindAndItsColourBarFollows) {
    addRow();
    answerAll();
    auto* legend = stage.findChildren<ui::LegendBar*>().at(2);
    EXPECT_EQ(legend->words().legend.map, ColourMap::Magma);
    const auto* header = stage.findChildren<ui::LensHeader*>().at(2);
    ASSERT_TRUE(header && header->kindButton());
    for (QAction* action : header->kindButton()->menu()->actions()) {
        if (action->text() == "signed") action->trigger();
    }
    EXPECT_EQ(std::get<std::string>(session.columns()[2].parameters.at("kind")), "signed");
    EXPECT_EQ(legend->words().legend.map, ColourMap::RedWhiteBlue);
    EXPECT_EQ(legend->words().legend.low, -0.25);
    EXPECT_EQ(header->kindButton()->text(), "signed");
    session.undoStack().undo();
    EXPECT_EQ(header->kindButton()->text(), "absolute");
}

TEST_F(StagePictures, OwnRangesAreSaidBesideTheColourBar) {
    addRow();
    answerAll();
    auto* legend = stage.findChildren<ui::LegendBar*>().at(2);
    EXPECT_TRUE(legend->words().remark.isEmpty());
    EXPECT_TRUE(legend->words().clipped) << "the field reaches 0.35";
    ui::ViewState view = session.view();
    view.range = ui::FieldRange::Cell;
    session.setView(view);
    EXPECT_FALSE(legend->words().remark.isEmpty());
    EXPECT_FALSE(legend->words().clipped);
    EXPECT_EQ(float(legend->words().legend.high), ui::ownRange(difference->image, FieldMapping::Absolute).second);
}

TEST_F(StagePictures, FlippingShowsTheInputEverywhereAndTakesItBack) {
    addRow();
    answerAll();
    const QPoint middle = stage.cellBody(1).center();
    EXPECT_EQ(screenPixel(middle), qRgb(20, 160, 60));
    ui::ViewState view = session.view();
    view.flipToInput = true;
    session.setView(view);
    settle(80);
    EXPECT_EQ(screenPixel(middle), qRgb(200, 40, 90));
    EXPECT_EQ(screenPixel(stage.cellBody(2).center()), qRgb(200, 40, 90));
    view.flipToInput = false;
    session.setView(view);
    settle(80);
    EXPECT_EQ(screenPixel(middle), qRgb(20, 160, 60));
}

TEST_F(StagePictures, ThePreviousPictureStaysUntilTheNextOneIsThere) {
    addRow();
    answerAll();
    const QPoint middle = stage.cellBody(1).center();
    board.retry(session.currentRow());
    ASSERT_TRUE(waitUntil([this] { return engine->waiting("reconstruction") != nullptr; }, 20));
    settle(60);
    EXPECT_EQ(screenPixel(middle), qRgb(20, 160, 60)) << "not dimmed while the next one is made";
    engine->waiting("reconstruction")->answer(*plainPicture(64, 64, 250, 250, 0));
    settle(120);
    EXPECT_EQ(screenPixel(middle), qRgb(250, 250, 0));
}

TEST_F(StagePictures, TheCurrentCellIsOutlinedInTheGutterInTheAccentWhileTheStageHasTheKeyboard) {
    addRow();
    answerAll();
    stage.setFocus(Qt::TabFocusReason);
    settle(60);
    const QRect body = stage.cellBody(1);
    const QPoint gutter(body.left() - 1, body.center().y());
    EXPECT_EQ(screenPixel(gutter), ui::tokens().accent.rgb());
    keyDown(Qt::Key_Right);
    keyUp(Qt::Key_Right);
    settle(60);
    EXPECT_EQ(session.currentColumn(), 2);
    EXPECT_EQ(screenPixel(QPoint(stage.cellBody(0).right() + 2, body.center().y())), ui::tokens().canvas.rgb());
    stage.clearFocus();
    settle(60);
    EXPECT_EQ(screenPixel(QPoint(stage.cellBody(2).right() + 1, body.center().y())), ui::tokens().edge.rgb());
}

TEST_F(StagePictures, WithoutRowsTheEmptyStateCoversTheStage) {
    EXPECT_TRUE(stage.findChild<QWidget*>() != nullptr);
    EXPECT_EQ(screenPixel(QPoint(3, 3)), ui::tokens().canvas.rgb());
    const ui::RowId row = addRow();
    answerAll();
    EXPECT_EQ(screenPixel(stage.cellBody(0).center()), qRgb(200, 40, 90));
    session.removeRows({row});
    settle(80);
    EXPECT_NE(screenPixel(stage.cellBody(0).center()), qRgb(200, 40, 90));
}

TEST_F(StagePictures, TheThemeChangesInPlace) {
    addRow();
    answerAll();
    ui::Theme::instance().setChoice(ui::Theme::Choice::Light);
    settle(80);
    const QRect body = stage.cellBody(0);
    EXPECT_EQ(screenPixel(QPoint(body.left() + 2, body.top() - 2)), ui::lightTokens().canvas.rgb());
    EXPECT_EQ(screenPixel(body.center()), qRgb(200, 40, 90)) << "the picture itself follows no theme";
    ui::Theme::instance().setChoice(ui::Theme::Choice::Dark);
    settle(40);
}

TEST_F(StagePictures, AGrabbedFrameIsWhatTheScreenShows) {
    addRow();
    answerAll();
    const QImage grabbed = stage.grabFrame().convertToFormat(QImage::Format_RGB32);
    EXPECT_EQ(distance(grabbed, screen(stage.rect()).convertToFormat(QImage::Format_RGB32)), 0);
}

}  // namespace
}  // namespace tessera::test
