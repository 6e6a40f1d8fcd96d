// SPDX-License-Identifier: Apache-2.0
// What the readers of CLIP and of OpenVision 1 and 2 accept, what they refuse, and in which words. That they compute the right thing: tests/golden.
#include <cmath>
#include <fstream>

#include <gmock/gmock.h>

#include "engine/checkpoint/archive_builder.h"
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

constexpr const char* kTransformers = "clip/hf_laion";
constexpr const char* kOpenClip = "clip/openclip_laion";
constexpr const char* kOpenVision = "openvision/v1_so400m_style";
constexpr const char* kOpenClipWeights = "open_clip_model.safetensors";
constexpr const char* kOpenClipConfig = "open_clip_config.json";

bool isImageTower(const std::string& name) { return name.starts_with("visual."); }
std::string withoutVisual(const std::string& name) { return isImageTower(name) ? name.substr(7) : std::string(); }

class Clip : public FamilyTest {
protected:
    static TensorMap& openClipTensors(ModelFiles& files) { return files.tensors(kOpenClipWeights); }
    /// A torch archive of the case's tensors in place of its weights: what holds them, by the key under which they lie there.
    static std::string writeArchive(const std::string& golden, const std::string& key, const std::string& prefix) {
        ModelFiles files(golden);
        std::vector<std::string> storages;
        std::vector<std::pair<std::string, std::string>> states;
        for (const auto& [name, tensor] : openClipTensors(files)) {
            std::vector<std::int64_t> strides(tensor.shape.size(), 1);
            for (std::size_t i = strides.size(); i-- > 1;) strides[i - 1] = strides[i] * tensor.shape[i];
            states.emplace_back(prefix + name, pickle::tensor(pickle::storage(std::to_string(storages.size()), tensor.elements()), 0, tensor.shape, strides));
            storages.emplace_back(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
        }
        const std::string all = pickle::dict(states);
        const Bytes bytes = torchZipOf(pickle::whole(key.empty() ? all : pickle::dict({{key, all}})), storages);
        files.weights.clear();
        static TemporaryFolder s_folder;  // outlives the files
        const std::string archive = s_folder / (std::to_string(s_archives++) + ".bin");
        std::ofstream(archive, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        files.others["model/open_clip_pytorch_model.bin"] = archive;
        return mismatchesOf(files.write(), files.golden);
    }
    static inline int s_archives = 0;

    /// A value at a path of the case's config, such as "/vision_config/hidden_size"; null is as good as none.
    static std::string with(const std::string& golden, const std::string& path, const json& value) {
        ModelFiles files(golden);
        files.config(golden == kTransformers ? "config.json" : kOpenClipConfig)[json::json_pointer(path)] = value;
        return refused(files);
    }
};

TEST_F(Clip, BothLayoutsAreDescribed) {
    for (const auto& [golden, layout, ids] : {std::tuple(kTransformers, "transformers", 814), std::tuple(kOpenClip, "open_clip", 814)}) {
        ModelFiles files(golden);
        const ModelInfo info = opened(files.write());
        EXPECT_EQ(info.family, "clip");
        EXPECT_EQ(info.layout, layout);
        EXPECT_EQ(info.shape, "p7 d40");
        EXPECT_EQ(info.inputSide, 28);
        EXPECT_EQ(info.downsample, 7);
        EXPECT_EQ(info.latentChannels, 40);
        EXPECT_FALSE(info.takesWhole);
        EXPECT_THAT(info.capabilities, ElementsAre("encode", "text"));
        EXPECT_THAT(info.denseMethods, ElementsAre("maskclip", "value_only", "plain")) << "tokens of a class token say little as they are";
        EXPECT_THAT(info.ignoredTensors, IsEmpty());
        EXPECT_GT(info.parameters, std::int64_t(ids) * 24);
    }
}

TEST_F(Clip, OpenVisionIsDescribed) {
    ModelFiles files(kOpenVision);
    const ModelInfo info = opened(files.write());
    EXPECT_EQ(info.family, "openvision");
    EXPECT_EQ(info.layout, "open_clip");
    EXPECT_EQ(info.shape, "p7 d36");
    EXPECT_EQ(info.inputSide, 30) << "the last two columns belong to no patch";
    EXPECT_TRUE(info.takesWhole);
    EXPECT_THAT(info.denseMethods, ElementsAre("plain", "maskclip", "value_only"));
}

TEST_F(Clip, FoldersFilesAndFoldersOneLevelDeeperOpen) {
    for (const char* golden : {kTransformers, kOpenClip, kOpenVision}) {
        SCOPED_TRACE(golden);
        ModelFiles files(golden);
        const std::string weights = golden == std::string(kTransformers) ? "model.safetensors" : kOpenClipWeights;
        const fs::path folder = files.write();
        EXPECT_EQ(mismatchesOf(folder.string(), files.golden), "");
        EXPECT_EQ(mismatchesOf((folder / weights).string(), files.golden), "");
        files.move("model", "model/deeper");
        EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
        EXPECT_EQ(mismatchesOf(files.golden.model().string(), files.golden), "") << "torch's own archive, an OrderedDict";
    }
}

TEST_F(Clip, TorchArchivesHoldThemPlainOrUnderAStateDict) {
    EXPECT_EQ(writeArchive(kOpenClip, "", ""), "");
    EXPECT_EQ(writeArchive(kOpenClip, "state_dict", ""), "");
    EXPECT_EQ(writeArchive(kOpenClip, "state_dict", "module."), "") << "saved from a data-parallel run";
    EXPECT_EQ(writeArchive(kOpenVision, "", "module."), "");
}

TEST_F(Clip, AnImageTowerAloneEncodesUnderEitherName) {
    for (const char* golden : {kOpenClip, kOpenVision}) {
        for (const bool named : {true, false}) {
            SCOPED_TRACE(std::string(golden) + (named ? ", visual." : ""));
            ModelFiles files(golden);
            files.rename(openClipTensors(files), [&](const std::string& name) { return named ? (isImageTower(name) ? name : std::string()) : withoutVisual(name); });
            const std::string path = files.write();
            EXPECT_THAT(opened(path).capabilities, ElementsAre("encode"));
            EXPECT_THAT(opened(path).denseMethods, IsEmpty());
            const auto result = computed(path, files.golden.tensors("in."));
            ASSERT_TRUE(result) << toLine(result.error());
            EXPECT_FALSE(result.value().contains("out.text_embedding")) << "nothing here reads words";
            for (const char* tensor : {"out.tokens", "out.pooled", "out.image_embedding", "out.dense.maskclip"}) {
                EXPECT_EQ(mismatch(files.golden.tensors("out.").at(tensor), result.value().at(tensor), files.golden.toleranceOf(tensor)), "") << tensor;
            }
        }
    }
}

TEST_F(Clip, ATextTowerOfItsOwnScopeOpens) {
    ModelFiles files(kOpenClip);
    files.rename(openClipTensors(files), [](const std::string& name) { return isImageTower(name) || name == "logit_scale" ? name : "text." + name; });
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
}

TEST_F(Clip, OlderOpenClipConfigsHoldTheModelAlone) {
    ModelFiles files(kOpenClip);
    const json model = files.config(kOpenClipConfig).at("model_cfg");
    files.config(kOpenClipConfig) = model;  // its mean and deviation are what such files leave out
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
}

TEST_F(Clip, WhereTransformersOnceWroteConfigsTwiceTheDictsCount) {
    ModelFiles files(kTransformers);
    json& config = files.config();
    config["vision_config_dict"] = {{"num_attention_heads", 5}, {"intermediate_size", 120}, {"hidden_act", "gelu"}};
    config["vision_config"]["num_attention_heads"] = 8;
    config["vision_config"]["hidden_act"] = "quick_gelu";
    config["text_config_dict"] = nullptr;
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
    config["text_config_dict"] = {{"intermediate_size", 64}};
    EXPECT_THAT(refused(files), HasSubstr("text_model.encoder.layers.0.mlp.fc1.weight is [96, 24] instead of [64, 24]"));
}

TEST_F(Clip, TheGeluThatIsNamedIsComputed) {
    for (const char* golden : {kTransformers, kOpenClip}) {
        ModelFiles files(golden);
        if (golden == std::string(kTransformers)) files.config()["vision_config"]["hidden_act"] = "quick_gelu";
        else files.config(kOpenClipConfig)["model_cfg"]["quick_gelu"] = true;
        EXPECT_THAT(mismatchesOf(files.write(), files.golden), HasSubstr("out.tokens")) << golden;
    }
    ModelFiles files(kTransformers);
    files.config()["text_config"]["hidden_act"] = "gelu_new";
    EXPECT_THAT(mismatchesOf(files.write(), files.golden), AllOf(HasSubstr("out.text_embedding"), Not(HasSubstr("out.tokens"))));
}

TEST_F(Clip, TheEndThatIsNamedStandsForTheText) {
    ModelFiles files(kTransformers);
    files.config()["text_config"]["eos_token_id"] = 2;  // an old config: the largest id it is, which is the real end here
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
    files.config()["text_config"]["eos_token_id"] = 812;
    EXPECT_THAT(mismatchesOf(files.write(), files.golden), HasSubstr("out.text_embedding"));
}

TEST_F(Clip, APositionTableIsLeftAlone) {
    ModelFiles files(kTransformers);
    files.tensors()["vision_model.embeddings.position_ids"] = int64Tensor({1, 2}, {0, 1});
    EXPECT_THAT(opened(files.write()).ignoredTensors, ElementsAre("vision_model.embeddings.position_ids"));
    ModelFiles other(kOpenClip);
    openClipTensors(other)["attn_mask"] = float32Tensor({1}, {0});
    EXPECT_THAT(opened(other.write()).ignoredTensors, ElementsAre("attn_mask"));
}

TEST_F(Clip, PairsStandAloneWhereThereIsABias) {
    ModelFiles files(kOpenClip);
    openClipTensors(files)["logit_bias"] = float32Tensor({}, {-3});
    const auto result = computed(files.write(), files.golden.tensors("in."));
    ASSERT_TRUE(result) << toLine(result.error());
    const auto recorded = valuesOf(files.golden.tensors("out.").at("out.logits_per_image")), logits = valuesOf(result.value().at("out.logits_per_image")),
               probabilities = valuesOf(result.value().at("out.probability"));
    for (std::size_t i = 0; i < recorded.size(); ++i) {
        EXPECT_NEAR(logits[i], recorded[i] - 3, 1e-3);
        EXPECT_NEAR(probabilities[i], 1 / (1 + std::exp(3 - recorded[i])), 1e-3);
    }
}

TEST_F(Clip, AllMisfitsAreToldTogether) {
    ModelFiles files(kTransformers);
    files.tensors().erase("vision_model.pre_layrnorm.bias");
    files.tensors().erase("text_projection.weight");
    files.tensors()["vision_model.pre_layernorm.bias"] = float32Tensor({40}, std::vector<float>(40));
    files.tensors()["logit_scale"] = float32Tensor({2}, {1, 1});
    EXPECT_THAT(refused(files), AllOf(HasSubstr("2 missing tensors (vision_model.pre_layrnorm.bias [40], text_projection.weight [28, 24])"), HasSubstr("1 unexpected tensor (vision_model.pre_layernorm.bias)"),
                                      HasSubstr("1 misshapen tensor (logit_scale is [2]"), HasSubstr("model.safetensors"), Not(HasSubstr("\n"))));
    ModelFiles other(kOpenClip);
    openClipTensors(other).erase("visual.ln_pre.weight");
    openClipTensors(other)["visual.proj"] = float32Tensor({1}, {0});
    openClipTensors(other)["cls_emb"] = float32Tensor({1}, {0});
    EXPECT_THAT(refused(other), AllOf(HasSubstr("1 missing tensor (visual.ln_pre.weight [40])"), HasSubstr("1 unexpected tensor (cls_emb)"), HasSubstr("visual.proj is [1] instead of [40, 24]")));
}

TEST_F(Clip, ConfigsOfWhatIsNotComputedAreRefused) {
    EXPECT_THAT(with(kTransformers, "/vision_config/hidden_act", "relu"), AllOf(HasSubstr("vision_config.hidden_act is \"relu\""), HasSubstr("config.json")));
    EXPECT_THAT(with(kTransformers, "/vision_config/num_attention_heads", 7), HasSubstr("7 heads do not divide 40 channels"));
    EXPECT_THAT(with(kTransformers, "/text_config/num_attention_heads", 5), HasSubstr("5 heads do not divide 24 channels"));
    EXPECT_THAT(with(kTransformers, "/vision_config/patch_size", 29), HasSubstr("patches of 29 do not fit into 28 x 28"));
    EXPECT_THAT(with(kTransformers, "/vision_config/patch_size", 65536), HasSubstr("patches of 65536 are too large"));
    EXPECT_THAT(with(kTransformers, "/vision_config/layer_norm_eps", 0), HasSubstr("layer_norm_eps should be greater than 0"));
    EXPECT_THAT(with(kTransformers, "/vision_config", "none"), HasSubstr("vision_config should hold keys"));
    EXPECT_THAT(with(kTransformers, "/projection_dim", "many"), HasSubstr("projection_dim should be a whole number"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/timm_model_name", "vit_base"), AllOf(HasSubstr("model_cfg.vision_cfg.timm_model_name"), HasSubstr("another kind of image tower")));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/attentional_pool", true), HasSubstr("another kind of image tower"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/text_cfg/hf_model_name", "roberta-base"), HasSubstr("another kind of text tower"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/pool_type", "max"), HasSubstr("pool_type should be \"tok\", \"avg\" or \"none\", not \"max\""));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/pool_type", "none"), HasSubstr("no vector stands for a whole picture"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/head_width", 64), HasSubstr("head_width is larger than the width of 40"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/head_width", 12), HasSubstr("3 heads do not divide 40 channels"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/text_cfg/heads", 7), HasSubstr("7 heads do not divide 24 channels"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/mlp_ratio", -1), HasSubstr("mlp_ratio is out of range"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/image_size", json{28, 28, 3}), HasSubstr("image_size should be a list of 2"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg", nullptr), HasSubstr("vision_cfg is missing"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/embed_dim", nullptr), HasSubstr("embed_dim is missing"));
    EXPECT_THAT(with(kOpenClip, "/preprocess_cfg/std", json{0, 1, 1}), HasSubstr("std should be a list of three numbers greater than 0"));
}

TEST_F(Clip, ConfigsThatContradictTheTensorsAreTold) {
    EXPECT_THAT(with(kTransformers, "/text_config/vocab_size", 815), HasSubstr("token_embedding.weight is [814, 24] instead of [815, 24]"));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/layers", 1), HasSubstr("unexpected tensors (visual.transformer.resblocks.1."));
    EXPECT_THAT(with(kOpenClip, "/model_cfg/vision_cfg/image_size", 35), HasSubstr("visual.positional_embedding is [17, 40] instead of [26, 40]"));
    EXPECT_THAT(with(kOpenVision, "/model_cfg/vision_cfg/no_ln_pre", false), HasSubstr("2 missing tensors (visual.ln_pre."));
}

TEST_F(Clip, TakesPicturesOfItsOwnSizeOnly) {
    for (const auto& [golden, side] : {std::pair(kTransformers, 28), std::pair(kOpenClip, 28), std::pair(kOpenVision, 30)}) {
        ModelFiles files(golden);
        const std::string path = files.write(), wanted = "give [B, 3, " + std::to_string(side) + ", " + std::to_string(side) + "]";
        EXPECT_EQ(refusedInputs(path, greyPicture(side, side)), "");
        for (const auto& [height, width] : {std::pair(side - 7, side - 7), std::pair(side, side + 7), std::pair(1, 1)}) EXPECT_THAT(refusedInputs(path, greyPicture(height, width)), HasSubstr(wanted));
    }
}

TEST_F(Clip, PicturesNeedNotBeSquare) {
    ModelFiles files(kOpenClip);
    files.config(kOpenClipConfig)["model_cfg"]["vision_cfg"]["image_size"] = {28, 36};  // of 36 columns one is never seen
    openClipTensors(files)["visual.positional_embedding"] = float32Tensor({21, 40}, std::vector<float>(21 * 40, 0.1f));
    const std::string path = files.write();
    EXPECT_EQ(opened(path).inputSide, 0);
    TensorMap inputs = greyPicture(28, 36);
    inputs.merge(textIds(2, 77, 5));
    const auto result = computed(path, inputs);
    ASSERT_TRUE(result) << toLine(result.error());
    EXPECT_EQ(result.value().at("out.latents").shape, (std::vector<std::int64_t>{1, 40, 4, 5}));
    EXPECT_EQ(result.value().at("out.heatmap.maskclip").shape, (std::vector<std::int64_t>{1, 2, 4, 5}));
    EXPECT_THAT(refusedInputs(path, greyPicture(36, 28)), HasSubstr("give [B, 3, 28, 36]"));
}

TEST_F(Clip, IdsThatNoTextCanHaveAreRefused) {
    ModelFiles files(kTransformers), whole(kOpenVision);
    const std::string path = files.write(), fixed = whole.write();
    EXPECT_THAT(refusedInputs(path, textIds(1, 4, 814)), HasSubstr("the text id 814 is not in the vocabulary"));
    EXPECT_THAT(refusedInputs(path, textIds(1, 4, -1)), HasSubstr("the text id -1"));
    EXPECT_THAT(refusedInputs(path, textIds(1, 78, 1)), HasSubstr("a length of at most 77"));
    EXPECT_EQ(refusedInputs(path, textIds(2, 77, 813)), "");
    EXPECT_EQ(refusedInputs(path, textIds(2, 5, 3)), "") << "without an end the first place stands for the text, as upstream has it";
    EXPECT_THAT(refusedInputs(fixed, textIds(1, 79, 1)), HasSubstr("pad them to 80"));
    EXPECT_EQ(refusedInputs(fixed, textIds(1, 80, 1)), "");
}

}  // namespace
}  // namespace tessera::test
