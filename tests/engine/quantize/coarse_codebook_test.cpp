// SPDX-License-Identifier: Apache-2.0
// What a coarse copy promises: bounds that hold for every vector, and that leave few codewords to measure.
#include "quantize/coarse_codebook.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "search_ways.h"

namespace tessera {
namespace {

using test::normalValues;
using test::SearchWay;

class CoarseCopies : public testing::TestWithParam<SearchWay> {};

/// Half the squared distance less half the vector's squared length about the mean, scaled: to 64 bits but for that length.
long double scoreOf(const VectorSearch& search, const ExactCodewords& codewords, std::int64_t code) {
    long double distance = 0;
    for (std::int64_t i = 0; i < codewords.dim; ++i) {
        const long double difference = static_cast<long double>(search.vector[i]) - codewords.data[code * codewords.dim + i];
        distance += difference * difference;
    }
    return (distance * codewords.scale * codewords.scale - search.squared) / 2;
}

struct Data {
    const char* name;
    std::int64_t count, dim;
    std::vector<float> codewords, vectors;  // [K,D], [8,D]
};

std::vector<Data> hardData() {
    std::vector<Data> all;
    for (const std::int64_t dim : {1, 3, 8, 64, 100, 256, 1024}) all.push_back({"normal", 70, dim, normalValues(70 * dim, 1), normalValues(8 * dim, 2)});
    const auto with = [&](const char* name, auto&& change) {
        Data data{name, 70, 48, normalValues(70 * 48, 3), normalValues(8 * 48, 4)};
        change(data);
        all.push_back(std::move(data));
    };
    const auto scaled = [](float by) {
        return [by](Data& data) {
            for (float& value : data.codewords) value *= by;
            for (float& value : data.vectors) value *= by;
        };
    };
    with("huge", scaled(1e30f));
    with("tiny", scaled(1e-30f));
    with("denormal", scaled(1e-41f));
    with("far from zero", [](Data& data) {
        for (float& value : data.codewords) value += 4096;
        for (float& value : data.vectors) value += 4096;
    });
    with("one dimension a thousand times larger", [](Data& data) {
        for (std::size_t i = 0; i < data.codewords.size(); i += 48) data.codewords[i] *= 1000;
        for (std::size_t i = 0; i < data.vectors.size(); i += 48) data.vectors[i] *= 1000;
    });
    with("lengths from 1e-6 to 1e3", [](Data& data) {
        for (std::size_t i = 0; i < data.codewords.size(); ++i) data.codewords[i] *= std::pow(10.f, static_cast<float>(i / 48 % 10) - 6);
    });
    with("vectors a thousand times longer", [](Data& data) {
        for (float& value : data.vectors) value *= 1000;
    });
    with("vectors a millionth as long", [](Data& data) {
        for (float& value : data.vectors) value *= 1e-6f;
    });
    with("equal codewords", [](Data& data) {
        for (std::size_t i = 48; i < data.codewords.size(); ++i) data.codewords[i] = data.codewords[i - 48];
    });
    return all;
}

/// Vectors past codewords [first,last), from the beginning.
std::vector<VectorSearch> passed(const CoarseCodebook& book, const ExactCodewords& exact, const std::vector<float>& vectors, std::int64_t first, std::int64_t last) {
    const std::int64_t count = static_cast<std::int64_t>(vectors.size()) / exact.dim;
    std::vector<std::byte> rows(count * book.rowBytes());
    std::vector<double> room(exact.dim);
    std::vector<std::int32_t> sums(count * book.scan().width);
    std::vector<VectorSearch> searches(count);
    for (std::int64_t n = 0; n < count; ++n) EXPECT_TRUE(book.begin(vectors.data() + n * exact.dim, room.data(), rows.data() + n * book.rowBytes(), searches[n]));
    book.scan().bytes({searches.data(), count, book.view(), exact, first, last}, reinterpret_cast<const std::uint8_t*>(rows.data()), sums.data());
    return searches;
}

/// Of the codewords that pass, those that wait have bounds below their scores; the others were measured, or their scores are not below `best`.
TEST_P(CoarseCopies, BoundsHold) {
    for (const Data& data : hardData()) {
        const CoarseCodebook book(data.codewords.data(), data.count, data.dim, Coarse::Bytes, *GetParam().scan);
        const ExactCodewords exact{data.codewords.data(), data.count, data.dim, book.scale()};
        const std::int64_t width = book.scan().width;
        for (std::int64_t first = 0; first < data.count; first += width) {
            for (const VectorSearch& search : passed(book, exact, data.vectors, first, first + width)) {
                ASSERT_GT(search.waiting + search.measured, 0) << data.name;
                const long double reached = search.measured > 0 ? std::min<long double>(search.best, scoreOf(search, exact, search.code)) : search.best;
                long double least = INFINITY;
                for (std::int64_t code = first; code < std::min(first + width, data.count); ++code) {
                    const long double score = scoreOf(search, exact, code), rounding = 1e-12L * (search.squared + std::abs(score));
                    least = std::min(least, score);
                    const std::uint32_t* waiting = std::find(search.codes, search.codes + search.waiting, code);
                    const bool waits = waiting != search.codes + search.waiting;
                    ASSERT_LE(waits ? search.bounds[waiting - search.codes] : reached, score + rounding) << data.name << ", D " << data.dim << ", code " << code << (waits ? " waits" : " is ruled out");
                }
                ASSERT_GE(search.best, least) << data.name << ", D " << data.dim;
            }
        }
    }
}

TEST_P(CoarseCopies, FewCodewordsAreLeftToMeasure) {
    for (const std::int64_t dim : {16, 256, 1024}) {
        constexpr std::int64_t kCount = 2048;
        const std::vector<float> codewords = normalValues(kCount * dim, 5);
        const CoarseCodebook book(codewords.data(), kCount, dim, Coarse::Bytes, *GetParam().scan);
        std::int64_t left = 0;
        for (const VectorSearch& search : passed(book, {codewords.data(), kCount, dim, book.scale()}, normalValues(16 * dim, 6), 0, kCount)) left += search.waiting + search.measured;
        EXPECT_LT(left / 16, kCount / 32) << "D " << dim;
    }
}

TEST_P(CoarseCopies, AVectorThatIsTooFarAwayIsToldSo) {
    const std::vector<float> codewords = normalValues(20 * 4, 7);
    const CoarseCodebook book(codewords.data(), 20, 4, Coarse::Bytes, *GetParam().scan);
    std::vector<std::byte> row(book.rowBytes());
    std::vector<double> room(4);
    VectorSearch search;
    EXPECT_TRUE(book.begin(std::vector<float>{1e3f, 0, 0, 0}.data(), room.data(), row.data(), search));
    EXPECT_FALSE(book.begin(std::vector<float>{1e12f, 0, 0, 0}.data(), room.data(), row.data(), search));
}

std::vector<SearchWay> byteWays() {
    std::vector<SearchWay> ways = test::searchWays();
    std::erase_if(ways, [](const SearchWay& way) { return way.kind != Coarse::Bytes; });
    return ways;
}
INSTANTIATE_TEST_SUITE_P(Ways, CoarseCopies, testing::ValuesIn(byteWays()), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tessera
