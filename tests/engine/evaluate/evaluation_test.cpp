// SPDX-License-Identifier: Apache-2.0
// Figures over sets of pictures: those that upstream's recorded reconstructions have, and those of a board's cells.
#include <tessera/evaluation.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "engine/train/data/tar_builder.h"
#include "support/golden_case.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// P6 with 16 bits, so that rounding is far below what is compared. `values`: (3, height, width), 0..1.
std::string deepPpm(int width, int height, std::span<const double> values) {
    std::string file = "P6 " + std::to_string(width) + " " + std::to_string(height) + " 65535\n";
    const std::size_t plane = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    for (std::size_t pixel = 0; pixel < plane; ++pixel) {
        for (std::size_t c = 0; c < 3; ++c) {
            const auto sample = static_cast<unsigned>(std::lround(values[c * plane + pixel] * 65535));
            file += static_cast<char>(sample >> 8);
            file += static_cast<char>(sample & 255);
        }
    }
    return file;
}

/// No code of the engine's.
double psnrOf(std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(std::clamp(a[i], 0.0, 1.0) - std::clamp(b[i], 0.0, 1.0), 2);
    return -10 * std::log10(sum / static_cast<double>(a.size()));
}

double errorOf(std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(std::clamp(a[i], 0.0, 1.0) - std::clamp(b[i], 0.0, 1.0));
    return sum / static_cast<double>(a.size());
}

class Evaluation : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    struct Outcome {
        EvaluationReport report;
        std::vector<EvaluationRow> rows;
    };

    static ModelInfo model(const GoldenCase& golden) {
        auto opened = openModel(*s_engine, golden.model().string());
        EXPECT_TRUE(opened) << toLine(opened.error());
        return opened ? opened.value() : ModelInfo();
    }
    static GoldenCase golden(const std::string& name) {
        for (const GoldenCase& each : goldenCases(name.substr(0, name.find('/')))) {
            if (each.name() == name) return each;
        }
        throw std::runtime_error("no golden case " + name);
    }
    std::string write(const std::string& name, const std::string& content) const {
        const fs::path path = m_folder.path() / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }
    /// A case's pictures as files; `values` of every picture one after another.
    std::vector<std::string> written(const GoldenCase& of, const std::string& folder = "pictures") const {
        const HostTensor images = of.tensors("in.").at("in.image");
        const std::vector<double> values = valuesOf(images);
        const std::size_t each = values.size() / static_cast<std::size_t>(images.shape[0]);
        std::vector<std::string> paths;
        for (std::size_t i = 0; i * each < values.size(); ++i) {
            paths.push_back(write(folder + "/" + std::to_string(i) + ".ppm", deepPpm(static_cast<int>(images.shape[3]), static_cast<int>(images.shape[2]), std::span(values).subspan(i * each, each))));
        }
        return paths;
    }
    static EvaluationRequest whole(std::vector<std::string> paths, std::vector<ModelInfo> models) {
        return {.paths = std::move(paths), .models = std::move(models), .preprocessing = {{"size", std::int64_t(0)}, {"crop", std::string("whole")}}};
    }
    static Outcome evaluated(const EvaluationRequest& request) {
        Outcome outcome;
        auto report = evaluateModels(*s_engine, request, {.onRow = [&](const EvaluationRow& row) { outcome.rows.push_back(row); }, .goesOn = {}});
        EXPECT_TRUE(report) << toLine(report.error());
        if (report) outcome.report = report.value();
        return outcome;
    }
    static std::string refusal(const EvaluationRequest& request) {
        const auto report = evaluateModels(*s_engine, request, {});
        return report ? "accepted" : toLine(report.error());
    }
    static double measure(const EvaluationRow& row, const std::string& name) {
        const auto found = std::ranges::find(row.measures, name, &Measure::name);
        return found != row.measures.end() && found->value ? *found->value : std::nan("");
    }
    static const EvaluationFigure& figure(const ModelEvaluation& of, const std::string& name) {
        const auto found = std::ranges::find(of.figures, name, &EvaluationFigure::name);
        if (found == of.figures.end()) throw std::runtime_error("no figure " + name);
        return *found;
    }
    /// Our own small model with a text tower and a tokenizer: tokens of 16 x 16 px.
    static ModelInfo mini() { return model(GoldenCase(fs::path(TESSERA_SOURCE_DIR) / "tests/engine/families/tessera_mini")); }
    static constexpr int kDrawingSide = 64;
    /// A block at some place on grey, and a name beside it.
    struct Drawing {
        std::string name, path;
        int left = 0, top = 0, width = 0, height = 0;
        std::vector<int> rgb;  ///< (side, side, 3)
        bool shows(int x, int y) const { return x >= left && y >= top && x < left + width && y < top + height; }
    };
    Drawing drawing(int number, const std::string& name) const {
        Drawing drawing{.name = name, .path = {}, .left = 3 + 5 * number % 17, .top = 2 + 7 * number % 13, .width = 30 + 3 * number, .height = 40 - 2 * number, .rgb = {}};
        for (int y = 0; y < kDrawingSide; ++y) {
            for (int x = 0; x < kDrawingSide; ++x) {
                const bool shown = drawing.shows(x, y);
                for (const int value : {150 + 97 * x * (number + 1) % 100, 31 * number, 13 * y % 256}) drawing.rgb.push_back(shown ? value : 40 + number);
            }
        }
        drawing.path = write("drawings/" + std::to_string(number) + ".ppm", ppm(drawing.rgb, kDrawingSide));
        write("drawings/" + std::to_string(number) + ".json", R"({"texts": [")" + name + R"(", "thing"], "named": true})");
        return drawing;
    }
    std::vector<Drawing> eightDrawings() const {
        std::vector<Drawing> all;
        for (const char* name : {"red apple", "a cat", "cats", "apple of cat", "cats of a", "a cat apple", "apple", "red"}) all.push_back(drawing(static_cast<int>(all.size()), name));
        return all;
    }
    static std::string ppm(const std::vector<int>& rgb, int side) {
        std::string file = "P6 " + std::to_string(side) + " " + std::to_string(side) + " 255\n";
        for (const int value : rgb) file += static_cast<char>(value);
        return file;
    }
    EvaluationRequest inCollages(std::vector<ModelInfo> models) const {
        EvaluationRequest request{.paths = {m_folder / "drawings"}, .models = std::move(models), .preprocessing = {{"size", std::int64_t(2 * kDrawingSide)}, {"crop", std::string("square")}}};
        request.tasks = {.reconstruction = false, .depths = false, .codes = false, .latents = false, .zeroShot = false, .collages = true};
        return request;
    }
    Picture cell(const std::string& lens, const std::string& path, const ModelInfo& of, ParameterSet parameters, const ParameterSet& preprocessing) const {
        parameters.insert(preprocessing.begin(), preprocessing.end());
        const SourceId source = s_engine->addSource({.path = path});
        auto result = askFor(*s_engine, {lens, {.source = source, .model = of.id}, std::move(parameters)});
        s_engine->removeSource(source);
        EXPECT_TRUE(result) << toLine(result.error());
        return result ? std::move(result).value() : Picture();
    }

    static inline std::shared_ptr<Engine> s_engine;
    TemporaryFolder m_folder;
};

TEST_F(Evaluation, FiguresOfEveryDepthAreThoseOfTheRecordedReconstructions) {
    const GoldenCase tower = golden("vila_u/tower");
    const TensorMap recorded = tower.tensors("out.");
    const std::vector<double> input = valuesOf(tower.tensors("in.").at("in.image")), codes = valuesOf(recorded.at("out.codes"));
    const auto outcome = evaluated(whole(written(tower), {model(tower)}));
    ASSERT_EQ(outcome.rows.size(), 2u);
    const ModelEvaluation& result = outcome.report.models.at(0);
    const std::size_t each = input.size() / 2;
    const auto psnrs = [&](const std::string& tensor) {
        const std::vector<double> values = valuesOf(recorded.at(tensor));
        return std::array{psnrOf(std::span(input).subspan(0, each), std::span(values).subspan(0, each)), psnrOf(std::span(input).subspan(each), std::span(values).subspan(each))};
    };
    for (int depth = 1; depth <= 4; ++depth) {
        const auto expected = psnrs("out.reconstruction.depth" + std::to_string(depth - 1));
        const std::string name = "psnr_depth_" + std::to_string(depth);
        for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(measure(outcome.rows[i], name), expected[i], 1e-3) << name;
        EXPECT_NEAR(figure(result, name).mean, (expected[0] + expected[1]) / 2, 1e-3);
        EXPECT_NEAR(figure(result, name).standardError, std::abs(expected[0] - expected[1]) / 2, 1e-3);
    }
    const std::vector<double> reconstruction = valuesOf(recorded.at("out.reconstruction"));
    EXPECT_NEAR(measure(outcome.rows[1], "l1"), errorOf(std::span(input).subspan(each), std::span(reconstruction).subspan(each)), 1e-5);
    EXPECT_EQ(measure(outcome.rows[0], "psnr"), measure(outcome.rows[0], "psnr_depth_4"));

    ASSERT_EQ(result.codes.size(), 4u);
    EXPECT_EQ(result.cells, 2 * 4 * 4);
    for (std::size_t depth = 0; depth < 4; ++depth) {
        std::map<double, double> counts;
        for (std::size_t i = depth; i < codes.size(); i += 4) ++counts[codes[i]];
        double entropy = 0;
        for (const auto& [code, count] : counts) entropy -= count / 32 * std::log2(count / 32);
        EXPECT_EQ(result.codes[depth].used, static_cast<std::int64_t>(counts.size()));
        EXPECT_NEAR(result.codes[depth].entropy, entropy, 1e-9);
        EXPECT_NEAR(result.codes[depth].perplexity, std::exp2(entropy), 1e-9);
    }
    const double bits = 4 * std::log2(static_cast<double>(result.codes[0].codewords));
    EXPECT_NEAR(figure(result, "bits_per_pixel").mean, bits * 16 / (32 * 32), 1e-9);
    EXPECT_LT(result.entropyBitsPerPixel.value(), figure(result, "bits_per_pixel").mean);
}

TEST_F(Evaluation, LatentsAreThoseThatWereRecorded) {
    const GoldenCase tiny = golden("tessera_autoencoder/tiny");
    const TensorMap recorded = tiny.tensors("out.");
    const std::vector<double> latents = valuesOf(recorded.at("out.latents")), logvar = valuesOf(recorded.at("out.logvar")), input = valuesOf(tiny.tensors("in.").at("in.image")), output = valuesOf(recorded.at("out.reconstruction"));
    const auto outcome = evaluated(whole(written(tiny), {model(tiny)}));
    const ModelEvaluation& result = outcome.report.models.at(0);
    const std::size_t plane = 4 * 6, each = 8 * plane, pixels = input.size() / 2;
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_NEAR(measure(outcome.rows[i], "psnr"), psnrOf(std::span(input).subspan(i * pixels, pixels), std::span(output).subspan(i * pixels, pixels)), 2e-3);
        double divergence = 0;
        for (std::size_t k = i * each; k < (i + 1) * each; ++k) divergence += (latents[k] * latents[k] + std::exp(logvar[k]) - 1 - logvar[k]) / 2;
        EXPECT_NEAR(measure(outcome.rows[i], "kl"), divergence, 1e-3 * divergence);
    }
    ASSERT_EQ(result.channels.size(), 8u);
    double all = 0;
    for (const double value : latents) all += value / static_cast<double>(latents.size());
    EXPECT_NEAR(result.latents->mean, all, 1e-3);
    for (std::size_t channel = 0; channel < 8; ++channel) {
        double mean = 0, squares = 0;
        const auto overAll = [&](const auto& visit) {
            for (std::size_t i = 0; i < 2; ++i) {
                for (std::size_t k = 0; k < plane; ++k) visit(latents[i * each + channel * plane + k]);
            }
        };
        overAll([&](double value) { mean += value / (2 * plane); });
        overAll([&](double value) { squares += (value - mean) * (value - mean) / (2 * plane); });
        EXPECT_NEAR(result.channels[channel].mean, mean, 1e-3) << channel;
        EXPECT_NEAR(result.channels[channel].deviation, std::sqrt(squares), 1e-3) << channel;
    }
    EXPECT_THAT(result.codes, IsEmpty());
}

TEST_F(Evaluation, RowsAreTheCellsOfABoard) {
    const GoldenCase quantizer = golden("rq_vae/split_codebooks_2x2"), tiny = golden("tessera_autoencoder/tiny");
    const std::vector<ModelInfo> models{model(quantizer), model(tiny)};
    EvaluationRequest request = whole(written(tiny), models);
    request.preprocessing = {{"size", std::int64_t(24)}, {"crop", std::string("square")}};
    request.strengths = {0.25, 1};
    request.seed = 7;
    const auto outcome = evaluated(request);
    ASSERT_EQ(outcome.rows.size(), 4u);
    for (const EvaluationRow& row : outcome.rows) {
        const ModelInfo& of = models[row.model];
        const auto shown = [&](const std::string& lens, const ParameterSet& parameters) { return cell(lens, row.image, of, parameters, request.preprocessing); };
        const auto expectEqual = [&](const Picture& picture, const std::string& suffix) {
            for (const std::string name : {"psnr", "ssim"}) EXPECT_EQ(measure(row, name + suffix), *picture.measure(name)->value) << name << suffix << of.name;
        };
        const Picture reconstruction = shown("reconstruction", {});
        expectEqual(reconstruction, "");
        EXPECT_EQ(row.width, 24);
        EXPECT_EQ(row.height, 24);
        EXPECT_EQ(row.precision, reconstruction.precision);
        EXPECT_NEAR(measure(row, "l1"), *shown("difference", {}).measure("mean_error")->value, 1e-7);
        for (int depth = 1; depth <= of.codes.depths(); ++depth) expectEqual(shown("depth", {{"depth", std::int64_t(depth)}}), "_depth_" + std::to_string(depth));
        const bool quantizes = of.codes.depths() > 0;
        if (quantizes) {
            EXPECT_EQ(measure(row, "bits_per_pixel"), *shown("depth", {}).measure("rate")->value);
        }
        expectEqual(shown("perturbed", {{"strength", 0.25}, {"seed", std::int64_t(7)}}), "_strength_0.25");
        expectEqual(shown("perturbed", {{"strength", 1.0}, {"seed", std::int64_t(7)}}), "_strength_1");
        if (!quantizes) {
            EXPECT_EQ(measure(row, "kl"), *shown("channel_statistics", {}).measure("kl")->value);
        }
    }
    EXPECT_THAT(evaluationColumns(request), ElementsAre("psnr", "ssim", "l1", "bits_per_pixel", "psnr_depth_1", "psnr_depth_2", "ssim_depth_1", "ssim_depth_2", "psnr_strength_0.25", "ssim_strength_0.25", "psnr_strength_1",
                                                        "ssim_strength_1", "kl"));
}

TEST_F(Evaluation, FolderListShardAndFilesGiveTheSame) {
    const GoldenCase tower = golden("vila_u/tower"), clip = golden("clip/hf_laion");
    const std::vector<std::string> files = written(tower);
    std::ofstream(m_folder / "pictures/0.txt") << "a cat\na tabby\n";
    std::ofstream(m_folder / "pictures/1.json") << R"({"texts": ["a dog", "a hound"], "named": true})";
    const std::string folder = (m_folder.path() / "pictures").string(), list = write("list.txt", "pictures/0.ppm\npictures/1.ppm\n");
    const auto contentOf = [](const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    std::string archive;
    for (const char* name : {"0.ppm", "0.txt", "1.ppm", "1.json"}) archive += tarFile(name, contentOf(folder + "/" + name));
    const std::string shard = write("shard.tar", archive + tarEnd());
    const auto rows = [&](std::vector<std::string> paths) {
        const auto outcome = evaluated(whole(std::move(paths), {model(tower), model(clip)}));
        std::vector<std::tuple<std::vector<Measure>, std::string, std::size_t, std::string>> result;
        for (const EvaluationRow& row : outcome.rows) result.emplace_back(row.measures, row.name, row.nameRank, row.likeliest);
        return result;
    };
    const auto expected = rows(files);
    ASSERT_EQ(expected.size(), 4u);
    EXPECT_EQ(std::get<1>(expected[1]), "a cat");
    EXPECT_EQ(std::get<1>(expected[3]), "a dog");
    EXPECT_EQ(rows({folder}), expected);
    EXPECT_EQ(rows({list}), expected);
    EXPECT_EQ(rows({shard}), expected);
    EXPECT_EQ(rows({files[0], shard}).size(), 6u);
    const auto outcome = evaluated(whole({shard}, {model(tower)}));
    EXPECT_EQ(outcome.rows[1].image, shard + "/1.ppm");
}

TEST_F(Evaluation, ANameIsRankedAsTheLensFindsIt) {
    const GoldenCase clip = golden("clip/hf_laion");
    const ModelInfo info = model(clip);
    const std::vector<std::string> files = written(golden("vila_u/tower"));
    std::vector<std::string> names;
    for (int i = 0; i < 300; ++i) names.push_back("thing " + std::to_string(i));  // more than the lens takes at once
    const auto cosines = [&](const std::string& path) {
        std::map<std::string, double> result;
        for (std::size_t begin : {0, 150}) {
            std::string prompts;
            for (std::size_t i = begin; i < begin + 150; ++i) prompts += names[i] + "|";
            const Table table = cell("zero_shot", path, info, {{"prompts", prompts}, {"template", std::string("photo")}}, whole({}, {}).preprocessing).table;
            for (std::size_t i = 0; i < 150; ++i) result[names[begin + i]] = table.at(i, 1);
        }
        return result;
    };
    std::vector<std::map<std::string, double>> found;
    for (const std::string& file : files) found.push_back(cosines(file));
    const auto likeliest = [](const std::map<std::string, double>& of) { return std::ranges::max_element(of, {}, [](const auto& each) { return each.second; })->first; };
    write("pictures/0.txt", likeliest(found[0]));
    write("pictures/1.txt", names[17]);
    EvaluationRequest request = whole(files, {info});
    request.labels = names;
    request.promptTemplate = "photo";
    const auto outcome = evaluated(request);
    EXPECT_EQ(outcome.rows[0].nameRank, 1u);
    EXPECT_EQ(outcome.rows[1].likeliest, likeliest(found[1]));
    const double own = found[1].at(names[17]);
    const auto ahead = std::ranges::count_if(found[1], [own](const auto& each) { return each.second >= own; });
    EXPECT_EQ(outcome.rows[1].nameRank, static_cast<std::size_t>(ahead));
    const ZeroShotUse& use = outcome.report.models[0].zeroShot.value();
    EXPECT_EQ(use.names, 300u);
    EXPECT_EQ(use.pictures, 2u);
    EXPECT_EQ(use.top1, 1u + (ahead == 1));
    EXPECT_EQ(use.top5, 1u + (ahead <= 5));
}

TEST_F(Evaluation, WhatIsNoNameIsNotLookedFor) {
    const GoldenCase clip = golden("clip/hf_laion");
    const std::vector<std::string> files = written(golden("vila_u/tower"));
    write("pictures/0.json", R"({"texts": ["IMG 4711"], "named": false})");
    EvaluationRequest request = whole(files, {model(clip)});
    auto outcome = evaluated(request);
    EXPECT_FALSE(outcome.report.models[0].zeroShot.has_value());
    EXPECT_THAT(outcome.report.models[0].notes, testing::Contains(HasSubstr("no picture has a name")));
    write("pictures/1.txt", "a|b");
    outcome = evaluated(request);
    EXPECT_THAT(outcome.report.models[0].notes, testing::Contains(HasSubstr("1 picture whose name holds")));
    write("pictures/0.json", "{]");
    outcome = evaluated(request);
    EXPECT_THAT(outcome.report.models[0].notes, testing::Contains(testing::AllOf(HasSubstr("1 picture whose texts cannot be read"), HasSubstr("0.json"))));
    EXPECT_FALSE(outcome.rows[0].problem) << "it is measured all the same";
    write("pictures/0.json", "{}");
    write("pictures/1.txt", "a dog");
    request.labels = {"a cat", "a bird"};
    outcome = evaluated(request);
    EXPECT_THAT(outcome.report.models[0].notes, testing::Contains(HasSubstr("1 picture whose name is not among the labels")));
    EXPECT_EQ(outcome.report.models[0].zeroShot->pictures, 0u);
    request.labels = {"a|b"};
    EXPECT_THAT(refusal(request), HasSubstr("parts names"));
}

TEST_F(Evaluation, ATextTowerWithoutATokenizerLeavesTheRest) {
    const GoldenCase tower = golden("vila_u/tower");
    const std::vector<std::string> files = written(tower);
    write("pictures/0.txt", "a dog");
    EvaluationRequest request = whole(files, {model(tower)});
    request.tasks.collages = false;
    const auto outcome = evaluated(request);
    EXPECT_FALSE(outcome.rows[0].problem);
    EXPECT_GT(measure(outcome.rows[0], "psnr"), 0);
    EXPECT_EQ(outcome.rows[0].nameRank, 0u);
    EXPECT_THAT(outcome.report.models[0].notes, ElementsAre(testing::AllOf(HasSubstr("1 picture: its name is not looked for"), HasSubstr("tokenizer"))));
}

TEST_F(Evaluation, AModelWithoutADecoderTellsWhatItCan) {
    const GoldenCase clip = golden("clip/hf_laion"), tiny = golden("tessera_autoencoder/tiny");
    const auto outcome = evaluated(whole(written(tiny), {model(clip), model(tiny)}));
    ASSERT_EQ(outcome.rows.size(), 4u);
    EXPECT_FALSE(outcome.rows[0].problem) << toLine(*outcome.rows[0].problem);
    EXPECT_THAT(outcome.rows[0].measures, IsEmpty());
    EXPECT_EQ(outcome.rows[0].width, 28);
    EXPECT_EQ(outcome.rows[0].precision, "fp32");
    EXPECT_THAT(outcome.report.models[0].notes, testing::Contains(HasSubstr("no decoder")));
    EXPECT_TRUE(outcome.report.models[0].latents.has_value());
    EXPECT_EQ(outcome.report.models[1].pictures, 2u);
    EXPECT_THAT(outcome.report.models[1].notes, IsEmpty());
}

TEST_F(Evaluation, WhatCannotBeReadIsNamedAndLeftOut) {
    const GoldenCase tiny = golden("tessera_autoencoder/tiny");
    std::vector<std::string> files = written(tiny);
    files.insert(files.begin() + 1, write("broken.ppm", "P6 9 9 255\nxx"));
    files.push_back(write("short.ppm", "P6"));
    const auto outcome = evaluated(whole(files, {model(tiny), model(tiny)}));
    ASSERT_EQ(outcome.rows.size(), 8u);
    EXPECT_TRUE(outcome.report.finished);
    EXPECT_EQ(outcome.report.pictures, 4u);
    EXPECT_EQ(outcome.report.unreadable, 2u);
    EXPECT_EQ(outcome.report.models[1].pictures, 2u);
    EXPECT_EQ(outcome.report.models[1].failed, 2u);
    EXPECT_THAT(toLine(outcome.rows[2].problem.value()), HasSubstr("broken.ppm"));
    EXPECT_THAT(toLine(outcome.rows[7].problem.value()), HasSubstr("short.ppm"));
    EXPECT_FALSE(outcome.rows[4].problem);
    EXPECT_THAT(refusal(whole({m_folder / "gone.ppm"}, {model(tiny)})), HasSubstr("gone.ppm"));
    EXPECT_THAT(refusal(whole(files, {})), HasSubstr("no model"));
}

TEST_F(Evaluation, WhatIsStoppedGivesWhatWasMeasured) {
    const GoldenCase tiny = golden("tessera_autoencoder/tiny");
    const std::vector<std::string> pair = written(tiny);
    std::vector<std::string> many;
    for (int i = 0; i < 20; ++i) many.insert(many.end(), pair.begin(), pair.end());
    std::size_t rows = 0;
    const auto report = evaluateModels(*s_engine, whole(many, {model(tiny)}), {.onRow = [&](const EvaluationRow&) { ++rows; }, .goesOn = [](std::size_t done, std::size_t total) {
                                                                                   EXPECT_EQ(total, 40u);
                                                                                   return done < 3;
                                                                               }});
    ASSERT_TRUE(report);
    EXPECT_FALSE(report.value().finished);
    EXPECT_EQ(report.value().pictures, 3u);
    EXPECT_EQ(rows, 3u);
    EXPECT_EQ(figure(report.value().models[0], "psnr").count, 3u);
    EvaluationRequest limited = whole(many, {model(tiny)});
    limited.limit = 5;
    EXPECT_EQ(evaluated(limited).report.pictures, 5u);
}

TEST_F(Evaluation, NamesInCollagesAreFoundWhereTheLensFindsThem) {
    const std::vector<Drawing> drawings = eightDrawings();
    const ModelInfo info = mini();
    const EvaluationRequest request = inCollages({info, model(golden("clip/hf_laion")), model(golden("tessera_autoencoder/tiny"))});
    const auto outcome = evaluated(request);
    std::vector<double> shares;
    std::int64_t tokens = 0;
    std::size_t inPlace = 0;
    for (std::size_t first : {0, 4}) {
        const int side = 2 * kDrawingSide;
        std::vector<int> rgb;
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                const Drawing& from = drawings[first + static_cast<std::size_t>(y / kDrawingSide * 2 + x / kDrawingSide)];
                for (int c = 0; c < 3; ++c) rgb.push_back(from.rgb[static_cast<std::size_t>((y % kDrawingSide * kDrawingSide + x % kDrawingSide) * 3 + c)]);
            }
        }
        std::string prompts;
        for (std::size_t i = first; i < first + 4; ++i) prompts += drawings[i].name + "|";
        const Readings maps = cell("text_similarity", write("collage" + std::to_string(first) + ".ppm", ppm(rgb, side)), info, {{"prompts", prompts}}, request.preprocessing).readings;
        ASSERT_EQ(maps.width, 8);
        int drawn = 0, found = 0;
        std::array<std::array<double, 4>, 4> sums{};  // names, quarters
        for (int row = 0; row < 8; ++row) {
            for (int column = 0; column < 8; ++column) {
                const auto quarter = static_cast<std::size_t>(row / 4 * 2 + column / 4);
                int shown = 0;
                for (int i = 0; i < 256; ++i) shown += drawings[first + quarter].shows(column % 4 * 16 + i % 16, row % 4 * 16 + i / 16);
                std::array<float, 4> values{};
                for (std::size_t name = 0; name < 4; ++name) sums[name][quarter] += static_cast<double>(values[name] = maps.at(column, row, name));
                if (shown <= 128) continue;
                ++drawn;
                found += std::ranges::max_element(values) - values.begin() == static_cast<std::ptrdiff_t>(quarter);
            }
        }
        shares.push_back(static_cast<double>(found) / drawn);
        tokens += drawn;
        for (std::size_t name = 0; name < 4; ++name) inPlace += std::ranges::max_element(sums[name]) - sums[name].begin() == static_cast<std::ptrdiff_t>(name);
    }
    const CollageUse& use = outcome.report.models[0].collages.value();
    EXPECT_EQ(use.collages, 2u);
    EXPECT_EQ(use.failed, 0u);
    EXPECT_EQ(use.tokens, tokens);
    EXPECT_EQ(use.found.count, 2u);
    EXPECT_NEAR(use.found.mean, (shares[0] + shares[1]) / 2, 1e-12);
    EXPECT_NEAR(use.found.standardError, std::abs(shares[0] - shares[1]) / 2, 1e-12);
    EXPECT_EQ(use.drawings, 8u);
    EXPECT_EQ(use.inPlace, inPlace);
    EXPECT_EQ(outcome.report.models[0].precision, "fp32");
    EXPECT_GT(outcome.report.models[1].collages.value().tokens, 0) << "a model that takes pictures of one side";
    EXPECT_FALSE(outcome.report.models[2].collages.has_value());
    EXPECT_TRUE(outcome.report.finished);
    EXPECT_EQ(outcome.report.pictures, 8u);

    EvaluationRequest less = request;
    less.limit = 7;
    EXPECT_NEAR(evaluated(less).report.models[0].collages.value().found.mean, shares[0], 1e-12) << "the last four are only three";
    less.limit = 0;
    less.models.resize(1);
    less.shuffle = 5;
    EXPECT_EQ(evaluated(less).report.models[0].collages.value().collages, 2u);
    const auto stopped = evaluateModels(*s_engine, request, {.onRow = {}, .goesOn = [](std::size_t done, std::size_t total) {
                                                                 EXPECT_EQ(total, done > 0 ? 10u : total) << "collages are known when the names are";
                                                                 return done < 9;
                                                             }});
    ASSERT_TRUE(stopped);
    EXPECT_FALSE(stopped.value().finished);
    EXPECT_EQ(stopped.value().models[0].collages.value().collages, 1u);
}

TEST_F(Evaluation, WhatIsNoCollageIsTold) {
    eightDrawings();
    const ModelInfo info = mini();
    const auto notes = [](const Outcome& outcome) { return outcome.report.models[0].notes; };
    EvaluationRequest request = inCollages({info});
    request.limit = 3;
    auto outcome = evaluated(request);
    EXPECT_FALSE(outcome.report.models[0].collages.has_value());
    EXPECT_THAT(notes(outcome), ElementsAre(HasSubstr("fewer than four pictures with different names")));
    request.limit = 0;
    request.preprocessing["size"] = std::int64_t(0);
    EXPECT_THAT(notes(evaluated(request)), ElementsAre(HasSubstr("pictures of their own size: no collages")));

    request = inCollages({info});
    write("drawings/2.ppm", "P6 9 9 255\nxx");
    outcome = evaluated(request);
    EXPECT_EQ(outcome.report.models[0].collages.value().collages, 1u);
    EXPECT_EQ(outcome.report.models[0].collages.value().failed, 1u);
    EXPECT_THAT(notes(outcome), ElementsAre(testing::AllOf(HasSubstr("1 collage left out"), HasSubstr("2.ppm"))));

    request.models = {model(golden("vila_u/tower"))};
    outcome = evaluated(request);
    EXPECT_EQ(outcome.report.models[0].collages.value().failed, 2u);
    EXPECT_THAT(notes(outcome), testing::Contains(testing::AllOf(HasSubstr("1 collage left out"), HasSubstr("tokenizer"))));
}

TEST_F(Evaluation, OnlyWhatWasAskedForIsMeasured) {
    const GoldenCase quantizer = golden("rq_vae/split_codebooks_2x2");
    EvaluationRequest request = whole(written(quantizer), {model(quantizer)});
    request.tasks = {.reconstruction = true, .depths = false, .codes = false, .latents = false, .zeroShot = false, .collages = false};
    const auto outcome = evaluated(request);
    std::set<std::string> names;
    for (const Measure& each : outcome.rows[0].measures) names.insert(each.name);
    EXPECT_THAT(names, ElementsAre("bits_per_pixel", "l1", "psnr", "ssim"));
    EXPECT_THAT(outcome.report.models[0].codes, IsEmpty());
    EXPECT_FALSE(outcome.report.models[0].latents.has_value());
}

}  // namespace
}  // namespace tessera::test
