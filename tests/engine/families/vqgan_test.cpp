// SPDX-License-Identifier: Apache-2.0
// What the reader of VQGANs accepts, what it refuses, and in which words. That it computes the right thing: tests/golden.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "engine/checkpoint/archive_builder.h"
#include "engine/families/yaml_model.h"
#include "support/golden_case.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kTaming = "vqgan/noise_taming", kLlamaGen = "vqgan/llamagen_vq_ds16_c2i";

HostTensor zeros(std::vector<std::int64_t> shape) {
    std::size_t count = 1;
    for (const std::int64_t side : shape) count *= static_cast<std::size_t>(side);
    return float32Tensor(std::move(shape), std::vector<float>(count, 0));
}

HostTensor image(std::int64_t height, std::int64_t width) { return float32Tensor({1, 3, height, width}, std::vector<float>(static_cast<std::size_t>(3 * height * width), 0.5f)); }

class Vqgan : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    std::string refused(YamlModel& model) { return refusal(*s_engine, model.write()); }
    ModelInfo opened(const std::string& path) {
        const auto model = openModel(*s_engine, path);
        EXPECT_TRUE(model) << toLine(model.error());
        return model ? model.value() : ModelInfo{};
    }
    Result<TensorMap> computed(const ModelInfo& model, TensorMap inputs) {
        return wait<TensorMap>([&](auto observer) { return s_engine->parity(model.id, std::move(inputs), std::move(observer)); });
    }
    static inline std::shared_ptr<Engine> s_engine;
};

TEST_F(Vqgan, IsDescribedFromShapesOrConfig) {
    YamlModel llamaGen(kLlamaGen), taming(kTaming);
    const ModelInfo a = opened(llamaGen.write()), b = opened(taming.write());
    EXPECT_EQ(a.family, "vqgan");
    EXPECT_EQ(a.layout, "LlamaGen");
    EXPECT_EQ(a.shape, "f2 c8");
    EXPECT_EQ(a.codes, (CodeLayout{.kind = CodeLayout::Kind::Residual, .codebookSizes = {96}, .codewordDim = 8, .pixelsPerCell = 2}));
    EXPECT_EQ(a.inputSide, 0);
    EXPECT_THAT(a.capabilities, ElementsAre("encode", "quantize", "decode"));
    EXPECT_THAT(a.ignoredTensors, ElementsAre("quantize.codebook_used"));
    EXPECT_EQ(b.layout, "taming");
    EXPECT_EQ(b.codes.codebookSizes, (std::vector{48}));
    EXPECT_EQ(b.latentChannels, 12);
    std::int64_t elements = 0;
    for (const auto& [name, tensor] : taming.tensors) elements += tensor.elements();
    EXPECT_EQ(b.parameters, elements);
}

TEST_F(Vqgan, AveragedWeightsAreReadBeforeOthers) {
    YamlModel model(kLlamaGen);
    std::vector<std::string> storages;
    std::vector<std::pair<std::string, std::string>> whole, halved;
    for (const auto& [name, tensor] : model.tensors) {
        std::vector<std::int64_t> strides(tensor.shape.size(), 1);
        for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.shape[i];
        const std::string stored = pickle::tensor(pickle::storage(std::to_string(storages.size()), tensor.elements()), 0, tensor.shape, strides);
        storages.emplace_back(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
        whole.emplace_back(name, stored);
        // Which of them is read shows in what is missing.
        if (!name.starts_with("post_quant_conv.")) halved.emplace_back(name, stored);
    }
    const TemporaryFolder folder;
    const auto save = [&](const std::string& file, const auto& ema) {
        const Bytes bytes = torchZipOf(pickle::whole(pickle::dict({{"model", pickle::dict(whole)}, {"ema", pickle::dict(ema)}})), storages);
        std::ofstream(folder / file, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        return folder / file;
    };
    EXPECT_EQ(opened(save("whole.pt", whole)).layout, "LlamaGen");
    EXPECT_THAT(refusal(*s_engine, save("halved.pt", halved)), HasSubstr("2 missing tensors (post_quant_conv.weight"));
}

TEST_F(Vqgan, AConfigOfOtherWeightsIsToldInOneSentence) {
    YamlModel model(kTaming);
    auto& params = model.config["model"]["params"];
    params["n_embed"] = 1024;
    params["embed_dim"] = 256;
    params["ddconfig"]["ch_mult"] = {1, 2};
    params["ddconfig"]["attn_resolutions"] = {16};
    EXPECT_THAT(refused(model), AllOf(HasSubstr("this config does not describe the weights beside it"), HasSubstr("n_embed 1024 in the config, 48 in the tensors"),
                                      HasSubstr("embed_dim 256 in the config, 12 in the tensors"), HasSubstr("[32, 64] in the config, [32, 32] in the tensors"),
                                      HasSubstr("encoder levels with attention 0 in the config, 1 in the tensors"), HasSubstr("configs/model.yaml"), Not(HasSubstr("\n"))));
    model.config = YamlModel(kTaming).config;
    model.config["model"]["params"]["ddconfig"]["ch_mult"] = {1, 1, 1};
    EXPECT_THAT(refused(model), HasSubstr("[32, 32, 32] in the config, [32, 32] in the tensors"));
}

TEST_F(Vqgan, WhatIsNotComputedIsRefused) {
    const auto with = [&](const std::function<void(nlohmann::json&)>& change) {
        YamlModel model(kTaming);
        change(model.config["model"]["params"]);
        return refused(model);
    };
    EXPECT_THAT(with([](auto& params) { params["remap"] = "used.npy"; }), HasSubstr("model.params.remap renames the codes"));
    EXPECT_EQ(with([](auto& params) { params["remap"] = nullptr; }), "");
    EXPECT_THAT(with([](auto& params) { params["ddconfig"]["double_z"] = true; }), HasSubstr("model.params.ddconfig.double_z should be false"));
    EXPECT_THAT(with([](auto& params) { params["ddconfig"].erase("double_z"); }), HasSubstr("double_z should be false")) << "upstream's default is true";
    EXPECT_THAT(with([](auto& params) { params["ddconfig"]["in_channels"] = 1; }), HasSubstr("model.params.ddconfig.in_channels is 1"));
    EXPECT_THAT(with([](auto& params) { params["ddconfig"]["resamp_with_conv"] = false; }), HasSubstr("resamp_with_conv is false"));
    EXPECT_THAT(with([](auto& params) { params["ddconfig"]["attn_type"] = "linear"; }), HasSubstr("attn_type is \"linear\""));
    EXPECT_THAT(with([](auto& params) { params["ddconfig"]["attn_type"] = "none"; }), HasSubstr("middle blocks with attention 0 in the config, 1 in the tensors"));
    EXPECT_THAT(with([](auto& params) { params["ddconfig"]["ch"] = "wide"; }), HasSubstr("model.params.ddconfig.ch should be a whole number"));
    EXPECT_THAT(with([](auto& params) { params.erase("ddconfig"); }), HasSubstr("model.params.ddconfig is missing"));
    EXPECT_THAT(with([](auto& params) { params = 3; }), HasSubstr("model.params should hold keys, not 3"));
}

TEST_F(Vqgan, GumbelQuantizersAreRefused) {
    YamlModel model(kTaming);
    model.tensors.erase("quantize.embedding.weight");
    model.tensors["quantize.proj.weight"] = zeros({48, 16, 1, 1});
    model.tensors["quantize.proj.bias"] = zeros({48});
    model.tensors["quantize.embed.weight"] = zeros({48, 12});
    EXPECT_THAT(refused(model), AllOf(HasSubstr("this is a GumbelVQ"), HasSubstr("last.safetensors")));
}

TEST_F(Vqgan, MisfitsAreToldTogether) {
    YamlModel model(kTaming);
    model.tensors.erase("decoder.up.0.block.1.conv2.bias");
    model.tensors["quantize.cluster_size"] = zeros({48});
    model.tensors["loss.discriminator.main.0.weight"] = zeros({1});
    EXPECT_THAT(refused(model), AllOf(HasSubstr("1 missing tensor (decoder.up.0.block.1.conv2.bias [32])"), HasSubstr("1 unexpected tensor (quantize.cluster_size)"),
                                      Not(HasSubstr("loss."))));
    YamlModel llamaGen(kLlamaGen);
    llamaGen.tensors.erase("quant_conv.weight");
    EXPECT_THAT(refused(llamaGen), HasSubstr("cannot be read off its tensors: quant_conv.weight is missing"));
}

TEST_F(Vqgan, CodewordsThatAreNoNumbersAreRefused) {
    YamlModel model(kLlamaGen);
    std::vector<double> values = valuesOf(model.tensors.at("quantize.embedding.weight"));
    values[5] = std::nan("");
    model.tensors["quantize.embedding.weight"] = float32Tensor({96, 8}, {values.begin(), values.end()});
    const auto result = openModel(*s_engine, model.write());
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, HasSubstr("1 weight tensor with NaN or infinity in it (quantize.embedding.weight)"));
    EXPECT_EQ(result.error().code, ErrorCode::Invalid) << "all of it fits its model";
}

TEST_F(Vqgan, TheConfigMayLieBesideOrAside) {
    YamlModel model(kTaming);
    const std::string aside = model.write();
    EXPECT_EQ(opened(aside + "/vqgan_noise/ckpts/last.safetensors").layout, "taming") << "the file alone";
    model.weights = "last.safetensors";
    model.configFile = "model.yaml";
    const std::string beside = model.write();
    EXPECT_EQ(opened(beside).layout, "taming");
    // What Lightning writes beside it describes no model, and what is newer by name counts.
    std::ofstream(fs::path(beside) / "lightning.yaml") << "lightning: {trainer: {gpus: 8}}\n";
    std::ofstream(fs::path(beside) / "0000-project.yaml") << "model: {params: {n_embed: 5}}\n";
    EXPECT_EQ(opened(beside).layout, "taming");
    model.config = nullptr;
    EXPECT_THAT(refused(model), AllOf(HasSubstr("the YAML config of this VQGAN is missing"), HasSubstr("last.safetensors"), HasSubstr("configs/model.yaml")));
    const std::string broken = model.write();
    std::ofstream(fs::path(broken) / "model.yaml") << "model: {params: [\n";
    EXPECT_THAT(refusal(*s_engine, broken), AllOf(HasSubstr("the file is not YAML"), HasSubstr("model.yaml")));
}

TEST_F(Vqgan, SidesThatAreNoMultiplesAreRoundedDownAsUpstreamDoes) {
    YamlModel taming(kTaming);
    const ModelInfo model = opened(taming.write());
    const auto result = computed(model, {{"in.image", image(13, 11)}});
    ASSERT_TRUE(result) << toLine(result.error());
    EXPECT_THAT(result.value().at("out.codes").shape, ElementsAre(1, 6, 5, 1));
    EXPECT_THAT(result.value().at("out.reconstruction").shape, ElementsAre(1, 3, 12, 10));
    const auto tiny = computed(model, {{"in.image", image(1, 8)}});
    ASSERT_FALSE(tiny);
    EXPECT_THAT(toLine(tiny.error()), HasSubstr("sides of at least 2"));
}

TEST_F(Vqgan, CodesOfNoCodebookAreRefused) {
    YamlModel llamaGen(kLlamaGen);
    const ModelInfo model = opened(llamaGen.write());
    HostTensor codes{DType::I64, {1, 1, 2, 1}, SharedBytes()};
    const std::int64_t numbers[] = {95, 96};
    codes.bytes = SharedBytes(std::vector<std::byte>(reinterpret_cast<const std::byte*>(numbers), reinterpret_cast<const std::byte*>(numbers + 2)));
    const auto result = computed(model, {{"in.codes", codes}});
    ASSERT_FALSE(result);
    EXPECT_THAT(toLine(result.error()), HasSubstr("the code 96 at depth 1 is not in the codebook"));
}

}  // namespace
}  // namespace tessera::test
