// SPDX-License-Identifier: GPL-3.0-or-later
// The program itself, seen from outside: its arguments, and a photograph that another process drops on it through XDND.
#include <fstream>
#include <set>

#include <QApplication>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QScreen>

#include "studio_window.h"
#include "support/process.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

ProcessResult studio(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{TESSERA_STUDIO_PROGRAM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return runProcess(command);
}

TEST(StudioArguments, HelpAndVersionNeedNoWindow) {
    const ProcessResult help = studio({"--help"});
    EXPECT_EQ(help.exitCode, 0);
    for (const char* option : {"--model", "--device", "--precision", "--theme"}) EXPECT_THAT(help.out, HasSubstr(option));
    EXPECT_EQ(studio({"--version"}).out, "tessera-studio " TESSERA_VERSION "\n");
}

TEST(StudioArguments, BadOnesAreOneLineAndExitCodeTwo) {
    const std::vector<std::vector<std::string>> bad{{"--frobnicate"}, {"--theme", "pink"}, {"--precision=fp8"}, {"--device", "tpu"}, {"--model"}, {"--threads", "many"}};
    for (const auto& arguments : bad) {
        const ProcessResult result = studio(arguments);
        EXPECT_EQ(result.exitCode, 2) << arguments[0];
        EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
        EXPECT_THAT(result.err, HasSubstr(arguments[0].substr(0, arguments[0].find('='))));
        EXPECT_TRUE(result.out.empty());
    }
}

class StudioProcess : public testing::Test {
protected:
    void start(const QStringList& arguments = {}) {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        m_trace = QString::fromStdString(folder / "trace.jsonl");
        environment.insert(QStringLiteral("TESSERA_STUDIO_TRACE"), m_trace);
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), QString::fromStdString(folder / "config"));
        environment.insert(QStringLiteral("XDG_STATE_HOME"), QString::fromStdString(folder / "state"));
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(TESSERA_STUDIO_PROGRAM), arguments);
        ASSERT_TRUE(process.waitForStarted());
    }
    void TearDown() override {
        process.terminate();
        if (!process.waitForFinished(10000)) process.kill();
        process.waitForFinished(1000);
    }
    std::multiset<std::string> events() const {
        std::multiset<std::string> names;
        QFile file(m_trace);
        if (!file.open(QIODevice::ReadOnly)) return names;
        for (const QByteArray& line : file.readAll().split('\n')) names.insert(QJsonDocument::fromJson(line).object().value(u"event").toString().toStdString());
        return names;
    }
    bool waitFor(const std::string& event) {
        return waitUntil([&] { return events().contains(event) || process.state() == QProcess::NotRunning; }) && events().contains(event);
    }
    /// Pixels of the whole screen that are nearly that colour.
    static int pixelsLike(const QColor& colour) {
        const QImage screen = QApplication::primaryScreen()->grabWindow(0).toImage().convertToFormat(QImage::Format_RGB32);
        int count = 0;
        for (int y = 0; y < screen.height(); ++y) {
            for (int x = 0; x < screen.width(); ++x) count += testing::Value(QColor(screen.pixel(x, y)), ColourNear(colour, 4)) ? 1 : 0;
        }
        return count;
    }

    TemporaryFolder folder;
    QProcess process;

private:
    QString m_trace;
};

TEST_F(StudioProcess, FilesDroppedFromAnotherProcessAreReconstructedOnTheScreen) {
    start();
    ASSERT_TRUE(waitFor("first_frame"));
    ASSERT_TRUE(waitFor("engine_ready"));
    const int before = pixelsLike(Qt::red);
    const std::string picture = writeQuadrants(folder, "quadrants.png");
    const ProcessResult dropped = runProcess({"python3", TESSERA_SOURCE_DIR "/tests/bench/xdnd_drop", "--pid", std::to_string(process.processId()), picture});
    EXPECT_EQ(dropped.out, "accepted\n") << dropped.err;
    ASSERT_TRUE(waitFor("drop"));
    ASSERT_TRUE(waitFor("preview_swapped"));
    ASSERT_TRUE(waitFor("reconstruction_swapped"));
    settle(300);
    // A quarter of a pane that is a few hundred pixels wide.
    EXPECT_GT(pixelsLike(Qt::red) - before, 5000);
    EXPECT_GT(pixelsLike(Qt::blue), 5000);
    for (const char* once : {"process_start", "first_frame", "engine_ready", "drop"}) EXPECT_EQ(events().count(once), 1u) << once;
}

TEST_F(StudioProcess, FileNamedAtTheStartIsShown) {
    const std::string picture = writeQuadrants(folder, "quadrants.png");
    start({QString::fromStdString(picture), QStringLiteral("--theme"), QStringLiteral("light")});
    ASSERT_TRUE(waitFor("reconstruction_swapped"));
    settle(300);
    EXPECT_GT(pixelsLike(Qt::red), 5000);
    EXPECT_EQ(events().count("first_frame"), 1u);
}

}  // namespace
}  // namespace tessera::test
