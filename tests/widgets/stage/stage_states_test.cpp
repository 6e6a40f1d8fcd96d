// SPDX-License-Identifier: GPL-3.0-or-later
// Cells that have no picture yet, or none at all.
#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>

#include "panels/stage/busy_overlay.h"
#include "panels/stage/cell_badge.h"
#include "panels/stage/cell_caption.h"
#include "panels/stage/details_popup.h"
#include "panels/stage/board_header.h"
#include "panels/stage/state_cell.h"
#include "panels/stage/state_words.h"
#include "staged.h"

namespace tessera::test {
namespace {

using ui::BusyPhase;

class StageStates : public Staged {
protected:
    ui::BusyOverlay& busy(int column) { return *stage.findChildren<ui::BusyOverlay*>().at(column); }
    ui::CellBadge& badge(int column) { return *stage.findChildren<ui::CellBadge*>().at(column); }
    ui::CellCaption& caption(int column) { return *stage.findChildren<ui::CellCaption*>().at(column); }
    ui::StateCell& state(int column) { return *stage.findChildren<ui::StateCell*>().at(column); }
    QPushButton* button(const QString& text, QWidget& in) {
        for (auto* each : in.findChildren<QPushButton*>()) {
            if (each->isVisible() && each->text() == text) return each;
        }
        return nullptr;
    }
    void fail(const std::string& lens, const Error& error) {
        engine->waiting(lens)->answer(error);
        waitUntil([&] { return engine->waiting(lens) == nullptr; }, 20);
        settle(60);
    }
    Error outOfMemory{ErrorCode::OutOfMemory, "the decoder needs 5.2 GB, 3.9 GB are free", "decoder.up.1", "close other models"};
};

TEST_F(StageStates, ABusyCellShowsNothingThenASpinnerThenABar) {
    addRow();
    engine->waiting("input")->answer(*input);
    engine->waiting("reconstruction")->tell({0.58, "decoding, up block 3", 3.2});
    settle(60);
    setSeconds(0.2);
    EXPECT_FALSE(busy(1).isVisible());
    EXPECT_EQ(caption(1).row().text(), "");
    setSeconds(0.4);
    ASSERT_TRUE(busy(1).isVisible());
    EXPECT_EQ(busy(1).words().phase, BusyPhase::Spinner);
    EXPECT_EQ(busy(1).geometry().center(), stage.cellBody(1).center());
    EXPECT_EQ(caption(1).row().text(), "running 0.4 s");
    setSeconds(3);
    EXPECT_EQ(busy(1).words().phase, BusyPhase::Bar);
    EXPECT_EQ(busy(1).words().step, "Decoding, up block 3");
    EXPECT_EQ(busy(1).words().timeLeft, "3 s left");
    EXPECT_EQ(busy(1).geometry().bottom(), stage.cellBody(1).bottom());
    engine->waiting("reconstruction")->answer(*reconstruction);
    settle(80);
    EXPECT_FALSE(busy(1).isVisible());
}

TEST_F(StageStates, TheBarFillsWithTheWork) {
    addRow();
    engine->waiting("reconstruction")->tell({0.5, "decoding", std::nullopt});
    settle(60);
    setSeconds(5);
    const QRect bar = busy(1).geometry();
    const int y = bar.bottom() - 11;
    EXPECT_EQ(screenPixel(QPoint(bar.left() + bar.width() / 4, y)), qRgb(0x5a, 0xa7, 0xff));
    EXPECT_NE(screenPixel(QPoint(bar.left() + bar.width() * 3 / 4, y)), qRgb(0x5a, 0xa7, 0xff));
}

TEST_F(StageStates, CancelInTheBarCancelsTheRowAndRetryAsksAgain) {
    addRow();
    settle(40);
    setSeconds(5);
    ASSERT_TRUE(busy(1).isVisible());
    const QPoint cross = busy(1).cancelButton()->geometry().center() + busy(1).pos();
    click(stage, cross);
    settle(60);
    EXPECT_EQ(cell(1).state, ui::CellState::Cancelled);
    EXPECT_EQ(caption(1).row().text(), "cancelled");
    const std::size_t asked = engine->requests("reconstruction");
    QPushButton* retry = button("Retry", state(1));
    ASSERT_TRUE(retry);
    click(*retry, retry->rect().center());
    EXPECT_TRUE(waitUntil([&] { return engine->requests("reconstruction") == asked + 1; }, 20));
}

TEST_F(StageStates, AnErrorSaysWhatWhereAndWhatToDo) {
    addRow();
    engine->waiting("input")->answer(*input);
    fail("reconstruction", outOfMemory);
    fail("difference", outOfMemory);
    ASSERT_TRUE(state(1).isVisible());
    EXPECT_EQ(state(1).words().heading, "Out of memory");
    EXPECT_EQ(state(1).words().text, "The decoder needs 5.2 GB, 3.9 GB are free.");
    EXPECT_EQ(state(1).words().advice, "Close other models.");
    EXPECT_EQ(state(1).words().where, "decoder.up.1");
    EXPECT_EQ(state(2).words().text, "Nothing to show: the reconstruction failed.") << "one failure is told once";
    EXPECT_TRUE(button("Retry", state(1)));
    EXPECT_FALSE(button("Retry", state(2)));
    EXPECT_EQ(screenPixel(stage.cellBody(1).topLeft() + QPoint(1, 20)), ui::tokens().error.rgb()) << "the edge";
    EXPECT_EQ(screenPixel(stage.cellBody(0).center()), qRgb(200, 40, 90)) << "the other cells are not affected";
}

TEST_F(StageStates, RetryAfterAnErrorBringsThePicture) {
    addRow();
    engine->waiting("input")->answer(*input);
    fail("reconstruction", outOfMemory);
    QPushButton* retry = button("Retry", state(1));
    ASSERT_TRUE(retry);
    click(*retry, retry->rect().center());
    ASSERT_TRUE(waitUntil([&] { return engine->waiting("reconstruction") != nullptr; }, 20));
    engine->waiting("reconstruction")->answer(*reconstruction);
    settle(120);
    EXPECT_FALSE(state(1).isVisible());
    EXPECT_EQ(screenPixel(stage.cellBody(1).center()), qRgb(20, 160, 60));
}

TEST_F(StageStates, ABrokenFileOffersToRemoveItsRow) {
    const ui::RowId good = addRow("good.png");
    answerAll();
    const ui::RowId row = addRow("broken.png");
    fail("input", {ErrorCode::Invalid, "the PNG ends after 12 bytes", "/pictures/broken.png", "copy the file again"});
    ASSERT_TRUE(state(0).isVisible());
    EXPECT_EQ(state(0).words().heading, "Not a valid picture");
    EXPECT_EQ(state(0).words().where, "broken.png") << "folders are nobody's business";
    EXPECT_FALSE(state(0).words().report.contains("/pictures"));
    QPushButton* remove = button("Remove", state(0));
    ASSERT_TRUE(remove);
    click(*remove, remove->rect().center());
    settle(60);
    EXPECT_EQ(session.find(row), nullptr);
    EXPECT_EQ(session.currentRow(), good);
    EXPECT_EQ(screenPixel(stage.cellBody(0).center()), qRgb(200, 40, 90));
}

TEST_F(StageStates, HeadingsSayWhatTheTroubleIsWith) {
    using ui::ErrorSubject;
    const Error invalid{ErrorCode::Invalid, "it is broken", {}, {}}, mismatch{ErrorCode::Mismatch, "1 weight with NaN or infinity in it (codebook)", {}, {}};
    EXPECT_EQ(headingOf(invalid, ErrorSubject::TokenFile), "Not a valid token file");
    EXPECT_EQ(headingOf(invalid, ErrorSubject::PictureFile), "Not a valid picture");
    EXPECT_EQ(headingOf(invalid, ErrorSubject::Model), "Not a valid checkpoint");
    EXPECT_EQ(headingOf(mismatch, ErrorSubject::Model), "Checkpoint cannot be used") << "it is no question of another model";
    EXPECT_EQ(ui::headingOf(mismatch), "Does not fit the model");
    ui::Row row;
    row.request.path = "/tokens/codes.CSV";
    EXPECT_EQ(subjectOf(row), ErrorSubject::TokenFile);
    row.request.path = "/pictures/a.png";
    EXPECT_EQ(subjectOf(row), ErrorSubject::PictureFile);
}

TEST_F(StageStates, AnEditThatNoLongerFitsIsRevertedWhereItIsSaid) {
    const ui::RowId row = addRow();
    answerAll();
    const auto editNow = [&] {
        session.editTokens("edit", row, session.model(), std::make_shared<const TokenEdit>(TokenEdit{.rows = 2, .columns = 2, .depths = 1, .changes = {{0, 0, 0, 1}}}));
        ASSERT_TRUE(waitUntil([&] { return engine->waiting("reconstruction") != nullptr; }, 20));
        fail("reconstruction", {ErrorCode::Mismatch, "the token edit was made on a grid of 2 x 2 x 1, and this one has 4 x 4 x 1", "token edit", "undo the edit, or set size and crop back"});
        settle(60);
    };
    editNow();
    ASSERT_TRUE(badge(1).isVisible());
    EXPECT_EQ(badge(1).text(), "Edit does not fit");
    click(badge(1), badge(1).rect().center());
    auto* popup = qobject_cast<ui::DetailsPopup*>(QApplication::activePopupWidget());
    ASSERT_TRUE(popup);
    QPushButton* revert = button("Revert edit", *popup);
    ASSERT_TRUE(revert);
    click(*revert, revert->rect().center());
    EXPECT_EQ(session.tokenEdit(row, session.model()), nullptr);
    session.undoStack().undo();
    EXPECT_NE(session.tokenEdit(row, session.model()), nullptr) << "a step like any other";
    session.undoStack().redo();
    settle(60);
    while (const auto older = engine->waiting("reconstruction")) older->answer(*reconstruction);
    settle(60);
    // By the keyboard alone: Enter opens what the cell has to tell, Enter does what is best.
    editNow();
    session.setCurrentColumn(1);
    activate(window);
    stage.setFocus();
    keyDown(Qt::Key_Return), keyUp(Qt::Key_Return);
    settle(60);
    ASSERT_TRUE(qobject_cast<ui::DetailsPopup*>(QApplication::activePopupWidget()));
    keyDown(Qt::Key_Return), keyUp(Qt::Key_Return);
    settle(60);
    EXPECT_EQ(session.tokenEdit(row, session.model()), nullptr);
}

TEST_F(StageStates, DetailsCanBeReadAndCopied) {
    addRow();
    fail("reconstruction", outOfMemory);
    QPushButton* details = button("Details", state(1));
    ASSERT_TRUE(details);
    click(*details, details->rect().center());
    auto* popup = qobject_cast<ui::DetailsPopup*>(QApplication::activePopupWidget());
    ASSERT_TRUE(popup);
    EXPECT_TRUE(popup->findChild<QPlainTextEdit*>()->toPlainText().contains("decoder.up.1"));
    QPushButton* copy = button("Copy", *popup);
    ASSERT_TRUE(copy);
    click(*copy, copy->rect().center());
    EXPECT_TRUE(QApplication::clipboard()->text().contains("the decoder needs 5.2 GB"));
    EXPECT_EQ(QApplication::activePopupWidget(), nullptr);
}

TEST_F(StageStates, AModelWithoutDecoderLeadsToTheModels) {
    engine->model.capabilities = {"encode"};
    engine->model.id = ModelId{2};
    session.chooseModel({"another"});
    ASSERT_TRUE(waitUntil([this] { return host.model() && host.model()->capabilities.size() == 1; }, 20));
    session.addRows({SourceRequest{.path = "/pictures/blocks.png"}});
    ASSERT_TRUE(waitUntil([this] { return cell(1).state == ui::CellState::NotOffered; }, 20));
    settle(40);
    ASSERT_TRUE(state(1).isVisible());
    EXPECT_FALSE(state(1).words().text.isEmpty());
    int asked = 0;
    QObject::connect(&stage, &ui::StageView::modelActionRequested, &window, [&asked] { ++asked; });
    QPushButton* show = button("Show models", state(1));
    ASSERT_TRUE(show);
    click(*show, show->rect().center());
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(caption(1).row().text(), "not offered by this model");
}

TEST_F(StageStates, AModelThatDoesNotOpenIsSaidOnceAndItsOtherCellsWaitForNothing) {
    engine->modelError = Error{ErrorCode::Mismatch, "3 tensors are missing", "broken.safetensors", "download it again"};
    session.chooseModel({"broken"});
    session.addRows({SourceRequest{.path = "/pictures/blocks.png"}});
    ASSERT_TRUE(waitUntil([this] { return state(1).isVisible() && state(2).isVisible(); }, 20));
    EXPECT_EQ(state(1).words().heading, "Checkpoint cannot be used");
    EXPECT_EQ(state(2).words().text, "Nothing to show without the model.");
    EXPECT_EQ(caption(2).row().text(), "no model");
}

TEST_F(StageStates, TheWorstBadgeIsTheOnlyOne) {
    addRow();
    Picture picture = *reconstruction;
    picture.notes = {{Note::Kind::Information, "resized"}, {Note::Kind::Warning, "NaN in bf16, decoder re-run in fp32"}};
    Picture preview = *input;
    engine->waiting("input")->show(preview);
    engine->waiting("reconstruction")->answer(picture);
    settle(80);
    ASSERT_TRUE(badge(0).isVisible());
    EXPECT_EQ(badge(0).text(), "preview");
    EXPECT_EQ(badge(0).height(), 18);
    ASSERT_TRUE(badge(1).isVisible());
    EXPECT_EQ(badge(1).text(), "NaN in bf16, decoder re-run in fp32");
    EXPECT_EQ(badge(1).height(), 22) << "with its icon";
    EXPECT_EQ(badge(1).geometry().topLeft(), stage.cellBody(1).topLeft() + QPoint(4, 4));
    engine->waiting("input")->answer(*input);
    settle(60);
    EXPECT_FALSE(badge(0).isVisible());
}

TEST_F(StageStates, AResultThatIsNoLongerTrueSaysSo) {
    addRow();
    answerAll();
    board.retry(session.currentRow());
    ASSERT_TRUE(waitUntil([this] { return engine->waiting("reconstruction") != nullptr; }, 20));
    fail("reconstruction", outOfMemory);
    EXPECT_FALSE(state(1).isVisible()) << "the older picture is shown instead of emptiness";
    ASSERT_TRUE(badge(1).isVisible());
    EXPECT_EQ(badge(1).text(), "Out of memory");
    EXPECT_NE(screenPixel(stage.cellBody(1).center()), qRgb(20, 160, 60)) << "dimmed";
    click(badge(1), badge(1).rect().center());
    auto* popup = qobject_cast<ui::DetailsPopup*>(QApplication::activePopupWidget());
    ASSERT_TRUE(popup);
    EXPECT_TRUE(button("Retry", *popup));
    popup->close();
}

TEST_F(StageStates, CaptionsAndTheirToolTipsHaveTheNumbersThatCanBeQuoted) {
    addRow();
    answerAll();
    EXPECT_EQ(caption(0).row().text(), "reference");
    EXPECT_EQ(caption(1).row().text(), "34.39 dB SSIM 0.957");
    EXPECT_EQ(caption(2).row().text(), "mean / max 0.011 0.250");
    EXPECT_TRUE(caption(1).toolTip().contains("MS-SSIM")) << "from the cell that worked it out";
    EXPECT_TRUE(caption(1).toolTip().contains("sRGB u8"));
    EXPECT_EQ(caption(1).accessibleName(), "reconstruction, scripted, blocks.png, 34.39 dB, SSIM 0.957");
}

TEST_F(StageStates, HeadersNamePictureAndModel) {
    addRow();
    answerAll();
    const auto headers = stage.findChildren<ui::ModelHeader*>();
    EXPECT_EQ(headers[0]->row().text(), "Source blocks.png");
    EXPECT_EQ(headers[1]->row().text(), "scripted fp32 · f8 c4");
}

/// What such a card shows, each part with its place.
std::vector<std::pair<std::string, QRect>> partsOf(const ui::StateCell& card) {
    std::vector<std::pair<std::string, QRect>> parts;
    if (!card.icon().isEmpty()) parts.emplace_back("icon", card.icon());
    for (const auto* each : card.findChildren<QLabel*>()) {
        if (!each->isHidden()) parts.emplace_back(each->text().toStdString(), each->geometry());
    }
    for (const auto* each : card.findChildren<QPushButton*>()) {
        if (!each->isHidden()) parts.emplace_back("button " + each->text().toStdString(), each->geometry());
    }
    return parts;
}

TEST_F(StageStates, ACardFitsEveryCellAndNothingOverlaps) {
    using Words = ui::StateWords;
    const Words notValid{.tone = Words::Tone::Error, .icon = "error", .heading = "Not a valid picture", .text = "The PNG ends after 12 bytes.", .advice = "Copy the file again.", .where = "a_long_name_of_a_picture.png",
                         .report = "error: it ends", .actions = {ui::CellAction::Retry, ui::CellAction::Remove}};
    const Words noModel{.tone = Words::Tone::Error, .icon = "error", .heading = "Not found", .text = "There is no such model.", .advice = "Choose another one.", .where = "model.safetensors",
                        .report = "error: not found", .actions = {ui::CellAction::ShowModels, ui::CellAction::Retry}};
    const Words quiet{.text = "This model does not offer it.", .advice = "Choose a model that offers depth.", .actions = {ui::CellAction::ShowModels}};
    ui::StateCell card(&window);
    card.show();
    for (const Words& words : {notValid, noModel, quiet}) {
        card.setWords(words);
        settle(1);  // buttons of the words before go with the next turn of the loop
        for (int width = 40; width <= 460; width += 7) {
            for (int height = 24; height <= 360; height += 12) {
                card.resize(width, height);
                const auto parts = partsOf(card);
                ASSERT_FALSE(parts.empty()) << width << " x " << height;
                bool elided = parts.size() < 2;
                for (std::size_t i = 0; i < parts.size(); ++i) {
                    const auto& [name, place] = parts[i];
                    ASSERT_TRUE(card.rect().contains(place)) << name << " in " << width << " x " << height;
                    for (std::size_t j = 0; j < i; ++j) ASSERT_FALSE(place.intersects(parts[j].second)) << name << " over " << parts[j].first << " in " << width << " x " << height;
                    elided = elided || name.ends_with("\u2026");
                }
                for (const auto* button : card.findChildren<QPushButton*>()) {
                    if (button->isHidden()) {
                        elided = true;
                    } else {
                        ASSERT_GE(button->width(), button->sizeHint().width()) << button->text().toStdString();
                    }
                }
                ASSERT_TRUE(!elided || card.toolTip().contains(words.text)) << width << " x " << height;
            }
        }
    }
    card.setWords(notValid);
    card.resize(320, 300);
    EXPECT_FALSE(card.icon().isEmpty());
    EXPECT_TRUE(card.toolTip().isEmpty()) << "all of it can be read";
    card.resize(165, 160);
    EXPECT_FALSE(partsOf(card)[1].first.ends_with("\u2026")) << "words are whole before buttons take a second row";
    card.resize(128, 120);
    EXPECT_TRUE(card.icon().isEmpty()) << "first the icon gives way";
    EXPECT_FALSE(card.findChildren<QLabel*>().front()->isHidden());
    card.resize(60, 40);
    EXPECT_EQ(partsOf(card).size(), 1U) << "in the end it stands alone";
    EXPECT_EQ(card.toolTip(), "Not a valid picture\nThe PNG ends after 12 bytes.\nCopy the file again.\na_long_name_of_a_picture.png");
    int asked = 0;
    QObject::connect(&card, &ui::StateCell::detailsRequested, &window, [&asked] { ++asked; });
    card.move(20, 20);
    card.raise();
    settle(30);
    click(card, card.rect().center());
    EXPECT_EQ(asked, 1);
}

TEST_F(StageStates, APressOnACardOrACaptionMakesItsCellCurrent) {
    addRow();
    fail("reconstruction", outOfMemory);
    session.setCurrentColumn(0);
    click(stage, stage.cellBody(1).topLeft() + QPoint(8, 8));
    EXPECT_EQ(session.currentColumn(), 1);
    click(stage, stage.cellBody(2).bottomLeft() + QPoint(20, 8));
    EXPECT_EQ(session.currentColumn(), 2);
}

TEST_F(StageStates, EveryControlHasANameAndTheKeyboardReachesIt) {
    addRow();
    fail("reconstruction", outOfMemory);
    for (const QAbstractButton* each : stage.findChildren<QAbstractButton*>()) {
        if (!each->isVisible()) continue;
        EXPECT_FALSE(each->accessibleName().isEmpty() && each->text().isEmpty()) << each->metaObject()->className();
        EXPECT_NE(each->focusPolicy() & Qt::TabFocus, 0) << each->text().toStdString();
    }
}

}  // namespace
}  // namespace tessera::test
