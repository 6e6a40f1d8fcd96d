// SPDX-License-Identifier: GPL-3.0-or-later
// Prompts, their maps and descriptions in the real window, with the real engine and models of random weights.
#include <algorithm>
#include <cmath>

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <QToolButton>
#include <QUndoStack>

#include <tessera/code_colour.h>

#include "bridge/cell_board.h"
#include "models/images_model.h"
#include "models/prompts_model.h"
#include "panels/agreement_panel.h"
#include "panels/describe_panel.h"
#include "panels/dock.h"
#include "panels/image_list.h"
#include "panels/images_panel.h"
#include "panels/prompts_panel.h"
#include "panels/ranking_panel.h"
#include "panels/stage/board_header.h"
#include "panels/stage/measure_words.h"
#include "panels/stage/stage_canvas.h"
#include "docks.h"
#include "studio_window.h"
#include "workspace/column_edits.h"
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
    void addModel(const char* golden) {
        const ui::ModelChoice model{std::string(TESSERA_SOURCE_DIR "/tests/golden/") + golden + "/model"};
        session().editColumns(QStringLiteral("add"), ui::withModel(session().groups(), model, session().nextLensId()));
        ASSERT_TRUE(waitUntil([&] { return document->host.modelOf(model).info.has_value(); }, 60));
        ASSERT_TRUE(waitForRow());
    }
    /// Columns of a lens.
    std::vector<int> columnsOf(const std::string& lens) {
        std::vector<int> found;
        for (int i = 0; i < static_cast<int>(session().columns().size()); ++i) {
            if (session().columns()[static_cast<std::size_t>(i)].lens == lens) found.push_back(i);
        }
        return found;
    }
    void showPage(const char* dock, int page) {
        for (auto* each : window().findChildren<ui::Dock*>()) {
            if (each->objectName() == QLatin1String(dock)) each->showPage(page);
        }
        settle();
    }
    /// "0.312" of a text that ends in it.
    static double numberIn(const QString& text) { return text.section(u' ', -1).replace(QChar(0x2212), u'-').toDouble(); }
    void type(QWidget& widget, const QString& text) {
        click(widget, widget.rect().center());
        for (const QChar letter : text) press(Qt::Key(letter.toUpper().unicode()), Qt::NoModifier, letter);
    }
};

TEST_F(StudioHeatmap, TypedWordsBecomeMapsAndCanBeTakenBack) {
    openWithModel("clip/hf_laion");
    EXPECT_THAT(maps(), ElementsAre("a person", "the sky", "a plant"));
    EXPECT_EQ(shown(), maps());
    const auto headers = stage().findChildren<ui::LensHeader*>();
    EXPECT_TRUE(std::ranges::any_of(headers, [](const ui::LensHeader* header) { return header->accessibleName().startsWith(QStringLiteral("text similarity · maskclip")); })) << "the method is named";
    type(field(), "red|the sky");
    press(Qt::Key_Return);
    EXPECT_THAT(maps(), ElementsAre("a person", "the sky", "a plant", "red"));
    ASSERT_TRUE(waitForRow());
    const std::shared_ptr<const Picture> map = cell(static_cast<int>(session().columns().size()) - 2).picture;  // the last one is like the chosen token
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

TEST_F(StudioHeatmap, CaptionsTellWhichColourStandsForWhichPrompt) {
    openWithModel("clip/hf_laion");
    const std::vector<std::string> prompts = shown();
    const auto expectTold = [&](int column, const std::string& measure) {
        std::vector<const ui::Cell*> cells;
        for (int i = 0; i < static_cast<int>(session().columns().size()); ++i) cells.push_back(&cell(i));
        ui::CellFace face;
        ui::captionOf({.row = *session().find(session().currentRow()), .columns = session().columns(), .cells = cells, .column = column, .host = document->host, .now = {}}, face);
        ASSERT_EQ(face.caption.numbers.size(), prompts.size());
        double before = 1;
        for (const std::vector<ui::Word>& words : face.caption.numbers) {
            ASSERT_EQ(words.size(), 2u);
            const std::string prompt = words[0].text.toStdString();
            const auto [r, g, b] = colourOfCode(std::ranges::find(prompts, prompt) - prompts.begin());
            EXPECT_EQ(words[0].swatch, qRgb(r, g, b)) << prompt;
            const double share = *cell(column).picture->measure(measure + prompt)->value;
            EXPECT_EQ(words[1].text, QString::number(std::lround(share * 100)) + QStringLiteral(" %")) << prompt;
            EXPECT_LE(share, before) << "the largest first";
            before = share;
        }
    };
    const int column = columnsOf("text_similarity").front();
    session().setParameter(column, "show", std::string("best"));
    EXPECT_EQ(columnsOf("text_similarity").size(), 1u) << "one picture shows all prompts";
    ASSERT_TRUE(waitUntil([&] { return cell(column).picture && cell(column).picture->measure("share: a person"); }, 30));
    expectTold(column, "share: ");

    session().editColumns("lens", ui::withLensChanged(session().groups(), session().columns()[static_cast<std::size_t>(column)].id.lens, "zero_shot", {}));
    const int bars = columnsOf("zero_shot").front();
    ASSERT_TRUE(waitUntil([&] { return cell(bars).picture && cell(bars).picture->measure("probability: a person"); }, 30));
    expectTold(bars, "probability: ");
}

TEST_F(StudioHeatmap, TheLastWordStaysAndOneWordNeedsNoSweep) {
    openWithModel("clip/hf_laion");
    click(*table().viewport(), table().visualRect(table().model()->index(0, 0)).center());
    click(*table().viewport(), table().visualRect(table().model()->index(1, 0)).center(), Qt::LeftButton, Qt::ShiftModifier);
    press(Qt::Key_Delete);
    EXPECT_THAT(shown(), ElementsAre("a plant"));
    ASSERT_EQ(session().columns().size(), 3U);
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
    EXPECT_TRUE(words.startsWith(QStringLiteral("No text tower: mini-autoencoder. Text towers come with the built-in tessera-mini, CLIP"))) << words.toStdString();
    // One column says so, not one for every prompt.
    EXPECT_EQ(session().columns().size(), 3U);
    ASSERT_TRUE(cell(1).error);
    EXPECT_EQ(cell(1).error->message, "this model has no text tower");
    EXPECT_EQ(cell(1).error->action, "choose tessera-mini, a CLIP, a SigLIP or an OpenVision");
}

TEST_F(StudioHeatmap, ADescriptionComesWordByWordAndIsTheOneThatTheEngineGives) {
    openWithModel("openvision3/complete_captioner");
    auto* describe = window().findChild<ui::DescribePanel*>();
    showPage("prompts", 1);
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

TEST_F(StudioHeatmap, SelectedImagesAreDescribedTogether) {
    openWithModel("vila_u/generate");
    const std::string source = TESSERA_SOURCE_DIR "/resources/samples/";
    ASSERT_TRUE(dropFiles({QString::fromStdString(source + "portrait.jpg"), QString::fromStdString(source + "coffee.png")}));
    ASSERT_EQ(session().rows().size(), 3u);
    showPage("prompts", 1);
    auto* describe = window().findChild<ui::DescribePanel*>();
    auto* button = describe->findChild<QPushButton*>();
    EXPECT_EQ(button->text(), u"Describe");
    window().docks().images->findChild<ui::ImageList*>()->selectAll();
    settle();
    ASSERT_EQ(button->text(), u"Describe 3 images");
    click(*button, button->rect().center());
    ASSERT_TRUE(waitUntil([&] { return button->text() == u"Describe 3 images" && !describe->text().isEmpty(); }, 60));
    QStringList about;
    for (const QLabel* label : describe->findChildren<QLabel*>()) about << label->text();
    EXPECT_TRUE(about.join(u' ').contains(u"coffee.png")) << about.join(u' ').toStdString();
}

TEST_F(StudioHeatmap, AnswersStayUntilTheyAreClearedAndAreCopied) {
    openWithModel("vila_u/generate");
    showPage("prompts", 1);
    auto* describe = window().findChild<ui::DescribePanel*>();
    auto* ask = describe->findChild<QPushButton*>();
    auto* question = describe->findChild<QLineEdit*>();
    auto* list = describe->findChild<QListWidget*>(QStringLiteral("answers"));
    auto* copy = describe->findChild<QToolButton*>(QStringLiteral("copyAnswer"));
    auto* clear = describe->findChild<QToolButton*>(QStringLiteral("clearAnswers"));
    EXPECT_FALSE(copy->isVisible());
    std::vector<QString> said;
    for (const char* words : {"What is it?", "Who made it?"}) {
        question->setText(QString::fromUtf8(words));
        click(*ask, ask->rect().center());
        ASSERT_TRUE(waitUntil([&] { return ask->text() == u"Describe" && !describe->text().isEmpty(); }, 60));
        said.push_back(describe->text());
    }
    ASSERT_NE(said[0], said[1]);
    settle();
    ASSERT_TRUE(list->isVisible());
    ASSERT_EQ(list->count(), 2);
    EXPECT_THAT(list->item(0)->text().toStdString(), testing::HasSubstr("Who made it?")) << "the newest first";
    EXPECT_THAT(list->item(0)->text().toStdString(), testing::HasSubstr("generate/model"));
    EXPECT_EQ(list->currentRow(), 0);
    click(*list->viewport(), list->visualItemRect(list->item(1)).center());
    EXPECT_EQ(describe->text(), said[0]);
    click(*copy, copy->rect().center());
    EXPECT_EQ(QGuiApplication::clipboard()->text(), said[0]);
    list->setFocus();
    press(Qt::Key_Up);
    EXPECT_EQ(describe->text(), said[1]);
    press(Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(QGuiApplication::clipboard()->text(), said[1]) << "by the keyboard too";
    // What is selected of an answer, and not the picture.
    auto* words = describe->findChild<QPlainTextEdit*>();
    words->setFocus();
    QTextCursor cursor(words->document());
    cursor.setPosition(1);
    cursor.setPosition(3, QTextCursor::KeepAnchor);
    words->setTextCursor(cursor);
    press(Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(QGuiApplication::clipboard()->text(), said[1].mid(1, 2));
    click(*clear, clear->rect().center());
    EXPECT_EQ(list->count(), 0);
    EXPECT_TRUE(describe->text().isEmpty());
    EXPECT_FALSE(copy->isVisible());
    EXPECT_FALSE(list->isVisible());
}

TEST_F(StudioHeatmap, AClickOnATokenMapsWhatIsLikeItUnderEveryModel) {
    openWithModel("clip/hf_laion");
    addModel("siglip/siglip2_fixed");
    const std::vector<int> like = columnsOf("token_similarity");
    ASSERT_EQ(like.size(), 2u);
    const auto summaries = [&] {
        std::vector<std::string> words;
        for (const int column : like) words.push_back(cell(column).picture ? cell(column).picture->summary : std::string());
        return words;
    };
    const std::vector<std::string> before = summaries();
    // On a map of the first model; its place is the same share of every grid.
    const QRect body = stage().cellBody(1);
    const int side = std::min(body.width(), body.height());
    const QPoint corner = body.center() - QPoint(side / 2, side / 2) + QPoint(side / 8, side / 8);
    click(stage().canvas(), stage().canvas().mapFrom(&stage(), corner));
    ASSERT_TRUE(session().view().tokens.any());
    EXPECT_EQ(session().view().tokens.cursor, (ui::TokenPlace{0, 0}));
    ASSERT_TRUE(waitUntil([&] { return std::ranges::all_of(summaries(), [](const std::string& words) { return words.find("like row 0, column 0") != std::string::npos; }); }, 30)) << testing::PrintToString(summaries());
    EXPECT_NE(summaries(), before);
    EXPECT_FALSE(session().view().tokenGrid) << "the maps stay free of lines";
    // A drag is the viewport's: nothing else is chosen.
    const QPoint middle = stage().canvas().mapFrom(&stage(), body.center());
    drag(stage().canvas(), middle, middle + QPoint(40, 30));
    EXPECT_EQ(session().view().tokens.cursor, (ui::TokenPlace{0, 0}));
}

TEST_F(StudioHeatmap, ImagesStandInTheOrderOfHowAlikeTheyAre) {
    openWithModel("clip/hf_laion");
    const std::string source = TESSERA_SOURCE_DIR "/resources/samples/";
    ASSERT_TRUE(dropFiles({QString::fromStdString(source + "portrait.jpg"), QString::fromStdString(source + "coffee.png"), QString::fromStdString(source + "watermill.png")}));
    ASSERT_EQ(session().rows().size(), 4u);
    showPage("prompts", 2);
    auto* ranking = window().findChild<ui::RankingPanel*>();
    ASSERT_TRUE(ranking->isVisible());
    auto* list = ranking->findChild<ui::ImageList*>();
    auto* like = ranking->findChild<QComboBox*>();
    const auto scores = [&] {
        std::vector<double> numbers;
        for (int i = 0; i < list->model()->rowCount(); ++i) numbers.push_back(numberIn(list->model()->index(i, 0).data(ui::ImagesModel::DetailRole).toString()));
        return numbers;
    };
    const auto rowAt = [&](int line) { return ui::RowId{list->model()->index(line, 0).data(ui::ImagesModel::RowIdRole).toULongLong()}; };
    // The others, held against the current one.
    ASSERT_TRUE(waitUntil([&] { return list->model()->rowCount() == 3; }, 60));
    EXPECT_TRUE(std::ranges::is_sorted(scores(), std::greater<>())) << testing::PrintToString(scores());
    for (int line = 0; line < 3; ++line) EXPECT_NE(rowAt(line), session().currentRow());
    // By a prompt, all of them.
    ASSERT_EQ(like->count(), 4);
    like->setFocus();
    press(Qt::Key_Down);
    EXPECT_EQ(like->currentText(), QStringLiteral("“a person”"));
    ASSERT_TRUE(waitUntil([&] { return list->model()->rowCount() == 4; }, 60));
    const std::vector<double> byPrompt = scores();
    EXPECT_TRUE(std::ranges::is_sorted(byPrompt, std::greater<>())) << testing::PrintToString(byPrompt);
    // As the maps tell of the whole picture.
    ASSERT_TRUE(waitForRow());
    const Measure* whole = cell(columnsOf("text_similarity").front()).picture->measure("similarity");
    ASSERT_TRUE(whole && whole->value);
    bool told = false;
    for (int line = 0; line < 4; ++line) told = told || (rowAt(line) == session().currentRow() && std::abs(byPrompt[static_cast<std::size_t>(line)] - *whole->value) <= 6e-4);
    EXPECT_TRUE(told) << *whole->value << " among " << testing::PrintToString(byPrompt);
    // A click leads to the image, and the order stays.
    const ui::RowId last = rowAt(3);
    click(*list->viewport(), list->visualRect(list->model()->index(3, 0)).center());
    EXPECT_EQ(session().currentRow(), last);
    settle();
    EXPECT_EQ(rowAt(3), last);
}

TEST_F(StudioHeatmap, EncodersAgreementIsAMatrixThatLeadsToMaps) {
    openWithModel("clip/hf_laion");
    showPage("metrics", 1);
    auto* panel = window().findChild<ui::AgreementPanel*>();
    auto* matrix = panel->findChild<QTableView*>();
    ASSERT_TRUE(panel->isVisible());
    EXPECT_FALSE(matrix->isVisible()) << "one encoder agrees with nobody";
    addModel("siglip/siglip2_fixed");
    ASSERT_TRUE(waitUntil([&] { return matrix->isVisible() && matrix->model()->index(0, 2).data().toString() != u"…"; }, 60));
    ASSERT_EQ(matrix->model()->rowCount(), 2);
    const double cka = numberIn(matrix->model()->index(0, 2).data().toString()), shared = numberIn(matrix->model()->index(1, 1).data().toString());
    EXPECT_EQ(matrix->model()->index(0, 1).data().toString(), u"–");
    // A pair gets its column, once.
    const QPoint place = matrix->visualRect(matrix->model()->index(0, 2)).center();
    for (int i = 0; i < 2; ++i) {
        click(*matrix->viewport(), place);
        matrix->setFocus();
        press(Qt::Key_Return);
    }
    const std::vector<int> maps = columnsOf("encoder_agreement");
    ASSERT_EQ(maps.size(), 1u);
    EXPECT_EQ(session().currentColumn(), maps.front());
    ASSERT_TRUE(waitForRow());
    const std::shared_ptr<const Picture> map = cell(maps.front()).picture;
    ASSERT_TRUE(map);
    EXPECT_NEAR(*map->measure("cka")->value, cka, 6e-4);
    EXPECT_NEAR(*map->measure("mutual_neighbours")->value, shared, 6e-4);
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_TRUE(columnsOf("encoder_agreement").empty());
}

}  // namespace
}  // namespace tessera::test
