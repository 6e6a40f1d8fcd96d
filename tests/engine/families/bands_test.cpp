// SPDX-License-Identifier: Apache-2.0
// Whole networks that compute in bands of rows against the same in one piece. In this process, so that the bands can be made small.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "local/local_engine.h"
#include "support/golden_case.h"
#include "support/model_folder.h"
#include "support/test_engine.h"
#include "testing/layer_probes.h"

namespace tessera::test {
namespace {

/// A picture with structure at every scale, and darker at its end: norms of a band would differ from those of the picture.
Image testPicture(int width, int height) {
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const double waves = std::sin(x * 0.09 + c) * std::cos(y * 0.06 - c) + 0.5 * std::sin(x * 0.9 + y * 1.1);
                pixels.push_back(static_cast<std::uint8_t>((127 + 80 * waves) * (1.0 - 0.7 * y / height)));
            }
        }
    }
    return Image(width, height, 3, SharedArray<std::uint8_t>(std::move(pixels)));
}

class Bands : public testing::Test {
protected:
    void TearDown() override { testing_probes::setBandBytes(0); }

    /// A fresh engine each time: nothing is cached.
    Picture reconstructed(const std::string& model, std::int64_t bandBytes, Precision precision = Precision::Fp32, int width = 152, int height = 264) {
        testing_probes::setBandBytes(bandBytes);
        const auto engine = makeLocalEngine({.device = "cpu", .resourceDirectory = TESSERA_SOURCE_DIR "/resources"});
        const auto opened = openModel(*engine, model, precision);
        if (!opened) throw std::runtime_error(toLine(opened.error()));
        const SourceId source = engine->addSource({.pixels = testPicture(width, height), .name = "test"});
        const auto picture = askFor(*engine, {"reconstruction", {.source = source, .model = opened.value().id}, {{"size", std::int64_t(0)}, {"crop", std::string("whole")}}});
        if (!picture) throw std::runtime_error(toLine(picture.error()));
        return picture.value();
    }

    struct Distance {
        double mean = 0, largest = 0, spread = 0;
    };
    static Distance between(const Image& a, const Image& b) {
        const auto x = std::get<SharedArray<float>>(a.samples()).span(), y = std::get<SharedArray<float>>(b.samples()).span();
        EXPECT_EQ(x.size(), y.size());
        Distance distance;
        const auto [low, high] = std::ranges::minmax(x);
        distance.spread = high - low;
        for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
            const double each = std::abs(x[i] - y[i]);
            distance.mean += each / static_cast<double>(x.size());
            if (!(each <= distance.largest)) distance.largest = each;
        }
        return distance;
    }
};

constexpr std::int64_t kWhole = std::int64_t(1) << 40, kSmallest = 1;  // the smallest bands are 8 rows, so a seam is never 16 px away

TEST_F(Bands, TheEmbeddedModelGivesTheSamePicture) {
    const Picture whole = reconstructed("mini-autoencoder", kWhole), banded = reconstructed("mini-autoencoder", kSmallest);
    const Distance distance = between(whole.image, banded.image);
    EXPECT_GT(distance.spread, 0.5);
    EXPECT_LT(distance.mean, 1e-6);
    EXPECT_LT(distance.largest, 1e-4);
    EXPECT_TRUE(banded.notes.empty()) << banded.notes.front().text;
}

TEST_F(Bands, TheEmbeddedModelInBf16StaysFarBelowOneStepOfAnEightBitPicture) {
    const Distance distance = between(reconstructed("mini-autoencoder", kWhole, Precision::Bf16).image, reconstructed("mini-autoencoder", kSmallest, Precision::Bf16).image);
    EXPECT_LT(distance.mean, 0.1 / 255);
}

TEST_F(Bands, PixelAutoencodersGiveTheSamePicture) {
    // Every layout: attention in the middle, at levels, convolutions behind the latents, norms of few groups.
    for (const char* name : {"autoencoder_kl/flux1_dev_vae", "autoencoder_kl/flux_ae_bfl", "autoencoder_kl/sd_vae_ft_mse_old_attn", "tessera_autoencoder/tiny"}) {
        const std::string model = std::string(TESSERA_SOURCE_DIR "/tests/golden/") + name + "/model";
        const Image whole = reconstructed(model, kWhole, Precision::Fp32, 48, 72).image, banded = reconstructed(model, kSmallest, Precision::Fp32, 48, 72).image;
        const Distance distance = between(whole, banded);
        EXPECT_GT(distance.spread, 0.01) << name;
        EXPECT_LT(distance.largest, 2e-4 * std::max(1.0, distance.spread)) << name;
    }
}

TEST_F(Bands, ABatchOfLatentsGivesTheSamePictures) {
    ModelFolder folder("autoencoder_kl/flux1_dev_vae");
    const std::string model = folder.write();
    std::vector<float> values(2 * 16 * 18 * 12);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(0.37f * float(i)) + 0.2f * std::cos(0.011f * float(i));
    const auto decoded = [&](std::int64_t bandBytes) {
        testing_probes::setBandBytes(bandBytes);
        const auto engine = makeLocalEngine({.device = "cpu", .resourceDirectory = TESSERA_SOURCE_DIR "/resources"});
        const auto opened = openModel(*engine, model);
        if (!opened) throw std::runtime_error(toLine(opened.error()));
        const std::int64_t channels = opened.value().latentChannels;
        const std::vector<float> part(values.begin(), values.begin() + 2 * channels * 18 * 12);
        const auto pictures = wait<std::vector<Picture>>(
            [&](auto observer) { return engine->decode(opened.value().id, {{"latents", float32Tensor({2, channels, 18, 12}, part)}}, std::move(observer)); });
        if (!pictures) throw std::runtime_error(toLine(pictures.error()));
        return pictures.value();
    };
    const auto whole = decoded(kWhole), banded = decoded(kSmallest);
    ASSERT_EQ(whole.size(), 2u);
    EXPECT_GT(between(whole[0].image, whole[1].image).largest, 1e-3) << "the samples should differ";
    for (int i : {0, 1}) EXPECT_LT(between(whole[i].image, banded[i].image).largest, 2e-4);
}

TEST_F(Bands, AStopIsNoticedBeforeTheNetworkIsDone) {
    testing_probes::setBandBytes(kSmallest);
    const auto engine = makeLocalEngine({.device = "cpu", .resourceDirectory = TESSERA_SOURCE_DIR "/resources"});
    const auto model = openModel(*engine, "mini-autoencoder");
    ASSERT_TRUE(model);
    Query query{"reconstruction", {.source = engine->addSource({.pixels = testPicture(512, 512), .name = "test"}), .model = model.value().id}, {{"size", std::int64_t(0)}}};
    std::promise<void> decoding;
    std::atomic<bool> begun = false;
    auto answer = std::make_shared<std::promise<Result<Picture>>>();
    auto answered = answer->get_future();
    Observer<Picture> observer;
    observer.onDone = [answer](Result<Picture> result) { answer->set_value(std::move(result)); };
    observer.onProgress = [&](const Progress& progress) {
        if (progress.stage.find("decoding") != std::string::npos && !begun.exchange(true)) decoding.set_value();
    };
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    Subscription job = engine->request(query, Priority::Visible, std::move(observer));
    decoding.get_future().wait();
    const auto encoded = Clock::now() - start;
    job = {};
    const auto result = answered.get();
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.cancelled());
    // The device is free for the next picture long before the decoder, which takes longer than the encoder, would be done.
    const auto stopped = Clock::now();
    query.cell.source = engine->addSource({.pixels = testPicture(16, 16), .name = "small"});
    ASSERT_TRUE(askFor(*engine, query));
    EXPECT_LT(Clock::now() - stopped, encoded / 2);
}

}  // namespace
}  // namespace tessera::test
