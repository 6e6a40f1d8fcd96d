// SPDX-License-Identifier: GPL-3.0-or-later
// A photograph through host and board on the real engine, as the studio has them.
#include <cmath>
#include <cstdlib>
#include <fstream>

#include <QImage>

#include "support/temporary_folder.h"
#include "widgets/bridge/board_fixture.h"

namespace tessera::test {
namespace {

using namespace ui;
using enum CellState;
using testing::Each;

constexpr int kWidth = 400, kHeight = 300;

class RealEngine : public testing::Test {
protected:
    void SetUp() override {
        setenv("TESSERA_ENGINE", TESSERA_ENGINE_LIBRARY, 1);
        session.setInitialModel({"mini-autoencoder", Precision::Fp32});
        host.open({.device = "cpu", .resourceDirectory = TESSERA_SOURCE_DIR "/resources"});
    }
    /// A smooth picture with a left edge of red and a right edge of blue.
    std::string writePhoto(const std::string& name) {
        QImage photo(kWidth, kHeight, QImage::Format_RGB888);
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) {
                const int wave = static_cast<int>(40 * std::sin(x * 0.05) * std::cos(y * 0.04));
                photo.setPixelColor(x, y, QColor(200 - 150 * x / kWidth + wave, 100 + wave, 50 + 150 * x / kWidth - wave));
            }
        }
        const std::string path = folder / name;
        EXPECT_TRUE(photo.save(QString::fromStdString(path), "PNG"));
        return path;
    }
    bool settled(RowId row) const {
        for (int column = 0; column < 3; ++column) {
            const CellState state = board.cell(row, column).state;
            if (state == Waiting || state == Running) return false;
        }
        return true;
    }
    std::string errorOf(RowId row, int column) const {
        const auto& error = board.cell(row, column).error;
        return error ? toLine(*error) : std::string();
    }

    TemporaryFolder folder;
    Session session;
    EngineHost host;
    CellBoard board{session, host};
};

TEST_F(RealEngine, ShowsAPhotographReconstructed) {
    const RowId row = session.addRows({{.path = writePhoto("photo.png")}})[0];
    ASSERT_TRUE(waitUntil([&] { return settled(row) && !session.find(row)->thumbnail.isNull(); }));
    ASSERT_FALSE(host.error()) << toLine(*host.error());
    ASSERT_FALSE(host.modelError()) << toLine(*host.modelError());
    for (int column = 0; column < 3; ++column) EXPECT_EQ(board.cell(row, column).state, Done) << errorOf(row, column);
    const auto input = board.cell(row, kInput).picture, reconstruction = board.cell(row, kReconstruction).picture, difference = board.cell(row, kDifference).picture;
    ASSERT_TRUE(input && reconstruction && difference);
    EXPECT_EQ(reconstruction->image.width(), 256);
    EXPECT_EQ(reconstruction->image.height(), 256);
    const Measure* psnr = reconstruction->measure("psnr");
    ASSERT_TRUE(psnr && psnr->value);
    EXPECT_GT(*psnr->value, 24) << "a smooth picture is easy to keep";
    // It is this picture: red on the left, blue on the right, as in the file.
    EXPECT_GT(reconstruction->image.at(8, 128, 0), reconstruction->image.at(8, 128, 2));
    EXPECT_LT(reconstruction->image.at(247, 128, 0), reconstruction->image.at(247, 128, 2));
    EXPECT_EQ(difference->mapping, FieldMapping::Absolute);
    const Row& known = *session.find(row);
    EXPECT_EQ(known.state, RowState::Ready);
    EXPECT_EQ(known.info->format, "PNG");
    EXPECT_EQ(known.info->width, kWidth);
    EXPECT_EQ(known.thumbnail.size(), QSize(192, 144));
    EXPECT_GT(known.thumbnail.pixelColor(2, 72).red(), known.thumbnail.pixelColor(2, 72).blue());

    session.setParameter(kDifference, "kind", std::string("signed"));
    ASSERT_TRUE(waitUntil([&] { return board.cell(row, kDifference).picture->mapping == FieldMapping::Signed; }));
    EXPECT_EQ(board.cell(row, kDifference).state, Done);
}

TEST_F(RealEngine, ABrokenFileHarmsNothingElse) {
    std::ofstream(folder / "cut.png") << "\x89PNG\r\n\x1a\n";
    const auto rows = session.addRows({{.path = folder / "cut.png"}, {.path = writePhoto("photo.png")}, {.path = folder / "gone.png"}});
    ASSERT_TRUE(waitUntil([&] { return session.find(rows[0])->state == RowState::Failed; }));
    for (int column = 0; column < 3; ++column) EXPECT_EQ(board.cell(rows[0], column).state, Failed);
    EXPECT_EQ(session.find(rows[0])->error->where, folder / "cut.png");
    session.setCurrentRow(rows[1]);
    ASSERT_TRUE(waitUntil([&] { return settled(rows[1]); }));
    EXPECT_EQ(board.cell(rows[1], kReconstruction).state, Done) << errorOf(rows[1], kReconstruction);
    session.setCurrentRow(rows[2]);
    ASSERT_TRUE(waitUntil([&] { return session.find(rows[2])->state == RowState::Failed; }));
    EXPECT_EQ(session.find(rows[2])->error->code, ErrorCode::NotFound);

    // The file comes after all.
    writePhoto("gone.png");
    board.retry(rows[2]);
    ASSERT_TRUE(waitUntil([&] { return settled(rows[2]) && session.find(rows[2])->state == RowState::Ready; }));
    EXPECT_EQ(board.cell(rows[2], kReconstruction).state, Done) << errorOf(rows[2], kReconstruction);
}

TEST_F(RealEngine, AModelThatIsNoneIsASentence) {
    session.chooseModel({folder / "nothing.safetensors", Precision::Auto});
    ASSERT_TRUE(waitUntil([&] { return host.modelError().has_value(); }));
    EXPECT_THAT(toLine(*host.modelError()), testing::HasSubstr("nothing.safetensors"));
    session.undoStack().undo();
    ASSERT_TRUE(waitUntil([&] { return host.model().has_value(); }));
    EXPECT_EQ(host.model()->name, "mini-autoencoder");
}

TEST_F(RealEngine, GoesWhileItWorks) {
    session.addRows({{.path = writePhoto("photo.png")}});
    session.setParameter(-1, "size", std::int64_t(1024));
    ASSERT_TRUE(waitUntil([&] { return board.totals().running == 3 && host.model(); }));
    // Board, host and engine go at the end of the test, with the decoder running.
}

}  // namespace
}  // namespace tessera::test
