// SPDX-License-Identifier: Apache-2.0
// An OpenVision 3 with a flow in generator/ beside its manifest: what it draws, and which flows do not fit its tokens.
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/families/drawing.h"
#include "engine/families/rae_model.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

/// The golden case's: 3 x 3 tokens of 32 channels, pictures of 48 px.
constexpr int kGrid = 3, kChannels = 32, kSide = 48;
constexpr const char *kConfig = "model/generator/config.json", *kWeights = "model/generator/stage2.safetensors";

class OpenVision3Flow : public DrawingTest {
protected:
    static void SetUpTestSuite() {
        setenv("HF_HUB_CACHE", (fs::temp_directory_path() / "tessera-no-hub-cache").c_str(), 1);  // nobody's own FLUX.1 VAE
        DrawingTest::SetUpTestSuite();
    }
    /// With a DDT of random weights for those parameters.
    static ModelFiles with(const json& changes = {}) {
        json params{{"input_size", kGrid}, {"in_channels", kChannels}, {"hidden_size", {16, 24}}, {"depth", {1, 1}}, {"num_heads", {2, 2}}, {"mlp_ratio", 2.0}, {"num_classes", 3}};
        for (const auto& [name, value] : changes.items()) params[name] = value;
        if (params.contains("text_width")) params.erase("num_classes");
        ModelFiles files("openvision3/complete_captioner");
        files.configs[kConfig] = {{"stage_2", {{"target", "stage2.models.DDT.DiTwDDTHead"}, {"ckpt", "stage2.safetensors"}, {"params", params}}}, {"sampler", {{"params", {{"sampling_method", "euler"}, {"num_steps", 5}}}}},
                                  {"misc", {{"time_dist_shift_dim", 288}, {"time_dist_shift_base", 72}}}};
        files.weights[kWeights] = RaeModel().flowTensors(params, true);
        return files;
    }
    static std::string refusedWith(const json& changes) {
        ModelFiles files = with(changes);
        return refused(files);
    }
    static std::vector<float> pixels(const Generation& drawn) {
        const Image rgb = drawn.pictures.at(0).frames.at(0).image.toFloatRgb();
        const auto values = std::get<SharedArray<float>>(rgb.samples()).span();
        return {values.begin(), values.end()};
    }
};

TEST_F(OpenVision3Flow, ClassesAreDrawnThroughItsOwnDecoder) {
    ModelFiles files = with();
    const std::string path = files.write();
    const ModelInfo info = opened(path);
    EXPECT_EQ(info.family, "openvision3");
    EXPECT_THAT(info.capabilities, AllOf(Contains("decode"), Contains("describe"), Contains("generate")));
    EXPECT_EQ(info.drawing.by, DrawnBy::Flow);
    EXPECT_FALSE(info.drawing.prompts);
    EXPECT_EQ(info.drawing.classCount, 3);
    EXPECT_EQ(info.drawing.steps, 4);
    GenerateRequest asked{.model = info.id, .prompt = "2", .seed = 7, .guidance = 1, .keptSteps = 2};
    const Generation drawn = drawing(asked);
    EXPECT_TRUE(drawn.finished);
    EXPECT_EQ(drawn.rows, kGrid);
    EXPECT_EQ(drawn.columns, kGrid);
    ASSERT_EQ(drawn.pictures.at(0).steps.size(), 2u);
    ASSERT_EQ(drawn.pictures[0].frames.size(), 1u);
    EXPECT_EQ(drawn.pictures[0].frames[0].image.width(), kSide);
    EXPECT_EQ(drawn.pictures[0].frames[0].image.height(), kSide);
    const std::vector<float> seven = pixels(drawn);
    asked.model = opened(files.write()).id;
    EXPECT_EQ(pixels(drawing(asked)), seven) << "the same weights in another folder";
    asked.seed = 8;
    EXPECT_NE(pixels(drawing(asked)), seven);
    asked.seed = 7;
    asked.prompt = "0";
    EXPECT_NE(pixels(drawing(asked)), seven);
}

TEST_F(OpenVision3Flow, AFlowOfTextsReadsItsTextTower) {
    ModelFiles files("openvision3/complete_captioner");
    const int features = files.config("encoder/open_clip_config.json").at("model_cfg").at("embed_dim");
    files = with({{"text_width", features}});
    const ModelInfo info = opened(files.write());
    EXPECT_TRUE(info.drawing.prompts);
    EXPECT_EQ(info.drawing.classCount, 0);
    GenerateRequest asked{.model = info.id, .prompt = "a dog", .guidance = 1};
    const std::vector<float> dog = pixels(drawing(asked));
    asked.prompt = "wet grass";
    EXPECT_NE(pixels(drawing(asked)), dog);
    EXPECT_THAT(refusedWith({{"text_width", features + 1}}), AllOf(HasSubstr("texts as " + std::to_string(features + 1) + " numbers"), HasSubstr("the text tower gives " + std::to_string(features))));
}

TEST_F(OpenVision3Flow, AnotherSizeIsRefusedWithBoth) {
    EXPECT_THAT(refusedWith({{"in_channels", 31}}), AllOf(HasSubstr("takes 31 channels on a grid of 3 x 3"), HasSubstr("the latents have 32 channels on a grid of 3 x 3"), HasSubstr("generator/config.json")));
    EXPECT_THAT(refusedWith({{"input_size", 4}}), AllOf(HasSubstr("takes 32 channels on a grid of 4 x 4"), HasSubstr("the latents have 32 channels on a grid of 3 x 3")));
    ModelFiles files = with();
    files.configs[kConfig]["stage_2"]["ckpt"] = "none.safetensors";
    EXPECT_THAT(refused(files), HasSubstr("generator/none.safetensors is missing, which the config names"));
    files = with();
    files.weights.at(kWeights).erase("final_layer.linear.bias");
    EXPECT_THAT(refused(files), AllOf(HasSubstr("final_layer.linear.bias"), HasSubstr("generator/stage2.safetensors")));
    files = with();
    files.config("openvision3.json").erase("decoder");
    EXPECT_NE(refused(files), "") << "nothing makes pictures of its tokens";
}

}  // namespace
}  // namespace tessera::test
