// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/empty_state.h"

#include <fstream>

#include <QApplication>
#include <QPushButton>
#include <QWindow>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "panels/stage/sample_card.h"
#include "support/temporary_folder.h"
#include "theme/theme.h"
#include "window_events.h"

namespace tessera::test {
namespace {

class EmptyStateTest : public testing::Test {
protected:
    void SetUp() override {
        state.resize(960, 800);
        state.move(0, 0);
    }
    void show() {
        state.show();
        ASSERT_TRUE(waitUntil([this] { return state.isVisible() && state.windowHandle()->isExposed(); }, 20));
        activate(state);
        settle(60);
    }
    void writeSamples(const std::string& json) {
        QImage picture(40, 30, QImage::Format_RGB32);
        picture.fill(qRgb(10, 200, 30));
        picture.save(QString::fromStdString((folder.path() / "green.png").string()));
        std::ofstream(folder.path() / "samples.json") << json;
        state.setSamplesFolder(QString::fromStdString(folder.path().string()));
    }
    QRgb pixel(QPoint place) { return screenPart(state, QRect(place, QSize(1, 1))).pixel(0, 0); }

    TemporaryFolder folder;
    ui::EmptyState state;
};

TEST_F(EmptyStateTest, ThreeButtonsSayWhatIsWanted) {
    show();
    QStringList asked;
    QObject::connect(&state, &ui::EmptyState::openImageRequested, &state, [&] { asked << "image"; });
    QObject::connect(&state, &ui::EmptyState::pasteRequested, &state, [&] { asked << "paste"; });
    QObject::connect(&state, &ui::EmptyState::openFolderRequested, &state, [&] { asked << "folder"; });
    for (QPushButton* button : state.findChildren<QPushButton*>()) click(*button, button->rect().center());
    EXPECT_EQ(asked, (QStringList{"image", "paste", "folder"}));
}

TEST_F(EmptyStateTest, TheFirstButtonHasTheKeyboard) {
    show();
    state.setFocus(Qt::OtherFocusReason);
    settle(40);
    const auto* focused = qobject_cast<QPushButton*>(QApplication::focusWidget());
    ASSERT_TRUE(focused);
    EXPECT_TRUE(focused->isDefault());
    const QRect place(focused->mapTo(&state, QPoint(0, 0)), focused->size());
    EXPECT_EQ(pixel(QPoint(place.center().x(), place.top() - 3)), ui::tokens().accent.rgb()) << "the ring, 2 px outside";
}

TEST_F(EmptyStateTest, SamplesAreOfferedWithTheirPictures) {
    writeSamples(R"([{"file": "green.png", "title": "Green", "hint": "nothing but green"}, {"file": "gone.png", "title": "Gone", "hint": ""}])");
    show();
    const auto cards = state.findChildren<ui::SampleCard*>();
    ASSERT_EQ(cards.size(), 1) << "what is not there is not offered";
    EXPECT_EQ(cards[0]->accessibleName(), "Green");
    ASSERT_TRUE(waitUntil([&] { return cards[0]->hasThumbnail(); }, 20));
    settle(40);
    EXPECT_EQ(pixel(cards[0]->mapTo(&state, QPoint(40, 42))), qRgb(10, 200, 30));
    QString chosen;
    QObject::connect(&state, &ui::EmptyState::sampleRequested, &state, [&](const QString& path) { chosen = path; });
    click(*cards[0], QPoint(100, 40));
    EXPECT_TRUE(chosen.endsWith("/green.png"));
}

TEST_F(EmptyStateTest, WithoutSamplesThereIsNoRowOfThem) {
    state.setSamplesFolder("/nowhere");
    show();
    EXPECT_TRUE(state.findChildren<ui::SampleCard*>().isEmpty());
    writeSamples("not json");
    EXPECT_TRUE(state.findChildren<ui::SampleCard*>().isEmpty());
}

TEST_F(EmptyStateTest, WhileSomethingIsDraggedTheDashesAreAccent) {
    show();
    const auto accents = [this] {
        const QImage edge = screenPart(state, QRect(24, 100, 2, 200));
        int count = 0;
        for (int y = 0; y < edge.height(); ++y) count += edge.pixel(0, y) == ui::tokens().accent.rgb();
        return count;
    };
    EXPECT_EQ(accents(), 0);
    state.setDropActive(true);
    settle(60);
    EXPECT_GT(accents(), 80);
    state.setDropActive(false);
    settle(60);
    EXPECT_EQ(accents(), 0);
}

TEST_F(EmptyStateTest, ASmallWindowKeepsItsButtons) {
    writeSamples(R"([{"file": "green.png", "title": "Green", "hint": ""}])");
    state.resize(300, 320);
    show();
    for (const QPushButton* button : state.findChildren<QPushButton*>()) EXPECT_TRUE(state.rect().contains(button->geometry())) << button->text().toStdString();
}

}  // namespace
}  // namespace tessera::test
