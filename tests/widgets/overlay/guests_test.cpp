// SPDX-License-Identifier: GPL-3.0-or-later
// Canvas, HUD and QPainter one after the other in the framebuffer of a QOpenGLWidget.
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include <QApplication>
#include <QOpenGLWidget>
#include <QPainter>
#include <QSurfaceFormat>

#include "canvas/canvas.h"
#include "overlay/hud.h"
#include "widgets/canvas/pictures.h"

namespace tessera {
namespace {

constexpr QRect kBox(300, 220, 60, 40);
const QColor kPaint(250, 120, 30);

class Board : public QOpenGLWidget {
public:
    bool withHud = false, withPainter = false;
    std::string failed;
    overlay::HudArea area;
    canvas::Canvas canvas;

    ~Board() override {
        makeCurrent();
        canvas.release();
        m_hud.release();
        doneCurrent();
    }

protected:
    void initializeGL() override {
        std::ifstream file(TESSERA_SOURCE_DIR "/resources/fonts/Roboto-Regular.ttf", std::ios::binary);
        const std::vector<unsigned char> face{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        canvas::Canvas::Options options;
        options.fontData = face;
        failed = canvas.initialise(options) + m_hud.initialise(face);
    }
    void paintGL() override {
        const auto ratio = static_cast<float>(devicePixelRatioF());
        const int w = static_cast<int>(static_cast<float>(width()) * ratio), h = static_cast<int>(static_cast<float>(height()) * ratio);
        failed += canvas.draw(w, h);
        if (withHud) {
            overlay::HudState state;
            state.zoom = 1.5;
            state.stages = {{"encode", 0.02, false}, {"decode", 0.03, false}};
            area = m_hud.draw(state, w, h, ratio);
        }
        if (!withPainter) return;
        QPainter painter(this);
        painter.fillRect(kBox, kPaint);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::white);
        painter.drawText(QPoint(220, 250), "words by Qt");
        painter.drawEllipse(QPoint(260, 200), 12, 12);
    }

private:
    overlay::Hud m_hud;
};

class Guests : public testing::Test {
protected:
    void SetUp() override {
        QSurfaceFormat format;
        format.setVersion(3, 3);
        format.setProfile(QSurfaceFormat::CoreProfile);
        board.setFormat(format);
        board.resize(400, 300);
        canvas::Pane pane;
        pane.body = {0, 0, 400, 300};
        pane.picture = test::noisePicture(400, 300);
        board.canvas.setPanes({pane});
        board.canvas.setCamera({0.5, 0.5, 1});
        board.show();
    }
    QImage shown(bool hud, bool painter) {
        board.withHud = hud;
        board.withPainter = painter;
        const QImage image = board.grabFramebuffer().convertToFormat(QImage::Format_RGB32);
        EXPECT_EQ(board.failed, "");
        return image;
    }
    /// Pixels that differ outside of the HUD.
    int changedBeside(const QImage& a, const QImage& b) const {
        const QRectF hud(board.area.x, board.area.y, board.area.width, board.area.height);
        int count = 0;
        for (int y = 0; y < a.height(); ++y) {
            for (int x = 0; x < a.width(); ++x) count += !hud.contains(x, y) && a.pixel(x, y) != b.pixel(x, y);
        }
        return count;
    }

    Board board;
};

TEST_F(Guests, TheCanvasDrawsItsPixelsIntoTheWidget) {
    const QImage image = shown(false, false);
    const Image& picture = board.canvas.panes().front().picture->image;
    for (int y = 0; y < 300; y += 7) {
        for (int x = 0; x < 400; x += 7) {
            const QRgb pixel = image.pixel(x, y);
            ASSERT_EQ(qRed(pixel), std::lround(picture.at(x, y, 0) * 255)) << x << ", " << y;
            ASSERT_EQ(qBlue(pixel), std::lround(picture.at(x, y, 2) * 255)) << x << ", " << y;
        }
    }
}

TEST_F(Guests, QtPaintsOverTheCanvasWithAndWithoutTheHud) {
    const QImage plain = shown(false, false), painted = shown(false, true), all = shown(true, true);
    EXPECT_EQ(painted.pixelColor(330, 240), kPaint);
    EXPECT_GT(changedBeside(plain, painted), 60 * 40);
    EXPECT_EQ(changedBeside(painted, all), 0) << "what Qt paints after the HUD is what it paints without";
    EXPECT_NE(all.pixel(12, 12), painted.pixel(12, 12)) << "the HUD is there";
}

TEST_F(Guests, TheNextFrameIsNotTouchedByTheLast) {
    const QImage first = shown(false, false);
    shown(true, true);
    EXPECT_EQ(shown(false, false), first);
    const QImage both = shown(true, true);
    EXPECT_EQ(shown(true, true), both);
}

}  // namespace
}  // namespace tessera

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
