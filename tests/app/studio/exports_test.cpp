// SPDX-License-Identifier: GPL-3.0-or-later
// What leaves the studio: pictures, commands that make them again, Python, contact sheets.
#include <filesystem>

#include <QApplication>
#include <QClipboard>

#include "exports.h"
#include "studio_window.h"
#include "support/process.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class StudioExports : public StudioWindow {
protected:
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
    ASSERT_EQ(studio::exportContactSheet(*document, file, {.cellWidth = 100}), QString());
    const QImage sheet(file);
    const int columns = static_cast<int>(session().columns().size());
    EXPECT_EQ(sheet.width(), 2 * 16 + 132 + columns * 104);
    EXPECT_EQ(sheet.height(), 16 + 24 + 18 + 8 + 76 + 2 * (100 + 20 + 4) - 4 + 16);
    // The input of the first row: red above left.
    EXPECT_THAT(sheet.pixelColor(16 + 132 + 4 + 20, 142 + 20), ColourNear(QColor(Qt::red), 2));
    EXPECT_THAT(sheet.text(QStringLiteral("Tessera")).toStdString(), testing::AllOf(HasSubstr("fingerprint"), HasSubstr("a.png"), HasSubstr("b.png")));
    EXPECT_THAT(studio::exportContactSheet(*document, QStringLiteral("/nowhere/at/all.png"), {}).toStdString(), HasSubstr("all.png"));
    EXPECT_THAT(studio::exportContactSheet(*document, file, {.cellWidth = 1}).toStdString(), HasSubstr("48"));
}

/// What `tessera compare` and the studio say of the same board is the same.
TEST_F(StudioExports, TheSheetHasTheHeadingAndTheTextOfCompare) {
    openWith("a.png");
    session().setParameter(2, "kind", Value(std::string("signed")));
    const ui::Companion bf16{.row = {}, .model = ui::ModelChoice{"mini-autoencoder", Precision::Bf16}};
    session().editColumns(QStringLiteral("compare"), ui::withCompanion(session().groups(), session().columns()[2].id.lens, bf16));
    ASSERT_TRUE(waitForRow());
    const QString file = QString::fromStdString(folder / "sheet.png");
    ASSERT_EQ(studio::exportContactSheet(*document, file, {.cellWidth = 200}), QString());
    const auto made = runProcess({TESSERA_PROGRAM, "compare", folder / "a.png", "--models", "mini-autoencoder", "--lens", "input", "--lens", "reconstruction", "--lens", "difference:kind=signed", "--with-model", "mini-autoencoder@bf16",
                                  "--size", "100", "--cell-width", "200", "--out", folder / "out"});
    ASSERT_EQ(made.exitCode, 0) << made.err;
    const QImage sheet(file), compared(QString::fromStdString(folder / "out/contact_sheet.png"));
    EXPECT_EQ(sheet.text(QStringLiteral("Tessera")).toStdString(), compared.text(QStringLiteral("Tessera")).toStdString());
    const QRect head(0, 0, sheet.width(), 142);
    EXPECT_EQ(sheet.copy(head), compared.copy(head));
}

}  // namespace
}  // namespace tessera::test
