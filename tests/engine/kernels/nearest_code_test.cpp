// SPDX-License-Identifier: Apache-2.0
#include "kernels/nearest_code.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/nearest_code_plan.h"
#include "test_activations.h"

namespace tessera::kernels {
namespace {

using test::normalValues;
using testing::Each;
using testing::ElementsAre;

/// 16-byte aligned bytes, as a device gives them.
struct Memory16 {
    explicit Memory16(std::int64_t size) : words(static_cast<std::size_t>((size + 15) / 16)) {}
    struct alignas(16) Word {
        std::byte bytes[16];
    };
    std::vector<Word> words;
};

/// A codebook prepared by the kernel's own code, run on the CPU.
struct Prepared {
    Prepared(std::vector<float> values, std::int64_t dim) : codewords(std::move(values)), mean(static_cast<std::size_t>(dim)), memory(coarseCodebookBytes(rows(dim), dim)) {
        double largest = 0;
        for (std::size_t i = 0; i < codewords.size(); ++i) mean[i % mean.size()] += codewords[i] / static_cast<float>(rows(dim));
        for (std::size_t i = 0; i < codewords.size(); ++i) largest = std::max(largest, std::abs(static_cast<double>(codewords[i]) - mean[i % mean.size()]));
        const double scale = largest > 0 ? std::ldexp(1., -std::ilogb(largest * std::sqrt(static_cast<double>(dim))) - 1) : 1;
        book = {{codewords.data(), rows(dim), dim}, mean.data(), scale, memory.words.data()};
        prepareCodebook(book, nullptr);
    }
    std::int64_t rows(std::int64_t dim) const { return static_cast<std::int64_t>(codewords.size()) / dim; }
    std::vector<float> codewords, mean;
    Memory16 memory;
    DeviceCodebook book;
};

void expectTwin(const std::vector<float>& vectors, std::int64_t dim, std::vector<std::vector<float>> books, const char* what) {
    const std::int64_t count = static_cast<std::int64_t>(vectors.size()) / dim;
    const int depths = static_cast<int>(books.size());
    std::vector<std::int64_t> kernel(vectors.size() / dim * books.size(), -1), twin(kernel.size(), -1);
    std::vector<Prepared> prepared;
    std::int64_t largest = 1;
    for (std::vector<float>& book : books) {
        prepared.emplace_back(std::move(book), dim);
        largest = std::max(largest, prepared.back().rows(dim));
    }
    std::vector<DeviceCodebook> device;
    std::vector<HostMatrix> host;
    for (Prepared& each : prepared) {
        each.book.codewords.data = each.codewords.data();
        device.push_back(each.book);
        host.push_back({each.codewords.data(), each.rows(dim), dim});
    }
    const Memory16 scratch(nearestCodeScratch(count, largest, dim));
    nearestCodes(DeviceMatrix{vectors.data(), count, dim}, device.data(), depths, kernel.data(), const_cast<Memory16::Word*>(scratch.words.data()), nullptr);
    nearestCodes(HostMatrix{vectors.data(), count, dim}, host.data(), depths, twin.data());
    EXPECT_EQ(kernel, twin) << what;
}

TEST(NearestCodeTwin, TakesTheLowestOfTheNearest) {
    const std::vector<float> book{0, 0, 3, 0, 0, 2, 3, 0}, vectors{2, 0, 1, 1, 3, -1}, second{-1, 0, 0, 1};
    std::vector<std::int64_t> codes(6);
    const HostMatrix books[] = {{book.data(), 4, 2}, {second.data(), 2, 2}};
    nearestCodes(HostMatrix{vectors.data(), 3, 2}, books, 2, codes.data());
    EXPECT_THAT(codes, ElementsAre(1, 0, 0, 1, 1, 0)) << "(1, 1) is as far from codewords 0 and 2; (3, 0) is there twice";
}

TEST(NearestCodeKernel, AgreesWithItsTwinOnRaggedShapes) {
    expectTwin(normalValues(3, 0, 1, 1), 1, {normalValues(5, 0, 1, 2)}, "one dimension");
    expectTwin(normalValues(5 * 70, 0, 1, 3), 70, {normalValues(300 * 70, 0, 1, 4)}, "two slices, three tiles, shared out");
    expectTwin(normalValues(130 * 16, 0, 1, 5), 16, {normalValues(140 * 16, 0, 1, 6)}, "two tiles of vectors");
    expectTwin(normalValues(2 * 33, 0, 1, 23), 33, {normalValues(1 * 33, 0, 1, 24)}, "one codeword");
    expectTwin(normalValues(1 * 65, 0, 1, 25), 65, {normalValues(128 * 65, 0, 1, 26)}, "one vector, a whole tile");
}

TEST(NearestCodeKernel, EveryDepthGoesOnFromTheResidual) {
    std::vector<std::vector<float>> books;
    float spread = 1;
    for (unsigned depth = 1; depth <= 8; ++depth) {
        books.push_back(normalValues((depth % 3 == 0 ? 150 : 20 + depth) * 5, 0.1f, spread, 30 + depth));
        spread *= 0.8f;
        if (depth == 1 || depth == 2 || depth == 5 || depth == 8) expectTwin(normalValues(11 * 5, 0, 1, 29), 5, books, "depths");
    }
}

TEST(NearestCodeKernel, GoesOnFromTheResidual) {
    expectTwin(normalValues(20 * 24, 0, 1, 7), 24, {normalValues(130 * 24, 0, 1, 8), normalValues(40 * 24, 0, 0.6f, 9), normalValues(200 * 24, 0.1f, 0.4f, 10)}, "three depths");
}

TEST(NearestCodeKernel, TiesGoToTheLowestInWhateverPartItIs) {
    std::vector<float> book = normalValues(260 * 8, 0, 1, 11);
    for (std::size_t i = 130 * 8; i < book.size(); ++i) book[i] = book[i - 130 * 8];
    expectTwin(book, 8, {book}, "every codeword twice");
    expectTwin(normalValues(3 * 8, 0, 1, 12), 8, {std::vector<float>(150 * 8, 0.5f)}, "more equal codewords than can wait");
}

TEST(NearestCodeKernel, AnyUnitAndOffset) {
    for (const float by : {1e30f, 1e-30f, 1e-42f}) {
        std::vector<float> book = normalValues(140 * 12, 0, 1, 13), vectors = normalValues(9 * 12, 0, 1, 14);
        for (float& value : book) value *= by;
        for (float& value : vectors) value *= by;
        expectTwin(vectors, 12, {book}, "scaled");
    }
    expectTwin(normalValues(9 * 12, 5000, 1, 15), 12, {normalValues(140 * 12, 5000, 1, 16)}, "far from zero");
    std::vector<float> vectors = normalValues(4 * 12, 0, 1, 17);
    vectors[13] = 1e25f;
    expectTwin(vectors, 12, {normalValues(140 * 12, 0, 1, 18), normalValues(20 * 12, 0, 1, 19)}, "one vector out of reach");
}

TEST(NearestCodeKernel, NearTies) {
    std::vector<float> book = normalValues(160 * 40, 0, 1, 20), vectors;
    for (std::size_t k = 8; k < 160; ++k) {
        for (std::size_t i = 0; i < 40; ++i) book[k * 40 + i] = book[(k - 8) * 40 + i];
        book[k * 40 + k % 40] = std::nextafter(book[k * 40 + k % 40], k % 3 ? 9.f : -9.f);
    }
    for (std::size_t n = 0; n < 24; ++n) {
        for (std::size_t i = 0; i < 40; ++i) vectors.push_back((book[n * 40 + i] + book[(n + 8 * n % 130) * 40 + i]) / 2);
    }
    expectTwin(vectors, 40, {book}, "one unit in the last place apart");
}

TEST(NearestCodeKernel, WholeNumbersTieOften) {
    std::vector<float> book = normalValues(290 * 3, 0, 1.5f, 40), vectors = normalValues(100 * 3, 0, 1.5f, 41);
    for (float& value : book) value = std::round(value);
    for (float& value : vectors) value = std::round(value) + 0.5f;
    expectTwin(vectors, 3, {book, book}, "halfway between whole numbers");
}

TEST(NearestCodeKernel, NotANumberGivesACodeThatExists) {
    std::vector<float> vectors = normalValues(5 * 8, 0, 1, 42);
    vectors[8] = std::numeric_limits<float>::quiet_NaN();
    vectors[16] = std::numeric_limits<float>::infinity();
    expectTwin(vectors, 8, {normalValues(140 * 8, 0, 1, 43), normalValues(9 * 8, 0, 1, 44)}, "not finite");
}

TEST(NearestCodeKernel, NothingIsSearchedWhereThereAreNoVectors) {
    Prepared book(normalValues(10 * 4, 0, 1, 45), 4);
    Memory16 scratch(nearestCodeScratch(0, 10, 4));
    std::int64_t code = -1;
    nearestCodes(DeviceMatrix{nullptr, 0, 4}, &book.book, 1, &code, scratch.words.data(), nullptr);
    EXPECT_EQ(code, -1);
}

TEST(NearestCodeKernel, RoundsHoldMemoryDown) {
    EXPECT_LT(nearestCodeScratch(1 << 20, 16384, 256), 90 << 20);
    EXPECT_LT(nearestCodeScratch(1 << 20, 16384, 1024), 90 << 20);
    EXPECT_LT(nearestCodeScratch(1 << 20, 1 << 20, 65536), 90 << 20);
    EXPECT_LT(nearestCodeScratch(256, 16384, 1024), 8 << 20);
    EXPECT_EQ(coarseCodebookBytes(16384, 256), 16384 * (256 + 16));
    const NearestCodePlan few(256, 16384, 1024), many(1 << 20, 16384, 256);
    EXPECT_EQ(few.parts, 128) << "few vectors keep the device busy with parts of the codebook";
    EXPECT_EQ(many.round, 32768);
}

TEST(NearestCodeKernel, SizesArePastThirtyTwoBits) {
    EXPECT_EQ(coarseCodebookBytes(1 << 20, 16384), (std::int64_t(1) << 20) * (16384 + 16));
    EXPECT_TRUE(nearestCodeTakes(0x7fffff7f, 65536));
    EXPECT_FALSE(nearestCodeTakes(0x7fffff80, 8)) << "padded, they could not be counted";
    EXPECT_FALSE(nearestCodeTakes(8, 65537)) << "a product of bytes could overflow";
    EXPECT_FALSE(nearestCodeTakes(0, 8));
    EXPECT_EQ(NearestCodePlan(1, 0x7fffff7f, 8).tiles * NearestCodePlan::kTile, 0x7fffff80);
}

TEST(NearestCodeKernel, WrongShapesAreRefused) {
    Prepared book(normalValues(10 * 4, 0, 1, 21), 4);
    const std::vector<float> vectors = normalValues(8 * 4, 0, 1, 22);
    Memory16 scratch(nearestCodeScratch(8, 10, 4));
    std::vector<std::int64_t> codes(8);
    const auto search = [&](std::int64_t rows, std::int64_t columns, std::size_t shift) {
        nearestCodes(DeviceMatrix{vectors.data(), rows, columns}, &book.book, 1, codes.data(), reinterpret_cast<std::byte*>(scratch.words.data()) + shift, nullptr);
    };
    EXPECT_NO_THROW(search(8, 4, 0));
    EXPECT_THROW(search(8, 3, 0), std::invalid_argument);
    EXPECT_THROW(search(8, 4, 4), std::invalid_argument);
    EXPECT_THROW(prepareCodebook({{vectors.data(), 0, 4}, vectors.data(), 1, scratch.words.data()}, nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace tessera::kernels
