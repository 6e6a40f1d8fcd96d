// SPDX-License-Identifier: Apache-2.0
// What the reader of Tessera's own autoencoders accepts and refuses. That it computes the right thing: tests/golden.
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

class TesseraAutoencoder : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    std::string refused() { return refusal(*s_engine, folder.write()); }
    std::string with(const std::string& key, const nlohmann::json& value) {
        ModelFolder other("tessera_autoencoder/tiny");
        other.config[key] = value;
        return refusal(*s_engine, other.write());
    }
    static inline std::shared_ptr<Engine> s_engine;
    ModelFolder folder{"tessera_autoencoder/tiny"};
};

TEST_F(TesseraAutoencoder, IsDescribed) {
    const auto model = openModel(*s_engine, folder.write());
    ASSERT_TRUE(model) << toLine(model.error());
    EXPECT_EQ(model.value().family, "tessera_autoencoder");
    EXPECT_EQ(model.value().downsample, 8);
    EXPECT_EQ(model.value().latentChannels, folder.config["latent_channels"].get<int>());
}

TEST_F(TesseraAutoencoder, AllMisfitsAreToldTogether) {
    folder.tensors.erase("encoder.patch.bias");
    folder.tensors["encoder.stage9.0.norm.weight"] = float32Tensor({1}, {1});
    folder.tensors["decoder.conv_out.bias"] = float32Tensor({2}, {0, 0});
    EXPECT_THAT(refused(), AllOf(HasSubstr("1 missing tensor (encoder.patch.bias"), HasSubstr("1 unexpected tensor (encoder.stage9.0.norm.weight)"),
                                 HasSubstr("1 misshapen tensor (decoder.conv_out.bias is [2] instead of [48])"), HasSubstr("model.safetensors")));
}

TEST_F(TesseraAutoencoder, ConfigsOfWhatIsNotComputedAreRefused) {
    EXPECT_THAT(with("version", 2), AllOf(HasSubstr("version 2"), HasSubstr("update Tessera")));
    EXPECT_THAT(with("downsample", 16), HasSubstr("downsample should be 8"));
    EXPECT_THAT(with("widths", {16}), HasSubstr("widths should be a list of two whole numbers"));
    EXPECT_THAT(with("widths", {16, "a"}), HasSubstr("widths"));
    EXPECT_THAT(with("norm_groups", 5), HasSubstr("norm_groups 5 does not divide"));
    EXPECT_THAT(with("norm_eps", 0), HasSubstr("norm_eps should be greater than 0"));
    EXPECT_THAT(with("latent_channels", nullptr), HasSubstr("latent_channels is missing"));
    EXPECT_THAT(with("encoder_depths", {1, 100000}), HasSubstr("encoder_depths"));
    EXPECT_THAT(with("encoder_depths", {7, 7}), HasSubstr("missing tensors"));
}

TEST_F(TesseraAutoencoder, SidesAreMultiplesOfEight) {
    const auto model = openModel(*s_engine, folder.write());
    ASSERT_TRUE(model);
    const TensorMap inputs{{"in.image", float32Tensor({1, 3, 8, 12}, std::vector<float>(288, 0.5f))}};
    const auto result = wait<TensorMap>([&](auto observer) { return s_engine->parity(model.value().id, inputs, std::move(observer)); });
    ASSERT_FALSE(result);
    EXPECT_THAT(toLine(result.error()), HasSubstr("multiples of 8"));
}

}  // namespace
}  // namespace tessera::test
