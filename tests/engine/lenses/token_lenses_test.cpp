// SPDX-License-Identifier: Apache-2.0
// Lenses that change tokens before they are decoded: equivariance and perturbed.
#include <map>

#include "engine/lenses/lens_cases.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

/// A stack of planes, with the transformations written out sample by sample.
struct Planes {
    int channels = 0, rows = 0, columns = 0;
    std::vector<float> values;

    float at(int c, int row, int column) const { return values[static_cast<std::size_t>((c * rows + row) * columns + column)]; }
    template <typename Sample>
    static Planes of(int channels, int rows, int columns, Sample sample) {
        Planes result{channels, rows, columns, {}};
        for (int c = 0; c < channels; ++c) {
            for (int row = 0; row < rows; ++row) {
                for (int column = 0; column < columns; ++column) result.values.push_back(sample(c, row, column));
            }
        }
        return result;
    }
};

int wrapped(int place, int size) {
    return ((place % size) + size) % size;
}

Planes transformed(const Planes& x, const std::string& name, int shift) {
    const int h = x.rows, w = x.columns;
    if (name == "shift_x") return Planes::of(x.channels, h, w, [&](int c, int r, int k) { return x.at(c, r, wrapped(k - shift, w)); });
    if (name == "shift_y") return Planes::of(x.channels, h, w, [&](int c, int r, int k) { return x.at(c, wrapped(r - shift, h), k); });
    if (name == "flip_horizontal") return Planes::of(x.channels, h, w, [&](int c, int r, int k) { return x.at(c, r, w - 1 - k); });
    if (name == "flip_vertical") return Planes::of(x.channels, h, w, [&](int c, int r, int k) { return x.at(c, h - 1 - r, k); });
    if (name == "rotate_90") return Planes::of(x.channels, w, h, [&](int c, int r, int k) { return x.at(c, h - 1 - k, r); });  // the left column becomes the top row
    if (name == "rotate_180") return Planes::of(x.channels, h, w, [&](int c, int r, int k) { return x.at(c, h - 1 - r, w - 1 - k); });
    if (name == "rotate_270") return Planes::of(x.channels, w, h, [&](int c, int r, int k) { return x.at(c, k, w - 1 - r); });
    if (name == "scale_half")
        return Planes::of(x.channels, h / 2, w / 2, [&](int c, int r, int k) { return (x.at(c, 2 * r, 2 * k) + x.at(c, 2 * r, 2 * k + 1) + x.at(c, 2 * r + 1, 2 * k) + x.at(c, 2 * r + 1, 2 * k + 1)) / 4; });
    return Planes::of(x.channels, 2 * h, 2 * w, [&](int c, int r, int k) { return x.at(c, r / 2, k / 2); });
}

Planes planesOf(const Image& image) {
    return Planes::of(3, image.height(), image.width(), [&](int c, int row, int column) { return image.at(column, row, c); });
}

double psnrOf(const Planes& a, const Planes& b, int fromRow, int fromColumn, int rows, int columns) {
    double squares = 0;
    for (int c = 0; c < 3; ++c) {
        for (int row = fromRow; row < fromRow + rows; ++row) {
            for (int column = fromColumn; column < fromColumn + columns; ++column) {
                const double error = double(std::clamp(a.at(c, row, column), 0.F, 1.F)) - double(std::clamp(b.at(c, row, column), 0.F, 1.F));
                squares += error * error / (3.0 * rows * columns);
            }
        }
    }
    return -10 * std::log10(squares);
}

class TokenLenses : public GoldenLensTest {
protected:
    ParameterSet with(const std::string& transform, int amount = 1, const std::string& show = "decoded") {
        return whole({{"transform", transform}, {"amount", std::int64_t(amount)}, {"show", show}});
    }
    Planes latents(const CellRef& cell) {
        const HostTensor tensor = encoded(cell).at("latents");
        const std::vector<double> values = valuesOf(tensor);
        return {static_cast<int>(tensor.shape[1]), static_cast<int>(tensor.shape[2]), static_cast<int>(tensor.shape[3]), {values.begin(), values.end()}};
    }
};

struct Step {
    const char* name;
    int amount;
    int row, column, rows, columns;  ///< what the measures are over
};

TEST_F(TokenLenses, EveryTransformationIsDecodedFromTransformedTokens) {
    const Planes tokens = latents(m_cells[0]), input = planesOf(picture("input", m_cells[0], whole()).image), own = planesOf(picture("reconstruction", m_cells[0], whole()).image);
    for (const Step& step : {Step{"shift_x", 2, 0, 16, 32, 32}, Step{"shift_x", -1, 0, 0, 32, 40}, Step{"shift_y", 1, 8, 0, 24, 48}, Step{"shift_y", -2, 0, 0, 16, 48},
                             Step{"flip_horizontal", 1, 0, 0, 32, 48}, Step{"flip_vertical", 1, 0, 0, 32, 48}, Step{"rotate_90", 1, 0, 0, 48, 32}, Step{"rotate_180", 1, 0, 0, 32, 48},
                             Step{"rotate_270", 1, 0, 0, 48, 32}, Step{"scale_half", 1, 0, 0, 16, 24}, Step{"scale_double", 1, 0, 0, 64, 96}}) {
        SCOPED_TRACE(std::string(step.name) + " " + std::to_string(step.amount));
        const Planes turned = transformed(tokens, step.name, step.amount);
        const Planes expected = planesOf(decoded(m_cells[0].model, {1, turned.channels, turned.rows, turned.columns}, turned.values));
        const Picture shown = picture("equivariance", m_cells[0], with(step.name, step.amount));
        const Planes pixels = planesOf(shown.image);
        ASSERT_EQ(pixels.rows, expected.rows);
        ASSERT_EQ(pixels.columns, expected.columns);
        for (std::size_t i = 0; i < pixels.values.size(); ++i) ASSERT_NEAR(pixels.values[i], expected.values[i], 1e-5) << i;
        const Planes target = transformed(input, step.name, step.amount * kCell), same = transformed(own, step.name, step.amount * kCell);
        EXPECT_NEAR(*shown.measure("psnr")->value, psnrOf(target, pixels, step.row, step.column, step.rows, step.columns), 1e-3);
        EXPECT_NEAR(*shown.measure("equivariance_psnr")->value, psnrOf(same, pixels, step.row, step.column, step.rows, step.columns), 1e-3);
        EXPECT_TRUE(shown.measure("ssim")->value);
        EXPECT_TRUE(shown.measure("equivariance_ssim")->value);
        EXPECT_THAT(shown.measure("psnr")->detail, HasSubstr(std::to_string(step.columns) + " x " + std::to_string(step.rows) + " px"));
    }
}

TEST_F(TokenLenses, TheBorderOfAShiftIsLeftOutOfTheMeasuresAndSaidSo) {
    const Picture right = picture("equivariance", m_cells[0], with("shift_x", 2)), up = picture("equivariance", m_cells[0], with("shift_y", -1));
    EXPECT_THAT(right.measure("psnr")->detail, HasSubstr("without the 16 px at the left that came in over the border"));
    EXPECT_THAT(up.measure("equivariance_psnr")->detail, HasSubstr("without the 8 px at the bottom"));
    EXPECT_THAT(right.notes.back().text, HasSubstr("comes in on the other"));
}

TEST_F(TokenLenses, TheErrorOfEquivarianceHasTheChannelsOfADifference) {
    const Planes target = transformed(planesOf(picture("input", m_cells[0], whole()).image), "rotate_90", 0);
    const Picture shown = picture("equivariance", m_cells[0], with("rotate_90", 1, "decoded"));
    EXPECT_EQ(shown.mapping, FieldMapping::Colour);
    ParameterSet parameters = with("rotate_90", 1, "error");
    parameters["kind"] = std::string("signed");
    const Picture error = picture("equivariance", m_cells[0], parameters);
    ASSERT_EQ(error.image.channels(), 5);
    EXPECT_EQ(error.mapping, FieldMapping::Signed);
    for (int y = 0; y < error.image.height(); ++y) {
        for (int x = 0; x < error.image.width(); ++x) {
            for (int c = 0; c < 3; ++c) ASSERT_NEAR(error.image.at(x, y, c), std::clamp(shown.image.at(x, y, c), 0.F, 1.F) - std::clamp(target.at(c, y, x), 0.F, 1.F), 1e-6);
        }
    }
    for (const char* kind : {"flip", "ssim", "squared"}) {
        parameters["kind"] = std::string(kind);
        EXPECT_TRUE(picture("equivariance", m_cells[0], parameters).legend) << kind;
    }
}

TEST_F(TokenLenses, ATurnedPictureLiesAcrossItsSource) {
    EXPECT_EQ(picture("equivariance", m_cells[0], with("rotate_90")).region, (Picture::Region{8, -8, 32, 48}));
    EXPECT_EQ(picture("equivariance", m_cells[0], with("rotate_180")).region, (Picture::Region{0, 0, 48, 32}));
    EXPECT_EQ(picture("equivariance", m_cells[0], with("scale_half")).region, (Picture::Region{0, 0, 48, 32}));
}

TEST_F(TokenLenses, OnlyWholeTokensAreTransformed) {
    // 44 x 30 px are padded to 6 x 4 tokens; 5 x 3 of them hold nothing but picture, and pairs of them 4 x 2.
    const CellRef odd = cell(m_case->model().string(), floatImage(44, 30, [](int x, int y, int c) { return static_cast<float>((x * 5 + y * 3 + c * 7) % 17) / 17; }));
    const Picture flipped = picture("equivariance", odd, with("flip_horizontal")), half = picture("equivariance", odd, with("scale_half"));
    EXPECT_EQ(flipped.image.width(), 40);
    EXPECT_EQ(flipped.image.height(), 24);
    EXPECT_EQ(flipped.region, (Picture::Region{0, 0, 40, 24}));
    EXPECT_THAT(flipped.notes.back().text, HasSubstr("on the 40 × 24 px at the top left that whole tokens cover, of 44 × 30 px"));
    EXPECT_EQ(half.image.width(), 16);
    EXPECT_EQ(half.image.height(), 8);
}

TEST_F(TokenLenses, WhereSeveralTokensHaveACodeNoneIsTakenApart) {
    // 72 px are 9 x 9 tokens, padded to 5 x 5 codes; 4 x 4 of them hold nothing but picture, and pairs of them too.
    const CellRef odd = cell("mini-rvq", floatImage(72, 72, [](int x, int y, int c) { return static_cast<float>((x * 5 + y * 3 + c * 7) % 17) / 17; }));
    EXPECT_EQ(picture("equivariance", odd, with("shift_x", 1)).image.width(), 64);
    EXPECT_EQ(picture("equivariance", odd, with("scale_half")).image.width(), 32);
}

TEST_F(TokenLenses, AShiftByAllTokensOrMoreIsRefused) {
    EXPECT_THAT(refused("equivariance", m_cells[0], with("shift_x", 6)), HasSubstr("only 6 x 4 whole tokens (lens equivariance, shift_x): shift by fewer"));
    EXPECT_EQ(refused("equivariance", m_cells[0], with("shift_x", -5)), "");
    EXPECT_THAT(refused("equivariance", m_cells[0], with("shift_y", 4)), HasSubstr("only 6 x 4"));
}

TEST_F(TokenLenses, StrengthByTokenRmsIsTheSignalToNoiseRatio) {
    for (const double strength : {0.1, 0.5, 2.0}) {
        const Picture shown = picture("perturbed", m_cells[0], whole({{"strength", strength}, {"scale", std::string("token_rms")}, {"seed", std::int64_t(4)}}));
        // 192 numbers are drawn: the ratio of one draw is within 1 dB.
        EXPECT_NEAR(*shown.measure("snr")->value, -20 * std::log10(strength), 1.0) << strength;
    }
    const auto snr = [&](double strength) { return *picture("perturbed", m_cells[0], whole({{"strength", strength}, {"scale", std::string("token_rms")}})).measure("snr")->value; };
    EXPECT_NEAR(snr(0.2) - snr(0.4), 20 * std::log10(2), 1e-4) << "one seed is one noise";
}


TEST_F(TokenLenses, AsTrainedDrawsOneStrengthPerSeedFromZeroToTau) {
    const CellRef cell = this->cell(m_case->model().string(), floatImage(8, 8, [](int x, int y, int) { return static_cast<float>(x + y) / 16; }));
    const auto trained = [&](std::int64_t seed, double tau) { return picture("perturbed", cell, whole({{"draw", std::string("as_trained")}, {"seed", seed}, {"tau", tau}, {"strength", 7.0}})); };
    constexpr int kSeeds = 40;
    double sum = 0, least = 1, most = 0;
    for (int seed = 0; seed < kSeeds; ++seed) {
        const double strength = *trained(seed, 0.8).measure("strength")->value / 0.8;
        sum += strength / kSeeds;
        least = std::min(least, strength);
        most = std::max(most, strength);
    }
    EXPECT_NEAR(sum, 0.5, 0.14) << "three standard errors";
    EXPECT_GE(least, 0);
    EXPECT_LT(least, 0.15);
    EXPECT_LT(most, 1);
    EXPECT_GT(most, 0.85);
    const Picture drawn = trained(11, 2.0);
    const double strength = *drawn.measure("strength")->value;
    EXPECT_NEAR(*trained(11, 1.0).measure("strength")->value * 2, strength, 1e-12);
    const Picture fixed = picture("perturbed", cell, whole({{"strength", strength}, {"seed", std::int64_t(11)}}));
    EXPECT_EQ(floats(drawn.image), floats(fixed.image)) << "the same noise as that strength has";
    EXPECT_FALSE(fixed.measure("strength"));
}

}  // namespace
}  // namespace tessera::test
