// SPDX-License-Identifier: GPL-3.0-or-later
// Keys that a person chose: recorded in the window of keys, at work at once and at the next start. And what ux.md's other keys do.
#include <QApplication>
#include <QFile>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenuBar>
#include <QPushButton>
#include <QSettings>
#include <QTreeView>

#include "key_bindings.h"
#include "keys_window.h"
#include "panels/command_palette.h"
#include "panels/strip.h"
#include "studio_window.h"
#include "workspace/column_edits.h"

namespace tessera::test {
namespace {

using studio::KeysWindow;
using testing::HasSubstr;

class StudioBindings : public StudioWindow {
protected:
    void TearDown() override {
        StudioWindow::TearDown();
        QFile::remove(studio::Settings::path());
    }
    void openWithRows(int count, bool engine = false) {
        open({}, engine);
        QStringList paths;
        for (int i = 0; i < count; ++i) paths << QString::fromStdString(writeQuadrants(folder, "image" + std::to_string(i) + ".png"));
        dropFiles(paths);
        stage().setFocus();
    }
    void reopen() {
        close();
        document.reset();
        document = std::make_unique<studio::Document>();
        settings = studio::Settings::read();
        open({}, false);
    }
    studio::KeyBindings& bindings() { return window().bindings(); }
    QAction& action(const char* name) { return *window().findChild<QAction*>(QLatin1String(name)); }
    static QString keysOf(const QAction& action) { return QKeySequence::listToString(action.shortcuts(), QKeySequence::PortableText); }

    KeysWindow& openKeys() {
        actions().keys->trigger();
        settle(50);
        auto* keys = window().findChild<KeysWindow*>();
        activate(*keys);
        return *keys;
    }
    /// The row of an action, in a column; invalid if the search hides it.
    static QModelIndex place(const QTreeView& tree, const QString& name, int column) {
        const QModelIndexList found = tree.model()->match(tree.model()->index(0, 0), Qt::DisplayRole, name, 1, Qt::MatchExactly | Qt::MatchRecursive);
        return found.isEmpty() ? QModelIndex() : found.first().siblingAtColumn(column);
    }
    static QTreeView& tree(KeysWindow& keys) { return *keys.findChild<QTreeView*>(); }
    static QString sentence(KeysWindow& keys) { return keys.findChild<QLabel*>(QStringLiteral("keysSentence"))->text(); }
    static QPushButton& button(KeysWindow& keys, const QString& text) {
        for (auto* each : keys.findChildren<QPushButton*>()) {
            if (each->text() == text) return *each;
        }
        throw std::runtime_error("no such button");
    }
    void clickOn(KeysWindow& keys, const QString& name, int column) {
        const QModelIndex index = place(tree(keys), name, column);
        ASSERT_TRUE(index.isValid()) << name.toStdString();
        tree(keys).scrollTo(index);
        settle(20);
        click(*tree(keys).viewport(), tree(keys).visualRect(index).center());
    }
};

TEST_F(StudioBindings, AKeyIsRecordedWithAClickAndWorksAtOnceAndAtTheNextStart) {
    openWithRows(2);
    KeysWindow& keys = openKeys();
    clickOn(keys, QStringLiteral("Next Image"), KeysWindow::Key);
    EXPECT_THAT(sentence(keys).toStdString(), HasSubstr("Press a key for Next Image"));
    press(Qt::Key_Y, Qt::NoModifier, QStringLiteral("y"));
    EXPECT_EQ(keysOf(action("nextImage")), QStringLiteral("Y"));
    EXPECT_EQ(place(tree(keys), QStringLiteral("Next Image"), KeysWindow::Key).data().toString(), QStringLiteral("Y"));
    EXPECT_EQ(place(tree(keys), QStringLiteral("Next Image"), KeysWindow::Default).data().toString(), QStringLiteral("PgDown"));
    keys.close();
    activate(window());
    stage().setFocus();
    press(Qt::Key_PageDown);
    EXPECT_EQ(session().indexOf(session().currentRow()), 0);
    press(Qt::Key_Y, Qt::NoModifier, QStringLiteral("y"));
    EXPECT_EQ(session().indexOf(session().currentRow()), 1);

    const QSettings file(studio::Settings::path(), QSettings::IniFormat);
    QStringList stored = file.allKeys();
    stored.removeIf([](const QString& key) { return !key.startsWith(u"keys/"); });
    EXPECT_EQ(stored, QStringList{QStringLiteral("keys/nextImage")}) << "only what differs is kept";
    reopen();
    EXPECT_EQ(keysOf(action("nextImage")), QStringLiteral("Y"));
    EXPECT_EQ(keysOf(action("previousImage")), QStringLiteral("PgUp"));
}

TEST_F(StudioBindings, AKeyThatIsTakenIsOnlyTakenOverWhenSaidSo) {
    openWithRows(1);
    KeysWindow& keys = openKeys();
    const auto wantG = [&] {
        clickOn(keys, QStringLiteral("Fit"), KeysWindow::Key);
        press(Qt::Key_G, Qt::NoModifier, QStringLiteral("g"));
    };
    wantG();
    EXPECT_EQ(sentence(keys), QStringLiteral("“G” is a key of Pixel Grid: take it over for Fit, or leave both as they are?"));
    EXPECT_EQ(keysOf(action("fit")), QStringLiteral("F"));
    click(button(keys, QStringLiteral("Leave as it is")), QPoint(5, 5));
    EXPECT_EQ(keysOf(action("fit")), QStringLiteral("F"));
    EXPECT_EQ(keysOf(action("pixelGrid")), QStringLiteral("G"));
    EXPECT_FALSE(button(keys, QStringLiteral("Take over")).isVisible());
    wantG();
    press(Qt::Key_Space, Qt::NoModifier, QStringLiteral(" "));  // the button that has the keyboard
    EXPECT_EQ(keysOf(action("fit")), QStringLiteral("G"));
    EXPECT_EQ(keysOf(action("pixelGrid")), QString());
    // Its own keys back, which nobody has taken meanwhile.
    click(button(keys, QStringLiteral("Reset")), QPoint(5, 5));
    EXPECT_EQ(keysOf(action("fit")), QStringLiteral("F"));
    click(button(keys, QStringLiteral("Reset all")), QPoint(5, 5));
    EXPECT_EQ(keysOf(action("pixelGrid")), QStringLiteral("G"));
    EXPECT_TRUE(bindings().changed().isEmpty());
}

TEST_F(StudioBindings, TheKeyboardAloneSearchesRecordsAndLeaves) {
    openWithRows(1);
    KeysWindow& keys = openKeys();
    EXPECT_TRUE(keys.findChild<QLineEdit*>()->hasFocus());
    for (const QChar letter : QStringLiteral("brighter")) press(static_cast<Qt::Key>(letter.toUpper().unicode()), Qt::NoModifier, letter);
    EXPECT_FALSE(place(tree(keys), QStringLiteral("Fit"), 0).isValid()) << "the search hides what does not match";
    press(Qt::Key_Down);
    tree(keys).setCurrentIndex(place(tree(keys), QStringLiteral("Brighter"), KeysWindow::Name));
    press(Qt::Key_Return);
    press(Qt::Key_Escape);
    EXPECT_EQ(keysOf(action("exposureUp")), QStringLiteral("E"));
    EXPECT_TRUE(keys.isVisible()) << "Esc ended the recording alone";
    press(Qt::Key_Return);
    press(Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
    EXPECT_EQ(keysOf(action("exposureUp")), QStringLiteral("Ctrl+Shift+B"));
    tree(keys).setFocus();
    tree(keys).setCurrentIndex(place(tree(keys), QStringLiteral("Brighter"), KeysWindow::OtherKeys));
    press(Qt::Key_Return);
    press(Qt::Key_Question, Qt::ShiftModifier, QStringLiteral("?"));
    EXPECT_THAT(sentence(keys).toStdString(), HasSubstr("is a key of Keys"));
    press(Qt::Key_Escape);
    activate(window());
    EXPECT_EQ(keysOf(action("exposureUp")), QStringLiteral("Ctrl+Shift+B"));
}

TEST_F(StudioBindings, WhatIsFixedIsRefusedInOneSentence) {
    openWithRows(1);
    KeysWindow& keys = openKeys();
    EXPECT_TRUE(place(tree(keys), QStringLiteral("Shows the reference in every cell"), 0).isValid());
    clickOn(keys, QStringLiteral("Fit"), KeysWindow::Key);
    press(Qt::Key_Space, Qt::NoModifier, QStringLiteral(" "));
    EXPECT_EQ(sentence(keys), QStringLiteral("“Space” is fixed: shows the reference in every cell."));
    clickOn(keys, QStringLiteral("Fit"), KeysWindow::Key);
    press(Qt::Key_F, Qt::AltModifier);
    EXPECT_EQ(sentence(keys), QStringLiteral("“Alt+F” opens the menu File."));
    EXPECT_EQ(keysOf(action("fit")), QStringLiteral("F"));
}

TEST_F(StudioBindings, NoReboundSingleKeyFiresInATextField) {
    openWithRows(1);
    bindings().setKeys(action("exposureUp"), {QKeySequence(Qt::Key_7), QKeySequence(QStringLiteral("Shift+U"))});
    QLineEdit* field = nullptr;
    for (auto* each : window().findChild<ui::Strip*>()->findChildren<QLineEdit*>()) {
        if (each->isEnabled() && each->isVisible()) field = each;
    }
    ASSERT_NE(field, nullptr);
    field->setFocus();
    settle(10);
    press(Qt::Key_7, Qt::NoModifier, QStringLiteral("7"));
    press(Qt::Key_U, Qt::ShiftModifier, QStringLiteral("U"));
    EXPECT_FLOAT_EQ(session().view().exposureStops, 0);
    press(Qt::Key_Escape);
    press(Qt::Key_7, Qt::NoModifier, QStringLiteral("7"));
    EXPECT_FLOAT_EQ(session().view().exposureStops, 0.5);
}

TEST_F(StudioBindings, ToolTipsMenusPaletteAndTheEmptyStateShowTheKeys) {
    open({}, false);
    bindings().setKeys(action("openImages"), {QKeySequence(QStringLiteral("Ctrl+Alt+O"))});
    bindings().setKeys(action("searchActions"), {QKeySequence(QStringLiteral("Ctrl+Alt+S"))});
    bindings().setKeys(action("panel.Images"), {QKeySequence(QStringLiteral("Alt+9"))});
    bindings().setKeys(action("fit"), {QKeySequence(QStringLiteral("Ctrl+Alt+F"))});
    EXPECT_THAT(action("openImages").toolTip().toStdString(), HasSubstr("(Ctrl+Alt+O)"));
    EXPECT_THAT(action("panel.Images").toolTip().toStdString(), HasSubstr("(Alt+9)"));
    EXPECT_THAT(window().menuBar()->cornerWidget()->toolTip().toStdString(), HasSubstr("(Ctrl+Alt+S)"));
    bool onButton = false, inStrip = false;
    for (const QWidget* widget : window().findChildren<QWidget*>()) {
        onButton = onButton || widget->accessibleDescription() == u"Ctrl+Alt+O";
        inStrip = inStrip || (widget->property("keysOf") == QStringLiteral("fit") && widget->toolTip().endsWith(u"(Ctrl+Alt+F)"));
    }
    EXPECT_TRUE(onButton) << "the button of the empty state";
    EXPECT_TRUE(inStrip);
    press(Qt::Key_S, Qt::ControlModifier | Qt::AltModifier);
    EXPECT_TRUE(window().palette().isVisible());
    window().palette().hide();
}

TEST_F(StudioBindings, StoredKeysThatMeanNothingAreLeftOutAndUnknownActionsKept) {
    settings.keys = {{QStringLiteral("fit"), QStringLiteral("Nonsense+Q")},
                     {QStringLiteral("grid"), QStringLiteral("Space; Ctrl+U")},
                     {QStringLiteral("hud"), QString()},
                     {QStringLiteral("values"), QStringLiteral("R")},
                     {QStringLiteral("ofALaterVersion"), QStringLiteral("Ctrl+J")}};
    open({}, false);
    EXPECT_EQ(keysOf(action("fit")), QStringLiteral("F"));
    EXPECT_EQ(keysOf(action("grid")), QStringLiteral("Ctrl+U"));
    EXPECT_EQ(keysOf(action("hud")), QString());
    EXPECT_EQ(keysOf(action("values")), QStringLiteral("R"));
    EXPECT_EQ(keysOf(action("resetView")), QString()) << "two actions with one key would both do nothing";
    EXPECT_EQ(bindings().changed().value(QStringLiteral("ofALaterVersion")), QStringLiteral("Ctrl+J"));
}

TEST_F(StudioBindings, LettersMoveThePicturesAndGShowsThePixelGrid) {
    openWithRows(1, true);
    ASSERT_TRUE(waitForRow());
    stage().setZoom(8);
    const auto centre = [&] { return std::pair(session().view().camera.centreX, session().view().camera.centreY); };
    const auto before = centre();
    press(Qt::Key_L, Qt::NoModifier, QStringLiteral("l"));
    EXPECT_GT(centre().first, before.first);
    press(Qt::Key_H, Qt::NoModifier, QStringLiteral("h"));
    EXPECT_NEAR(centre().first, before.first, 1e-9);
    press(Qt::Key_J, Qt::NoModifier, QStringLiteral("j"));
    EXPECT_GT(centre().second, before.second);
    press(Qt::Key_K, Qt::NoModifier, QStringLiteral("k"));
    EXPECT_NEAR(centre().second, before.second, 1e-9);
    const bool grid = session().view().pixelGrid;
    press(Qt::Key_G, Qt::NoModifier, QStringLiteral("g"));
    EXPECT_NE(session().view().pixelGrid, grid);
    EXPECT_EQ(stage().findChildren<QWidget*>().isEmpty(), false);
}

TEST_F(StudioBindings, CommaAndPeriodStepTheFirstNumberOfTheLens) {
    openWithRows(1, true);
    ASSERT_TRUE(waitForRow());
    EXPECT_FALSE(actions().stepUp->isEnabled()) << "a reconstruction takes no number of its own";
    session().editColumns(QStringLiteral("add"), ui::withLens(session().groups(), 1, "perturbed", session().nextLensId()));
    session().setCurrentColumn(static_cast<int>(session().columns().size()) - 1);
    ASSERT_EQ(session().columns()[session().currentColumn()].lens, "perturbed");
    ASSERT_TRUE(actions().stepUp->isEnabled()) << actions().stepUp->statusTip().toStdString();
    const auto strength = [&] {
        const auto& parameters = session().columns()[session().currentColumn()].parameters;
        return parameters.contains("strength") ? std::get<double>(parameters.at("strength")) : -1.0;
    };
    press(Qt::Key_Period, Qt::NoModifier, QStringLiteral("."));
    const double first = strength();
    press(Qt::Key_Period, Qt::NoModifier, QStringLiteral("."));
    EXPECT_GT(strength(), first);
    press(Qt::Key_Comma, Qt::NoModifier, QStringLiteral(","));
    EXPECT_NEAR(strength(), first, 1e-9);
    const double high = [&] {
        for (const LensInfo& lens : document->host.lenses()) {
            for (const ParameterSpec& spec : lens.parameters) {
                if (lens.name == "perturbed" && spec.name == "strength") return std::get<double>(spec.high);
            }
        }
        return 0.0;
    }();
    for (int i = 0; i < 60; ++i) actions().stepDown->trigger();
    EXPECT_EQ(strength(), 0);
    EXPECT_GE(high, first);
}

TEST_F(StudioBindings, ShiftSpaceShowsTheInputWhateverTheReferenceIs) {
    openWithRows(1, true);
    ASSERT_TRUE(waitForRow());
    // The difference column is the reference: dark, as is what the space bar alone shows.
    ui::ViewState view = session().view();
    view.reference = ui::ReferencePlace{session().columns()[2].id, std::nullopt};
    session().setView(view);
    settle(200);
    const QRect body = stage().cellBody(1);
    const int side = std::min(body.width(), body.height());
    const QPoint inFirstQuadrant(body.center().x() - side / 4, body.center().y() - side / 4);
    keyDown(Qt::Key_Space, Qt::NoModifier, QStringLiteral(" "));
    settle(200);
    EXPECT_LT(screenColour(stage(), inFirstQuadrant).red(), 200);
    keyUp(Qt::Key_Space, Qt::NoModifier, QStringLiteral(" "));
    keyDown(Qt::Key_Space, Qt::ShiftModifier, QStringLiteral(" "));
    settle(200);
    EXPECT_TRUE(session().view().flipToOriginal);
    EXPECT_THAT(screenColour(stage(), inFirstQuadrant), ColourNear(QColor(Qt::red), 3));
    // Shift is let go first.
    keyUp(Qt::Key_Space, Qt::NoModifier, QStringLiteral(" "));
    EXPECT_FALSE(session().view().flipToOriginal);
    EXPECT_FALSE(session().view().flipToInput);
}

class StudioPalette : public StudioBindings {
protected:
    /// What the palette lists for those words, best first.
    QStringList found(const QString& words) {
        press(Qt::Key_K, Qt::ControlModifier);
        auto* field = window().palette().findChild<QLineEdit*>();
        field->setText(words);
        const QAbstractItemModel* model = list().model();
        QStringList names;
        for (int i = 0; i < model->rowCount(); ++i) names << model->index(i, 0).data().toString();
        return names;
    }
    QListView& list() { return *window().palette().findChild<QListView*>(); }
    void enter() {
        QKeyEvent key(QEvent::KeyPress, Qt::Key_Return, Qt::NoModifier);
        QApplication::sendEvent(window().palette().findChild<QLineEdit*>(), &key);
        settle(50);
    }
};

TEST_F(StudioPalette, EveryLensOfTheEngineCanBeAddedAndSweptFromThePalette) {
    openWithRows(1, true);
    ASSERT_TRUE(waitForRow());
    const QStringList all = found(QStringLiteral("add lens"));
    for (const LensInfo& lens : document->host.lenses()) {
        const QString name = QStringLiteral("Add Lens: ") + QString::fromStdString(lens.name).replace(u'_', u' ');
        EXPECT_TRUE(all.contains(name)) << name.toStdString();
    }
    window().palette().hide();
    const std::size_t before = session().columns().size();
    ASSERT_EQ(found(QStringLiteral("add lens spectrum")).value(0), QStringLiteral("Add Lens: spectrum"));
    enter();
    ASSERT_EQ(session().columns().size(), before + 1);
    EXPECT_EQ(session().columns().back().lens, "spectrum");

    session().editColumns(QStringLiteral("add"), ui::withLens(session().groups(), 1, "perturbed", session().nextLensId()));
    session().setCurrentColumn(static_cast<int>(session().columns().size()) - 1);
    ASSERT_EQ(found(QStringLiteral("sweep strength")).value(0), QStringLiteral("Sweep: Strength"));
    enter();
    EXPECT_GT(session().columns().size(), before + 2);
    EXPECT_TRUE(found(QStringLiteral("add model fp32")).contains(QStringLiteral("Add Model: mini-autoencoder, fp32")));
    enter();
    EXPECT_EQ(session().models().size(), 2u);
}

TEST_F(StudioPalette, WhatIsOffSaysWhyAndDoesNothing) {
    open({}, true);
    ASSERT_EQ(found(QStringLiteral("export picture")).value(0), QStringLiteral("Export Picture"));
    const QString told = list().model()->index(0, 0).data(Qt::AccessibleTextRole).toString();
    EXPECT_THAT(told.toStdString(), HasSubstr("not available: There is no image yet"));
    EXPECT_THAT(told.toStdString(), HasSubstr("Ctrl+E"));
    enter();
    EXPECT_TRUE(window().palette().isVisible());
    window().palette().hide();
    bool said = false;
    found(QStringLiteral("add lens"));
    for (int i = 0; i < list().model()->rowCount(); ++i) {
        const QString entry = list().model()->index(i, 0).data(Qt::AccessibleTextRole).toString();
        said = said || (entry.startsWith(u"Add Lens: ") && entry.contains(u"not available: "));
    }
    bool some = false;
    for (const LensInfo& lens : document->host.lenses()) some = some || ui::notOffered(lens, *document->host.model()).has_value();
    EXPECT_EQ(said, some) << "a lens that the model does not offer says so";
    window().palette().hide();
}

}  // namespace
}  // namespace tessera::test
