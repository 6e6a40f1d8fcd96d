// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/command_palette.h"

#include <QAction>
#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMainWindow>
#include <QMenuBar>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "window_events.h"

namespace tessera::test {
namespace {

using ui::ActionFilter;
using ui::CommandPalette;

TEST(ActionFilter, EveryWordMustBeFound) {
    EXPECT_GT(ActionFilter::score("Zoom In", "zoom"), 0);
    EXPECT_GT(ActionFilter::score("Zoom In", "IN zo"), 0);
    EXPECT_EQ(ActionFilter::score("Zoom In", "zoom out"), 0);
}

TEST(ActionFilter, BeginningsComeBeforeMiddlesAndBothBeforeScatteredLetters) {
    EXPECT_GT(ActionFilter::score("Paste", "pas"), ActionFilter::score("Copy Paste", "pas"));
    EXPECT_GT(ActionFilter::score("Copy Paste", "pas"), ActionFilter::score("Impasse", "pas"));
    EXPECT_GT(ActionFilter::score("Impasse", "pas"), ActionFilter::score("Pixel Values", "pvs"));
    EXPECT_GT(ActionFilter::score("Pixel Values", "pv"), 0);
    EXPECT_EQ(ActionFilter::score("Pixel Values", "vp"), 0);
}

class Palette : public testing::Test {
protected:
    void SetUp() override {
        QMenu* view = window.menuBar()->addMenu("&View");
        zoom = add(view, "zoomIn", "Zoom &In");
        off = add(view, "off", "Zoom to Nothing");
        off->setEnabled(false);
        off->setStatusTip("There is no image yet");
        add(view->addMenu("Theme"), "dark", "Dark");
        window.resize(900, 600);
        window.show();
        activate(window);
    }
    QAction* add(QMenu* menu, const char* name, const char* text) {
        auto* action = new QAction(text, &window);
        action->setObjectName(name);
        menu->addAction(action);
        QObject::connect(action, &QAction::triggered, &window, [this, action] { triggered << action->objectName(); });
        return action;
    }
    void send(Qt::Key key) {
        QKeyEvent press(QEvent::KeyPress, key, Qt::NoModifier);
        QApplication::sendEvent(palette.findChild<QLineEdit*>(), &press);
        settle(20);
    }
    QStringList shown() {
        QStringList texts;
        const auto* model = palette.findChild<QListView*>()->model();
        for (int row = 0; row < model->rowCount(); ++row) texts << model->index(row, 0).data().toString();
        return texts;
    }

    QMainWindow window;
    CommandPalette palette{&window};
    QAction *zoom = nullptr, *off = nullptr;
    QStringList triggered;
};

TEST_F(Palette, OffersNamedActionsOnce) {
    palette.popUp();
    EXPECT_THAT(shown(), testing::UnorderedElementsAre(QString("Zoom In"), QString("Zoom to Nothing"), QString("Dark")));
}

TEST_F(Palette, FindsByTheMenusNameToo) {
    palette.popUp();
    palette.findChild<QLineEdit*>()->setText("theme");
    EXPECT_EQ(shown(), QStringList{"Dark"});
}

TEST_F(Palette, EnterRunsTheBestMatchAndCloses) {
    palette.popUp();
    palette.findChild<QLineEdit*>()->setText("zoom in");
    send(Qt::Key_Return);
    EXPECT_EQ(triggered, QStringList{"zoomIn"});
    EXPECT_FALSE(palette.isVisible());
}

TEST_F(Palette, DisabledActionStaysAndDoesNothing) {
    palette.popUp();
    palette.findChild<QLineEdit*>()->setText("nothing");
    send(Qt::Key_Return);
    EXPECT_TRUE(triggered.isEmpty());
    EXPECT_TRUE(palette.isVisible());
}

TEST_F(Palette, WhatCanBeDoneComesBeforeWhatMatchesAsWellAndCannot) {
    zoom->setEnabled(false);
    off->setEnabled(true);
    palette.popUp();
    palette.findChild<QLineEdit*>()->setText("zoom");
    EXPECT_EQ(shown(), (QStringList{"Zoom to Nothing", "Zoom In"}));
    send(Qt::Key_Return);
    EXPECT_EQ(triggered, QStringList{"off"});
}

TEST_F(Palette, WhereNothingIsFoundASentenceSaysSo) {
    palette.popUp();
    palette.findChild<QLineEdit*>()->setText("xyzzy");
    settle(20);
    auto* sentence = palette.findChild<QLabel*>();
    ASSERT_TRUE(sentence);
    EXPECT_TRUE(sentence->isVisible());
    EXPECT_TRUE(sentence->text().contains("xyzzy"));
    palette.findChild<QLineEdit*>()->setText("zoom");
    EXPECT_FALSE(sentence->isVisible());
    EXPECT_TRUE(palette.findChild<QListView*>()->isVisible());
}

TEST_F(Palette, ArrowsGoRoundAndEscapeCloses) {
    palette.popUp();
    auto* list = palette.findChild<QListView*>();
    EXPECT_EQ(list->currentIndex().row(), 0);
    send(Qt::Key_Up);
    EXPECT_EQ(list->currentIndex().row(), 2);
    send(Qt::Key_Down);
    EXPECT_EQ(list->currentIndex().row(), 0);
    send(Qt::Key_Escape);
    EXPECT_FALSE(palette.isVisible());
    EXPECT_TRUE(triggered.isEmpty());
}

}  // namespace
}  // namespace tessera::test
