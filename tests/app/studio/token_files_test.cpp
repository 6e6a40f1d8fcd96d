// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens on their way out of the real window and back in: exported, dropped, applied, named by commands; and recordings that become models.
#include <cstring>
#include <filesystem>
#include <fstream>

#include <QApplication>
#include <QClipboard>
#include <QColorSpace>
#include <QFile>
#include <QFileDialog>

#include <tessera/files.h>

#include "exports.h"
#include "incoming_files.h"
#include "panels/stage/token_surgery.h"
#include "session_keeper.h"
#include "studio_window.h"
#include "support/process.h"
#include "token_export.h"
#include "token_import.h"
#include "workspace/column_edits.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kPhoto = std::string(TESSERA_SOURCE_DIR) + "/resources/samples/coffee.png";
const std::string kCoded = "mini-rvq", kPlain = "mini-autoencoder";

QByteArray contentOf(const std::string& path) {
    QFile file(QString::fromStdString(path));
    EXPECT_TRUE(file.open(QIODevice::ReadOnly)) << path;
    return file.readAll();
}

/// Its pixels, without what the file says of their colours.
QImage imageAt(const std::string& path) {
    QImage image = QImage(QString::fromStdString(path)).convertToFormat(QImage::Format_RGB888);
    image.setColorSpace({});
    return image;
}

class StudioTokenFiles : public StudioWindow {
protected:
    void openOn(const std::string& model, ui::WorkspaceKind workspace = ui::WorkspaceKind::Reconstruct) {
        studio::StartOptions start;
        start.model = QString::fromStdString(model);
        start.size = 64;
        open(start);
        session().setWorkspace(workspace);
        session().undoStack().clear();
        QObject::connect(&window().incoming(), &studio::IncomingFiles::told, &window(), [this](const QString& sentence) { told << sentence; });
    }
    void openPhoto(const std::string& model, ui::WorkspaceKind workspace = ui::WorkspaceKind::Reconstruct) {
        openOn(model, workspace);
        dropFiles({QString::fromStdString(kPhoto)});
        ASSERT_TRUE(waitForRow());
    }
    std::string cli(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), TESSERA_PROGRAM);
        const auto result = runProcess(arguments, {}, true);
        EXPECT_EQ(result.exitCode, 0) << result.err;
        return result.err;
    }
    /// What `tessera encode` writes of the photograph.
    std::string encoded(const std::string& name, const std::string& model = kCoded, std::vector<std::string> images = {kPhoto}) {
        std::vector<std::string> arguments{"encode", "--model", model, "--size", "64", "--out", folder / name};
        arguments.insert(arguments.end(), images.begin(), images.end());
        cli(arguments);
        return folder / name;
    }
    /// The problem of an export, empty if it is written.
    QString exported(const std::string& path) {
        QString answer = QStringLiteral("no answer");
        bool done = false;
        const auto connection = QObject::connect(&window().tokenExport(), &studio::TokenExport::finished, &window(), [&](const QString&, const QString& words, const QString& problem) {
            answer = problem;
            written = words;
            done = true;
        });
        window().tokenExport().start(QString::fromStdString(path));
        waitUntil([&] { return done; }, 60);
        QObject::disconnect(connection);
        return answer;
    }
    /// Gives the open dialog a name, as Enter would.
    void choose(const std::string& path) {
        auto* dialog = window().findChild<QFileDialog*>();
        ASSERT_TRUE(dialog);
        dialog->QDialog::accept();
        Q_EMIT dialog->fileSelected(QString::fromStdString(path));
        Q_EMIT dialog->filesSelected({QString::fromStdString(path)});
    }
    bool waitForRows(std::size_t count) {
        return waitUntil([&] { return session().rows().size() == count; }, 20) && waitForRow();
    }
    QImage shown(int column) {
        session().setCurrentColumn(column);
        const auto picture = studio::currentPicture(*document);
        return picture ? studio::imageOf(*picture) : QImage();
    }
    /// Moves one code of depth 1 by hand, as the Tokens workspace does.
    void editOneToken() {
        ui::TokenSurgery& surgery = *stage().surgery();
        ui::ViewState view = session().view();
        view.tokenGrid = true;
        session().setView(view);
        session().setCurrentColumn(1);
        ASSERT_TRUE(waitUntil([&] { return surgery.grid() != nullptr; }, 20));
        surgery.lookAt({1, 2});
        surgery.setDepth(0);
        surgery.setCode(surgery.grid()->codes[surgery.grid()->at(1, 2, 0)] == 7 ? 8 : 7);
        ASSERT_EQ(surgery.editedTokens(), 1);
        ASSERT_TRUE(waitForEdit());
    }
    /// The cell of the current row shows its newest edit, or its newest model.
    bool waitForEdit() {
        settle(50);  // the board plans in the next turn of the event loop
        return waitUntil([&] { return rowIsAnswered() && !cell(1).outdated; }, 30);
    }
    const ui::Row& currentRow() { return *session().find(session().currentRow()); }

    QStringList told;
    QString written;
};

TEST_F(StudioTokenFiles, ExportsAreByteForByteWhatEncodeWrites) {
    openPhoto(kCoded);
    for (const char* ending : {".safetensors", ".npz", ".npy", ".csv"}) {
        ASSERT_EQ(exported(folder / (std::string("studio") + ending)), QString()) << ending;
        EXPECT_EQ(contentOf(folder / (std::string("studio") + ending)), contentOf(encoded(std::string("cli") + ending))) << ending;
    }
    EXPECT_EQ(exported(folder / "both.npz"), QString());
    EXPECT_EQ(written, u"4 × 4 × 8 codes, 8 × 8 × 16 latents");
}

TEST_F(StudioTokenFiles, LatentsOfAModelWithoutCodes) {
    openPhoto(kPlain);
    EXPECT_EQ(window().tokenExport().suggestedName(), u"coffee latents.safetensors");
    EXPECT_FALSE(window().tokenExport().filter().contains(u"csv"));
    ASSERT_EQ(exported(folder / "studio.npy"), QString());
    EXPECT_EQ(contentOf(folder / "studio.npy"), contentOf(encoded("cli.npy", kPlain)));
    EXPECT_THAT(exported(folder / "studio.csv").toStdString(), HasSubstr("a .csv file holds codes, and this model has none"));
    EXPECT_FALSE(fs::exists(folder.path() / "studio.csv"));
}

TEST_F(StudioTokenFiles, TheMenuAsksForAFileAndTheStatusLineSaysWhatIsInIt) {
    openPhoto(kCoded);
    ASSERT_TRUE(actions().exportTokens->isEnabled());
    press(Qt::Key_E, Qt::ControlModifier | Qt::AltModifier);
    auto* dialog = window().findChild<QFileDialog*>();
    ASSERT_TRUE(dialog);
    EXPECT_EQ(dialog->nameFilters().size(), 4);
    EXPECT_EQ(dialog->defaultSuffix(), u"safetensors");
    dialog->selectNameFilter(dialog->nameFilters().last());
    Q_EMIT dialog->filterSelected(dialog->nameFilters().last());
    EXPECT_EQ(dialog->defaultSuffix(), u"csv");
    choose(folder / "asked.csv");
    ASSERT_TRUE(waitUntil([&] { return fs::exists(folder.path() / "asked.csv") && actions().exportTokens->isEnabled(); }, 20));
    bool said = false;
    for (const ui::WordLine* line : window().findChildren<ui::WordLine*>()) {
        for (const ui::Word& word : line->words()) said |= word.text == u"asked.csv is written: 4 × 4 × 8 codes";
    }
    EXPECT_TRUE(said);
}

TEST_F(StudioTokenFiles, WhatCannotBeWrittenIsOneSentence) {
    openOn(kCoded);
    EXPECT_FALSE(actions().exportTokens->isEnabled());
    EXPECT_EQ(actions().exportTokens->statusTip(), u"There is no image yet");
    dropFiles({QString::fromStdString(kPhoto)});
    ASSERT_TRUE(waitForRow());
    EXPECT_THAT(exported("/nowhere/at/all.npz").toStdString(), HasSubstr("all.npz"));
    std::ofstream(folder / "file") << "in the way";
    EXPECT_NE(exported(folder / "file/codes.csv"), QString());
    EXPECT_THAT(exported(folder / "codes.txt").toStdString(), HasSubstr("the name does not say which format"));
    EXPECT_EQ(contentOf(folder / "file"), "in the way");
}

TEST_F(StudioTokenFiles, EditedTokensAreExportedAsTheyAreShown) {
    openPhoto(kCoded);
    editOneToken();
    ASSERT_EQ(exported(folder / "edited.safetensors"), QString());
    const TensorMap edited = readTensorFile(folder / "edited.safetensors").value(), found = readTensorFile(encoded("found.safetensors")).value();
    EXPECT_EQ(std::memcmp(edited.at("latents").bytes.data(), found.at("latents").bytes.data(), found.at("latents").bytes.size()), 0);
    std::size_t different = 0;
    for (std::size_t i = 0; i < found.at("codes").bytes.size(); i += 8) different += std::memcmp(edited.at("codes").bytes.data() + i, found.at("codes").bytes.data() + i, 8) != 0;
    EXPECT_EQ(different, 1u);
    EXPECT_EQ(readFileWords(folder / "edited.safetensors").value().at("edited"), "1 code");
    cli({"decode", folder / "edited.safetensors", "--model", kCoded, "--out", folder / "out"});
    EXPECT_EQ(imageAt(folder / "out/edited.png"), shown(1));
    // While they are compared with what was found, that is what is shown.
    stage().surgery()->setUnedited(true);
    ASSERT_EQ(exported(folder / "unedited.csv"), QString());
    EXPECT_EQ(contentOf(folder / "unedited.csv"), contentOf(encoded("found.csv")));
}

TEST_F(StudioTokenFiles, ADroppedFileIsARowUnderItsOwnModel) {
    const std::string file = encoded("codes.npz");
    openPhoto(kCoded);
    const QImage wanted = shown(1);
    close();
    document = std::make_unique<studio::Document>();
    openOn(kPlain);
    EXPECT_TRUE(dropFiles({QString::fromStdString(file)}));
    ASSERT_TRUE(waitUntil([&] { return session().rows().size() == 1; }, 20));
    EXPECT_EQ(session().model().reference, kCoded) << "the file says whose codes it holds";
    ASSERT_TRUE(waitUntil([&] { return rowIsAnswered() && currentRow().info && document->host.model(); }, 60));
    EXPECT_EQ(shown(1), wanted);
    EXPECT_EQ(cell(0).state, ui::CellState::NotOffered);
    ASSERT_TRUE(cell(0).error);
    EXPECT_THAT(cell(0).error->message, HasSubstr("file of tokens: there is no picture"));
    EXPECT_EQ(document->board.totals().failed, 0);
    ASSERT_TRUE(waitUntil([&] { return !currentRow().thumbnail.isNull(); }, 20));
    EXPECT_EQ(currentRow().thumbnail.width(), 4);
    EXPECT_THAT(currentRow().info->notes, testing::Contains("given by mini-rvq"));
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_TRUE(session().rows().empty()) << "one step";
    EXPECT_EQ(session().model().reference, kPlain);
    press(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    ASSERT_TRUE(waitForRows(1));
    EXPECT_EQ(session().model().reference, kCoded);
}

TEST_F(StudioTokenFiles, TheBoardOfSeveralModelsGetsAColumnForIt) {
    const std::string file = encoded("codes.safetensors");
    openPhoto(kPlain, ui::WorkspaceKind::Compare);
    const std::size_t before = session().columns().size();
    dropFiles({QString::fromStdString(file)});
    ASSERT_TRUE(waitUntil([&] { return session().columns().size() > before; }, 20));
    EXPECT_THAT(ui::modelsOf(session().groups()), ElementsAre(ui::ModelChoice{kPlain}, ui::ModelChoice{kCoded}));
    ASSERT_TRUE(waitUntil([&] { return rowIsAnswered(); }, 60));
    // A second file of the same model adds none.
    dropFiles({QString::fromStdString(encoded("again.csv"))});
    ASSERT_TRUE(waitForRows(3));
    EXPECT_EQ(ui::modelsOf(session().groups()).size(), 2u);
    // The latents that are in the first one suit both models; codes alone do not.
    EXPECT_THAT(cell(1).error ? toLine(*cell(1).error) : "", HasSubstr("holds codes, and mini-autoencoder has none"));
}

TEST_F(StudioTokenFiles, AFileIsNamedAtTheStartAndKeptInASession) {
    const std::string file = encoded("codes.csv");
    settings.stateFolder = QString::fromStdString(folder / "state");
    studio::StartOptions start;
    start.paths << QString::fromStdString(file);
    open(start);
    ASSERT_TRUE(waitUntil([&] { return session().rows().size() == 1 && session().model().reference == kCoded; }, 30));
    ASSERT_TRUE(waitUntil([&] { return rowIsAnswered() && cell(1).picture; }, 60));
    const QImage wanted = shown(1);
    ASSERT_FALSE(wanted.isNull());
    bool saved = false;
    QObject::connect(&window().keeper(), &studio::SessionKeeper::used, &window(), [&] { saved = true; });
    window().keeper().save(QString::fromStdString(folder / "board.tessera"));
    ASSERT_TRUE(waitUntil([&] { return saved; }, 10));
    close();
    document = std::make_unique<studio::Document>();
    start.paths = {QString::fromStdString(folder / "board.tessera")};
    open(start, false);
    ASSERT_TRUE(waitUntil([&] { return session().rows().size() == 1 && rowIsAnswered() && cell(1).picture && !cell(1).outdated && document->host.model(); }, 60));
    EXPECT_EQ(shown(1), wanted);
}

TEST_F(StudioTokenFiles, EachPictureOfABatchIsARow) {
    const std::string second = writeQuadrants(folder, "quadrants.png", 64), file = encoded("two.npz", kCoded, {kPhoto, second});
    openOn(kCoded);
    dropFiles({QString::fromStdString(file)});
    ASSERT_TRUE(waitForRows(2));
    EXPECT_EQ(session().rows()[0].name, u"two.npz, 1 of 2");
    EXPECT_EQ(currentRow().name, u"two.npz, 1 of 2");
    const QImage first = shown(1);
    session().stepCurrentRow(1);
    ASSERT_TRUE(waitForRow());
    const QImage other = shown(1);
    cli({"--precision", "auto", "decode", file, "--model", kCoded, "--out", folder / "out"});
    EXPECT_EQ(first, imageAt(folder / "out/two-1.png"));
    EXPECT_EQ(other, imageAt(folder / "out/two-2.png"));
    EXPECT_FALSE(actions().copyCommand->isEnabled()) << "it lies in the session, not in a file";
}

TEST_F(StudioTokenFiles, AnUnknownModelIsNamed) {
    ASSERT_FALSE(writeTensorFile(folder / "far.npz", readTensorFile(encoded("codes.npz")).value(), {{"model", "far-away"}, {"fingerprint", "00"}}));
    openOn(kCoded);
    dropFiles({QString::fromStdString(folder / "far.npz")});
    ASSERT_TRUE(waitForRows(1));
    ASSERT_FALSE(told.isEmpty());
    EXPECT_THAT(told.last().toStdString(), AllOf(HasSubstr("far.npz holds tokens of far-away"), HasSubstr("Ctrl+M")));
    // It suits by its shape, and says that it is another's.
    ASSERT_TRUE(cell(1).picture);
    EXPECT_THAT(cell(1).picture->notes[0].text, HasSubstr("far-away"));
}

TEST_F(StudioTokenFiles, WhatDoesNotSuitIsSaidInItsCellAndHarmsNoOther) {
    openPhoto(kCoded);
    const std::string head = "picture,row,column,depth 1,depth 2,depth 3,depth 4,depth 5,depth 6,depth 7,depth 8\n";
    const std::vector<std::tuple<const char*, std::string, const char*>> cases{
        {"deep.csv", "picture,row,column,depth 1,depth 2,depth 3,depth 4,depth 5,depth 6,depth 7,depth 8,depth 9\n0,0,0,1,1,1,1,1,1,1,1,1\n", "codes of 9 depths, and mini-rvq has 8"},
        {"range.csv", head + "0,0,0,1,1,1,1,1,1,1,5000\n", "there is no code 5000 at depth 8"},
        {"metrics.csv", "image,psnr\na.png,30\n", "no table of codes"},
        {"hole.csv", head + "0,1,1,1,1,1,1,1,1,1,1\n", "needs 4 lines"},
    };
    for (const auto& [name, text, sentence] : cases) {
        std::ofstream(folder / name) << text;
        const std::size_t rows = session().rows().size();
        dropFiles({QString::fromStdString(folder / name)});
        ASSERT_TRUE(waitForRows(rows + 1)) << name;
        const std::optional<Error> error = currentRow().error ? currentRow().error : cell(1).error;
        ASSERT_TRUE(error) << name;
        EXPECT_THAT(toLine(*error), HasSubstr(sentence)) << name;
    }
    session().setCurrentRow(session().rows()[0].id);
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
}

TEST_F(StudioTokenFiles, TokensAreAppliedToTheCurrentCell) {
    openPhoto(kCoded);
    session().setCurrentColumn(1);
    const QImage before = shown(1);
    const std::string other = encoded("raccoon.npz", kCoded, {std::string(TESSERA_SOURCE_DIR) + "/resources/samples/raccoon.jpg"});
    ASSERT_TRUE(waitUntil([&] { return document->tokens.current() != nullptr; }, 20));
    EXPECT_TRUE(dropFiles({QString::fromStdString(other)}, Qt::ControlModifier));
    ASSERT_TRUE(waitUntil([&] { return session().tokenEdit(session().currentRow(), session().model()) != nullptr; }, 30) && waitForEdit());
    EXPECT_EQ(session().rows().size(), 1u) << "it is no row";
    cli({"decode", other, "--model", kCoded, "--out", folder / "out"});
    EXPECT_EQ(shown(1), imageAt(folder / "out/raccoon.png"));
    EXPECT_THAT(told.last().toStdString(), HasSubstr("of 128 codes are those of raccoon.npz now"));
    press(Qt::Key_Z, Qt::ControlModifier);
    ASSERT_TRUE(waitForEdit());
    EXPECT_EQ(shown(1), before);
    // By the menu, with a file that says nothing of its model.
    ASSERT_TRUE(actions().applyTokens->isEnabled());
    actions().applyTokens->trigger();
    choose(encoded("raccoon.npy", kCoded, {std::string(TESSERA_SOURCE_DIR) + "/resources/samples/raccoon.jpg"}));
    ASSERT_TRUE(waitUntil([&] { return session().tokenEdit(session().currentRow(), session().model()) != nullptr; }, 30) && waitForEdit());
    EXPECT_EQ(shown(1), imageAt(folder / "out/raccoon.png"));
}

TEST_F(StudioTokenFiles, WhatCannotBeAppliedChangesNothing) {
    openPhoto(kCoded);
    ASSERT_TRUE(waitUntil([&] { return document->tokens.current() != nullptr; }, 20));
    cli({"encode", kPhoto, "--model", kCoded, "--size", "32", "--out", folder / "small.npy"});
    ASSERT_FALSE(writeTensorFile(folder / "far.npz", readTensorFile(encoded("codes.npz")).value(), {{"model", "far-away"}, {"fingerprint", "00"}}));
    std::ofstream(folder / "range.csv") << "picture,row,column,depth 1\n0,0,0,-2\n";
    const std::vector<std::pair<std::string, const char*>> cases{{folder / "small.npy", "holds 2 × 2 × 8 codes, and the cell has 4 × 4 × 8 codes"},
                                                                 {folder / "far.npz", "its codes are of far-away"},
                                                                 {encoded("latents.npy", kPlain), "it holds no codes"},
                                                                 {folder / "gone.npz", "gone.npz"},
                                                                 {folder / "range.csv", "1 × 1 × 1 codes"}};
    for (const auto& [path, sentence] : cases) {
        told.clear();
        window().tokenImport().apply(QString::fromStdString(path));
        ASSERT_TRUE(waitUntil([&] { return !told.isEmpty(); }, 20)) << path;
        EXPECT_THAT(told.last().toStdString(), AllOf(HasSubstr("changed nothing"), HasSubstr(sentence)));
    }
    EXPECT_TRUE(session().tokenEdits().empty());
    EXPECT_EQ(session().rows().size(), 1u);
}

TEST_F(StudioTokenFiles, TheCommandOfAnEditedCellNamesAFileOfItsTokens) {
    openPhoto(kCoded);
    editOneToken();
    const QImage wanted = shown(1);
    QApplication::clipboard()->setText(QStringLiteral("nothing"));
    EXPECT_FALSE(actions().copyPython->isEnabled());
    EXPECT_THAT(actions().copyPython->statusTip().toStdString(), HasSubstr("edited"));
    press(Qt::Key_C, Qt::ControlModifier | Qt::AltModifier);
    EXPECT_EQ(QApplication::clipboard()->text(), u"nothing");
    choose(folder / "edited.csv");
    ASSERT_TRUE(waitUntil([&] { return QApplication::clipboard()->text() != u"nothing"; }, 20));
    const std::string command = QApplication::clipboard()->text().toStdString();
    EXPECT_THAT(command, HasSubstr("--tokens"));
    const TemporaryFolder place;
    const std::string tools = fs::path(TESSERA_PROGRAM).parent_path().string();
    const auto result = runProcess({"sh", "-c", "cd \"$1\" && PATH=\"$2:$PATH\" && eval \"$3\"", "sh", place.path().string(), tools, command}, {}, true);
    ASSERT_EQ(result.exitCode, 0) << result.err;
    EXPECT_EQ(imageAt(place / "coffee-reconstruction.png"), wanted);
    // The next copy needs no dialog, unless the file is gone.
    QApplication::clipboard()->setText(QStringLiteral("nothing"));
    ASSERT_TRUE(waitUntil([&] { return !window().findChild<QFileDialog*>(); }, 10));
    EXPECT_FALSE(studio::commandNeedsTokenFile(*document));
    actions().copyCommand->trigger();
    EXPECT_EQ(QApplication::clipboard()->text().toStdString(), command);
    fs::remove(folder.path() / "edited.csv");
    EXPECT_TRUE(studio::commandNeedsTokenFile(*document));
}

TEST_F(StudioTokenFiles, ATokenFilesRowHasACommandOfItsOwn) {
    const std::string file = encoded("codes.csv");
    openOn(kCoded);
    dropFiles({QString::fromStdString(file)});
    ASSERT_TRUE(waitForRows(1));
    session().setCurrentColumn(1);
    ASSERT_TRUE(actions().copyCommand->isEnabled());
    EXPECT_FALSE(actions().copyPython->isEnabled());
    press(Qt::Key_C, Qt::ControlModifier | Qt::AltModifier);
    const TemporaryFolder place;
    const std::string tools = fs::path(TESSERA_PROGRAM).parent_path().string();
    const auto result = runProcess({"sh", "-c", "cd \"$1\" && PATH=\"$2:$PATH\" && eval \"$3\"", "sh", place.path().string(), tools, QApplication::clipboard()->text().toStdString()}, {}, true);
    ASSERT_EQ(result.exitCode, 0) << result.err;
    EXPECT_EQ(imageAt(place / "codes-reconstruction.png"), shown(1));
}

HostTensor planes(const QImage& image, bool inverted) {
    std::vector<float> values;
    for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                const QColor colour = image.pixelColor(x, y);
                const double value = c == 0 ? colour.redF() : c == 1 ? colour.greenF() : colour.blueF();
                values.push_back(float(inverted ? 1 - value : value));
            }
        }
    }
    const auto bytes = std::as_bytes(std::span(values));
    return {DType::F32, {1, 3, image.height(), image.width()}, SharedBytes(std::vector<std::byte>(bytes.begin(), bytes.end()))};
}

TEST_F(StudioTokenFiles, ADroppedRecordingIsAModel) {
    const std::string picture = writeQuadrants(folder, "quadrants.png", 64);
    const QImage image = imageAt(picture);
    ASSERT_FALSE(writeTensorFile(folder / "run.safetensors", {{"in.image", planes(image, false)}, {"out.reconstruction", planes(image, true)}}));
    openOn(kPlain);
    dropFiles({QString::fromStdString(picture)});
    ASSERT_TRUE(waitForRow());
    EXPECT_TRUE(dropFiles({QString::fromStdString(folder / "run.safetensors")}));
    EXPECT_EQ(session().rows().size(), 1u) << "a recording is no row";
    ASSERT_TRUE(waitUntil([&] { return document->host.model() && document->host.model()->family == "recorded"; }, 20)) << (document->host.modelError() ? toLine(*document->host.modelError()) : "");
    ASSERT_TRUE(waitForEdit());
    ASSERT_EQ(cell(1).state, ui::CellState::Done) << (cell(1).error ? toLine(*cell(1).error) : "");
    QImage inverted = image;
    inverted.invertPixels();
    EXPECT_EQ(shown(1), inverted);
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(session().model().reference, kPlain);
}

TEST_F(StudioTokenFiles, AStageThatWasNotRecordedIsNoFailure) {
    const std::string picture = writeQuadrants(folder, "quadrants.png", 64);
    ASSERT_FALSE(writeTensorFile(folder / "run.safetensors", {{"in.image", planes(imageAt(picture), false)}, {"out.reconstruction", planes(imageAt(picture), true)}}));
    openOn(kPlain);
    dropFiles({QString::fromStdString(folder / "run.safetensors"), QString::fromStdString(picture)});
    ASSERT_TRUE(waitUntil([&] { return document->host.model() && document->host.model()->family == "recorded" && rowIsAnswered(); }, 30));
    session().editColumns(QStringLiteral("add"), ui::withLens(session().groups(), 1, "latent_channel", session().nextLensId()));
    const int added = static_cast<int>(session().columns().size()) - 1;
    ASSERT_TRUE(waitUntil([&] { return rowIsAnswered() && cell(added).error; }, 30));
    EXPECT_EQ(cell(added).state, ui::CellState::NotOffered);
    EXPECT_THAT(toLine(*cell(added).error), HasSubstr("this model gives no latents"));
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
}

TEST_F(StudioTokenFiles, ARecordingShowsOnlyWhatWasRecorded) {
    const std::string picture = writeQuadrants(folder, "quadrants.png", 64);
    ASSERT_FALSE(writeTensorFile(folder / "run.safetensors", {{"in.image", planes(imageAt(picture), false)}, {"out.reconstruction", planes(imageAt(picture), true)}}));
    openOn(kPlain);
    dropFiles({QString::fromStdString(folder / "run.safetensors"), QString::fromStdString(kPhoto)});
    ASSERT_TRUE(waitUntil([&] { return document->host.model() && document->host.model()->family == "recorded" && rowIsAnswered(); }, 30));
    ASSERT_TRUE(cell(1).error);
    EXPECT_THAT(toLine(*cell(1).error), HasSubstr("this picture is none of the recorded ones"));
}

}  // namespace
}  // namespace tessera::test
