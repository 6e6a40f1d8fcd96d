// SPDX-License-Identifier: Apache-2.0
// What the reader of OpenVision 3 accepts, as it was released and complete, what it refuses, and in which words; and how it gives captions.
// That it computes the right thing: tests/golden.
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <tessera/files.h>

#include "engine/families/describing.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kComplete = "openvision3/complete_captioner";
constexpr const char* kReleased = "openvision3/released_safetensors_tok";
constexpr const char* kEncoderWeights = "open_clip_model.safetensors";
constexpr const char* kVae = "vae/diffusion_pytorch_model.safetensors";

class OpenVision3 : public FamilyTest {
protected:
    static void SetUpTestSuite() {
        // Nobody's own FLUX.1 VAE.
        setenv("HF_HUB_CACHE", (fs::temp_directory_path() / "tessera-no-hub-cache").c_str(), 1);
        FamilyTest::SetUpTestSuite();
    }
    /// A value at a path of one of the complete layout's configs; null is as good as none.
    static std::string with(const std::string& place, const std::string& path, const json& value) {
        ModelFiles files(kComplete);
        files.config(place)[json::json_pointer(path)] = value;
        return refused(files);
    }
    static Asking asking(const std::string& path, const ModelFiles& files, int picture) {
        return {*s_engine, {.source = s_engine->addSource({.pixels = pictureOf(files.golden.tensors("in.").at("in.image"), picture), .name = "golden"}), .model = opened(path).id}};
    }
    static json expected() { return json::parse(std::ifstream(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / kComplete / "expected.json")); }
};

TEST_F(OpenVision3, BothLayoutsAreDescribed) {
    ModelFiles complete(kComplete), released(kReleased);
    const ModelInfo all = opened(complete.write()), encoder = opened(released.write());
    EXPECT_EQ(all.family, "openvision3");
    EXPECT_EQ(all.layout, "complete");
    EXPECT_EQ(all.shape, "f16 d32");
    EXPECT_EQ(all.inputSide, 48);
    EXPECT_EQ(all.downsample, 16);
    EXPECT_EQ(all.latentChannels, 32);
    EXPECT_TRUE(all.takesWhole);
    EXPECT_FALSE(all.takesQuestions);
    EXPECT_THAT(all.capabilities, ElementsAre("encode", "decode", "text", "describe"));
    EXPECT_THAT(all.denseMethods, ElementsAre("plain", "maskclip", "value_only"));
    EXPECT_EQ(encoder.family, "openvision3");
    EXPECT_EQ(encoder.layout, "released");
    EXPECT_THAT(encoder.capabilities, ElementsAre("encode"));
    EXPECT_THAT(encoder.denseMethods, IsEmpty());
    EXPECT_EQ(encoder.inputSide, 48);
    EXPECT_GT(encoder.parameters, opened((fs::path(released.write()).parent_path() / "vae").string()).parameters) << "the VAE counts too";
}

TEST_F(OpenVision3, FoldersFilesAndFoldersOneLevelDeeperOpen) {
    ModelFiles complete(kComplete), released(kReleased);
    EXPECT_EQ(mismatchesOf(complete.write(), complete.golden), "");
    const fs::path folder = released.write();
    EXPECT_EQ(mismatchesOf(folder.string(), released.golden), "");
    EXPECT_EQ(mismatchesOf((folder / kEncoderWeights).string(), released.golden), "");
    released.move("vae", "model/vae");
    EXPECT_EQ(mismatchesOf(released.write(), released.golden), "") << "the VAE's folder inside the encoder's";
}

TEST_F(OpenVision3, TheEncoderIsReadUnderEitherName) {
    ModelFiles files(kReleased);
    files.rename(files.tensors(kEncoderWeights), [](const std::string& name) { return "visual." + name; });
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
    files.rename(files.tensors(kEncoderWeights), [](const std::string& name) { return "module." + name; });
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
}

TEST_F(OpenVision3, WordsForATowerWithoutTextChangeNothing) {
    ModelFiles files(kReleased);
    TensorMap inputs = files.golden.tensors("in.");
    inputs.merge(textIds(1, 80, 3));
    const auto result = computed(files.write(), inputs);
    ASSERT_TRUE(result) << toLine(result.error());
    EXPECT_EQ(mismatches(files.golden, result.value()), "");
    EXPECT_FALSE(result.value().contains("out.text_embedding"));
}

TEST_F(OpenVision3, PartsThatTheManifestLeavesOutAreMissed) {
    ModelFiles files(kComplete);
    files.config("openvision3.json").erase("text_decoder");
    EXPECT_THAT(opened(files.write()).capabilities, ElementsAre("encode", "decode", "text"));
    files.config("openvision3.json").erase("decoder");
    EXPECT_THAT(opened(files.write()).capabilities, ElementsAre("encode", "text"));
    files.erase(files.tensors("encoder/open_clip_model.safetensors"), "text_projection");
    EXPECT_THAT(refused(files), HasSubstr("1 missing tensor (text_projection"));
    TensorMap& tensors = files.tensors("encoder/open_clip_model.safetensors");
    files.rename(tensors, [](const std::string& name) { return name.starts_with("visual.") ? name : std::string(); });
    EXPECT_THAT(opened(files.write()).capabilities, ElementsAre("encode"));
}

TEST_F(OpenVision3, WithoutItsVaeItSaysWhatToPutWhere) {
    ModelFiles files(kReleased);
    std::erase_if(files.weights, [](const auto& entry) { return entry.first.starts_with("vae/"); });
    std::erase_if(files.configs, [](const auto& entry) { return entry.first.starts_with("vae/"); });
    EXPECT_THAT(refused(files), AllOf(HasSubstr("latents of the FLUX.1 VAE, which is not here"), HasSubstr("into a folder named vae beside the encoder's folder"), Not(HasSubstr("\n"))));
    ModelFiles complete(kComplete);
    complete.weights.erase("model/" + std::string(kVae));
    complete.configs.erase("model/vae/config.json");
    EXPECT_THAT(refused(complete), HasSubstr("vae"));
}

TEST_F(OpenVision3, AVaeOfAnotherKindIsRefused) {
    ModelFiles files(kReleased), other(kComplete);
    files.weights[kVae] = other.tensors(kVae);
    files.configs["vae/config.json"] = other.config("vae/config.json");
    EXPECT_THAT(refused(files), AllOf(HasSubstr("the VAE gives 8 channels and the encoder takes 16"), HasSubstr("vae")));
    ModelFiles clip("clip/openclip_laion");
    files.weights[kVae] = clip.tensors(kEncoderWeights);
    files.configs.erase("vae/config.json");
    EXPECT_THAT(refused(files), HasSubstr("is neither an AutoencoderKL nor"));
}

TEST_F(OpenVision3, PartsThatContradictOneAnotherAreTold) {
    EXPECT_THAT(with("decoder/config.json", "/in_dim", 40), AllOf(HasSubstr("in_dim says 40 where the encoder has 32"), HasSubstr("decoder/config.json")));
    EXPECT_THAT(with("decoder/config.json", "/grid_size", json{3, 4}), HasSubstr("grid_size says 4 where the encoder has 3"));
    EXPECT_THAT(with("decoder/config.json", "/upsample", 4), HasSubstr("upsample says 4 where the encoder has 2"));
    EXPECT_THAT(with("decoder/config.json", "/latent_channels", 16), HasSubstr("latent_channels says 16 where the encoder has 8"));
    EXPECT_THAT(with("decoder/config.json", "/num_heads", 5), HasSubstr("5 heads do not divide 32 channels"));
    EXPECT_THAT(with("decoder/config.json", "/patch_size", 2), HasSubstr("patch_size should be 1"));
    EXPECT_THAT(with("decoder/config.json", "/hidden_act", "relu"), HasSubstr("hidden_act is \"relu\""));
    EXPECT_THAT(with("decoder/config.json", "/depth", 2), HasSubstr("missing tensors (blocks.1."));
    EXPECT_THAT(with("text_decoder/config.json", "/in_dim", 28), AllOf(HasSubstr("in_dim says 28 where the encoder has 32"), HasSubstr("text_decoder/config.json")));
    EXPECT_THAT(with("text_decoder/config.json", "/heads", 3), HasSubstr("3 heads do not divide 28 channels"));
    EXPECT_THAT(with("text_decoder/config.json", "/hidden_act", "gelu"), HasSubstr("hidden_act is \"gelu\""));
    EXPECT_THAT(with("text_decoder/config.json", "/vocab_size", 542), HasSubstr("token_embedding.weight is [541, 28] instead of [542, 28]"));
    EXPECT_THAT(with("text_decoder/config.json", "/eos_token_id", 541), HasSubstr("eos_token_id should be a whole number from 0 to 540"));
    EXPECT_THAT(with("encoder/open_clip_config.json", "/model_cfg/vision_cfg/in_channels", 4), HasSubstr("latent_channels says 8 where the encoder has 4"));
}

TEST_F(OpenVision3, ManifestsThatLeadNowhereAreRefused) {
    EXPECT_THAT(with("openvision3.json", "/image_size", json{64, 48}), HasSubstr("image_size says 64 x 48 where VAE and encoder take 48 x 48"));
    EXPECT_THAT(with("openvision3.json", "/encoder", "encoders"), HasSubstr("the encoder that the manifest names is not there"));
    EXPECT_THAT(with("openvision3.json", "/decoder", "decoders"), HasSubstr("decoders"));
    EXPECT_THAT(with("openvision3.json", "/text_decoder", "words"), HasSubstr("words"));
    EXPECT_THAT(with("openvision3.json", "/vae", "no_vae"), HasSubstr("no_vae"));
    for (const char* outside : {"../vae", "/etc", ""}) EXPECT_THAT(with("openvision3.json", "/vae", outside), HasSubstr("vae should name a folder beside the manifest")) << outside;
    EXPECT_THAT(with("openvision3.json", "/encoder", 3), HasSubstr("encoder should be a text"));
}

TEST_F(OpenVision3, MisfitsOfEveryPartNameItsFile) {
    const auto without = [](const std::string& place, const std::string& tensor) {
        ModelFiles files(kComplete);
        files.tensors(place).erase(tensor);
        return refused(files);
    };
    EXPECT_THAT(without("encoder/open_clip_model.safetensors", "visual.class_embedding"), AllOf(HasSubstr("missing tensor (visual.class_embedding [32])"), HasSubstr("encoder/")));
    EXPECT_THAT(without("decoder/model.safetensors", "pos_embed"), AllOf(HasSubstr("missing tensor (pos_embed [1, 9, 32])"), HasSubstr("decoder/model.safetensors")));
    EXPECT_THAT(without("text_decoder/model.safetensors", "cross_attn.1.ln_1_kv.bias"), AllOf(HasSubstr("missing tensor (cross_attn.1.ln_1_kv.bias [28])"), HasSubstr("text_decoder/model.safetensors")));
    EXPECT_THAT(without(kVae, "decoder.conv_in.bias"), AllOf(HasSubstr("missing tensor (decoder.conv_in.bias"), HasSubstr("model/vae/diffusion_pytorch_model.safetensors")));
    ModelFiles files(kComplete);
    files.tensors("text_decoder/model.safetensors")["lm_head.weight"] = float32Tensor({1}, {0});
    EXPECT_THAT(refused(files), HasSubstr("unexpected tensor (lm_head.weight)"));
}

TEST_F(OpenVision3, TakesPicturesAndIdsOfItsOwnOnly) {
    ModelFiles files(kComplete);
    const std::string path = files.write();
    EXPECT_EQ(refusedInputs(path, greyPicture(48, 48)), "");
    for (const auto& [height, width] : {std::pair(32, 48), std::pair(64, 64)}) EXPECT_THAT(refusedInputs(path, greyPicture(height, width)), HasSubstr("give [B, 3, 48, 48]"));
    EXPECT_THAT(refusedInputs(path, textIds(1, 80, 547)), HasSubstr("the text id 547 is not in the vocabulary"));
    EXPECT_THAT(refusedInputs(path, textIds(1, 79, 1)), HasSubstr("pad them to 80"));
    TensorMap inputs = greyPicture(48, 48);
    inputs["in.caption_ids"] = int64Tensor({1, 3}, {1, 541, 2});
    EXPECT_THAT(refusedInputs(path, inputs), HasSubstr("the text id 541 is not in the vocabulary"));
    inputs["in.caption_ids"] = int64Tensor({1, 26}, std::vector<std::int64_t>(26, 3));
    EXPECT_THAT(refusedInputs(path, inputs), HasSubstr("a length of at most 24"));
}

TEST_F(OpenVision3, PicturesNeedNotBeSquare) {
    ModelFiles files(kComplete);
    files.config("openvision3.json")["image_size"] = {48, 64};
    files.config("encoder/open_clip_config.json")["model_cfg"]["vision_cfg"]["image_size"] = {6, 8};
    files.config("decoder/config.json")["grid_size"] = {3, 4};
    files.tensors("encoder/open_clip_model.safetensors")["visual.positional_embedding"] = float32Tensor({13, 32}, std::vector<float>(13 * 32, 0.1f));
    files.tensors("decoder/model.safetensors")["pos_embed"] = float32Tensor({1, 12, 32}, std::vector<float>(12 * 32, 0.1f));
    const std::string path = files.write();
    EXPECT_EQ(opened(path).inputSide, 0);
    TensorMap inputs = greyPicture(48, 64);
    inputs.merge(textIds(2, 80, 5));
    inputs["in.noise"] = float32Tensor({1, 12, 32}, std::vector<float>(12 * 32, 1));
    inputs["in.noise_strength"] = float32Tensor({1}, {0.5f});
    const auto result = computed(path, inputs);
    ASSERT_TRUE(result) << toLine(result.error());
    const auto shape = [&](const char* tensor) { return result.value().at(tensor).shape; };
    EXPECT_EQ(shape("out.tokens.noisy"), (std::vector<std::int64_t>{1, 12, 32}));
    EXPECT_EQ(shape("out.reconstruction"), (std::vector<std::int64_t>{1, 3, 48, 64}));
    EXPECT_EQ(shape("out.heatmap"), (std::vector<std::int64_t>{1, 2, 3, 4}));
    EXPECT_EQ(shape("out.caption_ids")[0], 1);
    EXPECT_THAT(refusedInputs(path, greyPicture(64, 48)), HasSubstr("give [B, 3, 48, 64]"));
}

TEST_F(OpenVision3, CaptionsAreTheRecordedOnes) {
    ModelFiles files(kComplete);
    const std::string path = files.write();
    const json captions = expected().at("caption_text");
    const Asking first = asking(path, files, 0), second = asking(path, files, 1);
    expectAsEveryDescriber(first, first.request(), captions[0]);
    const Description endless = first.answer(first.request()), ended = second.answer(second.request());
    EXPECT_EQ(endless.text, captions[0]);
    EXPECT_EQ(endless.tokens, 23) << "the context holds no more";
    EXPECT_FALSE(endless.finished);
    EXPECT_EQ(ended.text, captions[1]);
    EXPECT_EQ(ended.tokens, 7);
    EXPECT_TRUE(ended.finished);
    EXPECT_THAT(first.refusal(first.request("What is this?")), AllOf(HasSubstr("gives captions and answers no questions"), HasSubstr("leave the question out")));
}

TEST_F(OpenVision3, WhatHasNoTextDecoderDescribesNothing) {
    ModelFiles files(kReleased);
    const Asking released = asking(files.write(), files, 0);
    EXPECT_THAT(released.refusal(released.request()), HasSubstr("does not put pictures into words"));
}

TEST_F(OpenVision3, AFileOfTokensHoldsTooLittleForCaptions) {
    ModelFiles files(kComplete);
    const std::string path = files.write();
    TemporaryFolder folder;
    ASSERT_FALSE(writeTensorFile(folder / "latents.safetensors", {{"latents", float32Tensor({1, 32, 3, 3}, std::vector<float>(32 * 9, 0.5f))}}));
    const Asking tokens{*s_engine, {.source = s_engine->addSource({.path = folder / "latents.safetensors"}), .model = opened(path).id}};
    EXPECT_THAT(tokens.refusal(tokens.request()), HasSubstr("a file of tokens does not hold enough"));
    const auto map = askFor(*s_engine, {"text_similarity", tokens.cell, {{"prompts", std::string("a dog")}}, {}});
    ASSERT_FALSE(map);
    EXPECT_THAT(toLine(map.error()), HasSubstr("a file of tokens does not hold enough"));
}

}  // namespace
}  // namespace tessera::test
