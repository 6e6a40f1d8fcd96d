// SPDX-License-Identifier: GPL-3.0-or-later
// Images on their way in: dropped anywhere, pasted, from folders; and models.
#include <fstream>

#include <QApplication>
#include <QBuffer>
#include <QClipboard>
#include <QDockWidget>
#include <QFile>
#include <QFileDialog>
#include <QLineEdit>
#include <QListView>

#include "incoming_files.h"
#include "panels/banner.h"
#include "panels/images_panel.h"
#include "status_line.h"
#include "studio_window.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

const QColor kQuadrants[2][2] = {{Qt::red, Qt::green}, {Qt::blue, Qt::white}};

QString sourceFile(const char* relative) {
    return QStringLiteral(TESSERA_SOURCE_DIR) + u'/' + QLatin1String(relative);
}

class StudioDrop : public StudioWindow {
protected:
    /// The middle of each quadrant of a column's picture, as the screen shows it.
    void expectQuadrants(int column, int tolerance) {
        const QRect body = stage().cellBody(column);
        const int side = std::min(body.width(), body.height());
        const QRect picture(body.center().x() - side / 2, body.center().y() - side / 2, side, side);
        for (int row = 0; row < 2; ++row) {
            for (int at = 0; at < 2; ++at) {
                const QPoint place(picture.x() + side * (1 + 2 * at) / 4, picture.y() + side * (1 + 2 * row) / 4);
                EXPECT_THAT(screenColour(stage(), place), ColourNear(kQuadrants[row][at], tolerance)) << "column " << column << ", quadrant " << row << at;
            }
        }
    }
    QWidget* part(const char* name) { return window().findChild<QWidget*>(QLatin1String(name)); }
    QString path(const std::string& name) { return QString::fromStdString(writeQuadrants(folder, name)); }
    std::vector<QString> names() {
        std::vector<QString> result;
        for (const ui::Row& row : session().rows()) result.push_back(row.name);
        return result;
    }
};

TEST_F(StudioDrop, FileBecomesARowAndItsPixelsReachTheScreen) {
    open();
    EXPECT_TRUE(dropFiles({path("quadrants.png")}));
    ASSERT_EQ(session().rows().size(), 1u);
    EXPECT_EQ(session().rows()[0].name, u"quadrants.png");
    ASSERT_TRUE(waitForRow());
    settle(200);
    expectQuadrants(0, 3);
    expectQuadrants(1, 70);  // a reconstruction departs from flat primaries, but not into another colour
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
}

TEST_F(StudioDrop, AnyPlaceOfTheWindowWillDo) {
    open();
    std::vector<QWidget*> places{&stage(), part("images"), part("models"), part("inspector"), part("adjust"), part("metrics"),
                                 part("tools")};
    std::size_t expected = 0;
    for (QWidget* place : places) {
        ASSERT_NE(place, nullptr);
        const std::unique_ptr<QMimeData> mime(filesAsMime({path("image" + std::to_string(expected) + ".png")}));
        EXPECT_TRUE(dropOn(*place, place->rect().center(), *mime)) << place->objectName().toStdString();
        EXPECT_EQ(session().rows().size(), ++expected) << place->objectName().toStdString();
    }
}

TEST_F(StudioDrop, FloatingPanelTakesDropsToo) {
    open();
    auto* dock = window().findChild<QDockWidget*>(QStringLiteral("images"));
    dock->setFloating(true);
    settle(100);
    ASSERT_TRUE(dock->isWindow());
    const std::unique_ptr<QMimeData> mime(filesAsMime({path("floating.png")}));
    EXPECT_TRUE(dropOn(*dock, dock->rect().center(), *mime));
    EXPECT_EQ(session().rows().size(), 1u);
}

TEST_F(StudioDrop, SeveralFilesAddRowsAndTheFirstNewOneIsCurrent) {
    open({}, false);
    dropFiles({path("a.png")});
    dropFiles({path("b.png"), path("c.png")});
    EXPECT_THAT(names(), testing::ElementsAre(u"a.png", u"b.png", u"c.png"));
    EXPECT_EQ(session().find(session().currentRow())->name, u"b.png");
}

TEST_F(StudioDrop, ShiftReplacesAllAndOneUndoBringsThemBack) {
    open({}, false);
    dropFiles({path("a.png"), path("b.png")});
    dropFiles({path("c.png")}, Qt::ShiftModifier);
    EXPECT_THAT(names(), testing::ElementsAre(u"c.png"));
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_THAT(names(), testing::ElementsAre(u"a.png", u"b.png"));
}

TEST_F(StudioDrop, BrokenFileSaysWhyAndHarmsNoOther) {
    open();
    std::ofstream(folder / "broken.png") << "\x89PNG\r\n\x1a\nthis is no picture";
    std::ofstream(folder / "empty.jpg").flush();
    dropFiles({path("good.png"), QString::fromStdString(folder / "broken.png"), QString::fromStdString(folder / "empty.jpg"), QString::fromStdString(folder / "gone.png")});
    ASSERT_EQ(session().rows().size(), 4u);
    ASSERT_TRUE(waitForRow());
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
    for (int row = 1; row < 4; ++row) {
        session().setCurrentRow(session().rows()[row].id);
        ASSERT_TRUE(waitForRow()) << row;
        EXPECT_EQ(session().rows()[row].state, ui::RowState::Failed) << row;
        ASSERT_TRUE(session().rows()[row].error) << row;
        EXPECT_FALSE(session().rows()[row].error->message.empty()) << row;
    }
    session().setCurrentRow(session().rows()[0].id);
    settle(200);
    expectQuadrants(0, 3);
}

TEST_F(StudioDrop, FolderBringsItsImagesInTheOrderOfTheirNames) {
    open({}, false);
    std::filesystem::create_directories(folder.path() / "shots/inside");
    for (const char* name : {"shots/img10.png", "shots/img2.png", "shots/inside/z.png"}) writeQuadrants(folder, name, 16);
    std::ofstream(folder / "shots/notes.txt") << "no image";
    dropFiles({QString::fromStdString(folder / "shots")});
    ASSERT_TRUE(waitUntil([&] { return session().rows().size() == 3; }, 10));
    EXPECT_THAT(names(), testing::ElementsAre(u"img2.png", u"img10.png", u"z.png"));
}

TEST_F(StudioDrop, FolderWithoutImagesSaysSo) {
    open({}, false);
    std::filesystem::create_directories(folder.path() / "nothing");
    QString told;
    QObject::connect(&window().incoming(), &studio::IncomingFiles::told, &window(), [&](const QString& sentence) { told = sentence; });
    dropFiles({QString::fromStdString(folder / "nothing")});
    EXPECT_TRUE(waitUntil([&] { return told.startsWith(u"No images in nothing"); }, 10)) << told.toStdString();
    EXPECT_TRUE(session().rows().empty());
}

TEST_F(StudioDrop, AfterADialogTheKeyboardIsOnTheStageAgain) {
    open({}, false);
    const QString chosen = path("chosen.png");
    press(Qt::Key_O, Qt::ControlModifier);
    auto* dialog = window().findChild<QFileDialog*>();
    ASSERT_TRUE(dialog);
    activate(*dialog);
    auto* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
    ASSERT_TRUE(name);
    name->setText(chosen);
    press(Qt::Key_Return);
    ASSERT_TRUE(waitUntil([this] { return session().rows().size() == 1; }, 10));
    EXPECT_TRUE(waitUntil([this] { return window().isActiveWindow() && stage().hasFocus(); }, 10));
    press(Qt::Key_W, Qt::NoModifier, QStringLiteral("w"));
    EXPECT_EQ(session().view().compare, canvas::Compare::Wipe);
}

TEST_F(StudioDrop, EncodedPictureNeedsNoFile) {
    open();
    QFile file(path("from-a-browser.png"));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    QMimeData mime;
    mime.setData(QStringLiteral("image/png"), file.readAll());
    EXPECT_TRUE(dropOn(stage(), stage().rect().center(), mime));
    ASSERT_EQ(session().rows().size(), 1u);
    ASSERT_TRUE(waitForRow());
    settle(200);
    expectQuadrants(0, 3);
}

TEST_F(StudioDrop, ModelFolderBecomesTheBoardsModel) {
    open();
    dropFiles({path("quadrants.png")});
    ASSERT_TRUE(waitForRow());
    dropFiles({sourceFile("tests/golden/tessera_autoencoder/tiny/model")});
    EXPECT_EQ(session().rows().size(), 1u) << "a model is no image";
    ASSERT_TRUE(waitUntil([&] { return document->host.model() && document->host.model()->path.find("tiny") != std::string::npos; }));
    EXPECT_THAT(session().model().reference, HasSubstr("tiny/model"));
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(session().model().reference, "mini-autoencoder");
}

TEST_F(StudioDrop, WhatIsNoImageIsRefusedWhileItIsDragged) {
    open({}, false);
    QMimeData words;
    words.setText(QStringLiteral("just words"));
    EXPECT_FALSE(dragOver(stage(), stage().rect().center(), words));
    EXPECT_FALSE(dropOn(stage(), stage().rect().center(), words));
    EXPECT_TRUE(session().rows().empty());
}

TEST_F(StudioDrop, DraggingOverTheWindowIsShownAndLeavingTakesItBack) {
    open({}, false);
    std::vector<bool> told;
    QObject::connect(&window().incoming(), &studio::IncomingFiles::dragChanged, &window(), [&](bool active) { told.push_back(active); });
    const QImage before = screenPart(stage(), stage().rect());
    const std::unique_ptr<QMimeData> mime(filesAsMime({path("a.png")}));
    EXPECT_TRUE(dragOver(stage(), stage().rect().center(), *mime));
    EXPECT_TRUE(dragOver(stage(), stage().rect().center() + QPoint(5, 5), *mime));
    settle(100);
    EXPECT_NE(screenPart(stage(), stage().rect()), before);
    dragAway(stage());
    settle(100);
    EXPECT_THAT(told, testing::ElementsAre(true, false));
}

TEST_F(StudioDrop, PasteTakesPixelsAndFiles) {
    open();
    QImage image(64, 64, QImage::Format_RGB32);
    image.fill(QColor(10, 200, 30));
    QApplication::clipboard()->setImage(image);
    press(Qt::Key_V, Qt::ControlModifier);
    ASSERT_EQ(session().rows().size(), 1u);
    EXPECT_THAT(session().rows()[0].name.toStdString(), HasSubstr("pasted"));
    ASSERT_TRUE(waitForRow());
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
    settle(200);
    EXPECT_THAT(screenColour(stage(), stage().cellBody(0).center()), ColourNear(QColor(10, 200, 30), 3));

    QApplication::clipboard()->setMimeData(filesAsMime({path("copied.png")}));
    press(Qt::Key_V, Qt::ControlModifier);
    EXPECT_EQ(names().back(), u"copied.png");
    // Ctrl is held, and the old row is not to be removed with the new one.
    const auto* list = window().findChild<QDockWidget*>(QStringLiteral("images"))->findChild<QListView*>();
    EXPECT_EQ(list->selectionModel()->selectedIndexes().size(), 1);
    press(Qt::Key_Delete);
    EXPECT_EQ(session().rows().size(), 1u);
}

TEST_F(StudioDrop, PasteOfNothingUsableSaysSo) {
    open({}, false);
    QString told;
    QObject::connect(&window().incoming(), &studio::IncomingFiles::told, &window(), [&](const QString& sentence) { told = sentence; });
    QApplication::clipboard()->setText(QStringLiteral("words"));
    press(Qt::Key_V, Qt::ControlModifier);
    EXPECT_THAT(told.toStdString(), HasSubstr("clipboard"));
    EXPECT_TRUE(session().rows().empty());
}

TEST_F(StudioDrop, FilesNamedAtTheStartAreOpenedAtOnce) {
    studio::StartOptions start;
    start.paths << path("first.png") << path("second.png");
    open(start);
    EXPECT_THAT(names(), testing::ElementsAre(u"first.png", u"second.png"));
    ASSERT_TRUE(waitForRow());
    settle(200);
    expectQuadrants(0, 3);
}

}  // namespace
}  // namespace tessera::test
