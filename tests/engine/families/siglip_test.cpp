// SPDX-License-Identifier: Apache-2.0
// What the reader of SigLIP checkpoints accepts, what it refuses, and in which words. That it computes the right thing: tests/golden.
#include <gmock/gmock.h>

#include "engine/families/model_files.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Siglip : public FamilyTest {
protected:
    std::string with(const std::string& path, const json& value) {
        ModelFiles other(kGolden);
        other.config()[json::json_pointer(path)] = value;
        return refused(other);
    }
    static constexpr const char* kGolden = "siglip/siglip2_fixed";
    ModelFiles files{kGolden};
};

TEST_F(Siglip, IsDescribed) {
    const ModelInfo info = opened(files.write());
    EXPECT_EQ(info.family, "siglip");
    EXPECT_EQ(info.layout, "transformers");
    EXPECT_EQ(info.shape, "p8 d40");
    EXPECT_EQ(info.inputSide, 32);
    EXPECT_EQ(info.downsample, 8);
    EXPECT_EQ(info.latentChannels, 40);
    EXPECT_TRUE(info.takesWhole);
    EXPECT_THAT(info.capabilities, ElementsAre("encode", "text"));
    EXPECT_THAT(info.denseMethods, ElementsAre("map_value", "plain"));
    EXPECT_THAT(info.ignoredTensors, IsEmpty());
}

TEST_F(Siglip, FoldersFilesAndFoldersOneLevelDeeperOpen) {
    const fs::path folder = files.write();
    EXPECT_EQ(mismatchesOf(folder.string(), files.golden), "");
    EXPECT_EQ(mismatchesOf((folder / "model.safetensors").string(), files.golden), "");
    files.move("model", "model/deeper");
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
}

TEST_F(Siglip, WhatAConfigLeavesOutIsUpstreamsDefault) {
    files.config()["vision_config"].erase("hidden_size");
    EXPECT_THAT(refused(files), AllOf(HasSubstr("5 heads do not divide 768 channels"), HasSubstr("config.json")));
    files.config()["vision_config"].erase("num_attention_heads");
    EXPECT_THAT(refused(files), HasSubstr("texts have 40 features and pictures 768"));
    EXPECT_THAT(with("/vision_config", nullptr), HasSubstr("texts have 40 features and pictures 768"));
    EXPECT_THAT(with("/text_config/projection_size", nullptr), HasSubstr("texts have 32 features and pictures 40"));
}

TEST_F(Siglip, PositionTablesAreLeftAlone) {
    files.tensors()["text_model.embeddings.position_ids"] = int64Tensor({1, 2}, {0, 1});
    EXPECT_THAT(opened(files.write()).ignoredTensors, ElementsAre("text_model.embeddings.position_ids"));
}

TEST_F(Siglip, AllMisfitsAreToldTogether) {
    files.tensors().erase("vision_model.head.probe");
    files.tensors().erase("logit_bias");
    files.tensors()["vision_model.embeddings.class_embedding"] = float32Tensor({40}, std::vector<float>(40));
    files.tensors()["text_model.head.bias"] = float32Tensor({3}, {0, 0, 0});
    EXPECT_THAT(refused(files), AllOf(HasSubstr("2 missing tensors ("), HasSubstr("vision_model.head.probe [1, 1, 40]"), HasSubstr("logit_bias []"), HasSubstr("1 unexpected tensor (vision_model.embeddings.class_embedding)"),
                                      HasSubstr("text_model.head.bias is [3] instead of [40]"), HasSubstr("model.safetensors"), Not(HasSubstr("\n"))));
}

TEST_F(Siglip, ConfigsOfWhatIsNotComputedAreRefused) {
    EXPECT_THAT(with("/vision_config/hidden_act", "gelu"), AllOf(HasSubstr("vision_config.hidden_act is \"gelu\""), HasSubstr("config.json")));
    EXPECT_THAT(with("/text_config/hidden_act", "quick_gelu"), HasSubstr("text_config.hidden_act"));
    EXPECT_THAT(with("/vision_config/num_attention_heads", 3), HasSubstr("3 heads do not divide 40 channels"));
    EXPECT_THAT(with("/text_config/num_attention_heads", 5), HasSubstr("5 heads do not divide 32 channels"));
    EXPECT_THAT(with("/vision_config/patch_size", 33), HasSubstr("patches of 33 px do not fit pictures of 32 px"));
    EXPECT_THAT(with("/text_config/layer_norm_eps", -1), HasSubstr("layer_norm_eps should be greater than 0"));
    EXPECT_THAT(with("/text_config", json::array({1})), HasSubstr("text_config should hold keys"));
    EXPECT_THAT(with("/model_type", "siglip2"), HasSubstr("its config says siglip2")) << "pictures of any aspect: another model";
}

TEST_F(Siglip, ConfigsThatContradictTheTensorsAreTold) {
    EXPECT_THAT(with("/vision_config/num_hidden_layers", 1), HasSubstr("unexpected tensors (vision_model.encoder.layers.1."));
    EXPECT_THAT(with("/text_config/max_position_embeddings", 32), HasSubstr("position_embedding.weight is [64, 32] instead of [32, 32]"));
    EXPECT_THAT(with("/vision_config/image_size", 40), HasSubstr("position_embedding.weight is [16, 40] instead of [25, 40]"));
}

TEST_F(Siglip, ARemainderOfThePictureIsNeverSeen) {
    files.config()["vision_config"]["image_size"] = 35;
    const std::string path = files.write();
    TensorMap inputs = greyPicture(35, 35);
    const auto grey = computed(path, inputs);
    std::vector<float> values(3 * 35 * 35, 0.5f);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i % 35 >= 32 || i / 35 % 35 >= 32) values[i] = 1;
    }
    inputs["in.image"] = float32Tensor({1, 3, 35, 35}, values);
    const auto framed = computed(path, inputs);
    ASSERT_TRUE(grey && framed);
    EXPECT_EQ(valuesOf(grey.value().at("out.pooled")), valuesOf(framed.value().at("out.pooled")));
}

TEST_F(Siglip, TakesPicturesOfItsOwnSizeOnly) {
    const std::string path = files.write();
    EXPECT_EQ(refusedInputs(path, greyPicture(32, 32)), "");
    for (const auto& [height, width] : {std::pair(24, 24), std::pair(32, 40), std::pair(1, 1)}) EXPECT_THAT(refusedInputs(path, greyPicture(height, width)), HasSubstr("give [B, 3, 32, 32]"));
}

TEST_F(Siglip, IdsThatNoTextCanHaveAreRefused) {
    const std::string path = files.write();
    EXPECT_THAT(refusedInputs(path, textIds(1, 4, 740)), HasSubstr("the text id 740 is not in the vocabulary"));
    EXPECT_THAT(refusedInputs(path, textIds(1, 4, -7)), HasSubstr("the text id -7"));
    EXPECT_THAT(refusedInputs(path, textIds(1, 65, 1)), HasSubstr("a length of at most 64"));
    EXPECT_EQ(refusedInputs(path, textIds(3, 64, 739)), "");
}

}  // namespace
}  // namespace tessera::test
