// SPDX-License-Identifier: Apache-2.0
// Lenses that draw from a second cell: difference with a reference, and blend.
#include "engine/lenses/lens_cases.h"

namespace tessera::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ComparingLenses : public GoldenLensTest {
protected:
    static float shown(float value) { return std::clamp(value, 0.F, 1.F); }
    CellRef waves(int width, int height, int phase = 0) {
        return cell(m_case->model().string(), floatImage(width, height, [=](int x, int y, int c) {
            return 0.5F + 0.4F * std::sin(static_cast<float>(x + phase) * 0.2F + static_cast<float>(c)) * std::cos(static_cast<float>(y) * 0.15F);
        }));
    }
    /// The lens's own signs and clamping, on two pictures of one size.
    void expectDifference(const Picture& field, const Image& own, const Image& reference, float tolerance = 0) {
        ASSERT_EQ(field.image.width(), own.width());
        ASSERT_EQ(field.image.height(), own.height());
        ASSERT_EQ(field.image.channels(), 5);
        double squares = 0;
        for (int y = 0; y < own.height(); ++y) {
            for (int x = 0; x < own.width(); ++x) {
                for (int c = 0; c < 3; ++c) {
                    const float error = shown(own.at(x, y, c)) - shown(reference.at(x, y, c));
                    squares += double(error) * error / (3.0 * own.width() * own.height());
                    ASSERT_NEAR(field.image.at(x, y, c), error, tolerance) << x << ", " << y;
                }
            }
        }
        ASSERT_TRUE(field.measure("psnr")->value);
        EXPECT_NEAR(*field.measure("psnr")->value, -10 * std::log10(squares), 1e-3);
    }
};

TEST_F(ComparingLenses, TheDifferenceToAnotherPictureIsThatOfBothReconstructions) {
    const Image own = picture("reconstruction", m_cells[0], whole()).image, other = picture("reconstruction", m_cells[1], whole()).image;
    const Picture field = picture("difference", m_cells[0], whole({{"kind", std::string("signed")}}), {m_cells[1]});
    expectDifference(field, own, other);
    EXPECT_EQ(field.summary, "48 × 32 px");
    EXPECT_THAT(field.notes.back().text, HasSubstr("the reconstruction of another picture"));
    EXPECT_EQ(field.mapping, FieldMapping::Signed);
    EXPECT_NE(floats(field.image), floats(picture("difference", m_cells[0], whole()).image)) << "which is against the input";
}

TEST_F(ComparingLenses, TheDifferenceToAnotherModelIsThatOfBothReconstructions) {
    const auto mini = openModel(*s_engine, "mini-autoencoder");
    ASSERT_TRUE(mini);
    const CellRef other{.source = m_cells[0].source, .model = mini.value().id};
    const Picture field = picture("difference", m_cells[0], whole(), {other});
    expectDifference(field, picture("reconstruction", m_cells[0], whole()).image, picture("reconstruction", other, whole()).image);
    EXPECT_THAT(field.notes.back().text, HasSubstr("the other model's reconstruction"));
}

TEST_F(ComparingLenses, ACellAgainstItselfIsZero) {
    const Picture field = picture("difference", m_cells[0], whole(), {m_cells[0]});
    EXPECT_EQ(*field.measure("max_error")->value, 0);
    EXPECT_EQ(*field.measure("psnr")->value, INFINITY);
}

TEST_F(ComparingLenses, DifferentGridsMeetOnTheSmallerOneAndSaySo) {
    const CellRef small = waves(48, 32), large = waves(96, 64, 3);
    const Image smallPixels = picture("reconstruction", small, whole()).image, largePixels = picture("reconstruction", large, whole()).image;
    // The larger one on the smaller grid, by the way that inputs are resampled: shorter side 32.
    const CellRef resized{.source = s_engine->addSource({.pixels = largePixels, .name = "large"})};
    const Image reduced = picture("input", resized, {{"size", std::int64_t(32)}, {"crop", std::string("whole")}}).image;
    const Picture own = picture("difference", small, whole(), {large});
    expectDifference(own, smallPixels, reduced, 1e-6F);
    const Picture turned = picture("difference", large, whole(), {small});
    expectDifference(turned, reduced, smallPixels, 1e-6F);
    for (const Picture* field : {&own, &turned}) {
        EXPECT_THAT(field->summary, HasSubstr("48 × 32 px, the smaller grid of "));
        EXPECT_THAT(field->measure("psnr")->detail, AllOf(HasSubstr("48 x 32 px"), HasSubstr("; on the smaller grid, 96 × 64 px resampled")));
    }
    EXPECT_EQ(turned.region, (Picture::Region{0, 0, 96, 64})) << "lies on all of its own source";
    EXPECT_EQ(turned.sourceWidth, 96);
}

TEST_F(ComparingLenses, PicturesOfDifferentShapesAreComparedWithAWarning) {
    const Picture field = picture("difference", waves(48, 32), whole(), {waves(32, 48)});
    EXPECT_TRUE(std::ranges::any_of(field.notes, [](const Note& note) { return note.kind == Note::Kind::Warning && note.text.find("stretched") != std::string::npos; }));
}

TEST_F(ComparingLenses, AReferenceWithoutModelOrASecondOneIsRefused) {
    EXPECT_THAT(refused("difference", m_cells[0], whole(), {{.source = m_cells[1].source}}), HasSubstr("has no model (lens difference)"));
    EXPECT_THAT(refused("difference", m_cells[0], whole(), {m_cells[1], m_cells[0]}), HasSubstr("one other cell, not with 2"));
    EXPECT_THAT(refused("difference", m_cells[0], whole(), {{.source = SourceId{987654}, .model = m_cells[0].model}}), HasSubstr("the picture was removed"));
}

TEST_F(ComparingLenses, TheEndsOfABlendAreTheTwoReconstructionsBitForBit) {
    const auto own = floats(picture("reconstruction", m_cells[0], whole()).image), other = floats(picture("reconstruction", m_cells[1], whole()).image);
    for (const char* path : {"linear", "spherical"}) {
        EXPECT_EQ(floats(picture("blend", m_cells[0], whole({{"amount", 0.0}, {"path", std::string(path)}}), {m_cells[1]}).image), own) << path;
        EXPECT_EQ(floats(picture("blend", m_cells[0], whole({{"amount", 1.0}, {"path", std::string(path)}}), {m_cells[1]}).image), other) << path;
    }
}

TEST_F(ComparingLenses, ABlendDecodesTheTokensOnThePath) {
    const std::vector<double> a = valuesOf(encoded(m_cells[0]).at("latents")), b = valuesOf(encoded(m_cells[1]).at("latents"));
    constexpr std::size_t kTokens = kRows * kColumns;
    for (const double amount : {0.25, 0.5}) {
        std::vector<float> straight(a.size()), arc(a.size());
        for (std::size_t i = 0; i < a.size(); ++i) straight[i] = static_cast<float>(a[i] * (1 - amount) + b[i] * amount);
        for (std::size_t token = 0; token < kTokens; ++token) {
            double aa = 0, bb = 0, ab = 0;
            for (std::size_t i = token; i < a.size(); i += kTokens) aa += a[i] * a[i], bb += b[i] * b[i], ab += a[i] * b[i];
            const double lengthA = std::sqrt(aa), lengthB = std::sqrt(bb), angle = std::acos(ab / lengthA / lengthB);
            for (std::size_t i = token; i < a.size(); i += kTokens) {
                const double direction = (std::sin((1 - amount) * angle) * a[i] / lengthA + std::sin(amount * angle) * b[i] / lengthB) / std::sin(angle);
                arc[i] = static_cast<float>(direction * (lengthA * (1 - amount) + lengthB * amount));
            }
        }
        for (const auto& [path, latents] : {std::pair("linear", straight), std::pair("spherical", arc)}) {
            const auto expected = floats(decoded(m_cells[0].model, {1, kChannels, kRows, kColumns}, latents));
            const auto pixels = floats(picture("blend", m_cells[0], whole({{"amount", amount}, {"path", std::string(path)}}), {m_cells[1]}).image);
            ASSERT_EQ(pixels.size(), expected.size());
            for (std::size_t i = 0; i < pixels.size(); ++i) ASSERT_NEAR(pixels[i], expected[i], 2e-4) << path << ", " << amount << ", sample " << i;
        }
    }
}

TEST_F(ComparingLenses, ABlendTellsHowFarApartTheTokensAre) {
    double squares = 0, cosines = 0;
    for (int row = 0; row < kRows; ++row) {
        for (int column = 0; column < kColumns; ++column) {
            double aa = 0, bb = 0, ab = 0;
            for (int c = 0; c < kChannels; ++c) {
                const double a = latent(0, c, row, column), b = latent(1, c, row, column);
                squares += (a - b) * (a - b) / (kChannels * kRows * kColumns);
                aa += a * a, bb += b * b, ab += a * b;
            }
            cosines += ab / std::sqrt(aa * bb) / (kRows * kColumns);
        }
    }
    const Picture shown = picture("blend", m_cells[0], whole(), {m_cells[1]});
    EXPECT_NEAR(*shown.measure("distance")->value, std::sqrt(squares), 1e-3);
    EXPECT_NEAR(*shown.measure("cosine")->value, cosines, 1e-3);
}

TEST_F(ComparingLenses, SourcesOfDifferentShapesBlendOnceTheyAreCutToOneAndTheSentenceSaysHow) {
    const CellRef wide = waves(96, 48), tall = waves(40, 64);
    EXPECT_THAT(refused("blend", wide, whole(), {tall}), HasSubstr("different sizes, 12 x 6 and 5 x 8 (lens blend): cut both to one shape with crop=square and a size above 0"));
    const Picture shown = picture("blend", wide, {{"size", std::int64_t(32)}, {"crop", std::string("square")}}, {tall});
    EXPECT_EQ(shown.image.width(), 32);
    EXPECT_EQ(shown.image.height(), 32);
}

TEST_F(ComparingLenses, ABlendNeedsOneCellOfItsOwnModel) {
    EXPECT_THAT(refused("blend", m_cells[0], whole()), HasSubstr("needs one other cell, and none is named"));
    EXPECT_THAT(refused("blend", m_cells[0], whole(), {m_cells[0], m_cells[1]}), HasSubstr("2 are named"));
    const CellRef other = cell("mini-autoencoder", floatImage(kWidth, kHeight, [](int x, int, int) { return float(x) / 48; }));
    EXPECT_THAT(refused("blend", m_cells[0], whole(), {other}), HasSubstr("latents of two models have no path"));
}

}  // namespace
}  // namespace tessera::test
