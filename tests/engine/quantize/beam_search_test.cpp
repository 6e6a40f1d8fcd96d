// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "testing/search_probe.h"

namespace tessera {
namespace {

using probes::CodeSearch;
using Values = std::vector<float>;
using Codes = std::vector<std::int64_t>;

/// Vectors and codebooks of normal numbers, each depth smaller than the one before.
class BeamSearch : public ::testing::Test {
protected:
    Values normal(std::size_t count, float spread = 1) {
        std::normal_distribution<float> distribution(0, spread);
        Values values(count);
        for (float& value : values) value = distribution(m_random);
        return values;
    }
    void make(std::size_t count, std::size_t depths, std::size_t size, std::size_t dim) {
        m_dim = dim;
        m_vectors = normal(count * dim);
        m_books.clear();
        for (std::size_t depth = 0; depth < depths; ++depth) m_books.push_back(normal(size * dim, 1.0F / static_cast<float>(depth + 1)));
    }
    CodeSearch search() const { return search(m_vectors); }
    CodeSearch search(const Values& vectors) const { return {"cpu", static_cast<std::int64_t>(m_dim), vectors, m_books}; }

    std::size_t count() const { return m_vectors.size() / m_dim; }
    double squareOf(std::size_t vector, const std::vector<std::size_t>& codes) const {
        double square = 0;
        for (std::size_t c = 0; c < m_dim; ++c) {
            double left = m_vectors[vector * m_dim + c];
            for (std::size_t depth = 0; depth < codes.size(); ++depth) left -= m_books[depth][codes[depth] * m_dim + c];
            square += left * left;
        }
        return square;
    }
    /// What codes leave of each vector.
    std::vector<double> leftBy(const Codes& codes) const {
        std::vector<double> left;
        const std::size_t depths = m_books.size();
        for (std::size_t i = 0; i < count(); ++i) left.push_back(squareOf(i, {codes.begin() + static_cast<std::ptrdiff_t>(i * depths), codes.begin() + static_cast<std::ptrdiff_t>((i + 1) * depths)}));
        return left;
    }
    /// The least that any codes of three depths leave.
    std::vector<double> leastOf() const {
        const std::size_t size = m_books[0].size() / m_dim;
        std::vector<double> least(count(), std::numeric_limits<double>::infinity());
        for (std::size_t i = 0; i < count(); ++i) {
            for (std::size_t all = 0; all < size * size * size; ++all) least[i] = std::min(least[i], squareOf(i, {all / (size * size), all / size % size, all % size}));
        }
        return least;
    }
    static double mean(const std::vector<double>& values) {
        double sum = 0;
        for (const double value : values) sum += value;
        return sum / static_cast<double>(values.size());
    }
    static void expectNear(const std::vector<double>& a, const std::vector<double>& b) {
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5 + 1e-5 * b[i]) << i;
    }

    std::mt19937 m_random{7};
    std::size_t m_dim = 0;
    Values m_vectors;
    std::vector<Values> m_books;
};

TEST_F(BeamSearch, ABeamOfOneTakesTheNearestCodewordAtEachDepth) {
    make(77, 4, 37, 12);
    const Codes nearest = search().codes();
    EXPECT_EQ(search().beamCodes(1), nearest);
    EXPECT_EQ(search().beamCodesByTensors(1), nearest);
}

TEST_F(BeamSearch, ABeamOfAllPrefixesFindsTheBestCodesThereAre) {
    make(50, 3, 8, 6);  // 64 prefixes of two depths
    const std::vector<double> least = leastOf();
    expectNear(leftBy(search().beamCodes(64)), least);
    expectNear(leftBy(search().beamCodesByTensors(64)), least);
    EXPECT_GT(mean(leftBy(search().codes())), 1.05 * mean(least)) << "the nearest ones would do as well: this proves nothing";
}

TEST_F(BeamSearch, WiderBeamsLeaveLess) {
    make(400, 6, 64, 16);
    double before = std::numeric_limits<double>::infinity();
    for (const int beam : {1, 2, 4, 16}) {
        const Codes codes = search().beamCodes(beam);
        const double left = mean(leftBy(codes));
        EXPECT_LT(left, 0.99 * before) << beam;
        EXPECT_EQ(search().beamCodesByTensors(beam), codes) << beam;
        before = left;
    }
}

TEST_F(BeamSearch, AVectorsCodesDoNotHangOnThoseBesideIt) {
    make(101, 5, 64, 16);
    const Codes all = search().beamCodes(4);
    for (const std::ptrdiff_t i : {0, 31, 32, 100}) {
        const Values alone(m_vectors.begin() + i * 16, m_vectors.begin() + (i + 1) * 16);
        EXPECT_EQ(search(alone).beamCodes(4), Codes(all.begin() + i * 5, all.begin() + (i + 1) * 5)) << i;
    }
}

TEST_F(BeamSearch, NumbersThatAreNoneGetSomeCodesAndHarmNobody) {
    make(3, 3, 20, 4);
    const Codes clean = search().beamCodes(4);
    Values vectors = m_vectors;
    vectors[6] = std::numeric_limits<float>::quiet_NaN();  // of the second
    const Codes codes = search(vectors).beamCodes(4);
    for (const std::int64_t code : codes) EXPECT_TRUE(code >= 0 && code < 20) << code;
    EXPECT_TRUE(std::equal(codes.begin(), codes.begin() + 3, clean.begin()));
    EXPECT_TRUE(std::equal(codes.begin() + 6, codes.end(), clean.begin() + 6));
}

TEST_F(BeamSearch, FewCodewordsNarrowTheBeam) {
    make(5, 3, 3, 4);
    expectNear(leftBy(search().beamCodes(16)), leastOf());
    expectNear(leftBy(search().beamCodesByTensors(16)), leastOf());
}

TEST_F(BeamSearch, StopsBetweenBlocks) {
    make(1000, 2, 16, 8);
    EXPECT_EQ(search().beamCodes(2, true), Codes(2000, 0));
    EXPECT_EQ(search().beamCodesByTensors(2, true).size(), 2000U);
}

}  // namespace
}  // namespace tessera
