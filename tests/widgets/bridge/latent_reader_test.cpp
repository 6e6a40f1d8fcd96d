// SPDX-License-Identifier: GPL-3.0-or-later
// Latents at a place, on the real engine.
#include "bridge/latent_reader.h"

#include <cmath>
#include <cstring>

#include <QElapsedTimer>
#include <QImage>

#include "bridge/qt_executor.h"
#include "support/temporary_folder.h"
#include "widgets/bridge/board_fixture.h"

namespace tessera::test {
namespace {

using namespace ui;
using State = LatentVector::State;

constexpr int kWidth = 400, kHeight = 300, kSide = 256, kCell = 8;

class Latents : public testing::Test {
protected:
    void SetUp() override {
        setenv("TESSERA_ENGINE", TESSERA_ENGINE_LIBRARY, 1);
        session.setInitialModel({"mini-autoencoder", Precision::Fp32});
        host.open({.device = "cpu", .resourceDirectory = TESSERA_SOURCE_DIR "/resources"});
        QImage photo(kWidth, kHeight, QImage::Format_RGB888);
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) photo.setPixelColor(x, y, QColor(x * 255 / kWidth, y * 255 / kHeight, (x * 7 + y * 3) % 256));
        }
        ASSERT_TRUE(photo.save(QString::fromStdString(folder / "photo.png")));
        row = session.addRows({{.path = folder / "photo.png"}}).front();
        ASSERT_TRUE(waitUntil([&] { return board.cell(row, 0).state == CellState::Done && board.cell(row, 1).state == CellState::Done; }));
        QObject::connect(&reader, &LatentReader::answered, &reader, [this] { ++answers; });
    }
    /// What the engine itself gives for the row, [1,C,h,w].
    HostTensor encoded() {
        std::optional<TensorMap> tensors;
        Observer<TensorMap> observer;
        observer.executor = guiExecutor(&reader);
        observer.onDone = [&](const Result<TensorMap>& result) {
            if (result) tensors = result.value();
        };
        const Subscription job = host.engine()->encode({.source = board.source(row), .model = host.model()->id}, {{"size", std::int64_t(kSide)}, {"crop", std::string("square")}}, std::move(observer));
        EXPECT_TRUE(waitUntil([&] { return tensors.has_value(); }));
        return tensors ? tensors->at("latents") : HostTensor();
    }
    std::vector<LatentVector> readAt(double x, double y) {
        const int before = answers;
        const auto first = reader.read(row, x, y);
        const bool waits = !first.empty() && first.front().state == State::Waiting;
        EXPECT_TRUE(!waits || waitUntil([&] { return answers > before; }));
        return reader.read(row, x, y);
    }

    TemporaryFolder folder;
    Session session;
    EngineHost host;
    CellBoard board{session, host};
    LatentReader reader{session, board, host};
    RowId row{};
    int answers = 0;
};

TEST_F(Latents, AreThoseThatTheEngineEncodes) {
    const HostTensor truth = encoded();
    ASSERT_EQ(truth.type, DType::F32);
    ASSERT_EQ(truth.shape.size(), 4U);
    const auto channels = static_cast<int>(truth.shape[1]), rows = static_cast<int>(truth.shape[2]), columns = static_cast<int>(truth.shape[3]);
    EXPECT_EQ(rows, kSide / kCell);
    // The model is given the square in the middle, 300 pixels wide, from x 50 on.
    struct Place {
        double x, y;
    };
    for (const Place& place : {Place{50.5, 0.5}, Place{200, 150}, Place{349, 299}, Place{123.4, 222.2}}) {
        const auto vectors = readAt(place.x, place.y);
        ASSERT_EQ(vectors.size(), 1U);
        const LatentVector& vector = vectors.front();
        ASSERT_EQ(vector.state, State::Ready);
        EXPECT_EQ(vector.column, int((place.x - 50) / 300 * kSide / kCell)) << place.x;
        EXPECT_EQ(vector.row, int(place.y / 300 * kSide / kCell)) << place.y;
        ASSERT_EQ(vector.channels.size(), std::size_t(channels));
        for (int channel = 0; channel < channels; ++channel) {
            float value = 0;
            std::memcpy(&value, truth.bytes.data() + sizeof(float) * ((std::size_t(channel) * rows + vector.row) * columns + vector.column), sizeof value);
            EXPECT_EQ(vector.channels[channel], value) << "channel " << channel;
        }
    }
    EXPECT_EQ(answers, 1) << "asked once, read at four places";
}

TEST_F(Latents, APlaceThatWasCutOffHasNone) {
    const auto vectors = readAt(10, 150);
    ASSERT_EQ(vectors.size(), 1U);
    EXPECT_EQ(vectors.front().state, State::Outside);
    EXPECT_TRUE(vectors.front().channels.empty());
}

TEST_F(Latents, AnotherSizeIsEncodedAnew) {
    ASSERT_EQ(readAt(200, 150).front().rows, kSide / kCell);
    session.setParameter(-1, "size", std::int64_t(128));
    ASSERT_TRUE(waitUntil([&] { return !board.cell(row, 1).outdated && board.cell(row, 1).picture->image.width() == 128; }));
    const auto vectors = readAt(200, 150);
    EXPECT_EQ(vectors.front().rows, 16);
    EXPECT_EQ(vectors.front().row, 8);
    EXPECT_EQ(answers, 2);
}

TEST_F(Latents, EveryModelOfTheBoardHasItsOwn) {
    session.editColumns("add", withModel(session.groups(), {"mini-autoencoder", Precision::Bf16}, session.nextLensId()));
    ASSERT_TRUE(waitUntil([&] { return host.modelOf({"mini-autoencoder", Precision::Bf16}).info.has_value(); }));
    reader.read(row, 200, 150);
    ASSERT_TRUE(waitUntil([&] { return answers == 2; }));
    const auto vectors = reader.read(row, 200, 150);
    ASSERT_EQ(vectors.size(), 2U);
    ASSERT_EQ(vectors[0].channels.size(), vectors[1].channels.size());
    EXPECT_EQ(vectors[1].model.precision, Precision::Bf16);
    EXPECT_NE(vectors[0].channels, vectors[1].channels) << "bf16 rounds";
    for (std::size_t i = 0; i < vectors[0].channels.size(); ++i) EXPECT_NEAR(vectors[0].channels[i], vectors[1].channels[i], 0.25 + 0.1 * std::abs(vectors[0].channels[i])) << i;
}

TEST_F(Latents, WhoeverRestsIsNotAnswered) {
    reader.read(row, 200, 150);
    reader.rest();
    QElapsedTimer clock;
    clock.start();
    waitUntil([&] { return clock.elapsed() > 400; });
    EXPECT_EQ(answers, 0);
    EXPECT_EQ(readAt(200, 150).front().state, State::Ready) << "and can ask again";
}

}  // namespace
}  // namespace tessera::test
