// SPDX-License-Identifier: GPL-3.0-or-later
// Models that come to a board which shows one already.
#include <fstream>

#include <QComboBox>
#include <QPushButton>

#include "panels/banner.h"
#include "studio_window.h"
#include "tool_bar.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

const char* const kEmbedded = "mini-autoencoder";

class StudioModels : public StudioWindow {
protected:
    void openPicture() {
        open();
        dropFiles({QString::fromStdString(writeQuadrants(folder, "picture.png", 64))});
        ASSERT_TRUE(waitForRow());
    }
    /// A model of our own family that is not built in.
    static QString tiny() { return QStringLiteral(TESSERA_SOURCE_DIR "/tests/golden/tessera_autoencoder/tiny/model"); }
    bool waitForTiny() {
        return waitUntil([this] { return document->host.model() && document->host.model()->path.find("tiny") != std::string::npos; }, 30);
    }
    void clickBanner(const QString& text) {
        for (QPushButton* button : window().banner().findChildren<QPushButton*>()) {
            if (button->isVisible() && button->text() == text) return click(*button, button->rect().center());
        }
        ADD_FAILURE() << "no button " << text.toStdString();
    }
    std::string sentence() { return window().banner().sentence().toStdString(); }
    std::vector<std::string> listed() {
        const auto* combo = window().findChild<studio::ToolBar*>()->findChild<QComboBox*>();
        std::vector<std::string> names;
        for (int i = 0; i < combo->count(); ++i) names.push_back(combo->itemText(i).toStdString());
        return names;
    }
};

TEST_F(StudioModels, ABrokenOneLeavesTheBoardAsItWas) {
    openPicture();
    const ui::Groups groups = session().groups();
    const auto picture = cell(1).picture;
    const int steps = session().undoStack().count();
    const std::string path = folder / "broken.safetensors";
    std::ofstream(path) << "this is no checkpoint";
    dropFiles({QString::fromStdString(path)});
    ASSERT_TRUE(waitUntil([&] { return !sentence().empty(); }, 20));
    EXPECT_THAT(sentence(), testing::AllOf(HasSubstr("broken.safetensors"), HasSubstr("the board is as it was")));
    EXPECT_EQ(session().groups(), groups);
    EXPECT_EQ(session().undoStack().count(), steps);
    EXPECT_EQ(cell(1).picture, picture);
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
    ASSERT_TRUE(document->host.model());
    EXPECT_EQ(document->host.model()->name, kEmbedded);
    clickBanner(QStringLiteral("Retry"));
    EXPECT_TRUE(waitUntil([&] { return !sentence().empty(); }, 20)) << "it is broken still";
    EXPECT_EQ(session().groups(), groups);
}

TEST_F(StudioModels, TheOneBeforeStaysOneClickAway) {
    openPicture();
    dropFiles({tiny()});
    EXPECT_EQ(session().model().reference, kEmbedded) << "until the other one is open";
    ASSERT_TRUE(waitForTiny());
    EXPECT_THAT(session().model().reference, HasSubstr("tiny/model"));
    EXPECT_THAT(sentence(), HasSubstr("in the place of mini-autoencoder"));
    EXPECT_THAT(listed(), testing::Contains(kEmbedded));
    const std::string name = document->host.model()->name;
    clickBanner(QStringLiteral("Back to mini-autoencoder"));
    EXPECT_EQ(session().model().reference, kEmbedded);
    EXPECT_THAT(listed(), testing::IsSupersetOf({std::string(kEmbedded), name})) << "what was opened stays in the list";
    EXPECT_EQ(sentence(), "");
}

TEST_F(StudioModels, BothCanBeCompared) {
    openPicture();
    dropFiles({tiny()});
    ASSERT_TRUE(waitForTiny());
    clickBanner(QStringLiteral("Compare both"));
    EXPECT_EQ(session().workspace().kind, ui::WorkspaceKind::Compare);
    ASSERT_EQ(ui::modelsOf(session().groups()).size(), 2u);
    ASSERT_TRUE(waitForRow());
    EXPECT_EQ(cell(1).state, ui::CellState::Done);
    EXPECT_EQ(cell(3).state, ui::CellState::Done);
}

TEST_F(StudioModels, SeveralAtOnceStandSideBySide) {
    openPicture();
    const QString other = QStringLiteral(TESSERA_SOURCE_DIR "/tests/golden/autoencoder_kl/flux1_dev_vae/model/vae"), broken = QString::fromStdString(folder / "broken.safetensors");
    std::ofstream(broken.toStdString()) << "this is no checkpoint";
    dropFiles({tiny(), broken, other});
    const auto shown = [this] {
        std::vector<std::string> references;
        for (const ui::ModelChoice& model : ui::modelsOf(session().groups())) references.push_back(model.reference);
        return references;
    };
    ASSERT_TRUE(waitUntil([&] { return shown() == std::vector<std::string>{tiny().toStdString(), other.toStdString()}; }, 60)) << testing::PrintToString(shown());
    EXPECT_EQ(session().workspace().kind, ui::WorkspaceKind::Compare);
    ASSERT_TRUE(waitForRow());
}

TEST_F(StudioModels, ABoardOfSeveralShowsItBesideTheOthers) {
    openPicture();
    press(Qt::Key_3, Qt::ControlModifier);
    dropFiles({tiny()});
    ASSERT_TRUE(waitUntil([&] { return ui::modelsOf(session().groups()).size() == 2; }, 30));
    EXPECT_EQ(session().columns()[1].model.reference, kEmbedded);
    dropFiles({tiny()});
    settle(100);
    EXPECT_EQ(ui::modelsOf(session().groups()).size(), 2u) << "it is there already";
    press(Qt::Key_Z, Qt::ControlModifier);
    EXPECT_EQ(ui::modelsOf(session().groups()).size(), 1u);
}

}  // namespace
}  // namespace tessera::test
