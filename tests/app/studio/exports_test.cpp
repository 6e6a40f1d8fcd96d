// SPDX-License-Identifier: GPL-3.0-or-later
// What leaves the studio: pictures, commands that make them again, Python, contact sheets.
#include <filesystem>

#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QThread>

#include "exports.h"
#include "sheet_export.h"
#include "studio_window.h"
#include "support/process.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class StudioExports : public StudioWindow {
protected:
    /// The sheet's problem, once it is written or is not.
    QString exported(const QString& file, const SheetLook& look) {
        window().sheetExport().start(file, look);
        return answered();
    }
    QString answered() {
        QString answer = QStringLiteral("no answer");
        bool told = false;
        const auto connection = QObject::connect(&window().sheetExport(), &studio::SheetExport::finished, &window(), [&](const QString&, const QString& problem) {
            answer = problem;
            told = true;
        });
        waitUntil([&] { return told; }, 60);
        QObject::disconnect(connection);
        return answer;
    }
    /// Rows of files that are not there: their cells say so.
    void openWithRows(int count) {
        open({}, false);
        std::vector<SourceRequest> requests(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) requests[static_cast<std::size_t>(i)].path = folder / ("none" + std::to_string(i) + ".png");
        session().addRows(std::move(requests));
    }
    std::size_t entries() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(sheets.path()), fs::directory_iterator())); }
    TemporaryFolder sheets;
    void openWith(const std::string& name) {
        open({}, true);
        dropFiles({QString::fromStdString(writeQuadrants(folder, name))});
        session().setParameter(-1, "size", Value(std::int64_t(100)));
        ASSERT_TRUE(waitForRow());
    }
    /// Runs the words of the clipboard in a shell, in an empty folder; the picture that they write.
    QImage madeByTheClipboard() {
        press(Qt::Key_C, Qt::ControlModifier | Qt::AltModifier);
        const std::string words = QApplication::clipboard()->text().toStdString();
        SCOPED_TRACE(words);
        const TemporaryFolder place;
        const std::string tools = fs::path(TESSERA_PROGRAM).parent_path().string();
        const auto result = runProcess({"sh", "-c", "cd \"$1\" && PATH=\"$2:$PATH\" && eval \"$3\"", "sh", place.path().string(), tools, words}, {}, true);
        EXPECT_EQ(result.exitCode, 0) << result.err;
        for (const auto& entry : fs::directory_iterator(place.path())) return QImage(QString::fromStdString(entry.path().string())).convertToFormat(QImage::Format_RGB888);
        return {};
    }
};

TEST_F(StudioExports, TheCopiedCommandWritesThePixelsThatTheStudioExports) {
    openWith("it's a \"name\" of\nGrüße.png");
    for (int column = 0; column < static_cast<int>(session().columns().size()); ++column) {
        session().setCurrentColumn(column);
        const QString file = QString::fromStdString(folder / "export.png");
        ASSERT_EQ(studio::exportPicture(*document, file), QString());
        const QImage exported = QImage(file).convertToFormat(QImage::Format_RGB888);
        ASSERT_FALSE(exported.isNull());
        EXPECT_EQ(madeByTheClipboard(), exported) << "column " << column;
        const QImage shown = studio::imageOf(*studio::currentPicture(*document));
        ASSERT_EQ(exported.size(), shown.size());
        for (int y = 0; y < shown.height(); ++y)
            for (int x = 0; x < shown.width(); ++x) ASSERT_EQ(exported.pixel(x, y), shown.pixel(x, y)) << x << ", " << y;
    }
}

/// Another kind of difference is drawn without the engine: what leaves the studio is that kind all the same.
TEST_F(StudioExports, AKindChosenLaterIsExportedAsItIsShown) {
    openWith("a.png");
    session().setCurrentColumn(2);
    const QString file = QString::fromStdString(folder / "export.png");
    ASSERT_EQ(studio::exportPicture(*document, file), QString());
    const QImage before = QImage(file).convertToFormat(QImage::Format_RGB888);
    press(Qt::Key_M);
    ASSERT_EQ(session().columns()[2].parameters.at("kind"), Value(std::string("signed")));
    ASSERT_EQ(studio::exportPicture(*document, file), QString());
    const QImage exported = QImage(file).convertToFormat(QImage::Format_RGB888);
    EXPECT_NE(exported, before);
    EXPECT_EQ(madeByTheClipboard(), exported);
    actions().copyPicture->trigger();
    const QImage copied = QApplication::clipboard()->image().convertToFormat(QImage::Format_RGB888);
    ASSERT_EQ(copied.size(), exported.size());
    for (int y = 0; y < copied.height(); ++y)
        for (int x = 0; x < copied.width(); ++x) ASSERT_EQ(copied.pixel(x, y), exported.pixel(x, y)) << x << ", " << y;
}

TEST_F(StudioExports, TheSheetKeepsTheRangeThatTheViewGivesColours) {
    openWith("a.png");
    const auto sheetOf = [&](ui::FieldRange range) {
        ui::ViewState view = session().view();
        view.range = range;
        session().setView(view);
        const QString file = QString::fromStdString(folder / "sheet.png");
        EXPECT_EQ(exported(file, {.cellWidth = 100}), QString());
        return QImage(file);
    };
    const QImage declared = sheetOf(ui::FieldRange::Declared), own = sheetOf(ui::FieldRange::Cell), column = sheetOf(ui::FieldRange::Column);
    ASSERT_EQ(own.size(), declared.size());
    const QRect errors(16 + 132 + 4 + 2 * 104, 142, 100, 100);
    const auto brightest = [&](const QImage& sheet) {
        int most = 0;
        for (int y = errors.top(); y <= errors.bottom(); ++y) {
            for (int x = errors.left(); x <= errors.right(); ++x) most = std::max(most, qGray(sheet.pixel(x, y)));
        }
        return most;
    };
    EXPECT_NE(own.copy(errors), declared.copy(errors));
    EXPECT_GT(brightest(own), 200) << "the largest error has the last colour of the map";
    EXPECT_EQ(column, own) << "of one row";
}

TEST_F(StudioExports, PythonComesWithTheModelAndTheParametersOfTheCell) {
    openWith("a.png");
    session().setCurrentColumn(1);
    const auto program = studio::copiedPython(*document);
    ASSERT_TRUE(program) << toLine(program.error());
    EXPECT_THAT(program.value().toStdString(), testing::AllOf(HasSubstr(folder / "a.png"), HasSubstr("size, crop = 100, \"square\""), HasSubstr("class Encoder")));
    session().setCurrentColumn(2);
    session().setParameter(2, "kind", Value(std::string("flip")));
    const auto none = studio::copiedPython(*document);
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message, HasSubstr("FLIP"));
}

TEST_F(StudioExports, TheBoardIsAContactSheet) {
    openWith("a.png");
    dropFiles({QString::fromStdString(writeQuadrants(folder, "b.png"))});
    ASSERT_TRUE(waitForRow());
    const QString file = QString::fromStdString(folder / "sheet.png");
    ASSERT_EQ(exported(file, {.cellWidth = 100}), QString());
    const QImage sheet(file);
    const int columns = static_cast<int>(session().columns().size());
    EXPECT_EQ(sheet.width(), 2 * 16 + 132 + columns * 104);
    EXPECT_EQ(sheet.height(), 16 + 24 + 18 + 8 + 76 + 2 * (100 + 20 + 4) - 4 + 16);
    // The input of the first row: red above left.
    EXPECT_THAT(sheet.pixelColor(16 + 132 + 4 + 20, 142 + 20), ColourNear(QColor(Qt::red), 2));
    EXPECT_THAT(sheet.text(QStringLiteral("Tessera")).toStdString(), testing::AllOf(HasSubstr("fingerprint"), HasSubstr("a.png"), HasSubstr("b.png")));
    EXPECT_THAT(exported(QStringLiteral("/nowhere/at/all.png"), {}).toStdString(), HasSubstr("all.png"));
    EXPECT_THAT(exported(file, {.cellWidth = 1}).toStdString(), HasSubstr("48"));
}

/// What `tessera compare` and the studio say of the same board is the same.
TEST_F(StudioExports, TheSheetHasTheHeadingTheTextAndTheRowsOfCompare) {
    openWith("a.png");
    session().setParameter(2, "kind", Value(std::string("signed")));
    // A model whose pictures are well apart: what is left between two precisions of one is rounding, which hangs on the number of threads.
    const ui::ModelChoice other{"mini-rvq"};
    session().editColumns(QStringLiteral("compare"), ui::withCompanion(session().groups(), session().columns()[2].id.lens, ui::Companion{.row = {}, .model = other}));
    ASSERT_TRUE(waitUntil([&] { return document->host.modelOf(other).info && rowIsAnswered() && !cell(2).outdated; }, 60));
    const QString file = QString::fromStdString(folder / "sheet.png");
    ASSERT_EQ(exported(file, {.cellWidth = 200}), QString());
    const auto made = runProcess({TESSERA_PROGRAM, "compare", folder / "a.png", "--models", "mini-autoencoder", "--lens", "input", "--lens", "reconstruction", "--lens", "difference:kind=signed", "--with-model", "mini-rvq",
                                  "--size", "100", "--cell-width", "200", "--out", folder / "out"});
    ASSERT_EQ(made.exitCode, 0) << made.err;
    const QImage sheet(file), compared(QString::fromStdString(folder / "out/contact_sheet.png"));
    EXPECT_EQ(sheet.text(QStringLiteral("Tessera")).toStdString(), compared.text(QStringLiteral("Tessera")).toStdString());
    EXPECT_EQ(sheet, compared);
}

TEST_F(StudioExports, TheGuiThreadOnlyGathers) {
    openWithRows(40);
    const QString file = QString::fromStdString(sheets / "sheet.png");
    int told = 0;
    QObject::connect(&window().sheetExport(), &studio::SheetExport::progressed, &window(), [&] { ++told; });
    window().sheetExport().start(file, {.cellWidth = 48});
    EXPECT_TRUE(window().findChild<QWidget*>(QStringLiteral("exportProgress"))->isVisible());
    EXPECT_FALSE(actions().exportSheet->isEnabled()) << "one at a time";
    EXPECT_TRUE(actions().cancelAll->isEnabled());
    // This thread does nothing at all, and the sheet is written.
    for (int i = 0; i < 6000 && !QFile::exists(file); ++i) QThread::msleep(10);
    ASSERT_TRUE(QFile::exists(file));
    EXPECT_TRUE(window().sheetExport().isRunning()) << "nobody has heard of it yet";
    EXPECT_EQ(answered(), QString());
    EXPECT_EQ(told, 41) << "when it began, and each row";
    EXPECT_FALSE(QImage(file).isNull());
    EXPECT_FALSE(window().findChild<QWidget*>(QStringLiteral("exportProgress"))->isVisible());
    EXPECT_TRUE(actions().exportSheet->isEnabled());
}

TEST_F(StudioExports, ASheetThatIsCancelledLeavesTheFileThatWasThere) {
    openWithRows(400);
    const QString path = QString::fromStdString(sheets / "sheet.png");
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly) && file.write("older") == 5);
    file.close();
    window().sheetExport().start(path, {.cellWidth = 48});
    actions().cancelAll->trigger();
    EXPECT_THAT(answered().toStdString(), HasSubstr("cancelled"));
    EXPECT_EQ(QFile(path).size(), 5);
    EXPECT_EQ(entries(), 1u);
    EXPECT_FALSE(window().sheetExport().isRunning());
    EXPECT_EQ(exported(path, {.cellWidth = 48}), QString()) << "the next one is written";
    EXPECT_GT(QFile(path).size(), 1000);
}

TEST_F(StudioExports, AWindowThatClosesGivesItsSheetUp) {
    openWithRows(400);
    window().sheetExport().start(QString::fromStdString(sheets / "sheet.png"), {.cellWidth = 48});
    close();
    EXPECT_EQ(entries(), 0u);
}

}  // namespace
}  // namespace tessera::test
