// SPDX-License-Identifier: Apache-2.0
#include "train/data/augment.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <tuple>

#include <gmock/gmock.h>

#include "core/error.h"

namespace tessera::train {
namespace {

using testing::HasSubstr;

/// u8 picture by (x, y, channel).
Example exampleOf(int width, int height, int channels, const std::function<int(int, int, int)>& sample) {
    std::vector<std::uint8_t> samples;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < channels; ++c) samples.push_back(static_cast<std::uint8_t>(sample(x, y, c)));
    return {Image(width, height, channels, SharedArray<std::uint8_t>(std::move(samples))), {}, "test"};
}

Image once(const Example& example, const AugmentSettings& settings, std::uint64_t seed = 1) {
    SplitMix64 random(seed);
    return augmented(example, settings, random);
}

std::vector<float> rgb(const Image& image) {
    const std::span<const float> samples = std::get<SharedArray<float>>(image.samples());
    return {samples.begin(), samples.end()};
}

const AugmentSettings kEverything{.side = 24, .smallest = 0.3, .largest = 1.5, .enlargement = 3, .centred = false, .flip = 0.5, .turn = 0.5, .swap = 0.5,
                                  .backgrounds = {Background::White, Background::Grey, Background::Noise, Background::Gradient}, .gamma = 0.5, .saturation = 0.5};

int speckled(int x, int y, int c) { return (x * 37 + y * 91 + c * 53 + x * y * 7) % 256; }

TEST(Augment, ConstantPictureStaysConstant) {
    for (const int channels : {1, 3}) {
        const Example grey = exampleOf(50, 31, channels, [](int, int, int) { return 51; });
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const Image image = once(grey, {.side = 17, .smallest = 0.1, .largest = 1, .centred = false, .flip = 0.5}, seed);
            EXPECT_EQ(image.width(), 17);
            EXPECT_EQ(image.height(), 17);
            EXPECT_EQ(image.channels(), 3);
            for (const float value : rgb(image)) EXPECT_NEAR(value, 0.2F, 1e-6F);
        }
    }
}

TEST(Augment, AsIsGivesTheMiddleSquare) {
    const Example wide = exampleOf(12, 4, 3, speckled);
    const Image image = once(wide, {.side = 4});
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 4; ++x)
            for (int c = 0; c < 3; ++c) EXPECT_NEAR(image.at(x, y, c), wide.picture.at(x + 4, y, c), 1e-6F) << x << " " << y;
}

TEST(Augment, FlipMirrors) {
    const Example example = exampleOf(20, 20, 3, speckled);
    for (const int side : {20, 13}) {
        const Image plain = once(example, {.side = side, .flip = 0}), mirrored = once(example, {.side = side, .flip = 1});
        for (int y = 0; y < side; ++y)
            for (int x = 0; x < side; ++x)
                for (int c = 0; c < 3; ++c) EXPECT_EQ(mirrored.at(side - 1 - x, y, c), plain.at(x, y, c));
    }
}

TEST(Augment, ReducesWithoutAliases) {
    const Example stripes = exampleOf(256, 256, 1, [](int x, int, int) { return x % 2 * 255; });
    for (const float value : rgb(once(stripes, {.side = 32}))) EXPECT_NEAR(value, 0.5F, 0.02F);
}

TEST(Augment, ScaleIsLogUniformWithinItsRange) {
    // Brightness is the column: the difference between the ends of a result's row tells how wide the cut was.
    const Example ramp = exampleOf(200, 200, 1, [](int x, int, int) { return x; });
    int small = 0;
    constexpr int kDraws = 400;
    for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
        const Image image = once(ramp, {.side = 16, .smallest = 0.25, .largest = 1, .centred = false}, seed);
        const double width = (image.at(15, 0, 0) - image.at(0, 0, 0)) * 255 * 16 / 15;
        EXPECT_GT(width, 0.25 * 200 * 0.95) << seed;
        EXPECT_LT(width, 200 * 1.05) << seed;
        small += width < 100;
    }
    EXPECT_NEAR(small, kDraws / 2, 50);  // 1/4 to 1/2 is as likely as 1/2 to 1
}

TEST(Augment, EnlargesNoMoreThanAllowed) {
    const Example ramp = exampleOf(200, 200, 1, [](int x, int, int) { return x; });
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const Image image = once(ramp, {.side = 200, .smallest = 0.01, .largest = 1, .enlargement = 2, .centred = false}, seed);
        EXPECT_GT((image.at(199, 0, 0) - image.at(0, 0, 0)) * 255, 95) << seed;
    }
    // A picture that is too small is shown whole.
    const Image whole = once(exampleOf(3, 3, 1, [](int x, int, int) { return x * 127; }), {.side = 30, .smallest = 0.5, .enlargement = 2});
    EXPECT_LT(whole.at(0, 0, 0), 0.1F);
    EXPECT_GT(whole.at(29, 0, 0), 0.9F);
}

TEST(Augment, TransparentPicturesAreShownWholeOnWhite) {
    // An opaque blue bar, twice as wide as high: above and below it, white.
    const Example bar = exampleOf(20, 10, 4, [](int x, int, int c) { return c == 3 ? (x == 0 ? 0 : 255) : c == 2 ? 255 : 0; });
    const Image image = once(bar, {.side = 20});
    for (int x = 0; x < 20; ++x) {
        EXPECT_EQ(image.at(x, 0, 0), 1) << x;
        EXPECT_EQ(image.at(x, 19, 0), 1) << x;
        EXPECT_NEAR(image.at(x, 10, 0), x == 0 ? 1 : 0, 1e-5F) << x;
        EXPECT_NEAR(image.at(x, 10, 2), 1, 1e-5F) << x;
    }
}

TEST(Augment, HiddenColoursDoNotBleed) {
    // Red where nothing covers, black where something does: reduced on white there is grey alone.
    const Example example = exampleOf(64, 64, 4, [](int x, int y, int c) {
        const bool covers = (x / 3 + y / 3) % 2 == 0;
        return c == 3 ? covers * 255 : c == 0 && !covers ? 255 : 0;
    });
    const Image image = once(example, {.side = 21});
    for (int y = 0; y < 21; ++y)
        for (int x = 0; x < 21; ++x) EXPECT_NEAR(image.at(x, y, 0), image.at(x, y, 1), 1e-5F);
}

TEST(Augment, BackgroundsShowWhereNothingCovers) {
    const Example nothing = exampleOf(9, 9, 4, [](int, int, int) { return 0; });
    const auto shown = [&](Background background, std::uint64_t seed) { return once(nothing, {.side = 16, .backgrounds = {background}}, seed); };
    const auto distinct = [](const Image& image) {
        const std::vector<float> samples = rgb(image);
        return std::set<float>(samples.begin(), samples.end()).size();
    };
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        EXPECT_EQ(distinct(shown(Background::White, seed)), 1U);
        EXPECT_EQ(shown(Background::White, seed).at(3, 3, 1), 1);
        EXPECT_EQ(distinct(shown(Background::Grey, seed)), 1U);
        EXPECT_NE(shown(Background::Grey, seed).at(3, 3, 1), shown(Background::Grey, seed + 1).at(3, 3, 1));
        EXPECT_GT(distinct(shown(Background::Noise, seed)), 700U);
        const Image gradient = shown(Background::Gradient, seed);
        for (int c = 0; c < 3; ++c)  // a plane: halfway lies the mean of the ends
            EXPECT_NEAR(gradient.at(0, 0, c) + gradient.at(15, 15, c), gradient.at(15, 0, c) + gradient.at(0, 15, c), 1e-5F);
    }
}

TEST(Augment, TurnedPicturesAreOneOfThreeQuarterTurns) {
    const Example example = exampleOf(9, 9, 3, speckled);
    const Image plain = once(example, {.side = 9});
    std::set<int> seen;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        const Image turned = once(example, {.side = 9, .turn = 1}, seed);
        int found = 0;
        for (int quarters = 1; quarters <= 3; ++quarters) {
            bool same = true;
            for (int y = 0; y < 9; ++y)
                for (int x = 0; x < 9; ++x) {
                    int u = x, v = y;
                    for (int i = 0; i < quarters; ++i) std::tie(u, v) = std::pair(8 - v, u);
                    for (int c = 0; c < 3; ++c) same = same && turned.at(x, y, c) == plain.at(u, v, c);
                }
            if (same) found = quarters;
        }
        EXPECT_NE(found, 0) << seed;
        seen.insert(found);
    }
    EXPECT_EQ(seen.size(), 3U);
}

TEST(Augment, SwappedChannelsAreTheSameOnesInAnotherOrder) {
    const Example example = exampleOf(8, 8, 3, speckled);
    const Image plain = once(example, {.side = 8});
    std::set<std::vector<float>> seen;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const Image swapped = once(example, {.side = 8, .swap = 1}, seed);
        EXPECT_NE(rgb(swapped), rgb(plain)) << seed;
        for (int i = 0; i < 64; ++i) {
            std::multiset<float> before, after;
            for (int c = 0; c < 3; ++c) before.insert(plain.at(i % 8, i / 8, c)), after.insert(swapped.at(i % 8, i / 8, c));
            EXPECT_EQ(before, after);
        }
        seen.insert(rgb(swapped));
    }
    EXPECT_EQ(seen.size(), 5U);
}

TEST(Augment, GraphicsLieSomewhereInTheBackground) {
    const Example square = exampleOf(10, 10, 4, [](int, int, int c) { return c == 3 ? 255 : 0; });
    std::set<std::pair<int, int>> places;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const Image image = once(square, {.side = 20, .smallest = 2, .largest = 2, .centred = false}, seed);
        int left = 20, top = 20, dark = 0;
        for (int y = 0; y < 20; ++y)
            for (int x = 0; x < 20; ++x)
                if (image.at(x, y, 0) < 0.5F) {
                    left = std::min(left, x);
                    top = std::min(top, y);
                    ++dark;
                }
        EXPECT_EQ(dark, 100) << seed;
        places.emplace(left, top);
    }
    EXPECT_GT(places.size(), 30U);
    const Image centred = once(square, {.side = 20, .smallest = 2, .largest = 2});
    EXPECT_EQ(centred.at(4, 4, 0), 1);
    EXPECT_EQ(centred.at(5, 5, 0), 0);
}

TEST(Augment, JitterKeepsWhatItShould) {
    const Example example = exampleOf(8, 8, 3, speckled), grey = exampleOf(8, 8, 1, speckled);
    const Image plain = once(example, {.side = 8});
    bool darker = false, lighter = false;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Image curved = once(example, {.side = 8, .gamma = 1}, seed);
        // One exponent for all samples, 1/2 to 2.
        const double exponent = std::log(curved.at(2, 1, 0)) / std::log(plain.at(2, 1, 0));
        EXPECT_GE(exponent, 0.499);
        EXPECT_LE(exponent, 2.001);
        const std::vector<float> before = rgb(plain), after = rgb(curved);
        for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], std::pow(before[i], exponent), 1e-4);
        darker |= exponent > 1.1;
        lighter |= exponent < 0.9;
        // Grey has no saturation to change.
        const Image same = once(grey, {.side = 8, .saturation = 1}, seed);
        for (int x = 0; x < 8; ++x) EXPECT_NEAR(same.at(x, 3, 2), grey.picture.at(x, 3, 0), 1e-5F);
    }
    EXPECT_TRUE(darker && lighter);
}

TEST(Augment, SameSeedGivesSameBits) {
    for (const int channels : {1, 3, 4}) {
        const Example example = exampleOf(40, 33, channels, speckled);
        std::set<std::vector<float>> all;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const Image image = once(example, kEverything, seed);
            EXPECT_EQ(rgb(image), rgb(once(example, kEverything, seed)));
            all.insert(rgb(image));
        }
        EXPECT_EQ(all.size(), 20U);
    }
}

TEST(Augment, StaysWithinZeroAndOne) {
    std::vector<float> wild{-3, 7, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
    std::vector<float> samples(30 * 20 * 4);
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = wild[i * 7 % 4];
    std::vector<Example> examples{exampleOf(40, 33, 3, speckled), exampleOf(1, 1, 3, speckled), exampleOf(300, 1, 4, speckled), exampleOf(1, 300, 1, speckled)};
    examples.push_back({Image(30, 20, 4, SharedArray<float>(samples)), {}, "wild"});
    for (const Example& example : examples)
        for (std::uint64_t seed = 0; seed < 30; ++seed) {
            const Image image = once(example, kEverything, seed);
            for (const float value : rgb(image)) ASSERT_TRUE(value >= 0 && value <= 1) << value;
        }
}

TEST(Augment, RefusesSettingsThatCannotBe) {
    const auto refusal = [](const AugmentSettings& settings) -> std::string {
        try {
            settings.check();
        } catch (const Failure& failure) {
            return failure.what();
        }
        return "accepted";
    };
    EXPECT_EQ(refusal({}), "accepted");
    EXPECT_EQ(refusal(kEverything), "accepted");
    EXPECT_THAT(refusal({.side = 0}), HasSubstr("side"));
    EXPECT_THAT(refusal({.smallest = 0}), HasSubstr("scales"));
    EXPECT_THAT(refusal({.smallest = 1, .largest = 0.5}), HasSubstr("scales"));
    EXPECT_THAT(refusal({.enlargement = 0}), HasSubstr("enlargement"));
    EXPECT_THAT(refusal({.flip = 1.5}), HasSubstr("mirrored"));
    EXPECT_THAT(refusal({.turn = -0.5}), HasSubstr("turned"));
    EXPECT_THAT(refusal({.swap = 2}), HasSubstr("swapped"));
    EXPECT_THAT(refusal({.backgrounds = {}}), HasSubstr("background"));
    EXPECT_THAT(refusal({.gamma = std::numeric_limits<double>::quiet_NaN()}), HasSubstr("gamma"));
    EXPECT_THAT(refusal({.saturation = -1}), HasSubstr("saturation"));
}

}  // namespace
}  // namespace tessera::train
