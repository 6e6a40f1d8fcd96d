// SPDX-License-Identifier: Apache-2.0
// Round trips of random values, and hostile bytes: cut off at every offset, every bit flipped, counts that lie.
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include <tessera/bytes.h>

namespace tessera {
namespace {

using Bytes = std::vector<std::byte>;

class Dice {
public:
    explicit Dice(std::uint32_t seed) : m_random(seed) {}
    std::uint64_t below(std::uint64_t n) { return (m_random() * 0x100000000ULL + m_random()) % n; }
    bool coin() { return below(2) == 0; }
    template <typename E>
    E any(E last) {
        return static_cast<E>(below(static_cast<std::uint64_t>(last) + 1));
    }
    std::string text() {
        std::string text(below(20), ' ');
        for (char& c : text) c = static_cast<char>(below(256));  // any bytes, also zeros
        return text;
    }
    double number() {
        switch (below(8)) {
            case 0:
                return std::numeric_limits<double>::infinity();
            case 1:
                return std::numeric_limits<double>::quiet_NaN();
            case 2:
                return -0.0;
            case 3:
                return std::numeric_limits<double>::denorm_min();
            default:
                return static_cast<double>(static_cast<std::int64_t>(below(UINT64_MAX))) / 1e9;
        }
    }
    /// A number that equals itself.
    double sane() {
        const double n = number();
        return n == n ? n : 0.5;
    }
    Value value() {
        switch (below(4)) {
            case 0:
                return coin();
            case 1:
                return static_cast<std::int64_t>(below(UINT64_MAX));
            case 2:
                return sane();
            default:
                return text();
        }
    }

private:
    std::mt19937 m_random;
};

CellRef randomCell(Dice& dice) {
    return {SourceId{dice.below(UINT64_MAX)}, ModelId{dice.below(UINT64_MAX)}, EditId{dice.below(UINT64_MAX)}, static_cast<int>(dice.below(1000)) - 1};
}

Query randomQuery(Dice& dice) {
    Query query;
    query.lens = dice.text();
    query.cell = randomCell(dice);
    for (auto n = dice.below(6); n > 0; --n) query.parameters[dice.text()] = dice.value();
    for (auto n = dice.below(4); n > 0; --n) query.others.push_back(randomCell(dice));
    return query;
}

template <typename T>
Image randomSamples(Dice& dice, int channels) {
    const int width = 1 + static_cast<int>(dice.below(9)), height = 1 + static_cast<int>(dice.below(9));
    std::vector<T> samples(static_cast<std::size_t>(width * height * channels));
    for (T& sample : samples) sample = static_cast<T>(dice.below(65536));
    return Image(width, height, channels, SharedArray<T>(std::move(samples)));
}

Picture randomPicture(Dice& dice) {
    Picture picture;
    picture.mapping = dice.any(FieldMapping::Ssim);
    const int channels = picture.mapping == FieldMapping::Scalar ? 1 : picture.mapping == FieldMapping::Ssim ? 5 : std::array{1, 3, 4, 5}[dice.below(4)];
    const auto storage = picture.mapping == FieldMapping::Colour ? dice.below(4) : 2 + dice.below(2);
    if (storage == 0) picture.image = randomSamples<std::uint8_t>(dice, channels);
    if (storage == 1) picture.image = randomSamples<std::uint16_t>(dice, channels);
    if (storage == 2) picture.image = randomSamples<float>(dice, channels);
    if (dice.coin()) {
        picture.legend = Legend{
            dice.number(), dice.number(), dice.any(ColourMap::RedWhiteBlue), dice.any(Unit::LatentUnits), dice.text()};
    }
    picture.partial = dice.coin();
    picture.sourceWidth = static_cast<int>(dice.below(1U << 31));
    picture.sourceHeight = static_cast<int>(dice.below(1U << 31));
    picture.region = {dice.number(), dice.number(), dice.number(), dice.number()};
    picture.summary = dice.text();
    picture.precision = dice.text();
    for (auto n = dice.below(4); n > 0; --n) {
        std::optional<double> value;
        if (dice.coin()) value = dice.number();
        picture.measures.push_back({dice.text(), value, dice.any(Unit::LatentUnits), dice.text()});
    }
    if (dice.coin()) {
        Readings& readings = picture.readings;
        readings.width = static_cast<int>(1 + dice.below(4));
        readings.height = static_cast<int>(1 + dice.below(4));
        for (auto n = 1 + dice.below(3); n > 0; --n) readings.names.push_back(dice.text());
        readings.shown = static_cast<int>(dice.below(readings.names.size()));
        for (auto n = readings.names.size() * readings.width * readings.height; n > 0; --n) readings.values.push_back(static_cast<float>(dice.number()));
    }
    for (auto n = dice.below(4); n > 0; --n) picture.table.columns.push_back({dice.text(), dice.any(Unit::LatentUnits), dice.text()});
    for (auto n = dice.below(4) * picture.table.columns.size(); n > 0; --n) picture.table.values.push_back(dice.number());
    for (auto n = dice.below(4); n > 0; --n) picture.notes.push_back({dice.any(Note::Kind::Warning), dice.text()});
    for (auto n = dice.below(4); n > 0; --n) picture.timings.push_back({dice.text(), dice.number(), dice.coin()});
    return picture;
}

Progress randomProgress(Dice& dice) {
    Progress progress{static_cast<double>(dice.below(1001)) / 1000, dice.text(), std::nullopt};
    if (dice.coin()) progress.secondsLeft = static_cast<double>(dice.below(100'000)) / 7;
    return progress;
}

Error randomError(Dice& dice) {
    return {dice.any(ErrorCode::Internal), dice.text(), dice.text(), dice.text()};
}

// What any reader does with any bytes: refuses them, or reads a value that is written as these very bytes.
template <typename Read>
void expectRefusedOrExact(const Bytes& bytes, Read read) {
    const auto value = read(bytes);
    if (value) {
        ASSERT_EQ(toBytes(value.value()), bytes);
    }
}

template <typename Read>
void attack(const Bytes& good, Read read) {
    for (std::size_t size = 0; size < good.size(); ++size) {
        ASSERT_FALSE(read(std::span(good).first(size))) << "cut off after " << size << " of " << good.size();
    }
    Bytes longer = good;
    longer.push_back(std::byte{0});
    ASSERT_FALSE(read(longer)) << "something follows";
    Bytes bytes = good;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            bytes[i] = good[i] ^ static_cast<std::byte>(1 << bit);
            expectRefusedOrExact(bytes, read);
        }
        for (const auto extreme : {std::byte{0x00}, std::byte{0x7f}, std::byte{0xff}}) {
            bytes[i] = extreme;
            expectRefusedOrExact(bytes, read);
        }
        bytes[i] = good[i];
    }
    // Every aligned or unaligned count as large as it can be.
    for (std::size_t i = 0; i + 4 <= bytes.size(); ++i) {
        for (const std::uint32_t huge : {0xFFFFFFFFU, 0x7FFFFFFFU, 0x80000000U}) {
            std::memcpy(bytes.data() + i, &huge, 4);
            expectRefusedOrExact(bytes, read);
            std::memcpy(bytes.data() + i, good.data() + i, 4);
        }
    }
}

constexpr auto kQuery = [](std::span<const std::byte> bytes) { return queryFromBytes(bytes); };
constexpr auto kPicture = [](std::span<const std::byte> bytes) { return pictureFromBytes(bytes); };
constexpr auto kProgress = [](std::span<const std::byte> bytes) { return progressFromBytes(bytes); };
constexpr auto kError = [](std::span<const std::byte> bytes) { return errorFromBytes(bytes); };

TEST(Bytes, ARandomQueryComesBackAsItWas) {
    Dice dice(1);
    for (int i = 0; i < 500; ++i) {
        const Query query = randomQuery(dice);
        const auto back = queryFromBytes(toBytes(query));
        ASSERT_TRUE(back) << toLine(back.error());
        ASSERT_EQ(back.value(), query);
    }
}

TEST(Bytes, ARandomPictureComesBackAsItWas) {
    Dice dice(2);
    for (int i = 0; i < 500; ++i) {
        const Picture picture = randomPicture(dice);
        const auto back = pictureFromBytes(toBytes(picture));
        ASSERT_TRUE(back) << toLine(back.error());
        ASSERT_TRUE(equal(back.value(), picture));
        ASSERT_EQ(toBytes(back.value()), toBytes(picture)) << "also NaN and -0 to the bit";
    }
}

TEST(Bytes, RandomProgressAndErrorsComeBackAsTheyWere) {
    Dice dice(3);
    for (int i = 0; i < 500; ++i) {
        const Progress progress = randomProgress(dice);
        const auto progressBack = progressFromBytes(toBytes(progress));
        ASSERT_TRUE(progressBack) << toLine(progressBack.error());
        ASSERT_EQ(progressBack.value(), progress);
        const Error error = randomError(dice);
        ASSERT_EQ(errorFromBytes(toBytes(error)), error);
    }
}

TEST(Bytes, HostileQueriesAreRefusedOrExact) {
    Dice dice(4);
    for (int i = 0; i < 20; ++i) attack(toBytes(randomQuery(dice)), kQuery);
}

TEST(Bytes, HostilePicturesAreRefusedOrExact) {
    Dice dice(5);
    for (int i = 0; i < 12; ++i) attack(toBytes(randomPicture(dice)), kPicture);
}

TEST(Bytes, HostileProgressAndErrorsAreRefusedOrExact) {
    Dice dice(6);
    for (int i = 0; i < 20; ++i) {
        attack(toBytes(randomProgress(dice)), kProgress);
        attack(toBytes(randomError(dice)), kError);
    }
}

TEST(Bytes, NoiseIsRefused) {
    Dice dice(7);
    for (int i = 0; i < 20'000; ++i) {
        Bytes bytes(dice.below(200));
        for (std::byte& b : bytes) b = static_cast<std::byte>(dice.below(256));
        if (i % 2 == 0 && bytes.size() > 8) {  // behind a good header
            const Bytes good = toBytes(randomPicture(dice));
            std::copy_n(good.begin(), 8, bytes.begin());
        }
        expectRefusedOrExact(bytes, kPicture);
        expectRefusedOrExact(bytes, kQuery);
        expectRefusedOrExact(bytes, kProgress);
        expectRefusedOrExact(bytes, kError);
    }
}

TEST(Bytes, OneKindIsNotTakenForAnother) {
    Dice dice(8);
    EXPECT_FALSE(pictureFromBytes(toBytes(randomQuery(dice))));
    EXPECT_FALSE(queryFromBytes(toBytes(randomPicture(dice))));
    EXPECT_FALSE(errorFromBytes(toBytes(randomProgress(dice))));
    EXPECT_FALSE(progressFromBytes(toBytes(randomError(dice))));
}

TEST(Bytes, AnotherVersionIsNamed) {
    Bytes bytes = toBytes(Query{});
    bytes[4] = std::byte{9};
    const auto query = queryFromBytes(bytes);
    ASSERT_FALSE(query);
    EXPECT_EQ(query.error().message, "the bytes have version 9, only 4 is known");
}

TEST(Bytes, AGiganticPictureIsRefusedBeforeAnythingIsAllocated) {
    Picture picture;
    picture.image = Image(1, 1, 4, SharedArray<float>(std::vector<float>(4)));
    Bytes bytes = toBytes(picture);
    const std::int32_t huge = std::numeric_limits<std::int32_t>::max();
    std::memcpy(bytes.data() + 8, &huge, 4);
    std::memcpy(bytes.data() + 12, &huge, 4);
    const auto read = pictureFromBytes(bytes);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::Invalid);
}

TEST(Bytes, AFieldOfBytesIsRefusedBecauseItsDrawerExpectsFloats) {
    Picture picture;
    picture.image = Image(1, 1, 3, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(3)));
    picture.mapping = FieldMapping::Absolute;
    EXPECT_FALSE(pictureFromBytes(toBytes(picture)));
}

TEST(Bytes, OtherCellsKeepTheirOrderAndNumber) {
    Query query{.lens = "difference", .cell = {SourceId{1}, ModelId{2}}, .parameters = {}, .others = {{SourceId{3}, ModelId{4}, EditId{5}, 6}, {SourceId{2}}}};
    const auto back = queryFromBytes(toBytes(query));
    ASSERT_TRUE(back) << toLine(back.error());
    EXPECT_EQ(back.value().others, query.others);
    std::swap(query.others[0], query.others[1]);
    EXPECT_NE(back.value(), query) << "the reference comes first";
    query.others.pop_back();
    EXPECT_NE(back.value(), query);
}

TEST(Bytes, RepeatedAndUnorderedParametersAreRefused) {
    Query query;
    query.parameters = {{"a", true}, {"b", false}};
    Bytes bytes = toBytes(query);
    const auto where = std::find(bytes.begin() + 40, bytes.end(), std::byte{'b'});
    ASSERT_NE(where, bytes.end());
    *where = std::byte{'a'};
    EXPECT_FALSE(queryFromBytes(bytes));
    *where = std::byte{'A'};
    EXPECT_FALSE(queryFromBytes(bytes));
    *where = std::byte{'c'};
    EXPECT_TRUE(queryFromBytes(bytes));
}

}  // namespace
}  // namespace tessera
