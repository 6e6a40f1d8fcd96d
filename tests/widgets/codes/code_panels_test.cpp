// SPDX-License-Identifier: GPL-3.0-or-later
// The panels about codes, driven by mouse and keys.
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QTableView>

#include "models/codebook_model.h"
#include "models/depth_history_model.h"
#include "panels/codes/codebook_panel.h"
#include "panels/codes/codewords_panel.h"
#include "panels/codes/depth_history_panel.h"
#include "panels/codes/depths_panel.h"
#include "panels/codes/rate_panel.h"
#include "panels/codes/usage_panel.h"
#include "panels/hint_stack.h"
#include "panels/plot_view.h"
#include "panels/word_line.h"
#include "widgets/codes/codes_fixture.h"
#include "window_events.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using ui::TokenPlace;

class CodePanels : public CodesFixture {
protected:
    ~CodePanels() override { panel.reset(); }

    template <typename T, typename... Rest>
    T* show(Rest... rest) {
        auto made = std::make_unique<T>(*readers, rest...);
        T* raw = made.get();
        panel = std::move(made);
        panel->resize(420, 360);
        panel->show();
        activate(*panel);
        settle(50);
        return raw;
    }
    /// An image with its codes.
    ui::RowId openImage(const TokenGrid& grid = usualGrid(), const std::string& path = "/p/blocks.png") {
        const ui::RowId row = add(path);
        giveTokens(path, grid);
        settle(20);
        return row;
    }
    std::string hint() const {
        const auto* stack = panel->findChild<ui::HintStack*>();
        return stack->isFilled() ? std::string() : stack->findChild<QLabel*>(QString(), Qt::FindDirectChildrenOnly)->text().toStdString();
    }
    QTableView* table() const { return panel->findChild<QTableView*>(); }
    std::vector<std::string> shown(int section) const {
        std::vector<std::string> texts;
        for (int line = 0; line < table()->model()->rowCount(); ++line) texts.push_back(table()->model()->index(line, section).data().toString().toStdString());
        return texts;
    }
    void clickLine(int line) { click(*table()->viewport(), table()->visualRect(table()->model()->index(line, 1)).center()); }
    void key(Qt::Key key) {
        keyDown(key);
        keyUp(key);
        settle(20);
    }
    std::string words() const {
        std::string all;
        for (const auto* line : panel->findChildren<ui::WordLine*>()) all += line->text().toStdString() + "\n";
        return all;
    }
    ui::PlotView& plot() const { return *panel->findChild<ui::PlotView*>(); }
    void clickPlot(ui::PlotPlace place) {
        const auto at = plot().placeOf(place);
        ASSERT_TRUE(at) << "the plot has no such place";
        click(plot(), at->toPoint());
        settle(20);
    }
    const ui::TokenSelection& chosen() const { return session.view().tokens; }

    std::unique_ptr<ui::CodesPanel> panel;
};

// What stands there while there is nothing to see.

TEST_F(CodePanels, AModelWithoutCodesIsOneSentence) {
    start();
    add("/p/a.png");
    show<ui::CodebookPanel>();
    EXPECT_THAT(hint(), HasSubstr("mini has no codes"));
    show<ui::DepthHistoryPanel>();
    EXPECT_THAT(hint(), HasSubstr("mini has no codes"));
    EXPECT_TRUE(engine->books.empty());
}

TEST_F(CodePanels, BeforeTheModelAndTheImageThereAreWordsForBoth) {
    show<ui::UsagePanel>();
    EXPECT_THAT(hint(), HasSubstr("once the model is open"));
    startWithCodes();
    settle(20);
    EXPECT_THAT(hint(), HasSubstr("Open an image"));
    add("/p/a.png");
    settle(20);
    EXPECT_THAT(hint(), HasSubstr("being read"));
}

TEST_F(CodePanels, CodesThatCannotBeReadSayWhy) {
    show<ui::DepthHistoryPanel>();
    startWithCodes();
    add("/p/a.png");
    for (const auto& job : engine->tokenGrids) job->answer(Error{ErrorCode::OutOfMemory, "the search needs 5 GB", {}, "close other models"});
    runQueued();
    settle(20);
    EXPECT_THAT(hint(), testing::AllOf(HasSubstr("the search needs 5 GB"), HasSubstr("close other models")));
}

TEST_F(CodePanels, NothingIsAskedForByAPanelThatNobodySees) {
    startWithCodes();
    openImage();
    ui::CodebookPanel hidden(*readers);
    ui::RatePanel alsoHidden(*readers);
    settle(20);
    EXPECT_TRUE(engine->books.empty());
    EXPECT_EQ(engine->countAsked("depth"), 0);
    EXPECT_EQ(tokensWaiting(Priority::Batch), 0);
}

TEST_F(CodePanels, DigitsOverTheCodebookLookForACode) {
    auto* codebook = show<ui::CodebookPanel>();
    startWithCodes();
    openImage();
    giveBooks();
    settle(20);
    auto* table = codebook->findChild<QTableView*>();
    auto* find = codebook->findChild<QLineEdit*>();
    table->setFocus();
    int shortcuts = 0;
    auto* zoom = new QAction(codebook->window());
    zoom->setShortcut(Qt::Key_1);
    codebook->window()->addAction(zoom);
    QObject::connect(zoom, &QAction::triggered, [&] { ++shortcuts; });
    keyDown(Qt::Key_1, {}, "1"), keyUp(Qt::Key_1, {}, "1");
    settle(20);
    EXPECT_EQ(shortcuts, 0) << "elsewhere it is the window's";
    EXPECT_EQ(find->text(), "1");
    EXPECT_TRUE(find->hasFocus());
    keyDown(Qt::Key_2, {}, "2"), keyUp(Qt::Key_2, {}, "2");
    settle(20);
    EXPECT_EQ(find->text(), "12");
}

// Depth history.

TEST_F(CodePanels, TheHistoryIsOfTheTokenUnderTheCursor) {
    auto* history = show<ui::DepthHistoryPanel>();
    QString context;
    QObject::connect(history, &ui::CodesPanel::contextChanged, [&](const QString& words) { context = words; });
    startWithCodes();
    openImage();
    EXPECT_THAT(hint(), HasSubstr("Choose a token"));
    look({1, 0});
    settle(20);
    EXPECT_EQ(hint(), "");
    EXPECT_THAT(shown(ui::DepthHistoryModel::CodeSection), ElementsAre("1", "3"));
    EXPECT_EQ(context, "row 1, column 0");
    EXPECT_THAT(words(), testing::AllOf(HasSubstr("norm 5.00"), HasSubstr("nearest 3.00"), HasSubstr("second 3.25 code 4")));
    look({0, 2}, 1);
    settle(20);
    EXPECT_THAT(shown(ui::DepthHistoryModel::CodeSection), ElementsAre("0", "3"));
    EXPECT_THAT(words(), HasSubstr("nearest 1.00")) << "of the depth that is looked at";
}

TEST_F(CodePanels, AClickAndTheArrowsChooseTheDepth) {
    show<ui::DepthHistoryPanel>();
    startWithCodes();
    openImage();
    look({0, 0});
    settle(20);
    clickLine(1);
    settle(20);
    EXPECT_EQ(chosen().depth, 1);
    EXPECT_EQ(chosen().cursor, (TokenPlace{0, 0})) << "the cursor stays";
    key(Qt::Key_Up);
    EXPECT_EQ(chosen().depth, 0);
    look({0, 0}, 1);
    settle(20);
    EXPECT_EQ(table()->currentIndex().row(), 1) << "and follows who else chooses";
}

TEST_F(CodePanels, TheHistoryShowsCodesAloneAndThePictureSoFar) {
    show<ui::DepthHistoryPanel>();
    startWithCodes();
    openImage();
    look({0, 1});
    settle(20);
    giveDecoded();
    giveDepths();
    settle(20);
    const auto patch = [&](int depth, int section) { return table()->model()->index(depth, section).data(ui::DepthHistoryModel::PatchRole).value<QImage>(); };
    ASSERT_FALSE(patch(0, ui::DepthHistoryModel::AloneSection).isNull());
    EXPECT_EQ(patch(0, ui::DepthHistoryModel::AloneSection).pixelColor(0, 0), QColor(20, 20, 20));
    ASSERT_FALSE(patch(1, ui::DepthHistoryModel::SoFarSection).isNull());
    EXPECT_EQ(patch(1, ui::DepthHistoryModel::SoFarSection).size(), QSize(8, 8));
    EXPECT_EQ(patch(1, ui::DepthHistoryModel::SoFarSection).pixelColor(0, 0), QColor(80, 80, 80));
}

TEST_F(CodePanels, CtrlCCopiesTheHistory) {
    auto* history = show<ui::DepthHistoryPanel>();
    startWithCodes();
    openImage();
    look({0, 0});
    settle(20);
    table()->setFocus();
    keyDown(Qt::Key_C, Qt::ControlModifier);
    settle(20);
    EXPECT_EQ(QApplication::clipboard()->text(), history->text());
    EXPECT_THAT(history->text().toStdString(), HasSubstr("1\t2\t4.00\t3.00\n"));
}

// Codebook.

class CodebookPanels : public CodePanels {
protected:
    void SetUp() override {
        codebook = show<ui::CodebookPanel>();
        startWithCodes();
        row = openImage();
        giveBooks();
        giveTokens("/p/blocks.png", usualGrid());
        settle(30);
    }
    QComboBox& which() const { return *panel->findChild<QComboBox*>(); }

    ui::CodebookPanel* codebook = nullptr;
    ui::RowId row{};
};

TEST_F(CodebookPanels, ListsTheImagesCodesWithTheirCounts) {
    EXPECT_THAT(shown(ui::CodebookModel::CodeSection), ElementsAre("2", "0", "1"));
    EXPECT_THAT(shown(ui::CodebookModel::ImageSection), ElementsAre("4", "1", "1"));
    EXPECT_THAT(shown(ui::CodebookModel::LibrarySection), ElementsAre("4", "1", "1"));
    EXPECT_THAT(words(), testing::AllOf(HasSubstr("3 codes in this image"), HasSubstr("3 unused in library"), HasSubstr("perplexity 2.4")));
}

TEST_F(CodebookPanels, TellsHowFarTheLibraryIsCounted) {
    add("/p/b.png");
    settle(20);
    EXPECT_THAT(words(), HasSubstr("1 of 2 images counted"));
    giveTokens("/p/b.png", usualGrid());
    settle(20);
    EXPECT_THAT(words(), HasSubstr("unused in library"));
    EXPECT_THAT(shown(ui::CodebookModel::LibrarySection), ElementsAre("8", "2", "2"));
}

TEST_F(CodebookPanels, FiltersAndFinds) {
    which().setCurrentIndex(2);
    settle(20);
    EXPECT_THAT(shown(ui::CodebookModel::CodeSection), ElementsAre("3", "4", "5")) << "dead ones";
    which().setCurrentIndex(0);
    auto* find = panel->findChild<QLineEdit*>();
    find->setFocus();
    keyDown(Qt::Key_4, Qt::NoModifier, QStringLiteral("4"));
    settle(20);
    EXPECT_THAT(shown(ui::CodebookModel::CodeSection), ElementsAre("4")) << "though this image does not have it";
    key(Qt::Key_Return);
    EXPECT_EQ(table()->currentIndex().row(), 0) << "Enter goes to the first";
    EXPECT_TRUE(table()->hasFocus());
}

TEST_F(CodebookPanels, AHeaderSorts) {
    which().setCurrentIndex(3);
    settle(20);
    QHeaderView* header = table()->horizontalHeader();
    click(*header->viewport(), QPoint(header->sectionViewportPosition(ui::CodebookModel::NormSection) + 20, header->height() / 2));
    settle(20);
    EXPECT_THAT(shown(ui::CodebookModel::CodeSection), ElementsAre("0", "1", "2", "3", "4", "5"));
}

TEST_F(CodebookPanels, ALineSelectsTheTokensThatHaveItsCode) {
    clickLine(0);
    settle(20);
    EXPECT_THAT(chosen().chosen, ElementsAre(TokenPlace{0, 0}, TokenPlace{0, 1}, TokenPlace{1, 1}, TokenPlace{1, 2}));
    EXPECT_EQ(chosen().rows, kRows);
    key(Qt::Key_Down);
    EXPECT_THAT(chosen().chosen, ElementsAre(TokenPlace{0, 2}));
    EXPECT_EQ(table()->currentIndex().row(), 1);
}

TEST_F(CodebookPanels, ACodeThatNoTokenHasLeavesTheSelection) {
    look({1, 1});
    which().setCurrentIndex(2);
    settle(20);
    clickLine(0);
    settle(20);
    EXPECT_EQ(chosen().cursor, (TokenPlace{1, 1}));
    EXPECT_TRUE(chosen().chosen.empty());
}

TEST_F(CodebookPanels, TheLineFollowsTheCursor) {
    look({1, 0});
    settle(20);
    EXPECT_EQ(shown(ui::CodebookModel::CodeSection)[table()->currentIndex().row()], "1");
}

TEST_F(CodebookPanels, EnterGivesTheCodeToTheTokensThatWereChosenBefore) {
    look({0, 2}, 0, {{0, 2}, {1, 0}});
    settle(20);
    clickLine(0);
    settle(20);
    ASSERT_EQ(chosen().chosen.size(), 4U) << "meanwhile the tokens with the code are selected";
    key(Qt::Key_Return);
    const ui::TokenEditPointer edit = session.tokenEdit(row, session.model());
    ASSERT_TRUE(edit);
    EXPECT_THAT(edit->changes, ElementsAre(TokenEdit::Change{0, 2, 0, 2}, TokenEdit::Change{1, 0, 0, 2}));
    EXPECT_THAT(chosen().chosen, ElementsAre(TokenPlace{0, 2}, TokenPlace{1, 0})) << "and these are chosen again";
    EXPECT_EQ(session.undoStack().undoText().toStdString(), "set tokens to code 2");
    settle(20);
    EXPECT_THAT(shown(ui::CodebookModel::CodeSection), ElementsAre("2")) << "the others are gone from the image";
}

TEST_F(CodebookPanels, EnterWithoutChosenTokensSaysWhatToDo) {
    table()->setFocus();
    table()->setCurrentIndex(table()->model()->index(0, 0));
    // What the table selects itself is not what is to be edited.
    key(Qt::Key_Return);
    EXPECT_FALSE(session.tokenEdit(row, session.model()));
    EXPECT_THAT(words(), HasSubstr("Choose tokens in the picture first"));
}

TEST_F(CodebookPanels, FollowsTheDepth) {
    look({0, 0}, 1);
    settle(20);
    EXPECT_THAT(shown(ui::CodebookModel::CodeSection), ElementsAre("3"));
    EXPECT_THAT(shown(ui::CodebookModel::NormSection), ElementsAre("6.00"));
}

TEST_F(CodebookPanels, PicturesAndNeighboursComeForWhatIsInSight) {
    ASSERT_TRUE(waitUntil([&] { return shown(ui::CodebookModel::NearestSection)[0] == "1 1.00"; }, 10));
    ASSERT_FALSE(engine->decoded.empty());
    EXPECT_EQ(engine->decoded.back()->subject.at("codes").shape[0], 3);
    giveDecoded();
    settle(20);
    EXPECT_FALSE(table()->model()->index(0, ui::CodebookModel::PictureSection).data(ui::CodebookModel::PatchRole).value<QImage>().isNull());
}

TEST_F(CodePanels, ALargeCodebookAsksForPicturesOfWhatIsInSightAlone) {
    auto* codebook = show<ui::CodebookPanel>();
    CodeLayout large = layout();
    large.codebookSizes = {16384, 16384};
    startWith(large);
    settle(20);
    std::vector<std::byte> bytes(16384 * kDim * sizeof(float));
    for (std::size_t i = 0; i < 16384; ++i) {
        const float value = float(i);
        std::memcpy(bytes.data() + i * kDim * sizeof(float), &value, sizeof value);
    }
    const HostTensor book{.type = DType::F32, .shape = {16384, kDim}, .bytes = SharedBytes(std::move(bytes))};
    engine->books.back()->answer(TensorMap{{"codebook.0", book}, {"codebook.1", book}});
    runQueued();
    codebook->findChild<QComboBox*>()->setCurrentIndex(3);
    settle(30);
    ASSERT_EQ(table()->model()->rowCount(), 16384);
    table()->verticalScrollBar()->setValue(table()->verticalScrollBar()->maximum() / 2);
    settle(30);
    giveDecoded();
    settle(30);
    giveDecoded();
    std::int64_t asked = 0;
    for (const auto& job : engine->decoded) asked += job->subject.at("codes").shape[0];
    EXPECT_LT(asked, 60) << "two screens full, not the codebook";
    const int first = table()->rowAt(0);
    EXPECT_GT(first, 1000);
    EXPECT_FALSE(table()->model()->index(first, ui::CodebookModel::PictureSection).data(ui::CodebookModel::PatchRole).value<QImage>().isNull());
}

// Usage and depths.

TEST_F(CodePanels, UsageRanksTheCodesOfAllImages) {
    auto* usage = show<ui::UsagePanel>();
    startWithCodes();
    openImage();
    giveTokens("/p/blocks.png", usualGrid());
    add("/p/b.png");
    giveTokens("/p/b.png", gridOf({5, 3, 5, 3, 5, 3, 5, 3, 5, 3, 5, 3}));
    giveTokens("/p/b.png", gridOf({5, 3, 5, 3, 5, 3, 5, 3, 5, 3, 5, 3}));
    settle(20);
    EXPECT_EQ(hint(), "");
    EXPECT_THAT(usage->text().toStdString(), HasSubstr("1\t5\t6\t50.00 %\n2\t2\t4\t33.33 %\n"));
    EXPECT_THAT(plot().accessibleDescription().toStdString(), HasSubstr("2 unused"));
    usage->imageOnly()->trigger();
    settle(20);
    EXPECT_THAT(usage->text().toStdString(), testing::AllOf(HasSubstr("1\t5\t6\t100.00 %\n"), testing::Not(HasSubstr("2\t2"))));
    clickPlot({0, 0});
    EXPECT_EQ(chosen().chosen.size(), 6U) << "a bar selects the tokens with its code";
}

TEST_F(CodePanels, ThePlotHasATableInItsPlace) {
    auto* usage = show<ui::UsagePanel>();
    startWithCodes();
    openImage();
    giveTokens("/p/blocks.png", usualGrid());
    settle(20);
    EXPECT_FALSE(table()->isVisible());
    usage->tools()[1]->trigger();
    settle(20);
    EXPECT_TRUE(table()->isVisible());
    EXPECT_FALSE(plot().isVisible());
    clickLine(0);
    settle(20);
    EXPECT_EQ(chosen().chosen.size(), 4U);
}

TEST_F(CodePanels, DepthsStandSideBySide) {
    QAction imageOnly(QStringLiteral("this image"));
    imageOnly.setCheckable(true);
    show<ui::DepthsPanel>(&imageOnly);
    startWithCodes();
    openImage();
    giveTokens("/p/blocks.png", usualGrid());
    settle(20);
    EXPECT_THAT(shown(1), ElementsAre("3", "1"));
    EXPECT_THAT(shown(2), ElementsAre("3", "5"));
    EXPECT_THAT(shown(4), ElementsAre("1.25", "0.00"));
    EXPECT_THAT(shown(5), ElementsAre("64.0", "32.0")) << "25 - 9 and 9 - 1 of 25";
    clickLine(1);
    settle(20);
    EXPECT_EQ(chosen().depth, 1);
}

// Rate and distortion.

TEST_F(CodePanels, TheCurveAndItsTableGrowWithTheAnswers) {
    auto* rate = show<ui::RatePanel>();
    startWithCodes();
    openImage();
    settle(20);
    EXPECT_THAT(hint(), HasSubstr("being decoded"));
    giveDepths(20);
    settle(20);
    EXPECT_EQ(hint(), "");
    EXPECT_EQ(rate->csv().toStdString(), "image,depth,\"rate, bit/px\",\"PSNR, dB\"\r\nblocks,1,0.040,23.00\r\nblocks,2,0.080,26.00\r\n");
    EXPECT_TRUE(plot().placeOf({0, 1}));
    EXPECT_FALSE(plot().placeOf({0, 2}));
}

TEST_F(CodePanels, APointChoosesItsDepthAndItsRow) {
    show<ui::RatePanel>();
    startWithCodes();
    const ui::RowId blocks = openImage();
    settle(20);
    giveDepths(20);
    const ui::RowId flower = openImage(usualGrid(), "/p/flower.png");
    session.setCurrentRow(flower);
    settle(20);
    giveTokens("/p/flower.png", usualGrid());
    giveDepths(30);
    settle(50);
    clickPlot({0, 1});
    EXPECT_EQ(chosen().depth, 1);
    EXPECT_EQ(session.currentRow(), flower);
    clickPlot({1, 0});
    EXPECT_EQ(chosen().depth, 0);
    EXPECT_EQ(session.currentRow(), blocks);
}

TEST_F(CodePanels, KeysPointIntoThePlotAndEnterChooses) {
    show<ui::RatePanel>();
    startWithCodes();
    openImage();
    settle(20);
    giveDepths(20);
    settle(50);
    plot().setFocus();
    key(Qt::Key_Right);
    EXPECT_EQ(plot().pointed(), (ui::PlotPlace{0, 1})) << "from the depth that is looked at to the next";
    EXPECT_THAT(plot().accessibleDescription().toStdString(), HasSubstr("26.00 dB"));
    key(Qt::Key_Return);
    EXPECT_EQ(chosen().depth, 1);
}

TEST_F(CodePanels, ALosslessDepthIsInTheTableAlone) {
    auto* rate = show<ui::RatePanel>();
    startWithCodes();
    openImage();
    settle(20);
    giveDepths(std::numeric_limits<double>::infinity());
    settle(20);
    EXPECT_THAT(rate->csv().toStdString(), HasSubstr("∞"));
    EXPECT_FALSE(plot().placeOf({0, 0}));
}

TEST_F(CodePanels, AModelWithoutADecoderHasNoCurve) {
    show<ui::RatePanel>();
    startWith(layout(), {"encode", "quantize"});
    openImage();
    settle(20);
    EXPECT_THAT(hint(), HasSubstr("no decoder"));
}

// Codewords.

TEST_F(CodePanels, CodewordsLieInTheirPlaneAndAreChosenThere) {
    auto* codewords = show<ui::CodewordsPanel>();
    startWithCodes();
    openImage();
    settle(20);
    giveBooks();
    ASSERT_TRUE(waitUntil([&] { return hint().empty(); }, 10));
    settle(50);
    EXPECT_THAT(codewords->text().toStdString(), HasSubstr("0\t-2.500\t0.000\t1\n"));
    clickPlot({0, 2});
    EXPECT_EQ(chosen().chosen.size(), 4U);
    const QPointF at = *plot().placeOf({0, 3});
    moveMouse(plot(), at.toPoint());
    settle(20);
    EXPECT_EQ(plot().pointed(), (ui::PlotPlace{0, 3}));
    EXPECT_THAT(plot().accessibleDescription().toStdString(), HasSubstr("code 3"));
}

}  // namespace
}  // namespace tessera::test
