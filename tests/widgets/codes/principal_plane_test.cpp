// SPDX-License-Identifier: GPL-3.0-or-later
#include "codes/principal_plane.h"

#include <cmath>
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

/// Independent normal numbers of these deviations in orthogonal directions that lie askew.
Codewords cloud(int count, const std::vector<double>& deviations, unsigned seed) {
    const int dim = static_cast<int>(deviations.size());
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::vector<std::vector<double>> axes(dim, std::vector<double>(dim));
    for (int a = 0; a < dim; ++a) {
        for (double& value : axes[a]) value = normal(random);
        for (int b = 0; b < a; ++b) {
            double along = 0;
            for (int i = 0; i < dim; ++i) along += axes[a][i] * axes[b][i];
            for (int i = 0; i < dim; ++i) axes[a][i] -= along * axes[b][i];
        }
        double length = 0;
        for (const double value : axes[a]) length += value * value;
        for (double& value : axes[a]) value /= std::sqrt(length);
    }
    std::vector<float> values;
    for (int n = 0; n < count; ++n) {
        std::vector<double> point(dim, 3.0);  // a mean that is not zero
        for (int a = 0; a < dim; ++a) {
            const double along = deviations[a] * normal(random);
            for (int i = 0; i < dim; ++i) point[i] += along * axes[a][i];
        }
        values.insert(values.end(), point.begin(), point.end());
    }
    return bookOf(std::move(values), dim);
}

struct Spread {
    double x = 0, y = 0, both = 0;
};
Spread spreadOf(const ui::PrincipalPlane& plane) {
    Spread spread;
    for (const auto& [x, y] : plane.places) {
        spread.x += double(x) * x;
        spread.y += double(y) * y;
        spread.both += double(x) * y;
    }
    return spread;
}

TEST(PrincipalPlane, PointsOnALineLieOnTheFirstAxis) {
    // About (1, 2, 2) in steps of (1, 2, 2) / 3: the direction has length one.
    const auto plane = ui::principalPlane(bookOf({0, 0, 0, 1, 2, 2, 2, 4, 4}, 3));
    ASSERT_EQ(plane.places.size(), 3U);
    EXPECT_NEAR(plane.places[0][0], -3, 1e-5);
    EXPECT_NEAR(plane.places[1][0], 0, 1e-5);
    EXPECT_NEAR(plane.places[2][0], 3, 1e-5) << "the largest component of the axis is positive";
    for (const auto& place : plane.places) EXPECT_NEAR(place[1], 0, 1e-5);
    EXPECT_NEAR(plane.share[0], 1, 1e-9);
    EXPECT_NEAR(plane.share[1], 0, 1e-9);
}

TEST(PrincipalPlane, FindsTheWidestDirectionsOfACloud) {
    std::vector<double> deviations(24, 0.3);
    deviations[3] = 5;
    deviations[17] = 2;
    const auto plane = ui::principalPlane(cloud(4000, deviations, 3));
    const Spread spread = spreadOf(plane);
    EXPECT_NEAR(std::sqrt(spread.x / 4000), 5, 0.25);
    EXPECT_NEAR(std::sqrt(spread.y / 4000), 2, 0.1);
    EXPECT_LT(std::abs(spread.both), 1e-3 * std::sqrt(spread.x * spread.y)) << "the axes are the components, not any basis of the plane";
    const double all = 25 + 4 + 22 * 0.09;
    EXPECT_NEAR(plane.share[0], 25 / all, 0.02);
    EXPECT_NEAR(plane.share[1], 4 / all, 0.02);
}

TEST(PrincipalPlane, NoOtherDirectionIsWider) {
    // Nearly even: the hard case of the iteration.
    std::vector<double> deviations;
    for (int i = 0; i < 32; ++i) deviations.push_back(2 - 0.03 * i);
    const Codewords book = cloud(3000, deviations, 11);
    const Spread spread = spreadOf(ui::principalPlane(book));
    std::vector<double> mean(book.dim);
    for (int code = 0; code < book.count; ++code) {
        for (int i = 0; i < book.dim; ++i) mean[i] += book[code][i] / double(book.count);
    }
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    for (int trial = 0; trial < 200; ++trial) {
        std::vector<double> direction(book.dim);
        double length = 0;
        for (double& value : direction) {
            value = normal(random);
            length += value * value;
        }
        double squares = 0;
        for (int code = 0; code < book.count; ++code) {
            double along = 0;
            for (int i = 0; i < book.dim; ++i) along += (book[code][i] - mean[i]) * direction[i];
            squares += along * along / length;
        }
        EXPECT_LE(squares, spread.x * (1 + 1e-6));
    }
}

TEST(PrincipalPlane, IsTheSameEachTime) {
    const Codewords book = cloud(500, {4, 2, 1, 1, 0.5}, 2);
    EXPECT_EQ(ui::principalPlane(book).places, ui::principalPlane(book).places);
}

TEST(PrincipalPlane, OfOneDimensionHasNoSecond) {
    const auto plane = ui::principalPlane(bookOf({1, 2, 6}, 1));
    EXPECT_NEAR(plane.places[2][0] - plane.places[0][0], 5, 1e-6);
    EXPECT_EQ(plane.places[2][1], 0);
}

TEST(PrincipalPlane, EqualCodewordsLieAtTheMiddle) {
    const auto plane = ui::principalPlane(bookOf({2, 3, 2, 3, 2, 3}, 2));
    for (const auto& [x, y] : plane.places) {
        EXPECT_EQ(x, 0);
        EXPECT_EQ(y, 0);
    }
    EXPECT_EQ(plane.share[0], 0);
}

TEST(PrincipalPlane, WhatIsNoNumberSpoilsNothing) {
    const auto plane = ui::principalPlane(bookOf({-1, 0, 1, 0, NAN, 5}, 2));
    EXPECT_NEAR(std::abs(plane.places[0][0]), 1, 1e-6);
    EXPECT_NEAR(std::abs(plane.places[1][0]), 1, 1e-6);
    EXPECT_EQ(plane.places[2][0], 0);
}

TEST(PrincipalPlane, StoppedHasNoPlaces) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_TRUE(ui::principalPlane(cloud(50, {1, 1}, 1), stop.get_token()).places.empty());
}

}  // namespace
}  // namespace tessera::test
