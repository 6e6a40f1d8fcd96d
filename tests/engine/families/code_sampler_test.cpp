// SPDX-License-Identifier: Apache-2.0
#include "families/code_sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace tessera {
namespace {

using testing::ElementsAre;

std::vector<float> randomLogits(int count, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, 2);
    std::vector<float> logits(static_cast<std::size_t>(count));
    for (float& each : logits) each = normal(random);
    return logits;
}

/// The rule written out: sorted, cut and summed by hand.
int byHand(const std::vector<float>& with, const std::vector<float>& without, const CodeSampler::Rule& rule, double uniform) {
    const std::size_t count = with.size();
    std::vector<double> logits(count);
    for (std::size_t i = 0; i < count; ++i) logits[i] = (without.empty() ? with[i] : without[i] + rule.guidance * (with[i] - without[i])) / rule.temperature;
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
    const std::size_t most = rule.topK > 0 ? std::min<std::size_t>(count, static_cast<std::size_t>(rule.topK)) : count;
    std::vector<double> weights(count, 0);
    double all = 0;
    for (std::size_t i = 0; i < most; ++i) all += weights[order[i]] = std::exp(logits[order[i]]);
    double before = 0;
    for (std::size_t i = 0; i < most; ++i) {
        const double own = weights[order[i]];
        if (i > 0 && before >= rule.topP * all) weights[order[i]] = 0;
        before += own;
    }
    const double kept = std::accumulate(weights.begin(), weights.end(), 0.0);
    double passed = 0;
    for (std::size_t i = 0; i < count; ++i) {
        passed += weights[i];
        if (passed > uniform * kept) return static_cast<int>(i);
    }
    return -1;
}

TEST(CodeSampler, DrawsByTheRule) {
    const CodeSampler::Rule rules[] = {{.guidance = 3, .temperature = 1, .topK = 90, .topP = 0.96}, {.guidance = 1.5, .temperature = 0.7, .topK = 20, .topP = 0.8}, {.guidance = 0, .temperature = 2},
                                       {.guidance = 3, .temperature = 1, .topK = 5000, .topP = 0.5}, {.temperature = 1, .topK = 3}};
    for (const CodeSampler::Rule& rule : rules) {
        CodeSampler sampler(rule);
        for (unsigned seed = 0; seed < 50; ++seed) {
            const std::vector<float> with = randomLogits(300, seed), without = randomLogits(300, seed + 1000);
            const double uniform = uniformOf(7, seed);
            GenerationTrace trace;
            EXPECT_EQ(sampler.take(with, without, -1, uniform, trace), byHand(with, without, rule, uniform)) << seed;
            EXPECT_EQ(sampler.take(with, {}, -1, uniform, trace), byHand(with, {}, rule, uniform)) << seed << ", unguided";
        }
    }
}

TEST(CodeSampler, OfEqualLogitsAllStayWithinTopK) {
    const std::vector<float> logits{1, 3, 3, 3, 0};
    CodeSampler sampler({.topK = 2});
    std::map<int, int> counts;
    for (std::uint64_t draw = 0; draw < 300; ++draw) {
        GenerationTrace trace;
        ++counts[sampler.take(logits, {}, -1, uniformOf(1, draw), trace)];
    }
    EXPECT_EQ(counts.size(), 3u) << "the third is as large as the second";
    for (const int code : {1, 2, 3}) EXPECT_NEAR(counts[code], 100, 35) << code;
    GenerationTrace trace;
    EXPECT_EQ(CodeSampler({.temperature = 0}).take(logits, {}, -1, 0.99, trace), 1) << "the lowest of equals";
    EXPECT_EQ(CodeSampler({.topK = 1}).take(logits, {}, -1, 0.99, trace), 1);
    EXPECT_EQ(CodeSampler({.topP = 1e-9}).take(logits, {}, -1, 0.99, trace), 1);
}

TEST(CodeSampler, EndsOfTheUniformRangeAreTheFirstAndTheLastCode) {
    const std::vector<float> logits(7, 0.25f);
    GenerationTrace trace;
    CodeSampler sampler({});
    EXPECT_EQ(sampler.take(logits, {}, -1, 0, trace), 0);
    EXPECT_EQ(sampler.take(logits, {}, -1, 1 - 1e-16, trace), 6);
    EXPECT_EQ(sampler.take(logits, {}, -1, 0.5, trace), 3);
}

TEST(CodeSampler, TellsWhatItKnows) {
    const std::vector<float> with{std::log(4.f), std::log(2.f), std::log(1.f), std::log(1.f)}, without{0, 0, 0, 0};
    GenerationTrace trace;
    EXPECT_EQ(CodeSampler({}).take(with, without, 1, 0, trace), 1) << "given";
    EXPECT_NEAR(trace.probability[0], 0.25, 1e-6);
    EXPECT_EQ(trace.rank[0], 1);
    EXPECT_NEAR(trace.entropy[0], 1.75, 1e-5) << "bits";
    EXPECT_NEAR(trace.guidanceGain[0], 0, 1e-5) << "log of 1/4 over 1/4";
    ASSERT_EQ(trace.alternatives.size(), std::size_t(GenerationTrace::kAlternatives));
    EXPECT_THAT(std::vector(trace.alternatives.begin(), trace.alternatives.begin() + 5), ElementsAre(0, 1, 2, 3, -1));
    EXPECT_NEAR(trace.alternativeProbabilities[0], 0.5, 1e-6);
    // Probabilities are told before top-k and top-p leave codes out.
    CodeSampler({.topK = 1}).take(with, without, -1, 0, trace);
    EXPECT_NEAR(trace.probability[1], 0.5, 1e-6);
    CodeSampler({.guidance = 2}).take(with, without, 0, 0, trace);
    EXPECT_NEAR(trace.probability[2], 16.0 / 22, 1e-5);
    EXPECT_NEAR(trace.guidanceGain[2], std::log(2.0), 1e-5) << "of the logits as they are";
}

TEST(CodeSampler, GuidanceGrowsByItsCourse) {
    const auto followed = [](GuidanceCourse course, double share) {
        CodeSampler sampler({.guidance = 5, .course = course});
        sampler.reach(share);
        return sampler.guidance();
    };
    for (const double share : {0.0, 0.25, 1.0}) EXPECT_EQ(followed(GuidanceCourse::Constant, share), 5) << share;
    EXPECT_DOUBLE_EQ(followed(GuidanceCourse::Linear, 0), 1) << "as without guidance";
    EXPECT_DOUBLE_EQ(followed(GuidanceCourse::Linear, 0.25), 2);
    EXPECT_DOUBLE_EQ(followed(GuidanceCourse::Cosine, 0), 1);
    EXPECT_DOUBLE_EQ(followed(GuidanceCourse::Cosine, 0.5), 3);
    EXPECT_LT(followed(GuidanceCourse::Cosine, 0.25), followed(GuidanceCourse::Linear, 0.25)) << "it sets out slowly";
    for (const auto course : {GuidanceCourse::Linear, GuidanceCourse::Cosine}) EXPECT_DOUBLE_EQ(followed(course, 1), 5);
    // Without, the second code is the likeliest; by much guidance the first.
    const std::vector<float> with{1, 0.9F}, without{0, 0.5F};
    GenerationTrace trace;
    CodeSampler sampler({.guidance = 9, .temperature = 0, .course = GuidanceCourse::Linear});
    sampler.reach(1);
    EXPECT_EQ(sampler.take(with, without, -1, 0, trace), 0);
    CodeSampler turned({.guidance = -9, .temperature = 0, .course = GuidanceCourse::Linear});
    turned.reach(0);
    EXPECT_EQ(turned.take(with, without, -1, 0, trace), 0) << "guidance 1: the prompt's own";
    turned.reach(1);
    EXPECT_EQ(turned.take(with, without, -1, 0, trace), 1);
}

TEST(CodeSampler, LogitsThatAreNoNumbersAreRefused) {
    for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
        std::vector<float> logits(5, 1.f);
        logits[3] = bad;
        GenerationTrace trace;
        EXPECT_THROW(CodeSampler({}).take(logits, {}, -1, 0.5, trace), Failure);
        EXPECT_EQ(trace.size(), 0u);
    }
}

TEST(CodeSampler, UniformNumbersAreThoseOfTheirPlace) {
    EXPECT_EQ(uniformOf(3, 5), uniformOf(3, 5));
    EXPECT_NE(uniformOf(3, 5), uniformOf(3, 6));
    EXPECT_NE(uniformOf(3, 5), uniformOf(4, 5));
    double sum = 0;
    for (std::uint64_t i = 0; i < 4000; ++i) {
        const double u = uniformOf(i % 40, i / 40);
        EXPECT_TRUE(u >= 0 && u < 1);
        sum += u;
    }
    EXPECT_NEAR(sum / 4000, 0.5, 0.02);
}

}  // namespace
}  // namespace tessera
