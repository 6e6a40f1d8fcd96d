// SPDX-License-Identifier: Apache-2.0
// Lenses against tensors that the reference implementation recorded.
#include <array>

#include "engine/lenses/lens_cases.h"

namespace tessera::test {
namespace {

class GoldenLenses : public GoldenLensTest {
protected:
    void expectRecorded(const Image& image, const std::vector<double>& recorded, int sample) {
        ASSERT_EQ(image.width(), kWidth);
        ASSERT_EQ(image.height(), kHeight);
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) {
                for (int c = 0; c < 3; ++c) {
                    const double value = pixel(recorded, sample, x, y, c);
                    ASSERT_NEAR(image.at(x, y, c), value, near(value)) << x << ", " << y << ", " << c << " of sample " << sample;
                }
            }
        }
    }
};

TEST_F(GoldenLenses, InputReconstructionAndUnperturbedAreTheRecordedPixels) {
    for (int sample = 0; sample < 2; ++sample) {
        const CellRef& cell = m_cells[static_cast<std::size_t>(sample)];
        expectRecorded(picture("input", cell, whole()).image, m_input, sample);
        const Image reconstruction = picture("reconstruction", cell, whole()).image;
        expectRecorded(reconstruction, m_reconstruction, sample);
        EXPECT_EQ(floats(picture("perturbed", cell, whole({{"strength", 0.0}})).image), floats(reconstruction)) << "no noise changes no bit";
        EXPECT_EQ(floats(picture("equivariance", cell, whole({{"amount", std::int64_t(0)}})).image), floats(reconstruction)) << "nor does a shift by nothing";
    }
}

TEST_F(GoldenLenses, ACutPictureSaysWhatItShows) {
    for (const char* lens : {"input", "reconstruction"}) {
        const auto shows = [](const Note& note) { return note.text == "shows the centre 32 × 32 px of the picture's 48 × 32 px"; };
        EXPECT_TRUE(std::ranges::any_of(picture(lens, m_cells[0], {{"size", std::int64_t(0)}, {"crop", std::string("square")}}).notes, shows)) << lens;
        EXPECT_FALSE(std::ranges::any_of(picture(lens, m_cells[0], whole()).notes, [](const Note& note) { return note.text.starts_with("shows"); })) << lens;
    }
}

TEST_F(GoldenLenses, TheDifferenceIsThatOfTheRecordedPixels) {
    const Picture shown = picture("difference", m_cells[0], whole({{"kind", std::string("signed")}}));
    double squares = 0;
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            for (int c = 0; c < 3; ++c) {
                const double error = std::clamp(pixel(m_reconstruction, 0, x, y, c), 0.0, 1.0) - std::clamp(pixel(m_input, 0, x, y, c), 0.0, 1.0);
                squares += error * error / (kWidth * kHeight * 3);
                ASSERT_NEAR(shown.image.at(x, y, c), error, 1.1e-3) << x << ", " << y;
            }
        }
    }
    EXPECT_NEAR(*shown.measure("psnr")->value, -10 * std::log10(squares), 0.01);
}

TEST_F(GoldenLenses, AChannelIsTheRecordedPlane) {
    for (int channel = 0; channel < kChannels; ++channel) {
        const Picture shown = picture("latent_channel", m_cells[1], whole({{"channel", std::int64_t(channel)}}));
        ASSERT_EQ(shown.image.width(), kColumns);
        for (int row = 0; row < kRows; ++row) {
            for (int column = 0; column < kColumns; ++column) {
                const double value = latent(1, channel, row, column);
                ASSERT_NEAR(shown.image.at(column, row, 0), value, near(value)) << channel;
            }
        }
    }
}

// numpy 2 on in.image[0] and out.reconstruction[0], both clipped to 0..1, x of shape (3, 32, 48):
//   w = outer(0.5 - 0.5 cos(2 pi (arange(32) + 0.5) / 32), 0.5 - 0.5 cos(2 pi (arange(48) + 0.5) / 48))
//   ring = rint(hypot(fftfreq(48)[None], fftfreq(32)[:, None]) * 32)
//   P = mean over channels of |fft2((x - x.mean()) w)|^2 / (w^2).sum();  curve = [P[ring == k].mean() for k in 1..16]
TEST_F(GoldenLenses, TheSpectrumIsThatOfNumpyOnTheRecordedPixels) {
    using Curve = std::array<double, 16>;
    const std::array<Curve, 3> recorded{
        Curve{1.096890e-01, 7.911707e-02, 6.930939e-02, 7.106070e-02, 9.061351e-02, 8.720264e-02, 8.213219e-02, 8.968933e-02,
              6.778564e-02, 8.117843e-02, 8.686332e-02, 8.165437e-02, 8.359650e-02, 8.369243e-02, 7.171764e-02, 7.898169e-02},
        Curve{8.891240e-02, 3.791547e-02, 7.807652e-02, 1.223220e-01, 1.618338e-01, 1.708847e-01, 8.813691e-02, 1.190412e-01,
              1.714224e-01, 9.959323e-02, 1.167269e-01, 1.683340e-01, 1.905727e-01, 1.342278e-01, 1.217944e-01, 1.716725e-01},
        Curve{1.959746e-01, 1.081546e-01, 1.535011e-01, 2.133181e-01, 2.484958e-01, 3.063853e-01, 1.832899e-01, 2.178982e-01,
              2.557056e-01, 1.988767e-01, 2.137294e-01, 2.408491e-01, 2.474237e-01, 2.207255e-01, 1.912764e-01, 2.267899e-01}};
    const Table table = picture("spectrum", m_cells[0], whole()).table;
    ASSERT_EQ(table.rows(), 16u);
    for (std::size_t row = 0; row < 16; ++row) {
        EXPECT_NEAR(table.at(row, 0), static_cast<double>(row + 1) / 32, 1e-12);
        for (std::size_t curve = 0; curve < 3; ++curve) EXPECT_NEAR(table.at(row, curve + 1), recorded[curve][row], 2e-4 * recorded[curve][row] + 1e-6) << row << ", " << curve;
    }
}

}  // namespace
}  // namespace tessera::test
