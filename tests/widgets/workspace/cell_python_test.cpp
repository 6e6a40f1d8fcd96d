// SPDX-License-Identifier: GPL-3.0-or-later
// The Python of a cell, run where upstream's libraries are, gives the engine's tensors.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/files.h>
#include <tessera/wait.h>

#include "support/process.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"
#include "workspace/cell_recipe.h"
#include "workspace/python_templates.h"

namespace tessera::ui {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path kSamples = fs::path(TESSERA_SOURCE_DIR) / "resources/samples";
const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden";
constexpr double kTolerance = 1e-4;

std::vector<float> floatsOf(const HostTensor& tensor) {
    EXPECT_EQ(tensor.type, DType::F32);
    std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
    std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(float));
    return values;
}

/// The picture's first `channels` channels as [1,channels,H,W].
std::vector<float> planesOf(const Image& image, int channels) {
    std::vector<float> values;
    for (int c = 0; c < channels; ++c)
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) values.push_back(image.at(x, y, c));
    return values;
}

/// The codes that the colours stand for.
std::vector<float> shownCodes(const Picture& picture) {
    std::vector<float> codes;
    for (int y = 0; y < picture.readings.height; ++y)
        for (int x = 0; x < picture.readings.width; ++x) codes.push_back(picture.readings.at(x, y, static_cast<std::size_t>(picture.readings.shown)));
    return codes;
}

/// Row after row, without the first columns; at most `most` of the others.
std::vector<float> tableOf(const Picture& picture, std::size_t without, std::size_t most = 100) {
    std::vector<float> values;
    const std::size_t columns = picture.table.columns.size();
    for (std::size_t i = 0; i < picture.table.values.size(); ++i) {
        if (i % columns >= without && i % columns < without + most) values.push_back(static_cast<float>(picture.table.values[i]));
    }
    return values;
}

class CellPython : public testing::Test {
protected:
    CellPython() : engine(test::openCpuEngine()) {}

    struct Answer {
        Picture picture;
        TensorMap encoded;
        SourceInfo source;
        ModelInfo model;
        std::optional<ModelInfo> other;  ///< of the cell's own picture under another model
        std::optional<SourceInfo> otherSource;
        LensInfo lens;
    };

    Answer ask(const CellRecipe& cell) {
        Answer answer;
        const auto model = test::openModel(*engine, cell.model.reference);
        EXPECT_TRUE(model) << (model ? "" : toLine(model.error()));
        if (!model) return answer;
        answer.model = model.value();
        const SourceId source = engine->addSource({.path = cell.path});
        const CellRef place{.source = source, .model = answer.model.id};
        Query query{.lens = cell.lens, .cell = place, .parameters = cell.parameters};
        for (const CellRecipe::Other& other : cell.others) {
            const SourceId from = other.own ? source : engine->addSource({.path = other.path});
            const ModelInfo info = infoOf(other.model.reference);
            if (other.own) answer.other = info;
            else answer.otherSource = describe(from);
            query.others.push_back({.source = from, .model = info.id});
        }
        const auto picture = test::askFor(*engine, query);
        EXPECT_TRUE(picture) << (picture ? "" : toLine(picture.error()));
        if (picture) answer.picture = picture.value();
        answer.source = describe(source);
        for (const LensInfo& lens : engine->lenses()) {
            if (lens.name == cell.lens) answer.lens = lens;
        }
        ParameterSet preprocessing;
        for (const char* name : {"size", "crop"}) {
            if (const auto it = cell.parameters.find(name); it != cell.parameters.end()) preprocessing[name] = it->second;
        }
        auto tensors = wait<TensorMap>([&](auto observer) { return engine->encode(place, preprocessing, std::move(observer)); });
        if (tensors) answer.encoded = std::move(tensors).value();
        return answer;
    }
    SourceInfo describe(SourceId source) {
        const auto described = wait<SourceInfo>([&](auto observer) { return engine->describeSource(source, std::move(observer)); });
        return described ? described.value() : SourceInfo();
    }
    ModelInfo infoOf(const std::string& model) {
        const auto opened = test::openModel(*engine, model);
        EXPECT_TRUE(opened) << (opened ? "" : toLine(opened.error()));
        return opened ? opened.value() : ModelInfo();
    }
    Result<std::string> python(const CellRecipe& cell, const Answer& answer) {
        const RecipeFacts facts{.lens = &answer.lens, .model = &answer.model, .source = &answer.source, .otherModel = answer.other ? &*answer.other : nullptr,
                                .otherSource = answer.otherSource ? &*answer.otherSource : nullptr};
        auto program = pythonFor(cell, facts);
        // The action is off for the same reason that a call of it would tell.
        const auto refusal = pythonRefusal(cell, facts);
        EXPECT_EQ(refusal ? toLine(*refusal) : "", program ? "" : toLine(program.error()));
        return program;
    }

    /// Runs the program as a person would, then keeps what it computed.
    TensorMap run(const std::string& program) {
        std::ofstream(folder / "cell.py") << program << "\npixels = (pixels / np.float32(255)).transpose(2, 0, 1)\n"
                                          << "names = [n for n in (\"pixels\", \"image\", \"latents\", \"reconstruction\", \"difference\", \"field\", \"maps\", \"table\") if n in globals()]\n"
                                          << "np.savez(\"tensors.npz\", **{n: np.ascontiguousarray(np.asarray(globals()[n]), dtype=np.float32) for n in names})\n";
        const auto result = test::runProcess({"sh", "-c", "cd \"$1\" && \"$2\" cell.py", "sh", folder.path().string(), std::getenv("TESSERA_PYTHON")}, {{"HF_HUB_OFFLINE", "1"}, {"PYTHONPATH", pythonPath}}, true);
        EXPECT_EQ(result.exitCode, 0) << result.err << "\n" << program;
        said = result.out;
        auto tensors = readTensorFile(folder / "tensors.npz");
        EXPECT_TRUE(tensors) << (tensors ? "" : toLine(tensors.error()));
        return tensors ? std::move(tensors).value() : TensorMap();
    }
    void expectNear(const TensorMap& tensors, const std::string& name, const std::vector<float>& wanted) {
        const auto it = tensors.find(name);
        ASSERT_NE(it, tensors.end()) << name;
        const std::vector<float> got = floatsOf(it->second);
        ASSERT_EQ(got.size(), wanted.size()) << name;
        double worst = 0;
        for (std::size_t i = 0; i < got.size(); ++i) {
            if (got[i] == wanted[i]) continue;  // infinite, both
            ASSERT_TRUE(std::isfinite(got[i]) && std::isfinite(wanted[i])) << name << "[" << i << "] is " << got[i] << ", not " << wanted[i];
            worst = std::max(worst, std::abs(static_cast<double>(got[i]) - wanted[i]));
        }
        std::printf("    %s: largest difference %.2e\n", name.c_str(), worst);
        EXPECT_LE(worst, kTolerance) << name;
    }
    void expectSame(const CellRecipe& cell) {
        SCOPED_TRACE(cell.lens + " of " + cell.path + ", " + cell.model.reference);
        const Answer answer = ask(cell);
        const auto program = python(cell, answer);
        ASSERT_TRUE(program) << toLine(program.error());
        EXPECT_THAT(program.value(), Not(testing::ContainsRegex("@[A-Za-z.]+@"))) << "a word was not filled in";
        const TensorMap tensors = run(program.value());
        if (cell.lens == "source") expectNear(tensors, "pixels", planesOf(answer.picture.image, 3));
        if (cell.lens == "input") expectNear(tensors, "image", planesOf(answer.picture.image, 3));
        if (cell.lens == "reconstruction" || cell.lens == "perturbed" || cell.lens == "depth" || cell.lens == "blend") expectNear(tensors, "reconstruction", planesOf(answer.picture.image, 3));
        if (cell.lens == "difference" || cell.lens == "depth_contribution") expectNear(tensors, "difference", planesOf(answer.picture.image, 3));
        if (cell.lens == "latent_pca") expectNear(tensors, "field", planesOf(answer.picture.image, 3));
        const bool perToken = cell.lens == "latent_channel" || cell.lens == "residual" || cell.lens == "token_norm" || cell.lens == "token_similarity" || cell.lens == "encoder_agreement";
        if (perToken) expectNear(tensors, "field", planesOf(answer.picture.image, 1));
        if (cell.lens == "codes") expectNear(tensors, "field", shownCodes(answer.picture));
        if (cell.lens == "text_similarity") expectNear(tensors, "maps", answer.picture.readings.values);
        // The program has no column that counts the prompts.
        if (cell.lens == "zero_shot") expectNear(tensors, "table", tableOf(answer.picture, 1));
        if (cell.lens == "noise_curve" || cell.lens == "spectrum") expectNear(tensors, "table", tableOf(answer.picture, 0));
        // Neither one that counts the channels nor the divergence, which needs the posterior's variance.
        if (cell.lens == "channel_statistics") expectNear(tensors, "table", tableOf(answer.picture, 1, 4));
        if (cell.lens == "equivariance") expectNear(tensors, cell.parameters.contains("show") ? "difference" : "reconstruction", planesOf(answer.picture.image, 3));
        if (const Measure* cka = answer.picture.measure("cka")) {
            char text[32];
            std::snprintf(text, sizeof text, "linear CKA %.4f", *cka->value);
            EXPECT_THAT(said, HasSubstr(text));
        }
        if (tensors.contains("latents") && cell.lens != "perturbed") expectNear(tensors, "latents", floatsOf(answer.encoded.at("latents")));
        if (const Measure* psnr = answer.picture.measure("psnr"); psnr && cell.lens != "difference") {
            char text[32];
            std::snprintf(text, sizeof text, "PSNR %.2f dB", *psnr->value);
            EXPECT_THAT(said, HasSubstr(text));
        }
    }
    CellRecipe recipe(const std::string& lens, ParameterSet parameters = {}) {
        return {.path = (kSamples / "machu-picchu.jpg").string(), .model = {"mini-autoencoder", Precision::Fp32}, .lens = lens, .parameters = std::move(parameters), .others = {}};
    }

    std::shared_ptr<Engine> engine;
    test::TemporaryFolder folder;
    std::string said, pythonPath;
};

#define NEEDS_PYTHON() \
    if (!std::getenv("TESSERA_PYTHON")) GTEST_SKIP() << "set TESSERA_PYTHON to a Python with torch, diffusers, transformers, open_clip_torch, ftfy, safetensors and Pillow"

TEST_F(CellPython, ComputesTheTensorsOfEveryLensThatItOffers) {
    NEEDS_PYTHON();
    expectSame(recipe("source"));
    expectSame(recipe("input"));
    expectSame(recipe("reconstruction"));
    expectSame(recipe("perturbed", {{"strength", 0.4}, {"seed", std::int64_t(12345)}}));
    expectSame(recipe("perturbed", {{"strength", 0.4}, {"scale", std::string("token_rms")}, {"size", std::int64_t(64)}}));
    expectSame(recipe("latent_pca", {{"size", std::int64_t(64)}}));
    for (const char* kind : {"absolute", "signed", "squared"}) expectSame(recipe("difference", {{"kind", std::string(kind)}, {"size", std::int64_t(64)}}));
    expectSame(recipe("latent_channel", {{"channel", std::int64_t(7)}}));
    expectSame(recipe("channel_statistics"));
    expectSame(recipe("spectrum"));
    expectSame(recipe("spectrum", {{"size", std::int64_t(101)}, {"crop", std::string("whole")}}));
}

TEST_F(CellPython, TransformsTokensAsTheEngineDoes) {
    NEEDS_PYTHON();
    for (const char* transform : {"shift_x", "shift_y", "flip_horizontal", "flip_vertical", "rotate_90", "rotate_180", "rotate_270", "scale_half", "scale_double"}) {
        expectSame(recipe("equivariance", {{"transform", std::string(transform)}, {"amount", std::int64_t(-3)}, {"size", std::int64_t(101)}, {"crop", std::string("whole")}}));
    }
    expectSame(recipe("equivariance", {{"show", std::string("error")}, {"amount", std::int64_t(2)}, {"size", std::int64_t(64)}}));
}

TEST_F(CellPython, ComputesTheCodesOfOurOwnModel) {
    NEEDS_PYTHON();
    const auto coded = [&](const std::string& lens, ParameterSet parameters = {}) {
        CellRecipe cell = recipe(lens, std::move(parameters));
        cell.parameters.emplace("size", std::int64_t(72));
        cell.model.reference = "mini-rvq";
        expectSame(cell);
    };
    for (const char* lens : {"reconstruction", "depth", "residual", "token_norm", "token_similarity", "spectrum", "equivariance"}) coded(lens);
    coded("perturbed", {{"strength", 0.4}});
    for (const char* lens : {"codes", "depth", "depth_contribution", "residual"}) coded(lens, {{"depth", std::int64_t(3)}});
    coded("token_similarity", {{"row", std::int64_t(0)}, {"column", std::int64_t(2)}});
}

TEST_F(CellPython, ComputesTheSameInputForEverySizeCropAndFormat) {
    NEEDS_PYTHON();
    std::vector<std::uint8_t> rgba;
    for (int i = 0; i < 90 * 70; ++i) {
        for (const int factor : {3, 5, 7, 11}) rgba.push_back(static_cast<std::uint8_t>(i * factor + i / 90));
    }
    const std::string odd = folder / "it's \"odd\"\\ @OUT@ \xc3\xbc \xff.png";
    ASSERT_FALSE(writePngFile(odd, Image(90, 70, 4, SharedArray<std::uint8_t>(std::move(rgba)))));
    for (const std::string& path : {(kSamples / "machu-picchu.jpg").string(), (kSamples / "coffee.png").string(), odd}) {
        for (const std::int64_t size : {0, 100, 256}) {
            for (const char* crop : {"square", "whole"}) {
                CellRecipe cell = recipe("input", {{"size", size}, {"crop", std::string(crop)}});
                cell.path = path;
                const Answer answer = ask(cell);
                const auto program = python(cell, answer);
                ASSERT_TRUE(program) << toLine(program.error());
                expectNear(run(program.value()), "image", planesOf(answer.picture.image, 3));
            }
        }
    }
}

TEST_F(CellPython, PadsAsTheEngineDoes) {
    NEEDS_PYTHON();
    expectSame(recipe("reconstruction", {{"size", std::int64_t(101)}, {"crop", std::string("whole")}}));
}

class CellPythonModel : public CellPython, public testing::WithParamInterface<const char*> {};
TEST_P(CellPythonModel, UpstreamsLibraryGivesTheSame) {
    NEEDS_PYTHON();
    CellRecipe cell = recipe("reconstruction", {{"size", std::int64_t(64)}});
    cell.model.reference = (kGolden / GetParam() / "model").string();
    expectSame(cell);
}
INSTANTIATE_TEST_SUITE_P(Golden, CellPythonModel,
                         testing::Values("autoencoder_kl/flux1_dev_vae", "autoencoder_kl/sd_vae_ft_mse_old_attn", "tessera_autoencoder/tiny"),
                         [](const auto& info) {
                             std::string name = info.param;
                             std::replace(name.begin(), name.end(), '/', '_');
                             return name;
                         });

/// Words that the tokenizers clean, cut and do not know.
const std::string kPrompts = "a photo of a small, brown dog|\"it's\" a caf\xc3\xa9\ntwo  cats -- sleeping!|\xc3\x9c" "ber den Wolken_7";

class CellPythonImageText : public CellPython, public testing::WithParamInterface<const char*> {};
TEST_P(CellPythonImageText, UpstreamsLibraryGivesTheSame) {
    NEEDS_PYTHON();
    const std::string model = (kGolden / GetParam() / "model").string();
    const ModelInfo info = infoOf(model);
    const auto same = [&](const std::string& lens, ParameterSet parameters = {}) {
        CellRecipe cell = recipe(lens, std::move(parameters));
        cell.model.reference = model;
        expectSame(cell);
    };
    const auto can = [&](const char* what) { return std::ranges::find(info.capabilities, what) != info.capabilities.end(); };
    const auto text = [](const char* value) { return Value(std::string(value)); };
    same("token_norm", {{"crop", text("square")}});
    same("token_similarity", {{"crop", text("whole")}, {"row", std::int64_t(0)}, {"column", std::int64_t(2)}});
    if (can("decode")) {
        same("reconstruction");
        same("perturbed", {{"strength", 0.4}, {"seed", std::int64_t(7)}, {"draw", text("as_trained")}});
        same("noise_curve", {{"steps", std::int64_t(3)}, {"seeds", std::int64_t(2)}, {"scale", text("token_rms")}});
    }
    if (!can("text")) return;
    for (const std::string& method : info.denseMethods) same("text_similarity", {{"prompts", kPrompts}, {"method", method}});
    same("text_similarity", {{"prompt", text("the \"sky\"")}, {"values", text("probability")}, {"template", text("photo")}, {"show", text("best")}});
    for (const char* around : {"none", "photo", "ensemble"}) same("zero_shot", {{"prompts", kPrompts}, {"template", text(around)}});
}
INSTANTIATE_TEST_SUITE_P(Golden, CellPythonImageText,
                         testing::Values("clip/hf_laion", "clip/openclip_laion", "openvision/v1_so400m_style", "openvision3/complete_captioner", "openvision3/released_safetensors_tok",
                                         "siglip/siglip2_fixed", "llava/llava15_full_single"),
                         [](const auto& info) {
                             std::string name = info.param;
                             std::replace(name.begin(), name.end(), '/', '_');
                             return name;
                         });

TEST_F(CellPython, ComparesTwoEncoders) {
    NEEDS_PYTHON();
    const auto golden = [](const char* name) { return (kGolden / name / "model").string(); };
    const std::vector<std::pair<std::string, std::string>> pairs{{"mini-autoencoder", golden("siglip/siglip2_fixed")},
                                                                 {golden("clip/openclip_laion"), golden("openvision3/complete_captioner")},
                                                                 {golden("llava/llava15_full_single"), golden("clip/hf_laion")}};
    for (const auto& [one, other] : pairs) {
        CellRecipe cell = recipe("encoder_agreement", {{"neighbours", std::int64_t(4)}});
        cell.model.reference = one;
        cell.others.push_back({.own = true, .path = {}, .model = {other, Precision::Fp32}});
        expectSame(cell);
    }
}

TEST_F(CellPython, DrawsFromTwoPictures) {
    NEEDS_PYTHON();
    const auto withOther = [&](const std::string& model, const std::string& lens, ParameterSet parameters) {
        CellRecipe cell = recipe(lens, std::move(parameters));
        cell.model.reference = model;
        cell.parameters.emplace("size", std::int64_t(72));
        cell.others.push_back({.own = false, .path = (kSamples / "coffee.png").string(), .model = cell.model});
        expectSame(cell);
    };
    for (const char* model : {"mini-autoencoder", "mini-rvq"}) {
        withOther(model, "blend", {});
        withOther(model, "blend", {{"amount", 0.3}, {"path", std::string("spherical")}});
        withOther(model, "difference", {});
    }
    withOther("mini-autoencoder", "blend", {{"amount", 1.0}});
}

TEST_F(CellPython, ComparesTheReconstructionsOfTwoModels) {
    NEEDS_PYTHON();
    CellRecipe cell = recipe("difference", {{"kind", std::string("signed")}, {"size", std::int64_t(64)}});
    cell.others.push_back({.own = true, .path = {}, .model = {"mini-rvq", Precision::Fp32}});
    expectSame(cell);
}

TEST_F(CellPython, ComputesACurveOfNoise) {
    NEEDS_PYTHON();
    expectSame(recipe("noise_curve", {{"steps", std::int64_t(4)}, {"seeds", std::int64_t(2)}, {"size", std::int64_t(64)}}));
}

/// A golden case, and where in a folder of clones of upstream's repositories its library lies. UniTok's classes have the released sizes only:
/// see AModelOfYourOwn.
struct Upstream {
    const char *golden, *library;
};
void PrintTo(const Upstream& upstream, std::ostream* stream) {
    *stream << upstream.golden;
}

class CellPythonUpstream : public CellPython, public testing::WithParamInterface<Upstream> {};
TEST_P(CellPythonUpstream, ACloneOfItGivesTheSame) {
    NEEDS_PYTHON();
    const char* clones = std::getenv("TESSERA_PYTHON_CLONES");
    if (!clones || !fs::exists(fs::path(clones) / GetParam().library)) GTEST_SKIP() << "set TESSERA_PYTHON_CLONES to a folder with " << GetParam().library;
    pythonPath = (fs::path(clones) / GetParam().library).string();
    const std::string model = (kGolden / GetParam().golden / "model").string();
    const auto coded = [&](const std::string& lens, ParameterSet parameters = {{"size", std::int64_t(64)}}) {
        CellRecipe cell = recipe(lens, std::move(parameters));
        cell.model.reference = model;
        expectSame(cell);
    };
    for (const char* lens : {"reconstruction", "codes", "token_norm", "depth"}) coded(lens);
    // Depth 1 changes what no code at all decodes to, which is one colour: normalising that magnifies the last bits.
    if (infoOf(model).codes.depths() > 1) coded("depth_contribution", {{"size", std::int64_t(64)}, {"depth", std::int64_t(2)}});
}
INSTANTIATE_TEST_SUITE_P(Golden, CellPythonUpstream,
                         testing::Values(Upstream{"vqgan/noise_taming", "taming-transformers"}, Upstream{"vqgan/llamagen_vq_ds16_c2i", "LlamaGen"}, Upstream{"rq_vae/noise_rq", "rq-vae-transformer"},
                                         Upstream{"rq_vae/split_codebooks_2x2", "rq-vae-transformer"},
                                         Upstream{"vila_u/tower", "vila-u/vila_u/model/multimodal_encoder/rqvaesigliptransformer"},
                                         Upstream{"vila_u/tower_oddgrid", "vila-u/vila_u/model/multimodal_encoder/rqvaesigliptransformer"}),
                         [](const auto& info) {
                             std::string name = info.param.golden;
                             std::replace(name.begin(), name.end(), '/', '_');
                             return name;
                         });

/// Every program that there is, for a model of each layout, is Python. Needs no libraries.
TEST_F(CellPython, EveryProgramCompiles) {
    if (test::runProcess({"python3", "--version"}, {}, true).exitCode != 0) GTEST_SKIP() << "there is no python3";
    std::vector<std::string> command{"python3", "-m", "py_compile"};
    for (const char* model : {"mini-autoencoder", "mini-rvq", "autoencoder_kl/flux1_dev_vae", "autoencoder_kl/flux_ae_bfl", "vqgan/noise_taming", "vqgan/llamagen_vq_ds16_c2i", "rq_vae/noise_rq", "unitok/vitamin_large_tiny", "vila_u/tower",
                              "clip/hf_laion", "clip/openclip_laion", "openvision/v1_so400m_style", "openvision3/complete_captioner", "openvision3/released_safetensors_tok", "siglip/siglip2_fixed",
                              "llava/llava15_full_single"}) {
        CellRecipe cell = recipe("token_norm", {{"size", std::int64_t(64)}});
        if (fs::exists(kGolden / model)) cell.model.reference = (kGolden / model / "model").string();
        else cell.model.reference = model;
        Answer answer = ask(cell);
        answer.other = infoOf("mini-autoencoder");
        const auto can = [&](const std::string& what) { return what == "compute" || std::ranges::find(answer.model.capabilities, what) != answer.model.capabilities.end(); };
        int programs = 0;
        for (const LensInfo& lens : engine->lenses()) {
            if (!std::ranges::all_of(lens.needs, can)) continue;
            cell.lens = lens.name;
            cell.parameters = {};
            cell.others.clear();
            if (lens.others == Others::Required) cell.others.push_back({.own = true, .path = {}, .model = {"mini-autoencoder", Precision::Fp32}});
            for (const auto& [name, value] : std::vector<std::pair<std::string, Value>>{{"side", std::int64_t(0)}, {"basis", std::string("own")}}) {
                if (std::ranges::find(lens.parameters, name, &ParameterSpec::name) != lens.parameters.end()) cell.parameters[name] = value;
            }
            answer.lens = lens;
            const auto program = python(cell, answer);
            if (!program) continue;
            ++programs;
            EXPECT_THAT(program.value(), Not(testing::ContainsRegex("@[A-Za-z.]+@"))) << "a word was not filled in";
            command.push_back(folder / (std::to_string(command.size()) + ".py"));
            std::ofstream(command.back()) << program.value();
        }
        // Of pictures 2, of tokens 6, then of what decodes, what has codes and what knows words.
        // Two cells of one model are asked for under the first alone.
        EXPECT_EQ(programs, 8 + (std::string(model) == "mini-autoencoder") + (can("decode") ? 6 : 0) + (can("quantize") ? 4 : 0) + (can("text") ? 2 : 0)) << model;
    }
    const auto result = test::runProcess(command, {}, true);
    EXPECT_EQ(result.exitCode, 0) << result.err;
}

/// A small autoencoder with the names that BFL and the first Stable Diffusion give its tensors; weights that are no numbers in particular.
class OriginalLayout {
public:
    OriginalLayout(std::string prefix, bool quantConvs) : m_prefix(std::move(prefix)) {
        conv("encoder.conv_in", 32, 3, 3);
        block("encoder.down.0.block.0", 32, 32);
        conv("encoder.down.0.downsample.conv", 32, 32, 3);
        block("encoder.down.1.block.0", 64, 32);
        conv("decoder.conv_in", 64, 4, 3);
        for (const std::string side : {"encoder", "decoder"}) {
            block(side + ".mid.block_1", 64, 64);
            norm(side + ".mid.attn_1.norm", 64);
            for (const char* part : {"q", "k", "v", "proj_out"}) conv(side + ".mid.attn_1." + part, 64, 64, 1);
            block(side + ".mid.block_2", 64, 64);
        }
        block("decoder.up.1.block.0", 64, 64);
        block("decoder.up.1.block.1", 64, 64);
        conv("decoder.up.1.upsample.conv", 64, 64, 3);
        block("decoder.up.0.block.0", 32, 64);
        block("decoder.up.0.block.1", 32, 32);
        norm("encoder.norm_out", 64);
        norm("decoder.norm_out", 32);
        conv("encoder.conv_out", 8, 64, 3);
        conv("decoder.conv_out", 3, 32, 3);
        if (!quantConvs) return;
        conv("quant_conv", 8, 8, 1);
        conv("post_quant_conv", 4, 4, 1);
    }
    const TensorMap& tensors() const { return m_tensors; }

private:
    void add(const std::string& name, std::vector<std::int64_t> shape, double scale, double offset) {
        HostTensor tensor{DType::F32, std::move(shape), {}};
        std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
        for (float& value : values) value = static_cast<float>(offset + scale * std::sin(0.7 * static_cast<double>(m_count++ % 100003)));
        const auto bytes = std::as_bytes(std::span(values));
        tensor.bytes = SharedBytes(std::vector<std::byte>(bytes.begin(), bytes.end()));
        m_tensors[m_prefix + name] = tensor;
    }
    void conv(const std::string& name, int out, int in, int kernel) {
        add(name + ".weight", {out, in, kernel, kernel}, 1.5 / std::sqrt(in * kernel * kernel), 0);
        add(name + ".bias", {out}, 0.1, 0);
    }
    void norm(const std::string& name, int channels) {
        add(name + ".weight", {channels}, 0.2, 1);
        add(name + ".bias", {channels}, 0.1, 0);
    }
    void block(const std::string& name, int out, int in) {
        norm(name + ".norm1", in);
        conv(name + ".conv1", out, in, 3);
        norm(name + ".norm2", out);
        conv(name + ".conv2", out, out, 3);
        if (in != out) conv(name + ".nin_shortcut", out, in, 1);
    }

    std::string m_prefix;
    TensorMap m_tensors;
    std::size_t m_count = 0;
};

TEST_F(CellPython, OriginalLayoutsAreReadByTheirNames) {
    NEEDS_PYTHON();
    CellRecipe cell = recipe("reconstruction", {{"size", std::int64_t(64)}});
    fs::create_directory(folder.path() / "bfl");
    ASSERT_FALSE(writeTensorFile(folder / "bfl/ae.safetensors", OriginalLayout("", false).tensors()));
    ASSERT_FALSE(writeTensorFile(folder / "sd.safetensors", OriginalLayout("first_stage_model.", true).tensors()));
    for (const char* model : {"bfl", "bfl/ae.safetensors", "sd.safetensors"}) {
        cell.model.reference = folder / model;
        expectSame(cell);
    }
}

TEST_F(CellPython, AModelOfYourOwn) {
    NEEDS_PYTHON();
    const char* model = std::getenv("TESSERA_PYTHON_MODEL");
    if (!model) GTEST_SKIP() << "set TESSERA_PYTHON_MODEL to a checkpoint to compare, and PYTHONPATH to a clone of its library where it has one";
    if (const char* library = std::getenv("PYTHONPATH")) pythonPath = library;
    CellRecipe cell = recipe("reconstruction", {{"size", std::int64_t(64)}});
    cell.model.reference = model;
    expectSame(cell);
    for (const std::string& method : infoOf(model).denseMethods) {
        cell.lens = "text_similarity";
        cell.parameters["method"] = method;
        expectSame(cell);
        cell.parameters.erase("method");
        cell.lens = "zero_shot";
        expectSame(cell);
    }
}

TEST_F(CellPython, SaysWhyThereIsNone) {
    const auto reason = [&](const CellRecipe& cell, Answer answer) {
        const auto program = python(cell, answer);
        EXPECT_FALSE(program);
        return program ? std::string() : toLine(program.error());
    };
    const CellRecipe cell = recipe("difference", {{"kind", std::string("flip")}, {"size", std::int64_t(16)}});
    const Answer answer = ask(cell);
    EXPECT_THAT(reason(cell, answer), HasSubstr("FLIP"));
    CellRecipe other = recipe("difference");
    other.path.clear();
    EXPECT_THAT(reason(other, answer), HasSubstr("pasted"));
    other = recipe("difference");
    other.edited = true;
    EXPECT_THAT(reason(other, answer), HasSubstr("tokens of this cell are edited"));
    Answer tokens = answer;
    tokens.source.format = "codes, CSV";
    tokens.source.bitsPerChannel = 0;
    EXPECT_THAT(reason(recipe("difference"), tokens), HasSubstr("a file of tokens is no picture"));
    other = recipe("difference");
    other.others.push_back({.own = false, .path = other.path, .model = {"mini-rvq", Precision::Fp32}});
    EXPECT_THAT(reason(other, answer), HasSubstr("other cells"));
    other.others.front().model = other.model;
    EXPECT_THAT(reason(other, answer), HasSubstr("has not been read yet"));
    Answer two = answer;
    two.otherSource = answer.source;
    two.otherSource->bitsPerChannel = 16;
    EXPECT_THAT(reason(other, two), HasSubstr("16-bit"));
    other.others.front().path.clear();
    EXPECT_THAT(reason(other, two), HasSubstr("pasted"));
    other.others.push_back(other.others.front());
    EXPECT_THAT(reason(other, two), HasSubstr("other cells"));
    Answer changed = answer;
    changed.source.bitsPerChannel = 16;
    EXPECT_THAT(reason(recipe("difference"), changed), HasSubstr("16-bit"));
    changed = answer;
    changed.source.frames = 8;
    EXPECT_THAT(reason(recipe("difference"), changed), HasSubstr("a clip's frames"));
    changed = answer;
    changed.source.notes = {"Adobe RGB converted to sRGB"};
    EXPECT_THAT(reason(recipe("difference"), changed), HasSubstr("Adobe RGB"));
    changed = answer;
    changed.model.family = "nobody_knows";
    EXPECT_THAT(reason(recipe("difference"), changed), HasSubstr("nobody_knows"));
    changed = answer;
    changed.lens.name = "telescope";
    EXPECT_THAT(reason(recipe("telescope"), changed), HasSubstr("telescope"));
    other = recipe("encoder_agreement");
    other.others.push_back({.own = true, .path = {}, .model = {"mini-rvq", Precision::Fp32}});
    changed = answer;
    changed.lens.name = "encoder_agreement";
    EXPECT_THAT(reason(other, changed), HasSubstr("the other model is not open yet"));
    changed = answer;
    changed.model.family = "llava";
    changed.model.layout = "OpenVision 3";
    EXPECT_THAT(reason(recipe("difference"), changed), HasSubstr("models of the family llava in the layout OpenVision 3"));
    changed = answer;
    changed.lens.needs = {"encode", "text"};
    EXPECT_THAT(reason(recipe("difference"), changed), HasSubstr("have no Python code for their text tower"));
    EXPECT_FALSE(pythonFor(recipe("difference"), {}));
}

TEST_F(CellPython, ANameCannotBreakOutOfItsLine) {
    CellRecipe cell = recipe("input");
    Answer answer = ask(cell);
    answer.source.name = "x\nimport os\r.png @OUT@";
    cell.path = "/a\"\nimport os\n\\/x.png";
    const auto program = python(cell, answer);
    ASSERT_TRUE(program);
    EXPECT_THAT(program.value(), Not(HasSubstr("\nimport os")));
    EXPECT_THAT(program.value(), HasSubstr("path = \"/a\\\"\\x0aimport os\\x0a\\\\/x.png\""));
}

TEST(PythonTemplates, EveryFamilyAndLensFileIsEmbedded) {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TESSERA_SOURCE_DIR) / "resources/python")) {
        if (!entry.is_regular_file()) continue;
        ++files;
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        EXPECT_TRUE(std::ranges::any_of(pythonTemplates(), [&](const PythonTemplate& each) { return each.text == text; })) << entry.path();
    }
    EXPECT_EQ(pythonTemplates().size(), static_cast<std::size_t>(files));
}

}  // namespace
}  // namespace tessera::ui
