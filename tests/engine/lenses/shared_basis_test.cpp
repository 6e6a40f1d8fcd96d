// SPDX-License-Identifier: Apache-2.0
// latent_pca with one basis for several pictures, against the recorded latents of both.
#include <array>

#include "engine/lenses/lens_cases.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

class SharedBasis : public GoldenLensTest {
protected:
    ParameterSet shared() const { return whole({{"basis", std::string("shared")}}); }
    /// The value of a channel at position i of both pictures' 2 x 24 together.
    double at(int channel, int i) const { return latent(i / 24, channel, i % 24 / kColumns, i % kColumns); }
    CellRef noisePicture(int seed) {
        return cell(m_case->model().string(), floatImage(32, 24, [seed](int x, int y, int c) { return static_cast<float>((x * 7919 + y * 104729 + c * 1299709 + seed * 15485863) % 1000) / 1000; }));
    }
};

TEST_F(SharedBasis, TwoPicturesAreDrawnInTheComponentsOfTheirPooledCovariance) {
    constexpr int kPositions = 48;
    std::array<double, kChannels> mean{};
    for (int c = 0; c < kChannels; ++c) {
        for (int i = 0; i < kPositions; ++i) mean[static_cast<std::size_t>(c)] += at(c, i) / kPositions;
    }
    const auto centred = [&](int c, int i) { return at(c, i) - mean[static_cast<std::size_t>(c)]; };
    std::vector<std::vector<double>> covariance(kChannels, std::vector<double>(kChannels));
    double total = 0;
    for (int a = 0; a < kChannels; ++a) {
        for (int b = 0; b < kChannels; ++b) {
            for (int i = 0; i < kPositions; ++i) covariance[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)] += centred(a, i) * centred(b, i) / kPositions;
        }
        total += covariance[static_cast<std::size_t>(a)][static_cast<std::size_t>(a)];
    }
    const auto pairs = leadingPairs(covariance, 3);
    for (int sample = 0; sample < 2; ++sample) {
        const Picture shown = picture("latent_pca", m_cells[static_cast<std::size_t>(sample)], shared(), {m_cells[static_cast<std::size_t>(1 - sample)]});
        const auto rgb = floats(shown.image);
        ASSERT_EQ(rgb.size(), 72u);
        for (std::size_t k = 0; k < 3; ++k) {
            const double deviation = std::sqrt(pairs[k].value);
            EXPECT_NEAR(shown.table.at(k, 1), pairs[k].value / total, 1e-3);
            EXPECT_NEAR(shown.table.at(k, 2), deviation, 1e-3 * deviation);
            for (int i = 0; i < 24; ++i) {
                double score = 0;
                for (int c = 0; c < kChannels; ++c) score += pairs[k].vector[static_cast<std::size_t>(c)] * centred(c, sample * 24 + i);
                EXPECT_NEAR(rgb[static_cast<std::size_t>(i) * 3 + k], 0.5 + score / deviation / 5, 3e-3) << "component " << k << ", position " << i << ", sample " << sample;
            }
        }
        EXPECT_THAT(shown.summary, HasSubstr("shared by 2"));
        EXPECT_THAT(shown.notes.back().text, HasSubstr("2 pictures together"));
    }
}

TEST_F(SharedBasis, OneStageServesAllCellsInWhateverOrderTheyNameTheOthers) {
    std::vector<CellRef> cells;
    for (int i = 0; i < 6; ++i) cells.push_back(noisePicture(i));
    const auto bases = runsOf("basis"), moments = runsOf("moments"), latents = runsOf("latents");
    for (std::size_t i = 0; i < cells.size(); ++i) {
        std::vector<CellRef> others = cells;
        if (i % 2 == 0) others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));  // with itself among the others, or without
        std::ranges::rotate(others, others.begin() + static_cast<std::ptrdiff_t>(i % others.size()));
        EXPECT_THAT(picture("latent_pca", cells[i], shared(), others).summary, HasSubstr("shared by 6"));
    }
    EXPECT_EQ(runsOf("basis") - bases, 1u);
    EXPECT_EQ(runsOf("moments") - moments, 6u);
    EXPECT_EQ(runsOf("latents") - latents, 6u);
}

TEST_F(SharedBasis, OwnBasisIgnoresOtherCells) {
    const Picture alone = picture("latent_pca", m_cells[0], whole()), among = picture("latent_pca", m_cells[0], whole(), {m_cells[1]});
    EXPECT_EQ(floats(alone.image), floats(among.image));
    EXPECT_THAT(among.notes.back().text, HasSubstr("this picture's own"));
    const Picture single = picture("latent_pca", m_cells[0], shared());
    EXPECT_EQ(floats(alone.image), floats(single.image)) << "shared with nobody";
}

TEST_F(SharedBasis, ACellOfAnotherModelIsRefused) {
    const CellRef other = cell("mini-autoencoder", floatImage(32, 32, [](int x, int, int) { return float(x) / 32; }));
    EXPECT_THAT(refused("latent_pca", m_cells[0], shared(), {m_cells[1], other}), HasSubstr("latents of one model"));
}

}  // namespace
}  // namespace tessera::test
