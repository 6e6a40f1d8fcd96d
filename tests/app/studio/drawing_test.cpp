// SPDX-License-Identifier: GPL-3.0-or-later
// The Generate workspace of the real window: a tiny model that draws 4 x 4 tokens of four depths, and a fake one where a test has to be in the middle of it.
#include <algorithm>
#include <fstream>

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QImageReader>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>

#include "bridge/picture_image.h"
#include "drawing_export.h"
#include "generate/branch_tree.h"
#include "generate/drawing_words.h"
#include "incoming_files.h"
#include "panels/banner.h"
#include "panels/fact_list.h"
#include "panels/generate/alternatives_panel.h"
#include "panels/generate/branches_panel.h"
#include "panels/generate/draw_card.h"
#include "panels/generate/drawn_canvas.h"
#include "panels/generate/generate_view.h"
#include "panels/generate/history_panel.h"
#include "panels/generate/prompt_panel.h"
#include "panels/generate/queue_panel.h"
#include "panels/generate/trace_map.h"
#include "panels/timeline.h"
#include "studio_window.h"
#include "widgets/support/fake_engine.h"
#include "workspace/prompts.h"
#include "workspace/session_file.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using State = Drawing::State;

const QString kModel = QStringLiteral(TESSERA_SOURCE_DIR "/tests/golden/vila_u/generate/model");
constexpr int kSide = 4, kDepths = 4;

class StudioDrawing : public StudioWindow {
protected:
    void openDrawing(const QString& model = kModel) {
        studio::StartOptions start;
        start.model = model;
        open(start);
        press(Qt::Key_5, Qt::ControlModifier);
        ASSERT_EQ(session().workspace().kind, WorkspaceKind::Generate);
        settle(50);
    }
    /// The next start, on what this one kept.
    void openAgain(const QString& model = kModel) {
        document->history.wait();
        close();
        document->history.wait();
        settings = studio::Settings::read();
        document = std::make_unique<studio::Document>();
        openDrawing(model);
    }
    /// Looks at an entry of the history.
    void reopen(int row) {
        QListWidget& list = history().list();
        click(*list.viewport(), list.visualItemRect(list.item(row)).center());
        history().tools().at(1)->trigger();
    }
    template <typename T>
    T& field(const char* name) {
        T* found = window().findChild<T*>(QLatin1String(name));
        EXPECT_NE(found, nullptr) << name;
        return *found;
    }
    void clickOn(const char* name) {
        auto& button = field<QPushButton>(name);
        ASSERT_TRUE(button.isVisible()) << name;
        ASSERT_TRUE(button.isEnabled()) << name << ": " << button.toolTip().toStdString();
        click(button, button.rect().center());
        settle(10);
    }
    QPlainTextEdit& prompt() { return field<QPlainTextEdit>("prompt"); }
    void type(const QString& text) {
        for (const QChar letter : text) press(letter == u' ' ? Qt::Key_Space : Qt::Key(letter.toUpper().unicode()), Qt::NoModifier, letter);
    }
    /// Types a prompt and queues it, as a person does.
    void draw(const QString& words, const QString& seed = QStringLiteral("5")) {
        click(prompt(), prompt().rect().center());
        prompt().clear();
        type(words);
        field<QLineEdit>("seed").setText(seed);
        press(Qt::Key_Return, Qt::ControlModifier);
    }
    bool waitForAll() {
        return waitUntil([this] { return !queue().drawings().empty() && std::ranges::none_of(queue().drawings(), [](const auto& each) { return each->isOpen(); }); });
    }
    void drawOne(const QString& words = QStringLiteral("a clock")) {
        draw(words);
        ASSERT_TRUE(waitForAll());
        ASSERT_EQ(queue().drawings().back()->state, State::Finished) << queue().drawings().back()->problem.toStdString();
        settle(50);
    }
    void clickToken(int row, int column) { click(canvas(), canvas().tokenRect(row * kSide + column).center()); }
    DrawQueue& queue() { return document->drawings; }
    DrawDesk& desk() { return document->desk; }
    GenerateView& view() { return window().generateView(); }
    DrawnCanvas& canvas() { return view().canvas(); }
    HistoryPanel& history() { return *window().docks().history; }
    AlternativesPanel& alternatives() { return *window().docks().alternatives; }
    const std::vector<std::int32_t>& codes(std::size_t drawing) { return queue().drawings()[drawing]->drawn.pictures[0].codes; }
    std::string words(const char* name) { return field<QLabel>(name).text().toStdString(); }
    bool dropFile(const QString& path) {
        const std::unique_ptr<QMimeData> mime(filesAsMime({path}));
        return dropOn(window(), window().rect().center(), *mime);
    }

    TemporaryFolder data;
    Environment dataHome{"XDG_DATA_HOME", QByteArray::fromStdString(data.path().string())};
};

TEST_F(StudioDrawing, WithoutAModelThatDrawsItSaysHowToOpenOne) {
    open();
    press(Qt::Key_5, Qt::ControlModifier);
    settle(50);
    EXPECT_FALSE(stage().isVisible());
    EXPECT_TRUE(view().isVisible());
    EXPECT_EQ(words("generateHeading"), "No model that draws is open");
    EXPECT_THAT(words("generateWords"), HasSubstr("VILA-U"));
    EXPECT_TRUE(field<QPushButton>("openDrawer").isVisible());
    EXPECT_FALSE(field<QPushButton>("writePrompt").isVisible());
    click(prompt(), prompt().rect().center());
    type(QStringLiteral("a clock"));
    EXPECT_FALSE(field<QPushButton>("queue").isEnabled());
    EXPECT_THAT(field<QPushButton>("queue").toolTip().toStdString(), HasSubstr("draws no pictures"));
    press(Qt::Key_Return, Qt::ControlModifier);
    EXPECT_TRUE(queue().drawings().empty());
    ASSERT_TRUE(dropFile(kModel));
    ASSERT_TRUE(waitUntil([&] { return queue().drawer(session().model()) != nullptr; }));
    settle(50);
    EXPECT_EQ(session().workspace().kind, WorkspaceKind::Generate) << "a model dropped here is for drawing";
    EXPECT_EQ(words("generateHeading"), "Say what is to be drawn");
    EXPECT_TRUE(field<QPushButton>("queue").isEnabled());
}

TEST_F(StudioDrawing, APromptIsTypedQueuedAndDrawn) {
    openDrawing();
    clickOn("writePrompt");
    EXPECT_TRUE(prompt().hasFocus());
    type(QStringLiteral("a clock"));
    field<QLineEdit>("seed").setText(QStringLiteral("5"));
    press(Qt::Key_Return, Qt::ControlModifier);
    ASSERT_EQ(queue().drawings().size(), 1u);
    EXPECT_TRUE(prompt().hasFocus()) << "typing goes on";
    EXPECT_EQ(prompt().toPlainText(), u"a clock") << "and nothing was put into the text";
    EXPECT_NE(field<QLineEdit>("seed").text(), u"5") << "a seed that is not locked moves on";
    ASSERT_TRUE(waitForAll());
    settle(50);
    const Drawing& drawn = *queue().drawings()[0];
    ASSERT_EQ(drawn.state, State::Finished) << drawn.problem.toStdString();
    EXPECT_EQ(drawn.settings.seed, 5u);
    EXPECT_FALSE(desk().image().isNull());
    EXPECT_EQ(drawn.drawn.pictures[0].trace.size(), std::size_t(kSide) * kSide * kDepths);
    EXPECT_THAT(drawn.drawn.pictures[0].codes, Each(testing::Ge(0)));
    DrawCard* card = window().docks().queue->card(drawn.id);
    ASSERT_NE(card, nullptr);
    EXPECT_TRUE(card->isVisible());
    EXPECT_THAT(card->words().toStdString(), AllOf(StartsWith("done"), HasSubstr("seed 5")));
    // The heat maps show the trace.
    EXPECT_EQ(view().map(0).values().size(), std::size_t(kSide) * kSide);
    EXPECT_EQ(view().map(0).values()[3], drawn.drawn.pictures[0].trace.entropy[3 * kDepths]);
    EXPECT_EQ(view().map(1).values()[3], float(drawn.drawn.pictures[0].trace.rank[3 * kDepths] + 1));
    canvas().setFocus();  // in the text a bracket would be typed
    press(Qt::Key_BracketRight, Qt::NoModifier, QStringLiteral("]"));
    EXPECT_EQ(desk().depth(), 1);
    EXPECT_EQ(view().map(0).values()[3], drawn.drawn.pictures[0].trace.entropy[3 * kDepths + 1]);
}

TEST_F(StudioDrawing, ALockedSeedStaysAndDrawsTheSameAgain) {
    openDrawing();
    auto& lock = field<QToolButton>("lockSeed");
    click(lock, lock.rect().center());
    draw(QStringLiteral("a clock"), QStringLiteral("77"));
    EXPECT_EQ(field<QLineEdit>("seed").text(), u"77");
    press(Qt::Key_Return, Qt::ControlModifier);
    auto& die = field<QToolButton>("rollSeed");
    click(die, die.rect().center());
    EXPECT_NE(field<QLineEdit>("seed").text(), u"77");
    press(Qt::Key_Return, Qt::ControlModifier);
    ASSERT_TRUE(waitForAll());
    ASSERT_EQ(queue().drawings().size(), 3u);
    EXPECT_EQ(codes(0), codes(1));
    EXPECT_NE(codes(0), codes(2));
}

TEST_F(StudioDrawing, SeveralSeedsStandSideBySide) {
    openDrawing();
    field<QSpinBox>("count").setValue(3);
    drawOne();
    auto& seeds = field<QListWidget>("seeds");
    ASSERT_TRUE(seeds.isVisible());
    ASSERT_EQ(seeds.count(), 3);
    EXPECT_EQ(seeds.item(2)->text(), u"7");
    EXPECT_FALSE(seeds.item(2)->icon().isNull());
    click(*seeds.viewport(), seeds.visualItemRect(seeds.item(2)).center());
    EXPECT_EQ(desk().picture().index, 2);
    ASSERT_TRUE(waitUntil([&] {
        document->history.wait();
        settle(10);
        return document->history.total() == 3;
    }));
}

TEST_F(StudioDrawing, AClickedTokenTellsItsAlternativesAndAForkGoesOnFromThere) {
    openDrawing();
    drawOne();
    clickToken(1, 2);
    EXPECT_EQ(desk().token(), 6);
    const auto entry = traceAt(*desk().drawing(), 0, 6, 0);
    ASSERT_TRUE(entry);
    QListWidget& list = alternatives().list();
    ASSERT_EQ(list.count(), GenerationTrace::kAlternatives);
    EXPECT_THAT(list.item(0)->text().toStdString(), HasSubstr("code " + std::to_string(entry->alternatives[0].code)));
    EXPECT_THAT(alternatives().context().toStdString(), AllOf(HasSubstr("row 2, column 3"), HasSubstr("d = 1")));
    EXPECT_FALSE(alternatives().facts().facts().empty());
    // Another one is chosen by a click, and drawn on from.
    const int other = entry->alternatives[3].code == entry->code ? 4 : 3;
    click(*list.viewport(), list.visualItemRect(list.item(other)).center());
    EXPECT_EQ(field<QSpinBox>("forkCode").value(), entry->alternatives[other].code);
    // The pointer over another token shows that one's; the fork stays where it was.
    desk().setHovered(9);
    EXPECT_THAT(alternatives().context().toStdString(), HasSubstr("row 3, column 2"));
    EXPECT_EQ(field<QSpinBox>("forkCode").value(), entry->alternatives[other].code);
    EXPECT_EQ(alternatives().code(), entry->alternatives[other].code);
    desk().setHovered(-1);
    EXPECT_THAT(alternatives().context().toStdString(), HasSubstr("row 2, column 3"));
    EXPECT_EQ(list.currentRow(), other);
    clickOn("forkHere");
    ASSERT_TRUE(waitForAll());
    settle(50);
    ASSERT_EQ(queue().drawings().size(), 2u);
    ASSERT_EQ(queue().drawings()[1]->state, State::Finished) << queue().drawings()[1]->problem.toStdString();
    EXPECT_TRUE(std::equal(codes(0).begin(), codes(0).begin() + 6 * kDepths, codes(1).begin())) << "what came before stays";
    EXPECT_EQ(codes(1)[6 * kDepths], entry->alternatives[other].code);
    const QString branch = QString::fromStdString(folder / "branch.png");
    ASSERT_EQ(studio::saveDrawing(*desk().drawing(), 0, 0, branch), QString());
    EXPECT_TRUE(readDrawnFile(branch)->keptCodes) << "its settings alone draw another picture";
    EXPECT_NE(codes(0), codes(1));
    EXPECT_EQ(desk().picture().drawing, queue().drawings()[1]->id);
    // Both stand in the tree; choosing one looks at it.
    QListWidget& branches = window().docks().branches->list();
    ASSERT_EQ(branches.count(), 2);
    EXPECT_THAT(branches.item(1)->text().toStdString(), AllOf(HasSubstr("fork 1"), HasSubstr("at token 7"), HasSubstr("→ " + std::to_string(entry->alternatives[other].code))));
    click(*branches.viewport(), branches.visualItemRect(branches.item(0)).center());
    EXPECT_EQ(desk().picture().drawing, queue().drawings()[0]->id);
    // By the keyboard alone: arrows, a depth, F.
    canvas().setFocus();
    clickToken(0, 0);
    press(Qt::Key_Right);
    press(Qt::Key_Down);
    EXPECT_EQ(desk().token(), 5);
    press(Qt::Key_BracketRight, Qt::NoModifier, QStringLiteral("]"));
    press(Qt::Key_F, Qt::NoModifier, QStringLiteral("f"));
    ASSERT_EQ(queue().drawings().size(), 3u);
    ASSERT_TRUE(waitForAll());
    EXPECT_EQ(codes(2)[5 * kDepths], codes(0)[5 * kDepths]) << "the depth before it stays";
    EXPECT_NE(codes(2)[5 * kDepths + 1], codes(0)[5 * kDepths + 1]);
}

TEST_F(StudioDrawing, TheDrawingIsWoundBackByKeysAndSlider) {
    openDrawing();
    drawOne();
    const QImage whole = desk().image();
    canvas().setFocus();
    press(Qt::Key_Comma, Qt::NoModifier, QStringLiteral(","));
    EXPECT_EQ(desk().tokensShown(), 15);
    EXPECT_FALSE(desk().isThere(15));
    ASSERT_TRUE(waitUntil([&] { return desk().image() != whole; })) << "a picture without its last token is another one";
    press(Qt::Key_Period, Qt::NoModifier, QStringLiteral("."));
    EXPECT_FALSE(desk().steps());
    EXPECT_EQ(desk().image(), whole);
    auto& slider = field<QSlider>("steps");
    slider.setFocus();
    for (int i = 0; i < 5; ++i) press(Qt::Key_Left);
    EXPECT_EQ(desk().tokensShown(), 11);
    EXPECT_EQ(words("stepWords"), "11 of 16");
    EXPECT_TRUE(std::isnan(view().map(0).values()[12])) << "maps are wound back too";
    EXPECT_FALSE(std::isnan(view().map(0).values()[10]));
}

TEST_F(StudioDrawing, ADraggedRectangleIsDrawnAnew) {
    openDrawing();
    drawOne();
    EXPECT_FALSE(actions().redrawPart->isEnabled());
    drag(canvas(), canvas().tokenRect(5).center(), canvas().tokenRect(10).center());
    ASSERT_EQ(desk().part(), QRect(1, 1, 2, 2));
    press(Qt::Key_R, Qt::NoModifier, QStringLiteral("r"));
    ASSERT_TRUE(waitForAll());
    settle(50);
    ASSERT_EQ(queue().drawings().size(), 2u);
    ASSERT_EQ(queue().drawings()[1]->state, State::Finished) << queue().drawings()[1]->problem.toStdString();
    for (int token = 0; token < kSide * kSide; ++token) {
        const bool inside = QRect(1, 1, 2, 2).contains(token % kSide, token / kSide);
        const bool same = std::equal(codes(0).begin() + token * kDepths, codes(0).begin() + (token + 1) * kDepths, codes(1).begin() + token * kDepths);
        EXPECT_TRUE(inside || same) << token;
    }
    EXPECT_NE(codes(0), codes(1));
    EXPECT_THAT(window().docks().branches->list().item(1)->text().toStdString(), HasSubstr("redraw 1"));
}

TEST_F(StudioDrawing, ASavedPngBringsItsSettingsBack) {
    openDrawing();
    drawOne(QStringLiteral("a snowy mountain"));
    const QString path = QString::fromStdString(folder / "mountain.png");
    ASSERT_EQ(studio::saveDrawing(*desk().drawing(), 0, 0, path), QString());
    const QImage saved = QImage(path).convertToFormat(QImage::Format_RGB888), shown = desk().image().convertToFormat(QImage::Format_RGB888);
    ASSERT_EQ(saved.size(), shown.size());
    int most = 0;
    for (int y = 0; y < saved.height(); ++y) {
        for (int x = 0; x < 3 * saved.width(); ++x) most = std::max(most, std::abs(saved.constScanLine(y)[x] - shown.constScanLine(y)[x]));
    }
    EXPECT_LE(most, 1) << "the pixels that are shown";
    QImageReader reader(path);
    EXPECT_EQ(reader.text(QStringLiteral("Prompt")), u"a snowy mountain");
    EXPECT_EQ(reader.text(QStringLiteral("Seed")), u"5");
    EXPECT_EQ(reader.text(QStringLiteral("fingerprint")), desk().drawing()->fingerprint);
    EXPECT_FALSE(readDrawnFile(path)->keptCodes);
    EXPECT_THAT(reader.text(QStringLiteral("parameters")).toStdString(), HasSubstr("Seed: 5"));
    prompt().setPlainText(QStringLiteral("something else"));
    ASSERT_TRUE(dropFile(path));
    settle(50);
    EXPECT_TRUE(showsBoard(session().workspace().kind)) << "it is a picture like any other";
    ASSERT_EQ(session().rows().size(), 1u);
    ASSERT_TRUE(window().drawingBanner().isVisible());
    EXPECT_THAT(window().drawingBanner().sentence().toStdString(), AllOf(HasSubstr("mountain.png"), HasSubstr("a snowy mountain")));
    for (QPushButton* button : window().drawingBanner().findChildren<QPushButton*>()) {
        if (button->text() == u"Take its settings") click(*button, button->rect().center());
    }
    settle(50);
    EXPECT_EQ(session().workspace().kind, WorkspaceKind::Generate);
    EXPECT_FALSE(window().drawingBanner().isVisible());
    EXPECT_EQ(prompt().toPlainText(), u"a snowy mountain");
    EXPECT_EQ(field<QLineEdit>("seed").text(), u"5");
    press(Qt::Key_Return, Qt::ControlModifier);
    ASSERT_TRUE(waitForAll());
    ASSERT_EQ(queue().drawings().size(), 2u);
    EXPECT_EQ(codes(0), codes(1)) << "the settings draw the same picture";
    // Another picture offers nothing.
    ASSERT_TRUE(dropFile(QString::fromStdString(writeQuadrants(folder, "plain.png", 32))));
    settle(50);
    EXPECT_FALSE(window().drawingBanner().isVisible());
}

TEST_F(StudioDrawing, ADrawnPictureBecomesARowThatASessionKeeps) {
    openDrawing();
    drawOne();
    press(Qt::Key_B, Qt::ControlModifier);
    ASSERT_EQ(session().rows().size(), 1u);
    EXPECT_EQ(session().rows()[0].name, u"a clock, seed 5.png");
    EXPECT_EQ(session().workspace().kind, WorkspaceKind::Generate);
    actions().addTokensToBoard->trigger();
    ASSERT_EQ(session().rows().size(), 2u);
    const Result<SavedSession> kept = sessionFromText(sessionText({.state = session().state()}, QString::fromStdString(folder.path().string()), {}), QStringLiteral("kept.tessera"));
    ASSERT_TRUE(kept) << toLine(kept.error());
    ASSERT_EQ(kept.value().state.rows.size(), 2u);
    EXPECT_EQ(kept.value().state.rows[1].request.bytes.size(), session().rows()[1].request.bytes.size());
    press(Qt::Key_1, Qt::ControlModifier);
    for (const Row& row : session().rows()) {
        session().setCurrentRow(row.id);
        ASSERT_TRUE(waitForRow());
        ASSERT_TRUE(waitUntil([&] { return session().find(row.id)->state != RowState::Loading; }));
        EXPECT_EQ(session().find(row.id)->state, RowState::Ready) << row.name.toStdString();
    }
    // Its tokens under the model that drew them are the picture itself.
    const int reconstruction = static_cast<int>(std::ranges::find(session().columns(), "reconstruction", &Column::lens) - session().columns().begin());
    ASSERT_NE(cell(reconstruction).picture, nullptr) << (cell(reconstruction).error ? toLine(*cell(reconstruction).error) : "");
    EXPECT_EQ(cell(reconstruction).picture->image.width(), queue().drawings()[0]->drawn.pictures[0].frames[0].image.width());
}

TEST_F(StudioDrawing, ADrawnClipIsOneRowWithItsFrames) {
    openDrawing();
    auto& clip = field<QCheckBox>("clip");
    clip.setChecked(true);
    drawOne(QStringLiteral("fireworks"));
    const int frames = desk().drawing()->drawn.frames;
    ASSERT_GT(frames, 1);
    press(Qt::Key_B, Qt::ControlModifier);
    ASSERT_TRUE(waitUntil([&] { return !session().rows().empty(); }));
    ASSERT_EQ(session().rows().size(), 1u) << "not one for each frame";
    EXPECT_EQ(session().rows()[0].name, u"fireworks, seed 5.webp");
    press(Qt::Key_1, Qt::ControlModifier);
    ASSERT_TRUE(waitForRow());
    ASSERT_TRUE(waitUntil([&] { return session().rows()[0].info.has_value(); }));
    EXPECT_EQ(session().rows()[0].info->frames, frames);
    EXPECT_EQ(session().frames(), frames);
    settle(50);
    auto* timeline = window().findChild<Timeline*>();
    ASSERT_NE(timeline, nullptr);
    EXPECT_TRUE(timeline->isVisible());
    // To the last bit: the frames are the ones that were drawn.
    press(Qt::Key_Right, Qt::AltModifier);
    ASSERT_EQ(session().frameOf(session().rows()[0].id), 1);
    ASSERT_TRUE(waitForRow());
    const auto input = static_cast<int>(std::ranges::find(session().columns(), "input", &Column::lens) - session().columns().begin());
    ASSERT_LT(input, static_cast<int>(session().columns().size()));
    ASSERT_TRUE(waitUntil([&] { return cell(input).picture != nullptr; }));
    const QImage seen = imageOf(*cell(input).picture).convertToFormat(QImage::Format_RGB888), drawn = imageOf(queue().drawings()[0]->drawn.pictures[0].frames[1]).convertToFormat(QImage::Format_RGB888);
    ASSERT_EQ(seen.size(), drawn.size());
    int most = 0;
    for (int y = 0; y < seen.height(); ++y) {
        for (int x = 0; x < 3 * seen.width(); ++x) most = std::max(most, std::abs(seen.constScanLine(y)[x] - drawn.constScanLine(y)[x]));
    }
    EXPECT_LE(most, 1);
}

TEST_F(StudioDrawing, APictureIsComparedWithItsPromptInOneStep) {
    openDrawing();
    EXPECT_FALSE(actions().compareWithPrompt->isEnabled());
    drawOne();
    press(Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_EQ(session().workspace().kind, WorkspaceKind::Heatmap);
    ASSERT_EQ(session().rows().size(), 1u);
    EXPECT_EQ(session().rows()[0].name, u"a clock, seed 5.png");
    EXPECT_EQ(session().currentRow(), session().rows()[0].id);
    EXPECT_THAT(promptsOf(session().groups()), testing::Contains("a clock"));
    EXPECT_GT(promptsOf(session().groups()).size(), 1u) << "beside those that were there";
    ASSERT_TRUE(waitForRow());
    // Once more: nothing is there twice.
    press(Qt::Key_5, Qt::ControlModifier);
    press(Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_EQ(session().workspace().kind, WorkspaceKind::Heatmap);
    EXPECT_EQ(session().rows().size(), 1u);
    EXPECT_EQ(std::ranges::count(promptsOf(session().groups()), "a clock"), 1);
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_TRUE(session().rows().empty());
    EXPECT_EQ(std::ranges::count(promptsOf(session().groups()), "a clock"), 0) << "undone together";
}

TEST_F(StudioDrawing, TheHistoryIsSearchedTakenUpAndDeleted) {
    openDrawing();
    drawOne(QStringLiteral("a clock"));
    draw(QStringLiteral("a red barn"), QStringLiteral("41207"));
    ASSERT_TRUE(waitForAll());
    ASSERT_TRUE(history().isVisible());
    QListWidget& list = history().list();
    ASSERT_TRUE(waitUntil([&] { return list.count() == 2; }));
    EXPECT_EQ(list.item(0)->text(), QStringLiteral("a red barn") + QChar::LineSeparator + QStringLiteral("generate/model")) << "and who drew it";
    EXPECT_FALSE(field<QComboBox>("historyModel").isVisible()) << "there is one model";
    EXPECT_THAT(list.item(0)->toolTip().toStdString(), HasSubstr("seed 41207"));
    auto& search = field<QLineEdit>("historySearch");
    click(search, search.rect().center());
    type(QStringLiteral("barn"));
    ASSERT_TRUE(waitUntil([&] { return list.count() == 1; }));
    prompt().setPlainText(QStringLiteral("something else"));
    click(*list.viewport(), list.visualItemRect(list.item(0)).center());
    history().tools().at(0)->trigger();
    EXPECT_EQ(prompt().toPlainText(), u"a red barn");
    EXPECT_EQ(field<QLineEdit>("seed").text(), u"41207");
    // Looked at again: its codes are decoded.
    const QImage barn = desk().image();
    desk().show({queue().drawings()[0]->id, 0});
    history().tools().at(1)->trigger();
    ASSERT_EQ(queue().drawings().size(), 2u) << "it is in the list";
    EXPECT_EQ(desk().picture().drawing, queue().drawings()[1]->id);
    const auto drawn = codes(1);
    queue().remove(queue().drawings()[1]->id);
    history().tools().at(1)->trigger();
    ASSERT_EQ(queue().drawings().size(), 2u);
    EXPECT_EQ(desk().picture().drawing, queue().drawings()[1]->id);
    EXPECT_EQ(codes(1), drawn);
    ASSERT_TRUE(waitUntil([&] { return !desk().image().isNull(); }));
    EXPECT_EQ(desk().image(), barn);
    list.setFocus();
    press(Qt::Key_Delete);
    ASSERT_TRUE(waitUntil([&] { return list.count() == 0; }));
    search.clear();
    ASSERT_TRUE(waitUntil([&] { return list.count() == 1; }));
    EXPECT_TRUE(QFile::exists(QString::fromStdString(data / "tessera/history.sqlite")));
}

TEST_F(StudioDrawing, BranchesAndWhatIsNotFinishedAreThereAtTheNextStart) {
    openDrawing();
    drawOne(QStringLiteral("a clock"));
    clickToken(1, 1);
    clickOn("forkHere");
    ASSERT_TRUE(waitForAll());
    const auto first = codes(0), fork = codes(1);
    ASSERT_NE(first, fork);
    document->drawings.setPaused(true);
    draw(QStringLiteral("a barn"), QStringLiteral("8"));
    ASSERT_EQ(queue().drawings().size(), 3u);
    openAgain();
    QListWidget& list = history().list();
    ASSERT_TRUE(waitUntil([&] { return list.count() == 3; }));
    EXPECT_THAT(list.item(0)->text().toStdString(), StartsWith("a barn"));
    EXPECT_THAT(list.item(0)->toolTip().toStdString(), HasSubstr("not begun"));
    reopen(1);
    ASSERT_EQ(queue().drawings().size(), 2u) << "the branch, and what it went on from";
    EXPECT_EQ(codes(0), first);
    EXPECT_EQ(codes(1), fork);
    ASSERT_TRUE(queue().drawings()[1]->origin);
    EXPECT_EQ(queue().drawings()[1]->origin->token, kSide + 1);
    EXPECT_EQ(branchesOf(queue(), desk().picture()).size(), 2u);
}

TEST_F(StudioDrawing, AnEntryOfTheHistoryHasItsTraceAndIsForkedAtTheNextStart) {
    openDrawing();
    drawOne();
    const GeneratedPicture drawn = queue().drawings()[0]->drawn.pictures[0];
    const QImage whole = desk().image();
    openAgain();
    ASSERT_TRUE(waitUntil([&] { return history().list().count() == 1; }));
    reopen(0);
    ASSERT_EQ(queue().drawings().size(), 1u);
    ASSERT_TRUE(waitUntil([&] { return queue().drawings()[0]->drawn.pictures[0].trace.size() > 0 && !desk().image().isNull(); }));
    settle(50);
    EXPECT_EQ(queue().drawings()[0]->drawn.pictures[0].trace, drawn.trace) << "to the bit";
    EXPECT_EQ(codes(0), drawn.codes);
    EXPECT_EQ(desk().image(), whole);
    EXPECT_EQ(view().map(0).values()[3], drawn.trace.entropy[3 * kDepths]);
    // Wound back.
    canvas().setFocus();
    press(Qt::Key_Comma, Qt::NoModifier, QStringLiteral(","));
    EXPECT_EQ(desk().tokensShown(), 15);
    ASSERT_TRUE(waitUntil([&] { return desk().image() != whole; }));
    press(Qt::Key_Period, Qt::NoModifier, QStringLiteral("."));
    // What else was likely, and a fork there.
    clickToken(1, 2);
    ASSERT_EQ(alternatives().list().count(), GenerationTrace::kAlternatives);
    const auto first = drawn.trace.alternatives.begin() + 6 * kDepths * GenerationTrace::kAlternatives;
    EXPECT_THAT(alternatives().list().item(0)->text().toStdString(), HasSubstr("code " + std::to_string(*first)));
    const int code = field<QSpinBox>("forkCode").value();
    ASSERT_NE(code, drawn.codes[6 * kDepths]);
    clickOn("forkHere");
    ASSERT_TRUE(waitForAll());
    ASSERT_EQ(queue().drawings().size(), 2u);
    ASSERT_EQ(queue().drawings()[1]->state, State::Finished) << queue().drawings()[1]->problem.toStdString();
    EXPECT_TRUE(std::equal(codes(0).begin(), codes(0).begin() + 6 * kDepths, codes(1).begin()));
    EXPECT_EQ(codes(1)[6 * kDepths], code);
    EXPECT_EQ(branchesOf(queue(), desk().picture()).size(), 2u);
    // The branch's own trace is kept too.
    const GenerationTrace branch = queue().drawings()[1]->drawn.pictures[0].trace;
    openAgain();
    ASSERT_TRUE(waitUntil([&] { return history().list().count() == 2; }));
    reopen(0);
    ASSERT_EQ(queue().drawings().size(), 2u) << "with what it went on from";
    ASSERT_TRUE(waitUntil([&] { return std::ranges::all_of(queue().drawings(), [](const auto& each) { return each->drawn.pictures[0].trace.size() > 0; }); }));
    EXPECT_EQ(queue().drawings()[1]->drawn.pictures[0].trace, branch);
}

TEST_F(StudioDrawing, WhatOtherWeightsDrewIsLookedAtAndSaysWhyItIsNotForked) {
    const std::filesystem::path model = folder / "painter";
    std::filesystem::copy(kModel.toStdString(), model, std::filesystem::copy_options::recursive);
    openDrawing(QString::fromStdString(model.string()));
    drawOne();
    document->history.wait();
    {
        // One weight of the language model, trained on.
        std::fstream file(model / "llm/model.safetensors", std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(-2, std::ios::end);
        const int byte = file.get();
        file.seekp(-2, std::ios::end);
        file.put(static_cast<char>(byte ^ 1));
    }
    openAgain(QString::fromStdString(model.string()));
    ASSERT_TRUE(waitUntil([&] { return history().list().count() == 1; }));
    reopen(0);
    ASSERT_TRUE(waitUntil([&] { return !desk().image().isNull() && queue().drawings()[0]->drawn.pictures[0].trace.size() > 0; }));
    clickToken(1, 2);
    EXPECT_EQ(alternatives().list().count(), GenerationTrace::kAlternatives);
    EXPECT_FALSE(actions().forkDrawing->isEnabled());
    EXPECT_THAT(actions().forkDrawing->toolTip().toStdString(), HasSubstr("painter has other weights than when this was drawn"));
}

TEST_F(StudioDrawing, WordsAreRankedAndAChosenOneLiesOverThePicture) {
    openDrawing();
    drawOne(QStringLiteral("a red clock"));
    QAction* page = window().findChild<QAction*>(QStringLiteral("panel.Words"));
    ASSERT_NE(page, nullptr);
    page->trigger();
    settle(50);
    clickOn("weighWords");
    auto& list = field<QListWidget>("promptWords");
    ASSERT_TRUE(waitUntil([&] { return list.count() == 3 && !document->words.isAsking(); }));
    settle(50);
    EXPECT_TRUE(list.isVisible());
    const QImage before = canvas().grab().toImage();
    click(*list.viewport(), list.visualItemRect(list.item(0)).center());
    settle(20);
    EXPECT_EQ(desk().heat().size(), std::size_t(kSide * kSide));
    EXPECT_NE(canvas().grab().toImage(), before) << "the map";
    settle(QApplication::doubleClickInterval() + 100);  // two clicks, not a double one
    click(*list.viewport(), list.visualItemRect(list.item(0)).center());
    settle(20);
    EXPECT_TRUE(desk().heat().empty()) << "chosen again, it goes";
    const double whole = list.item(0)->data(Qt::UserRole + 1).toDouble();
    drag(canvas(), canvas().tokenRect(0).center(), canvas().tokenRect(kSide + 1).center());
    settle(20);
    EXPECT_NE(list.item(0)->data(Qt::UserRole + 1).toDouble(), whole) << "of the rectangle alone";
}

TEST_F(StudioDrawing, ABrokenHistoryIsOneSentenceAndEverythingElseWorks) {
    std::filesystem::create_directories(data / "tessera");
    std::ofstream(data / "tessera/history.sqlite") << std::string(4096, 'x');
    openDrawing();
    drawOne();
    auto& problem = field<QLabel>("historyProblem");
    ASSERT_TRUE(waitUntil([&] { return problem.isVisible(); }));
    EXPECT_THAT(problem.text().toStdString(), AllOf(HasSubstr("The history is out of reach"), Not(HasSubstr("\n"))));
    EXPECT_FALSE(desk().image().isNull());
    clickToken(1, 1);
    clickOn("forkHere");
    ASSERT_TRUE(waitForAll());
    EXPECT_EQ(queue().drawings()[1]->state, State::Finished);
}

TEST_F(StudioDrawing, WhatStandsInThePromptIsThereAtTheNextStart) {
    openDrawing();
    click(prompt(), prompt().rect().center());
    type(QStringLiteral("a lighthouse"));
    field<QSpinBox>("count").setValue(4);
    field<QLineEdit>("seed").setText(QStringLiteral("99"));
    close();
    settings = studio::Settings::read();
    document = std::make_unique<studio::Document>();
    open({}, false);
    EXPECT_EQ(prompt().toPlainText(), u"a lighthouse");
    EXPECT_EQ(field<QSpinBox>("count").value(), 4);
    EXPECT_EQ(field<QLineEdit>("seed").text(), u"99");
}

/// In the middle of drawing: an engine that says what the test wants.
class StudioDrawingFake : public StudioDrawing {
protected:
    void openFake() {
        open({}, false);
        ASSERT_TRUE(waitUntil([&] { return document->host.state() == EngineHost::State::Ready || document->host.state() == EngineHost::State::Failed; }));
        document->host.adopt(engine);
        ASSERT_FALSE(engine->opened.empty());
        engine->giveModel(7, {"decode", "generate"});
        ASSERT_TRUE(waitUntil([&] { return queue().drawer(session().model()) != nullptr; }));
        press(Qt::Key_5, Qt::ControlModifier);
        settle(50);
        draw(QStringLiteral("a leopard"));
        ASSERT_TRUE(waitUntil([&] { return !engine->drawings.empty(); }));
    }
    static Generation after(int tokens, bool preview) {
        Generation drawn{.rows = kSide, .columns = kSide, .depths = 2, .drawn = tokens, .positions = kSide * kSide};
        drawn.tokensPerSecond = 4;
        GeneratedPicture picture{.seed = 5, .codes = std::vector<std::int32_t>(kSide * kSide * 2, -1), .trace = {}, .frames = {}};
        for (int i = 0; i < tokens * 2; ++i) {
            picture.codes[i] = 9;
            picture.trace.probability.push_back(0.5F);
            picture.trace.rank.push_back(0);
            picture.trace.entropy.push_back(1);
            for (int k = 0; k < GenerationTrace::kAlternatives; ++k) {
                picture.trace.alternatives.push_back(9 + k);
                picture.trace.alternativeProbabilities.push_back(0.05F);
            }
        }
        if (preview) picture.frames.push_back(fakePicture(64, 64, 200));
        drawn.pictures.push_back(std::move(picture));
        return drawn;
    }
    void say(int tokens, bool preview = true) {
        engine->drawings.back()->partial(after(tokens, preview));
        ASSERT_TRUE(waitUntil([&] { return card().words().startsWith(QStringLiteral("%1 of 16").arg(tokens)); }));
        settle(20);
    }
    DrawCard& card() { return *window().docks().queue->card(queue().drawings().front()->id); }

    std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
};

TEST_F(StudioDrawingFake, TheImageGrowsTokenByToken) {
    openFake();
    say(6);
    EXPECT_THAT(card().words().toStdString(), AllOf(StartsWith("6 of 16"), HasSubstr("4.0 tokens/s"), HasSubstr("3 s left")));
    const QImage shown = screenPart(canvas(), canvas().rect());
    const double ratio = canvas().devicePixelRatioF();
    const auto colourIn = [&](int token) { return shown.pixelColor((canvas().tokenRect(token).center() * ratio)); };
    EXPECT_THAT(colourIn(2), ColourNear(QColor(200, 200, 200), 3));
    EXPECT_THAT(colourIn(12), ColourNear(tokens().canvas, 3)) << "what is not there yet stays dark";
    say(8, false);
    EXPECT_EQ(desk().underWay(), 8);
    EXPECT_FALSE(desk().isInImage(7)) << "it came after the preview";
    EXPECT_TRUE(desk().isThere(7));
    // It can be looked at, and forked, while the rest is drawn.
    clickToken(0, 1);
    EXPECT_EQ(alternatives().list().count(), GenerationTrace::kAlternatives);
    EXPECT_TRUE(actions().forkDrawing->isEnabled());
    EXPECT_FALSE(actions().saveDrawing->isEnabled());
    EXPECT_THAT(window().windowTitle().toStdString(), StartsWith("50 %"));
}

TEST_F(StudioDrawingFake, EscCancelsAtOnceAndKeepsWhatIsDrawn) {
    openFake();
    say(6);
    canvas().setFocus();
    press(Qt::Key_Escape);
    EXPECT_TRUE(engine->drawings[0]->cancelled);
    EXPECT_THAT(card().words().toStdString(), StartsWith("cancelled · 6 of 16"));
    EXPECT_EQ(qGray(desk().image().pixel(1, 1)), 200);
    EXPECT_FALSE(actions().cancelDrawing->isEnabled());
    auto* again = card().findChild<QToolButton*>(QStringLiteral("retry"));
    ASSERT_TRUE(again->isVisible());
    click(*again, again->rect().center());
    ASSERT_TRUE(waitUntil([&] { return engine->drawings.size() == 2; }));
    EXPECT_EQ(engine->drawings[1]->subject.given[11], 9);
    EXPECT_EQ(engine->drawings[1]->subject.given[12], -1);
}

TEST_F(StudioDrawingFake, PauseIsOneClickAndTypingGoesOn) {
    openFake();
    say(3);
    clickOn("pauseDrawing");
    EXPECT_TRUE(engine->drawings[0]->cancelled);
    EXPECT_THAT(card().words().toStdString(), StartsWith("paused · 3 of 16"));
    draw(QStringLiteral("a second one"), QStringLiteral("8"));
    settle(50);
    EXPECT_EQ(engine->drawings.size(), 1u);
    ASSERT_EQ(queue().drawings().size(), 2u);
    EXPECT_THAT(window().docks().queue->card(queue().drawings()[1]->id)->words().toStdString(), StartsWith("held"));
    clickOn("pauseDrawing");
    ASSERT_TRUE(waitUntil([&] { return engine->drawings.size() == 2; }));
    EXPECT_EQ(engine->drawings[1]->subject.prompt, "a leopard");
}

TEST_F(StudioDrawingFake, TheLastFinishedPictureStandsBesideTheGrowingOneAndNeverOverIt) {
    openFake();
    Generation whole = after(kSide * kSide, true);
    whole.finished = true;
    engine->drawings[0]->answer(whole);
    ASSERT_TRUE(waitUntil([&] { return queue().drawings()[0]->state == State::Finished && !desk().image().isNull(); }));
    settle(50);
    draw(QStringLiteral("a second one"), QStringLiteral("8"));
    ASSERT_TRUE(waitUntil([&] { return engine->drawings.size() == 2; }));
    engine->drawings[1]->partial(after(4, true));
    ASSERT_TRUE(waitUntil([&] { return desk().drawing()->drawn.drawn == 4; }));
    settle(50);
    int shown = 0;
    for (const QSize size : {QSize(1440, 900), QSize(1440, 620), QSize(1000, 900), QSize(820, 620)}) {
        window().resize(size);
        settle(100);
        const QRect last = canvas().lastFinishedRect();
        if (last.isEmpty()) continue;
        ++shown;
        EXPECT_FALSE(last.intersects(canvas().pictureRect())) << size.width();
        EXPECT_TRUE(canvas().rect().contains(last));
        EXPECT_GE(last.width(), 72);
    }
    EXPECT_GT(shown, 0) << "there is room for it somewhere";
    window().resize(1440, 620);
    settle(100);
    ASSERT_FALSE(canvas().lastFinishedRect().isEmpty());
    const QPoint there = canvas().lastFinishedRect().center();
    moveMouse(canvas(), there);
    settle(20);
    EXPECT_THAT(canvas().toolTip().toStdString(), HasSubstr("last finished"));
    click(canvas(), there);
    EXPECT_EQ(desk().picture().drawing, queue().drawings()[0]->id);
}

TEST_F(StudioDrawingFake, AFailureSaysItsSentenceInPlaceAndGoesOn) {
    openFake();
    say(5);
    engine->drawings[0]->answer(Error{ErrorCode::OutOfMemory, "the GPU's memory is full", "cuda:0", "close another model"});
    ASSERT_TRUE(waitUntil([&] { return queue().drawings()[0]->state == State::Failed; }));
    settle(50);
    ASSERT_TRUE(view().banner().isVisible());
    EXPECT_THAT(view().banner().sentence().toStdString(), HasSubstr("the GPU's memory is full"));
    EXPECT_THAT(card().accessibleDescription().toStdString(), HasSubstr("the GPU's memory is full"));
    EXPECT_EQ(qGray(desk().image().pixel(1, 1)), 200) << "what was drawn stays";
    for (QPushButton* button : view().banner().findChildren<QPushButton*>()) {
        if (button->text() == u"Go on") click(*button, button->rect().center());
    }
    ASSERT_TRUE(waitUntil([&] { return engine->drawings.size() == 2; }));
    EXPECT_EQ(engine->drawings[1]->subject.given[9], 9);
    settle(50);
    EXPECT_FALSE(view().banner().isVisible());
}

}  // namespace
}  // namespace tessera::test
