// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/draw_history.h"

#include <fstream>
#include <functional>

#include <QDir>
#include <QFile>
#include <QSqlDatabase>
#include <QSqlQuery>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generate/trace_bytes.h"
#include "support/temporary_folder.h"
#include "widgets/support/event_loop.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

ui::HistoryEntry entry(const QString& prompt, quint64 seed, int minute) {
    ui::HistoryEntry each;
    each.when = QDateTime(QDate(2026, 3, 1), QTime(10, minute), Qt::UTC);
    each.settings = {.prompt = prompt, .seed = seed, .guidance = 2.5, .temperature = 0.5, .topK = 40, .topP = 0.9, .course = GuidanceCourse::Linear};
    each.model = QStringLiteral("/models/painter");
    each.modelName = QStringLiteral("painter");
    each.fingerprint = QStringLiteral("0123456789abcdef");
    each.precision = QStringLiteral("fp32");
    each.rows = each.columns = each.depths = 2;
    each.codes = {1, 2, 3, 4, 5, 6, 7, 70000};
    each.seconds = 1.5;
    each.thumbnail = QImage(5, 4, QImage::Format_RGB32);
    each.thumbnail.fill(Qt::red);
    return each;
}

GenerationTrace trace(int codes, bool guided) {
    GenerationTrace each;
    for (int i = 0; i < codes; ++i) {
        each.probability.push_back(1.0F / static_cast<float>(i + 3));
        each.rank.push_back(i * 70000);
        each.entropy.push_back(0.1F * static_cast<float>(i));
        if (guided) each.guidanceGain.push_back(-0.3F * static_cast<float>(i));
        for (int k = 0; k < GenerationTrace::kAlternatives; ++k) {
            each.alternatives.push_back(k == 9 ? -1 : 1000 * i + k);
            each.alternativeProbabilities.push_back(1.0F / static_cast<float>(i + k + 2));
        }
    }
    return each;
}

class DrawHistoryTest : public testing::Test {
protected:
    DrawHistoryTest() { history.setFile(path()); }
    QString path() const { return QString::fromStdString(folder / "deep/er/history.sqlite"); }
    void finish() {
        history.wait();
        runQueued();
    }
    std::vector<std::string> prompts(const ui::DrawHistory& of) {
        std::vector<std::string> result;
        for (const ui::HistoryEntry& each : of.entries()) result.push_back(each.settings.prompt.toStdString());
        return result;
    }
    /// What another program does with the file meanwhile.
    void outside(const std::function<void(const QSqlDatabase&)>& use) {
        {
            QSqlDatabase other = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("outside"));
            other.setDatabaseName(path());
            ASSERT_TRUE(other.open());
            use(other);
        }
        QSqlDatabase::removeDatabase(QStringLiteral("outside"));
    }
    void outside(const QStringList& statements) {
        outside([&](const QSqlDatabase& other) {
            for (const QString& each : statements) {
                QSqlQuery query(other);
                ASSERT_TRUE(query.exec(each)) << each.toStdString();
            }
        });
    }

    /// All that the file holds, as another start finds it.
    void openAll(ui::DrawHistory& next) const {
        next.setFile(path());
        next.search({});
        next.wait();
        runQueued();
    }

    TemporaryFolder folder;
    ui::DrawHistory history;
};

TEST_F(DrawHistoryTest, EverythingComesBackInTheNextStart) {
    history.add(entry(QStringLiteral("a red apple"), 18'000'000'000'000'000'000ULL, 1));
    history.add(entry(QStringLiteral("a leopard"), 5, 2));
    finish();
    EXPECT_TRUE(history.problem().isEmpty()) << history.problem().toStdString();
    ui::DrawHistory next;
    openAll(next);
    EXPECT_THAT(prompts(next), ElementsAre("a leopard", "a red apple")) << "the newest first";
    const ui::HistoryEntry& apple = next.entries().back();
    const ui::HistoryEntry expected = entry(QStringLiteral("a red apple"), 18'000'000'000'000'000'000ULL, 1);
    EXPECT_EQ(apple.settings, expected.settings);
    EXPECT_EQ(apple.when, expected.when);
    EXPECT_EQ(apple.codes, expected.codes);
    EXPECT_EQ(apple.fingerprint, expected.fingerprint);
    EXPECT_EQ(apple.model, expected.model);
    EXPECT_EQ(apple.seconds, 1.5);
    EXPECT_EQ(apple.thumbnail.pixelColor(2, 2), QColor(Qt::red));
    EXPECT_EQ(next.total(), 2);
}

TEST_F(DrawHistoryTest, WordsOfPromptModelAndSeedAreFound) {
    history.add(entry(QStringLiteral("a red apple"), 41207, 1));
    history.add(entry(QStringLiteral("a red leopard"), 5, 2));
    history.add(entry(QStringLiteral("100 % of a_b"), 6, 3));
    const auto found = [this](const char* words) {
        history.search(QString::fromUtf8(words));
        finish();
        return prompts(history);
    };
    EXPECT_THAT(found("RED"), ElementsAre("a red leopard", "a red apple"));
    EXPECT_THAT(found("red app"), ElementsAre("a red apple"));
    EXPECT_THAT(found("412"), ElementsAre("a red apple"));
    EXPECT_THAT(found("painter leo"), ElementsAre("a red leopard"));
    EXPECT_THAT(found("%"), ElementsAre("100 % of a_b")) << "no wild card";
    EXPECT_THAT(found("a_b"), ElementsAre("100 % of a_b"));
    EXPECT_THAT(found("'; drop table drawings; --"), IsEmpty());
    EXPECT_THAT(found(""), SizeIs(3));
    EXPECT_EQ(history.total(), 3);
}

TEST_F(DrawHistoryTest, OneModelsPicturesCanBeListedAlone) {
    ui::HistoryEntry other = entry(QStringLiteral("a red boat"), 1, 3);
    other.modelName = QStringLiteral("another");
    history.add(entry(QStringLiteral("a red apple"), 1, 1));
    history.add(other);
    history.search({}, QStringLiteral("another"));
    finish();
    EXPECT_THAT(prompts(history), ElementsAre("a red boat"));
    EXPECT_EQ(history.models(), QStringList({QStringLiteral("another"), QStringLiteral("painter")}));
    EXPECT_EQ(history.total(), 2);
    history.search(QStringLiteral("boat"), QStringLiteral("painter"));
    finish();
    EXPECT_THAT(prompts(history), IsEmpty());
    history.search(QStringLiteral("red"));
    finish();
    EXPECT_THAT(prompts(history), SizeIs(2));
}

TEST_F(DrawHistoryTest, ABranchKnowsWhatItWentOnFrom) {
    ui::HistoryEntry first = entry(QStringLiteral("an apple"), 1, 1), fork = entry(QStringLiteral("a fork"), 1, 2), redraw = entry(QStringLiteral("a redraw"), 2, 3);
    first.key = QStringLiteral("a/0");
    fork.key = QStringLiteral("b/0");
    fork.parent = first.key;
    fork.keptCodes = true;
    fork.origin = ui::DrawingOrigin{.kind = ui::DrawingOrigin::Kind::Fork, .from = {}, .token = 5, .depth = 1, .before = 7, .after = 512, .part = {}};
    redraw.key = QStringLiteral("c/0");
    redraw.parent = fork.key;
    redraw.origin = ui::DrawingOrigin{.kind = ui::DrawingOrigin::Kind::Redraw, .from = {}, .token = 3, .part = QRect(1, 0, 1, 2)};
    for (const ui::HistoryEntry& each : {first, fork, redraw}) history.add(each);
    history.search(QStringLiteral("redraw"));
    finish();
    ASSERT_THAT(prompts(history), ElementsAre("a redraw"));
    const ui::HistoryEntry& found = history.entries().front();
    ASSERT_TRUE(found.origin);
    EXPECT_EQ(found.origin->part, QRect(1, 0, 1, 2));
    EXPECT_EQ(found.origin->token, 3);
    const ui::HistoryEntry* parent = history.find(found.parent);
    ASSERT_NE(parent, nullptr) << "it has not the word, and is there all the same";
    EXPECT_EQ(parent->settings.prompt, u"a fork");
    ASSERT_TRUE(parent->origin);
    EXPECT_EQ(parent->origin->after, 512);
    EXPECT_EQ(parent->origin->depth, 1);
    ASSERT_NE(history.find(parent->parent), nullptr);
    EXPECT_EQ(history.find(parent->parent)->settings.prompt, u"an apple");
    EXPECT_EQ(history.find(QStringLiteral("d/0")), nullptr);
    EXPECT_EQ(history.find({}), nullptr);
}

TEST_F(DrawHistoryTest, AnOlderFileIsTakenOver) {
    ASSERT_TRUE(QDir().mkpath(QFileInfo(path()).path()));
    outside({QStringLiteral("create table drawings (id integer primary key, drawn_at text not null, prompt text not null, seed text not null, guidance real, temperature real, top_k integer, top_p real, video integer, model text, model_name text, "
                            "fingerprint text, precision text, kept_codes integer, frames integer, rows integer, columns integer, depths integer, codes blob, seconds real, thumbnail blob)"),
             QStringLiteral("insert into drawings (drawn_at, prompt, seed, guidance, model_name) values ('2025-01-01T10:00:00.000Z', 'an old apple', '7', 2.5, 'painter')"), QStringLiteral("pragma user_version = 1")});
    history.add(entry(QStringLiteral("a new one"), 1, 1));
    finish();
    EXPECT_TRUE(history.problem().isEmpty()) << history.problem().toStdString();
    ASSERT_THAT(prompts(history), ElementsAre("a new one", "an old apple"));
    EXPECT_EQ(history.entries()[1].settings.course, GuidanceCourse::Constant);
    EXPECT_EQ(history.entries()[1].settings.guidance, 2.5);
    EXPECT_FALSE(ui::isFinished(history.entries()[1])) << "without codes";
    EXPECT_TRUE(ui::isFinished(history.entries()[0]));
}

TEST_F(DrawHistoryTest, ATraceIsKeptAndReadWhenItIsAskedFor) {
    ui::HistoryEntry traced = entry(QStringLiteral("traced"), 1, 1);
    traced.trace = std::make_shared<const GenerationTrace>(trace(8, true));
    history.add(traced);
    history.add(entry(QStringLiteral("without"), 2, 2));
    finish();
    EXPECT_TRUE(history.problem().isEmpty()) << history.problem().toStdString();
    ui::DrawHistory next;
    openAll(next);
    ASSERT_THAT(prompts(next), ElementsAre("without", "traced"));
    EXPECT_EQ(next.entries()[1].trace, nullptr) << "not with all of them";
    std::vector<GenerationTrace> read;
    for (const ui::HistoryEntry& each : next.entries()) next.readTrace(each, inlineExecutor(), [&read](GenerationTrace trace) { read.push_back(std::move(trace)); });
    next.wait();
    ASSERT_THAT(read, SizeIs(1));
    EXPECT_EQ(read[0], *traced.trace);
}

TEST_F(DrawHistoryTest, AFileWithoutTracesLearnsThem) {
    history.add(entry(QStringLiteral("old"), 1, 1));
    finish();
    outside({QStringLiteral("alter table drawings drop column trace"), QStringLiteral("pragma user_version = 3")});
    ui::HistoryEntry traced = entry(QStringLiteral("new"), 2, 2);
    traced.trace = std::make_shared<const GenerationTrace>(trace(8, false));
    history.add(traced);
    finish();
    ASSERT_TRUE(history.problem().isEmpty()) << history.problem().toStdString();
    ASSERT_THAT(prompts(history), ElementsAre("new", "old"));
    std::optional<GenerationTrace> read;
    for (const ui::HistoryEntry& each : history.entries()) history.readTrace(each, inlineExecutor(), [&read](GenerationTrace trace) { read = std::move(trace); });
    history.wait();
    EXPECT_EQ(read, *traced.trace);
    // It goes with its entry.
    const ui::HistoryEntry gone = history.entries()[0];
    history.remove({gone.id});
    finish();
    read.reset();
    history.readTrace(gone, inlineExecutor(), [&read](GenerationTrace trace) { read = std::move(trace); });
    history.wait();
    EXPECT_FALSE(read);
}

TEST(TraceBytes, WhatIsNoTraceOfThatPictureIsNothing) {
    const GenerationTrace whole = trace(40, true);
    const QByteArray bytes = ui::bytesOfTrace(whole);
    EXPECT_EQ(ui::traceFromBytes(bytes, 40), whole);
    EXPECT_FALSE(ui::traceFromBytes(bytes, 39));
    EXPECT_FALSE(ui::traceFromBytes({}, 40));
    EXPECT_TRUE(ui::bytesOfTrace({}).isEmpty());
    EXPECT_FALSE(ui::traceFromBytes(bytes.left(bytes.size() / 2), 40));
    EXPECT_FALSE(ui::traceFromBytes(QByteArray(64, '\xff'), 40)) << "4 GB of nothing";
    QByteArray raw = qUncompress(bytes);
    raw[3] = 9;
    EXPECT_FALSE(ui::traceFromBytes(qCompress(raw), 40)) << "of a later version";
    raw[3] = 1;
    raw[7] = 20;
    EXPECT_FALSE(ui::traceFromBytes(qCompress(raw), 40)) << "fewer codes than there are bytes of";
}

TEST_F(DrawHistoryTest, DeletedOnesAreGone) {
    history.add(entry(QStringLiteral("one"), 1, 1));
    history.add(entry(QStringLiteral("two"), 2, 2));
    finish();
    history.remove({history.entries()[0].id});
    finish();
    EXPECT_THAT(prompts(history), ElementsAre("one"));
}

TEST_F(DrawHistoryTest, AFileThatIsNoDatabaseIsOneSentenceAndStays) {
    ASSERT_TRUE(QDir().mkpath(QFileInfo(path()).path()));
    std::ofstream(path().toStdString()) << std::string(4096, 'x');
    history.add(entry(QStringLiteral("one"), 1, 1));
    finish();
    EXPECT_THAT(history.problem().toStdString(), testing::AllOf(HasSubstr("not a database"), HasSubstr(path().toStdString())));
    EXPECT_EQ(history.problem().count(u'\n'), 0);
    QFile file(path());
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    EXPECT_EQ(file.readAll(), QByteArray(4096, 'x'));
    file.close();
    // Once it is moved away, what could not be written is.
    ASSERT_TRUE(QFile::remove(path()));
    history.search({});
    finish();
    EXPECT_TRUE(history.problem().isEmpty()) << history.problem().toStdString();
    EXPECT_THAT(prompts(history), ElementsAre("one"));
}

TEST_F(DrawHistoryTest, AFileOfALaterVersionIsLeftAlone) {
    history.add(entry(QStringLiteral("one"), 1, 1));
    finish();
    outside({QStringLiteral("pragma user_version = 99")});
    history.add(entry(QStringLiteral("two"), 2, 2));
    finish();
    EXPECT_THAT(history.problem().toStdString(), HasSubstr("a later version of Tessera"));
    EXPECT_THAT(prompts(history), ElementsAre("one")) << "what was read before stays to be seen";
    outside({QStringLiteral("pragma user_version = %1").arg(ui::DrawHistory::kVersion)});
    history.search({});
    finish();
    EXPECT_THAT(prompts(history), ElementsAre("two", "one"));
}

TEST_F(DrawHistoryTest, ALockedFileIsOneSentenceAndNothingIsLost) {
    history.add(entry(QStringLiteral("one"), 1, 1));
    finish();
    outside([&](const QSqlDatabase& other) {
        QSqlQuery lock(other);
        ASSERT_TRUE(lock.exec(QStringLiteral("begin exclusive")));
        history.add(entry(QStringLiteral("two"), 2, 2));
        finish();
        EXPECT_THAT(history.problem().toStdString(), HasSubstr("locked"));
        EXPECT_THAT(prompts(history), ElementsAre("one"));
        ASSERT_TRUE(lock.exec(QStringLiteral("rollback")));
    });
    history.add(entry(QStringLiteral("three"), 3, 3));
    finish();
    EXPECT_TRUE(history.problem().isEmpty()) << history.problem().toStdString();
    EXPECT_THAT(prompts(history), ElementsAre("three", "two", "one"));
}

TEST_F(DrawHistoryTest, WhoReadsTheFileKeepsNobodyFromWriting) {
    history.add(entry(QStringLiteral("one"), 1, 1));
    finish();
    outside([&](const QSqlDatabase& other) {
        QSqlQuery mode(QStringLiteral("pragma journal_mode"), other);
        ASSERT_TRUE(mode.next());
        EXPECT_EQ(mode.value(0).toString(), u"wal");
        QSqlQuery reading(other);
        ASSERT_TRUE(reading.exec(QStringLiteral("begin")));
        ASSERT_TRUE(reading.exec(QStringLiteral("select count(*) from drawings")) && reading.next());
        history.add(entry(QStringLiteral("two"), 2, 2));
        finish();
        EXPECT_TRUE(history.problem().isEmpty()) << history.problem().toStdString();
        ASSERT_TRUE(reading.exec(QStringLiteral("select count(*) from drawings")) && reading.next());
        EXPECT_EQ(reading.value(0).toInt(), 1) << "a reader sees the file as it was when it began";
        ASSERT_TRUE(reading.exec(QStringLiteral("rollback")));
    });
    EXPECT_THAT(prompts(history), ElementsAre("two", "one"));
}

TEST_F(DrawHistoryTest, LookingForNothingMakesNoFile) {
    history.search(QStringLiteral("red"));
    finish();
    EXPECT_TRUE(history.problem().isEmpty());
    EXPECT_FALSE(QFile::exists(path()));
}

TEST_F(DrawHistoryTest, AnUnwritableFolderIsOneSentence) {
    std::ofstream(folder / "deep") << "a file";
    history.add(entry(QStringLiteral("one"), 1, 1));
    finish();
    EXPECT_THAT(history.problem().toStdString(), HasSubstr("its folder cannot be made"));
}

TEST_F(DrawHistoryTest, AFileWithoutStepsLearnsThem) {
    history.add(entry(QStringLiteral("an old apple"), 7, 1));
    finish();
    outside({QStringLiteral("alter table drawings drop column steps"), QStringLiteral("alter table drawings drop column trace"), QStringLiteral("pragma user_version = 2")});
    ui::HistoryEntry flow = entry(QStringLiteral("207"), 9, 2);
    flow.by = DrawnBy::Flow;
    flow.codes.clear();
    flow.depths = 0;
    flow.settings.sampler = QStringLiteral("heun");
    flow.settings.steps = 20;
    history.add(flow);
    history.search({});
    finish();
    ASSERT_TRUE(history.problem().isEmpty()) << history.problem().toStdString();
    ASSERT_THAT(history.entries(), SizeIs(2));
    EXPECT_EQ(history.entries()[0].by, DrawnBy::Flow);
    EXPECT_EQ(history.entries()[0].settings, flow.settings);
    EXPECT_TRUE(isFinished(history.entries()[0]));
    EXPECT_EQ(history.entries()[1].by, DrawnBy::Tokens);
}

}  // namespace
}  // namespace tessera::test
