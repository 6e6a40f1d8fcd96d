// SPDX-License-Identifier: GPL-3.0-or-later
// Keys and actions of the main window, pressed as a keyboard would.
#include <QApplication>
#include <QKeyEvent>
#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QListView>
#include <QToolButton>

#include "exports.h"
#include "key_bindings.h"
#include "panels/adjust_panel.h"
#include "panels/command_palette.h"
#include "panels/stage/number_field.h"
#include "panels/strip.h"
#include "studio_window.h"
#include "workspace/difference_kind.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

class StudioKeys : public StudioWindow {
protected:
    /// A window whose rows need no engine.
    void openWithRows(int count, bool engine = false) {
        open({}, engine);
        QStringList paths;
        for (int i = 0; i < count; ++i) paths << QString::fromStdString(writeQuadrants(folder, "image" + std::to_string(i) + ".png"));
        dropFiles(paths);
        stage().setFocus();
    }
    int currentIndex() { return session().indexOf(session().currentRow()); }
    std::string kind() {
        const auto& parameters = session().columns()[2].parameters;
        const auto it = parameters.find("kind");
        return it == parameters.end() ? "absolute" : std::get<std::string>(it->second);
    }
};

TEST_F(StudioKeys, PagesGoThroughTheRowsAndStopAtBothEnds) {
    openWithRows(3);
    EXPECT_EQ(currentIndex(), 0);
    press(Qt::Key_PageDown);
    press(Qt::Key_PageDown);
    EXPECT_EQ(currentIndex(), 2);
    press(Qt::Key_PageDown);
    EXPECT_EQ(currentIndex(), 2);
    press(Qt::Key_PageUp);
    EXPECT_EQ(currentIndex(), 1);
    press(Qt::Key_End);
    EXPECT_EQ(currentIndex(), 2);
    press(Qt::Key_Home);
    EXPECT_EQ(currentIndex(), 0);
}

TEST_F(StudioKeys, MGoesThroughTheKindsOfDifferenceWithoutNewWork) {
    openWithRows(1, true);
    ASSERT_TRUE(waitForRow());
    const auto before = document->host.engine()->status().stagesRun;
    for (const char* next : {"signed", "squared", "flip", "ssim", "absolute"}) {
        press(Qt::Key_M, Qt::NoModifier, QStringLiteral("m"));
        EXPECT_EQ(kind(), next);
        settle(50);
        ASSERT_TRUE(cell(2).picture);
        EXPECT_EQ(cell(2).picture->mapping, ui::differenceKind(next).mapping) << next;
    }
    EXPECT_EQ(document->host.engine()->status().stagesRun, before);
}

TEST_F(StudioKeys, SpaceShowsTheInputWhileItIsHeld) {
    openWithRows(1, true);
    ASSERT_TRUE(waitForRow());
    settle(200);
    // The difference of flat colours is dark; the input's first quadrant is red.
    const QRect body = stage().cellBody(2);
    const int side = std::min(body.width(), body.height());
    const QPoint inFirstQuadrant(body.center().x() - side / 4, body.center().y() - side / 4);
    EXPECT_LT(screenColour(stage(), inFirstQuadrant).red(), 200);
    keyDown(Qt::Key_Space, Qt::NoModifier, QStringLiteral(" "));
    settle(200);
    EXPECT_TRUE(session().view().flipToInput);
    EXPECT_THAT(screenColour(stage(), inFirstQuadrant), ColourNear(QColor(Qt::red), 3));
    keyUp(Qt::Key_Space, Qt::NoModifier, QStringLiteral(" "));
    settle(200);
    EXPECT_FALSE(session().view().flipToInput);
    EXPECT_LT(screenColour(stage(), inFirstQuadrant).red(), 200);
}

TEST_F(StudioKeys, ZoomKeysAndFit) {
    openWithRows(1, true);
    ASSERT_TRUE(waitForRow());
    settle(100);
    EXPECT_TRUE(stage().isFitted());
    press(Qt::Key_1, Qt::NoModifier, QStringLiteral("1"));
    ASSERT_TRUE(waitUntil([&] { return stage().zoomShown() == 1; }, 5)) << stage().zoomShown();
    press(Qt::Key_Plus, Qt::ShiftModifier, QStringLiteral("+"));
    EXPECT_TRUE(waitUntil([&] { return stage().zoomShown() > 1; }, 5)) << stage().zoomShown();
    press(Qt::Key_Minus, Qt::NoModifier, QStringLiteral("-"));
    press(Qt::Key_Minus, Qt::NoModifier, QStringLiteral("-"));
    EXPECT_TRUE(waitUntil([&] { return stage().zoomShown() < 1; }, 5)) << stage().zoomShown();
    press(Qt::Key_Equal, Qt::NoModifier, QStringLiteral("="));
    EXPECT_TRUE(waitUntil([&] { return stage().zoomShown() == 1; }, 5)) << stage().zoomShown();
    press(Qt::Key_F, Qt::NoModifier, QStringLiteral("f"));
    EXPECT_TRUE(waitUntil([&] { return stage().isFitted(); }, 5));
}

TEST_F(StudioKeys, ViewKeys) {
    openWithRows(1);
    const bool values = session().view().values;
    press(Qt::Key_P, Qt::NoModifier, QStringLiteral("p"));
    EXPECT_NE(session().view().values, values);
    press(Qt::Key_N, Qt::NoModifier, QStringLiteral("n"));
    EXPECT_EQ(session().view().range, ui::FieldRange::Cell);
    press(Qt::Key_E, Qt::NoModifier, QStringLiteral("e"));
    press(Qt::Key_E, Qt::NoModifier, QStringLiteral("e"));
    EXPECT_FLOAT_EQ(session().view().exposureStops, 1);
    press(Qt::Key_E, Qt::ShiftModifier, QStringLiteral("E"));
    EXPECT_FLOAT_EQ(session().view().exposureStops, 0.5);
    press(Qt::Key_R, Qt::NoModifier, QStringLiteral("r"));
    EXPECT_FLOAT_EQ(session().view().exposureStops, 0);
    EXPECT_EQ(session().view().range, ui::FieldRange::Declared);
}

TEST_F(StudioKeys, NoSingleKeyFiresInATextField) {
    openWithRows(2);
    // The zoom's field is off while there is no picture.
    ui::NumberField* field = nullptr;
    for (auto* each : window().findChild<ui::Strip*>()->findChildren<ui::NumberField*>()) {
        if (each->isEnabled()) field = each;
    }
    ASSERT_NE(field, nullptr);
    field->setFocus();
    ASSERT_TRUE(field->hasFocus());
    settle(10);  // it selects its text
    const ui::ViewState before = session().view();
    for (const QChar letter : QStringLiteral("fdnerp1")) press(static_cast<Qt::Key>(letter.toUpper().unicode()), Qt::NoModifier, letter);
    press(Qt::Key_PageDown);
    press(Qt::Key_Delete);
    EXPECT_EQ(session().view().range, before.range);
    EXPECT_EQ(session().view().exposureStops, before.exposureStops);
    EXPECT_EQ(session().view().values, before.values);
    EXPECT_EQ(kind(), "absolute");
    EXPECT_EQ(currentIndex(), 0);
    EXPECT_EQ(session().rows().size(), 2u);
    press(Qt::Key_Escape);
    EXPECT_FALSE(field->hasFocus());
    EXPECT_TRUE(stage().hasFocus());
}

TEST_F(StudioKeys, EscapeTakesBackWhatWasTypedAndEnterDoesNot) {
    openWithRows(1);
    auto* field = window().findChild<ui::Strip*>()->findChildren<ui::NumberField*>().last();
    const auto type = [&](Qt::Key end) {
        field->setFocus();
        settle(10);
        press(Qt::Key_2, Qt::NoModifier, QStringLiteral("2"));
        press(end);
    };
    type(Qt::Key_Escape);
    EXPECT_FLOAT_EQ(session().view().exposureStops, 0);
    EXPECT_EQ(field->value(), 0);
    type(Qt::Key_Return);
    EXPECT_FLOAT_EQ(session().view().exposureStops, 2);
}

TEST_F(StudioKeys, EscapeTakesBackWhatWasTypedInAParameter) {
    openWithRows(1, true);
    auto* size = window().docks().adjust->findChild<QDoubleSpinBox*>();
    ASSERT_NE(size, nullptr);
    ASSERT_TRUE(size->isVisible());
    const auto type = [&](Qt::Key end) {
        size->setFocus();
        size->selectAll();
        for (const QChar digit : QStringLiteral("128")) press(static_cast<Qt::Key>(digit.unicode()), Qt::NoModifier, digit);
        press(end);
    };
    const int steps = session().undoStack().count();
    type(Qt::Key_Escape);
    EXPECT_FALSE(size->hasFocus());
    EXPECT_EQ(size->value(), 256);
    EXPECT_EQ(session().undoStack().count(), steps);
    type(Qt::Key_Return);
    EXPECT_EQ(session().columns()[0].parameters.at("size"), Value(std::int64_t(128)));
    EXPECT_EQ(session().undoStack().count(), steps + 1);
}

TEST_F(StudioKeys, DeleteRemovesTheRowAndUndoBringsItBack) {
    openWithRows(3);
    press(Qt::Key_PageDown);
    const ui::RowId removed = session().currentRow();
    press(Qt::Key_Delete);
    EXPECT_EQ(session().rows().size(), 2u);
    EXPECT_EQ(session().find(removed), nullptr);
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(session().rows().size(), 3u);
    EXPECT_EQ(currentIndex(), 1);
    press(Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_EQ(session().rows().size(), 2u);
}

TEST_F(StudioKeys, PaletteFindsAndRunsAnAction) {
    openWithRows(1);
    press(Qt::Key_K, Qt::ControlModifier);
    ui::CommandPalette& palette = window().palette();
    ASSERT_TRUE(palette.isVisible());
    // A popup takes the keyboard without being the active window.
    for (const QChar letter : QStringLiteral("squar")) {
        QKeyEvent key(QEvent::KeyPress, letter.toUpper().unicode(), Qt::NoModifier, letter);
        QApplication::sendEvent(palette.findChild<QLineEdit*>(), &key);
    }
    QKeyEvent enter(QEvent::KeyPress, Qt::Key_Return, Qt::NoModifier);
    QApplication::sendEvent(palette.findChild<QLineEdit*>(), &enter);
    settle(50);
    EXPECT_FALSE(palette.isVisible());
    EXPECT_EQ(kind(), "squared");
}

TEST_F(StudioKeys, EveryMenuEntryIsInThePaletteAndHasWords) {
    open({}, false);
    const QList<QAction*> offered = ui::CommandPalette::actionsOf(&window());
    EXPECT_GT(offered.size(), 40);
    for (const QAction* action : offered) {
        EXPECT_FALSE(action->text().isEmpty()) << action->objectName().toStdString();
        EXPECT_FALSE(action->toolTip().isEmpty()) << action->objectName().toStdString();
        const bool mustSayWhy = !action->isEnabled() && !action->objectName().endsWith(u"do");
        EXPECT_FALSE(mustSayWhy && action->statusTip().isEmpty()) << action->objectName().toStdString() << " does not say why it is off";
    }
}

TEST_F(StudioKeys, NoTwoActionsShareAKey) {
    open({}, false);
    // Keys of tokens are the stage's own, those of drawings their workspace's: they mean something else elsewhere.
    std::map<std::pair<QString, QString>, QString> taken;
    for (const QAction* action : window().findChildren<QAction*>()) {
        for (const QKeySequence& keys : action->shortcuts()) {
            const auto [it, fresh] = taken.emplace(std::pair(keys.toString(), action->property(studio::KeyBindings::kDomainProperty).toString()), action->objectName());
            EXPECT_TRUE(fresh || it->second == action->objectName()) << keys.toString().toStdString() << ": " << it->second.toStdString() << " and " << action->objectName().toStdString();
        }
    }
}

TEST_F(StudioKeys, NoWorkspaceHasTwoActionsOnForOneKey) {
    openWithRows(1, true);
    for (const ui::WorkspaceKind kind : ui::offeredWorkspaces()) {
        session().setWorkspace(kind);
        settle(50);
        std::map<QString, QString> taken;
        for (const QAction* action : window().findChildren<QAction*>()) {
            if (!action->isEnabled() || action->shortcutContext() == Qt::WidgetShortcut) continue;
            for (const QKeySequence& keys : action->shortcuts()) {
                const auto [it, fresh] = taken.emplace(keys.toString(), action->objectName());
                EXPECT_TRUE(fresh || it->second == action->objectName()) << ui::keyOf(kind) << ", " << keys.toString().toStdString() << ": " << it->second.toStdString() << " and " << action->objectName().toStdString();
            }
        }
    }
}

TEST_F(StudioKeys, PanelsHideAndComeBackByTheirKeysAndResetPutsAllBack) {
    open({}, false);
    auto* images = window().findChild<QDockWidget*>(QStringLiteral("images"));
    auto* metrics = window().findChild<QDockWidget*>(QStringLiteral("metrics"));
    ASSERT_TRUE(images->isVisible());
    press(Qt::Key_1, Qt::AltModifier);
    EXPECT_FALSE(images->isVisible());
    press(Qt::Key_1, Qt::AltModifier);
    EXPECT_TRUE(images->isVisible());
    metrics->setFloating(true);
    press(Qt::Key_1, Qt::AltModifier);
    actions().resetLayout->trigger();
    settle(50);
    EXPECT_TRUE(images->isVisible());
    EXPECT_FALSE(metrics->isFloating());
}

/// The button floats a panel beside where it was docked, the same button docks it; it is painted after another workspace was looked at, too.
TEST_F(StudioKeys, APanelFloatsByItsButtonAndComesBackFromAnotherWorkspace) {
    open({}, false);
    auto* images = window().findChild<QDockWidget*>(QStringLiteral("images"));
    QToolButton* floats = nullptr;
    for (QToolButton* each : images->titleBarWidget()->findChildren<QToolButton*>()) {
        if (each->accessibleName() == u"Float or dock") floats = each;
    }
    ASSERT_TRUE(floats);
    const QPoint docked = images->mapToGlobal(QPoint());
    click(*floats, floats->rect().center());
    ASSERT_TRUE(images->isFloating());
    EXPECT_NE(images->pos(), docked);
    press(Qt::Key_1, Qt::ControlModifier);
    press(Qt::Key_3, Qt::ControlModifier);
    press(Qt::Key_1, Qt::ControlModifier);
    settle(50);
    ASSERT_TRUE(images->isFloating());
    EXPECT_TRUE(images->updatesEnabled());
    EXPECT_TRUE(images->titleBarWidget()->updatesEnabled());
    click(*floats, floats->rect().center());
    EXPECT_FALSE(images->isFloating());
}

TEST_F(StudioKeys, FullScreenAndBack) {
    open({}, false);
    press(Qt::Key_F11);
    EXPECT_TRUE(window().isFullScreen());
    press(Qt::Key_F11);
    EXPECT_FALSE(window().isFullScreen());
}

TEST_F(StudioKeys, QuestionMarkAndF1OpenTheKeys) {
    open({}, false);
    const auto keysWindow = [] {
        QWidget* found = nullptr;
        for (QWidget* widget : QApplication::topLevelWidgets()) {
            if (widget->windowTitle() == u"Keys" && widget->isVisible()) found = widget;
        }
        return found;
    };
    ASSERT_EQ(keysWindow(), nullptr);
    press(Qt::Key_Question, Qt::ShiftModifier, QStringLiteral("?"));
    ASSERT_NE(keysWindow(), nullptr);
    keysWindow()->close();
    activate(window());
    press(Qt::Key_F1);
    ASSERT_NE(keysWindow(), nullptr);
    keysWindow()->close();
}

TEST_F(StudioKeys, CommandLineOfACellCanBeRunAsItIs) {
    openWithRows(1);
    session().setParameter(-1, "size", Value(std::int64_t(128)));
    press(Qt::Key_C, Qt::ControlModifier | Qt::AltModifier);
    const std::string words = QApplication::clipboard()->text().toStdString();
    EXPECT_THAT(words, HasSubstr(folder / "image0.png"));
    EXPECT_THAT(words, HasSubstr("--model mini-autoencoder"));
    EXPECT_THAT(words, HasSubstr("size=128"));
    EXPECT_THAT(words, HasSubstr("--lens reconstruction"));
}

TEST_F(StudioKeys, ExportedPictureIsWhatTheCellShows) {
    openWithRows(1, true);
    ASSERT_TRUE(waitForRow());
    session().setCurrentColumn(0);
    const QString path = QString::fromStdString(folder / "export.png");
    EXPECT_EQ(studio::exportPicture(*document, path), QString());
    const QImage image(path);
    EXPECT_EQ(image.size(), QSize(256, 256));
    EXPECT_THAT(image.pixelColor(10, 10), ColourNear(QColor(Qt::red), 1));
    EXPECT_THAT(image.text(QStringLiteral("Command")).toStdString(), HasSubstr("--lens input"));
    EXPECT_THAT(studio::exportPicture(*document, QStringLiteral("/nowhere/at/all.png")).toStdString(), HasSubstr("all.png"));
}

TEST_F(StudioKeys, ThemeChangesAtOnceAndIsRemembered) {
    open({}, false);
    const QColor dark = screenColour(window(), QPoint(window().width() / 2, 14));
    actions().themes->actions().at(2)->trigger();
    settle(200);
    const QColor light = screenColour(window(), QPoint(window().width() / 2, 14));
    EXPECT_LT(dark.lightness(), 80);
    EXPECT_GT(light.lightness(), 180);
    close();
    EXPECT_EQ(studio::Settings::read().theme, ui::Theme::Choice::Light);
    ui::Theme::instance().setChoice(ui::Theme::Choice::Dark);
}

}  // namespace
}  // namespace tessera::test
