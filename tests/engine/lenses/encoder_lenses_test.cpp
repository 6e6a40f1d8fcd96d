// SPDX-License-Identifier: Apache-2.0
// Lenses that hold pictures and encoders against each other, against sums over what encoders give that are written out here.
#include "engine/lenses/lens_cases.h"

namespace tessera::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }
double cosine(const Vector& a, const Vector& b) { return dot(a, b) / std::sqrt(dot(a, a) * dot(b, b)); }

/// The tokens of one picture, row by row.
struct Tokens {
    int rows = 0, columns = 0;
    std::vector<Vector> each;

    explicit Tokens(const HostTensor& map) : rows(static_cast<int>(map.shape[2])), columns(static_cast<int>(map.shape[3])), each(static_cast<std::size_t>(rows * columns)) {  // [1,C,h,w]
        const Vector values = valuesOf(map);
        for (std::size_t i = 0; i < values.size(); ++i) each[i % each.size()].push_back(values[i]);
    }
    Tokens(int rows, int columns) : rows(rows), columns(columns), each(static_cast<std::size_t>(rows * columns)) {}

    Vector mean() const {
        Vector sum(each.front().size());
        for (const Vector& token : each) std::ranges::transform(sum, token, sum.begin(), std::plus<>());
        return sum;  // of the same direction
    }
    /// Means of whole blocks.
    Tokens onto(int toRows, int toColumns) const {
        Tokens result(toRows, toColumns);
        for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x) {
                Vector& to = result.each[static_cast<std::size_t>(y * toRows / rows * toColumns + x * toColumns / columns)];
                const Vector& from = each[static_cast<std::size_t>(y * columns + x)];
                to.resize(from.size());
                std::ranges::transform(to, from, to.begin(), std::plus<>());
            }
        }
        return result;  // sums: CKA and cosines know no scale
    }
};

/// |B^T A|^2 / (|A^T A| |B^T B|) of centred tokens, channel by channel.
double linearCka(const Tokens& a, const Tokens& b) {
    const auto centred = [](const Tokens& tokens) {
        std::vector<Vector> result = tokens.each;
        Vector mean = tokens.mean();
        for (double& value : mean) value /= static_cast<double>(result.size());
        for (Vector& token : result) std::ranges::transform(token, mean, token.begin(), std::minus<>());
        return result;
    };
    const std::vector<Vector> x = centred(a), y = centred(b);
    const auto crossed = [](const std::vector<Vector>& p, const std::vector<Vector>& q) {
        double sum = 0;
        for (std::size_t i = 0; i < p.front().size(); ++i) {
            for (std::size_t j = 0; j < q.front().size(); ++j) {
                double entry = 0;
                for (std::size_t t = 0; t < p.size(); ++t) entry += p[t][i] * q[t][j];
                sum += entry * entry;
            }
        }
        return sum;
    };
    return crossed(x, y) / std::sqrt(crossed(x, x) * crossed(y, y));
}

/// Of every token's k nearest others, the share that is the same in both.
Vector sharedNeighbours(const Tokens& a, const Tokens& b, std::size_t k) {
    const auto nearest = [k](const Tokens& tokens, std::size_t of) {
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < tokens.each.size(); ++i) {
            if (i != of) order.push_back(i);
        }
        std::ranges::sort(order, std::greater<>(), [&](std::size_t i) { return cosine(tokens.each[of], tokens.each[i]); });
        order.resize(k);
        std::ranges::sort(order);
        return order;
    };
    Vector shares;
    for (std::size_t i = 0; i < a.each.size(); ++i) {
        std::vector<std::size_t> both;
        std::ranges::set_intersection(nearest(a, i), nearest(b, i), std::back_inserter(both));
        shares.push_back(static_cast<double>(both.size()) / static_cast<double>(k));
    }
    return shares;
}

double valueOf(const Picture& picture, const char* name) {
    const Measure* measure = picture.measure(name);
    EXPECT_TRUE(measure && measure->value) << name;
    return measure && measure->value ? *measure->value : NAN;
}

class EncoderLenses : public LensTest {
protected:
    static constexpr const char* kAutoencoder = "mini-autoencoder";
    static std::string golden(const std::string& name) { return std::string(TESSERA_SOURCE_DIR) + "/tests/golden/" + name + "/model"; }
    static Image waves(double phase, int side = 64) {
        return floatImage(side, side, [=](int x, int y, int c) { return static_cast<float>(0.5 + 0.4 * std::sin(0.13 * x * (c + 1) + 0.07 * y + phase) * std::cos(0.11 * y - 0.03 * x * phase)); });
    }
    CellRef under(const CellRef& cell, const std::string& model) {
        const auto opened = openModel(*s_engine, model);
        EXPECT_TRUE(opened) << toLine(opened.error());
        return {.source = cell.source, .model = opened ? opened.value().id : ModelId{}};
    }
};

TEST_F(EncoderLenses, TwoPicturesAreAsAlikeAsTheirRecordedVectors) {
    for (const char* name : {"openvision3/complete_captioner"}) {
        SCOPED_TRACE(name);
        const GoldenCase recorded(std::string(TESSERA_SOURCE_DIR) + "/tests/golden/" + name);
        const HostTensor pictures = recorded.tensors("in.").at("in.image"), vectors = recorded.tensors("out.").at("out.image_embedding");
        ASSERT_GE(pictures.shape[0], 2);
        const Vector samples = valuesOf(pictures), all = valuesOf(vectors);
        const int height = static_cast<int>(pictures.shape[2]), width = static_cast<int>(pictures.shape[3]);
        const auto sample = [&](int which) { return floatImage(width, height, [&, which](int x, int y, int c) { return static_cast<float>(samples[static_cast<std::size_t>(((which * 3 + c) * height + y) * width + x)]); }); };
        const auto vector = [&](int which) { return Vector(all.begin() + which * vectors.shape[1], all.begin() + (which + 1) * vectors.shape[1]); };
        const CellRef first = cell(recorded.model().string(), sample(0)), second = cell(recorded.model().string(), sample(1));
        const double expected = cosine(vector(0), vector(1));
        EXPECT_LT(expected, 0.9999) << "they are to be told apart";
        EXPECT_NEAR(valueOf(picture("picture_similarity", first, {}, {second}), "similarity"), expected, 1e-4);
        EXPECT_NEAR(valueOf(picture("picture_similarity", second, {}, {first}), "similarity"), expected, 1e-4);
    }
}

TEST_F(EncoderLenses, WithoutAVectorForPicturesTheirMeanTokensAreCompared) {
    const CellRef own = cell(kAutoencoder, waves(0)), other = cell(kAutoencoder, waves(2));
    const Tokens a(encoded(own).at("latents")), b(encoded(other).at("latents"));
    const Picture map = picture("picture_similarity", own, whole(), {other});
    EXPECT_NEAR(valueOf(map, "similarity"), cosine(a.mean(), b.mean()), 1e-4);
    ASSERT_EQ(map.image.width(), a.columns);
    ASSERT_EQ(map.image.height(), a.rows);
    double sum = 0;
    for (int y = 0; y < a.rows; ++y) {
        for (int x = 0; x < a.columns; ++x) {
            double best = -2;
            for (const Vector& token : b.each) best = std::max(best, cosine(a.each[static_cast<std::size_t>(y * a.columns + x)], token));
            ASSERT_NEAR(map.image.at(x, y, 0), best, 1e-4) << x << ", " << y;
            sum += best;
        }
    }
    EXPECT_NEAR(valueOf(map, "mean"), sum / static_cast<double>(a.each.size()), 1e-4);
    EXPECT_TRUE(std::ranges::any_of(map.notes, [](const Note& note) { return note.text.find("mean tokens") != std::string::npos; }));
}

TEST_F(EncoderLenses, APictureIsTheMostAlikeToItself) {
    const CellRef own = cell(golden("clip/hf_laion"), waves(1));
    const Picture map = picture("picture_similarity", own, {}, {own});
    EXPECT_NEAR(valueOf(map, "similarity"), 1, 1e-6);
    for (const float value : floats(map.image)) EXPECT_NEAR(value, 1, 1e-6);
}

TEST_F(EncoderLenses, PicturesOfTwoModelsHaveNothingInCommon) {
    const CellRef own = cell(kAutoencoder, waves(0)), other = under(own, golden("clip/hf_laion"));
    EXPECT_THAT(refused("picture_similarity", own, {}, {other}), HasSubstr("model"));
    EXPECT_FALSE(refused("picture_similarity", own, {}).empty());
}

TEST_F(EncoderLenses, EncodersAgreeAsWrittenOut) {
    const CellRef own = cell(kAutoencoder, waves(0.5)), other = under(own, golden("clip/hf_laion"));
    const Tokens fine(encoded(own).at("latents")), coarse(encoded(other).at("latents"));
    ASSERT_EQ(fine.rows % coarse.rows, 0);
    ASSERT_GT(fine.rows, coarse.rows);
    const Tokens fitted = fine.onto(coarse.rows, coarse.columns);
    const double cka = linearCka(fitted, coarse);
    ASSERT_GT(cka, 0.01);
    ASSERT_LT(cka, 0.99);
    const Vector shares = sharedNeighbours(fitted, coarse, 4);
    for (const auto& [first, second] : {std::pair(own, other), std::pair(other, own)}) {
        const Picture map = picture("encoder_agreement", first, whole({{"neighbours", std::int64_t(4)}}), {second});
        EXPECT_NEAR(valueOf(map, "cka"), cka, 1e-4);
        ASSERT_EQ(static_cast<std::size_t>(map.image.width() * map.image.height()), shares.size());
        double sum = 0;
        for (std::size_t i = 0; i < shares.size(); ++i) {
            EXPECT_NEAR(map.image.at(static_cast<int>(i) % coarse.columns, static_cast<int>(i) / coarse.columns, 0), shares[i], 1e-6) << i;
            sum += shares[i];
        }
        EXPECT_NEAR(valueOf(map, "mutual_neighbours"), sum / static_cast<double>(shares.size()), 1e-6);
        EXPECT_TRUE(std::ranges::any_of(map.notes, [](const Note& note) { return note.text.find("averaged onto the smaller") != std::string::npos; }));
    }
}

TEST_F(EncoderLenses, AnEncoderAgreesWithItselfAndNotAcrossPictures) {
    const CellRef own = cell(kAutoencoder, waves(0.5)), elsewhere = cell(kAutoencoder, waves(2));
    const Picture map = picture("encoder_agreement", own, whole(), {own});
    EXPECT_NEAR(valueOf(map, "cka"), 1, 1e-9);
    EXPECT_NEAR(valueOf(map, "mutual_neighbours"), 1, 1e-9);
    EXPECT_THAT(refused("encoder_agreement", own, whole(), {elsewhere}), AllOf(HasSubstr("the same picture"), HasSubstr("name another model")));
}

}  // namespace
}  // namespace tessera::test
