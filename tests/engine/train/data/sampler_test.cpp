// SPDX-License-Identifier: Apache-2.0
#include "train/data/sampler.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <gmock/gmock.h>

#include "core/error.h"
#include "train/data/random.h"

namespace tessera::train {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::size_t> indices(Sampler& sampler, std::size_t count) {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back(sampler.next().index);
    return result;
}

std::string refusal(const std::vector<Sampler::Part>& parts) {
    try {
        Sampler sampler(parts, 0);
    } catch (const Failure& failure) {
        return failure.what();
    }
    return "accepted";
}

TEST(Random, IsSplitMix64) {
    // The first numbers of the reference implementation (prng.di.unimi.it) for seed 1234567.
    SplitMix64 random(1234567);
    EXPECT_EQ(random.next(), 6457827717110365317U);
    EXPECT_EQ(random.next(), 3203168211198807973U);
    EXPECT_EQ(random.next(), 9817491932198370423U);
}

TEST(Random, BelowReachesEachNumberEquallyOften) {
    SplitMix64 random(7);
    std::map<std::uint64_t, int> counts;
    for (int i = 0; i < 60'000; ++i) ++counts[random.below(6)];
    ASSERT_EQ(counts.size(), 6U);
    for (const auto& [number, count] : counts) EXPECT_NEAR(count, 10'000, 500) << number;
    EXPECT_EQ(random.below(1), 0U);
}

TEST(Sampler, GivesEachExampleOncePerEpoch) {
    Sampler sampler({{.size = 97}}, 5);
    std::vector<std::vector<std::size_t>> epochs;
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < 97; ++i) {
            const Sampler::Draw draw = sampler.next();
            EXPECT_EQ(draw.epoch, epoch);
            EXPECT_EQ(draw.number, epoch * 97 + i);
            order.push_back(draw.index);
        }
        EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 97U);
        EXPECT_LT(*std::max_element(order.begin(), order.end()), 97U);
        epochs.push_back(order);
    }
    EXPECT_NE(epochs[0], epochs[1]);
    EXPECT_NE(epochs[1], epochs[2]);
    EXPECT_FALSE(std::is_sorted(epochs[0].begin(), epochs[0].end()));
}

TEST(Sampler, OrderDependsOnTheSeedAlone) {
    Sampler a({{.size = 8}}, 3), again({{.size = 8}}, 3), other({{.size = 8}}, 4);
    const std::vector<std::size_t> order = indices(a, 24);
    EXPECT_EQ(order, indices(again, 24));
    EXPECT_NE(order, indices(other, 24));
    // By another program: a training that is resumed on another machine or by a later version goes on in the same order.
    EXPECT_THAT(std::vector(order.begin(), order.begin() + 8), ElementsAre(2, 6, 3, 7, 1, 0, 4, 5));
}

TEST(Sampler, GoesOnWhereItWasRestored) {
    const std::vector<Sampler::Part> one{{.size = 11}}, three{{.size = 5, .weight = 1}, {.size = 13, .weight = 2.5}, {.size = 2, .weight = 0.25}};
    for (const auto& parts : {one, three}) {
        Sampler whole(parts, 9);
        std::vector<Sampler::Draw> draws;
        for (int i = 0; i < 100; ++i) draws.push_back(whole.next());
        for (const std::uint64_t position : {0U, 1U, 10U, 11U, 12U, 55U, 99U}) {
            Sampler restored(parts, 9);
            indices(restored, 17);
            restored.restore(position);
            EXPECT_EQ(restored.position(), position);
            for (std::size_t i = position; i < draws.size(); ++i) EXPECT_EQ(restored.next(), draws[i]) << "after " << position;
        }
    }
}

TEST(Sampler, DrawsPartsByTheirWeights) {
    Sampler sampler({{.size = 10, .weight = 11}, {.size = 1000, .weight = 2}, {.size = 3, .weight = 7}}, 1);
    std::map<std::size_t, int> counts;
    std::map<std::size_t, std::map<std::size_t, int>> examples;
    for (int i = 0; i < 20'000; ++i) {
        const Sampler::Draw draw = sampler.next();
        ++counts[draw.part];
        ++examples[draw.part][draw.index];
    }
    EXPECT_NEAR(counts[0], 11'000, 300);
    EXPECT_NEAR(counts[1], 2'000, 200);
    EXPECT_NEAR(counts[2], 7'000, 300);
    // Without replacement within an epoch: no example is ahead of another by more than one.
    for (const auto& [part, seen] : examples) {
        std::vector<int> times;
        for (const auto& [index, count] : seen) times.push_back(count);
        EXPECT_LE(*std::max_element(times.begin(), times.end()) - *std::min_element(times.begin(), times.end()), 1) << part;
    }
}

TEST(Sampler, OneExampleComesAgainAndAgain) {
    Sampler sampler({{.size = 1}}, 2);
    EXPECT_THAT(indices(sampler, 5), Each(0U));
}

TEST(Sampler, RefusesWhatCannotBeDrawn) {
    EXPECT_THAT(refusal({}), HasSubstr("no training data"));
    EXPECT_THAT(refusal({{.size = 0}}), HasSubstr("empty"));
    for (const double weight : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        EXPECT_THAT(refusal({{.size = 1}, {.size = 1, .weight = weight}}), HasSubstr("weight")) << weight;
    EXPECT_THAT(refusal({{.size = 1, .weight = 1e308}, {.size = 1, .weight = 1e308}}), HasSubstr("too large"));
    EXPECT_THAT(refusal({{.size = std::size_t(1) << 32}}), HasSubstr("4294967295"));
}

}  // namespace
}  // namespace tessera::train
