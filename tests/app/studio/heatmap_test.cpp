// SPDX-License-Identifier: GPL-3.0-or-later
// Prompts, their maps and descriptions in the real window, with the real engine and models of random weights.
#include <algorithm>
#include <cmath>

#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <QUndoStack>

#include "bridge/cell_board.h"
#include "models/prompts_model.h"
#include "panels/describe_panel.h"
#include "panels/dock.h"
#include "panels/prompts_panel.h"
#include "studio_window.h"
#include "workspace/prompts.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;

class StudioHeatmap : public StudioWindow {
protected:
    void openWithModel(const char* golden) {
        studio::StartOptions start;
        start.model = QStringLiteral(TESSERA_SOURCE_DIR "/tests/golden/") + QLatin1String(golden) + QStringLiteral("/model");
        open(start);
        ASSERT_TRUE(dropFiles({QString::fromStdString(writeQuadrants(folder, "quadrants.png"))}));
        press(Qt::Key_4, Qt::ControlModifier);
        ASSERT_EQ(session().workspace().kind, ui::WorkspaceKind::Heatmap);
        ASSERT_TRUE(waitForRow());
    }
    ui::PromptsPanel& panel() { return *window().findChild<ui::PromptsPanel*>(); }
    QLineEdit& field() { return *panel().findChild<QLineEdit*>(); }
    QTableView& table() { return *panel().findChild<QTableView*>(); }
    std::vector<std::string> shown() {
        std::vector<std::string> words;
        for (int row = 0; row < table().model()->rowCount(); ++row) words.push_back(table().model()->index(row, 0).data().toString().toStdString());
        return words;
    }
    /// Words of the maps on the board, from left to right.
    std::vector<std::string> maps() {
        std::vector<std::string> words;
        for (const ui::Column& column : session().columns()) {
            if (column.lens == "text_similarity") words.push_back(std::get<std::string>(column.parameters.at("prompt")));
        }
        return words;
    }
    void type(QWidget& widget, const QString& text) {
        click(widget, widget.rect().center());
        for (const QChar letter : text) press(Qt::Key(letter.toUpper().unicode()), Qt::NoModifier, letter);
    }
};

TEST_F(StudioHeatmap, TypedWordsBecomeMapsAndCanBeTakenBack) {
    openWithModel("clip/hf_laion");
    EXPECT_THAT(maps(), ElementsAre("a person", "the sky", "a plant"));
    EXPECT_EQ(shown(), maps());
    type(field(), "red|the sky");
    press(Qt::Key_Return);
    EXPECT_THAT(maps(), ElementsAre("a person", "the sky", "a plant", "red"));
    ASSERT_TRUE(waitForRow());
    const std::shared_ptr<const Picture> map = cell(static_cast<int>(session().columns().size()) - 1).picture;
    ASSERT_TRUE(map);
    EXPECT_EQ(map->image.width(), 4);
    EXPECT_THAT(map->readings.names, ElementsAre("a person", "the sky", "a plant", "red"));
    ASSERT_NE(map->measure("similarity"), nullptr);

    click(*table().viewport(), table().visualRect(table().model()->index(1, 0)).center());
    press(Qt::Key_Delete);
    EXPECT_THAT(maps(), ElementsAre("a person", "a plant", "red"));
    press(Qt::Key_Z, Qt::ControlModifier);
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_THAT(maps(), ElementsAre("a person", "the sky", "a plant"));
}

TEST_F(StudioHeatmap, TheLastWordStaysAndOneWordNeedsNoSweep) {
    openWithModel("clip/hf_laion");
    click(*table().viewport(), table().visualRect(table().model()->index(0, 0)).center());
    click(*table().viewport(), table().visualRect(table().model()->index(1, 0)).center(), Qt::LeftButton, Qt::ShiftModifier);
    press(Qt::Key_Delete);
    EXPECT_THAT(shown(), ElementsAre("a plant"));
    ASSERT_EQ(session().columns().size(), 2U);
    EXPECT_FALSE(session().columns()[1].step);
    click(*table().viewport(), table().visualRect(table().model()->index(0, 0)).center());
    press(Qt::Key_Delete);
    EXPECT_THAT(shown(), ElementsAre("a plant"));
}

TEST_F(StudioHeatmap, WordsStandInTheOrderOfWhatThePointerIsOn) {
    openWithModel("clip/hf_laion");
    const QRect body = stage().cellBody(1);
    moveMouse(stage(), body.center());
    ASSERT_TRUE(waitUntil([&] { return table().model()->index(0, 1).data().toString() != u"–"; }, 10));
    std::vector<double> numbers;
    for (int row = 0; row < 3; ++row) numbers.push_back(table().model()->index(row, 1).data().toString().replace(QChar(0x2212), u'-').toDouble());
    EXPECT_TRUE(std::ranges::is_sorted(numbers, std::greater<>())) << testing::PrintToString(numbers);
    // The same numbers as the cells have there.
    const Picture& map = *cell(1).picture;
    bool found = false;
    for (int token = 0; token < 16; ++token) {
        std::vector<double> known;
        for (std::size_t i = 0; i < 3; ++i) known.push_back(map.readings.at(token % 4, token / 4, i));
        std::ranges::sort(known, std::greater<>());
        found = found || std::ranges::equal(numbers, known, [](double a, double b) { return std::abs(a - b) <= 6e-4; });
    }
    EXPECT_TRUE(found) << testing::PrintToString(numbers);
}

TEST_F(StudioHeatmap, AModelWithoutATextTowerIsNamedWithThoseThatHaveOne) {
    open();
    ASSERT_TRUE(dropFiles({QString::fromStdString(writeQuadrants(folder, "quadrants.png"))}));
    press(Qt::Key_4, Qt::ControlModifier);
    ASSERT_TRUE(waitForRow());
    const QString words = panel().findChild<QLabel*>()->text();
    EXPECT_TRUE(words.startsWith(QStringLiteral("No text tower: mini-autoencoder. Text towers come with CLIP"))) << words.toStdString();
    // One column says so, not one for every prompt.
    EXPECT_EQ(session().columns().size(), 2U);
    ASSERT_TRUE(cell(1).error);
    EXPECT_EQ(cell(1).error->message, "this model has no text tower");
    EXPECT_EQ(cell(1).error->action, "choose a CLIP, a SigLIP or an OpenVision");
}

TEST_F(StudioHeatmap, ADescriptionComesWordByWordAndIsTheOneThatTheEngineGives) {
    openWithModel("openvision3/complete_captioner");
    auto* describe = window().findChild<ui::DescribePanel*>();
    for (auto* dock : window().findChildren<ui::Dock*>()) {
        if (dock->objectName() == u"prompts") dock->showPage(1);
    }
    settle();
    ASSERT_TRUE(describe->isVisible());
    auto* button = describe->findChild<QPushButton*>();
    ASSERT_TRUE(button->isEnabled());
    EXPECT_FALSE(describe->findChild<QLineEdit*>()->isEnabled());  // it gives captions
    click(*button, button->rect().center());
    ASSERT_TRUE(waitUntil([&] { return button->text() == u"Describe" && !describe->text().isEmpty(); }, 60));

    std::optional<Description> said;
    Observer<Description> observer;
    observer.executor = [this](std::function<void()> run) { QMetaObject::invokeMethod(&window(), std::move(run), Qt::QueuedConnection); };
    observer.onDone = [&](const Result<Description>& result) {
        if (result) said = result.value();
    };
    const auto& host = document->host;
    const Subscription job = host.engine()->describe({.cell = {.source = document->board.source(session().currentRow()), .model = host.model()->id}}, Priority::Visible, std::move(observer));
    ASSERT_TRUE(waitUntil([&] { return said.has_value(); }, 60));
    EXPECT_EQ(describe->text().toStdString(), said->text);
}

}  // namespace
}  // namespace tessera::test
