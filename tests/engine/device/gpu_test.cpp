// SPDX-License-Identifier: Apache-2.0
// The plugin on a real GPU; skipped where there is none, with the reason. Golden cases run there with tests/parity_all DIR --device cuda.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/device_probe.h"
#include "testing/search_probe.h"

namespace tessera::probes {
namespace {

std::vector<float> normalValues(std::int64_t count, float mean, float deviation, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = normal(random);
    return values;
}

class Gpu : public testing::Test {
protected:
    void SetUp() override {
        if (const Choice choice = choose("cuda", 1); !choice.error.empty()) GTEST_SKIP() << choice.error;
    }
};

TEST_F(Gpu, IsDescribedByItsName) {
    EXPECT_EQ(choose("cuda", 1).device, "cuda:0");
    EXPECT_THAT(choose("cuda", 1).description, testing::Not(testing::IsEmpty()));
    EXPECT_EQ(choose("auto", 1).device, "cuda:0");
}

TEST_F(Gpu, GroupNormAgreesWithTheCpu) {
    struct Shape {
        std::int64_t height, width, channels;
        int groups;
        float mean;
    };
    for (const Shape shape : {Shape{64, 48, 128, 32, 0}, Shape{512, 512, 64, 32, 3}, Shape{7, 5, 24, 8, 0}, Shape{33, 31, 512, 32, 100}}) {
        for (const char* precision : {"fp32", "bf16", "fp16"}) {
            NormRequest request{"cuda", precision, shape.height, shape.width, shape.channels, shape.groups, true};
            request.values = normalValues(shape.height * shape.width * shape.channels, shape.mean, 1);
            request.weight = normalValues(shape.channels, 1, 0.2f);
            request.bias = normalValues(shape.channels, 0, 0.2f);
            const std::vector<float> gpu = groupNorm(request);
            request.device = "cpu";
            const std::vector<float> cpu = groupNorm(request);
            const double unit = request.precision == "fp32" ? 2e-6 : request.precision == "bf16" ? 0x1p-8 : 0x1p-11;
            double worst = 0;
            for (std::size_t i = 0; i < cpu.size(); ++i) worst = std::max(worst, std::abs(double(gpu[i]) - cpu[i]) / (std::abs(cpu[i]) * unit + 5e-6 + 1e-6 * shape.mean));
            EXPECT_LE(worst, 1) << precision << ", " << shape.height << " x " << shape.width << " x " << shape.channels;
        }
    }
}

TEST_F(Gpu, ValuesThatAreNotFiniteAreFound) {
    std::vector<float> values = normalValues(1 << 20, 0, 1);
    for (const char* precision : {"fp32", "bf16", "fp16"}) {
        for (const std::int64_t first : {0, 3}) {
            EXPECT_TRUE(finite("cuda", precision, values, first)) << precision;
            for (const std::size_t place : {std::size_t(3), values.size() / 2, values.size() - 1}) {
                const float kept = std::exchange(values[place], place % 2 ? std::numeric_limits<float>::infinity() : std::nanf(""));
                EXPECT_FALSE(finite("cuda", precision, values, first)) << precision << " at " << place << " from " << first;
                values[place] = kept;
            }
        }
    }
}

TEST_F(Gpu, CodesAreThoseOfTheCpu) {
    struct Shape {
        std::int64_t vectors, codewords, dim;
        int depths;
    };
    for (const Shape shape : {Shape{1, 1, 1, 1}, Shape{300, 1000, 8, 2}, Shape{256, 16384, 1024, 4}, Shape{70000, 1500, 64, 3}, Shape{5000, 4099, 250, 8}}) {
        std::vector<float> vectors = normalValues(shape.vectors * shape.dim, 0, 1);
        std::vector<std::vector<float>> books;
        for (int depth = 0; depth < shape.depths; ++depth) {
            books.push_back(normalValues((shape.codewords + depth) * shape.dim, 0, std::pow(0.9f, static_cast<float>(depth)), 2 + static_cast<unsigned>(depth)));
            // Copies and near copies of codewords, from one tile to another.
            for (std::int64_t k = shape.codewords / 2; k < shape.codewords; k += 7) {
                std::copy_n(books.back().begin() + (k - shape.codewords / 2) * shape.dim, shape.dim, books.back().begin() + k * shape.dim);
                if (k % 2) books.back()[k * shape.dim] = std::nextafter(books.back()[k * shape.dim], 9.f);
            }
        }
        CodeSearch gpu("cuda", shape.dim, vectors, books), cpu("cpu", shape.dim, vectors, books);
        EXPECT_TRUE(gpu.hasKernel());
        const std::vector<std::int64_t> wanted = cpu.codes();
        EXPECT_EQ(gpu.codes(), wanted) << shape.vectors << " vectors of " << shape.dim << " in " << shape.codewords;
        EXPECT_EQ(gpu.codesByTensors(), wanted) << "without the kernel";
    }
}

TEST_F(Gpu, AMillionVectorsAreSearchedInLittleMemory) {
    CodeSearch search("cuda", 64, normalValues((std::int64_t(1) << 20) * 64, 0, 1), {normalValues(16384 * 64, 0, 1, 2), normalValues(16384 * 64, 0, 0.8f, 3)});
    search.run();
    EXPECT_LT(search.keptBytes(), 8u << 20);
    EXPECT_LT(search.run().scratchBytes, 256u << 20);
}

TEST_F(Gpu, TooLargeAWishIsOutOfMemoryAndTheDeviceGoesOn) {
    EXPECT_THAT(outOfMemory("cuda"), testing::StartsWith("not enough memory"));
    EXPECT_TRUE(finite("cuda", "fp32", {1, 2, 3}, 0));
}

TEST_F(Gpu, PeakMemoryCountsTensors) {
    const std::uint64_t peak = peakBytesOf("cuda", 64 << 20);
    EXPECT_GE(peak, 64u << 20);
    EXPECT_LT(peak, 80u << 20);
}

}  // namespace
}  // namespace tessera::probes
