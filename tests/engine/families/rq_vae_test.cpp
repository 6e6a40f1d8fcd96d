// SPDX-License-Identifier: Apache-2.0
// What the reader of RQ-VAEs accepts, what it refuses, and in which words. That it computes the right thing: tests/golden.
#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "engine/families/yaml_model.h"
#include "support/golden_case.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

const std::string kShared = "rq_vae/noise_rq", kSplit = "rq_vae/split_codebooks_2x2";

std::string bookName(int depth) { return "quantizer.codebooks." + std::to_string(depth) + ".weight"; }

class RqVae : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    std::string refused(YamlModel& model) { return refusal(*s_engine, model.write()); }
    std::string refusedWith(const std::string& golden, const std::function<void(nlohmann::json&)>& change) {
        YamlModel model(golden);
        change(model.config["arch"]);
        return refused(model);
    }
    ModelInfo opened(YamlModel& written) {
        const auto model = openModel(*s_engine, written.write());
        EXPECT_TRUE(model) << toLine(model.error());
        return model ? model.value() : ModelInfo{};
    }
    TensorMap computed(const ModelInfo& model, const GoldenCase& golden) {
        const auto result = wait<TensorMap>([&](auto observer) { return s_engine->parity(model.id, golden.tensors("in."), std::move(observer)); });
        EXPECT_TRUE(result) << toLine(result.error());
        return result ? result.value() : TensorMap{};
    }
    static GoldenCase golden(const std::string& name) { return GoldenCase(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / name); }
    static inline std::shared_ptr<Engine> s_engine;
};

TEST_F(RqVae, IsDescribedFromItsConfig) {
    YamlModel shared(kShared), split(kSplit);
    const ModelInfo a = opened(shared), b = opened(split);
    EXPECT_EQ(a.family, "rq_vae");
    EXPECT_EQ(a.layout, "RQ-VAE");
    EXPECT_EQ(a.shape, "f2 c12");
    EXPECT_EQ(a.codes, (CodeLayout{.kind = CodeLayout::Kind::Residual, .codebookSizes = {48, 48, 48, 48}, .codewordDim = 12, .pixelsPerCell = 2, .shared = true}));
    EXPECT_EQ(a.inputSide, 12);
    EXPECT_THAT(a.capabilities, ElementsAre("encode", "quantize", "decode"));
    EXPECT_EQ(b.codes, (CodeLayout{.kind = CodeLayout::Kind::Residual, .codebookSizes = {48, 40}, .codewordDim = 24, .pixelsPerCell = 4}));
    EXPECT_EQ(b.downsample, 2);
    EXPECT_EQ(b.inputSide, 0) << "its pictures are not square";
    // A shared codebook counts once; averages do not count.
    std::int64_t elements = 0;
    for (const auto& [name, tensor] : shared.tensors) {
        if (!name.starts_with("quantizer.") || name == bookName(0)) elements += tensor.elements();
    }
    EXPECT_EQ(a.parameters, elements);
    EXPECT_THAT(a.ignoredTensors, IsSupersetOf({bookName(3), std::string("quantizer.codebooks.0.embed_ema")}));
}

TEST_F(RqVae, ThePaddingRowIsNoCodeword) {
    // The last row would be at distance 0 of the first cell if it took part.
    YamlModel model(kShared);
    const std::vector<double> latents = valuesOf(golden(kShared).tensors("out.").at("out.latents"));  // [3,12,6,6]
    HostTensor& book = model.tensors.at(bookName(0));
    std::vector<double> values = valuesOf(book);  // [49,12]
    for (std::size_t channel = 0; channel < 12; ++channel) values[48 * 12 + channel] = latents[channel * 36];
    for (int depth = 0; depth < 4; ++depth) model.tensors[bookName(depth)] = float32Tensor({49, 12}, {values.begin(), values.end()});
    const TensorMap expected = golden(kShared).tensors("out."), actual = computed(opened(model), golden(kShared));
    EXPECT_EQ(mismatch(expected.at("out.codes"), actual.at("out.codes"), {}), "");
    EXPECT_EQ(mismatch(expected.at("out.reconstruction"), actual.at("out.reconstruction"), {}), "");
}

TEST_F(RqVae, ASharedCodebookMayBeStoredOnce) {
    YamlModel model(kShared);
    for (int depth = 1; depth < 4; ++depth) model.tensors.erase(bookName(depth));
    const TensorMap expected = golden(kShared).tensors("out."), actual = computed(opened(model), golden(kShared));
    EXPECT_EQ(mismatch(expected.at("out.codes"), actual.at("out.codes"), {}), "");
    model.tensors[bookName(2)] = float32Tensor({49, 12}, std::vector<float>(std::size_t(49) * 12, 0.5f));
    EXPECT_THAT(refused(model), AllOf(HasSubstr("shared_codebook is true in the config, but quantizer.codebooks.2.weight differs from quantizer.codebooks.0.weight"),
                                      HasSubstr("stage1/config.yaml")));
}

TEST_F(RqVae, CodebooksOfTheirOwnMustAllBeThere) {
    YamlModel model(kSplit);
    model.tensors.erase(bookName(1));
    EXPECT_THAT(refused(model), HasSubstr("1 missing tensor (quantizer.codebooks.1.weight [41, 24])"));
}

TEST_F(RqVae, AConfigOfOtherWeightsIsToldInOneSentence) {
    EXPECT_THAT(refusedWith(kShared, [](auto& arch) {
                    arch["hparams"]["n_embed"] = 2048;
                    arch["ddconfig"]["num_res_blocks"] = 2;
                    arch["ddconfig"]["z_channels"] = 256;
                }),
                AllOf(HasSubstr("n_embed 2048 in the config, 48 in the tensors"), HasSubstr("blocks per encoder level 2 in the config, 1 in the tensors"),
                      HasSubstr("channels that the decoder takes 256 in the config, 16 in the tensors"), HasSubstr("config.yaml"), Not(HasSubstr("\n"))));
    EXPECT_THAT(refusedWith(kSplit, [](auto& arch) { arch["hparams"]["n_embed"] = {48, 64}; }), HasSubstr("quantizer.codebooks.1.weight is [41, 24] instead of [65, 24]"));
}

TEST_F(RqVae, ConfigsThatContradictThemselvesAreRefused) {
    EXPECT_THAT(refusedWith(kSplit, [](auto& arch) { arch["hparams"]["n_embed"] = {48, 40, 40}; }), HasSubstr("arch.hparams.n_embed should be a list of 2, not of 3"));
    EXPECT_THAT(refusedWith(kShared, [](auto& arch) { arch["hparams"]["n_embed"] = {48, 48, 48, 48}; }), HasSubstr("arch.hparams.n_embed should be a whole number"))
        << "a shared codebook has one size";
    EXPECT_THAT(refusedWith(kSplit, [](auto& arch) { arch["hparams"]["code_shape"] = {3, 6, 2}; }), HasSubstr("should be multiples of those of code_shape"));
    EXPECT_THAT(refusedWith(kSplit, [](auto& arch) { arch["hparams"]["latent_shape"] = {8, 12}; }), HasSubstr("latent_shape should be a list of three"));
    EXPECT_THAT(refusedWith(kSplit, [](auto& arch) { arch["hparams"]["latent_shape"] = {8, 12, 7}; }), HasSubstr("embed_dim is 6, but latent_shape has 7 channels"));
    EXPECT_THAT(refusedWith(kSplit, [](auto& arch) { arch["hparams"]["code_shape"] = {4, 6, 1000}; }), HasSubstr("more than 64 codes per cell"));
    EXPECT_THAT(refusedWith(kSplit, [](auto& arch) { arch["hparams"]["bottleneck_type"] = "vq"; }), HasSubstr("bottleneck_type is \"vq\""));
    EXPECT_THAT(refusedWith(kSplit, [](auto& arch) { arch["ddconfig"]["double_z"] = true; }), HasSubstr("arch.ddconfig.double_z should be false"));
    EXPECT_THAT(refusedWith(kSplit, [](auto& arch) { arch.erase("hparams"); }), HasSubstr("arch.hparams is missing"));
}

TEST_F(RqVae, ConfigIsNeeded) {
    YamlModel model(kShared);
    model.config = nullptr;
    EXPECT_THAT(refused(model), AllOf(HasSubstr("the YAML config of this RQ-VAE is missing"), HasSubstr("stage1/model.safetensors"), HasSubstr("config.yaml")));
}

TEST_F(RqVae, PicturesArePaddedToWholeCells) {
    YamlModel model(kSplit);
    const ModelInfo split = opened(model);
    const Image image(22, 13, 3, SharedArray<float>(std::vector<float>(std::size_t(22) * 13 * 3, 0.25f)));
    const CellRef cell{.source = s_engine->addSource({.pixels = image, .name = "test"}), .model = split.id};
    const ParameterSet whole{{"size", std::int64_t(0)}, {"crop", std::string("whole")}};
    const auto picture = askFor(*s_engine, {"reconstruction", cell, whole});
    ASSERT_TRUE(picture) << toLine(picture.error());
    EXPECT_EQ(picture.value().image.width(), 22);
    EXPECT_EQ(picture.value().image.height(), 13);
    // 16 x 24 px: 4 x 6 cells of 2 x 2 latents each.
    const auto codes = wait<TensorMap>([&](auto observer) { return s_engine->encode(cell, whole, std::move(observer)); });
    ASSERT_TRUE(codes) << toLine(codes.error());
    EXPECT_THAT(codes.value().at("codes").shape, ElementsAre(1, 4, 6, 2));
}

TEST_F(RqVae, LatentsThatDoNotFoldAreRefused) {
    YamlModel model(kSplit);
    const ModelInfo split = opened(model);
    const TensorMap inputs{{"in.image", float32Tensor({1, 3, 18, 24}, std::vector<float>(std::size_t(3) * 18 * 24, 0.5f))}};
    const auto result = wait<TensorMap>([&](auto observer) { return s_engine->parity(split.id, inputs, std::move(observer)); });
    ASSERT_FALSE(result);
    EXPECT_THAT(toLine(result.error()), HasSubstr("latents of 12 x 9 cells do not part into tokens of 2 x 2"));
}

}  // namespace
}  // namespace tessera::test
