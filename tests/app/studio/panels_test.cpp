// SPDX-License-Identifier: GPL-3.0-or-later
// Panels and menus that tell of the engine: devices, LPIPS, the log.
#include <cmath>
#include <dlfcn.h>
#include <fstream>

#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QTableView>

#include "models/log_model.h"
#include "models/metrics_model.h"
#include "panels/banner.h"
#include "panels/command_palette.h"
#include "panels/labelled_combo.h"
#include "panels/log_panel.h"
#include "panels/metrics_panel.h"
#include "studio_window.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using ui::LogModel;
using ui::MetricsModel;

/// A driver under the real one's name decides what there is to find.
class StudioDevices : public StudioWindow {
protected:
    static void SetUpTestSuite() {
        ASSERT_NE(dlopen(FAKE_DRIVER, RTLD_NOW | RTLD_LOCAL), nullptr) << dlerror();
        qputenv("FAKE_DRIVER", "no_gpu");  // nor may later tests find one
    }

    void openOnTheCpu() {
        studio::StartOptions start;
        start.device = QStringLiteral("cpu");
        open(start);
    }
    static std::vector<std::string> words(const QList<QAction*>& actions) {
        std::vector<std::string> texts;
        for (const QAction* action : actions) texts.push_back(action->text().toStdString());
        return texts;
    }
    QMenu* menu() {
        for (auto* each : window().menuBar()->findChildren<QMenu*>()) {
            if (each->title() == u"&Device") return each;
        }
        return nullptr;
    }
    ui::LabelledCombo* combo() {
        for (auto* each : window().findChildren<ui::LabelledCombo*>()) {
            if (each->accessibleName() == u"Device") return each;
        }
        return nullptr;
    }
};

TEST_F(StudioDevices, EveryGpuIsOfferedWithItsName) {
    const Environment driver("FAKE_DRIVER", "two_gpus"), plugin("TESSERA_CUDA_PLUGIN", FAKE_PLUGIN);
    openOnTheCpu();
    EXPECT_THAT(words(actions().devices->actions()), ElementsAre("auto", "CPU", "cuda:0 · Fake GPU A", "cuda:1 · Fake GPU B"));
    EXPECT_EQ(menu()->actions(), actions().devices->actions());
    ASSERT_EQ(combo()->count(), 4);
    EXPECT_EQ(combo()->itemText(3), u"cuda:1 · Fake GPU B");
    EXPECT_EQ(combo()->currentIndex(), 1);
    EXPECT_EQ(actions().devices->checkedAction()->text(), u"CPU");
    EXPECT_TRUE(ui::CommandPalette::actionsOf(&window()).contains(actions().devices->actions().at(3)));
}

TEST_F(StudioDevices, WithoutAGpuTheMenuSaysWhy) {
    const Environment driver("FAKE_DRIVER", "no_gpu"), plugin("TESSERA_CUDA_PLUGIN", FAKE_PLUGIN);
    open();
    EXPECT_THAT(words(menu()->actions()), ElementsAre("auto", "CPU", "No CUDA device: the NVIDIA driver finds no GPU"));
    QAction* none = menu()->actions().at(2);
    EXPECT_FALSE(none->isEnabled());
    EXPECT_EQ(none->statusTip(), u"The NVIDIA driver finds no GPU");
    EXPECT_EQ(combo()->itemText(2), none->text());
    EXPECT_FALSE(combo()->model()->flags(combo()->model()->index(2, 0)) & Qt::ItemIsEnabled);
    EXPECT_EQ(actions().devices->checkedAction()->text(), u"auto");
}

TEST_F(StudioDevices, ARememberedGpuIsShownBeforeTheEngineIsThere) {
    const Environment driver("FAKE_DRIVER", "no_gpu"), plugin("TESSERA_CUDA_PLUGIN", FAKE_PLUGIN);
    settings.device = QStringLiteral("cuda");
    open({}, false);
    EXPECT_EQ(actions().devices->checkedAction()->text(), u"cuda:0");
}

// The last one: the plugin that it opens stays open.
TEST_F(StudioDevices, AGpuThatDoesNotStartLeadsBackToTheCpu) {
    const Environment driver("FAKE_DRIVER", "two_gpus"), plugin("TESSERA_CUDA_PLUGIN", FAKE_PLUGIN);
    openOnTheCpu();
    actions().devices->actions().at(3)->trigger();
    ASSERT_TRUE(waitUntil([&] { return document->host.state() == ui::EngineHost::State::Failed; }));
    settle(50);
    EXPECT_EQ(actions().devices->checkedAction()->data().toString(), u"cuda:1");
    EXPECT_THAT(window().banner().sentence().toStdString(), HasSubstr("there is no such GPU"));
    for (QPushButton* button : window().banner().findChildren<QPushButton*>()) {
        if (button->text() == u"Use the CPU") click(*button, button->rect().center());
    }
    ASSERT_TRUE(waitUntil([&] { return document->host.model().has_value(); }));
    EXPECT_EQ(actions().devices->checkedAction()->text(), u"CPU");
    EXPECT_FALSE(window().banner().isVisible());
}

/// A state dict of AlexNet's shapes, as torchvision names it.
void writeAlexNet(const std::string& path) {
    struct Layer {
        int feature, outputs, inputs, side;
    };
    std::string header = "{", data;
    std::uint32_t state = 1;
    const auto add = [&](const std::string& name, const std::string& shape, int count, double reach) {
        const std::size_t begin = data.size();
        for (int i = 0; i < count; ++i) {
            state = state * 1664525u + 1013904223u;
            const float value = static_cast<float>(reach * (double(state >> 8) / (1 << 23) - 1));
            data.append(reinterpret_cast<const char*>(&value), sizeof value);
        }
        if (header.size() > 1) header += ',';
        header.append(1, '"').append(name).append(R"(":{"dtype":"F32","shape":)").append(shape).append(R"(,"data_offsets":[)");
        header.append(std::to_string(begin)).append(1, ',').append(std::to_string(data.size())).append("]}");
    };
    for (const Layer& layer : {Layer{0, 64, 3, 11}, Layer{3, 192, 64, 5}, Layer{6, 384, 192, 3}, Layer{8, 256, 384, 3}, Layer{10, 256, 256, 3}}) {
        const std::string name = "features." + std::to_string(layer.feature);
        const auto shape = [](std::initializer_list<int> sides) {
            std::string text = "[";
            for (const int side : sides) text.append(text.size() > 1 ? "," : "").append(std::to_string(side));
            return text.append("]");
        };
        const int window = layer.inputs * layer.side * layer.side;
        add(name + ".weight", shape({layer.outputs, layer.inputs, layer.side, layer.side}), layer.outputs * window, std::sqrt(6.0 / window));
        add(name + ".bias", shape({layer.outputs}), layer.outputs, 0.1);
    }
    header += '}';
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = header.size();
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&length), sizeof length) << header << data;
}

TEST_F(StudioWindow, LpipsSaysWhereItsWeightsGoAndIsThereOnceTheyAre) {
    const TemporaryFolder weights;
    const Environment place("TESSERA_LPIPS_WEIGHTS", QByteArray::fromStdString(weights.path().string()));
    open();
    dropFiles({QString::fromStdString(writeQuadrants(folder, "picture.png"))});
    ASSERT_TRUE(waitForRow());
    settle(50);
    const QAbstractItemModel* table = window().docks().metrics->findChild<QTableView*>()->model();
    const QModelIndex lpips = table->index(0, MetricsModel::LpipsSection);
    EXPECT_EQ(lpips.data().toString(), u"needs weights");
    const std::string tip = lpips.data(Qt::ToolTipRole).toString().toStdString();
    EXPECT_THAT(tip, HasSubstr("AlexNet or VGG16"));
    EXPECT_THAT(tip, HasSubstr(".safetensors"));
    EXPECT_THAT(tip, HasSubstr(weights.path().string()));

    writeAlexNet(weights / "alexnet.safetensors");
    stage().setFocus();
    press(Qt::Key_F5);
    ASSERT_TRUE(waitForRow());
    settle(50);
    ASSERT_TRUE(lpips.data(MetricsModel::NumberRole).isValid()) << lpips.data(Qt::ToolTipRole).toString().toStdString();
    EXPECT_THAT(lpips.data(Qt::ToolTipRole).toString().toStdString(), HasSubstr("AlexNet, LPIPS 0.1"));

    // As `tessera metrics` has it of the same two pictures.
    const auto engine = document->host.engine();
    const SourceId a = engine->addSource({.pixels = cell(0).picture->image, .name = "input"}), b = engine->addSource({.pixels = cell(1).picture->image, .name = "reconstruction"});
    std::optional<MetricsReport> report;
    Observer<MetricsReport> observer;
    observer.onDone = [&](const Result<MetricsReport>& result) { report = result ? result.value() : MetricsReport{}; };
    const auto job = engine->compare(a, b, std::move(observer));
    ASSERT_TRUE(waitUntil([&] { return report.has_value(); }));
    const auto measure = std::ranges::find(report->measures, "lpips", &Measure::name);
    ASSERT_NE(measure, report->measures.end());
    ASSERT_TRUE(measure->value);
    const double shown = lpips.data(MetricsModel::NumberRole).toDouble();
    EXPECT_GT(shown, 0);
    EXPECT_NEAR(shown, *measure->value, 0.02 * shown + 1e-4);
}

class StudioLog : public StudioWindow {
protected:
    ui::LogPanel& panel() { return *window().docks().log; }
    LogModel& log() { return window().docks().log->model(); }
    int errors() {
        int count = 0;
        for (int line = 0; line < log().rowCount(); ++line) count += log().severityAt(line) == LogModel::Severity::Error;
        return count;
    }
    void dropBroken() {
        std::ofstream(folder / "broken.png") << "\x89PNG\r\n\x1a\n and then nothing";
        dropFiles({QString::fromStdString(folder / "broken.png")});
        stage().setFocus();
    }
};

TEST_F(StudioLog, IsHiddenAtFirstAndComesByItsKey) {
    open({}, false);
    EXPECT_FALSE(panel().isVisible());
    auto* show = window().findChild<QAction*>(QStringLiteral("panel.Log"));
    ASSERT_NE(show, nullptr);
    EXPECT_TRUE(ui::CommandPalette::actionsOf(&window()).contains(show));
    press(Qt::Key_7, Qt::AltModifier);
    EXPECT_TRUE(panel().isVisible());
    EXPECT_TRUE(show->isChecked());
    EXPECT_FALSE(window().docks().metrics->isVisible());
    press(Qt::Key_6, Qt::AltModifier);
    EXPECT_FALSE(panel().isVisible());
    EXPECT_TRUE(window().docks().metrics->isVisible());
    press(Qt::Key_7, Qt::AltModifier);
    actions().resetLayout->trigger();
    settle(50);
    EXPECT_FALSE(panel().isVisible());
}

TEST_F(StudioLog, TellsWhatFailedAndAgainAfterARetry) {
    open();
    EXPECT_THAT(log().index(0, LogModel::SentenceSection).data().toString().toStdString(), HasSubstr("ready on " + document->host.engine()->status().device));
    dropBroken();
    ASSERT_TRUE(waitUntil([&] { return errors() == 1; }));
    settle(100);
    EXPECT_EQ(errors(), 1) << "three cells, one reason";
    const int last = log().rowCount() - 1;
    EXPECT_EQ(log().index(last, LogModel::AboutSection).data().toString(), u"broken.png");
    EXPECT_EQ(log().index(last, LogModel::SentenceSection).data().toString().toStdString(), toLine(*session().rows()[0].error));
    press(Qt::Key_F5);
    EXPECT_TRUE(waitUntil([&] { return errors() == 2; }));
}

TEST_F(StudioLog, LinesAreCopiedByTheKeyAndByTheButton) {
    open();
    dropBroken();
    ASSERT_TRUE(waitUntil([&] { return errors() == 1; }));
    press(Qt::Key_7, Qt::AltModifier);
    auto* table = window().docks().log->findChild<QTableView*>();
    ASSERT_TRUE(table->isVisible());
    const int last = log().rowCount() - 1;
    const QModelIndex line = log().index(last, LogModel::SentenceSection);
    table->scrollTo(line);
    click(*table->viewport(), table->visualRect(line).center());
    ASSERT_TRUE(table->hasFocus());
    press(Qt::Key_C, Qt::ControlModifier);
    EXPECT_EQ(QApplication::clipboard()->text(), log().text({last}));
    table->clearSelection();
    actions().copyLog->trigger();
    EXPECT_EQ(QApplication::clipboard()->text().count(u'\n'), log().rowCount());
    EXPECT_GT(log().rowCount(), 1);
    actions().clearLog->trigger();
    EXPECT_EQ(log().rowCount(), 0);
    EXPECT_FALSE(actions().copyLog->isEnabled());
}

}  // namespace
}  // namespace tessera::test
