// SPDX-License-Identifier: Apache-2.0
// Searches on a device against every distance written out: the kernel behind a plugin's table (its own code, run on the CPU), and the way without a kernel.
#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/cuda_plugin.h"
#include "kernels/squared_distance.h"
#include "search_ways.h"
#include "testing/search_probe.h"

namespace tessera {
namespace {

using probes::CodeSearch;
using test::normalValues;

/// A plugin whose device is this processor's memory.
CudaPlugin pluginOnCpu() {
    CudaPlugin plugin{};
    plugin.abi = kCudaPluginAbi;
    plugin.prepareCodebook = [](int, const kernels::DeviceCodebook& book) -> const char* {
        kernels::prepareCodebook(book, nullptr);
        return nullptr;
    };
    plugin.nearestCodes = [](int, const kernels::DeviceMatrix& vectors, const kernels::DeviceCodebook* books, int depths, std::int64_t* codes, void* scratch) -> const char* {
        kernels::nearestCodes(vectors, books, depths, codes, scratch, nullptr);
        return nullptr;
    };
    return plugin;
}

std::vector<std::int64_t> defined(std::vector<float> rest, const std::vector<std::vector<float>>& books, std::int64_t dim) {
    std::vector<std::int64_t> codes;
    for (float* r = rest.data(); r != rest.data() + rest.size(); r += dim) {
        for (const std::vector<float>& book : books) {
            std::int64_t nearest = 0;
            double least = kernels::squaredDistance(r, book.data(), dim);
            for (std::int64_t k = 1; k < static_cast<std::int64_t>(book.size()) / dim; ++k) {
                if (const double distance = kernels::squaredDistance(r, book.data() + k * dim, dim); distance < least) least = distance, nearest = k;
            }
            codes.push_back(nearest);
            for (std::int64_t i = 0; i < dim; ++i) r[i] -= book[nearest * dim + i];
        }
    }
    return codes;
}

enum class Way { Kernel, Tensors };

class DeviceSearch : public testing::TestWithParam<Way> {
protected:
    std::vector<std::int64_t> found(const std::vector<float>& vectors, const std::vector<std::vector<float>>& books, std::int64_t dim) {
        CodeSearch search("cpu", dim, vectors, books);
        return GetParam() == Way::Kernel ? search.codesByKernel(pluginOnCpu()) : search.codesByTensors();
    }
    void expectDefined(const std::vector<float>& vectors, const std::vector<std::vector<float>>& books, std::int64_t dim, const char* what) {
        EXPECT_EQ(found(vectors, books, dim), defined(vectors, books, dim)) << what << ", D " << dim;
    }
};

TEST_P(DeviceSearch, EveryShape) {
    struct Shape {
        std::int64_t vectors, codewords, dim;
    };
    for (const Shape& shape : {Shape{1, 1, 1}, Shape{40, 33, 1}, Shape{7, 5, 3}, Shape{65, 300, 8}, Shape{9, 257, 100}, Shape{3, 150, 300}}) {
        expectDefined(normalValues(shape.vectors * shape.dim, 1), {normalValues(shape.codewords * shape.dim, 2)}, shape.dim, "normal values");
    }
}

TEST_P(DeviceSearch, NoVectorsHaveNoCodes) {
    EXPECT_THAT(found({}, {normalValues(20 * 4, 1)}, 4), testing::IsEmpty());
}

TEST_P(DeviceSearch, ResidualsGoOnFromWhatIsLeftInFloat32) {
    std::vector<std::vector<float>> books;
    for (unsigned depth = 0; depth < 8; ++depth) books.push_back(normalValues((20 + 10 * depth) * 6, 3 + depth, 0, std::pow(0.8f, static_cast<float>(depth))));
    expectDefined(normalValues(23 * 6, 2), books, 6, "eight depths");
}

TEST_P(DeviceSearch, CopiesTieAndTheLowestWins) {
    std::vector<float> book = normalValues(260 * 8, 4);
    for (std::size_t i = 130 * 8; i < book.size(); ++i) book[i] = book[i - 130 * 8];
    expectDefined(normalValues(20 * 8, 5), {book}, 8, "every codeword twice");
    expectDefined(normalValues(5 * 8, 6), {std::vector<float>(200 * 8, 0.25f)}, 8, "all equal");
    expectDefined(std::vector<float>(3 * 8, 0.f), {std::vector<float>(40 * 8, 0.f)}, 8, "nothing but zeros");
}

TEST_P(DeviceSearch, NearTies) {
    for (const std::int64_t dim : {1, 40}) {
        std::vector<float> book = normalValues(160 * dim, 7), vectors;
        for (std::int64_t k = 8; k < 160; ++k) {
            std::copy_n(book.begin() + (k - 8) * dim, dim, book.begin() + k * dim);
            float& moved = book[k * dim + k % dim];
            moved = std::nextafter(moved, k % 3 ? 9.f : -9.f);
        }
        for (std::int64_t n = 0; n < 24; ++n) {
            for (std::int64_t i = 0; i < dim; ++i) vectors.push_back((book[n * dim + i] + book[(n + 8 * n % 130) * dim + i]) / 2);
        }
        expectDefined(vectors, {book}, dim, "one unit in the last place apart");
    }
}

TEST_P(DeviceSearch, AnyUnitAndAnyOffset) {
    for (const float by : {1e30f, 1e-30f, 1e-41f}) {
        std::vector<float> book = normalValues(100 * 12, 8), vectors = normalValues(9 * 12, 9);
        for (float& value : book) value *= by;
        for (float& value : vectors) value *= by;
        expectDefined(vectors, {book}, 12, std::to_string(by).c_str());
    }
    std::vector<float> largest(60 * 12, 3e38f);
    for (std::size_t i = 0; i < largest.size(); i += 7) largest[i] = -3e38f;
    expectDefined(normalValues(9 * 12, 9), {largest}, 12, "the largest numbers");
    expectDefined(normalValues(9 * 12, 10, 10000), {normalValues(100 * 12, 11, 10000)}, 12, "far from zero");
    std::vector<float> vectors = normalValues(6 * 12, 12);
    vectors[13] = 1e25f;
    expectDefined(vectors, {normalValues(100 * 12, 13), normalValues(20 * 12, 14)}, 12, "one vector out of reach");
}

TEST_P(DeviceSearch, NotANumberGivesACodeThatExists) {
    std::vector<float> vectors = normalValues(6 * 8, 15);
    vectors[8] = std::numeric_limits<float>::quiet_NaN();
    vectors[16] = std::numeric_limits<float>::infinity();
    for (const std::int64_t codewords : {5, 140}) {
        EXPECT_THAT(found(vectors, {normalValues(codewords * 8, 16)}, 8), testing::Each(testing::AllOf(testing::Ge(0), testing::Lt(codewords))));
    }
}

INSTANTIATE_TEST_SUITE_P(Ways, DeviceSearch, testing::Values(Way::Kernel, Way::Tensors), [](const auto& info) { return info.param == Way::Kernel ? "Kernel" : "Tensors"; });

/// More vectors than are led past the codebook at a time, and a codebook that leaves room for few of them.
TEST(DeviceSearchBlocks, EveryBlockIsSearched) {
    const std::vector<float> vectors = normalValues(70000 * 2, 17), book = normalValues(20 * 2, 18), wide = normalValues(40000 * 2, 19);
    CodeSearch many("cpu", 2, vectors, {book, normalValues(9 * 2, 20)});
    EXPECT_EQ(many.codesByTensors(), many.codes());
    CodeSearch few("cpu", 2, normalValues(900 * 2, 21), {wide});
    EXPECT_EQ(few.codesByTensors(), few.codes());
}

TEST(DeviceSearchKernel, OneCallTakesNoMoreVectorsThanScratchHolds) {
    static std::vector<std::int64_t> counts;
    counts.clear();
    CudaPlugin plugin = pluginOnCpu();
    plugin.prepareCodebook = [](int, const kernels::DeviceCodebook&) -> const char* { return nullptr; };
    plugin.nearestCodes = [](int, const kernels::DeviceMatrix& vectors, const kernels::DeviceCodebook*, int depths, std::int64_t* codes, void* scratch) -> const char* {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(scratch) % 16, 0u);
        for (std::int64_t i = 0; i < vectors.rows * depths; ++i) codes[i] = static_cast<std::int64_t>(vectors.data[i / depths]);
        counts.push_back(vectors.rows);
        return nullptr;
    };
    std::vector<float> vectors(150000);
    for (std::size_t i = 0; i < vectors.size(); ++i) vectors[i] = static_cast<float>(i);
    CodeSearch search("cpu", 1, vectors, {normalValues(300, 1), normalValues(300, 2)});
    const std::vector<std::int64_t> codes = search.codesByKernel(plugin);
    EXPECT_THAT(counts, testing::ElementsAre(65536, 65536, 150000 - 2 * 65536));
    for (std::size_t i = 0; i < codes.size(); ++i) ASSERT_EQ(codes[i], static_cast<std::int64_t>(i / 2)) << i;
}

TEST(DeviceSearchKernel, WhatGoesWrongIsSaidInThePluginsWords) {
    CudaPlugin plugin = pluginOnCpu();
    plugin.nearestCodes = [](int, const kernels::DeviceMatrix&, const kernels::DeviceCodebook*, int, std::int64_t*, void*) -> const char* { return "an illegal memory access was encountered"; };
    CodeSearch search("cpu", 2, normalValues(6, 1), {normalValues(8, 2)});
    try {
        search.codesByKernel(plugin);
        ADD_FAILURE() << "it gave codes";
    } catch (const std::exception& error) {
        EXPECT_STREQ(error.what(), "an illegal memory access was encountered");
    }
    EXPECT_FALSE(search.hasKernel()) << "a CPU has none";
}

}  // namespace
}  // namespace tessera
