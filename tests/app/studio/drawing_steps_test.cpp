// SPDX-License-Identifier: GPL-3.0-or-later
// The Generate workspace over models that draw in steps: a flow beside an RAE and a masked grid beside a tokenizer, both small and of random weights.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <QAbstractItemView>
#include <QComboBox>
#include <QCompleter>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>

#include "drawing_export.h"
#include "engine/families/masked_grid.h"
#include "engine/families/rae_model.h"
#include "generate/drawing_sweep.h"
#include "generate/drawing_words.h"
#include "panels/generate/class_field.h"
#include "panels/generate/drawn_canvas.h"
#include "panels/generate/generate_view.h"
#include "panels/generate/history_panel.h"
#include "panels/generate/prompt_panel.h"
#include "panels/generate/step_map.h"
#include "panels/generate/sweep_dialog.h"
#include "panels/generate/trace_map.h"
#include "panels/parameter_field.h"
#include "studio_window.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using namespace ui;
using testing::AllOf;
using testing::HasSubstr;
using State = Drawing::State;

class StudioDrawingSteps : public StudioWindow {
protected:
    void openModel(const std::string& path) {
        studio::StartOptions start;
        start.model = QString::fromStdString(path);
        open(start);
        press(Qt::Key_5, Qt::ControlModifier);
        ASSERT_TRUE(waitUntil([&] { return queue().drawer(session().model()) != nullptr; }));
        settle(50);
    }
    /// Six steps, guided by a weaker model by 1.5.
    void openFlow() {
        rae.classes = "tench, Tinca tinca\ngoldfish, Carassius auratus\ngreat white shark\n";
        openModel(rae.write());
    }
    /// 4 x 5 cells of three depths in six rounds.
    void openMasks() {
        MaskedGrid grid;
        grid.ofDepths(3);
        grid.config["codebook_size"] = 8;
        grid.config["tokenizer"] = "..";
        const fs::path tokenizer = folder.path() / "tokenizer";
        fs::copy(fs::path(TESSERA_SOURCE_DIR) / "tests/engine/families/tessera_mini/model", tokenizer, fs::copy_options::recursive);
        grid.write(tokenizer / "masked_generator");
        openModel((tokenizer / "masked_generator").string());
    }
    template <typename T>
    T& field(const char* name) {
        T* found = window().findChild<T*>(QLatin1String(name));
        EXPECT_NE(found, nullptr) << name;
        return *found;
    }
    void clickOn(QAbstractButton& button) {
        ASSERT_TRUE(button.isVisible()) << button.objectName().toStdString();
        ASSERT_TRUE(button.isEnabled()) << button.toolTip().toStdString();
        click(button, button.rect().center());
        settle(20);
    }
    /// Settings of the picture that is looked at, as a file of it and then as the history have them.
    void readKept(const char* name, std::vector<DrawingSettings>& kept) {
        const QString path = QString::fromStdString(folder / name);
        ASSERT_EQ(studio::saveDrawing(*desk().drawing(), 0, 0, path), QString());
        const auto file = readDrawnFile(path);
        ASSERT_TRUE(file);
        ASSERT_TRUE(waitUntil([&] {
            document->history.wait();
            settle(10);
            return document->history.entries().size() == 1;
        }));
        kept = {file->settings, document->history.entries().front().settings};
    }
    void type(const QString& text) {
        for (const QChar letter : text) press(letter == u' ' ? Qt::Key_Space : Qt::Key(letter.toUpper().unicode()), Qt::NoModifier, letter);
    }
    bool waitForAll() {
        return waitUntil([this] { return !queue().drawings().empty() && std::ranges::none_of(queue().drawings(), [](const auto& each) { return each->isOpen(); }); });
    }
    void order(const QString& words) {
        field<ClassField>("classField").setText(words);
        field<QLineEdit>("seed").setText(QStringLiteral("5"));
        field<ClassField>("classField").setFocus();
        press(Qt::Key_Return, Qt::ControlModifier);
    }
    void drawOne(const QString& words = QStringLiteral("1")) {
        order(words);
        ASSERT_TRUE(waitForAll());
        ASSERT_EQ(queue().drawings().back()->state, State::Finished) << queue().drawings().back()->problem.toStdString();
        settle(50);
    }
    DrawQueue& queue() { return document->drawings; }
    DrawDesk& desk() { return document->desk; }
    GenerateView& view() { return window().generateView(); }
    DrawnCanvas& canvas() { return view().canvas(); }
    PromptPanel& panel() { return *window().docks().prompt; }
    const GeneratedPicture& picture(std::size_t drawing) { return queue().drawings()[drawing]->drawn.pictures[0]; }
    std::string words(const char* name) { return field<QLabel>(name).text().toStdString(); }
    static std::vector<std::uint8_t> pixels(const GeneratedPicture& picture) {
        const Image image = picture.frames.at(0).image.toU8Rgb();
        const auto& samples = std::get<SharedArray<std::uint8_t>>(image.samples());
        return {samples.data(), samples.data() + samples.size()};
    }

    RaeModel rae;
    TemporaryFolder data;
    Environment dataHome{"XDG_DATA_HOME", QByteArray::fromStdString(data.path().string())};
};

TEST_F(StudioDrawingSteps, AFlowIsAskedForWhatItFollows) {
    openFlow();
    EXPECT_FALSE(field<QPlainTextEdit>("prompt").isVisible());
    auto& classes = field<ClassField>("classField");
    ASSERT_TRUE(classes.isVisible());
    for (const char* name : {"drawSteps", "keptSteps", "guidanceFrom", "guidanceTo", "sampler", "weakGuide", "startRow"}) EXPECT_TRUE(field<QWidget>(name).isVisibleTo(&panel())) << name;
    EXPECT_FALSE(field<QComboBox>("schedule").isVisibleTo(&panel()));
    EXPECT_FALSE(field<QComboBox>("guidanceCourse").isVisibleTo(&panel()));
    const DrawingSettings own = panel().settings();
    EXPECT_EQ(own.guidance, 1.5);
    EXPECT_EQ(own.steps, 6);
    EXPECT_EQ(own.sampler, u"euler");
    // What is no class cannot be queued, and says why.
    click(classes, classes.rect().center());
    type(QStringLiteral("cat"));
    EXPECT_FALSE(field<QPushButton>("queue").isEnabled());
    EXPECT_THAT(field<QPushButton>("queue").toolTip().toStdString(), AllOf(HasSubstr("no class “cat”"), HasSubstr("0 to 2")));
    EXPECT_FALSE(actions().queueDrawing->isEnabled());
    // A part of a name finds it.
    classes.clear();
    type(QStringLiteral("gold"));
    ASSERT_TRUE(waitUntil([&] { return classes.completer()->popup()->isVisible(); }));
    ASSERT_EQ(classes.completer()->completionCount(), 1);
    EXPECT_THAT(classes.completer()->currentCompletion().toStdString(), HasSubstr("goldfish"));
    classes.completer()->popup()->hide();
    classes.setText(classes.completer()->currentCompletion());
    EXPECT_EQ(classes.prompt(), u"goldfish, Carassius auratus");
    EXPECT_TRUE(actions().queueDrawing->isEnabled());
    classes.setText(QStringLiteral("2"));
    EXPECT_EQ(classes.prompt(), u"great white shark");
}

TEST_F(StudioDrawingSteps, AFlowsKeptStepsAreScrubbedAndPlayed) {
    openFlow();
    drawOne();
    const GeneratedPicture& drawn = picture(0);
    ASSERT_EQ(drawn.steps.size(), 6u) << "seven times have six steps between them";
    EXPECT_EQ(desk().stepCount(), 6);
    const QImage whole = desk().image();
    ASSERT_FALSE(whole.isNull());
    EXPECT_EQ(words("stepWords"), "6 of 6");
    StepMap &latents = view().stepMap(0), &velocity = view().stepMap(1);
    ASSERT_TRUE(latents.isVisible());
    EXPECT_FALSE(view().map(0).isVisible());
    EXPECT_EQ(latents.picture().size(), QSize(RaeModel::kGrid, RaeModel::kGrid));
    EXPECT_EQ(velocity.values(), drawn.steps[5].perToken);
    // By keys.
    canvas().setFocus();
    press(Qt::Key_Comma, Qt::NoModifier, QStringLiteral(","));
    press(Qt::Key_Comma, Qt::NoModifier, QStringLiteral(","));
    EXPECT_EQ(desk().steps(), 4);
    EXPECT_THAT(words("stepWords"), AllOf(HasSubstr("step 5 of 6"), HasSubstr("time")));
    EXPECT_EQ(velocity.values(), drawn.steps[4].perToken);
    EXPECT_NE(desk().image(), whole);
    // By the slider.
    auto& slider = field<QSlider>("steps");
    slider.setFocus();
    for (int i = 0; i < 4; ++i) press(Qt::Key_Left);
    EXPECT_EQ(desk().steps(), 0);
    EXPECT_EQ(velocity.values(), drawn.steps[0].perToken);
    const QImage noise = latents.picture();
    for (int i = 0; i < 5; ++i) press(Qt::Key_Right);
    EXPECT_NE(latents.picture(), noise);
    // It is read by token.
    click(canvas(), canvas().tokenRect(5).center());
    EXPECT_EQ(desk().token(), 5);
    EXPECT_FALSE(actions().forkDrawing->isEnabled());
    // And played to its end.
    desk().setSteps({});
    press(Qt::Key_V, Qt::NoModifier, QStringLiteral("v"));
    EXPECT_TRUE(view().isPlaying());
    EXPECT_EQ(desk().steps(), 0);
    ASSERT_TRUE(waitUntil([&] { return desk().steps().value_or(0) > 1; }));
    ASSERT_TRUE(waitUntil([&] { return !view().isPlaying(); }));
    EXPECT_FALSE(desk().steps());
    EXPECT_EQ(desk().image(), whole);
}

TEST_F(StudioDrawingSteps, MasksShowWhatIsFixedAndHowSureTheModelWas) {
    openMasks();
    for (const char* name : {"sampler", "startRow", "guidanceFrom"}) EXPECT_FALSE(field<QWidget>(name).isVisibleTo(&panel())) << name;
    EXPECT_TRUE(field<QComboBox>("schedule").isVisibleTo(&panel()));
    EXPECT_EQ(panel().settings().schedule, u"cosine") << "the model's own";
    EXPECT_EQ(panel().settings().temperature, 4.5) << "the model's own";
    drawOne(QStringLiteral("2"));
    const GeneratedPicture& drawn = picture(0);
    ASSERT_EQ(drawn.steps.size(), 6u);
    const GenerationStep& second = drawn.steps[1];
    desk().setSteps(1);
    settle(20);
    const auto fixed = std::ranges::count(second.masked, std::uint8_t(0));
    ASSERT_GT(fixed, 0);
    EXPECT_THAT(words("stepWords"), HasSubstr(std::to_string(fixed) + " of 20 fixed"));
    StepMap &masks = view().stepMap(0), &sure = view().stepMap(1);
    EXPECT_EQ(masks.kind(), StepMap::Kind::Masks);
    ASSERT_EQ(sure.values().size(), 20u);
    for (std::size_t i = 0; i < 20; ++i) {
        if (second.perToken[i] == 0) EXPECT_TRUE(std::isnan(sure.values()[i])) << i;
        else EXPECT_FLOAT_EQ(sure.values()[i], std::exp(second.perToken[i])) << i;
    }
    // What is drawn again is hatched, what was fixed just now is bright, what was known is neither.
    const auto again = std::ranges::find(second.masked, std::uint8_t(1)) - second.masked.begin();
    int fresh = -1, known = -1;
    for (int i = 0; i < 20; ++i) {
        if (isFresh(second, static_cast<std::size_t>(i))) fresh = i;
        else if (!second.masked[static_cast<std::size_t>(i)]) known = i;
    }
    ASSERT_GE(fresh, 0);
    ASSERT_GE(known, 0);
    const QImage shown = screenPart(masks, masks.rect());
    const auto inside = [&](int token) { return shown.copy(masks.cell(token).adjusted(2, 2, -2, -2)); };
    const auto colours = [&](int token) {
        std::set<QRgb> all;
        const QImage part = inside(token);
        for (int y = 0; y < part.height(); ++y) {
            for (int x = 0; x < part.width(); ++x) all.insert(part.pixel(x, y));
        }
        return all;
    };
    EXPECT_GT(colours(static_cast<int>(again)).size(), 1u) << "hatched";
    EXPECT_EQ(colours(fresh).size(), 1u);
    EXPECT_NE(colours(fresh), colours(known));
    const QImage marked = screenPart(canvas(), canvas().rect());
    desk().setSteps({});
    settle(20);
    EXPECT_NE(screenPart(canvas(), canvas().rect()), marked);
}

TEST_F(StudioDrawingSteps, AMaskedRectangleIsDrawnAnewAndTheRestStays) {
    openMasks();
    drawOne();
    drag(canvas(), canvas().tokenRect(6).center(), canvas().tokenRect(12).center());
    ASSERT_EQ(desk().part(), QRect(1, 1, 2, 2));
    press(Qt::Key_R, Qt::NoModifier, QStringLiteral("r"));
    ASSERT_TRUE(waitForAll());
    settle(50);
    ASSERT_EQ(queue().drawings().size(), 2u);
    ASSERT_EQ(queue().drawings()[1]->state, State::Finished) << queue().drawings()[1]->problem.toStdString();
    const auto &before = picture(0).codes, &after = picture(1).codes;
    for (std::size_t token = 0; token < 20; ++token) {
        const bool inside = QRect(1, 1, 2, 2).contains(int(token % 5), int(token / 5));
        EXPECT_TRUE(inside || std::equal(before.begin() + token * 3, before.begin() + (token + 1) * 3, after.begin() + token * 3)) << token;
    }
    EXPECT_NE(before, after);
}

TEST_F(StudioDrawingSteps, SettingsOfStepsGoToFileAndHistoryAndBack) {
    openFlow();
    field<ParameterField>("drawSteps").setValue(std::int64_t(5));
    field<ParameterField>("guidanceFrom").setValue(0.1);
    field<ParameterField>("guidanceTo").setValue(0.9);
    field<QComboBox>("sampler").setCurrentText(QStringLiteral("heun"));
    field<QAbstractButton>("weakGuide").setChecked(true);
    drawOne(QStringLiteral("goldfish"));
    std::vector<DrawingSettings> kept;
    ASSERT_NO_FATAL_FAILURE(readKept("fish.png", kept));
    const HistoryEntry& entry = document->history.entries().front();
    EXPECT_EQ(entry.by, DrawnBy::Flow);
    EXPECT_TRUE(isFinished(entry));
    for (const DrawingSettings& each : kept) {
        EXPECT_EQ(each.steps, 5);
        EXPECT_EQ(each.sampler, u"heun");
        EXPECT_DOUBLE_EQ(each.guidanceFrom, 0.1);
        EXPECT_DOUBLE_EQ(each.guidanceTo, 0.9);
        EXPECT_TRUE(each.weakGuide);
        EXPECT_EQ(each.prompt, u"goldfish, Carassius auratus");
    }
    // Back into the panel by the history's own button.
    panel().setSettings({.prompt = QStringLiteral("0"), .steps = 3});
    auto* list = window().docks().history->findChild<QListWidget*>();
    ASSERT_NE(list, nullptr);
    list->setCurrentRow(0);
    list->setFocus();
    press(Qt::Key_Return);
    settle(20);
    const DrawingSettings back = panel().settings();
    EXPECT_EQ(back.steps, 5);
    EXPECT_EQ(back.sampler, u"heun");
    EXPECT_EQ(back.prompt, u"goldfish, Carassius auratus");
    // The same settings draw the same picture.
    press(Qt::Key_Return, Qt::ControlModifier);
    ASSERT_TRUE(waitForAll());
    ASSERT_EQ(queue().drawings().size(), 2u);
    EXPECT_EQ(pixels(picture(0)), pixels(picture(1)));
}

TEST_F(StudioDrawingSteps, AScheduleGoesToFileAndHistoryAndBack) {
    openMasks();
    field<QComboBox>("schedule").setCurrentText(QStringLiteral("pow3"));
    drawOne(QStringLiteral("2"));
    EXPECT_EQ(queue().drawings()[0]->settings.schedule, u"pow3");
    std::vector<DrawingSettings> kept;
    ASSERT_NO_FATAL_FAILURE(readKept("masks.png", kept));
    for (const DrawingSettings& each : kept) EXPECT_EQ(each.schedule, u"pow3");
    // Back into the panel, a power too that nobody offers.
    field<QComboBox>("schedule").setCurrentText(QStringLiteral("cosine"));
    panel().setSettings(kept.front());
    EXPECT_EQ(panel().settings().schedule, u"pow3");
    DrawingSettings other = kept.front();
    other.schedule = QStringLiteral("pow1.5");
    panel().setSettings(other);
    EXPECT_EQ(panel().settings().schedule, u"pow1.5");
}

TEST_F(StudioDrawingSteps, ASweepIsARowOfPicturesWithTheirValues) {
    openFlow();
    field<ClassField>("classField").setText(QStringLiteral("1"));
    field<QLineEdit>("seed").setText(QStringLiteral("5"));
    const auto sweep = [this](Swept what, double low, double high, int count) {
        clickOn(field<QToolButton>("sweep"));
        auto* dialog = window().findChild<QDialog*>(QStringLiteral("sweepDialog"));
        ASSERT_NE(dialog, nullptr);
        ASSERT_TRUE(dialog->isVisible());
        auto& choice = field<QComboBox>("sweepWhat");
        ASSERT_GE(choice.findData(int(what)), 0);
        choice.setCurrentIndex(choice.findData(int(what)));
        field<QDoubleSpinBox>("sweepLow").setValue(low);
        field<QDoubleSpinBox>("sweepHigh").setValue(high);
        field<QSpinBox>("sweepCount").setValue(count);
        clickOn(field<QPushButton>("queueSweep"));
        window().activateWindow();  // there may be no window manager that does
        ASSERT_TRUE(waitUntil([&] { return window().isActiveWindow(); }));
        ASSERT_TRUE(waitForAll());
        settle(50);
    };
    const auto usualCount = [this](Swept what, int way) {
        SweepDialog dialog(panel().settings(), *queue().drawer(session().model()), way, nullptr);
        auto* choice = dialog.findChild<QComboBox*>(QStringLiteral("sweepWhat"));
        choice->setCurrentIndex(choice->findData(int(what)));
        return dialog.findChild<QSpinBox*>(QStringLiteral("sweepCount"))->value();
    };
    EXPECT_EQ(usualCount(Swept::Seeds, 7), 7);
    EXPECT_EQ(usualCount(Swept::Seeds, 16), 16);
    EXPECT_EQ(usualCount(Swept::Guidance, 16), 5);
    sweep(Swept::Guidance, 1, 3, 3);
    ASSERT_EQ(queue().drawings().size(), 3u);
    auto& row = field<QListWidget>("seeds");
    ASSERT_TRUE(row.isVisible());
    ASSERT_EQ(row.count(), 3);
    EXPECT_EQ(row.item(1)->text(), u"guidance 2");
    EXPECT_FALSE(row.item(2)->icon().isNull());
    EXPECT_NE(pixels(picture(0)), pixels(picture(2)));
    click(*row.viewport(), row.visualItemRect(row.item(0)).center());
    EXPECT_EQ(desk().picture().drawing, queue().drawings()[0]->id);
    // Between two seeds: the ends are those seeds' own pictures.
    field<QLineEdit>("seed").setText(QStringLiteral("5"));
    sweep(Swept::Seeds, 0, 1, 3);
    ASSERT_EQ(queue().drawings().size(), 6u);
    EXPECT_EQ(queue().drawings()[3]->caption, u"seed 5");
    EXPECT_EQ(queue().drawings()[4]->caption, u"0.5 of the way");
    EXPECT_EQ(queue().drawings()[5]->caption, u"seed 6");
    field<QLineEdit>("seed").setText(QStringLiteral("6"));
    field<ClassField>("classField").setFocus();
    press(Qt::Key_Return, Qt::ControlModifier);
    ASSERT_TRUE(waitForAll());
    ASSERT_EQ(queue().drawings().size(), 7u);
    EXPECT_EQ(pixels(picture(5)), pixels(picture(6)));
    EXPECT_NE(pixels(picture(4)), pixels(picture(5)));
    // Steps are whole, each once.
    const auto steps = sweptDrawings(panel().settings(), Swept::Steps, 1, 3, 6);
    ASSERT_EQ(steps.size(), 3u);
    EXPECT_EQ(steps[1].first, u"2 steps");
    close();
    EXPECT_EQ(studio::Settings::read().way, 3) << "as many pictures as there were between the seeds";
}

TEST_F(StudioDrawingSteps, ADroppedPictureIsWhatAFlowSetsOutFrom) {
    openFlow();
    const QString path = QString::fromStdString(writeQuadrants(folder, "start.png", 32));
    const std::unique_ptr<QMimeData> mime(filesAsMime({path}));
    ASSERT_TRUE(dropOn(window(), window().rect().center(), *mime));
    settle(50);
    EXPECT_EQ(session().workspace().kind, WorkspaceKind::Generate);
    EXPECT_TRUE(session().rows().empty());
    ASSERT_NE(panel().start(), nullptr);
    EXPECT_TRUE(field<QLabel>("startPicture").isVisibleTo(&panel()));
    EXPECT_FALSE(field<QLabel>("startPicture").pixmap(Qt::ReturnByValue).isNull());
    field<ParameterField>("startTime").setValue(0.5);
    drawOne();
    EXPECT_EQ(queue().drawings()[0]->settings.startTime, 0.5);
    EXPECT_LT(picture(0).steps.at(0).time, 1) << "it did not set out from noise";
    // A rectangle of what came out is drawn anew.
    drag(canvas(), canvas().tokenRect(5).center(), canvas().tokenRect(10).center());
    ASSERT_EQ(desk().part(), QRect(1, 1, 2, 2));
    press(Qt::Key_R, Qt::NoModifier, QStringLiteral("r"));
    ASSERT_TRUE(waitForAll());
    settle(50);
    ASSERT_EQ(queue().drawings().size(), 2u);
    const Drawing& anew = *queue().drawings()[1];
    ASSERT_EQ(anew.state, State::Finished) << anew.problem.toStdString();
    EXPECT_EQ(std::ranges::count(anew.settings.drawnAnew, 1), 4);
    EXPECT_NE(pixels(picture(0)), pixels(picture(1)));
    // And back to noise.
    clickOn(field<QToolButton>("clearStart"));
    EXPECT_EQ(panel().start(), nullptr);
    EXPECT_EQ(panel().settings().startTime, 1);
}

TEST_F(StudioDrawingSteps, TwoImagesAreInterpolatedOnTheBoard) {
    open();
    dropFiles({QString::fromStdString(writeQuadrants(folder, "one.png", 64)), QString::fromStdString(writeQuadrants(folder, "two.png", 64))});
    press(Qt::Key_3, Qt::ControlModifier);
    settle(50);
    ASSERT_EQ(session().rows().size(), 2u);
    session().setCurrentRow(session().rows()[0].id);
    QMenu* menu = nullptr;
    for (QMenu* each : window().menuBar()->findChildren<QMenu*>()) {
        if (each->title() == u"&Interpolate to Image") menu = each;
    }
    ASSERT_NE(menu, nullptr);
    ASSERT_TRUE(waitUntil([&] { return document->host.modelOf(session().model()).info.has_value(); }));
    Q_EMIT menu->aboutToShow();
    ASSERT_EQ(menu->actions().size(), 3) << "the other image, a line, and how many";
    QMenu* counts = menu->actions().last()->menu();
    ASSERT_NE(counts, nullptr);
    ASSERT_EQ(counts->actions().size(), 14) << "3 to 16";
    EXPECT_TRUE(counts->actions()[4]->isChecked()) << "7";
    EXPECT_EQ(menu->actions().first()->text(), u"two.png");
    menu->actions().first()->trigger();
    const auto& columns = session().columns();
    ASSERT_EQ(std::ranges::count(columns, "blend", &Column::lens), 7);
    const Column& last = columns.back();
    EXPECT_EQ(std::get<std::string>(last.parameters.at("path")), "spherical");
    EXPECT_EQ(std::get<double>(last.parameters.at("amount")), 1.0);
    ASSERT_TRUE(last.with);
    EXPECT_EQ(last.with->row, session().rows()[1].id);
    // As many as are asked for, from then on.
    counts->actions().first()->trigger();
    menu->clear();
    Q_EMIT menu->aboutToShow();
    menu->actions().first()->trigger();
    EXPECT_EQ(std::ranges::count(session().columns(), "blend", &Column::lens), 7 + 3);
    close();
    EXPECT_EQ(studio::Settings::read().way, 3);
}

}  // namespace
}  // namespace tessera::test
