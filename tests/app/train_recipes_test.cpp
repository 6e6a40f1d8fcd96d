// SPDX-License-Identifier: Apache-2.0
// New models of the recipes siglip, openvision3, vila_u_tower, tessera_mini, tessera_mini_language, masked_tokens and rae_flow: they learn, go on bit for bit, agree in two precisions, and are read by their families.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "support/golden_case.h"
#include "support/process.h"
#include "support/temporary_folder.h"
#include "support/text_files.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera::test;
using nlohmann::json;
using testing::HasSubstr;

const fs::path kSource = TESSERA_SOURCE_DIR;
const std::string kSamples = (kSource / "resources/samples").string();

ProcessResult tessera(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {TESSERA_PROGRAM, "--threads", "1"});
    return runProcess(arguments, {}, true);
}

class TrainRecipes : public testing::Test {
protected:
    /// On the sample pictures, whose names are their texts.
    static json common(const std::string& recipe, json make, json settings) {
        make["vocabulary"] = (kSource / "resources/recipes/vocab.txt").string();
        make["side"] = 32;
        make["width"] = 32;
        make["layers"] = 2;
        make["heads"] = 2;
        return {{"recipe", recipe},
                {"seed", 5},
                {"model", {{"make", make}}},
                {"data", {{{"path", kSamples}, {"names", true}}}},
                {"held_out", {{"paths", {kSamples}}, {"names", true}}},
                {"optimiser", {{"rate", 3e-3}, {"warm_up", 0.1}}},
                {"run", {{"steps", 6}, {"batch", 6}, {"side", 32}, {"report_every", 1}, {"evaluate_every", 6}, {"checkpoint_every", 2}, {"ema", 0.5}}},
                {"settings", settings}};
    }
    static json siglip() { return common("siglip", {{"patch", 8}, {"text", {{"context", 8}, {"layers", 1}, {"heads", 2}}}}, {{"variant", "sigmoid"}}); }
    static json vilaU() {
        return common("vila_u_tower",
                      {{"init", "scratch"},
                       {"patch", 8},
                       {"depths", 3},
                       {"codes", 8},
                       {"perceptual", {8, 8}},
                       {"text", {{"context", 8}, {"layers", 1}, {"heads", 2}}},
                       {"decoder", {{"channels", 32}, {"multiples", {1, 1, 1}}, {"latents", 16}}},
                       {"depth_transformer", {{"width", 8}, {"layers", 1}, {"heads", 2}, {"language_width", 16}}}},
                      {{"contrastive", "sigmoid"},
                       {"decay", 0.8},
                       {"k_means_batches", 2},
                       {"restart_below", 1.0},
                       {"weights", {{"contrastive", 1.0}, {"reconstruction", 1.0}, {"perceptual", 0.2}, {"commitment", 0.25}}}});
    }
    static json openVision3() {
        const json part{{"width", 32}, {"layers", 1}, {"heads", 2}}, reading{{"width", 32}, {"layers", 1}, {"heads", 2}, {"context", 12}};
        json recipe = common("openvision3", {{"vae", (kSource / "resources/models/mini-autoencoder").string()}, {"perceptual", {8, 8}}, {"text", reading}, {"decoder", part}, {"captions", reading}},
                             {{"tau", 0.5}, {"latent_loss", "l1"}, {"weights", {{"rec", 1.0}, {"und", 2.0}, {"latent", 0.5}, {"perceptual", 0.2}, {"caption", 1.0}}}});
        recipe["run"]["stage"] = {{{"share", 0.5}, {"side", 16}}, {{"share", 0.5}, {"batch", 4}}};
        return recipe;
    }

    /// Tokens, codes and words together.
    static json tesseraMini(int width = 16) {
        json recipe = common("tessera_mini", json::object(),
                             {{"tau", 1.0}, {"continuous", 0.3}, {"fitted_tokens", 256}, {"charbonnier_eps", 0.01}, {"codebook_ema", 0.8}, {"least_used", 0.2},
                              {"weights", {{"latent", 1.0}, {"charbonnier", 1.0}, {"mse", 4.0}, {"commitment", 0.25}, {"energy", 1.0}, {"contrastive", 0.5}, {"local", 0.5}}}});
        const json stack{{"layers", 1}, {"width", width}, {"heads", 2}, {"hidden", width}};
        json semantic = stack, text = stack;
        semantic["embedding"] = 8;
        text["context"] = 8;
        recipe["model"]["make"] = {{"autoencoder", (kSource / "tests/golden/tessera_autoencoder/tiny/model").string()}, {"vocabulary", (kSource / "resources/recipes/vocab.txt").string()},
                                   {"encoder", stack}, {"decoder", stack}, {"semantic", semantic}, {"text", text}, {"quantizer", {{"depths", 3}, {"codebook_size", 8}}}};
        recipe["run"]["side"] = 64;
        recipe["run"]["stage"] = {{{"share", 0.5}, {"side", 32}}, {{"share", 0.5}, {"batch", 4}}};
        return recipe;
    }

    /// The same where the autoencoder's latents are kept: `kept` pictures, windows of 2 x 2 tokens.
    static json tesseraMiniOfKeptLatents(int kept = 12) {
        json recipe = tesseraMini();
        json& settings = recipe["settings"];
        settings.update({{"kept", kept}, {"kept_side", 64}, {"drawn", 10}, {"window", 2}});
        settings["weights"] = {{"latent", 1.0}, {"charbonnier", 0.0}, {"mse", 0.0}, {"commitment", 0.25}, {"energy", 1.0}, {"contrastive", 0.0}, {"local", 0.0}};
        recipe["model"]["make"]["quantizer"]["beam"] = 3;
        recipe["run"].erase("stage");
        return recipe;
    }
    /// Words over the tokens of `start`, which are kept.
    static json tesseraMiniOfKeptTokens(const std::string& start) {
        json recipe = tesseraMini();
        json& settings = recipe["settings"];
        settings.update({{"kept", 12}, {"kept_side", 32}, {"drawn", 16}, {"collages", 2}});
        settings["weights"] = {{"latent", 0.0}, {"charbonnier", 0.0}, {"mse", 0.0}, {"commitment", 0.0}, {"energy", 0.0}, {"contrastive", 0.5}, {"local", 0.5}};
        recipe["model"] = {{"start", start}};
        return recipe;
    }

    /// The same with texts that go with others, in a file beside the recipe.
    json tesseraMiniOfRelatedTexts(const std::string& start) const {
        std::ofstream(folder / "related.tsv") << "coffee\tbeverage\tdrink\nraccoon\tmammal\tanimal\nmill\tbuilding\nportrait\tpicture\n";
        json recipe = tesseraMiniOfKeptTokens(start);
        recipe["settings"].update({{"related", "related.tsv"}, {"related_pairs", 16}});
        recipe["settings"]["weights"]["related"] = 0.5;
        return recipe;
    }

    /// A language model over what the run "tokens" of tesseraMini() made.
    json tesseraMiniLanguage() const {
        std::ofstream(folder / "words.txt") << "a\nand\ncoffee\nraccoon\n";
        json recipe = common("tessera_mini_language", json::object(), {{"captions", 0.3}, {"condition_dropout", 0.1}, {"names", 0.5}});
        recipe["model"]["make"] = {{"tokenizer", folder / "tokens/model"}, {"words", folder / "words.txt"}, {"side", 2}, {"text", 12}, {"layers", 1}, {"width", 32}, {"heads", 2}, {"hidden", 48}, {"depth", {{"layers", 1}, {"width", 16}, {"heads", 2}}}};
        return recipe;
    }

    json tesseraMiniLanguageOfKeptCodes() const {
        json recipe = tesseraMiniLanguage();
        recipe["settings"].update({{"kept", 12}, {"kept_side", 32}, {"drawn", 10}, {"learnt", 0.5}});
        return recipe;
    }

    /// A whole VILA-U that goes on: captions, some of several pictures in one text, and drawings.
    static json vilaULm(double interleaved) {
        json recipe = common("vila_u_lm", json::object(), {{"captions", 0.6}, {"condition_dropout", 0.1}, {"interleaved", interleaved}});
        recipe["model"] = {{"start", (kSource / "tests/golden/vila_u/generate/model").string()}};
        return recipe;
    }

    /// Rounds of codes, and a flow of tokens, over the same.
    json maskedTokens() const {
        json recipe = common("masked_tokens", json::object(), {{"condition_dropout", 0.1}, {"label_smoothing", 0.0}, {"names", 1.0}});
        recipe["model"]["make"] = {{"tokenizer", folder / "tokens/model"}, {"side", 2}, {"layers", 1}, {"width", 32}, {"heads", 2}, {"hidden", 48}, {"rounds", 3}, {"depth", {{"layers", 1}, {"width", 16}, {"heads", 2}}}};
        return recipe;
    }
    json raeFlow() const {
        json recipe = common("rae_flow", json::object(), {{"condition_dropout", 0.1}, {"names", 1.0}, {"statistics_batches", 3}, {"time_dist_type", "logit-normal_0_1"}});
        recipe["model"]["make"] = {{"tokenizer", folder / "tokens/model"}, {"side", 2}, {"layers", 2}, {"width", 32}, {"heads", 2}, {"steps", 8}, {"head", {{"layers", 1}, {"width", 48}, {"heads", 2}}}};
        return recipe;
    }

    ProcessResult train(const json& content, const std::string& run, std::vector<std::string> more = {}) const {
        std::ofstream(folder / "recipe.json") << content;
        std::vector<std::string> arguments{"--json", "train", folder / "recipe.json", "--out", folder / run};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return tessera(arguments);
    }
    json report(const std::string& run) const { return json::parse(contents(folder / (run + "/report.json"))); }
    /// Of every step, as the log has it.
    std::vector<double> values(const fs::path& run, const std::string& name) const {
        std::vector<double> all;
        for (const std::string& line : linesOf(contents(run / "log.csv"))) {
            if (line.find("," + name + ",") != std::string::npos) all.push_back(std::stod(line.substr(line.rfind(',') + 1)));
        }
        return all;
    }
    void expectGoesOn(json content, const std::string& weights) const {
        ASSERT_EQ(train(content, "whole").exitCode, 0);
        ASSERT_EQ(train(content, "parts", {"--max-seconds", "0.000001"}).exitCode, 0);
        for (int i = 0; i < 3; ++i) ASSERT_EQ(train(content, "parts", {"--resume", "--max-seconds", "0.000001"}).exitCode, 0);
        const ProcessResult rest = train(content, "parts", {"--resume"});
        ASSERT_EQ(rest.exitCode, 0) << rest.err;
        EXPECT_EQ(json::parse(rest.out)["finished"], true);
        EXPECT_EQ(values(folder / "parts", "total"), values(folder / "whole", "total"));
        EXPECT_EQ(report("parts")["held_out"], report("whole")["held_out"]);
        EXPECT_TRUE(contents(folder / ("parts/model/" + weights)) == contents(folder / ("whole/model/" + weights))) << weights;
    }
    void expectNearInBf16(json content) const {
        if (content["model"]["make"].contains("width")) content["model"]["make"]["width"] = 128;  // narrower layers stay float32
        content["run"]["steps"] = 3;
        ASSERT_EQ(train(content, "fp32").exitCode, 0);
        content["run"]["precision"] = "bf16";
        const ProcessResult result = train(content, "bf16");
        ASSERT_EQ(result.exitCode, 0) << result.err;
        const std::vector<double> exact = values(folder / "fp32", "total"), low = values(folder / "bf16", "total");
        ASSERT_EQ(low.size(), exact.size());
        for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_NEAR(low[i], exact[i], 0.03 * exact[i]) << i;
        EXPECT_NE(low, exact) << "it did compute in bf16";
    }
    void expectRefused(const json& content, const std::string& part) const {
        const ProcessResult result = train(content, "refused");
        EXPECT_EQ(result.exitCode, 1) << result.out;
        EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
        EXPECT_THAT(result.err, HasSubstr(part));
        fs::remove_all(folder / "refused");
    }

    TemporaryFolder folder;
};

TEST_F(TrainRecipes, ShippedOnesLearnFromTheSamplesInSeconds) {
    struct Case {
        const char* name;
        double share;  // of the first loss that may be left
        std::vector<std::string> figures;
    };
    const std::vector<Case> cases{{"siglip", 0.5, {"top1", "top5", "contrastive"}},
                                  {"vila_u_tower", 0.8, {"top1", "top5", "psnr", "used.3", "perplexity.3"}},
                                  {"openvision3", 0.9, {"top1", "top5", "psnr", "caption"}},
                                  {"tessera_mini", 0.9, {"psnr", "used.7", "perplexity.7"}}};
    for (const Case& each : cases) {
        SCOPED_TRACE(each.name);
        const fs::path run = folder / each.name;
        const ProcessResult result = tessera({"--json", "train", kSource / "resources/recipes" / (std::string(each.name) + ".toml"), "--smoke", "--out", run});
        ASSERT_EQ(result.exitCode, 0) << result.err;
        const std::vector<double> totals = values(run, "total");
        ASSERT_GE(totals.size(), 20u);
        const auto mean = [&](std::size_t begin) { return (totals[begin] + totals[begin + 1] + totals[begin + 2]) / 3; };
        // The last steps may be on other pictures than the first: what counts is where the first stage got to.
        EXPECT_LT(mean(16), each.share * mean(0));
        const json curves = json::parse(contents(run / "report.json"))["curves"];
        EXPECT_EQ(curves["total"].size(), totals.size());
        const std::string figure = "held_out." + each.figures[0];
        EXPECT_EQ(curves[figure].size(), 1u);
        EXPECT_EQ(curves[figure][0][0], totals.size());
        for (const std::string& figure : each.figures) EXPECT_TRUE(std::isfinite(json::parse(result.out)["held_out"].value(figure, std::nan("")))) << figure;
    }
}

TEST_F(TrainRecipes, ARunOfEachGoesOnBitForBit) {
    {
        SCOPED_TRACE("siglip");
        expectGoesOn(siglip(), "model.safetensors");
    }
    fs::remove_all(folder / "whole"), fs::remove_all(folder / "parts");
    {
        SCOPED_TRACE("vila_u_tower");  // with codebooks that start from data, move and are restarted
        expectGoesOn(vilaU(), "vision_tower/model.safetensors");
    }
    fs::remove_all(folder / "whole"), fs::remove_all(folder / "parts");
    {
        SCOPED_TRACE("openvision3");  // over the border of two stages
        expectGoesOn(openVision3(), "encoder/open_clip_model.safetensors");
    }
    fs::remove_all(folder / "whole"), fs::remove_all(folder / "parts");
    {
        SCOPED_TRACE("tessera_mini");  // whose codebooks' averages no model keeps
        expectGoesOn(tesseraMini(), "model.safetensors");
    }
    fs::rename(folder / "whole", folder / "tokens"), fs::remove_all(folder / "parts");
    {
        SCOPED_TRACE("tessera_mini, words of kept tokens");
        expectGoesOn(tesseraMiniOfKeptTokens(folder / "tokens/model"), "model.safetensors");
    }
    fs::remove_all(folder / "whole"), fs::remove_all(folder / "parts");
    {
        SCOPED_TRACE("tessera_mini, kept latents");
        expectGoesOn(tesseraMiniOfKeptLatents(), "model.safetensors");
    }
    fs::remove_all(folder / "whole"), fs::remove_all(folder / "parts");
    {
        SCOPED_TRACE("tessera_mini_language");
        expectGoesOn(tesseraMiniLanguage(), "model.safetensors");
    }
    fs::remove_all(folder / "whole"), fs::remove_all(folder / "parts");
    {
        SCOPED_TRACE("tessera_mini_language, kept codes");
        expectGoesOn(tesseraMiniLanguageOfKeptCodes(), "model.safetensors");
    }
    fs::remove_all(folder / "whole"), fs::remove_all(folder / "parts");
    {
        SCOPED_TRACE("masked_tokens");
        expectGoesOn(maskedTokens(), "masked_generator/model.safetensors");
    }
    fs::remove_all(folder / "whole"), fs::remove_all(folder / "parts");
    {
        SCOPED_TRACE("rae_flow");  // whose statistics are measured before the first step
        expectGoesOn(raeFlow(), "flow_generator/model.safetensors");
        EXPECT_TRUE(contents(folder / "parts/model/flow_generator/statistics.safetensors") == contents(folder / "whole/model/flow_generator/statistics.safetensors"));
    }
}

TEST_F(TrainRecipes, LossesInBf16AreNearThoseInFloat32) {
    expectNearInBf16(siglip());
    fs::remove_all(folder / "fp32"), fs::remove_all(folder / "bf16");
    expectNearInBf16(vilaU());
    fs::remove_all(folder / "fp32"), fs::remove_all(folder / "bf16");
    expectNearInBf16(openVision3());
    fs::remove_all(folder / "fp32"), fs::remove_all(folder / "bf16");
    expectNearInBf16(tesseraMini(128));
}

TEST_F(TrainRecipes, WordsOfTesseraMiniAreLearntOverTokensThatStay) {
    json tokens = tesseraMini();
    tokens["settings"]["weights"]["contrastive"] = tokens["settings"]["weights"]["local"] = 0;
    ASSERT_EQ(train(tokens, "tokens").exitCode, 0);
    EXPECT_TRUE(values(folder / "tokens", "contrastive").empty());

    json words = tesseraMini();
    words["model"] = {{"start", folder / "tokens/model"}};
    words["run"]["steps"] = 24;
    for (const char* off : {"latent", "charbonnier", "mse", "commitment"}) words["settings"]["weights"][off] = 0;
    const ProcessResult result = train(words, "words");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const std::vector<double> totals = values(folder / "words", "total");
    ASSERT_EQ(totals.size(), 24u);
    EXPECT_LT(totals[10] + totals[11], 0.8 * (totals[0] + totals[1])) << "of the first stage";
    EXPECT_FALSE(values(folder / "words", "local").empty());
    EXPECT_TRUE(std::isfinite(report("words")["held_out"]["top5"].get<double>()));

    const auto before = tessera::readTensorFile(folder / "tokens/model/model.safetensors"), after = tessera::readTensorFile(folder / "words/model/model.safetensors");
    ASSERT_TRUE(before && after);
    const auto stays = [&](const std::string& name) { return valuesOf(before.value().at(name)) == valuesOf(after.value().at(name)); };
    EXPECT_TRUE(stays("quantizer.codebooks"));
    EXPECT_TRUE(stays("tokenizer.decoder.out.weight"));
    EXPECT_TRUE(stays("autoencoder.decoder.conv_in.weight"));
    EXPECT_FALSE(stays("semantic.out.weight"));
    EXPECT_FALSE(stays("text.token_embedding.weight"));

    const ProcessResult opened = tessera({"render", kSource / "resources/samples/coffee.png", "--model", folder / "words/model", "--lens", "text_similarity:prompts=coffee|raccoon", "--out", folder / "heat.png"});
    EXPECT_EQ(opened.exitCode, 0) << opened.err;
}

TEST_F(TrainRecipes, KeptPicturesAreLearntFromAgainAndAgain) {
    json tokens = tesseraMiniOfKeptLatents();
    tokens["run"]["steps"] = 30;
    tokens["run"]["batch"] = 1;  // the others are kept ones
    const ProcessResult made = train(tokens, "tokens");
    ASSERT_EQ(made.exitCode, 0) << made.err;
    const std::vector<double> latent = values(folder / "tokens", "latent");
    ASSERT_EQ(latent.size(), 30u);
    EXPECT_LT(std::accumulate(latent.end() - 5, latent.end(), 0.0), 0.9 * std::accumulate(latent.begin(), latent.begin() + 5, 0.0));
    EXPECT_TRUE(values(folder / "tokens", "mse").empty()) << "pixels are looked at for held-out figures alone";
    EXPECT_GT(report("tokens")["held_out"]["psnr"].get<double>(), 5.0);
    EXPECT_EQ(json::parse(contents(folder / "tokens/model/config.json"))["quantizer"]["beam"], 3);

    json words = tesseraMiniOfKeptTokens(folder / "tokens/model");
    words["run"]["steps"] = 24;
    words["run"]["batch"] = 2;  // of which no collage could be made
    const ProcessResult learnt = train(words, "words");
    ASSERT_EQ(learnt.exitCode, 0) << learnt.err;
    const std::vector<double> contrastive = values(folder / "words", "contrastive");
    ASSERT_EQ(contrastive.size(), 24u);
    EXPECT_LT(contrastive[10] + contrastive[11], 0.8 * (contrastive[0] + contrastive[1])) << "of the first stage, whose pictures are kept";
    const std::vector<double> local = values(folder / "words", "local");
    ASSERT_GE(local.size(), 12u) << "as long as pictures are kept";
    EXPECT_LT(local[10] + local[11], 0.8 * (local[0] + local[1]));

    json related = tesseraMiniOfRelatedTexts(folder / "tokens/model");
    related["run"]["steps"] = 24;
    related["run"]["batch"] = 4;
    const ProcessResult meant = train(related, "related");
    ASSERT_EQ(meant.exitCode, 0) << meant.err;
    const std::vector<double> pairs = values(folder / "related", "related");
    ASSERT_EQ(pairs.size(), 24u);
    EXPECT_LT(pairs[22] + pairs[23], 0.5 * (pairs[0] + pairs[1]));
    EXPECT_NE(report("related")["data_hash"], report("words")["data_hash"]) << "the texts are data, too";
}

TEST_F(TrainRecipes, ALanguageModelLearnsFromCodesThatAreKept) {
    ASSERT_EQ(train(tesseraMini(), "tokens").exitCode, 0);
    json content = tesseraMiniLanguageOfKeptCodes();
    content["run"]["steps"] = 100;
    content["run"]["batch"] = 1;  // the others are kept ones
    content["run"]["evaluate_every"] = 100;
    content["optimiser"]["rate"] = 1e-2;
    const ProcessResult result = train(content, "language");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const auto fell = [&](const std::string& name) {
        const std::vector<double> all = values(folder / "language", name);
        return all.back() / all.front();
    };
    EXPECT_LT(fell("text"), 0.3) << "of ten pictures a step, each with its own text";
    EXPECT_LT(fell("visual"), 0.8);
    EXPECT_GT(values(folder / "language", "text").size(), 80u) << "with one picture a step hardly a third of them would have a caption";
    EXPECT_TRUE(std::isfinite(report("language")["held_out"]["visual"].get<double>())) << "of the pictures themselves";

    content["run"]["steps"] = 1;
    ASSERT_EQ(train(content, "half").exitCode, 0);
    content["settings"]["learnt"] = 1;
    ASSERT_EQ(train(content, "all").exitCode, 0);
    const double half = values(folder / "half", "visual").front(), all = values(folder / "all", "visual").front();
    EXPECT_NE(half, all);
    EXPECT_NEAR(half, all, 0.1 * all) << "of half of the tokens";
    content["settings"]["learnt"] = 0;
    expectRefused(content, "settings.learnt");
}

TEST_F(TrainRecipes, ALanguageModelLearnsTheCodesOfNamesAndTheNamesOfCodes) {
    ASSERT_EQ(train(tesseraMini(), "tokens").exitCode, 0);
    json content = tesseraMiniLanguage();
    content["run"]["steps"] = 150;
    content["run"]["evaluate_every"] = 150;
    content["optimiser"]["rate"] = 1e-2;
    const ProcessResult result = train(content, "language");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const auto fell = [&](const std::string& name) {
        const std::vector<double> all = values(folder / "language", name);
        return all.back() / all.front();
    };
    EXPECT_LT(fell("text"), 0.3);
    EXPECT_LT(fell("visual"), 0.7);
    EXPECT_GT(values(folder / "language", "codes_hit").back(), 2.0 / 8) << "of codebooks of 8 words";
    const auto before = tessera::readTensorFile(folder / "tokens/model/model.safetensors"), after = tessera::readTensorFile(folder / "language/model/model.safetensors");
    ASSERT_TRUE(before && after);
    for (const auto& [name, tensor] : before.value()) EXPECT_TRUE(valuesOf(tensor) == valuesOf(after.value().at(name))) << name << " stays";

    // It says and draws what it was taught.
    const std::string model = folder / "language/model";
    const ProcessResult said = tessera({"describe", kSamples + "/coffee.png", "--model", model, "--size", "32"});
    EXPECT_EQ(said.exitCode, 0) << said.err;
    EXPECT_THAT(said.out, HasSubstr("coffee"));
    const ProcessResult drawn = tessera({"--json", "generate", "coffee", "--model", model, "--temperature", "0", "--tokens", folder / "drawn.safetensors", "--out", folder / "drawn.png"});
    ASSERT_EQ(drawn.exitCode, 0) << drawn.err;
    ASSERT_EQ(tessera({"encode", kSamples + "/coffee.png", "--model", model, "--size", "32", "--out", folder / "own.safetensors"}).exitCode, 0);
    ASSERT_EQ(tessera({"encode", kSamples + "/portrait.jpg", "--model", model, "--size", "32", "--out", folder / "other.safetensors"}).exitCode, 0);
    const auto codes = [&](const char* name) { return valuesOf(tessera::readTensorFile(folder / name).value().at("codes")); };
    const auto alike = [](const std::vector<double>& a, const std::vector<double>& b) {
        int same = 0;
        for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) same += a[i] == b[i];
        return same;
    };
    const std::vector<double> ours = codes("drawn.safetensors");
    ASSERT_EQ(ours.size(), 2u * 2 * 3);
    EXPECT_GT(alike(ours, codes("own.safetensors")), alike(ours, codes("other.safetensors")));
    // What it was not taught is said, not drawn.
    const ProcessResult unknown = tessera({"generate", "a Cofee and a zeppelin", "--model", model, "--out", folder / "unknown.png"});
    EXPECT_EQ(unknown.exitCode, 1);
    EXPECT_THAT(unknown.err, HasSubstr("this model was not taught \"cofee\" and \"zeppelin\" (generate): use \"coffee\""));
    EXPECT_FALSE(fs::exists(folder / "unknown.png"));
}

TEST_F(TrainRecipes, ALanguageModelMayDrawTheFirstDepthsAlone) {
    ASSERT_EQ(train(tesseraMini(), "tokens").exitCode, 0);
    for (const bool kept : {false, true}) {
        SCOPED_TRACE(kept);
        json content = kept ? tesseraMiniLanguageOfKeptCodes() : tesseraMiniLanguage();
        content["model"]["make"].update({{"depths", 2}, {"guidance", 1.5}, {"temperature", 0.5}});
        content["run"]["steps"] = 2;
        const std::string run = kept ? "kept" : "plain";
        const ProcessResult result = train(content, run);
        ASSERT_EQ(result.exitCode, 0) << result.err;
        const std::string model = folder / (run + "/model"), tokens = folder / "drawn.safetensors";
        const ProcessResult drawn = tessera({"--json", "generate", "coffee", "--model", model, "--tokens", tokens, "--out", folder / "drawn.png"});
        ASSERT_EQ(drawn.exitCode, 0) << drawn.err;
        EXPECT_EQ(json::parse(drawn.out)["depths"], 2);
        EXPECT_EQ(json::parse(drawn.out)["guidance"], 1.5) << "its own";
        EXPECT_EQ(tessera::readTensorFile(tokens).value().at("codes").shape, (std::vector<std::int64_t>{1, 2, 2, 2}));
        // The other depths add nothing to the picture.
        ASSERT_EQ(tessera({"decode", tokens, "--model", model, "--out", folder / "decoded"}).exitCode, 0);
        EXPECT_EQ(json::parse(tessera({"--json", "metrics", folder / "drawn.png", folder / "decoded/drawn.png"}).out)["psnr"], "inf");
        const ProcessResult again = tessera({"generate", "coffee", "--model", model, "--given", tokens, "--tokens", folder / "again.safetensors", "--out", folder / "again.png"});
        ASSERT_EQ(again.exitCode, 0) << again.err;
        EXPECT_EQ(json::parse(tessera({"--json", "metrics", folder / "drawn.png", folder / "again.png"}).out)["psnr"], "inf");
        EXPECT_EQ(tessera({"describe", folder / "drawn.png", "--model", model}).exitCode, 0);
        const ProcessResult influence = tessera({"generate", "a coffee", "--model", model, "--influence", folder / "words.json", "--out", folder / "drawn.png"});
        EXPECT_EQ(influence.exitCode, 0) << influence.err;
    }
    json content = tesseraMiniLanguage();
    content["model"]["make"]["depths"] = 4;
    expectRefused(content, "language.depths");
    content["model"]["make"].update({{"depths", 3}, {"guidance", 101}});
    expectRefused(content, "language.guidance should be 0 to 100");
}

TEST_F(TrainRecipes, AVilaULearnsToDescribeAndToDraw) {
    json content = vilaULm(0);
    content["run"]["steps"] = 40;
    content["run"]["evaluate_every"] = 40;
    const ProcessResult result = train(content, "whole");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const auto fell = [&](const std::string& run, const std::string& name) {
        const std::vector<double> all = values(folder / run, name);
        return all.back() / all.front();
    };
    EXPECT_LT(fell("whole", "text"), 0.5);
    EXPECT_LT(fell("whole", "visual"), 0.8);
    // It is a release that is read as any other, and the tower stays but for its depth transformer.
    const std::string model = folder / "whole/model";
    EXPECT_EQ(tessera({"describe", kSamples + "/coffee.png", "--model", model}).exitCode, 0);
    EXPECT_EQ(tessera({"generate", "coffee", "--model", model, "--out", folder / "drawn.png"}).exitCode, 0);
    const auto before = tessera::readTensorFile(kSource / "tests/golden/vila_u/generate/model/vision_tower/model.safetensors"), after = tessera::readTensorFile(model + "/vision_tower/model.safetensors");
    ASSERT_TRUE(before && after);
    for (const auto& [name, tensor] : before.value()) EXPECT_EQ(valuesOf(tensor) == valuesOf(after.value().at(name)), !name.starts_with("rqtransformer.")) << name;

    // Pictures with their texts in one sample: fewer samples, and the texts are learnt still.
    content = vilaULm(1);
    content["settings"]["captions"] = 1;
    const ProcessResult joined = train(content, "joined");
    ASSERT_EQ(joined.exitCode, 0) << joined.err;
    EXPECT_LT(fell("joined", "text"), 0.9);
    content["settings"]["interleaved"] = 0;
    ASSERT_EQ(train(content, "apart").exitCode, 0);
    EXPECT_NE(values(folder / "joined", "text").front(), values(folder / "apart", "text").front()) << "the same pictures, but the later ones are told behind others";
    EXPECT_TRUE(values(folder / "joined", "visual").empty()) << "pictures are given";
}

TEST_F(TrainRecipes, ShippedOnesOverATokenizerLearnInSeconds) {
    for (const std::string name : {"tessera_mini_codes", "tessera_mini_words", "tessera_mini_language", "tessera_mini_masked", "tessera_mini_flow"}) {  // over the tessera-mini that is built in
        SCOPED_TRACE(name);
        const ProcessResult result = tessera({"--json", "train", kSource / "resources/recipes" / (name + ".toml"), "--smoke", "--out", folder / name});
        ASSERT_EQ(result.exitCode, 0) << result.err;
        const std::vector<double> totals = values(folder / name, "total");
        ASSERT_EQ(totals.size(), 24u);
        const auto mean = [&](std::size_t begin) { return (totals[begin] + totals[begin + 1] + totals[begin + 2]) / 3; };
        EXPECT_LT(mean(21), 0.95 * mean(0));
        EXPECT_TRUE(std::isfinite(json::parse(result.out)["held_out"].value("total", std::nan(""))));
    }
}

TEST_F(TrainRecipes, MaskedTokensLearnTheCodesOfNames) {
    ASSERT_EQ(train(tesseraMini(), "tokens").exitCode, 0);
    json content = maskedTokens();
    content["run"]["steps"] = content["run"]["evaluate_every"] = 150;
    content["optimiser"]["rate"] = 1e-2;
    const ProcessResult result = train(content, "masked");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const std::vector<double> losses = values(folder / "masked", "masked"), hits = values(folder / "masked", "codes_hit");
    EXPECT_LT(losses.back(), 0.6 * losses.front());
    EXPECT_GT(hits.back(), 2.0 / 8) << "of codebooks of 8 words";
    EXPECT_TRUE(contents(folder / "masked/model/model.safetensors") == contents(folder / "tokens/model/model.safetensors")) << "the tokenizer stays as it is";

    const std::string model = folder / "masked/model/masked_generator";
    const auto codes = [&](const char* name) { return valuesOf(tessera::readTensorFile(folder / name).value().at("codes")); };
    const ProcessResult drawn = tessera({"--json", "generate", "coffee", "--model", model, "--temperature", "0", "--top-k", "1", "--guidance", "1", "--tokens", folder / "drawn.safetensors", "--out", folder / "drawn.png"});
    ASSERT_EQ(drawn.exitCode, 0) << drawn.err;
    ASSERT_EQ(tessera({"encode", kSamples + "/coffee.png", "--model", model, "--size", "32", "--out", folder / "own.safetensors"}).exitCode, 0);
    ASSERT_EQ(tessera({"encode", kSamples + "/portrait.jpg", "--model", model, "--size", "32", "--out", folder / "other.safetensors"}).exitCode, 0);
    const auto alike = [](const std::vector<double>& a, const std::vector<double>& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0, std::plus<>(), std::equal_to<>()); };
    const std::vector<double> ours = codes("drawn.safetensors"), own = codes("own.safetensors"), other = codes("other.safetensors");
    ASSERT_EQ(ours.size(), 2u * 2 * 3);
    ASSERT_EQ(own.size(), ours.size());
    EXPECT_GT(alike(ours, own), alike(ours, other));
}

TEST_F(TrainRecipes, AFlowLearnsTheTokensOfNamesByTheirOwnStatistics) {
    ASSERT_EQ(train(tesseraMini(), "tokens").exitCode, 0);
    json content = raeFlow();
    content["run"]["steps"] = content["run"]["evaluate_every"] = 150;
    content["optimiser"]["rate"] = 1e-2;
    const ProcessResult result = train(content, "flow");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const std::vector<double> losses = values(folder / "flow", "velocity");
    EXPECT_NEAR(losses.front(), 2, 0.6) << "a velocity of nothing, of latents and noise of variance 1";
    EXPECT_LT(losses.back(), 0.6 * losses.front());
    EXPECT_TRUE(contents(folder / "flow/model/model.safetensors") == contents(folder / "tokens/model/model.safetensors")) << "the tokenizer stays as it is";
    const auto statistics = tessera::readTensorFile(folder / "flow/model/flow_generator/statistics.safetensors");
    ASSERT_TRUE(statistics) << toLine(statistics.error());
    const std::vector<double> means = valuesOf(statistics.value().at("mean")), variances = valuesOf(statistics.value().at("var"));
    ASSERT_EQ(means.size(), 32u * 2 * 2);
    for (std::size_t i = 0; i < means.size(); ++i) {
        EXPECT_EQ(means[i], means[i / 4 * 4]) << "one for each channel";
        EXPECT_GT(variances[i], 0);
    }
    EXPECT_NE(means[0], means[4]);

    const std::string model = folder / "flow/model/flow_generator";
    const ProcessResult drawn = tessera({"--json", "generate", "coffee", "--model", model, "--guidance", "1", "--out", folder / "drawn.png"});
    ASSERT_EQ(drawn.exitCode, 0) << drawn.err;
    EXPECT_TRUE(fs::exists(folder / "drawn.png"));
}

TEST_F(TrainRecipes, WhatIsMadeIsReadByItsFamily) {
    const std::string picture = kSamples + "/coffee.png";
    for (const json& content : {vilaU(), openVision3()}) {
        const std::string name = content["recipe"];
        ASSERT_EQ(train(content, name).exitCode, 0);
        const ProcessResult seen = tessera({"--json", "reconstruct", picture, "--model", folder / (name + "/model")});
        EXPECT_EQ(seen.exitCode, 0) << seen.err;
    }
    // The frozen part stays what it was, and stands alone: its weights were those of another model's file.
    EXPECT_FALSE(json::parse(contents(folder / "openvision3/model/vae/config.json")).contains("weights_of"));
    const auto latents = [&](const std::string& model, const char* name) {
        EXPECT_EQ(tessera({"encode", picture, "--model", model, "--size", "64", "--out", folder / name}).exitCode, 0);
        return valuesOf(tessera::readTensorFile(folder / name).value().at("latents"));
    };
    EXPECT_EQ(latents(folder / "openvision3/model/vae", "frozen.safetensors"), latents("mini-autoencoder", "own.safetensors"));
    // A model that starts from another one's configs alone.
    json again = siglip();
    ASSERT_EQ(train(again, "first").exitCode, 0);
    fs::copy(folder / "first/model", folder / "configs");
    fs::remove(folder / "configs/model.safetensors");
    again["model"] = {{"start", folder / "configs"}, {"fresh", true}};
    const ProcessResult result = train(again, "again");
    EXPECT_EQ(result.exitCode, 0) << result.err;
    EXPECT_EQ(values(folder / "again", "total"), values(folder / "first", "total")) << "the same seed draws the same weights";
}

TEST_F(TrainRecipes, AnAlignedTowerTakesOverTheSiglip) {
    ASSERT_EQ(train(siglip(), "siglip").exitCode, 0);
    json content = vilaU();
    content["model"]["make"]["aligned"] = folder / "siglip/model";
    const auto tensorOf = [&](const std::string& path, const std::string& name) {
        const auto file = tessera::readTensorFile(folder / path);
        if (!file || !file.value().contains(name)) return std::string();
        const auto& bytes = file.value().at(name).bytes;
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    const std::string text = "text_model.head.weight", vision = "vision_model.post_layernorm.weight", patches = "vision_model.embeddings.patch_embedding.weight";
    for (const std::string init : {"aligned", "aligned_text", "scratch"}) {
        SCOPED_TRACE(init);
        content["model"]["make"]["init"] = init;
        ASSERT_EQ(train(content, init).exitCode, 0);
        const std::string start = init + "/start/vision_tower/model.safetensors", end = init + "/model/vision_tower/model.safetensors", in = "rqvaesiglip.siglip_model.";
        const auto trained = tensorOf("siglip/model/model.safetensors", patches), words = tensorOf("siglip/model/model.safetensors", text);
        ASSERT_FALSE(trained.empty() || words.empty());
        EXPECT_EQ(tensorOf(start, in + patches) == trained, init == "aligned");
        EXPECT_EQ(tensorOf(start, in + text) == words, init != "scratch");
        EXPECT_TRUE(tensorOf(end, in + text) == tensorOf(start, in + text)) << "texts are frozen";
        EXPECT_FALSE(tensorOf(end, in + patches) == tensorOf(start, in + patches));
    }
    content["model"]["make"]["init"] = "aligned";
    content["model"]["make"].erase("aligned");
    expectRefused(content, "model.make.aligned names the model of a siglip run");
}

TEST_F(TrainRecipes, ABranchThatIsOffIsNotComputed) {
    const auto held = [&](json content, std::initializer_list<std::pair<const char*, double>> weights, const std::string& run) {
        for (const auto& [name, value] : weights) content["settings"]["weights"][name] = value;
        content["run"]["steps"] = 2;
        const ProcessResult result = train(content, run);
        EXPECT_EQ(result.exitCode, 0) << result.err;
        return report(run)["held_out"];
    };
    const json all = held(openVision3(), {}, "all"), words = held(openVision3(), {{"rec", 0}}, "words"), paint = held(openVision3(), {{"und", 0}}, "paint"), mute = held(openVision3(), {{"caption", 0}}, "mute"),
               captions = held(openVision3(), {{"contrastive", 0}}, "captions");
    EXPECT_TRUE(all.contains("image") && all.contains("caption") && all.contains("contrastive") && all.contains("psnr"));
    EXPECT_FALSE(words.contains("image") || words.contains("psnr"));
    EXPECT_FALSE(paint.contains("caption") || paint.contains("contrastive") || paint.contains("top1"));
    EXPECT_TRUE(mute.contains("contrastive") && !mute.contains("caption"));
    EXPECT_TRUE(captions.contains("caption") && !captions.contains("contrastive") && !captions.contains("top1"));
    const json codes = held(vilaU(), {{"reconstruction", 0}}, "codes"), picture = held(vilaU(), {{"contrastive", 0}}, "picture");
    EXPECT_FALSE(codes.contains("l1") || codes.contains("psnr"));
    EXPECT_FALSE(picture.contains("contrastive") || picture.contains("top1"));
    EXPECT_TRUE(picture.contains("perplexity.2"));
}

TEST_F(TrainRecipes, CodesStartFromDataAndDeadOnesAreRestarted) {
    json content = vilaU();
    content["run"]["steps"] = 1;
    content["optimiser"]["rate"] = 0;
    ASSERT_EQ(train(content, "k-means").exitCode, 0);
    content["settings"]["k_means_batches"] = 0;
    content["settings"]["restart_below"] = 0;
    ASSERT_EQ(train(content, "drawn").exitCode, 0);
    for (const char* depth : {"0", "1", "2"}) EXPECT_EQ(values(folder / "k-means", std::string("used.") + depth).front(), 8) << "every centre has its tokens";
    EXPECT_LT(values(folder / "k-means", "commitment").front(), 0.7 * values(folder / "drawn", "commitment").front());
    // Codes that nothing takes come back as residuals.
    content["model"]["make"]["codes"] = 64;
    content["run"]["steps"] = 12;
    content["settings"]["decay"] = 0.5;
    ASSERT_EQ(train(content, "dying").exitCode, 0);
    content["settings"]["restart_below"] = 0.3;
    ASSERT_EQ(train(content, "restarted").exitCode, 0);
    EXPECT_GT(values(folder / "restarted", "used.0").back(), 1.2 * values(folder / "dying", "used.0").back());
}

TEST_F(TrainRecipes, PicturesOfOneTextAreEachOthersPositives) {
    const fs::path pictures = folder / "pictures";
    fs::create_directories(pictures);
    for (const char* name : {"coffee.png", "portrait.jpg", "watermill.png"}) {
        fs::copy_file(fs::path(kSamples) / name, pictures / name);
        std::ofstream((pictures / name).replace_extension(".txt")) << "thing\n";
    }
    json content = siglip();
    content["run"]["steps"] = 1;
    content["run"]["batch"] = 3;
    content["data"][0]["path"] = pictures.string();
    for (const char* variant : {"sigmoid", "softmax"}) {
        SCOPED_TRACE(variant);
        content["settings"] = {{"variant", variant}, {"positives", "own"}};
        ASSERT_EQ(train(content, std::string(variant) + "-own").exitCode, 0);
        content["settings"]["positives"] = "same_text";
        ASSERT_EQ(train(content, std::string(variant) + "-same").exitCode, 0);
    }
    const auto loss = [&](const std::string& run) { return values(folder / run, "total").front(); };
    // All nine pairs belong together, while temperature and bias begin by expecting few to.
    EXPECT_GT(loss("sigmoid-same"), 2 * loss("sigmoid-own"));
    // Equal texts cannot be told apart: a row's share is one in three whichever of them counts.
    EXPECT_GE(loss("softmax-same"), std::log(3.0) - 1e-5);
    EXPECT_NEAR(loss("softmax-own"), loss("softmax-same"), 0.2);
}

TEST_F(TrainRecipes, ABadTableIsOneSentence) {
    const auto with = [](json content, const std::function<void(json&)>& change) {
        change(content);
        return content;
    };
    expectRefused(with(siglip(), [](json& c) { c["settings"]["temperature"] = 1; }), "there is no key settings.temperature");
    expectRefused(with(siglip(), [](json& c) { c["model"]["make"]["colour"] = 1; }), "there is no key model.make.colour");
    expectRefused(with(siglip(), [](json& c) { c["model"]["make"]["text"]["depth"] = 1; }), "there is no key model.make.text.depth");
    expectRefused(with(siglip(), [](json& c) { c["model"]["make"].erase("width"); }), "model.make.width");
    expectRefused(with(siglip(), [](json& c) { c["model"]["make"]["heads"] = 5; }), "heads");
    expectRefused(with(siglip(), [](json& c) { c["model"]["make"]["vocabulary"] = kSamples + "/coffee.png"; }), "no list of word pieces");
    expectRefused(with(siglip(), [](json& c) { c["model"]["start"] = "x"; }), "model.start and model.make are both there");
    expectRefused(with(siglip(), [](json& c) { c["settings"]["variant"] = "hinge"; }), "use sigmoid or softmax");
    expectRefused(with(siglip(), [](json& c) { c["data"][0]["names"] = false; }), "a picture has no text");
    expectRefused(with(siglip(), [](json& c) { c["run"]["stage"] = {{{"share", 0.5}, {"side", 16}}, {{"share", 0.5}}}; }), "pictures of one size only");
    expectRefused(with(openVision3(), [](json& c) { c["run"]["stage"][0]["share"] = 0.2; }), "are not 1 together");
    expectRefused(with(openVision3(), [](json& c) { c["run"]["stage"][0]["side"] = 24; }), "no multiple of 16");
    expectRefused(with(openVision3(), [](json& c) { c["model"]["make"]["vae"] = kSamples; }), "samples");
    expectRefused(with(openVision3(), [](json& c) { c["settings"]["weights"]["rec"] = c["settings"]["weights"]["und"] = 0; }), "no branch has a weight");
    expectRefused(with(tesseraMiniOfKeptLatents(), [](json& c) { c["settings"]["weights"]["mse"] = 1; }), "what is kept has no pixels");
    expectRefused(with(tesseraMiniOfKeptLatents(), [](json& c) { c["settings"]["window"] = 5; }), "window (tokens that fit into that side");
    expectRefused(with(tesseraMiniOfKeptLatents(), [](json& c) { c["settings"]["kept_side"] = 32; }), "kept_side is not the side of the run's first pictures");
    const std::string mini = (kSource / "tests/engine/families/tessera_mini/model").string();
    expectRefused(with(tesseraMiniOfRelatedTexts(mini), [](json& c) { c["settings"]["related"] = "nowhere.tsv"; }), "the list of related texts is not there");
    expectRefused(with(tesseraMiniOfRelatedTexts(mini), [](json& c) { c["settings"]["related_pairs"] = 0; }), "at least one pair is learnt");
    std::ofstream(folder / "alone.tsv") << "coffee\tdrink\nraccoon\n";
    expectRefused(with(tesseraMiniOfRelatedTexts(mini), [](json& c) { c["settings"]["related"] = "alone.tsv"; }), "alone.tsv:2");
    expectRefused(with(tesseraMiniOfRelatedTexts(mini), [](json& c) { c["settings"]["related"] = 5; }), "settings.related is no path");
    expectRefused(with(tesseraMiniOfRelatedTexts(mini), [](json& c) { c["settings"]["weights"]["contrastive"] = c["settings"]["weights"]["local"] = 0; }), "related texts are learnt beside words");
    expectRefused(with(tesseraMiniOfKeptTokens(mini), [](json& c) { c["settings"]["collages"] = 5; }), "settings.collages");
    expectRefused(with(tesseraMiniOfKeptTokens(mini), [](json& c) { c["settings"]["weights"]["local"] = 0; }), "collages are of kept pictures");
    expectRefused(with(vilaULm(2), [](json&) {}), "settings.interleaved");
    expectRefused(with(siglip(), [](json& c) { c["data"][0]["only"] = {"coffee", "emoji-"}; }), "no picture's name begins with emoji-");
    expectRefused(tesseraMiniLanguage(), "the trained tessera-mini is not there");
    expectRefused(with(tesseraMiniLanguage(), [](json& c) { c["model"]["make"].erase("tokenizer"); }), "model.make.tokenizer names the trained tessera-mini");
    expectRefused(with(tesseraMiniLanguage(), [](json& c) { c["model"] = {{"start", (kSource / "tests/engine/families/tessera_mini/model").string()}}; }), "this tessera-mini has no language model");
    expectRefused(maskedTokens(), "the trained tessera-mini is not there");
    expectRefused(with(maskedTokens(), [](json& c) { c["model"]["make"]["tokenizer"] = (kSource / "tests/engine/families/tessera_mini/model").string(), c["model"]["make"]["heads"] = 5; }), "5 heads do not divide 32 channels");
    expectRefused(with(maskedTokens(), [](json& c) { c["model"] = {{"start", (kSource / "tests/engine/families/tessera_mini/model").string()}}; }), "this tessera-mini has no masked_generator");
    expectRefused(with(raeFlow(), [](json& c) { c["model"] = {{"start", (kSource / "tests/engine/families/tessera_mini/model").string()}}; }), "this tessera-mini has no flow_generator");
    expectRefused(with(raeFlow(), [](json& c) { c["model"]["make"]["tokenizer"] = (kSource / "tests/engine/families/tessera_mini/model").string(), c["settings"]["time_dist_type"] = "sometimes"; }), "use uniform, or logit-normal_0_1");
    expectRefused(with(vilaU(), [](json& c) { c["model"]["make"]["init"] = "sideways"; }), "use scratch or aligned");
    expectRefused(with(vilaU(), [](json& c) { c["model"]["make"]["decoder"]["multiples"] = {1, 1, 1, 1, 1, 1, 1}; }), "too many levels");
}

}  // namespace
