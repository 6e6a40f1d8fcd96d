// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/session_file.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "workspace/column_edits.h"
#include "workspace/dropped_files.h"
#include "workspace/session.h"

namespace tessera::test {
namespace {

using namespace ui;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

QImage someImage(bool alpha) {
    QImage image(5, 3, alpha ? QImage::Format_RGBA8888 : QImage::Format_RGB888);
    for (int y = 0; y < 3; ++y) {
        for (int x = 0; x < 5; ++x) image.setPixelColor(x, y, QColor(x * 50, y * 100, 7, alpha ? 40 + x : 255));
    }
    return image;
}

std::vector<std::byte> bytesOf(const QByteArray& bytes) {
    const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
    return {data, data + bytes.size()};
}

class SessionFile : public testing::Test {
protected:
    QString at(const char* name) const { return QString::fromStdString(folder / name); }
    void makeFile(const char* name) const {
        QDir().mkpath(QFileInfo(at(name)).absolutePath());
        QFile file(at(name));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write("picture");
    }
    SourceRequest fileRow(const char* name) const { return {.path = folder / name}; }

    /// A session that uses everything a file can hold.
    void fill(Session& session) const {
        session.setInitialModel({.reference = "mini-autoencoder", .precision = Precision::Bf16});
        std::vector<SourceRequest> rows{fileRow("images/a.png"), fileRow("images/b \"ü\".png")};
        rows.push_back({.bytes = SharedBytes(bytesOf("\x89PNG not really")), .name = "pasted 1"});
        rows.push_back({.pixels = imageFrom(someImage(true)), .name = "pasted 2"});
        session.addRows(std::move(rows));
        session.setWorkspace(WorkspaceKind::Compare);
        Groups groups = session.groups();
        const ModelChoice vae{.reference = folder / "models/vae", .precision = Precision::Fp16};
        ModelGroup group{.model = vae, .folded = true};
        group.lenses.push_back({.id = LensColumnId{session.nextLensId()++},
                                .lens = "perturbed",
                                .parameters = {{"strength", 1.0}, {"seed", std::int64_t(7)}, {"as_trained", true}, {"by", std::string("token")}},
                                .sweep = Sweep{.parameter = "strength", .values = {0.0, 0.25, 1.0}, .current = 2, .folded = true}});
        group.lenses.push_back({.id = LensColumnId{session.nextLensId()++}, .lens = "blend", .with = Companion{.row = session.rows()[3].id, .model = vae}});
        groups.push_back(group);
        session.editColumns("edit", groups);
        session.setBoardForm({.grid = true, .transposed = true, .cellWidth = 233});
        session.setCurrentRow(session.rows()[1].id);
        session.setCurrentColumn(2);
        ViewState view;
        view.camera = {0.25, 0.75, 3.5};
        view.sampling = canvas::Sampling::Nearest;
        view.exposureStops = -1.5F;
        view.gain = 8;
        view.range = FieldRange::Column;
        view.logarithmic = view.clipping = true;
        view.values = view.pixelGrid = false;
        view.tokenGrid = true;
        view.compare = canvas::Compare::Wipe;
        view.wipe = 0.2F;
        view.onion = 0.9F;
        view.wipeLine = canvas::WipeLine::Level;
        view.differenceBy = FieldMapping::Squared;
        view.brush = std::pair(-0.5F, 0.125F);
        view.brushedLens = "token_norm";
        view.reference = ReferencePlace{.column = {groups.back().lenses.front().id, 1}, .row = session.rows()[2].id};
        session.setView(view);
        const TokenEdit edit{.rows = 2, .columns = 3, .depths = 2, .changes = {{0, 1, 0, 1023}, {1, 2, 1, -1}}};
        session.editTokens("edit", session.rows()[1].id, group.model.value(), std::make_shared<const TokenEdit>(edit));
    }
    /// Lens numbers and row names are a session's own: they are compared by what they name.
    static std::vector<Column> columnsWithoutNames(const Session& session) {
        std::vector<Column> columns = session.columns();
        for (Column& column : columns) {
            column.id = {};
            if (column.with && column.with->row) column.with->row = RowId(session.indexOf(*column.with->row) + 1);
        }
        return columns;
    }
    std::unique_ptr<Session> restored(const QString& path) const {
        const auto saved = readSession(path);
        EXPECT_TRUE(saved) << (saved ? "" : toLine(saved.error()));
        if (!saved) return nullptr;
        auto session = std::make_unique<Session>();
        session->addRows({{.path = "/some/thing.png"}});
        session->restore(saved.value().state);
        return session;
    }
    static void expectSame(const Session& a, const Session& b) {
        ASSERT_EQ(a.rows().size(), b.rows().size());
        for (std::size_t i = 0; i < a.rows().size(); ++i) EXPECT_EQ(a.rows()[i].name, b.rows()[i].name);
        EXPECT_EQ(columnsWithoutNames(a), columnsWithoutNames(b));
        ASSERT_EQ(a.workspaces().size(), b.workspaces().size());
        for (std::size_t i = 0; i < a.workspaces().size(); ++i) {
            EXPECT_EQ(a.workspaces()[i].form, b.workspaces()[i].form);
            EXPECT_EQ(a.workspaces()[i].touched, b.workspaces()[i].touched);
            EXPECT_EQ(modelsOf(a.workspaces()[i].groups), modelsOf(b.workspaces()[i].groups));
        }
        EXPECT_EQ(a.workspace().kind, b.workspace().kind);
        EXPECT_EQ(a.indexOf(a.currentRow()), b.indexOf(b.currentRow()));
        EXPECT_EQ(a.currentColumn(), b.currentColumn());
        ViewState viewA = a.view(), viewB = b.view();
        ASSERT_EQ(viewA.reference.has_value(), viewB.reference.has_value());
        if (viewA.reference) {
            EXPECT_EQ(a.indexOf(viewA.reference->column), b.indexOf(viewB.reference->column));
            EXPECT_EQ(viewA.reference->row.has_value(), viewB.reference->row.has_value());
            EXPECT_EQ(a.indexOf(viewA.reference->row.value_or(RowId{})), b.indexOf(viewB.reference->row.value_or(RowId{})));
            viewA.reference = viewB.reference = {};
        }
        EXPECT_EQ(viewA, viewB);
        ASSERT_EQ(a.tokenEdits().size(), b.tokenEdits().size());
        for (const auto& [cell, edit] : a.tokenEdits()) {
            const TokenEditPointer other = b.tokenEdit(b.rows()[a.indexOf(cell.row)].id, {cell.model, Precision::Auto});
            ASSERT_NE(other, nullptr) << cell.model;
            EXPECT_EQ(*edit, *other);
        }
    }
    QString refusal(const QByteArray& text) const {
        const auto result = sessionFromText(text, at("x.tessera"));
        EXPECT_FALSE(result) << text.left(80).toStdString();
        return result ? QString() : QString::fromStdString(result.error().message);
    }

    TemporaryFolder folder;
};

TEST_F(SessionFile, EverythingComesBack) {
    Session session;
    fill(session);
    ASSERT_FALSE(writeSession(at("board.tessera"), {.state = session.state()}));
    const auto other = restored(at("board.tessera"));
    ASSERT_TRUE(other);
    expectSame(session, *other);
    EXPECT_EQ(other->rows()[0].request.path, folder / "images/a.png");
    EXPECT_EQ(other->rows()[1].request.path, folder / "images/b \"ü\".png");
    EXPECT_FALSE(other->undoStack().canUndo());
    EXPECT_TRUE(other->undoStack().isClean());
    // A sweep that is not folded, whose reference is a column in sight.
    Groups groups = session.groups();
    groups.back().folded = false;
    groups.back().lenses.front().sweep->folded = false;
    session.editColumns("unfold", groups);
    ASSERT_FALSE(writeSession(at("board.tessera"), {.state = session.state()}));
    const auto unfolded = restored(at("board.tessera"));
    ASSERT_TRUE(unfolded);
    expectSame(session, *unfolded);
    EXPECT_GE(unfolded->indexOf(unfolded->view().reference->column), 0) << "the reference is not lost with the numbers of the lenses";
}

TEST_F(SessionFile, RealNumbersStayRealAndWholeOnesWhole) {
    Session session;
    fill(session);
    const auto other = sessionFromText(sessionText({.state = session.state()}, at("")), at("x.tessera"));
    ASSERT_TRUE(other);
    const auto& compare = *std::ranges::find(other.value().state.workspaces, WorkspaceKind::Compare, &Workspace::kind);
    const LensColumn& lens = compare.groups.back().lenses.front();
    EXPECT_EQ(lens.parameters.at("strength"), Value(1.0));
    EXPECT_EQ(lens.parameters.at("seed"), Value(std::int64_t(7)));
    EXPECT_EQ(lens.parameters.at("as_trained"), Value(true));
    EXPECT_EQ(lens.parameters.at("by"), Value(std::string("token")));
    EXPECT_THAT(lens.sweep->values, ElementsAre(Value(0.0), Value(0.25), Value(1.0)));
}

TEST_F(SessionFile, PastedImagesLieInTheFileAndLosePixelsNowhere) {
    Session session;
    const QImage plain = someImage(false), clear = someImage(true);
    session.addRows({{.pixels = imageFrom(plain), .name = "pasted 1"}, {.pixels = imageFrom(clear), .name = "pasted 2"}, {.bytes = SharedBytes(bytesOf("any bytes")), .name = "pasted 3"}});
    ASSERT_FALSE(writeSession(at("board.tessera"), {.state = session.state()}));
    EXPECT_THAT(QDir(at("")).entryList(QDir::Files), ElementsAre(u"board.tessera"));
    const auto other = restored(at("board.tessera"));
    ASSERT_TRUE(other);
    const auto read = [&](int row) { return pastedBytes(other->rows()[row].request); };
    EXPECT_EQ(QImage::fromData(read(0)).convertToFormat(QImage::Format_RGB888), plain);
    EXPECT_EQ(QImage::fromData(read(1)).convertToFormat(QImage::Format_RGBA8888), clear);
    EXPECT_EQ(read(2), "any bytes");
    EXPECT_EQ(other->rows()[1].name, u"pasted 2");
}

TEST_F(SessionFile, SixteenBitsStaySixteen) {
    std::vector<std::uint16_t> samples(2 * 2 * 3);
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::uint16_t>(i * 5003 + 1);
    const QImage image = QImage::fromData(pastedBytes({.pixels = Image(2, 2, 3, SharedArray<std::uint16_t>(samples))}));
    ASSERT_EQ(image.depth(), 64);
    EXPECT_EQ(image.pixelColor(1, 1).rgba64().green(), samples[10]);
}

TEST_F(SessionFile, AFolderThatMovesTakesItsImagesAndModelsAlong) {
    for (const char* name : {"project/images/a.png", "project/models/vae", "elsewhere/b.png"}) makeFile(name);
    Session session;
    session.setInitialModel({.reference = folder / "project/models/vae"});
    session.addRows({fileRow("project/images/a.png"), fileRow("elsewhere/b.png")});
    ASSERT_FALSE(writeSession(at("project/board.tessera"), {.state = session.state()}));
    ASSERT_TRUE(QDir().mkpath(at("deep/er")));
    ASSERT_TRUE(QDir().rename(at("project"), at("deep/er/moved")));
    const auto other = restored(at("deep/er/moved/board.tessera"));
    ASSERT_TRUE(other);
    EXPECT_EQ(other->rows()[0].request.path, folder / "deep/er/moved/images/a.png");
    EXPECT_EQ(other->rows()[1].request.path, folder / "elsewhere/b.png") << "what did not move is found where it was";
    EXPECT_EQ(other->model().reference, folder / "deep/er/moved/models/vae");
}

TEST_F(SessionFile, AFileThatIsGoneKeepsItsRowAndPath) {
    makeFile("images/a.png");
    Session session;
    session.addRows({fileRow("images/a.png")});
    ASSERT_FALSE(writeSession(at("board.tessera"), {.state = session.state()}));
    QFile::remove(at("images/a.png"));
    const auto other = restored(at("board.tessera"));
    ASSERT_TRUE(other);
    ASSERT_EQ(other->rows().size(), 1u);
    EXPECT_EQ(other->rows()[0].request.path, folder / "images/a.png");
}

TEST_F(SessionFile, ARowWhoseFileChangedSaysSoUntilItIsSavedAgain) {
    Session session;
    session.addRows({fileRow("a.png"), fileRow("b.png")});
    for (const Row& row : session.rows()) session.setRowInfo(row.id, {.contentHash = "aa"});
    ASSERT_FALSE(writeSession(at("board.tessera"), {.state = session.state()}));
    const auto other = restored(at("board.tessera"));
    ASSERT_TRUE(other);
    other->setRowInfo(other->rows()[0].id, {.contentHash = "aa"});
    other->setRowInfo(other->rows()[1].id, {.contentHash = "bb"});
    EXPECT_FALSE(changedSinceSaved(other->rows()[0]));
    EXPECT_TRUE(other->rows()[0].info->notes.empty());
    EXPECT_TRUE(changedSinceSaved(other->rows()[1]));
    EXPECT_THAT(other->rows()[1].info->notes, ElementsAre("changed since the session was saved"));
    other->noteSaved();
    EXPECT_FALSE(changedSinceSaved(other->rows()[1]));
    EXPECT_TRUE(other->rows()[1].info->notes.empty());
    EXPECT_THAT(other->state().rows[1].savedHash, "bb");
}

TEST_F(SessionFile, ACompanionThatWasRemovedDoesNotBecomeAnotherRow) {
    Session session;
    session.addRows({fileRow("a.png"), fileRow("b.png")});
    Groups groups = session.groups();
    groups.back().lenses.push_back({.id = LensColumnId{session.nextLensId()++}, .lens = "blend", .with = Companion{.row = session.rows()[1].id}});
    session.editColumns("edit", groups);
    session.removeRows({session.rows()[1].id});
    ASSERT_FALSE(writeSession(at("board.tessera"), {.state = session.state()}));
    const auto other = restored(at("board.tessera"));
    ASSERT_TRUE(other);
    const auto& with = other->columns().back().with;
    ASSERT_TRUE(with && with->row);
    EXPECT_EQ(other->find(*with->row), nullptr);
}

TEST_F(SessionFile, AnEmptySessionComesBackEmpty) {
    Session session;
    ASSERT_FALSE(writeSession(at("board.tessera"), {.state = session.state()}));
    const auto other = restored(at("board.tessera"));
    ASSERT_TRUE(other);
    EXPECT_TRUE(other->rows().empty());
    EXPECT_EQ(other->currentRow(), RowId{});
    EXPECT_TRUE(other->state().isBlank());
}

TEST_F(SessionFile, RestoringIsToldToWhoeverFollows) {
    Session session, shown;
    fill(session);
    shown.addRows({{.path = "/old/1.png"}, {.path = "/old/2.png"}});
    std::vector<int> removed, inserted;
    QObject::connect(&shown, &Session::rowsRemoved, [&](int first, int last) { removed = {first, last}; });
    QObject::connect(&shown, &Session::rowsInserted, [&](int first, int last) { inserted = {first, last}; });
    int columns = 0, views = 0, forms = 0, workspaces = 0;
    QObject::connect(&shown, &Session::columnsChanged, [&] { ++columns; });
    QObject::connect(&shown, &Session::viewChanged, [&] { ++views; });
    QObject::connect(&shown, &Session::formChanged, [&] { ++forms; });
    QObject::connect(&shown, &Session::workspaceChanged, [&] { ++workspaces; });
    const RowId old = shown.rows()[0].id;
    shown.restore(session.state());
    EXPECT_THAT(removed, ElementsAre(0, 1));
    EXPECT_THAT(inserted, ElementsAre(0, 3));
    EXPECT_EQ(shown.find(old), nullptr) << "names are never used again";
    for (const int count : {columns, views, forms, workspaces}) EXPECT_EQ(count, 1);
}

TEST_F(SessionFile, ForeignDamagedAndNewerFilesAreRefusedInOneSentence) {
    EXPECT_THAT(refusal("").toStdString(), HasSubstr("no session of Tessera"));
    EXPECT_THAT(refusal("\x89PNG\r\n\x1a\n").toStdString(), HasSubstr("no session of Tessera"));
    EXPECT_THAT(refusal("{\"nodes\": [1, 2]}").toStdString(), HasSubstr("no session of Tessera"));
    EXPECT_THAT(refusal("[]").toStdString(), HasSubstr("no session of Tessera"));
    EXPECT_THAT(refusal("{\"tessera_session\": 2}").toStdString(), HasSubstr("newer Tessera, in format 2"));
    EXPECT_THAT(refusal("{\"tessera_session\": 1, \"rows\": [").toStdString(), HasSubstr("damaged"));
    EXPECT_THAT(refusal("{\"tessera_session\": 1, \"rows\": [{\"name\": \"a\", \"path\": 7}], \"workspaces\": {}}").toStdString(), HasSubstr("rows[0].path is no text"));
    EXPECT_THAT(refusal("{\"tessera_session\": 1, \"rows\": [{\"name\": \"a\"}], \"workspaces\": {}}").toStdString(), HasSubstr("rows[0].image is missing"));
    EXPECT_THAT(refusal("{\"tessera_session\": 1, \"rows\": [{\"image\": \"%%%\"}], \"workspaces\": {}}").toStdString(), HasSubstr("rows[0] holds no image"));
    EXPECT_THAT(refusal("{\"tessera_session\": 1, \"rows\": [{\"beside\": \"../../secret\"}], \"workspaces\": {}}").toStdString(), HasSubstr("rows[0] names no file beside it"));
    EXPECT_THAT(refusal("{\"tessera_session\": 1, \"rows\": [], \"workspaces\": {\"compare\": {\"groups\": []}}}").toStdString(), HasSubstr("workspaces.compare has no columns"));
    EXPECT_THAT(refusal("{\"tessera_session\": 1, \"rows\": [], \"workspaces\": {\"compare\": {\"groups\": [{\"lenses\": [{}]}]}}}").toStdString(), HasSubstr("groups[0].lenses[0].lens is missing"));
    EXPECT_THAT(refusal("{\"tessera_session\": \"1\", \"rows\": []}").toStdString(), HasSubstr("damaged"));
    EXPECT_THAT(refusal("{\"tessera_session\": 1, \"rows\": [], \"workspaces\": {}, \"view\": {\"centre\": [1]}}").toStdString(), HasSubstr("view.centre is no place"));
    EXPECT_FALSE(readSession(at("nowhere.tessera")));
    EXPECT_FALSE(readSession(at("")));
}

TEST_F(SessionFile, NumbersOutOfRangeAreClampedAndUnknownWordsPassedOver) {
    const auto result = sessionFromText(R"({"tessera_session": 1, "later": {"x": 1}, "rows": [{"name": "a", "absolute": "/a.png"}],
        "workspaces": {"holograms": 3}, "current": {"workspace": "holograms", "row": 900, "column": -4},
        "view": {"zoom": 1e300, "gain": -5, "exposure": 1e9, "wipe": 7, "compare": "teleport", "brush": [-1e300, null], "reference": {"lens": 99, "row": 88}}})",
                                        at("x.tessera"));
    ASSERT_FALSE(result) << "half a brush is damage";
    const auto clamped = sessionFromText(R"({"tessera_session": 1, "later": {"x": 1}, "rows": [{"name": "a", "absolute": "/a.png"}],
        "workspaces": {"holograms": 3}, "current": {"workspace": "holograms", "row": 900, "column": -4},
        "view": {"zoom": 1e300, "gain": -5, "exposure": 1e9, "wipe": 7, "compare": "teleport", "brush": [-1e300, 1e300], "reference": {"lens": 99, "row": 88}}})",
                                         at("x.tessera"));
    ASSERT_TRUE(clamped) << toLine(clamped.error());
    Session session;
    session.restore(clamped.value().state);
    EXPECT_EQ(session.workspace().kind, WorkspaceKind::Reconstruct);
    EXPECT_EQ(session.currentColumn(), 0);
    EXPECT_EQ(session.indexOf(session.currentRow()), 0);
    EXPECT_EQ(session.view().compare, canvas::Compare::None);
    EXPECT_EQ(session.view().wipe, 1.0F);
    EXPECT_GT(session.view().gain, 0);
    EXPECT_FALSE(session.view().reference) << "it named a lens that there is not";
}

TEST_F(SessionFile, EveryCutIsRefusedOrWhole) {
    Session session;
    fill(session);
    const QByteArray text = sessionText({.state = session.state()}, at(""));
    ASSERT_TRUE(sessionFromText(text, at("x.tessera")));
    for (qsizetype cut = 0; cut + 2 < text.size(); cut += 13) EXPECT_FALSE(sessionFromText(text.left(cut), at("x.tessera"))) << cut;
}

TEST_F(SessionFile, EveryByteThatChangesIsReadOrRefusedButNeverWorse) {
    Session session;
    fill(session);
    const QByteArray text = sessionText({.state = session.state()}, at(""));
    int refused = 0;
    for (qsizetype place = 0; place < text.size(); place += 3) {
        for (const char other : {'9', '"', '[', '-'}) {
            QByteArray changed = text;
            changed[place] = other;
            if (const auto result = sessionFromText(changed, at("x.tessera"))) {
                Session shown;
                shown.restore(result.value().state);
            } else {
                ++refused;
            }
        }
    }
    EXPECT_GT(refused, 100);
}

TEST_F(SessionFile, DeepNestingIsNoTrouble) {
    EXPECT_FALSE(sessionFromText("{\"tessera_session\": 1, \"rows\": " + QByteArray(1'000'000, '['), at("x.tessera")));
    EXPECT_FALSE(sessionFromText("{\"tessera_session\": 1, \"rows\": " + QByteArray(200'000, '[') + QByteArray(200'000, ']') + "}", at("x.tessera")));
}

TEST_F(SessionFile, AFileThatCannotBeWrittenSaysSoAndLeavesTheOldOne) {
    const auto error = writeSession(at("no/such/folder/board.tessera"), {});
    ASSERT_TRUE(error);
    EXPECT_THAT(error->message, HasSubstr("not saved"));
    EXPECT_THAT(error->where, HasSubstr("board.tessera"));
}

TEST_F(SessionFile, PathsOfAnAutosavedOneAreAbsoluteAndPastedImagesLieBeside) {
    Session session;
    session.addRows({fileRow("a.png"), {.bytes = SharedBytes(bytesOf("bytes")), .name = "pasted 1"}});
    int kept = 0;
    const auto keep = [&](const SourceRequest& request) {
        ++kept;
        QFile file(at("one.image"));
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(pastedBytes(request));
        return QStringLiteral("one.image");
    };
    ASSERT_FALSE(writeSession(at("session.tessera"), {.state = session.state(), .savedAs = "/home/me/board.tessera", .modified = true}, keep));
    EXPECT_EQ(kept, 1);
    QFile file(at("session.tessera"));
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    EXPECT_THAT(file.readAll().toStdString(), Not(HasSubstr("\"path\"")));
    const auto read = readSession(at("session.tessera"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read.value().savedAs, u"/home/me/board.tessera");
    EXPECT_TRUE(read.value().modified);
    EXPECT_EQ(pastedBytes(read.value().state.rows[1].request), "bytes");
}

TEST_F(SessionFile, CopyingAThousandRowsForTheJournalCostsNoFrame) {
    Session session;
    std::vector<SourceRequest> rows;
    for (int i = 0; i < 1000; ++i) rows.push_back({.path = "/home/somebody/Pictures/holiday/image_" + std::to_string(i) + ".jpg"});
    session.addRows(std::move(rows));
    for (const Row& row : std::vector<Row>(session.rows())) session.setRowInfo(row.id, {.contentHash = "0123456789abcdef0123456789abcdef"});
    QElapsedTimer clock;
    qint64 least = std::numeric_limits<qint64>::max();
    for (int run = 0; run < 5; ++run) {
        clock.start();
        const SessionState state = session.state();
        least = std::min(least, clock.nsecsElapsed());
        EXPECT_EQ(state.rows.size(), 1000u);
    }
    RecordProperty("microseconds", static_cast<int>(least / 1000));
    EXPECT_LT(least, 16'000'000);
}

}  // namespace
}  // namespace tessera::test
