// SPDX-License-Identifier: GPL-3.0-or-later
// The program itself is killed, and started again.
#include <csignal>

#include <QDir>
#include <QFile>
#include <QProcess>

#include "panels/banner.h"
#include "session_keeper.h"
#include "studio_window.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StudioCrash : public StudioWindow {
protected:
    void SetUp() override {
        StudioWindow::SetUp();
        settings.stateFolder = stateFolder();
    }
    QString stateFolder() const { return QString::fromStdString(folder / "state/tessera"); }
    QString path(const std::string& name) { return QString::fromStdString(writeQuadrants(folder, name, 32)); }

    std::unique_ptr<QProcess> start(const QStringList& arguments) {
        auto process = std::make_unique<QProcess>();
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), QString::fromStdString(folder / "config"));
        environment.insert(QStringLiteral("XDG_STATE_HOME"), QString::fromStdString(folder / "state"));
        environment.insert(QStringLiteral("TESSERA_STUDIO_TRACE"), QString::fromStdString(folder / "trace.jsonl"));
        process->setProcessEnvironment(environment);
        process->setProcessChannelMode(QProcess::ForwardedChannels);
        process->start(QStringLiteral(TESSERA_STUDIO_PROGRAM), arguments);
        EXPECT_TRUE(process->waitForStarted());
        return process;
    }
    studio::SessionKeeper& keeper() { return window().keeper(); }
    QStringList journals() const { return QDir(stateFolder() + QStringLiteral("/journal")).entryList(QDir::Dirs | QDir::NoDotAndDotDot); }
    /// Journals that hold that many images.
    bool waitForJournals(int count, std::size_t images) {
        return waitUntil([&] {
            int found = 0;
            for (const QString& name : journals()) {
                const auto session = ui::readSession(stateFolder() + QStringLiteral("/journal/%1/session.tessera").arg(name));
                found += session && session.value().state.rows.size() == images ? 1 : 0;
            }
            return found == count;
        });
    }
    void waitForFirstFrame() {
        ASSERT_TRUE(waitUntil([this] {
            QFile file(QString::fromStdString(folder / "trace.jsonl"));
            return file.open(QIODevice::ReadOnly) && file.readAll().contains("first_frame");
        }));
    }
    static void kill(QProcess& process) {
        process.kill();  // SIGKILL: it hears nothing of it
        ASSERT_TRUE(process.waitForFinished(10000));
        ASSERT_EQ(process.exitStatus(), QProcess::CrashExit);
    }
    static void end(QProcess& process) {
        process.terminate();
        ASSERT_TRUE(process.waitForFinished(20000));
        EXPECT_EQ(process.exitStatus(), QProcess::NormalExit);
        EXPECT_EQ(process.exitCode(), 0);
    }
    std::vector<QString> names() {
        std::vector<QString> result;
        for (const ui::Row& row : session().rows()) result.push_back(row.name);
        return result;
    }
};

TEST_F(StudioCrash, AKilledStudioIsOfferedAndRestored) {
    const auto process = start({path("a.png"), path("b.png")});
    ASSERT_TRUE(waitForJournals(1, 2));
    ASSERT_NO_FATAL_FAILURE(kill(*process));
    open({}, false);
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_THAT(window().sessionBanner().sentence().toStdString(), HasSubstr("Restore the session of "));
    keeper().restoreLost();
    EXPECT_THAT(names(), ElementsAre(u"a.png", u"b.png"));
}

TEST_F(StudioCrash, TheNextProgramOffersItAndLeavesItIfNobodyAnswers) {
    auto process = start({path("a.png")});
    ASSERT_TRUE(waitForJournals(1, 1));
    ASSERT_NO_FATAL_FAILURE(kill(*process));
    QFile::remove(QString::fromStdString(folder / "trace.jsonl"));
    process = start({});
    ASSERT_NO_FATAL_FAILURE(waitForFirstFrame());
    const studio::SessionShelf shelf(stateFolder());
    EXPECT_FALSE(shelf.takeLost()) << "the program that runs holds it while it offers it";
    EXPECT_EQ(journals().size(), 1);
    ASSERT_NO_FATAL_FAILURE(end(*process));
    EXPECT_TRUE(shelf.takeLost());
}

TEST_F(StudioCrash, TwoStudiosKeepToTheirOwnJournals) {
    const auto first = start({path("a.png")});
    ASSERT_TRUE(waitForJournals(1, 1));
    const auto second = start({path("b.png"), path("c.png")});
    ASSERT_TRUE(waitForJournals(1, 2));
    EXPECT_EQ(journals().size(), 2);
    const studio::SessionShelf shelf(stateFolder());
    EXPECT_FALSE(shelf.takeLost()) << "both live";
    ASSERT_NO_FATAL_FAILURE(kill(*second));
    {
        const auto lost = shelf.takeLost();
        ASSERT_TRUE(lost);
        const auto session = ui::readSession(lost->session.file());
        ASSERT_TRUE(session);
        EXPECT_EQ(session.value().state.rows.size(), 2u) << "the dead one's, not the living one's";
    }
    ASSERT_NO_FATAL_FAILURE(end(*first));
    EXPECT_EQ(journals().size(), 1);
    // The first ended well and later than the second died: its board comes back, and the other is offered.
    open({}, false);
    EXPECT_THAT(names(), ElementsAre(u"a.png"));
    EXPECT_TRUE(window().sessionBanner().isVisible());
    keeper().restoreLost();
    EXPECT_THAT(names(), ElementsAre(u"b.png", u"c.png", u"a.png"));
}

TEST_F(StudioCrash, ATerminatedProgramEndsAsIfItWereClosed) {
    const auto process = start({path("a.png")});
    ASSERT_NO_FATAL_FAILURE(waitForFirstFrame());
    ASSERT_NO_FATAL_FAILURE(end(*process));
    EXPECT_THAT(journals(), IsEmpty());
    open({}, false);
    EXPECT_THAT(names(), ElementsAre(u"a.png"));
    EXPECT_FALSE(window().sessionBanner().isVisible());
}

TEST_F(StudioCrash, StartFreshDeletesWhatWasLost) {
    const auto process = start({path("a.png")});
    ASSERT_TRUE(waitForJournals(1, 1));
    ASSERT_NO_FATAL_FAILURE(kill(*process));
    open({}, false);
    keeper().forgetLost();
    EXPECT_THAT(journals(), IsEmpty());
    EXPECT_FALSE(studio::SessionShelf(stateFolder()).takeLost());
}

}  // namespace
}  // namespace tessera::test
