// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/log_model.h"

#include <QAbstractItemModelTester>

#include "widgets/bridge/board_fixture.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class LogModelTest : public BoardFixture {
protected:
    /// "kind about: sentence" of each line.
    std::vector<std::string> lines() const {
        std::vector<std::string> found;
        for (int line = 0; line < log.rowCount(); ++line) {
            const auto text = [&](int section) { return log.index(line, section).data().toString().toStdString(); };
            found.push_back(text(LogModel::SeveritySection) + ' ' + text(LogModel::AboutSection) + ": " + text(LogModel::SentenceSection));
        }
        return found;
    }

    LogModel log{session, *board, host};
    QAbstractItemModelTester tester{&log, QAbstractItemModelTester::FailureReportingMode::Fatal};
};

TEST_F(LogModelTest, EngineAndModelAreTheFirstToSpeak) {
    start();
    ASSERT_EQ(log.rowCount(), 2);
    EXPECT_EQ(lines()[0], "note engine: ready on nowhere");
    EXPECT_THAT(lines()[1], AllOf(StartsWith("note "), HasSubstr("opened, computes in")));
}

TEST_F(LogModelTest, AnErrorOfACellIsOneLineWithItsImage) {
    start();
    add("/p/a.png");
    const Error error{ErrorCode::OutOfMemory, "the decoder needs 5 GB", "decoder", "close something"};
    fail("reconstruction", error);
    fail("difference", error);
    EXPECT_EQ(log.rowCount(), 3) << "cells that fail for one reason are told once";
    EXPECT_EQ(lines()[2], "error a.png: " + toLine(error));
    EXPECT_EQ(log.severityAt(2), LogModel::Severity::Error);
}

TEST_F(LogModelTest, AFileThatCannotBeReadIsToldAgainAfterItWasReadAnew) {
    start();
    const RowId a = add("/p/a.png");
    const Error error{ErrorCode::Unreadable, "no picture in it", "/p/a.png", {}};
    const auto failFile = [&] {
        engine->described.back()->answer(error);
        runQueued();
    };
    failFile();
    EXPECT_EQ(log.rowCount(), 3);
    board->retry(a);
    runQueued();
    failFile();
    EXPECT_EQ(log.rowCount(), 4);
    EXPECT_EQ(lines()[2], lines()[3]);
}

TEST_F(LogModelTest, NotesOfPicturesAndFilesKeepTheirSeverity) {
    start();
    add("/p/a.png");
    SourceInfo info = fakeInfo(8, 8);
    info.notes = {"EXIF orientation 6 applied"};
    engine->described.back()->answer(info);
    Picture picture = fakePicture(8, 8);
    picture.notes = {{Note::Kind::Warning, "NaN in bf16, decoder re-run in fp32"}};
    answer("reconstruction", picture);
    EXPECT_THAT(lines(), Contains("note a.png: EXIF orientation 6 applied"));
    EXPECT_THAT(lines(), Contains("warning a.png: NaN in bf16, decoder re-run in fp32"));
    EXPECT_EQ(log.rowCount(), 4);
}

TEST_F(LogModelTest, CancellingIsNoNews) {
    start();
    const RowId a = add("/p/a.png");
    board->cancel(a);
    runQueued();
    EXPECT_EQ(log.rowCount(), 2);
}

TEST_F(LogModelTest, CopiesTheLinesThatAreWanted) {
    log.tell(LogModel::Severity::Information, "files", "first");
    log.tell(LogModel::Severity::Warning, "files", "second");
    log.tell(LogModel::Severity::Error, "files", {});
    EXPECT_EQ(log.rowCount(), 2) << "an empty sentence says nothing";
    EXPECT_EQ(log.text().count(u'\n'), 2);
    EXPECT_THAT(log.text({1}).toStdString(), testing::EndsWith("\twarning\tfiles\tsecond\n"));
    log.clear();
    EXPECT_EQ(log.rowCount(), 0);
    EXPECT_TRUE(log.text().isEmpty());
}

TEST_F(LogModelTest, OldLinesGiveWay) {
    for (int i = 0; i < 1005; ++i) log.tell(LogModel::Severity::Information, "files", QString::number(i));
    EXPECT_EQ(log.rowCount(), 1000);
    EXPECT_EQ(log.index(0, LogModel::SentenceSection).data().toString(), u"5");
}

}  // namespace
}  // namespace tessera::test
