// SPDX-License-Identifier: Apache-2.0
// The attention block against its definition in double, whole and in windows.
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/layers/layer_cases.h"
#include "layers/attention_windows.h"

namespace tessera {
namespace {

using namespace testing_probes;
using test::normal;
using testing::HasSubstr;

AttentionCase blockOf(int channels) {
    const auto projection = [&](unsigned seed, float scale) {
        return AttentionCase::Projection{normal(std::size_t(channels) * channels, seed, scale / std::sqrt(float(channels))), normal(channels, seed + 1, 0.1f)};
    };
    GroupNormCase norm{.groups = 2, .weight = normal(channels, 1, 0.2f, 1), .bias = normal(channels, 2, 0.2f)};
    // Queries and keys large enough that a few positions get most of the attention: which ones are reached is then plain to see.
    return {norm, projection(3, 2.5f), projection(5, 2.5f), projection(7, 1), projection(9, 1)};
}

using Vector = std::vector<double>;

Vector times(const AttentionCase::Projection& projection, const Vector& x) {
    Vector y(x.size());
    for (std::size_t o = 0; o < x.size(); ++o) {
        y[o] = projection.bias[o];
        for (std::size_t i = 0; i < x.size(); ++i) y[o] += double(projection.weight[o * x.size() + i]) * x[i];
    }
    return y;
}

/// What one position gets of attention over a rectangle of the map, after the last projection.
class Definition {
public:
    Definition(const AttentionCase& block, const std::vector<float>& x, Shape shape) : m_block(block), m_shape(shape) {
        const auto tokens = groupNorm(block.norm, x, shape);
        for (std::int64_t p = 0; p < shape.height * shape.width; ++p) {
            const Vector token(tokens.begin() + p * shape.channels, tokens.begin() + (p + 1) * shape.channels);
            m_queries.push_back(times(block.query, token));
            m_keys.push_back(times(block.key, token));
            m_values.push_back(times(block.value, token));
        }
    }
    Vector at(std::int64_t row, std::int64_t column, std::int64_t top, std::int64_t left, std::int64_t height, std::int64_t width) const {
        const Vector& query = m_queries[row * m_shape.width + column];
        Vector logits;
        for (std::int64_t r = top; r < top + height; ++r) {
            for (std::int64_t c = left; c < left + width; ++c) {
                double dot = 0;
                for (std::size_t i = 0; i < query.size(); ++i) dot += query[i] * m_keys[r * m_shape.width + c][i];
                logits.push_back(dot / std::sqrt(double(query.size())));
            }
        }
        const double most = *std::ranges::max_element(logits);
        double sum = 0;
        Vector mixed(query.size());
        std::size_t at = 0;
        for (std::int64_t r = top; r < top + height; ++r) {
            for (std::int64_t c = left; c < left + width; ++c) {
                const double weight = std::exp(logits[at++] - most);
                sum += weight;
                for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] += weight * m_values[r * m_shape.width + c][i];
            }
        }
        for (double& each : mixed) each /= sum;
        return times(m_block.out, mixed);
    }

private:
    const AttentionCase& m_block;
    Shape m_shape;
    std::vector<Vector> m_queries, m_keys, m_values;
};

TEST(Attention, OverASmallMapAgreesWithItsDefinition) {
    const Shape shape{1, 9, 14, 8};
    const AttentionCase block = blockOf(8);
    const auto x = normal(shape.elements(), 11);
    std::vector<std::string> notes;
    const auto y = attention(block, x, shape, &notes);
    EXPECT_TRUE(notes.empty());
    const Definition definition(block, x, shape);
    for (std::int64_t row = 0; row < shape.height; ++row) {
        for (std::int64_t column = 0; column < shape.width; ++column) {
            const Vector expected = definition.at(row, column, 0, 0, shape.height, shape.width);
            const std::size_t at = (row * shape.width + column) * 8;
            for (std::size_t i = 0; i < 8; ++i) ASSERT_NEAR(y[at + i] - x[at + i], expected[i], 1e-4) << row << ", " << column;
        }
    }
}

TEST(Attention, OverTheLargestWholeMapIsInPiecesAndExact) {
    const Shape shape{1, 256, 256, 16};  // 3e11 FLOPs: several pieces
    ASSERT_EQ(shape.height * shape.width, kMostAttended);
    const AttentionCase block = blockOf(16);
    const auto x = normal(shape.elements(), 12);
    std::vector<std::string> notes;
    const auto y = attention(block, x, shape, &notes);
    EXPECT_TRUE(notes.empty());
    const Definition definition(block, x, shape);
    for (const auto& [row, column] : {std::pair{0, 0}, {96, 17}, {200, 255}, {255, 255}}) {
        const Vector expected = definition.at(row, column, 0, 0, shape.height, shape.width);
        const std::size_t at = (std::size_t(row) * shape.width + column) * 16;
        for (std::size_t i = 0; i < 16; ++i) EXPECT_NEAR(y[at + i] - x[at + i], expected[i], 2e-4) << row << ", " << column;
    }
}

TEST(Attention, OverALargerMapFadesFromWindowToWindow) {
    const Shape shape{1, 260, 300, 8};
    const AttentionCase block = blockOf(8);
    const auto x = normal(shape.elements(), 13);
    std::vector<std::string> notes;
    const auto y = attention(block, x, shape, &notes);
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_THAT(notes[0], HasSubstr("windows of 128 × 128 cells, not over all 260 × 300"));
    const Definition definition(block, x, shape);
    const auto rows = attentionWindows(shape.height, kWindowSide, kWindowOverlap), columns = attentionWindows(shape.width, kWindowSide, kWindowOverlap);
    int blended = 0;
    for (const auto& [row, column] : {std::pair{0, 0}, {70, 100}, {120, 100}, {100, 95}, {259, 299}, {110, 210}}) {
        Vector expected(8);
        int reached = 0;
        for (const AttentionWindow& v : rows) {
            for (const AttentionWindow& h : columns) {
                if (row < v.begin || row >= v.begin + v.size() || column < h.begin || column >= h.begin + h.size()) continue;
                const double share = double(v.share[row - v.begin]) * h.share[column - h.begin];
                const Vector part = definition.at(row, column, v.begin, h.begin, v.size(), h.size());
                for (std::size_t i = 0; i < 8; ++i) expected[i] += share * part[i];
                ++reached;
            }
        }
        blended += reached > 1;
        const std::size_t at = (std::size_t(row) * shape.width + column) * 8;
        for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(y[at + i] - x[at + i], expected[i], 2e-4) << row << ", " << column;
    }
    EXPECT_GE(blended, 3);
}

TEST(AttentionWindows, CoverEveryPositionOnce) {
    for (const auto& [length, size, overlap] : {std::tuple{300, 128, 32}, {129, 128, 32}, {224, 128, 32}, {225, 128, 32}, {1000, 128, 32}, {128, 128, 32}, {5, 128, 32}, {9, 4, 0}}) {
        const auto windows = attentionWindows(length, size, overlap);
        std::vector<float> sums(length);
        for (std::size_t k = 0; k < windows.size(); ++k) {
            const AttentionWindow& window = windows[k];
            EXPECT_EQ(window.size(), std::min(length, size));
            const std::int64_t shared = k == 0 ? overlap : windows[k - 1].begin + windows[k - 1].size() - window.begin;
            EXPECT_GE(shared, overlap) << length;
            for (std::int64_t i = 0; i < window.size(); ++i) {
                ASSERT_LT(window.begin + i, length);
                EXPECT_GT(window.share[i], 0);
                sums[window.begin + i] += window.share[i];
            }
        }
        for (const float sum : sums) EXPECT_NEAR(sum, 1, 1e-6) << length;
    }
}

}  // namespace
}  // namespace tessera
