// SPDX-License-Identifier: Apache-2.0
// The search against every distance written out, on data that is easy, hard and mean.
#include "quantize/code_search.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search_ways.h"

namespace tessera {
namespace {

using test::normalValues;
using test::SearchWay;

/// |a - b|^2 as kernels/squared_distance.h defines it, in the definition's words.
double definedDistance(const float* a, const float* b, std::int64_t dim) {
    std::vector<double> sums(32);
    for (std::int64_t i = 0; i < dim; ++i) {
        const volatile double difference = static_cast<double>(a[i]) - b[i], square = difference * difference;
        sums[i % 32] += square;
    }
    for (; sums.size() > 1; sums.resize(sums.size() / 2)) {
        for (std::size_t i = 0; i < sums.size() / 2; ++i) sums[i] += sums[i + sums.size() / 2];
    }
    return sums[0];
}

struct Codebooks {
    Codebooks(std::vector<std::vector<float>> values, std::int64_t dim, const SearchWay& way) : dim(dim) {
        for (std::vector<float>& each : values) {
            const auto kept = std::make_shared<const std::vector<float>>(std::move(each));
            books.push_back(std::make_unique<SearchableCodebook>(std::shared_ptr<const float>(kept, kept->data()), static_cast<std::int64_t>(kept->size()) / dim, dim, way.kind, *way.scan));
            depths.push_back(books.back().get());
        }
    }
    std::vector<std::int64_t> search(const std::vector<float>& vectors, int threads = 1) const {
        std::vector<std::int64_t> codes(vectors.size() / dim * depths.size(), -1);
        searchCodes(vectors.data(), static_cast<std::int64_t>(vectors.size()) / dim, depths, codes.data(), threads, [] { return false; });
        return codes;
    }
    /// One distance after the other.
    std::vector<std::int64_t> defined(const std::vector<float>& vectors) const {
        std::vector<std::int64_t> codes;
        std::vector<float> rest = vectors;
        for (float* r = rest.data(); r != rest.data() + rest.size(); r += dim) {
            for (const SearchableCodebook* book : depths) {
                std::int64_t nearest = 0;
                for (std::int64_t k = 1; k < book->count(); ++k) {
                    if (definedDistance(r, book->codeword(k), dim) < definedDistance(r, book->codeword(nearest), dim)) nearest = k;
                }
                codes.push_back(nearest);
                for (std::int64_t i = 0; i < dim; ++i) r[i] -= book->codeword(nearest)[i];
            }
        }
        return codes;
    }
    std::int64_t dim;
    std::vector<std::unique_ptr<SearchableCodebook>> books;
    std::vector<const SearchableCodebook*> depths;
};

class CodeSearch : public testing::TestWithParam<SearchWay> {
protected:
    void expectDefined(std::vector<std::vector<float>> codewords, const std::vector<float>& vectors, std::int64_t dim, const char* what) {
        const Codebooks books(std::move(codewords), dim, GetParam());
        EXPECT_EQ(books.search(vectors), books.defined(vectors)) << what << ", D " << dim << ", N " << vectors.size() / dim << ", K " << books.depths[0]->count();
    }
};

TEST_P(CodeSearch, EveryShape) {
    struct Shape {
        std::int64_t vectors, codewords, dim;
    };
    for (const Shape& shape : {Shape{1, 1, 1}, Shape{1, 2, 1}, Shape{40, 33, 1}, Shape{7, 5, 3}, Shape{65, 300, 8}, Shape{9, 1025, 64}, Shape{33, 257, 100}, Shape{10, 513, 256}, Shape{3, 300, 1024}, Shape{1, 4000, 16}}) {
        expectDefined({normalValues(shape.codewords * shape.dim, 1)}, normalValues(shape.vectors * shape.dim, 2), shape.dim, "normal values");
    }
}

TEST_P(CodeSearch, ResidualsGoOnFromWhatIsLeftInFloat32) {
    expectDefined({normalValues(100 * 24, 1), normalValues(70 * 24, 2, 0, 0.6f), normalValues(300 * 24, 3, 0, 0.4f)}, normalValues(41 * 24, 4), 24, "three depths");
}

/// More threads than blocks share out codewords, fewer share out vectors.
TEST_P(CodeSearch, ThreadsDoNotMatter) {
    std::vector<float> twice = normalValues(1000 * 24, 1);
    twice.insert(twice.end(), twice.begin(), twice.begin() + 500 * 24);  // ties across shares
    const Codebooks books({twice, normalValues(700 * 24, 2, 0, 0.6f)}, 24, GetParam());
    for (const std::int64_t count : {1, 40, 300}) {
        const std::vector<float> vectors = normalValues(count * 24, 3);
        const std::vector<std::int64_t> one = books.search(vectors, 1);
        EXPECT_EQ(one, books.defined(vectors)) << count;
        for (const int threads : {2, 3, 16}) EXPECT_EQ(books.search(vectors, threads), one) << count << " vectors, " << threads << " threads";
    }
}

TEST_P(CodeSearch, CopiesTieAndTheLowestWins) {
    std::vector<float> codewords = normalValues(60 * 20, 5);
    for (std::size_t i = 30 * 20; i < codewords.size(); ++i) codewords[i] = codewords[i - 30 * 20];
    const Codebooks books({codewords}, 20, GetParam());
    // The codewords themselves: the distance to the first of two copies is 0.
    std::vector<std::int64_t> wanted(60);
    for (int n = 0; n < 60; ++n) wanted[n] = n % 30;
    EXPECT_EQ(books.search(codewords), wanted);
    expectDefined({codewords}, normalValues(50 * 20, 6), 20, "copies");
    expectDefined({std::vector<float>(700 * 20, 0.25f)}, normalValues(9 * 20, 7), 20, "all equal");
    expectDefined({std::vector<float>(700 * 20, 0.f)}, std::vector<float>(9 * 20, 0.f), 20, "nothing but zeros");
}

/// Integers: every distance is exact, many are equal.
TEST_P(CodeSearch, WholeNumbersTieOften) {
    std::vector<float> codewords = normalValues(500 * 6, 8, 0, 1.5f), vectors = normalValues(200 * 6, 9, 0, 1.5f);
    for (float& value : codewords) value = std::round(value);
    for (float& value : vectors) value = std::round(value);
    expectDefined({codewords}, vectors, 6, "whole numbers");
}

/// Codewords one unit in the last place apart in one dimension, and vectors in the middle between two of them.
TEST_P(CodeSearch, NearTies) {
    for (const std::int64_t dim : {1, 8, 64, 256}) {
        const std::vector<float> base = normalValues(8 * dim, 10);
        std::vector<float> codewords, vectors;
        for (int k = 0; k < 400; ++k) {
            codewords.insert(codewords.end(), base.begin() + k % 8 * dim, base.begin() + (k % 8 + 1) * dim);
            float& moved = codewords[codewords.size() - 1 - static_cast<std::size_t>(k) % dim];
            for (int steps = 0; steps < k / 8 % 5; ++steps) moved = std::nextafter(moved, k % 16 < 8 ? INFINITY : -INFINITY);
        }
        const std::vector<float> away = normalValues(60 * dim, 11, 0, 0.01f);
        for (int n = 0; n < 60; ++n) {
            for (std::int64_t i = 0; i < dim; ++i) {
                const float a = codewords[n % 8 * dim + i], b = codewords[(n + 8 * (n % 49)) % 400 * dim + i];
                vectors.push_back((a + b) / 2 + (n % 2 ? away[n * dim + i] : 0.f));
            }
        }
        expectDefined({codewords}, vectors, dim, "near ties");
    }
}

TEST_P(CodeSearch, AnyUnit) {
    for (const float by : {1e30f, 1e18f, 1e-18f, 1e-30f, 1e-37f, 1e-41f, 1e-44f}) {
        std::vector<float> codewords = normalValues(300 * 16, 12), vectors = normalValues(20 * 16, 13);
        for (float& value : codewords) value *= by;
        for (float& value : vectors) value *= by;
        expectDefined({codewords}, vectors, 16, std::to_string(by).c_str());
    }
    std::vector<float> codewords(300 * 16, 3e38f);
    for (std::size_t i = 0; i < codewords.size(); i += 7) codewords[i] = -3e38f;
    expectDefined({codewords}, normalValues(20 * 16, 13), 16, "the largest numbers");
}

TEST_P(CodeSearch, AnyOffsetAndAnyLength) {
    const auto changed = [](std::vector<float> values, auto&& change) {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = change(values[i], i);
        return values;
    };
    const std::vector<float> codewords = normalValues(300 * 40, 14), vectors = normalValues(30 * 40, 15);
    const auto far = [](float value, std::size_t) { return value + 10000; };
    expectDefined({changed(codewords, far)}, changed(vectors, far), 40, "far from zero");
    expectDefined({codewords}, changed(vectors, [](float value, std::size_t i) { return value * std::pow(10.f, static_cast<float>(i / 40) - 15); }), 40, "vectors of all lengths");
    expectDefined({changed(codewords, [](float value, std::size_t i) { return value * std::pow(10.f, static_cast<float>(i / 40 % 10) - 6); })}, vectors, 40, "codewords of all lengths");
    const auto spiked = [](float value, std::size_t i) { return i % 40 == 3 ? value * 5000 : value; };
    expectDefined({changed(codewords, spiked)}, changed(vectors, spiked), 40, "one large dimension");
    expectDefined({codewords}, changed(vectors, [](float value, std::size_t i) { return i < 400 ? value * 1e20f : value; }), 40, "some vectors out of reach");
}

/// Steps of a spiked codeword's bytes are larger than all else: nothing is ruled out, so the search goes over to float32.
TEST_P(CodeSearch, TooCoarseACopyIsReplaced) {
    std::vector<float> codewords = normalValues(2000 * 32, 16), vectors = normalValues(300 * 32, 17);
    for (std::size_t i = 0; i < codewords.size(); i += 32) codewords[i] *= 1e5f;
    for (std::size_t i = 0; i < vectors.size(); i += 32) vectors[i] = codewords[0];
    for (std::size_t i = 0; i < codewords.size(); i += 32) codewords[i] = codewords[0];
    codewords[32] = -codewords[0];
    const Codebooks books({codewords}, 32, GetParam());
    EXPECT_EQ(books.depths[0]->coarse().kind(), GetParam().kind);
    const std::size_t before = books.depths[0]->byteSize();
    EXPECT_EQ(books.search(vectors), books.defined(vectors));
    EXPECT_EQ(books.depths[0]->coarse().kind(), Coarse::Single);
    EXPECT_EQ(books.search(vectors), books.defined(vectors)) << "again, with the finer copy";
    EXPECT_EQ(books.depths[0]->byteSize() > before, GetParam().kind != Coarse::Single);
}

TEST_P(CodeSearch, StopsBetweenBlocks) {
    const Codebooks books({normalValues(300 * 8, 18)}, 8, GetParam());
    const std::vector<float> vectors = normalValues(5000 * 8, 19);
    std::vector<std::int64_t> codes(5000, -1);
    std::atomic<int> asked = 0;
    searchCodes(vectors.data(), 5000, books.depths, codes.data(), 1, [&] { return ++asked > 1; });
    EXPECT_THAT(codes, testing::Contains(-1)) << "the search went on to its end";
    EXPECT_THAT(codes, testing::Contains(testing::Ge(0))) << "the first block is searched";
}

TEST_P(CodeSearch, NotANumberGivesACodeThatExists) {
    const Codebooks books({normalValues(300 * 8, 20)}, 8, GetParam());
    std::vector<float> vectors = normalValues(20 * 8, 21);
    vectors[3 * 8 + 2] = std::numeric_limits<float>::quiet_NaN();
    vectors[9 * 8] = std::numeric_limits<float>::infinity();
    EXPECT_THAT(books.search(vectors), testing::Each(testing::AllOf(testing::Ge(0), testing::Lt(300))));
}

INSTANTIATE_TEST_SUITE_P(Ways, CodeSearch, testing::ValuesIn(test::searchWays()), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tessera
