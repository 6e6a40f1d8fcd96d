// SPDX-License-Identifier: Apache-2.0
// Tessera's own unified tokenizer against PyTorch (tessera_mini/make_case.py), what its reader refuses, and grids of any size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "support/golden_case.h"
#include "support/model_folder.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kModel = "../engine/families/tessera_mini";  // from tests/golden

class TesseraMini : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    std::string with(const std::string& pointer, const nlohmann::json& value) {
        ModelFolder other(kModel);
        other.config[nlohmann::json::json_pointer(pointer)] = value;
        return refusal(*s_engine, other.write());
    }
    Result<TensorMap> computed(const TensorMap& inputs) {
        const auto model = openModel(*s_engine, golden.model().string());
        if (!model) return model.error();
        return wait<TensorMap>([&](auto observer) { return s_engine->parity(model.value().id, inputs, std::move(observer)); });
    }
    static HostTensor noiseImage(std::int64_t height, std::int64_t width) {
        std::vector<float> values(static_cast<std::size_t>(3 * height * width));
        std::uint32_t state = 1;
        for (float& value : values) value = static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) / static_cast<float>(1 << 24);
        return float32Tensor({1, 3, height, width}, values);
    }
    static inline std::shared_ptr<Engine> s_engine;
    GoldenCase golden{std::filesystem::path(TESSERA_SOURCE_DIR) / "tests/engine/families/tessera_mini"};
};

TEST_F(TesseraMini, ComputesWhatPyTorchComputed) {
    const auto out = computed(golden.tensors("in."));
    ASSERT_TRUE(out) << toLine(out.error());
    ASSERT_GT(golden.tensors("out.").size(), 8u);
    EXPECT_EQ(mismatches(golden, out.value()), "");
}

TEST_F(TesseraMini, IsDescribed) {
    const auto model = openModel(*s_engine, golden.model().string());
    ASSERT_TRUE(model) << toLine(model.error());
    EXPECT_EQ(model.value().family, "tessera_mini");
    EXPECT_EQ(model.value().downsample, 16);
    EXPECT_EQ(model.value().latentChannels, 16);
    EXPECT_EQ(model.value().codes.depths(), 3);
    EXPECT_EQ(model.value().denseMethods, std::vector<std::string>{"tokens"});
}

TEST_F(TesseraMini, ConfigsOfWhatIsNotComputedAreRefused) {
    EXPECT_THAT(with("/version", 2), AllOf(HasSubstr("version 2"), HasSubstr("update Tessera")));
    EXPECT_THAT(with("/encoder/heads", 3), HasSubstr("heads"));
    EXPECT_THAT(with("/encoder/width", 12), HasSubstr("multiple of 4 channels"));
    EXPECT_THAT(with("/text/end", 10), HasSubstr("text.end lies outside the vocabulary"));
    EXPECT_THAT(with("/autoencoder/norm_groups", 3), HasSubstr("norm_groups 3 does not divide"));
    EXPECT_THAT(with("/autoencoder/quantizer", {{"depths", 1}, {"codebook_size", 4}, {"patch", 2}}), HasSubstr("codes of its own"));
    EXPECT_THAT(with("/quantizer/depths", 4), HasSubstr("quantizer.codebooks is [3, 8, 16] instead of [4, 8, 16]"));
    EXPECT_THAT(with("/semantic", nullptr), HasSubstr("semantic"));
}

TEST_F(TesseraMini, SidesAreMultiplesOfSixteen) {
    const auto out = computed({{"in.image", noiseImage(16, 24)}});
    ASSERT_FALSE(out);
    EXPECT_THAT(toLine(out.error()), HasSubstr("multiples of 16"));
}

/// A window sees the same as a picture of its own; only near the cut do tokens know of others.
TEST_F(TesseraMini, LargeGridsAreSeenThroughWindows) {
    const std::int64_t windows = 64 * 16, wide = 80 * 16;
    const HostTensor picture = noiseImage(32, wide);
    std::vector<double> values = valuesOf(picture);
    std::vector<float> left;
    for (std::int64_t row = 0; row < 3 * 32; ++row) {
        for (std::int64_t x = 0; x < windows; ++x) left.push_back(static_cast<float>(values[static_cast<std::size_t>(row * wide + x)]));
    }
    const auto whole = computed({{"in.image", picture}}), part = computed({{"in.image", float32Tensor({1, 3, 32, windows}, left)}});
    ASSERT_TRUE(whole) << toLine(whole.error());
    ASSERT_TRUE(part) << toLine(part.error());
    const HostTensor &all = whole.value().at("out.latents"), &some = part.value().at("out.latents");
    ASSERT_EQ(all.shape, (std::vector<std::int64_t>{1, 16, 2, 80}));
    ASSERT_EQ(some.shape, (std::vector<std::int64_t>{1, 16, 2, 64}));
    const std::vector<double> a = valuesOf(all), b = valuesOf(some);
    constexpr std::int64_t kAlike = 32;  // of the autoencoder's normalisation over the picture: values differ a little, order does not
    double dot = 0, first = 0, second = 0;
    for (std::int64_t row = 0; row < 32; ++row) {
        for (std::int64_t x = 0; x < kAlike; ++x) {
            const double p = a[static_cast<std::size_t>(row * 80 + x)], q = b[static_cast<std::size_t>(row * 64 + x)];
            dot += p * q, first += p * p, second += q * q;
        }
    }
    EXPECT_GT(dot / std::sqrt(first * second), 0.99);
}

}  // namespace
}  // namespace tessera::test
