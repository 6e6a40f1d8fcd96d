// SPDX-License-Identifier: Apache-2.0
// Lenses that compare input and reconstruction.
#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "engine/lenses/lens_cases.h"

namespace tessera::test {
namespace {

constexpr const char* kModel = "mini-autoencoder";

class PixelLenses : public LensTest {
protected:
    /// Row of the most power; columns: 1 input, 2 reconstruction, 3 error.
    static std::size_t peak(const Table& table, std::size_t curve) {
        std::size_t best = 0;
        for (std::size_t row = 1; row < table.rows(); ++row) {
            if (table.at(row, curve) > table.at(best, curve)) best = row;
        }
        return best;
    }
};

TEST_F(PixelLenses, TheSpectrumOfASinePeaksAtItsFrequency) {
    for (const int cycles : {5, 12, 30}) {
        const Image sine = floatImage(96, 96, [&](int x, int, int) { return 0.5F + 0.4F * static_cast<float>(std::sin(2 * std::numbers::pi * cycles * x / 96)); });
        const Table table = picture("spectrum", cell(kModel, sine), whole()).table;
        ASSERT_EQ(table.columns.size(), 4u);
        ASSERT_EQ(table.rows(), 48u);
        EXPECT_NEAR(table.at(peak(table, 1), 0), cycles / 96.0, 1e-9) << cycles;
        // Away from it and its window's two neighbours there is nothing.
        for (std::size_t row = 0; row < table.rows(); ++row) {
            if (std::abs(static_cast<int>(row) + 1 - cycles) <= 2) continue;
            EXPECT_LT(table.at(row, 1), 1e-6 * table.at(peak(table, 1), 1)) << cycles << ", " << row;
        }
    }
}

TEST_F(PixelLenses, FrequenciesOfADiagonalOnAnOblongPictureAreTrue) {
    // 16 cycles over 128 px across and 6 over 64 px down: hypot(0.125, 0.09375) = 0.15625 cycles per pixel.
    const Image wave = floatImage(128, 64, [](int x, int y, int) { return 0.5F + 0.4F * static_cast<float>(std::sin(2 * std::numbers::pi * (16 * x / 128.0 + 6 * y / 64.0))); });
    const Table table = picture("spectrum", cell(kModel, wave), whole()).table;
    ASSERT_EQ(table.rows(), 32u);
    EXPECT_NEAR(table.at(peak(table, 1), 0), 0.15625, 1e-9);
}

TEST_F(PixelLenses, WhiteNoiseHasItsVarianceAtEveryFrequency) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0.5F, 0.1F);
    const Image noise = floatImage(256, 256, [&](int, int, int) { return normal(random); });
    const Table table = picture("spectrum", cell(kModel, noise), whole()).table;
    ASSERT_EQ(table.rows(), 128u);
    double mean = 0;
    for (std::size_t row = 16; row < table.rows(); ++row) {
        EXPECT_NEAR(table.at(row, 1), 0.01, 0.003) << row;
        mean += table.at(row, 1) / static_cast<double>(table.rows() - 16);
    }
    EXPECT_NEAR(mean, 0.01, 2e-4);
}

TEST_F(PixelLenses, TheErrorsSpectrumIsThatOfTheDifference) {
    const auto field = [](int x, int y, int c) { return 0.5F + 0.2F * std::sin(static_cast<float>(x * (c + 1)) * 0.3F) * std::cos(static_cast<float>(y) * 0.21F); };
    const CellRef original = cell(kModel, floatImage(64, 64, field));
    const Table table = picture("spectrum", original, whole()).table;
    const Picture difference = picture("difference", original, whole());
    const auto samples = floats(difference.image);
    // As a picture of its own, around mid grey: the mean does not count.
    const Image error = floatImage(64, 64, [&](int x, int y, int c) { return 0.5F + samples[static_cast<std::size_t>((y * 64 + x) * 5 + c)]; });
    const Table own = picture("spectrum", cell(kModel, error), whole()).table;
    for (std::size_t row = 0; row < table.rows(); ++row) EXPECT_NEAR(table.at(row, 3), own.at(row, 1), 1e-3 * own.at(row, 1) + 1e-10) << row;
}

TEST_F(PixelLenses, TheSsimMapsMeanIsTheMeasure) {
    const auto field = [](int x, int y, int c) { return 0.5F + 0.4F * std::sin(static_cast<float>(x * y * (c + 1)) * 0.05F); };
    const Picture shown = picture("difference", cell(kModel, floatImage(80, 56, field)), whole({{"kind", std::string("ssim")}}));
    ASSERT_EQ(shown.mapping, FieldMapping::Ssim);
    ASSERT_EQ(shown.image.channels(), 5);
    ASSERT_TRUE(shown.legend);
    EXPECT_EQ(shown.legend->label, "1 − SSIM");
    double sum = 0;
    for (int y = 5; y < 51; ++y) {
        for (int x = 5; x < 75; ++x) sum += 1.0 - static_cast<double>(shown.image.at(x, y, 4));
    }
    const double mean = sum / (46 * 70);
    ASSERT_TRUE(shown.measure("ssim")->value);
    EXPECT_LT(mean, 0.99) << "or nothing is tested";
    EXPECT_NEAR(mean, *shown.measure("ssim")->value, 1e-6);
}

}  // namespace
}  // namespace tessera::test
