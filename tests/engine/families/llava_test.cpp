// SPDX-License-Identifier: Apache-2.0
// What the reader of LLaVA-1.5 accepts, what it refuses, and in which words; and how it answers. That it computes the right thing: tests/golden.
#include <chrono>
#include <cmath>
#include <fstream>
#include <future>
#include <map>
#include <numeric>
#include <thread>

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

constexpr const char* kGolden = "llava/llava15_full_single";
constexpr const char* kQuestion = "What is shown in this picture?";
constexpr const char* kIndex = "model/model.safetensors.index.json";

class Llava : public FamilyTest {
protected:
    static std::string with(const std::string& path, const json& value) {
        ModelFiles files(kGolden);
        files.config()[json::json_pointer(path)] = value;
        return refused(files);
    }
    static Asking asking(const std::string& path, const Image& picture) { return {*s_engine, {.source = s_engine->addSource({.pixels = picture, .name = "golden"}), .model = opened(path).id}}; }
    static Image recordedPicture(const ModelFiles& files) { return pictureOf(files.golden.tensors("in.").at("in.image")); }
    static std::string recordedAnswer() { return json::parse(std::ifstream(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / kGolden / "expected.json")).at("generated_text"); }
    /// The golden checkpoint in two shards.
    static void split(ModelFiles& files) {
        json map;
        for (const auto& [name, tensor] : files.tensors()) {
            const std::string shard = map.size() % 2 == 0 ? "model-00001-of-00002.safetensors" : "model-00002-of-00002.safetensors";
            files.weights["model/" + shard].emplace(name, tensor);
            map[name] = shard;
        }
        files.weights.erase("model/model.safetensors");
        files.configs[kIndex] = {{"metadata", {{"total_size", 1}}}, {"weight_map", map}};
    }
    /// The golden language model with an OpenVision 3 as its eye.
    static ModelFiles withOpenVision3() {
        ModelFiles files(kGolden), eye("openvision3/complete_captioner");
        eye.move("model", "model/vision_tower");
        for (auto& [place, config] : eye.configs) files.configs[place] = config;
        for (auto& [place, tensors] : eye.weights) files.weights[place] = tensors;
        for (auto& [place, file] : eye.others) files.others[place] = file;
        files.erase(files.tensors(), "vision_tower.");
        files.tensors()["multi_modal_projector.linear_1.weight"] = files.tensors().at("multi_modal_projector.linear_2.weight");  // of 32 channels, as its tokens have
        files.config()["vision_config"] = {{"model_type", "openvision3"}, {"path", "vision_tower"}, {"hidden_size", 32}, {"image_size", {48, 48}}};
        files.config()["vision_feature_select_strategy"] = "default";
        return files;
    }
};

TEST_F(Llava, IsDescribed) {
    ModelFiles files(kGolden);
    const ModelInfo info = opened(files.write());
    EXPECT_EQ(info.family, "llava");
    EXPECT_EQ(info.layout, "transformers");
    EXPECT_EQ(info.shape, "3 layers of 32");
    EXPECT_EQ(info.inputSide, 16);
    EXPECT_EQ(info.downsample, 4);
    EXPECT_EQ(info.latentChannels, 24);
    EXPECT_TRUE(info.takesQuestions);
    EXPECT_THAT(info.capabilities, ElementsAre("encode", "describe"));
    EXPECT_THAT(info.denseMethods, IsEmpty());
    EXPECT_THAT(info.ignoredTensors, ElementsAre("vision_tower.vision_model.post_layernorm.bias", "vision_tower.vision_model.post_layernorm.weight"));
}

TEST_F(Llava, FoldersFilesShardsAndFoldersOneLevelDeeperOpen) {
    ModelFiles files(kGolden);
    const fs::path folder = files.write();
    EXPECT_EQ(mismatchesOf(folder.string(), files.golden), "");
    EXPECT_EQ(mismatchesOf((folder / "model.safetensors").string(), files.golden), "");
    split(files);
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
    files.move("model", "model/deeper");
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
}

TEST_F(Llava, AMissingShardIsNamed) {
    ModelFiles files(kGolden);
    split(files);
    files.weights.erase("model/model-00002-of-00002.safetensors");
    EXPECT_THAT(refused(files), AllOf(HasSubstr("model-00002-of-00002.safetensors"), Not(HasSubstr("\n"))));
    files.configs.erase(kIndex);
    EXPECT_THAT(refused(files), HasSubstr("missing tensors ("));
}

TEST_F(Llava, NewerSavesNameTheirPartsOtherwise) {
    ModelFiles files(kGolden);
    files.rename(files.tensors(), [](const std::string& name) {
        if (name == "language_model.lm_head.weight") return std::string("lm_head.weight");
        const std::string language = "language_model.model.";
        return name.starts_with(language) ? "model.language_model." + name.substr(language.size()) : "model." + name;
    });
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
    files.tensors()["language_model.lm_head.weight"] = float32Tensor({1}, {0});
    EXPECT_THAT(refused(files), HasSubstr("1 unexpected tensor (language_model.lm_head.weight)"));
}

TEST_F(Llava, BlocksOfTheImageTowerThatNoAnswerNeedsAreLeftAlone) {
    ModelFiles files(kGolden);
    files.config()["vision_feature_layer"] = -2;
    files.config()["vision_feature_select_strategy"] = "default";
    const std::string path = files.write();
    const ModelInfo info = opened(path);
    EXPECT_THAT(info.ignoredTensors, testing::Contains("vision_tower.vision_model.encoder.layers.2.mlp.fc2.bias"));
    EXPECT_THAT(info.ignoredTensors, Not(testing::Contains(HasSubstr("layers.1."))));
    EXPECT_THAT(mismatchesOf(path, files.golden), HasSubstr("the text has 17 places for a picture of 16 tokens"));
    files.config()["vision_feature_layer"] = 2;  // the same, counted from the front
    EXPECT_EQ(opened(files.write()).ignoredTensors, info.ignoredTensors);
    files.config()["vision_feature_layer"] = 0;
    EXPECT_THAT(opened(files.write()).ignoredTensors, testing::Contains(HasSubstr("layers.0.")));
}

TEST_F(Llava, AllMisfitsAreToldTogether) {
    ModelFiles files(kGolden);
    files.tensors().erase("language_model.model.norm.weight");
    files.tensors().erase("multi_modal_projector.linear_2.bias");
    files.tensors()["language_model.model.layers.0.self_attn.q_proj.bias"] = float32Tensor({32}, std::vector<float>(32));
    files.tensors()["language_model.lm_head.weight"] = float32Tensor({1}, {0});
    EXPECT_THAT(refused(files), AllOf(HasSubstr("2 missing tensors ("), HasSubstr("multi_modal_projector.linear_2.bias [32]"), HasSubstr("language_model.model.norm.weight [32]"),
                                      HasSubstr("1 unexpected tensor (language_model.model.layers.0.self_attn.q_proj.bias)"), HasSubstr("language_model.lm_head.weight is [1] instead of [576, 32]"), Not(HasSubstr("\n"))));
}

TEST_F(Llava, ConfigsOfWhatIsNotComputedAreRefused) {
    EXPECT_THAT(with("/vision_config/model_type", "siglip_vision_model"), HasSubstr("the image tower is a \"siglip_vision_model\""));
    EXPECT_THAT(with("/vision_config/hidden_act", "gelu"), HasSubstr("vision_config.hidden_act is \"gelu\""));
    EXPECT_THAT(with("/vision_config/num_attention_heads", 5), HasSubstr("5 heads do not divide 24 channels"));
    EXPECT_THAT(with("/vision_feature_select_strategy", "half"), HasSubstr("should be \"default\" or \"full\", not \"half\""));
    EXPECT_THAT(with("/vision_feature_layer", 4), HasSubstr("vision_feature_layer should be a whole number from -4 to 3"));
    EXPECT_THAT(with("/vision_feature_layer", json{-2, -1}), HasSubstr("vision_feature_layer should be a whole number"));
    EXPECT_THAT(with("/projector_hidden_act", "silu"), HasSubstr("projector_hidden_act is \"silu\""));
    EXPECT_THAT(with("/text_config/hidden_act", "gelu"), HasSubstr("text_config.hidden_act is \"gelu\""));
    EXPECT_THAT(with("/text_config/num_attention_heads", 6), HasSubstr("6 heads do not suit 32 channels"));
    EXPECT_THAT(with("/text_config/num_attention_heads", 64), HasSubstr("64 heads do not suit 32 channels"));
    EXPECT_THAT(with("/text_config/num_key_value_heads", 3), HasSubstr("num_key_value_heads should divide 4"));
    EXPECT_THAT(with("/text_config/rope_scaling", {{"type", "dynamic"}, {"factor", 2}}), HasSubstr("text_config.rope_scaling.type is \"dynamic\""));
    EXPECT_THAT(with("/text_config/rope_scaling", {{"type", "linear"}, {"factor", 0}}), HasSubstr("rope_scaling.factor should be greater than 0"));
    EXPECT_THAT(with("/text_config/rope_parameters", {{"rope_type", "llama3"}, {"rope_theta", 5e5}}), HasSubstr("rope_parameters.rope_type is \"llama3\""));
    ModelFiles wide(kGolden);
    wide.config()["text_config"]["head_dim"] = 1 << 18;
    wide.config()["text_config"]["num_attention_heads"] = 32;
    EXPECT_THAT(refused(wide), HasSubstr("head_dim is out of range"));
    EXPECT_THAT(with("/text_config/rms_norm_eps", 0), HasSubstr("rms_norm_eps should be greater than 0"));
    EXPECT_THAT(with("/image_token_index", 576), HasSubstr("image_token_index is 576 and there are 576 ids"));
    EXPECT_THAT(with("/text_config", "vicuna"), HasSubstr("text_config should hold keys"));
    EXPECT_THAT(with("/text_config/num_key_value_heads", 4), HasSubstr("self_attn.k_proj.weight is [16, 32] instead of [32, 32]"));
    EXPECT_THAT(with("/text_config/num_hidden_layers", 2), HasSubstr("unexpected tensors (language_model.model.layers.2."));
}

TEST_F(Llava, WithoutWeightsTheConfigSaysSo) {
    ModelFiles files(kGolden), other("siglip/siglip2_fixed");
    files.weights.clear();
    files.weights["model/deeper/model.safetensors"] = other.tensors();
    EXPECT_THAT(refused(files), HasSubstr("no weights lie beside the config"));
}

TEST_F(Llava, TakesPicturesAndIdsOfItsOwnOnly) {
    ModelFiles files(kGolden);
    const std::string path = files.write();
    for (const auto& [height, width] : {std::pair(12, 16), std::pair(32, 32)}) EXPECT_THAT(refusedInputs(path, greyPicture(height, width)), HasSubstr("give [B, 3, 16, 16]"));
    const auto message = [&](std::int64_t length, std::int64_t id) {
        TensorMap inputs = greyPicture(16, 16);
        inputs.merge(textIds(1, length, id));
        return refusedInputs(path, inputs);
    };
    EXPECT_EQ(message(17, 560), "");
    EXPECT_THAT(message(16, 560), HasSubstr("the text has 16 places for a picture of 17 tokens"));
    EXPECT_THAT(message(17, 5), HasSubstr("the text has 0 places"));
    EXPECT_THAT(message(17, 576), HasSubstr("the text id 576 is not in the vocabulary"));
    EXPECT_THAT(message(4097, 560), HasSubstr("a length of at most 4096"));
}

TEST_F(Llava, TheLikeliestAnswerIsTheRecordedOne) {
    ModelFiles files(kGolden);
    const Asking golden = asking(files.write(), recordedPicture(files));
    expectAsEveryDescriber(golden, golden.request(kQuestion, 10), recordedAnswer());
    const Description answer = golden.answer(golden.request(kQuestion, 10));
    EXPECT_EQ(answer.tokens, 10);
    EXPECT_FALSE(answer.finished);
    EXPECT_NE(golden.answer(golden.request("Who is it?", 10)).text, answer.text);
    EXPECT_EQ(golden.answer(golden.request("", 10)).text, golden.answer(golden.request("Describe the image.", 10)).text);
}

TEST_F(Llava, NewerConfigsKeepTheAnglesElsewhere) {
    ModelFiles files(kGolden);
    files.config()["text_config"]["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 10000.0}};
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
    files.config()["text_config"]["rope_parameters"]["rope_theta"] = 500.0;
    EXPECT_THAT(mismatchesOf(files.write(), files.golden), HasSubstr("out.logits"));
}

TEST_F(Llava, LinearScalingStretchesPositions) {
    ModelFiles files(kGolden);
    files.config()["text_config"]["rope_scaling"] = {{"type", "linear"}, {"factor", 1}};
    EXPECT_EQ(mismatchesOf(files.write(), files.golden), "");
    files.config()["text_config"]["rope_scaling"]["factor"] = 2;
    EXPECT_THAT(mismatchesOf(files.write(), files.golden), HasSubstr("out.logits"));
}

TEST_F(Llava, AnAnswerThatIsNoNumberIsNotGiven) {
    ModelFiles files(kGolden);
    files.tensors()["language_model.lm_head.weight"] = float32Tensor({576, 32}, std::vector<float>(576 * 32, 3e38f));
    const Asking golden = asking(files.write(), recordedPicture(files));
    EXPECT_THAT(golden.refusal(golden.request(kQuestion)), HasSubstr("is NaN or infinity"));
}

TEST_F(Llava, DrawsFollowTheModelsProbabilities) {
    ModelFiles files(kGolden);
    const Asking golden = asking(files.write(), recordedPicture(files));
    std::vector<double> logits = valuesOf(files.golden.tensors("out.").at("out.generated_logits"));
    logits.resize(576);  // of the first token
    const double temperature = 0.5, most = *std::ranges::max_element(logits);
    std::vector<double> probabilities;
    for (const double each : logits) probabilities.push_back(std::exp((each - most) / temperature));
    const double all = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
    for (double& each : probabilities) each /= all;
    std::ranges::sort(probabilities, std::greater<>());

    DescribeRequest request = golden.request(kQuestion, 1);
    const std::string likeliest = golden.answer(request).text;
    request.temperature = temperature;
    const auto drawn = [&](double topP, int draws) {
        std::map<std::string, int> counts;
        request.topP = topP;
        for (int seed = 0; seed < draws; ++seed) {
            request.seed = static_cast<std::uint64_t>(seed);
            ++counts[golden.answer(request).text];
        }
        return counts;
    };
    constexpr int kDraws = 400;
    const double share = drawn(1, kDraws)[likeliest] / double(kDraws), p = probabilities[0];
    EXPECT_NEAR(share, p, 4 * std::sqrt(p * (1 - p) / kDraws)) << "four standard deviations";
    // The two likeliest reach this share together; the third would go beyond it.
    const double two = probabilities[0] + probabilities[1] / 2;
    const std::map<std::string, int> nucleus = drawn(two, kDraws);
    EXPECT_EQ(nucleus.size(), 2u);
    const double first = nucleus.at(likeliest) / double(kDraws), of = p / (p + probabilities[1]);
    EXPECT_NEAR(first, of, 4 * std::sqrt(of * (1 - of) / kDraws));
}

TEST_F(Llava, AnswersInLowPrecisionToo) {
    ModelFiles files(kGolden);
    const auto model = openModel(*s_engine, files.write(), Precision::Bf16);
    ASSERT_TRUE(model) << toLine(model.error());
    const Asking low{*s_engine, {.source = s_engine->addSource({.pixels = recordedPicture(files), .name = "golden"}), .model = model.value().id}};
    EXPECT_GT(low.answer(low.request(kQuestion, 6)).tokens, 0);
}

TEST_F(Llava, AnAnswerEndsWhereTheModelEndsIt) {
    ModelFiles files(kGolden);
    const std::vector<double> ids = valuesOf(files.golden.tensors("out.").at("out.generated_ids"));
    for (const json& end : {json(std::int64_t(ids[4])), json{1, std::int64_t(ids[4])}}) {
        files.config("generation_config.json")["eos_token_id"] = end;
        const Asking golden = asking(files.write(), recordedPicture(files));
        const Description answer = golden.answer(golden.request(kQuestion, 10));
        EXPECT_TRUE(answer.finished) << end;
        EXPECT_EQ(answer.tokens, 5) << end;
        EXPECT_TRUE(recordedAnswer().starts_with(answer.text)) << answer.text;
    }
}

TEST_F(Llava, QuestionsThatItCannotFollowAreRefused) {
    ModelFiles files(kGolden);
    const Asking golden = asking(files.write(), recordedPicture(files));
    EXPECT_THAT(golden.refusal(golden.request("Is <image> this one?")), AllOf(HasSubstr("the question holds <image>"), HasSubstr("leave it out")));
    files.config()["text_config"]["max_position_embeddings"] = 60;
    const Asking brief = asking(files.write(), recordedPicture(files));
    EXPECT_THAT(brief.refusal(brief.request(kQuestion, 5)), HasSubstr("more than the 60 tokens that this model reads"));
    EXPECT_EQ(brief.answer(brief.request(kQuestion, 4)).tokens, 4);
}

TEST_F(Llava, WithoutATokenizerItSaysSo) {
    ModelFiles files(kGolden);
    std::erase_if(files.others, [](const auto& entry) { return entry.first.find("tokenizer") != std::string::npos; });
    const Asking golden = asking(files.write(), recordedPicture(files));
    EXPECT_THAT(golden.refusal(golden.request(kQuestion)), HasSubstr("tokenizer"));
}

TEST_F(Llava, AnAnswerThatNobodyWaitsForEnds) {
    ModelFiles files(kGolden);
    const Asking golden = asking(files.write(), recordedPicture(files));
    auto begun = std::make_shared<std::promise<void>>();
    auto ended = std::make_shared<std::promise<Result<Description>>>();
    auto first = begun->get_future();
    auto result = ended->get_future();
    {
        Observer<Description> observer;
        observer.onPartial = [begun](const Description& so) {
            if (so.tokens == 2) begun->set_value();
        };
        observer.onDone = [ended](Result<Description> answer) { ended->set_value(std::move(answer)); };
        const Subscription subscription = s_engine->describe(golden.request(kQuestion, 4000), Priority::Visible, std::move(observer));
        ASSERT_EQ(first.wait_for(std::chrono::seconds(60)), std::future_status::ready);
    }
    ASSERT_EQ(result.wait_for(std::chrono::seconds(5)), std::future_status::ready);
    EXPECT_TRUE(result.get().cancelled());
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (s_engine->status().jobsRunning > 0 && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(s_engine->status().jobsRunning, 0) << "it goes on to itself";
    EXPECT_EQ(golden.answer(golden.request(kQuestion, 10)).text, recordedAnswer());
}

TEST_F(Llava, AnOpenVision3MayBeItsEye) {
    ModelFiles files = withOpenVision3();
    const std::string path = files.write();
    const ModelInfo info = opened(path);
    EXPECT_EQ(info.family, "llava");
    EXPECT_EQ(info.layout, "OpenVision 3");
    EXPECT_EQ(info.inputSide, 48);
    EXPECT_EQ(info.latentChannels, 32);
    EXPECT_THAT(info.capabilities, ElementsAre("encode", "describe"));
    const GoldenCase seen = ModelFiles("openvision3/complete_captioner").golden;
    const auto result = computed(path, {{"in.image", seen.tensors("in.").at("in.image")}});
    ASSERT_TRUE(result) << toLine(result.error());
    for (const char* tensor : {"out.tokens", "out.latents"}) EXPECT_EQ(mismatch(seen.tensors("out.").at(tensor), result.value().at(tensor), seen.toleranceOf(tensor)), "") << tensor;
    const Asking eye = asking(path, pictureOf(seen.tensors("in.").at("in.image")));
    EXPECT_EQ(eye.answer(eye.request(kQuestion, 5)).tokens, 5);
}

TEST_F(Llava, AnEyeThatDoesNotSuitIsRefused) {
    const auto changed = [](const std::string& path, const json& value) {
        ModelFiles files = withOpenVision3();
        files.config()[json::json_pointer(path)] = value;
        return refused(files);
    };
    EXPECT_THAT(changed("/vision_config/hidden_size", 24), HasSubstr("vision_config.hidden_size says 24 where the image tower has 32"));
    EXPECT_THAT(changed("/vision_config/path", "../tower"), HasSubstr("path should name a folder beside the config"));
    EXPECT_THAT(changed("/vision_config/path", "tower"), HasSubstr("tower"));
    EXPECT_THAT(changed("/vision_feature_layer", -2), HasSubstr("vision_feature_layer should be -1"));
    EXPECT_THAT(changed("/vision_feature_select_strategy", "full"), HasSubstr("vision_feature_layer should be -1"));
    ModelFiles files = withOpenVision3();
    files.tensors("vision_tower/vae/diffusion_pytorch_model.safetensors").erase("encoder.conv_in.bias");
    EXPECT_THAT(refused(files), AllOf(HasSubstr("missing tensor (encoder.conv_in.bias"), HasSubstr("model/vision_tower/vae/diffusion_pytorch_model.safetensors")));
    files = withOpenVision3();
    for (const char* place : {"openvision3.json", "encoder/open_clip_config.json"}) files.configs.erase(std::string("model/vision_tower/") + place);
    EXPECT_THAT(refused(files), HasSubstr("the image tower is no OpenVision 3"));
}

}  // namespace
}  // namespace tessera::test
