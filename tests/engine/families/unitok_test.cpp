// SPDX-License-Identifier: Apache-2.0
// What the reader of UniTok checkpoints accepts, what it refuses, and in which words. That it computes the right thing: tests/golden.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/wait.h>

#include "checkpoint/torch_zip.h"
#include "engine/checkpoint/archive_builder.h"
#include "support/golden_case.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden/unitok/vitamin_large_tiny";

std::string pickled(const nlohmann::json& value) {
    if (value.is_string()) return pickle::text(value.get<std::string>());
    if (value.is_boolean()) return value.get<bool>() ? "\x88" : "\x89";
    return value.is_number_integer() ? pickle::number(value.get<std::int64_t>()) : "N";
}

/// The golden checkpoint, to be made worse.
class Archive {
public:
    Archive() {
        const TorchZip zip = readTorchZip(kGolden / "model/unitok_tokenizer.pth");
        args = nlohmann::json::parse(zip.settings.at("args"));
        for (const auto& [name, tensor] : zip.sections.at("trainer")) {
            if (name.starts_with("unitok.")) tensors.emplace(name.substr(7), tensor.toHost());
        }
    }

    TensorMap tensors;
    nlohmann::json args;

    std::string write() {
        std::vector<std::string> storages;
        std::vector<std::pair<std::string, std::string>> states, settings{{"dtype", pickle::global("torch", "bfloat16")}};
        for (const auto& [name, tensor] : tensors) {
            std::vector<std::int64_t> strides(tensor.shape.size(), 1);
            for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.shape[i];
            states.emplace_back(name, pickle::tensor(pickle::storage(std::to_string(storages.size()), tensor.elements()), 0, tensor.shape, strides));
            storages.emplace_back(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
        }
        for (const auto& [key, value] : args.items()) settings.emplace_back(key, pickled(value));
        const Bytes bytes = torchZipOf(pickle::whole(pickle::dict({{"args", pickle::dict(settings)}, {"trainer", pickle::dict({{"unitok", pickle::dict(states)}})}})), storages);
        const std::string path = m_folder / (std::to_string(m_written++) + ".pth");
        std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        return path;
    }

private:
    TemporaryFolder m_folder;
    int m_written = 0;
};

class Unitok : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    std::string refused() { return refusal(*s_engine, archive.write()); }
    std::string with(const std::string& key, const nlohmann::json& value) {
        Archive other;
        other.args[key] = value;
        return refusal(*s_engine, other.write());
    }
    Result<TensorMap> computed(const TensorMap& inputs) {
        const auto model = openModel(*s_engine, archive.write());
        if (!model) return model.error();
        return wait<TensorMap>([&](auto observer) { return s_engine->parity(model.value().id, inputs, std::move(observer)); });
    }
    static TensorMap pictureOf(std::int64_t height, std::int64_t width) {
        return {{"in.image", float32Tensor({1, 3, height, width}, std::vector<float>(static_cast<std::size_t>(3 * height * width), 0.25f))}};
    }
    static inline std::shared_ptr<Engine> s_engine;
    Archive archive;
};

TEST_F(Unitok, IsDescribed) {
    const auto model = openModel(*s_engine, archive.write());
    ASSERT_TRUE(model) << toLine(model.error());
    const ModelInfo& info = model.value();
    EXPECT_EQ(info.family, "unitok");
    EXPECT_EQ(info.layout, "vitamin_large");
    EXPECT_EQ(info.shape, "f16 c16");
    EXPECT_EQ(info.inputSide, 64);
    EXPECT_THAT(info.denseMethods, testing::ElementsAre("plain"));
    EXPECT_EQ(info.codes, (CodeLayout{.kind = CodeLayout::Kind::Product, .codebookSizes = {64, 64, 64, 64}, .codewordDim = 4, .pixelsPerCell = 16}));
    EXPECT_THAT(info.capabilities, testing::ElementsAre("encode", "quantize", "decode", "text"));
    EXPECT_EQ(info.ignoredTensors.size(), 4u);
    EXPECT_THAT(info.ignoredTensors, Each(HasSubstr("vocab_usage")));
}

TEST_F(Unitok, AllMisfitsAreToldTogether) {
    archive.tensors.erase("quant_proj.attn.zero_k_bias");
    archive.tensors["encoder.blocks.0.ls1"] = float32Tensor({1}, {1});
    archive.tensors["decoder.up_conv4.conv2.bias"] = float32Tensor({2}, {0, 0});
    archive.tensors.erase("text_encoder.text_projection");
    EXPECT_THAT(refused(), AllOf(HasSubstr("2 missing tensors (quant_proj.attn.zero_k_bias [48], text_encoder.text_projection [32, 24])"),
                                 HasSubstr("1 unexpected tensor (encoder.blocks.0.ls1)"), HasSubstr("1 misshapen tensor (decoder.up_conv4.conv2.bias is [2] instead of [3])"),
                                 HasSubstr(".pth"), Not(HasSubstr("\n"))));
}

TEST_F(Unitok, ArgumentsOfWhatIsNotComputedAreRefused) {
    EXPECT_THAT(with("model", "vitamin_small"), AllOf(HasSubstr("\"vitamin_small\""), HasSubstr("heads"), HasSubstr(".pth, args")));
    EXPECT_THAT(with("model", 3), HasSubstr("model should be a text"));
    EXPECT_THAT(with("num_query", 2), HasSubstr("query tokens"));
    EXPECT_THAT(with("img_size", 60), HasSubstr("img_size should be a multiple of 16"));
    EXPECT_THAT(with("quant_proj", "mlp"), HasSubstr("quant_proj should be attn or linear, not mlp"));
    EXPECT_THAT(with("num_codebooks", 3), HasSubstr("3 codebooks do not divide 256 codes"));
    EXPECT_THAT(with("vocab_width", 18), HasSubstr("4 codebooks do not divide 18 channels"));
    EXPECT_THAT(with("vocab_width", 20), HasSubstr("20 latent channels do not divide 48 channels"));
    EXPECT_THAT(with("text_heads", 5), HasSubstr("5 heads do not divide 32 channels of the text network"));
    EXPECT_THAT(with("vocab_size", "many"), HasSubstr("vocab_size should be a whole number"));
}

TEST_F(Unitok, ArgumentsAndTensorsThatDisagreeAreTold) {
    EXPECT_THAT(with("vocab_size", 512), HasSubstr("quantizer.codebooks.0.codebook.weight is [64, 4] instead of [128, 4]"));
    EXPECT_THAT(with("text_layers", 1), HasSubstr("unexpected tensors (text_encoder.transformer.resblocks.1."));
    EXPECT_THAT(with("embed_dim", 32), HasSubstr("projection.weight is [24, 48] instead of [32, 48]"));
    EXPECT_THAT(with("quant_proj", "linear"), AllOf(HasSubstr("missing tensors (quant_proj.weight [16, 48]"), HasSubstr("unexpected")));
}

TEST_F(Unitok, WithoutItsFirstConvolutionNoSizeIsKnown) {
    archive.tensors.erase("encoder.patch_embed.backbone.stem.conv1.weight");
    EXPECT_THAT(refused(), HasSubstr("encoder.patch_embed.backbone.stem.conv1.weight is missing"));
}

TEST_F(Unitok, LinearProjectionsAreComputedAsWhatTheyAre) {
    std::erase_if(archive.tensors, [](const auto& entry) { return entry.first.starts_with("quant_proj.") || entry.first.starts_with("post_quant_proj."); });
    std::vector<float> weight(16 * 48);
    for (std::size_t i = 0; i < 16; ++i) weight[i * 48 + i + 3] = 2;  // channel i is twice that of token i + 3, plus 1
    archive.tensors["quant_proj.weight"] = float32Tensor({16, 48}, weight);
    archive.tensors["quant_proj.bias"] = float32Tensor({16}, std::vector<float>(16, 1));
    archive.tensors["post_quant_proj.weight"] = float32Tensor({48, 16}, std::vector<float>(16 * 48, 0.1f));
    archive.tensors["post_quant_proj.bias"] = float32Tensor({48}, std::vector<float>(48));
    archive.args["quant_proj"] = "linear";
    const auto result = computed(GoldenCase(kGolden).tensors("in."));
    ASSERT_TRUE(result) << toLine(result.error());
    const std::vector<double> tokens = valuesOf(result.value().at("out.tokens")), latents = valuesOf(result.value().at("out.latents"));
    for (std::size_t n = 0; n < 16; ++n) {
        for (std::size_t i = 0; i < 16; ++i) ASSERT_NEAR(latents[i * 16 + n], 2 * tokens[n * 48 + i + 3] + 1, 1e-5) << "token " << n << ", channel " << i;
    }
}

TEST_F(Unitok, TheNameOfTheModelSaysHowManyHeadsThereAre) {
    const TensorMap inputs = GoldenCase(kGolden).tensors("in.");
    const auto large = computed(inputs);
    archive.args["model"] = "vitamin_base";  // 12 instead of 16
    const auto base = computed(inputs);
    ASSERT_TRUE(large && base);
    const GoldenCase golden(kGolden);
    const HostTensor recorded = golden.tensors("out.").at("out.tokens");
    EXPECT_EQ(mismatch(recorded, large.value().at("out.tokens"), golden.toleranceOf("out.tokens")), "");
    EXPECT_NE(mismatch(recorded, base.value().at("out.tokens"), golden.toleranceOf("out.tokens")), "");
}

TEST_F(Unitok, TakesSquaresWhoseSideIsAMultipleOf16) {
    const auto larger = computed(pictureOf(80, 80));
    ASSERT_TRUE(larger) << toLine(larger.error());
    EXPECT_EQ(larger.value().at("out.codes").shape, (std::vector<std::int64_t>{1, 5, 5, 4}));
    EXPECT_EQ(larger.value().at("out.reconstruction").shape, (std::vector<std::int64_t>{1, 3, 80, 80}));
    for (const auto& [height, width] : {std::pair{72, 72}, {64, 80}}) {
        const auto other = computed(pictureOf(height, width));
        ASSERT_FALSE(other);
        EXPECT_THAT(toLine(other.error()), HasSubstr("multiple of 16"));
    }
}

TEST_F(Unitok, IdsThatNoTextCanHaveAreRefused) {
    const auto ids = [](std::vector<std::int64_t> shape, std::int64_t id) {
        HostTensor tensor{DType::I64, shape, {}};
        std::vector<std::int64_t> values(static_cast<std::size_t>(tensor.elements()), id);
        const auto* first = reinterpret_cast<const std::byte*>(values.data());
        tensor.bytes = SharedBytes(std::vector<std::byte>(first, first + values.size() * 8));
        return TensorMap{{"in.input_ids", tensor}};
    };
    const auto message = [&](const TensorMap& inputs) {
        const auto result = computed(inputs);
        return result ? std::string() : toLine(result.error());
    };
    EXPECT_THAT(message(ids({1, 4}, 96)), HasSubstr("the text id 96 is not in the vocabulary"));
    EXPECT_THAT(message(ids({1, 4}, -1)), HasSubstr("the text id -1"));
    EXPECT_THAT(message(ids({1, 17}, 1)), HasSubstr("a length of at most 16"));
    EXPECT_EQ(message(ids({2, 16}, 95)), "");
}

}  // namespace
}  // namespace tessera::test
