// SPDX-License-Identifier: GPL-3.0-or-later
#include "codes/codewords.h"

#include <cmath>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::test {
namespace {

using ui::Codewords;

Codewords bookOf(std::vector<float> values, int dim) {
    const int count = static_cast<int>(values.size()) / dim;
    return {SharedArray<float>(std::move(values)), count, dim};
}

Codewords randomBook(int count, int dim, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<std::size_t>(count) * dim);
    for (float& value : values) value = normal(random);
    return bookOf(std::move(values), dim);
}

std::vector<std::int32_t> all(const Codewords& book) {
    std::vector<std::int32_t> codes(book.count);
    std::iota(codes.begin(), codes.end(), 0);
    return codes;
}

/// In double, one after the other.
ui::CodeNeighbour bruteForce(const Codewords& book, std::int32_t code) {
    ui::CodeNeighbour best;
    double least = INFINITY;
    for (std::int32_t other = 0; other < book.count; ++other) {
        double squares = 0;
        for (int i = 0; i < book.dim; ++i) squares += (double(book[code][i]) - book[other][i]) * (double(book[code][i]) - book[other][i]);
        if (other != code && squares < least) {
            least = squares;
            best = {other, static_cast<float>(std::sqrt(squares))};
        }
    }
    return best;
}

TEST(Codewords, NormIsTheLength) {
    EXPECT_DOUBLE_EQ(ui::normOf(bookOf({0, 0, 3, 4}, 2), 1), 5);
}

class Neighbours : public testing::TestWithParam<int> {};
TEST_P(Neighbours, AreThoseOfBruteForce) {
    const Codewords book = randomBook(83, GetParam(), 7);
    const auto found = ui::nearestOthers(book, all(book));
    ASSERT_EQ(found.size(), 83U);
    for (std::int32_t code = 0; code < book.count; ++code) {
        const ui::CodeNeighbour expected = bruteForce(book, code);
        EXPECT_EQ(found[code].code, expected.code) << "code " << code;
        EXPECT_NEAR(found[code].distance, expected.distance, 1e-5 * expected.distance) << "code " << code;
    }
}
INSTANTIATE_TEST_SUITE_P(Dims, Neighbours, testing::Values(1, 3, 16, 37, 64));

TEST(Neighbours, OfSomeCodesAnswerInTheirOrder) {
    const Codewords book = bookOf({0, 10, 11, 30}, 1);
    const auto found = ui::nearestOthers(book, std::vector<std::int32_t>{3, 0});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0], (ui::CodeNeighbour{2, 19}));
    EXPECT_EQ(found[1], (ui::CodeNeighbour{1, 10}));
}

TEST(Neighbours, TheLowestCodeAmongEquals) {
    const auto found = ui::nearestOthers(bookOf({5, 4, 6, 4}, 1), std::vector<std::int32_t>{0});
    EXPECT_EQ(found[0].code, 1);
}

TEST(Neighbours, CodewordsThatAreAllButEqualKeepTheirDistance) {
    // |a|^2 - 2 a.b + |b|^2 in float32 gives 0 or noise here.
    const auto found = ui::nearestOthers(bookOf({1000.0F, 1000.0F, 1000.0F, 1000.0625F}, 2), std::vector<std::int32_t>{0});
    EXPECT_EQ(found[0], (ui::CodeNeighbour{1, 0.0625F}));
}

TEST(Neighbours, OneAloneHasNone) {
    const auto found = ui::nearestOthers(bookOf({1, 2}, 2), std::vector<std::int32_t>{0});
    EXPECT_EQ(found[0].code, -1);
    EXPECT_TRUE(std::isinf(found[0].distance));
}

TEST(Neighbours, WhatIsNoNumberIsNobodysNeighbour) {
    const auto found = ui::nearestOthers(bookOf({0, NAN, 5}, 1), std::vector<std::int32_t>{0, 1});
    EXPECT_EQ(found[0].code, 2);
    EXPECT_EQ(found[1].code, -1);
}

TEST(Neighbours, StoppedGivesLess) {
    std::stop_source stop;
    stop.request_stop();
    const Codewords book = randomBook(40, 4, 1);
    EXPECT_TRUE(ui::nearestOthers(book, all(book), stop.get_token()).empty());
}

}  // namespace
}  // namespace tessera::test
