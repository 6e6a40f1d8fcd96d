// SPDX-License-Identifier: Apache-2.0
#include "core/hash.h"

#include <array>
#include <gtest/gtest.h>
#include <limits>
#include <set>
#include <unordered_set>
#include <vector>

namespace tessera {
namespace {

template <typename... T>
Hash128 hashOf(const T&... values) {
    Hasher hasher;
    (hasher.add(values), ...);
    return hasher.finish();
}

TEST(Hash, DependsOnWhatWasAddedAndOnNothingElse) {
    EXPECT_EQ(hashOf("latents", 3, 0.5), hashOf("latents", 3, 0.5));
    EXPECT_NE(hashOf("latents", 3, 0.5), hashOf("latents", 3, 0.25));
    EXPECT_NE(hashOf("latents", 3), hashOf(3, "latents"));
}

TEST(Hash, NoTwoSequencesCollideByConcatenation) {
    const std::set<Hash128> hashes{hashOf("ab", "c"),
                                   hashOf("a", "bc"),
                                   hashOf("abc"),
                                   hashOf("abc", ""),
                                   hashOf("", "abc"),
                                   hashOf("", ""),
                                   hashOf(""),
                                   hashOf()};
    EXPECT_EQ(hashes.size(), 8U);
}

TEST(Hash, EqualBytesOfDifferentTypeDiffer) {
    const std::array<std::byte, 8> one{std::byte{1}};
    const std::set<Hash128> hashes{hashOf(std::int64_t{1}),
                                   hashOf(std::span<const std::byte>(one)),
                                   hashOf(std::string("\1\0\0\0\0\0\0\0", 8)),
                                   hashOf(std::bit_cast<double>(std::int64_t{1})),
                                   hashOf(true),
                                   hashOf(1.0),
                                   hashOf("1")};
    EXPECT_EQ(hashes.size(), 7U);
}

TEST(Hash, AValueHashesAsWhatItHolds) {
    EXPECT_EQ(hashOf(Value(true)), hashOf(true));
    EXPECT_EQ(hashOf(Value(std::int64_t{7})), hashOf(7));
    EXPECT_EQ(hashOf(Value(0.5)), hashOf(0.5));
    EXPECT_EQ(hashOf(Value(std::string("signed"))), hashOf("signed"));
    const std::set<Hash128> hashes{
        hashOf(Value(true)), hashOf(Value(std::int64_t{1})), hashOf(Value(1.0)), hashOf(Value(std::string("1")))};
    EXPECT_EQ(hashes.size(), 4U);
}

TEST(Hash, EqualNumbersHashAlike) {
    EXPECT_EQ(hashOf(0.0), hashOf(-0.0));
    EXPECT_EQ(hashOf(std::numeric_limits<double>::quiet_NaN()), hashOf(-std::numeric_limits<double>::quiet_NaN()));
    EXPECT_EQ(hashOf(5), hashOf(5U));
    EXPECT_EQ(hashOf(5), hashOf(std::uint64_t{5}));
    EXPECT_EQ(hashOf(0.5F), hashOf(0.5)) << "a float is not cut down to an integer";
    EXPECT_NE(hashOf(0.5), hashOf(0));
}

TEST(Hash, HexIsThirtyTwoDigitsHighWordFirst) {
    EXPECT_EQ((Hash128{0x0123456789abcdefULL, 0xfedcba9876543210ULL}.hex()), "0123456789abcdeffedcba9876543210");
    EXPECT_EQ(Hash128{}.hex(), std::string(32, '0'));
}

TEST(Hash, IsTheSameOnEveryMachineAndInEveryVersion) {
    // Names of cached and recorded content: a change here orphans them.
    EXPECT_EQ(hashOf("tessera", 1, 0.5, true).hex(), "89c26ebbd8164bf4439d2c064ee7a3da");
}

TEST(Hash, FinishingDoesNotEndIt) {
    Hasher hasher;
    hasher.add("a");
    const Hash128 first = hasher.finish();
    EXPECT_EQ(hasher.finish(), first);
    EXPECT_EQ(hasher.add("b").finish(), hashOf("a", "b"));
}

TEST(Hash, AHundredThousandSmallNumbersHaveAsManyHashes) {
    std::unordered_set<Hash128> hashes;
    for (int i = 0; i < 100'000; ++i) hashes.insert(hashOf(i));
    EXPECT_EQ(hashes.size(), 100'000U);
}

TEST(Hash, LongBytesDifferInEverySingleByte) {
    std::vector<std::byte> bytes(5000);
    std::unordered_set<Hash128> hashes{hashOf(std::span<const std::byte>(bytes))};
    for (std::size_t i = 0; i < bytes.size(); i += 7) {
        bytes[i] = std::byte{1};
        hashes.insert(hashOf(std::span<const std::byte>(bytes)));
        bytes[i] = std::byte{0};
    }
    EXPECT_EQ(hashes.size(), 1 + (5000 + 6) / 7U);
}

}  // namespace
}  // namespace tessera
