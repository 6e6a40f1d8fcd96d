// SPDX-License-Identifier: GPL-3.0-or-later
// Trainings in the real window: the child is the real `tessera train` on a tiny model and the sample pictures.
#include <csignal>
#include <fstream>

#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QProcess>
#include <QProgressBar>
#include <QPushButton>
#include <QSlider>
#include <QTableView>
#include <QToolButton>

#include "bridge/training_run.h"
#include "panels/banner.h"
#include "panels/dock.h"
#include "panels/train/curve_legend.h"
#include "panels/train/curve_plot.h"
#include "panels/train/curves_view.h"
#include "panels/train/messages_panel.h"
#include "panels/train/run_panel.h"
#include "panels/train/samples_panel.h"
#include "panels/train/train_view.h"
#include "studio_window.h"

namespace tessera::test {
namespace {

using State = ui::TrainingRun::State;
using testing::AllOf;
using testing::HasSubstr;

class StudioTraining : public StudioWindow {
protected:
    void SetUp() override {
        StudioWindow::SetUp();
        settings.stateFolder = QString::fromStdString(folder / "state");
    }
    /// A tiny autoencoder with new weights.
    QString recipe(int steps, const std::string& name = "tiny.toml", const std::string& more = {}) const {
        std::ofstream(folder / name) << "# A tiny model.\nrecipe = \"autoencoder\"\nname = \"tiny\"\nseed = 3\n[model]\nstart = \"" TESSERA_SOURCE_DIR "/tests/golden/tessera_autoencoder/tiny/model\"\nfresh = true\n"
                                     << "[[data]]\npath = \"" TESSERA_SOURCE_DIR "/resources/samples\"\n[held_out]\npaths = [\"" TESSERA_SOURCE_DIR "/resources/samples\"]\nmost = 4\n[optimiser]\nrate = 4e-3\n"
                                     << "[run]\nsteps = " << steps << "\nbatch = 2\nside = 32\nreport_every = 5\nevaluate_every = 20\ncheckpoint_every = 20\n"
                                     << "[settings]\ncharbonnier_eps = 0.01\n[settings.weights]\ncharbonnier = 1.0\ngradient = 0.25\nkl = 1e-5\n" << more;
        return QString::fromStdString(folder / name);
    }
    void openTraining(bool engine = false) {
        open({}, engine);
        press(Qt::Key_7, Qt::ControlModifier);
        ASSERT_EQ(session().workspace().kind, ui::WorkspaceKind::Train);
        settle();
    }
    bool drop(const QString& path) {
        const std::unique_ptr<QMimeData> mime(filesAsMime({path}));
        return dropOn(window(), window().rect().center(), *mime);
    }
    /// Drops a recipe and starts it, as a person does.
    void startBy(const QString& path, const QString& run = {}) {
        ASSERT_TRUE(drop(path));
        ASSERT_EQ(panel().recipe(), path);
        if (!run.isEmpty()) field<QLineEdit>("runFolder").setText(run);
        clickOn("start");
        ASSERT_NE(training().state(), State::None);
    }
    ui::TrainingRun& training() { return document->training; }
    ui::TrainView& view() { return window().train(); }
    ui::RunPanel& panel() { return *window().findChild<ui::RunPanel*>(); }
    template <typename T>
    T& field(const char* name) {
        return *window().findChild<T*>(QLatin1String(name));
    }
    void clickOn(const char* name) {
        auto& button = field<QPushButton>(name);
        ASSERT_TRUE(button.isVisible()) << name;
        ASSERT_TRUE(button.isEnabled()) << name;
        click(button, button.rect().center());
        settle(10);
    }
    /// The child is a program of its own that has to load: on a busy machine that takes its time.
    static bool waitLong(const std::function<bool()>& holds) { return waitUntil(holds, 240); }
    bool waitFor(State state) {
        return waitLong([&] { return training().state() == state; });
    }
    std::string wrong() { return training().problem().toStdString() + "\n" + window().findChild<ui::MessagesPanel*>()->text().toStdString(); }
    std::string problem() { return view().banner().sentence().toStdString(); }
    std::string shownState() { return field<QLabel>("runState").text().toStdString(); }
    bool exists(const QString& name) { return QFile::exists(training().folder() + QLatin1Char('/') + name); }
    /// The next start, with the settings that the last left.
    void startAgain() {
        close();
        const QString state = settings.stateFolder;
        settings = studio::Settings::read();
        settings.stateFolder = state;
        document = std::make_unique<studio::Document>();
        open({}, false);
    }

    Environment program{"TESSERA_PROGRAM", TESSERA_PROGRAM};
    Environment threads{"OMP_NUM_THREADS", "1"};  // threads that wait for one another are slow on a busy machine
    TemporaryFolder data;
    Environment dataHome{"XDG_DATA_HOME", QByteArray::fromStdString(data.path().string())};
};

TEST_F(StudioTraining, ASmokeRunByOneClickFillsTheWorkspaceAndItsModelOpens) {
    openTraining(true);
    EXPECT_FALSE(stage().isVisible());
    EXPECT_TRUE(view().isVisible());
    EXPECT_TRUE(panel().isVisible());
    EXPECT_EQ(panel().recipe(), QStringLiteral(TESSERA_SOURCE_DIR "/resources/recipes/autoencoder.toml"));
    clickOn("startSmoke");
    EXPECT_EQ(training().state(), State::Starting);
    ASSERT_TRUE(waitFor(State::Finished)) << wrong();
    EXPECT_EQ(shownState(), "finished");
    EXPECT_TRUE(training().folder().startsWith(QString::fromStdString(data / "tessera/runs/autoencoder "))) << training().folder().toStdString();
    EXPECT_EQ(training().step(), 12);
    EXPECT_EQ(field<QProgressBar>("runProgress").value(), field<QProgressBar>("runProgress").maximum());
    EXPECT_THAT(field<QLabel>("runFigures").text().toStdString(), HasSubstr("step 12 of 12"));

    // Reports at 4, 8 and 12.
    const ui::CurvePlot& losses = view().curves().losses();
    ASSERT_FALSE(losses.curves().empty());
    const auto total = std::ranges::find(losses.curves(), QStringLiteral("total"), &ui::StepCurve::name);
    ASSERT_NE(total, losses.curves().end());
    EXPECT_EQ(total->steps, (std::vector<std::int64_t>{4, 8, 12}));
    ASSERT_EQ(view().curves().figures().curves().size(), 1u);
    EXPECT_EQ(view().curves().figures().curves()[0].name, QStringLiteral("held-out PSNR, dB"));
    auto* samples = window().findChild<ui::SamplesPanel*>();
    EXPECT_TRUE(waitUntil([&] { return samples->step() == 12; }, 10));
    EXPECT_EQ(samples->picture().height(), 128) << "pictures above what is made of them, 64 px each";
    EXPECT_THAT(window().findChild<ui::MessagesPanel*>()->text().toStdString(), AllOf(HasSubstr("$ tessera train"), HasSubstr("step 12 of 12")));

    clickOn("openModel");
    EXPECT_EQ(session().workspace().kind, ui::WorkspaceKind::Compare);
    EXPECT_TRUE(stage().isVisible());
    const std::string model = training().folder().toStdString() + "/model";
    ASSERT_TRUE(waitUntil([&] { return std::ranges::any_of(ui::modelsOf(session().groups()), [&](const ui::ModelChoice& each) { return each.reference == model; }); }, 60));
    EXPECT_EQ(ui::modelsOf(session().groups()).size(), 2u) << "beside the one that was there";
}

TEST_F(StudioTraining, PausesResumesAndStopsWithCheckpoints) {
    openTraining();
    startBy(recipe(1000000));
    EXPECT_EQ(shownState(), "starting: the pictures and the model are being opened");
    EXPECT_FALSE(field<QPushButton>("start").isEnabled()) << "one at a time";
    ASSERT_TRUE(waitFor(State::Running)) << wrong();
    ASSERT_TRUE(waitLong([&] { return view().curves().losses().curves().size() > 0 && training().step() > 20; })) << wrong();
    EXPECT_THAT(field<QLabel>("runFigures").text().toStdString(), AllOf(HasSubstr("s a step"), HasSubstr("left"), HasSubstr("rate")));
    clickOn("pause");
    ASSERT_TRUE(waitFor(State::Paused)) << wrong();
    EXPECT_EQ(shownState(), "paused");
    const std::int64_t paused = training().step();
    EXPECT_TRUE(exists("checkpoint.safetensors"));
    EXPECT_EQ(training().now().facts.report->step, paused);
    EXPECT_EQ(training().now().facts.writer, 0);

    clickOn("resume");
    ASSERT_TRUE(waitFor(State::Running)) << wrong();
    ASSERT_TRUE(waitLong([&] { return training().step() > paused + 20; })) << wrong();
    const auto& losses = view().curves().losses().curves();
    const auto total = std::ranges::find(losses, QStringLiteral("total"), &ui::StepCurve::name);
    ASSERT_NE(total, losses.end());
    EXPECT_TRUE(std::ranges::is_sorted(total->steps)) << "one curve through both";
    EXPECT_EQ(total->steps.front(), 5);
    clickOn("stop");
    ASSERT_TRUE(waitFor(State::Stopped)) << wrong();
    EXPECT_EQ(shownState(), "stopped");
    EXPECT_FALSE(training().now().facts.model.empty());
    EXPECT_TRUE(field<QPushButton>("openModel").isVisible());
    EXPECT_TRUE(actions().resumeTraining->isEnabled());
    EXPECT_FALSE(actions().pauseTraining->isEnabled());
    // A new run gets another folder.
    EXPECT_TRUE(field<QPushButton>("start").isEnabled());
    clickOn("closeRun");
    EXPECT_EQ(training().state(), State::None);
}

TEST_F(StudioTraining, AKilledChildIsToldAndResumedFromItsLastCheckpoint) {
    openTraining();
    startBy(recipe(1000000));
    ASSERT_TRUE(waitLong([&] { return training().now().facts.checkpoint && training().now().facts.writer > 0 && training().state() == State::Running; })) << wrong();
    ::kill(static_cast<pid_t>(training().now().facts.writer), SIGKILL);
    ASSERT_TRUE(waitFor(State::Failed));
    EXPECT_EQ(problem(), "The training was ended by a signal (9): Resume goes on from its last checkpoint");
    const std::int64_t before = training().now().log->latest()->step;
    clickOn("resume");
    ASSERT_TRUE(waitFor(State::Running)) << wrong();
    EXPECT_EQ(problem(), "");
    ASSERT_TRUE(waitLong([&] { return training().now().log->latest()->step > before + 20; })) << wrong();
    // Steps that were trained again stand there once.
    const ui::RunCurve* total = training().now().log->find("total");
    EXPECT_TRUE(std::ranges::adjacent_find(total->steps, std::greater_equal<>()) == total->steps.end());
    // The second press does not wait.
    clickOn("stop");
    if (training().state() == State::Ending) clickOn("stop");
    ASSERT_TRUE(waitFor(State::Stopped)) << wrong();
}

TEST_F(StudioTraining, ABrokenRecipeIsOneSentenceAndLeavesNoFolder) {
    openTraining();
    startBy(recipe(100, "broken.toml", "[run2]\nx = 1\n"));
    ASSERT_TRUE(waitFor(State::Failed));
    EXPECT_THAT(problem(), AllOf(HasSubstr("There is no key run2"), HasSubstr("broken.toml")));
    EXPECT_TRUE(view().banner().isVisible());
    EXPECT_FALSE(actions().resumeTraining->isEnabled());
    // It is mended, and started again.
    recipe(10, "broken.toml");
    clickOn("start");
    ASSERT_TRUE(waitFor(State::Finished)) << wrong();
    EXPECT_EQ(problem(), "");
    const QString run = training().folder();

    startBy(recipe(100, "broken.toml", "[run2]\nx = 1\n"));
    ASSERT_TRUE(waitFor(State::Failed));
    const QString second = training().folder();
    EXPECT_NE(second, run);
    EXPECT_TRUE(QFile::exists(second)) << "its messages can be read";
    actions().closeRun->trigger();
    EXPECT_FALSE(QFile::exists(second));
}

TEST_F(StudioTraining, OccupiedFoldersAndMissingProgramsAreOneSentence) {
    openTraining();
    startBy(recipe(10), QString::fromStdString(folder / "run"));
    ASSERT_TRUE(waitFor(State::Finished)) << wrong();
    field<QLineEdit>("runFolder").setText(QString::fromStdString(folder / "run"));
    clickOn("start");
    EXPECT_EQ(problem(), "A run lies in " + (folder / "run") + " already: resume it, or choose another folder");
    std::ofstream(folder / "file") << "x";
    field<QLineEdit>("runFolder").setText(QString::fromStdString(folder / "file"));
    clickOn("start");
    EXPECT_THAT(problem(), HasSubstr("cannot be made: choose another folder"));
    EXPECT_EQ(training().state(), State::Failed);
    const Environment nowhere("TESSERA_PROGRAM", "/nowhere/tessera");
    field<QLineEdit>("runFolder").setText(QString::fromStdString(folder / "third"));
    clickOn("start");
    ASSERT_TRUE(waitUntil([&] { return QString::fromStdString(problem()).contains(QLatin1String("/nowhere/tessera did not start")); }, 10)) << problem();
}

TEST_F(StudioTraining, WhatIsNoRunIsToldSo) {
    openTraining();
    training().open(QString::fromStdString(folder.path().string()));
    ASSERT_TRUE(waitFor(State::Failed));
    EXPECT_THAT(problem(), HasSubstr("is no folder of a run"));
}

TEST_F(StudioTraining, ItEndsWithTheStudioAndTheNextStartOffersIt) {
    openTraining();
    startBy(recipe(1000000));
    ASSERT_TRUE(waitLong([&] { return training().step() > 10; })) << wrong();
    const QString run = training().folder();
    close();
    const std::filesystem::path there(run.toStdString());
    ASSERT_TRUE(waitLong([&] { return ui::readRunFacts(there).writer == 0; }));
    const ui::RunFacts facts = ui::readRunFacts(there);
    ASSERT_TRUE(facts.report);
    EXPECT_TRUE(facts.checkpoint);
    EXPECT_GT(facts.report->step, 10);

    startAgain();
    EXPECT_EQ(session().workspace().kind, ui::WorkspaceKind::Train) << "the session comes back";
    auto& list = field<QListWidget>("recentRuns");
    ASSERT_TRUE(waitUntil([&] { return list.count() == 1; }, 10));
    EXPECT_EQ(list.item(0)->data(Qt::UserRole).toString(), run);
    EXPECT_THAT(list.item(0)->text().toStdString(), HasSubstr("paused"));
    ASSERT_TRUE(waitUntil([&] { return !view().curves().losses().curves().empty(); }, 10)) << "it is open again";
    actions().closeRun->trigger();
    click(*list.viewport(), list.visualItemRect(list.item(0)).center());
    ASSERT_TRUE(waitUntil([&] { return training().canResume(); }, 10));
    clickOn("resume");
    ASSERT_TRUE(waitLong([&] { return training().state() == State::Running && training().step() > facts.report->step; })) << wrong();
    clickOn("stop");
    ASSERT_TRUE(waitFor(State::Stopped)) << wrong();
}

TEST_F(StudioTraining, ARunOfATerminalIsFollowedAndPaused) {
    QProcess terminal;
    const QString run = QString::fromStdString(folder / "terminal");
    terminal.start(QStringLiteral(TESSERA_PROGRAM), {"train", recipe(1000000), "--out", run});
    ASSERT_TRUE(waitLong([&] { return QFile::exists(run + QStringLiteral("/log.csv")); }));
    open({}, false);
    ASSERT_TRUE(drop(run));
    EXPECT_EQ(session().workspace().kind, ui::WorkspaceKind::Train);
    ASSERT_TRUE(waitFor(State::Running)) << wrong();
    EXPECT_TRUE(training().isForeign());
    EXPECT_EQ(shownState(), "training, in another program");
    const std::int64_t seen = training().step();
    ASSERT_TRUE(waitLong([&] { return training().step() > seen; })) << "it is followed";
    clickOn("pause");
    ASSERT_TRUE(waitFor(State::Paused)) << wrong();
    ASSERT_TRUE(terminal.state() == QProcess::NotRunning || terminal.waitForFinished(240000));
    EXPECT_EQ(terminal.exitStatus(), QProcess::NormalExit);
    EXPECT_TRUE(field<QPushButton>("resume").isVisible());
}

TEST_F(StudioTraining, CurvesAreReadHiddenSmoothedAndListed) {
    openTraining();
    startBy(recipe(60));
    ASSERT_TRUE(waitFor(State::Finished)) << wrong();
    ui::CurvesView& curves = view().curves();
    ui::CurvePlot& losses = curves.losses();
    settle();
    // The pointer on a point reads its step in both plots.
    const ui::StepCurve total = *std::ranges::find(losses.curves(), QStringLiteral("total"), &ui::StepCurve::name);
    const auto place = losses.placeOf(total.steps[3], total.values[3]);
    ASSERT_TRUE(place);
    moveMouse(losses, place->toPoint());
    EXPECT_EQ(losses.cursor(), total.steps[3]);
    EXPECT_EQ(curves.figures().cursor(), total.steps[3]);
    EXPECT_EQ(losses.readout().front(), QStringLiteral("step 20"));
    EXPECT_TRUE(losses.readout().contains(QStringLiteral("total  ") + ui::curveNumber(total.values[3]))) << losses.readout().join(u'\n').toStdString();
    // Keys do, too.
    losses.setFocus();
    press(Qt::Key_Right);
    EXPECT_EQ(losses.cursor(), 25);
    press(Qt::Key_End);
    EXPECT_EQ(losses.cursor(), 60);
    EXPECT_THAT(losses.accessibleDescription().toStdString(), HasSubstr("step 60"));
    press(Qt::Key_Escape);
    EXPECT_FALSE(losses.cursor());

    // A tick in the legend takes its curve off, and the others use the room.
    const auto boxes = curves.legend().findChildren<QCheckBox*>();
    const auto box = std::ranges::find_if(boxes, [](const QCheckBox* each) { return each->text() == u"kl"; });
    ASSERT_NE(box, boxes.end());
    const std::size_t before = losses.curves().size();
    const auto height = losses.placeOf(total.steps[3], total.values[3])->y();
    click(**box, QPoint(8, (*box)->height() / 2));
    EXPECT_EQ(losses.curves().size(), before - 1);
    EXPECT_NE(losses.placeOf(total.steps[3], total.values[3])->y(), height);

    // Smoothing by the keys of its slider.
    auto& smoothing = field<QSlider>("smoothing");
    smoothing.setFocus();
    for (int i = 0; i < 9; ++i) press(Qt::Key_Right, Qt::ShiftModifier);
    EXPECT_EQ(smoothing.value(), 90);
    const ui::StepCurve smooth = *std::ranges::find(losses.curves(), QStringLiteral("total"), &ui::StepCurve::name);
    EXPECT_EQ(smooth.smoothed, ui::smoothed(total.values, 0.9));

    // The table has all of it.
    for (auto* button : curves.findChildren<QToolButton*>()) {
        if (button->text() == u"Table") click(*button, button->rect().center());
    }
    auto* table = curves.findChild<QTableView*>();
    ASSERT_TRUE(table->isVisible());
    EXPECT_EQ(table->model()->rowCount(), 12);
    EXPECT_EQ(table->model()->index(0, 0).data().toString(), QStringLiteral("60"));

    // All of which is remembered.
    startAgain();
    EXPECT_EQ(view().curves().look().smoothing, 90);
    EXPECT_TRUE(view().curves().legend().isHidden(QStringLiteral("kl")));
    press(Qt::Key_7, Qt::ControlModifier);
    clickOn("closeRun");
}

TEST_F(StudioTraining, SamplesOfEveryStepAreLookedAt) {
    openTraining();
    startBy(recipe(60));
    ASSERT_TRUE(waitFor(State::Finished)) << wrong();
    auto* samples = window().findChild<ui::SamplesPanel*>();
    ASSERT_TRUE(waitUntil([&] { return samples->step() == 60; }, 10));
    const QImage last = samples->picture();
    auto& slider = field<QSlider>("sampleStep");
    EXPECT_EQ(slider.maximum(), 2);
    slider.setFocus();
    press(Qt::Key_Home);
    ASSERT_TRUE(waitUntil([&] { return samples->step() == 20; }, 10));
    EXPECT_NE(samples->picture(), last);
    press(Qt::Key_End);
    ASSERT_TRUE(waitUntil([&] { return samples->step() == 60; }, 10));
    EXPECT_EQ(samples->picture(), last);
}

TEST_F(StudioTraining, WhatIsForTheBoardGoesThere) {
    open({}, false);
    press(Qt::Key_3, Qt::ControlModifier);
    press(Qt::Key_7, Qt::ControlModifier);
    ASSERT_EQ(session().workspace().kind, ui::WorkspaceKind::Train);
    EXPECT_FALSE(actions().fit->isEnabled());
    ASSERT_TRUE(drop(QString::fromStdString(writeQuadrants(folder, "a.png"))));
    EXPECT_EQ(session().workspace().kind, ui::WorkspaceKind::Compare) << "where the board was looked at last";
    EXPECT_EQ(session().rows().size(), 1u);
    EXPECT_TRUE(stage().isVisible());
    press(Qt::Key_7, Qt::ControlModifier);
    press(Qt::Key_Delete);
    EXPECT_EQ(session().rows().size(), 1u) << "nobody sees what would go";
}

}  // namespace
}  // namespace tessera::test
