// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of a session: in files, in the journal, between starts; and each workspace's panels.
#include <fstream>

#include <QActionGroup>
#include <QApplication>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QFile>
#include <QFileDialog>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

#include "incoming_files.h"
#include "panels/banner.h"
#include "panels/dock.h"
#include "panels/dock_title.h"
#include "panels/histogram_panel.h"
#include "panels/labelled_combo.h"
#include "panels/log_panel.h"
#include "models/log_model.h"
#include "session_keeper.h"
#include "studio_window.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class StudioSession : public StudioWindow {
protected:
    void SetUp() override {
        StudioWindow::SetUp();
        settings.stateFolder = QString::fromStdString(folder / "state");
    }
    /// A clean end and the next start, with the settings that the first left.
    void startAgain(const studio::StartOptions& start = {}) {
        close();
        const QString state = settings.stateFolder;
        settings = studio::Settings::read();
        settings.stateFolder = state;
        document = std::make_unique<studio::Document>();
        open(start, false);
    }
    QString path(const std::string& name) { return QString::fromStdString(writeQuadrants(folder, name, 32)); }
    QString at(const char* name) const { return QString::fromStdString(folder / name); }
    std::vector<QString> names() {
        std::vector<QString> result;
        for (const ui::Row& row : session().rows()) result.push_back(row.name);
        return result;
    }
    studio::SessionKeeper& keeper() { return window().keeper(); }
    QDockWidget* dock(const char* name) { return window().findChild<QDockWidget*>(QLatin1String(name)); }
    void save(const QString& file) {
        bool used = false;
        const auto connection = QObject::connect(&keeper(), &studio::SessionKeeper::used, &window(), [&] { used = true; });
        keeper().save(file);
        EXPECT_TRUE(waitUntil([&] { return used; }, 10));
        QObject::disconnect(connection);
    }
    QList<QAction*> recent() {
        for (QMenu* menu : window().findChildren<QMenu*>()) {
            if (menu->title() != u"Open &Recent") continue;
            Q_EMIT menu->aboutToShow();
            QList<QAction*> result;
            for (QAction* action : menu->actions()) {
                if (!action->isSeparator() && action->isEnabled()) result << action;
            }
            return result;
        }
        return {};
    }
    /// A studio with these rows is gone as in a crash, once its journal is written, and the next one has started.
    void startAfterACrash(const QStringList& paths) {
        open({}, false);
        dropFiles(paths);
        writeJournal();
        EXPECT_FALSE(studio::SessionShelf(settings.stateFolder).takeLost()) << "its studio lives";
        document->session.undoStack().clear();
        abandon();
        document = std::make_unique<studio::Document>();
        open({}, false);
    }
    void writeJournal() {
        bool written = false;
        const auto connection = QObject::connect(&keeper().journal(), &studio::Journal::written, &window(), [&] { written = true; });
        keeper().journal().noteChange();
        ASSERT_TRUE(waitUntil([&] { return written; }, 20));
        QObject::disconnect(connection);
    }
    QPushButton* bannerButton(const char* text) {
        for (auto* button : window().sessionBanner().findChildren<QPushButton*>()) {
            if (button->text() == QLatin1String(text) && button->isVisible()) return button;
        }
        return nullptr;
    }
};

TEST_F(StudioSession, EverythingIsThereAtTheNextStart) {
    open({}, false);
    dropFiles({path("a.png"), path("b.png"), path("c.png")});
    session().setWorkspace(ui::WorkspaceKind::Compare);
    session().setBoardForm({.grid = true, .transposed = true, .cellWidth = 180});
    session().setCurrentRow(session().rows()[1].id);
    session().setCurrentColumn(2);
    ui::ViewState view = session().view();
    view.camera = {0.5, 0.25, 3};
    view.compare = canvas::Compare::Wipe;
    view.exposureStops = 1.5F;
    session().setView(view);
    startAgain();
    EXPECT_THAT(names(), ElementsAre(u"a.png", u"b.png", u"c.png"));
    EXPECT_EQ(session().indexOf(session().currentRow()), 1);
    EXPECT_EQ(session().currentColumn(), 2);
    EXPECT_EQ(session().workspace().kind, ui::WorkspaceKind::Compare);
    EXPECT_EQ(session().workspace().form, (ui::BoardForm{.grid = true, .transposed = true, .cellWidth = 180}));
    EXPECT_EQ(session().view(), view);
    EXPECT_TRUE(actions().wipe->isChecked());
    EXPECT_FALSE(session().undoStack().canUndo());
    EXPECT_FALSE(window().sessionBanner().isVisible());
}

TEST_F(StudioSession, RestoredRowsAreReconstructed) {
    open();
    dropFiles({path("a.png")});
    ASSERT_TRUE(waitForRow());
    startAgain();
    ASSERT_TRUE(waitUntil([this] { return document->host.model().has_value(); }));
    ASSERT_TRUE(waitForRow());
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
}

TEST_F(StudioSession, FilesNamedAtTheStartGoBeforeTheLastSessionWhichIsKept) {
    open({}, false);
    dropFiles({path("a.png"), path("b.png")});
    studio::StartOptions start;
    start.paths << path("c.png");
    startAgain(start);
    EXPECT_THAT(names(), ElementsAre(u"c.png"));
    startAgain();
    EXPECT_THAT(names(), ElementsAre(u"c.png"));
    QAction* kept = nullptr;
    for (QAction* action : recent()) {
        if (action->text().contains(u"2 image")) kept = action;
    }
    ASSERT_TRUE(kept);
    kept->trigger();
    EXPECT_THAT(names(), ElementsAre(u"a.png", u"b.png"));
}

TEST_F(StudioSession, PastedImagesOutliveTheStudio) {
    open({}, false);
    QMimeData mime;
    QFile file(path("a.png"));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    mime.setData(QStringLiteral("image/png"), bytes);
    dropOn(stage(), stage().rect().center(), mime);
    QImage image(7, 5, QImage::Format_RGB888);
    image.fill(QColor(1, 2, 3));
    QMimeData pixels;
    pixels.setImageData(image);
    dropOn(stage(), stage().rect().center(), pixels);
    ASSERT_EQ(session().rows().size(), 2u);
    for (int start = 0; start < 2; ++start) {
        startAgain();
        ASSERT_EQ(session().rows().size(), 2u) << start;
        EXPECT_EQ(ui::pastedBytes(session().rows()[0].request), bytes) << start;
        EXPECT_EQ(QImage::fromData(ui::pastedBytes(session().rows()[1].request)).convertToFormat(QImage::Format_RGB888), image) << start;
    }
}

TEST_F(StudioSession, SavingNamesTheWindowAndAnEditMarksIt) {
    open({}, false);
    dropFiles({path("a.png")});
    EXPECT_FALSE(window().isWindowModified());
    save(at("tulips.tessera"));
    EXPECT_EQ(window().windowTitle(), u"a.png – tulips[*] – Tessera");
    EXPECT_FALSE(window().isWindowModified());
    dropFiles({path("b.png")});
    EXPECT_TRUE(window().isWindowModified());
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_FALSE(window().isWindowModified());
    press(Qt::Key_Y, Qt::ControlModifier);
    EXPECT_TRUE(window().isWindowModified());
    bool used = false;
    QObject::connect(&keeper(), &studio::SessionKeeper::used, &window(), [&] { used = true; });
    press(Qt::Key_S, Qt::ControlModifier);
    EXPECT_TRUE(waitUntil([&] { return used; }, 10)) << "a session with a file is saved without a question";
    EXPECT_FALSE(window().isWindowModified());
    const auto saved = ui::readSession(at("tulips.tessera"));
    ASSERT_TRUE(saved);
    EXPECT_EQ(saved.value().state.rows.size(), 2u);
    dropFiles({path("c.png")});
    startAgain();
    EXPECT_TRUE(window().isWindowModified()) << "the file does not hold the third row";
    EXPECT_EQ(keeper().file(), at("tulips.tessera"));
}

TEST_F(StudioSession, TheFirstSaveAsksWhere) {
    open({}, false);
    dropFiles({path("a.png")});
    window().incoming().folder = at("");
    press(Qt::Key_S, Qt::ControlModifier);
    auto* dialog = window().findChild<QFileDialog*>();
    ASSERT_TRUE(dialog);
    EXPECT_EQ(dialog->acceptMode(), QFileDialog::AcceptSave);
    dialog->selectFile(at("asked"));
    bool used = false;
    QObject::connect(&keeper(), &studio::SessionKeeper::used, &window(), [&] { used = true; });
    dialog->QDialog::accept();
    Q_EMIT dialog->fileSelected(at("asked.tessera"));
    EXPECT_TRUE(waitUntil([&] { return used; }, 10));
    EXPECT_TRUE(QFile::exists(at("asked.tessera")));
}

TEST_F(StudioSession, AFileThatCannotBeWrittenLeavesTheSessionModified) {
    open({}, false);
    dropFiles({path("a.png")});
    keeper().save(at("no/folder/x.tessera"));
    ASSERT_TRUE(waitUntil([this] { return window().sessionBanner().isVisible(); }, 10));
    EXPECT_THAT(window().sessionBanner().sentence().toStdString(), HasSubstr("not saved"));
    EXPECT_TRUE(keeper().file().isEmpty());
}

TEST_F(StudioSession, ASessionIsOpenedByDropAndTakesTheBoardsPlace) {
    open({}, false);
    dropFiles({path("a.png"), path("b.png")});
    save(at("board.tessera"));
    actions().newSession->trigger();
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_TRUE(keeper().file().isEmpty());
    dropFiles({path("other.png")});
    EXPECT_TRUE(dropFiles({path("more.png"), at("board.tessera")}));
    ASSERT_TRUE(waitUntil([this] { return session().rows().size() == 3; }, 10));
    EXPECT_THAT(names(), ElementsAre(u"a.png", u"b.png", u"more.png")) << "what came with it comes after it";
    EXPECT_EQ(keeper().file(), at("board.tessera"));
    ASSERT_TRUE(waitUntil([this] { return std::ranges::any_of(recent(), [](QAction* action) { return action->text().contains(u"1 image"); }); }, 10)) << "the unsaved board is kept";
}

TEST_F(StudioSession, ASessionNamedAtTheStartIsOpened) {
    open({}, false);
    dropFiles({path("a.png"), path("b.png")});
    save(at("board.tessera"));
    actions().newSession->trigger();
    studio::StartOptions start;
    start.paths << at("board.tessera");
    startAgain(start);
    ASSERT_TRUE(waitUntil([this] { return session().rows().size() == 2; }, 10));
    EXPECT_EQ(keeper().file(), at("board.tessera"));
    EXPECT_FALSE(window().isWindowModified());
}

TEST_F(StudioSession, ADamagedSessionChangesNothingAndSaysWhy) {
    open({}, false);
    dropFiles({path("a.png")});
    std::ofstream(folder / "broken.tessera") << "{\"tessera_session\": 1, \"rows\": [{\"name\"";
    dropFiles({at("broken.tessera")});
    ASSERT_TRUE(waitUntil([this] { return window().sessionBanner().isVisible(); }, 10));
    EXPECT_THAT(window().sessionBanner().sentence().toStdString(), HasSubstr("damaged"));
    EXPECT_THAT(names(), ElementsAre(u"a.png"));
    EXPECT_TRUE(session().undoStack().canUndo());
}

TEST_F(StudioSession, AnImageThatIsGoneIsAnErrorCellAndOneThatChangedSaysSo) {
    open();
    const QString gone = path("gone.png"), changed = path("changed.png");
    dropFiles({gone, changed});
    for (const ui::Row& row : std::vector<ui::Row>(session().rows())) {
        session().setCurrentRow(row.id);
        ASSERT_TRUE(waitForRow());
    }
    save(at("board.tessera"));
    QFile::remove(gone);
    writeQuadrants(folder, "changed.png", 48);
    studio::StartOptions start;
    start.paths << at("board.tessera");
    startAgain(start);
    ASSERT_TRUE(waitUntil([this] { return session().rows().size() == 2 && document->host.model(); }));
    ASSERT_TRUE(waitForRow());
    session().setCurrentRow(session().rows()[0].id);
    ASSERT_TRUE(waitUntil([this] { return session().rows()[0].state == ui::RowState::Failed; }));
    EXPECT_THAT(session().rows()[0].error->where + session().rows()[0].error->message, HasSubstr("gone.png"));
    ASSERT_TRUE(waitUntil([this] { return session().rows()[1].state == ui::RowState::Ready; }));
    EXPECT_TRUE(ui::changedSinceSaved(session().rows()[1]));
    EXPECT_EQ(window().sessionBanner().sentence(), u"changed.png changed since the session was saved");
}

TEST_F(StudioSession, RecentFilesAreOfferedAndMissingOnesTakenOff) {
    open({}, false);
    const QString a = path("a & b.png"), b = path("b.png");
    dropFiles({a});
    dropFiles({b});
    save(at("board.tessera"));
    startAgain();
    QStringList texts;
    for (QAction* action : recent()) texts << action->text();
    EXPECT_EQ(texts.join(u'|').toStdString(), "board.tessera|b.png|a && b.png") << "what is on the board is not offered once more";
    QFile::remove(a);
    recent().last()->trigger();
    EXPECT_THAT(recent(), SizeIs(2));
    EXPECT_THAT(session().rows(), SizeIs(2));
    recent().last()->trigger();
    EXPECT_THAT(names().back(), u"b.png");
    EXPECT_THAT(session().rows(), SizeIs(3));
}

TEST_F(StudioSession, TheRecentListHoldsTenOfEach) {
    open({}, false);
    QStringList paths;
    for (int i = 0; i < 14; ++i) paths << path("image" + std::to_string(i) + ".png");
    dropFiles(paths.mid(0, 13));
    dropFiles({paths[13]});
    EXPECT_THAT(recent(), SizeIs(10));
    EXPECT_EQ(recent().first()->text(), u"image13.png");
}

TEST_F(StudioSession, NewSessionEmptiesTheBoardAndKeepsTheModel) {
    open({}, false);
    session().chooseModel({.reference = "some/model"});
    dropFiles({path("a.png")});
    press(Qt::Key_N, Qt::ControlModifier);
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_EQ(session().model().reference, "some/model");
    EXPECT_FALSE(session().undoStack().canUndo());
    startAgain();
    EXPECT_THAT(names(), IsEmpty()) << "an empty board was left, an empty board comes back";
    ASSERT_THAT(recent(), testing::Not(IsEmpty()));
    recent().first()->trigger();
    EXPECT_THAT(names(), ElementsAre(u"a.png"));
}

TEST_F(StudioSession, AJournalIsWrittenAndALostOneIsOffered) {
    startAfterACrash({path("a.png"), path("b.png")});
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_THAT(window().sessionBanner().sentence().toStdString(), HasSubstr("Restore the session of "));
    dropFiles({path("c.png")});
    ASSERT_TRUE(bannerButton("Restore"));
    click(*bannerButton("Restore"), {5, 5});
    EXPECT_THAT(names(), ElementsAre(u"a.png", u"b.png", u"c.png"));
    EXPECT_FALSE(window().sessionBanner().isVisible());
    startAgain();
    EXPECT_THAT(names(), ElementsAre(u"a.png", u"b.png", u"c.png"));
    EXPECT_FALSE(window().sessionBanner().isVisible()) << "it is offered once";
}

TEST_F(StudioSession, StartingFreshForgetsTheLostOne) {
    startAfterACrash({path("a.png")});
    ASSERT_TRUE(bannerButton("Start fresh"));
    click(*bannerButton("Start fresh"), {5, 5});
    EXPECT_THAT(names(), IsEmpty());
    startAgain();
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_FALSE(window().sessionBanner().isVisible());
}

TEST_F(StudioSession, ALostSessionThatNobodyAnsweredIsOfferedAgain) {
    startAfterACrash({path("a.png")});
    EXPECT_TRUE(bannerButton("Restore"));
    startAgain();
    EXPECT_TRUE(bannerButton("Restore"));
}

TEST_F(StudioSession, AutosaveOfAThousandRowsHoldsUpNoFrame) {
    open({}, false);
    QStringList paths;
    for (int i = 0; i < 1000; ++i) paths << at(("none/image" + std::to_string(i) + ".png").c_str());
    dropFiles(paths);
    ASSERT_EQ(session().rows().size(), 1000u);
    settle(300);
    writeJournal();
    // The longest that the event loop was away while the journal was written again.
    bool written = false;
    QObject::connect(&keeper().journal(), &studio::Journal::written, &window(), [&] { written = true; });
    keeper().journal().noteChange();
    QElapsedTimer clock, snapshot;
    snapshot.start();
    const ui::SessionState state = session().state();
    RecordProperty("snapshot_microseconds", static_cast<int>(snapshot.nsecsElapsed() / 1000));
    EXPECT_LT(snapshot.elapsed(), 16);
    EXPECT_TRUE(waitUntil([&] { return written; }, 20));
}

TEST_F(StudioSession, WorkspacesHaveTheirOwnPanels) {
    open({}, false);
    EXPECT_TRUE(dock("adjust")->isVisible());
    session().setWorkspace(ui::WorkspaceKind::Compare);
    EXPECT_FALSE(dock("adjust")->isVisible()) << "many pictures need the room";
    EXPECT_TRUE(dock("metrics")->isVisible());
    dock("models")->hide();
    session().setWorkspace(ui::WorkspaceKind::Reconstruct);
    EXPECT_TRUE(dock("adjust")->isVisible());
    EXPECT_TRUE(dock("models")->isVisible());
    dock("metrics")->hide();
    session().setWorkspace(ui::WorkspaceKind::Compare);
    EXPECT_FALSE(dock("models")->isVisible());
    EXPECT_TRUE(dock("metrics")->isVisible());
    startAgain();
    EXPECT_EQ(session().workspace().kind, ui::WorkspaceKind::Compare);
    EXPECT_FALSE(dock("models")->isVisible());
    session().setWorkspace(ui::WorkspaceKind::Reconstruct);
    EXPECT_FALSE(dock("metrics")->isVisible());
    actions().resetLayout->trigger();
    EXPECT_TRUE(dock("metrics")->isVisible());
    session().setWorkspace(ui::WorkspaceKind::Compare);
    EXPECT_FALSE(dock("models")->isVisible()) << "the other workspace keeps its own";
    actions().resetLayout->trigger();
    EXPECT_TRUE(dock("models")->isVisible());
    EXPECT_FALSE(dock("adjust")->isVisible());
}

TEST_F(StudioSession, AFloatingPanelFloatsAgainAtTheNextStart) {
    open({}, false);
    auto* images = static_cast<ui::Dock*>(dock("images"));
    QToolButton* floats = nullptr;
    for (auto* button : images->head().findChildren<QToolButton*>()) {
        if (button->toolTip() == u"Float or dock") floats = button;
    }
    ASSERT_TRUE(floats);
    click(*floats, floats->rect().center());
    settle(100);
    ASSERT_TRUE(images->isFloating());
    images->move(140, 160);
    images->resize(300, 420);
    settle(100);
    const QSize size = images->size();
    static_cast<ui::Dock*>(dock("inspector"))->showPage(1);
    startAgain();
    settle(100);
    images = static_cast<ui::Dock*>(dock("images"));
    EXPECT_TRUE(images->isFloating());
    EXPECT_TRUE(images->isVisible());
    EXPECT_EQ(images->size(), size);
    EXPECT_EQ(static_cast<ui::Dock*>(dock("inspector"))->currentPage(), 1);
    floats = nullptr;
    for (auto* button : images->head().findChildren<QToolButton*>()) {
        if (button->toolTip() == u"Float or dock") floats = button;
    }
    click(*floats, floats->rect().center());
    EXPECT_FALSE(images->isFloating());
}

TEST_F(StudioSession, TheAxisOfHistogramsIsRememberedOnceSomebodyChose) {
    using Logarithmic = ui::HistogramPanel::Logarithmic;
    open({}, false);
    EXPECT_EQ(window().docks().histogram->logarithmic(), Logarithmic()) << "nobody chose yet";
    window().docks().histogram->setLogarithmic({.peaked = false, .even = {}});
    startAgain();
    EXPECT_EQ(window().docks().histogram->logarithmic(), (Logarithmic{.peaked = false, .even = {}}));
}

TEST_F(StudioSession, WorkspacesAndPrecisionAreReadWholeInANarrowWindow) {
    open({}, false);
    window().resize(820, 620);
    settle(100);
    int workspaces = 0;
    for (const QToolButton* button : window().findChildren<QToolButton*>()) {
        if (!button->property("workspace").toBool()) continue;
        ++workspaces;
        EXPECT_TRUE(button->isVisible());
        EXPECT_GE(button->width(), button->sizeHint().width()) << button->text().toStdString();
        EXPECT_EQ(button->visibleRegion().boundingRect(), button->rect()) << "nothing cuts it off";
    }
    EXPECT_EQ(workspaces, int(actions().workspaces->actions().size()));
    for (const auto* combo : window().findChildren<ui::LabelledCombo*>()) {
        if (combo->accessibleName() != u"Precision") continue;
        EXPECT_GE(combo->width(), combo->sizeHint().width());
    }
}

}  // namespace
}  // namespace tessera::test
