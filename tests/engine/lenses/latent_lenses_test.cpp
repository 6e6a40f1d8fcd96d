// SPDX-License-Identifier: Apache-2.0
// What the lenses over latents show, against latents that the upstream libraries recorded and arithmetic written out here.
#include <array>
#include <cmath>
#include <filesystem>
#include <functional>
#include <numeric>

#include "engine/lenses/lens_cases.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

/// The flux1_dev_vae case: 48 x 32 px to 16 channels of 6 x 4, with a variance.
class LatentLenses : public LensTest {
protected:
    static constexpr int kChannels = 16, kPositions = 24;

    LatentLenses() {
        for (const GoldenCase& each : goldenCases("autoencoder_kl")) {
            if (each.name() == "autoencoder_kl/flux1_dev_vae") m_case.emplace(each);
        }
        const TensorMap in = m_case->tensors("in."), out = m_case->tensors("out.");
        const std::vector<double> image = valuesOf(in.at("in.image"));
        m_cell = cell(m_case->model().string(), floatImage(48, 32, [&](int x, int y, int c) { return static_cast<float>(image[static_cast<std::size_t>((c * 32 + y) * 48 + x)]); }));
        m_mean = valuesOf(out.at("out.latents"));
        m_logvar = valuesOf(out.at("out.logvar"));
    }
    std::span<const double> plane(const std::vector<double>& of, int channel) const { return std::span(of).subspan(static_cast<std::size_t>(channel) * kPositions, kPositions); }

    std::optional<GoldenCase> m_case;
    CellRef m_cell;
    std::vector<double> m_mean, m_logvar;
};

TEST_F(LatentLenses, AChannelIsTheRecordedPlane) {
    for (const int channel : {0, 7, 15}) {
        const Picture shown = picture("latent_channel", m_cell, whole({{"channel", std::int64_t(channel)}}));
        ASSERT_EQ(shown.image.channels(), 1);
        ASSERT_EQ(shown.image.width(), 6);
        ASSERT_EQ(shown.image.height(), 4);
        const auto recorded = plane(m_mean, channel);
        const auto values = floats(shown.image);
        for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], recorded[i], 1e-4 + 1e-3 * std::abs(recorded[i])) << channel << ", " << i;
        EXPECT_EQ(shown.mapping, FieldMapping::Scalar);
        ASSERT_TRUE(shown.legend);
        EXPECT_EQ(shown.legend->unit, Unit::LatentUnits);
        EXPECT_EQ(static_cast<float>(shown.legend->low), *std::ranges::min_element(values));
        EXPECT_EQ(static_cast<float>(shown.legend->high), *std::ranges::max_element(values));
        EXPECT_EQ(shown.region, (Picture::Region{0, 0, 48, 32})) << "lies on all of its source";
    }
}

TEST_F(LatentLenses, AChannelThatTheModelLacksIsRefused) {
    const auto result = askFor(*s_engine, {"latent_channel", m_cell, whole({{"channel", std::int64_t(16)}})});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Invalid);
    EXPECT_THAT(toLine(result.error()), HasSubstr("16 latent channels (channel 16): use 0 to 15"));
}

TEST_F(LatentLenses, PcaIsThatOfTheRecordedLatents) {
    std::vector<std::vector<double>> centred;
    for (int c = 0; c < kChannels; ++c) {
        const auto values = plane(m_mean, c);
        const double mean = std::accumulate(values.begin(), values.end(), 0.0) / kPositions;
        auto& to = centred.emplace_back();
        for (const double value : values) to.push_back(value - mean);
    }
    std::vector<std::vector<double>> covariance(kChannels, std::vector<double>(kChannels));
    double total = 0;
    for (std::size_t a = 0; a < kChannels; ++a) {
        for (std::size_t b = 0; b < kChannels; ++b) covariance[a][b] = std::inner_product(centred[a].begin(), centred[a].end(), centred[b].begin(), 0.0) / kPositions;
        total += covariance[a][a];
    }
    const auto pairs = leadingPairs(covariance, 3);
    const Picture shown = picture("latent_pca", m_cell, whole());
    ASSERT_EQ(shown.image.width(), 6);
    ASSERT_EQ(shown.image.channels(), 3);
    EXPECT_EQ(shown.mapping, FieldMapping::Colour);
    ASSERT_EQ(shown.table.rows(), 3u);
    const auto rgb = floats(shown.image);
    for (std::size_t k = 0; k < 3; ++k) {
        const double deviation = std::sqrt(pairs[k].value);
        EXPECT_NEAR(*shown.measures[k].value, pairs[k].value / total, 1e-4);
        EXPECT_NEAR(shown.table.at(k, 1), pairs[k].value / total, 1e-4);
        EXPECT_NEAR(shown.table.at(k, 2), deviation, 1e-3 * deviation);
        for (std::size_t i = 0; i < kPositions; ++i) {
            double score = 0;
            for (std::size_t c = 0; c < kChannels; ++c) score += pairs[k].vector[c] * centred[c][i];
            EXPECT_NEAR(rgb[i * 3 + k], 0.5 + score / deviation / 5, 2e-3) << "component " << k << ", position " << i;
        }
    }
    EXPECT_THAT(shown.summary, HasSubstr("% of variance"));
    ASSERT_FALSE(shown.notes.empty());
    EXPECT_THAT(shown.notes.back().text, HasSubstr("-2.5 to +2.5"));
}

TEST_F(LatentLenses, PcaIsTheSameInANewEngine) {
    const Picture shown = picture("latent_pca", m_cell, whole());
    const auto other = openCpuEngine(0);
    const auto model = openModel(*other, m_case->model().string());
    ASSERT_TRUE(model);
    const auto input = picture("input", m_cell, whole()).image;
    const auto again = askFor(*other, {"latent_pca", {.source = other->addSource({.pixels = input, .name = "test"}), .model = model.value().id}, whole()});
    ASSERT_TRUE(again) << toLine(again.error());
    EXPECT_EQ(floats(again.value().image), floats(shown.image));
}

TEST_F(LatentLenses, AFlatPictureHasNoComponentsButMidGrey) {
    // One latent position only: no variance at all.
    const Picture shown = picture("latent_pca", cell(m_case->model().string(), floatImage(8, 8, [](int x, int y, int) { return static_cast<float>(x + y) / 16; })), whole());
    EXPECT_EQ(floats(shown.image), (std::vector<float>{0.5F, 0.5F, 0.5F}));
    EXPECT_EQ(shown.table.at(0, 1), 0);
}

TEST_F(LatentLenses, StatisticsAreThoseOfTheRecordedPosterior) {
    const Picture shown = picture("channel_statistics", m_cell, whole());
    const Table& table = shown.table;
    std::vector<std::string> names;
    for (const auto& column : table.columns) names.push_back(column.name);
    EXPECT_EQ(names, (std::vector<std::string>{"channel", "mean", "std", "min", "max", "kl"}));
    ASSERT_EQ(table.rows(), static_cast<std::size_t>(kChannels));
    double divergence = 0;
    for (int c = 0; c < kChannels; ++c) {
        const auto mean = plane(m_mean, c), logvar = plane(m_logvar, c);
        double sum = 0, squares = 0, kl = 0;
        for (std::size_t i = 0; i < kPositions; ++i) {
            sum += mean[i];
            squares += mean[i] * mean[i];
            kl += 0.5 * (mean[i] * mean[i] + std::exp(logvar[i]) - 1.0 - logvar[i]);
        }
        const double average = sum / kPositions;
        const std::array expected{double(c), average, std::sqrt(squares / kPositions - average * average), *std::ranges::min_element(mean), *std::ranges::max_element(mean), kl};
        for (std::size_t column = 0; column < expected.size(); ++column) {
            EXPECT_NEAR(table.at(static_cast<std::size_t>(c), column), expected[column], 1e-4 + 1e-3 * std::abs(expected[column])) << c << ", " << names[column];
        }
        divergence += kl;
    }
    ASSERT_TRUE(shown.measure("kl")->value);
    EXPECT_NEAR(*shown.measure("kl")->value, divergence, 1e-3 * divergence);
}

TEST_F(LatentLenses, BarsStandWhereTheNumbersAre) {
    const Picture shown = picture("channel_statistics", m_cell, whole());
    ASSERT_EQ(shown.mapping, FieldMapping::Colour);
    // Orange bars of divergence: the channel with the most has the highest, and each is as high as its number says.
    std::vector<double> heights, numbers;
    const int left = 84, right = shown.image.width() - 16;
    for (int c = 0; c < kChannels; ++c) {
        const int x = static_cast<int>(left + (c + 0.5) * (right - left) / kChannels);
        int height = 0;
        for (int y = 0; y < shown.image.height(); ++y) height += shown.image.at(x, y, 0) > 0.9F && shown.image.at(x, y, 2) < 0.3F;
        heights.push_back(height);
        numbers.push_back(shown.table.at(static_cast<std::size_t>(c), 5));
    }
    const double most = *std::ranges::max_element(numbers), highest = *std::ranges::max_element(heights);
    ASSERT_GT(highest, 40);
    for (std::size_t c = 0; c < kChannels; ++c) EXPECT_NEAR(heights[c] / highest, numbers[c] / most, 1.5 / highest) << c;
}

}  // namespace
}  // namespace tessera::test
