// SPDX-License-Identifier: Apache-2.0
// The command line as a person meets it: exit codes, one-line errors, files written.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "support/process.h"
#include "support/temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera::test;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kSamples = std::string(TESSERA_SOURCE_DIR) + "/resources/samples";
const std::string kGolden = std::string(TESSERA_SOURCE_DIR) + "/tests/golden";

ProcessResult tessera(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TESSERA_PROGRAM);
    return runProcess(arguments, {}, true);
}

std::vector<std::string> samples() {
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(kSamples)) {
        if (entry.path().extension() == ".png" || entry.path().extension() == ".jpg") paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

void expectOneLineError(const ProcessResult& result, int exitCode, const std::string& part) {
    EXPECT_EQ(result.exitCode, exitCode) << result.err;
    EXPECT_THAT(result.out, IsEmpty());
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("tessera: "));
    EXPECT_THAT(result.err, HasSubstr(part));
}

TEST(CommandLine, ReconstructPrintsPsnrAndWritesEverySample) {
    TemporaryFolder out;
    std::vector<std::string> arguments{"--json", "reconstruct", "--model", "mini-autoencoder", "--out", out.path().string()};
    const auto images = samples();
    ASSERT_EQ(images.size(), 6u);
    arguments.insert(arguments.end(), images.begin(), images.end());
    const auto result = tessera(arguments);
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json report = json::parse(result.out);
    ASSERT_EQ(report.size(), images.size());
    for (const json& entry : report) {
        EXPECT_GT(entry["psnr"].get<double>(), 20) << entry;
        EXPECT_GT(entry["ssim"].get<double>(), 0.5) << entry;
        EXPECT_EQ(entry["width"], 256);
        EXPECT_TRUE(fs::exists(entry["out"].get<std::string>())) << entry;
    }
}

TEST(CommandLine, ReconstructsInBf16WithinATenthOfADecibelOfFp32) {
    std::vector<std::string> tail{"--json", "reconstruct", "--model", "mini-autoencoder"};
    const auto images = samples();
    tail.insert(tail.end(), images.begin(), images.end());
    std::vector<std::string> exact{"--precision", "fp32"}, fast{"--precision", "bf16"};
    exact.insert(exact.end(), tail.begin(), tail.end());
    fast.insert(fast.end(), tail.begin(), tail.end());
    const auto a = tessera(exact), b = tessera(fast);
    ASSERT_EQ(a.exitCode, 0) << a.err;
    ASSERT_EQ(b.exitCode, 0) << b.err;
    const json fp32 = json::parse(a.out), bf16 = json::parse(b.out);
    bool differs = false;
    for (std::size_t i = 0; i < images.size(); ++i) {
        EXPECT_EQ(fp32[i]["precision"], "fp32");
        EXPECT_EQ(bf16[i]["precision"], "bf16");
        EXPECT_NEAR(fp32[i]["psnr"].get<double>(), bf16[i]["psnr"].get<double>(), 0.1) << images[i];
        differs |= fp32[i]["psnr"] != bf16[i]["psnr"];
    }
    EXPECT_TRUE(differs) << "no bf16 arithmetic ran";
}

TEST(CommandLine, NoiseLowersPsnrAndASeedRepeats) {
    const std::vector<std::string> base{"--json", "reconstruct", samples()[0], "--model", "mini-autoencoder"};
    const auto with = [&](std::vector<std::string> more) {
        std::vector<std::string> all = base;
        all.insert(all.end(), more.begin(), more.end());
        const auto result = tessera(all);
        EXPECT_EQ(result.exitCode, 0) << result.err;
        return json::parse(result.out)[0]["psnr"].get<double>();
    };
    const double clean = with({}), noisy = with({"--noise", "0.5", "--seed", "3"});
    EXPECT_LT(noisy, clean - 1);
    EXPECT_EQ(noisy, with({"--noise", "0.5", "--seed", "3"}));
    EXPECT_NE(noisy, with({"--noise", "0.5", "--seed", "4"}));
}

TEST(CommandLine, OneBadImageDoesNotStopTheOthers) {
    TemporaryFolder folder;
    std::ofstream(folder / "broken.png") << "this is no picture";
    const auto result = tessera({"reconstruct", folder / "broken.png", samples()[0], folder / "missing.jpg", "--model", "mini-autoencoder"});
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_EQ(linesOf(result.err).size(), 2u) << result.err;
    EXPECT_THAT(result.err, HasSubstr("broken.png"));
    EXPECT_THAT(result.err, HasSubstr("missing.jpg"));
    EXPECT_THAT(result.out, HasSubstr("dB"));
}

TEST(CommandLine, EqualNamesDoNotOverwriteEachOther) {
    TemporaryFolder folder;
    fs::create_directory(folder.path() / "a");
    fs::create_directory(folder.path() / "b");
    fs::copy(samples()[0], folder.path() / "a/x.png");
    fs::copy(samples()[1], folder.path() / "b/x.png");
    const auto result = tessera({"reconstruct", folder / "a/x.png", folder / "b/x.png", "--model", "mini-autoencoder", "--out", folder / "out"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    EXPECT_TRUE(fs::exists(folder.path() / "out/x.png"));
    EXPECT_TRUE(fs::exists(folder.path() / "out/x-2.png"));
}

/// A model, the tensor that its files must hold, its shape, and a format.
using EncodeCase = std::tuple<std::tuple<const char*, const char*, std::vector<std::int64_t>>, const char*>;
class EncodeFormat : public testing::TestWithParam<EncodeCase> {};
TEST_P(EncodeFormat, DecodesToWhatReconstructGives) {
    TemporaryFolder folder;
    const auto& [held, format] = GetParam();
    const auto& [model, tensor, shape] = held;
    const std::string file = folder / (std::string("latents") + format), image = samples()[0];
    auto result = tessera({"--precision", "fp32", "encode", image, "--model", model, "--out", file});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const auto tensors = tessera::readTensorFile(file);
    ASSERT_TRUE(tensors) << toLine(tensors.error());
    EXPECT_EQ(tensors.value().at(tensor).shape, shape);
    result = tessera({"--precision", "fp32", "decode", file, "--model", model, "--out", folder / "out"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    EXPECT_EQ(result.err, "");
    ASSERT_EQ(tessera({"--precision", "fp32", "reconstruct", image, "--model", model, "--out", folder / "direct"}).exitCode, 0);
    const std::string direct = (fs::path(folder / "direct") / fs::path(image).stem()).string() + ".png";
    result = tessera({"--json", "metrics", direct, folder / "out/latents.png"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    EXPECT_EQ(json::parse(result.out)["psnr"], "inf");
}
INSTANTIATE_TEST_SUITE_P(Latents, EncodeFormat, testing::Combine(testing::Values(std::tuple("mini-autoencoder", "latents", std::vector<std::int64_t>{1, 16, 32, 32})), testing::Values(".safetensors", ".npz", ".npy")));
INSTANTIATE_TEST_SUITE_P(Codes, EncodeFormat, testing::Combine(testing::Values(std::tuple("mini-rvq", "codes", std::vector<std::int64_t>{1, 16, 16, 8})), testing::Values(".safetensors", ".npz", ".npy", ".csv")));

TEST(CommandLine, CodesThatDoNotSuitAModelAreToldInOneLine) {
    TemporaryFolder folder;
    const std::string codes = folder / "codes.csv";
    ASSERT_EQ(tessera({"encode", samples()[0], "--model", "mini-rvq", "--size", "64", "--out", codes}).exitCode, 0);
    const auto write = [&](const char* name, const std::string& text) { std::ofstream(folder / name) << text; };
    write("range.csv", "picture,row,column,depth 1,depth 2,depth 3,depth 4,depth 5,depth 6,depth 7,depth 8\n0,0,0,1,1,1,1024,1,1,1,1\n");
    expectOneLineError(tessera({"decode", folder / "range.csv", "--model", "mini-rvq", "--out", folder / "out"}), 1, "the code 1024 at depth 4 is not in the codebook");
    write("depths.csv", "picture,row,column,depth 1,depth 2,depth 3,depth 4,depth 5,depth 6,depth 7,depth 8,depth 9\n0,0,0,1,1,1,1,1,1,1,1,1\n");
    expectOneLineError(tessera({"decode", folder / "depths.csv", "--model", "mini-rvq", "--out", folder / "out"}), 1, "give whole numbers [B, rows, columns, 8]");
    expectOneLineError(tessera({"decode", codes, "--model", "mini-autoencoder", "--out", folder / "out"}), 1, "the file holds codes, and this model has none");
    expectOneLineError(tessera({"encode", samples()[0], "--model", "mini-autoencoder", "--out", folder / "x.csv"}), 1, "a .csv file holds codes");
    // Another model's codes decode to something, and it is said that they are another's.
    const auto other = tessera({"decode", codes, "--model", kGolden + "/../../resources/models/mini-rvq", "--out", folder / "out"});
    EXPECT_EQ(other.exitCode, 0) << other.err;
    EXPECT_EQ(other.err, "");
}

std::string bytesOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void expectSameTensors(const tessera::TensorMap& given, const tessera::TensorMap& wanted) {
    for (const auto& [name, tensor] : wanted) {
        ASSERT_TRUE(given.contains(name)) << name;
        const tessera::HostTensor& other = given.at(name);
        EXPECT_EQ(other.shape, tensor.shape) << name;
        const auto a = other.bytes.span(), b = tensor.bytes.span();
        EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << name;
    }
}

/// Codes leave by every format and come back bit for bit, and decode to the picture that the model makes of the source.
class RoundTrip : public testing::TestWithParam<const char*> {};
TEST_P(RoundTrip, IsExactInEveryFormat) {
    TemporaryFolder folder;
    const std::string model = std::string(GetParam()).find('/') == std::string::npos ? std::string(GetParam()) : kGolden + "/" + GetParam() + "/model";
    const auto run = [&](std::vector<std::string> arguments) {
        const ProcessResult result = tessera(std::move(arguments));
        EXPECT_EQ(result.exitCode, 0) << result.err;
    };
    const std::string image = samples()[0];
    run({"reconstruct", image, "--model", model, "--size", "64", "--out", folder / "direct"});
    std::optional<tessera::TensorMap> first;
    for (const char* format : {"safetensors", "npz", "npy", "csv"}) {
        SCOPED_TRACE(format);
        const std::string file = folder / (std::string("codes.") + format), out = folder / (std::string("decoded-") + format);
        run({"encode", image, "--model", model, "--size", "64", "--out", file});
        auto tensors = tessera::readTensorFile(file);
        ASSERT_TRUE(tensors) << toLine(tensors.error());
        ASSERT_TRUE(tensors.value().contains("codes"));
        if (!first) first = tensors.value();
        expectSameTensors(*first, tensors.value());
        run({"decode", file, "--model", model, "--out", out});
        EXPECT_EQ(bytesOf(out + "/codes.png"), bytesOf(folder / "decoded-safetensors/codes.png"));
    }
    const auto measured = tessera({"--json", "metrics", (fs::path(folder / "direct") / fs::path(image).stem()).string() + ".png", folder / "decoded-csv/codes.png"});
    ASSERT_EQ(measured.exitCode, 0) << measured.err;
    EXPECT_EQ(json::parse(measured.out)["psnr"], "inf");
}
INSTANTIATE_TEST_SUITE_P(Models, RoundTrip, testing::Values("mini-rvq", "vqgan/noise_taming", "vqgan/llamagen_vq_ds16_c2i", "rq_vae/noise_rq", "unitok/vitamin_large_tiny", "vila_u/tower"), [](const auto& info) {
    std::string name = info.param;
    std::ranges::replace_if(name, [](char c) { return c == '/' || c == '-'; }, '_');
    return name;
});

TEST(CommandLine, EncodeTellsWhatItWroteAndWhatItCouldNot) {
    TemporaryFolder folder;
    const auto encode = [&](const std::string& model, const std::string& name) {
        const auto result = tessera({"encode", samples()[0], "--model", model, "--size", "64", "--out", folder / name});
        EXPECT_EQ(result.exitCode, 0) << result.err;
        return result;
    };
    const auto array = encode("mini-rvq", "codes.npy");
    EXPECT_THAT(array.out, HasSubstr("codes         1 x 4 x 4 x 8  int64"));
    EXPECT_EQ(linesOf(array.out).size(), 1u) << array.out;
    EXPECT_EQ(linesOf(array.err).size(), 1u) << array.err;
    EXPECT_THAT(array.err, HasSubstr("holds the codes alone, without latents, logvar, picture_size, the model"));
    const auto table = encode("mini-rvq", "codes.csv");
    EXPECT_THAT(table.out, testing::AllOf(HasSubstr("codes"), HasSubstr("picture_size"), Not(HasSubstr("latents"))));
    EXPECT_EQ(table.err, "");
    const auto latents = encode("mini-autoencoder", "latents.npy");
    EXPECT_THAT(latents.err, HasSubstr("holds the latents alone"));
    const auto all = encode("mini-rvq", "all.npz");
    EXPECT_THAT(all.out, testing::AllOf(HasSubstr("codes"), HasSubstr("latents"), HasSubstr("picture_size")));
    EXPECT_EQ(all.err, "");
    expectOneLineError(tessera({"encode", samples()[0], "--model", "mini-rvq", "--out", folder / "codes.txt"}), 2, "end the name of --out in .safetensors, .npz, .npy or .csv");
    EXPECT_FALSE(fs::exists(folder / "codes.txt"));
}

TEST(CommandLine, TokensOfAnotherKindAreToldInOneLine) {
    TemporaryFolder folder;
    const auto write = [&](const char* name, const std::string& tensor, tessera::DType type, std::vector<std::int64_t> shape, std::size_t bytes) {
        ASSERT_FALSE(tessera::writeTensorFile(folder / name, {{tensor, {type, std::move(shape), tessera::SharedBytes(std::vector<std::byte>(bytes))}}}));
    };
    const auto refused = [&](const char* name, const std::string& part) {
        expectOneLineError(tessera({"decode", folder / name, "--model", "mini-rvq", "--out", folder / "out"}), 1, part);
        EXPECT_FALSE(fs::exists(folder / "out")) << name;
    };
    write("fractions.npz", "codes", tessera::DType::F32, {1, 2, 2, 8}, 128);
    refused("fractions.npz", "its codes are of float32, and should be whole numbers (" + folder / "fractions.npz" + "): save them as int64");
    write("truth.npy", "codes", tessera::DType::Bool, {1, 2, 2, 8}, 32);
    refused("truth.npy", "its codes are of bool");
    write("odd.npz", "latents", tessera::DType::F32, {1, 16, 3, 4}, 768);
    refused("odd.npz", "latents of 4 x 3 cells do not part into tokens of 2 x 2");
    write("flat.npz", "latents", tessera::DType::F32, {16, 4}, 256);
    refused("flat.npz", "its latents have shape [16, 4], and should have [B, C, h, w]");
}

TEST(CommandLine, ARecordingOfAnotherSizeSaysSo) {
    TemporaryFolder folder;
    const auto grey = [](std::int64_t side) {
        const std::vector<float> values(static_cast<std::size_t>(3 * side * side), 0.5F);
        const auto bytes = std::as_bytes(std::span(values));
        return tessera::HostTensor{tessera::DType::F32, {1, 3, side, side}, tessera::SharedBytes(std::vector<std::byte>(bytes.begin(), bytes.end()))};
    };
    const std::string picture = folder / "grey.png", run = folder / "run.safetensors";
    ASSERT_FALSE(tessera::writePngFile(picture, tessera::Image(16, 16, 3, tessera::SharedArray<std::uint8_t>(std::vector<std::uint8_t>(768, 128)))));
    ASSERT_FALSE(tessera::writeTensorFile(run, {{"in.image", grey(16)}, {"out.reconstruction", grey(8)}}));
    const std::string sentence = "recorded at 8 × 8 px, resized to be compared";
    const auto rendered = tessera({"render", picture, "--model", run, "--lens", "reconstruction:size=0", "--out", folder / "cell.png"});
    EXPECT_EQ(rendered.exitCode, 0);
    EXPECT_EQ(rendered.err, "tessera: " + sentence + "\n");
    const auto report = tessera({"--json", "reconstruct", picture, "--model", run, "--size", "0"});
    ASSERT_EQ(report.exitCode, 0) << report.err;
    EXPECT_EQ(json::parse(report.out)[0]["precision"], "recorded");
    EXPECT_THAT(json::parse(report.out)[0]["notes"].get<std::vector<std::string>>(), testing::Contains(sentence));
}

TEST(CommandLine, NamesDoNotBreakTheTable) {
    TemporaryFolder folder;
    const std::string split = folder / "two\nlines.png", wide = folder / (std::string(200, 'w') + ".png");
    for (const std::string& name : {split, wide}) fs::copy_file(samples()[0], name);
    const auto result = tessera({"reconstruct", split, wide, "--model", "mini-autoencoder", "--size", "64"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const std::vector<std::string> lines = linesOf(result.out);
    ASSERT_EQ(lines.size(), 3u) << result.out;
    EXPECT_THAT(lines[1], HasSubstr("two?lines.png"));
    EXPECT_THAT(lines[2], testing::AllOf(HasSubstr("www…www"), HasSubstr("www.png")));
    for (const std::string& line : lines) EXPECT_LT(line.size(), 130u) << line;
}

TEST(CommandLine, MetricsTellWhyAValueIsAbsent) {
    const auto result = tessera({"--json", "metrics", kGolden + "/metrics/images/text_shift_ref.png", kGolden + "/metrics/images/text_shift_test.png"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json report = json::parse(result.out);
    EXPECT_NEAR(report["psnr"].get<double>(), 12.720511725076406, 1e-6);
    EXPECT_TRUE(report["ms_ssim"].is_null());
    EXPECT_THAT(report["ms_ssim_why"].get<std::string>(), HasSubstr("161"));
    EXPECT_TRUE(report["lpips"].is_null());
    EXPECT_THAT(report["lpips_why"].get<std::string>(), HasSubstr("needs weights"));
}

/// The lenses that `render --help` tells of, from the engine's registry.
std::vector<std::string> lensNames() {
    const std::string help = tessera({"render", "--help"}).out;
    std::vector<std::string> names;
    for (const std::string& line : linesOf(help.substr(std::min(help.find("\nLenses:"), help.size())))) {
        if (line.starts_with("  ") && line.size() > 2 && line[2] != ' ') names.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
    return names;
}

/// Codes between the halves of mini-autoencoder: passed by, they change nothing.
TEST(CommandLine, CodesArePassedByOnRequest) {
    TemporaryFolder folder;
    const std::string coded = folder / "coded";
    const auto fitted = tessera({"fit-codebooks", samples()[0], samples()[1], "--model", "mini-autoencoder", "--depths", "2", "--codewords", "16", "--sizes", "64", "--iterations", "2", "--out", coded});
    ASSERT_EQ(fitted.exitCode, 0) << fitted.err;
    const auto rendered = [&](const std::string& name, const std::string& model, const std::string& lens) {
        const std::string file = folder / (name + ".png");
        const auto result = tessera({"--precision", "fp32", "render", samples()[0], "--model", model, "--lens", lens, "--out", file});
        EXPECT_EQ(result.exitCode, 0) << result.err;
        return file;
    };
    const auto same = [](const std::string& a, const std::string& b) { return nlohmann::json::parse(tessera({"--json", "metrics", a, b}).out)["psnr"] == "inf"; };
    for (const std::string lens : {"reconstruction:size=64", "perturbed:size=64,strength=0.5,seed=3", "noise_curve:size=64,steps=3,seeds=1"}) {
        const std::string plain = rendered("plain", "mini-autoencoder", lens);
        EXPECT_TRUE(same(rendered("passed", coded, lens + ",through=continuous"), plain)) << lens;
        EXPECT_FALSE(same(rendered("through", coded, lens), plain)) << lens;
    }
}

TEST(CommandLine, RendersEveryLens) {
    struct Cell {
        std::string lens;
        std::vector<std::string> others;
        std::string model = "mini-autoencoder";
    };
    const std::string coded = "mini-rvq";
    const std::vector<Cell> cells{
        {"source:side=100", {}}, {"input:size=128", {}}, {"reconstruction:size=64", {}}, {"difference:size=64", {}}, {"difference:size=64,kind=signed", {}}, {"difference:size=64,kind=flip", {}}, {"difference:size=64,kind=ssim", {}},
        {"difference:size=64", {"--with", samples()[1]}}, {"difference:size=64", {"--with-model", kGolden + "/tessera_autoencoder/tiny/model"}}, {"spectrum:size=64", {}}, {"latent_pca", {}},
        {"latent_pca:basis=shared", {"--with", samples()[1] + "," + samples()[2]}}, {"latent_channel:channel=3", {}}, {"channel_statistics", {}}, {"perturbed:strength=1.5,seed=2,size=64", {}},
        {"perturbed:size=64,scale=token_rms,draw=as_trained,tau=0.5", {}}, {"equivariance:transform=rotate_90,size=64", {}}, {"equivariance:transform=shift_x,amount=-2,show=error,kind=signed,size=64", {}},
        {"blend:amount=0.3,path=spherical,size=64", {"--with", samples()[1]}},
        {"token_norm", {}}, {"token_similarity:row=3,column=4", {"--with", samples()[1]}}, {"influence:size=64", {}}, {"influence:size=64,show=reach", {}, coded}, {"codes:depth=8", {}, coded}, {"depth:size=64", {}, coded},
        {"depth:size=64,depth=2", {}, coded}, {"depth_contribution:depth=2,size=64", {}, coded}, {"residual", {}, coded}, {"graft:depth=1,size=64", {"--with", samples()[1]}, coded}, {"code_recurrence:match=every_depth", {}, coded}, {"code_change", {}, coded},
        {"perturbed:size=64,strength=0.5,show=flips", {}, coded}, {"noise_curve:size=64,steps=3,seeds=2", {}}, {"encoder_agreement:size=64", {"--with-model", coded}},
        {"picture_similarity:size=64", {"--with", samples()[1]}},
        {"text_similarity:prompts=a dog|the sky", {}, kGolden + "/clip/hf_laion/model"}, {"text_similarity:prompts=a dog|the sky,show=best", {}, kGolden + "/siglip/siglip2_fixed/model"},
        {"zero_shot:prompts=a dog|the sky,template=photo", {}, kGolden + "/openvision3/complete_captioner/model"}};
    TemporaryFolder folder;
    std::set<std::string> drawn;
    for (const Cell& cell : cells) {
        const std::string file = folder / "cell.png";
        fs::remove(file);
        std::vector<std::string> command{"render", samples()[0], "--model", cell.model, "--lens", cell.lens, "--out", file};
        command.insert(command.end(), cell.others.begin(), cell.others.end());
        const auto result = tessera(command);
        EXPECT_EQ(result.exitCode, 0) << cell.lens << ": " << result.err;
        EXPECT_GT(fs::file_size(file), 150u) << cell.lens;
        drawn.insert(cell.lens.substr(0, cell.lens.find(':')));
    }
    const std::vector<std::string> names = lensNames();
    EXPECT_EQ(drawn, std::set<std::string>(names.begin(), names.end())) << "a lens that nobody renders here";
}

TEST(CommandLine, TheWrongNumberOfOtherCellsIsBadUsage) {
    const auto render = [&](const std::string& lens, std::vector<std::string> others) {
        std::vector<std::string> command{"render", samples()[0], "--model", "mini-autoencoder", "--lens", lens, "--out", "x.png"};
        command.insert(command.end(), others.begin(), others.end());
        return tessera(command);
    };
    expectOneLineError(render("blend", {}), 2, "give one picture with --with");
    expectOneLineError(render("spectrum", {"--with", samples()[1]}), 2, "leave out --with and --with-model");
    expectOneLineError(render("difference", {"--with", samples()[1] + "," + samples()[2]}), 2, "one other cell, not with 2");
    expectOneLineError(render("blend", {"--with-model", kGolden + "/tessera_autoencoder/tiny/model"}), 1, "another model");
    expectOneLineError(render("latent_channel:channel=99", {}), 2, "latent channels");
}

TEST(CommandLine, ModelsAreListedAndDescribed) {
    auto result = tessera({"--json", "models", "list"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    EXPECT_EQ(json::parse(result.out)[0]["name"], "mini-autoencoder");
    result = tessera({"--json", "models", "info", kGolden + "/autoencoder_kl/flux_ae_bfl/model"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json info = json::parse(result.out);
    EXPECT_EQ(info["family"], "autoencoder_kl");
    EXPECT_EQ(info["latent_channels"], 16);
}

TEST(CommandLine, BenchPrintsTheContractsKeys) {
    const auto result = tessera({"--json", "bench", "--model", "mini-autoencoder", "--op", "reconstruct", "--size", "64", "--runs", "2"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json report = json::parse(result.out);
    for (const char* key : {"op", "model", "device", "precision", "size", "batch", "runs", "seconds", "items_per_second", "flops_per_second", "peak_rss_bytes"}) EXPECT_TRUE(report.contains(key)) << key;
    for (const char* key : {"median", "min", "max"}) EXPECT_GT(report["seconds"][key].get<double>(), 0) << key;
}

TEST(CommandLine, BenchOfASearchCountsVectorsAndCodes) {
    const auto result = tessera({"--json", "bench", "--model", kGolden + "/rq_vae/noise_rq/model", "--op", "quantize", "--size", "64", "--runs", "2"});
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const json report = json::parse(result.out);
    EXPECT_GT(report["items_per_second"].get<double>(), 0);
    EXPECT_NEAR(report["codes_per_second"].get<double>() / report["items_per_second"].get<double>(), 4, 1e-6);
    expectOneLineError(tessera({"bench", "--model", kGolden + "/autoencoder_kl/flux_ae_bfl/model", "--op", "quantize"}), 1, "cannot quantize");
}

class ParityCase : public testing::TestWithParam<std::string> {};
TEST_P(ParityCase, HoldsInFp32) {
    TemporaryFolder folder;
    const std::string place = kGolden + "/" + GetParam();
    const auto result = tessera({"--device", "cpu", "parity", place + "/model", place + "/reference.safetensors", "--out", folder / "actual.safetensors"});
    EXPECT_EQ(result.exitCode, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("out.reconstruction"));
    EXPECT_TRUE(tessera::readTensorFile(folder / "actual.safetensors"));
}
INSTANTIATE_TEST_SUITE_P(Golden, ParityCase,
                         testing::Values("autoencoder_kl/flux1_dev_vae", "autoencoder_kl/flux_ae_bfl", "autoencoder_kl/sd_vae_ft_mse_old_attn",
                                         "vila_u/generate", "tessera_autoencoder/tiny"),
                         [](const auto& info) {
                             std::string name = info.param;
                             std::replace(name.begin(), name.end(), '/', '_');
                             return name;
                         });

TEST(CommandLine, ParityFailsWhenTheReferenceDiffers) {
    TemporaryFolder folder;
    const std::string place = kGolden + "/tessera_autoencoder/tiny";
    auto tensors = tessera::readTensorFile(place + "/reference.safetensors");
    ASSERT_TRUE(tensors);
    tessera::HostTensor& latents = tensors.value().at("out.latents");
    std::vector<std::byte> bytes(latents.bytes.span().begin(), latents.bytes.span().end());
    const float off = 1000;
    std::memcpy(bytes.data() + 40, &off, sizeof off);
    latents.bytes = tessera::SharedBytes(std::move(bytes));
    ASSERT_FALSE(tessera::writeTensorFile(folder / "reference.safetensors", tensors.value()));
    const auto result = tessera({"parity", place + "/model", folder / "reference.safetensors"});
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_THAT(result.out, HasSubstr("FAIL  out.latents"));
    EXPECT_THAT(result.out, HasSubstr("1 of "));
}

TEST(CommandLine, BadUsageExitsWithTwoAndOneLine) {
    expectOneLineError(tessera({}), 2, "--help");
    expectOneLineError(tessera({"frobnicate"}), 2, "--help");
    expectOneLineError(tessera({"reconstruct", samples()[0]}), 2, "--model");
    expectOneLineError(tessera({"bench", "--model", "mini-autoencoder", "--op", "fly"}), 2, "op");
    expectOneLineError(tessera({"--precision", "fp8", "models", "list"}), 2, "precision");
    expectOneLineError(tessera({"render", samples()[0], "--model", "mini-autoencoder", "--lens", "telescope", "--out", "x.png"}), 2, "difference");
    expectOneLineError(tessera({"render", samples()[0], "--model", "mini-autoencoder", "--lens", "input:size=big", "--out", "x.png"}), 2, "size");
    for (const char* lens : {"input:size=-1", "perturbed:strength=1e9", "codes:depth=0"}) {
        expectOneLineError(tessera({"render", samples()[0], "--model", "mini-rvq", "--lens", lens, "--out", "x.png"}), 2, "is out of range");
    }
    expectOneLineError(tessera({"render", samples()[0], "--model", "mini-rvq", "--lens", "perturbed:strength=nan", "--out", "x.png"}), 2, "not a finite number");
    expectOneLineError(tessera({"compare", samples()[0], "--models", "mini-rvq", "--lens", "perturbed:strength=-1", "--out", "x"}), 2, "is out of range");
    expectOneLineError(tessera({"render", samples()[0], "--lens", "source", "--out", "x.jpg"}), 2, "render writes PNG, not .jpg");
}

TEST(CommandLine, FailedWorkExitsWithOneAndOneLine) {
    TemporaryFolder folder;
    std::ofstream(folder / "empty.safetensors").flush();
    std::ofstream(folder / "page.pt") << "<!DOCTYPE html><html></html>";
    expectOneLineError(tessera({"models", "info", "no-such-model"}), 1, "mini-autoencoder");
    expectOneLineError(tessera({"models", "info", folder / "empty.safetensors"}), 1, "empty");
    expectOneLineError(tessera({"models", "info", folder / "page.pt"}), 1, "page.pt");
    expectOneLineError(tessera({"models", "info", folder.path().string()}), 1, folder.path().string());
    expectOneLineError(tessera({"metrics", samples()[0], folder / "missing.png"}), 1, "missing.png");
    expectOneLineError(tessera({"decode", folder / "missing.npz", "--model", "mini-autoencoder", "--out", folder / "out"}), 1, "missing.npz");
    expectOneLineError(tessera({"--device", "cuda:99", "models", "list"}), 1, "--device cpu");
}

TEST(CommandLine, WrongChoicesAreBadUsage) {
    expectOneLineError(tessera({"--device", "abacus", "models", "list"}), 2, "abacus");
    expectOneLineError(tessera({"render", samples()[0], "--model", "mini-autoencoder", "--lens", "difference:kind=telepathic", "--out", "x.png"}), 2, "absolute");
    expectOneLineError(tessera({"reconstruct", samples()[0], "--model", "mini-autoencoder", "--noise", "nan"}), 2, "noise");
}

TEST(CommandLine, NamesThatAreNoUtf8StillGiveADocument) {
    TemporaryFolder folder;
    const std::string name = folder / "\xff\xfe.png";
    fs::copy_file(samples()[0], name);
    const auto result = tessera({"--json", "reconstruct", name, folder / "\xff missing.png", "--model", "mini-autoencoder"});
    EXPECT_EQ(result.exitCode, 1);
    const json report = json::parse(result.out);
    ASSERT_EQ(report.size(), 2u);
    EXPECT_GT(report[0]["psnr"].get<double>(), 20);
    EXPECT_TRUE(report[1].contains("error"));
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
}

TEST(CommandLine, LatentsThatAreNoNumbersAreNotDecoded) {
    TemporaryFolder folder;
    tessera::HostTensor latents{tessera::DType::F32, {1, 16, 4, 4}, {}};
    const std::vector<float> values(16 * 4 * 4, std::numeric_limits<float>::quiet_NaN());
    const auto bytes = std::as_bytes(std::span(values));
    latents.bytes = tessera::SharedBytes(std::vector<std::byte>(bytes.begin(), bytes.end()));
    ASSERT_FALSE(tessera::writeTensorFile(folder / "nan.npz", {{"latents", latents}}));
    expectOneLineError(tessera({"decode", folder / "nan.npz", "--model", "mini-autoencoder", "--out", folder / "out"}), 1, "NaN");
    EXPECT_FALSE(fs::exists(folder / "out/nan.png"));
}

TEST(CommandLine, AFullDiskUnderTheOutputIsSaid) {
    if (!fs::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
    const auto result = runProcess({"sh", "-c", "exec " TESSERA_PROGRAM " models list >/dev/full"}, {}, true);
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_THAT(result.err, HasSubstr("could not be written"));
}

TEST(CommandLine, EveryCaseBelowAFolderWithSpacesIsCompared) {
    TemporaryFolder folder;
    fs::create_directories(folder / "sp ace");
    fs::copy(kGolden + "/tessera_autoencoder/tiny", folder / "sp ace/case 1", fs::copy_options::recursive);
    const auto result = runProcess({"env", "TESSERA=" TESSERA_PROGRAM, std::string(TESSERA_SOURCE_DIR) + "/tests/parity_all", folder.path().string()}, {}, true);
    EXPECT_EQ(result.exitCode, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("1 hold, 0 fail"));
}

TEST(CommandLine, InterruptLeavesNoHalfWrittenFile) {
    TemporaryFolder folder;
    const auto result = runProcess({"timeout", "--signal=INT", "3", TESSERA_PROGRAM, "reconstruct", samples()[0], "--model", "mini-autoencoder", "--size", "4096", "--out", folder / "out"});
    EXPECT_THAT(result.err, HasSubstr("cancelled"));
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) EXPECT_TRUE(entry.is_directory()) << entry.path();
}

}  // namespace
