// SPDX-License-Identifier: Apache-2.0
// What the reader of AutoencoderKL checkpoints accepts, what it refuses, and in which words. That it computes the right thing: tests/golden.
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/files.h>
#include <tessera/wait.h>

#include "support/golden_case.h"
#include "support/model_folder.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kSd = "autoencoder_kl/sd_vae_ft_mse_old_attn", kFlux = "autoencoder_kl/flux1_dev_vae",
                  kBfl = "autoencoder_kl/flux_ae_bfl";

class AutoencoderKl : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    std::string refused(ModelFolder& folder) { return refusal(*s_engine, folder.write()); }
    ModelInfo opened(const std::string& folder) {
        const auto model = openModel(*s_engine, folder);
        EXPECT_TRUE(model) << toLine(model.error());
        return model ? model.value() : ModelInfo{};
    }
    TensorMap computed(const ModelInfo& model, const std::string& golden) {
        const auto result = wait<TensorMap>([&](auto observer) {
            return s_engine->parity(model.id, GoldenCase(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / golden).tensors("in."), std::move(observer));
        });
        EXPECT_TRUE(result) << toLine(result.error());
        return result ? result.value() : TensorMap{};
    }
    static inline std::shared_ptr<Engine> s_engine;
};

TEST_F(AutoencoderKl, IsDescribedFromConfigAndShapes) {
    ModelFolder flux(kFlux), sd(kSd), bfl(kBfl);
    const ModelInfo a = opened(flux.write()), b = opened(sd.write()), c = opened(bfl.write());
    EXPECT_EQ(a.family, "autoencoder_kl");
    EXPECT_EQ(a.layout, "diffusers");
    EXPECT_EQ(a.shape, "f8 c16");
    EXPECT_EQ(b.shape, "f8 c4");
    EXPECT_EQ(c.layout, "BFL");
    EXPECT_EQ(c.shape, "f2 c16");
    EXPECT_THAT(a.capabilities, testing::ElementsAre("encode", "decode"));
    std::int64_t elements = 0;
    for (const auto& [name, tensor] : flux.tensors) elements += tensor.elements();
    EXPECT_EQ(a.parameters, elements);
}

TEST_F(AutoencoderKl, AllMisfitsAreToldTogether) {
    ModelFolder folder(kSd);
    folder.tensors.erase("encoder.conv_out.bias");
    folder.tensors.erase("quant_conv.weight");
    folder.tensors["decoder.extra.weight"] = float32Tensor({1}, {0});
    folder.tensors["decoder.conv_in.bias"] = float32Tensor({3}, {0, 0, 0});
    EXPECT_THAT(refused(folder), AllOf(HasSubstr("2 missing tensors (encoder.conv_out.bias [8], quant_conv.weight [8, 8, 1, 1])"),
                                       HasSubstr("1 unexpected tensor (decoder.extra.weight)"),
                                       HasSubstr("1 misshapen tensor (decoder.conv_in.bias is [3] instead of [12])"),
                                       HasSubstr("diffusion_pytorch_model.safetensors"), Not(HasSubstr("\n"))));
}

TEST_F(AutoencoderKl, ManyMisfitsAreCountedNotListed) {
    ModelFolder folder(kSd);
    std::erase_if(folder.tensors, [](const auto& entry) { return entry.first.starts_with("decoder."); });
    const std::string line = refused(folder);
    EXPECT_THAT(line, AllOf(HasSubstr("missing tensors (decoder.conv_in.weight"), HasSubstr("more)")));
    EXPECT_LT(line.size(), 600u);
}

TEST_F(AutoencoderKl, NumbersThatAreNoneAreRefusedByName) {
    for (const float value : {std::nanf(""), INFINITY}) {
        ModelFolder folder(kSd);
        HostTensor& tensor = folder.tensors.at("decoder.mid_block.resnets.0.conv1.weight");
        std::vector<double> values = valuesOf(tensor);
        values[17] = value;
        tensor = float32Tensor(tensor.shape, {values.begin(), values.end()});
        EXPECT_THAT(refused(folder), AllOf(HasSubstr("1 weight tensor with NaN or infinity"), HasSubstr("decoder.mid_block.resnets.0.conv1.weight")));
    }
}

TEST_F(AutoencoderKl, WholeNumbersAsWeightsAreRefused) {
    ModelFolder folder(kSd);
    HostTensor& bias = folder.tensors.at("decoder.conv_out.bias");
    bias = {DType::I64, {3}, SharedBytes(std::vector<std::byte>(24))};
    EXPECT_THAT(refused(folder), HasSubstr("decoder.conv_out.bias holds int64 instead of floating-point numbers"));
}

TEST_F(AutoencoderKl, ConfigsOfWhatIsNotComputedAreRefused) {
    const auto with = [&](const std::string& key, const nlohmann::json& value) {
        ModelFolder folder(kSd);
        folder.config[key] = value;
        return refused(folder);
    };
    EXPECT_THAT(with("act_fn", "gelu"), AllOf(HasSubstr("act_fn is \"gelu\""), HasSubstr("config.json")));
    EXPECT_THAT(with("down_block_types", {"DownEncoderBlock2D", "AttnDownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"}), HasSubstr("AttnDownEncoderBlock2D"));
    EXPECT_THAT(with("up_block_types", {"UpDecoderBlock2D"}), HasSubstr("up_block_types has 1 entries but block_out_channels has 4"));
    EXPECT_THAT(with("in_channels", 4), HasSubstr("in_channels is 4"));
    EXPECT_THAT(with("norm_num_groups", 7), HasSubstr("7 normalisation groups do not divide"));
    EXPECT_THAT(with("latent_channels", "four"), HasSubstr("latent_channels should be a whole number"));
    EXPECT_THAT(with("block_out_channels", {16, -3, 32, 32}), HasSubstr("block_out_channels"));
    EXPECT_THAT(with("use_quant_conv", 1), HasSubstr("use_quant_conv should be true or false"));
    EXPECT_THAT(with("scaling_factor", 0), HasSubstr("scaling_factor is 0"));
    EXPECT_THAT(with("scaling_factor", "big"), HasSubstr("scaling_factor should be a number"));
    EXPECT_THAT(with("layers_per_block", 100000), HasSubstr("layers_per_block"));
    EXPECT_THAT(with("layers_per_block", 3), HasSubstr("missing"));
    EXPECT_THAT(with("use_post_quant_conv", false), HasSubstr("2 unexpected tensors (post_quant_conv.bias, post_quant_conv.weight)"));
    EXPECT_THAT(with("mid_block_add_attention", false), HasSubstr("unexpected"));
}

TEST_F(AutoencoderKl, ConfigIsNeeded) {
    ModelFolder folder(kSd);
    folder.config = nullptr;
    EXPECT_THAT(refused(folder), HasSubstr("config.json is missing"));
    folder.config = {{"_class_name", "VQModel"}};
    EXPECT_THAT(refused(folder), HasSubstr("its config says VQModel"));
}

TEST_F(AutoencoderKl, AConfigWithoutItsClassNameIsEnough) {
    ModelFolder folder(kSd);
    folder.config.erase("_class_name");
    EXPECT_EQ(opened(folder.write()).layout, "diffusers");
}

TEST_F(AutoencoderKl, TheUsualNameIsReadBeforeItsVariants) {
    ModelFolder folder(kSd);
    const std::string path = folder.write();
    fs::copy(fs::path(path) / "diffusion_pytorch_model.safetensors", fs::path(path) / "diffusion_pytorch_model.fp16.safetensors");
    TensorMap broken = folder.tensors;
    broken.erase("decoder.conv_in.bias");
    ASSERT_FALSE(writeTensorFile(path + "/another.safetensors", broken));
    opened(path);
}

TEST_F(AutoencoderKl, AutoencoderOfAPipelineIsFound) {
    ModelFolder folder(kFlux), other(kSd);
    const std::string path = folder.write();
    fs::create_directory(path + "/unet");
    fs::copy(other.write() + "/diffusion_pytorch_model.safetensors", path + "/unet/diffusion_pytorch_model.safetensors");
    EXPECT_THAT(refusal(*s_engine, path), HasSubstr("holds 2 models")) << "of which neither is meant more than the other";
    ASSERT_FALSE(writeTensorFile(path + "/unet/diffusion_pytorch_model.safetensors", {{"conv_in.weight", float32Tensor({1}, {1})}}));
    EXPECT_THAT(opened(path).path, testing::EndsWith("/vae")) << "the only one in there";
    // Beside other networks of a model that Tessera does not know it is only a part.
    std::ofstream(path + "/other_model.json") << "{}";
    EXPECT_THAT(refusal(*s_engine, path), HasSubstr("Tessera knows no model like this"));
    std::ofstream(path + "/model_index.json") << R"({"_class_name": "FluxPipeline"})";
    EXPECT_EQ(opened(path).shape, "f8 c16");
}

TEST_F(AutoencoderKl, StableDiffusionsOwnLayoutComputesTheSame) {
    // BFL's names with quant convs that change nothing, below a prefix, beside what only training needs.
    ModelFolder folder(kBfl);
    std::vector<std::string> names;
    for (const auto& [name, tensor] : folder.tensors) names.push_back(name);
    for (const std::string& name : names) folder.rename(name, "first_stage_model." + name);
    const auto identity = [](int size) {
        std::vector<float> values(std::size_t(size) * size, 0);
        for (int i = 0; i < size; ++i) values[std::size_t(i) * size + i] = 1;
        return float32Tensor({size, size, 1, 1}, values);
    };
    const int c = 16;
    folder.tensors["first_stage_model.quant_conv.weight"] = identity(2 * c);
    folder.tensors["first_stage_model.quant_conv.bias"] = float32Tensor({2 * c}, std::vector<float>(2 * c, 0));
    folder.tensors["first_stage_model.post_quant_conv.weight"] = identity(c);
    folder.tensors["first_stage_model.post_quant_conv.bias"] = float32Tensor({c}, std::vector<float>(c, 0));
    folder.tensors["first_stage_model.loss.logvar"] = float32Tensor({}, {0});
    folder.tensors["model.diffusion_model.input_blocks.0.0.weight"] = float32Tensor({1}, {0});
    folder.weights = "v1-5-pruned.safetensors";
    const ModelInfo model = opened(folder.write());
    EXPECT_EQ(model.layout, "LDM");
    EXPECT_THAT(model.ignoredTensors, testing::ElementsAre("loss.logvar"));
    const GoldenCase golden(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / kBfl);
    const TensorMap expected = golden.tensors("out."), actual = computed(model, kBfl);
    for (const char* name : {"out.latents", "out.logvar", "out.reconstruction", "out.reconstruction.noisy"}) {
        EXPECT_EQ(mismatch(expected.at(name), actual.at(name), golden.toleranceOf(name)), "") << name;
    }
    // 0.18215 without a shift, as Stable Diffusion has it.
    const auto mean = valuesOf(actual.at("out.latents")), scaled = valuesOf(actual.at("out.latents.pipeline"));
    EXPECT_NEAR(scaled[5], mean[5] * 0.18215, 1e-6);
}

TEST_F(AutoencoderKl, SizesThatShapesDoNotTellAreMissingTensors) {
    ModelFolder folder(kBfl);
    folder.tensors.erase("encoder.down.1.block.0.conv1.weight");
    EXPECT_THAT(refused(folder), AllOf(HasSubstr("encoder.down.1.block.0.conv1.weight is missing"), HasSubstr("ae.safetensors")));
    ModelFolder gap(kBfl);
    std::erase_if(gap.tensors, [](const auto& entry) { return entry.first.starts_with("decoder.up.0.block.0."); });
    EXPECT_THAT(refused(gap), Not(HasSubstr("unexpected")));
}

TEST_F(AutoencoderKl, CodebooksMakeItAnotherFamily) {
    ModelFolder folder(kBfl);
    folder.tensors["quantize.embedding.weight"] = float32Tensor({2, 1}, {0, 1});
    EXPECT_THAT(refused(folder), HasSubstr("the YAML config of this VQGAN is missing"));
}

TEST_F(AutoencoderKl, NoiseOfAnotherShapeIsRefused) {
    ModelFolder folder(kSd);
    TensorMap inputs = GoldenCase(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / kSd).tensors("in.");
    inputs["in.noise"] = float32Tensor({1, 4, 1, 1}, {1, 2, 3, 4});
    const ModelInfo model = opened(folder.write());
    const auto result = wait<TensorMap>([&](auto observer) { return s_engine->parity(model.id, inputs, std::move(observer)); });
    ASSERT_FALSE(result);
    EXPECT_THAT(toLine(result.error()), HasSubstr("in.noise has shape [1, 4, 1, 1]"));
}

}  // namespace
}  // namespace tessera::test
