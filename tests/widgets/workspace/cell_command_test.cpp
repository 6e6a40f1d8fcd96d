// SPDX-License-Identifier: GPL-3.0-or-later
// The command of a cell, run in a real shell, gives the picture that the studio has.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/colour_map.h>
#include <tessera/files.h>
#include <tessera/lens_argument.h>
#include <tessera/wait.h>

#include "image/image_file.h"
#include "support/process.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"
#include "workspace/cell_recipe.h"

namespace tessera::ui {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path kSamples = fs::path(TESSERA_SOURCE_DIR) / "resources/samples";
const std::string kModel = "mini-autoencoder", kCodedModel = "mini-rvq";

test::ProcessResult inShell(const std::string& command, const fs::path& folder) {
    const std::string tools = fs::path(TESSERA_PROGRAM).parent_path().string();
    return test::runProcess({"sh", "-c", "cd \"$1\" && PATH=\"$2:$PATH\" && eval \"$3\"", "sh", folder.string(), tools, command},
                            {{"TESSERA_RESOURCES", TESSERA_SOURCE_DIR "/resources"}}, true);
}

std::vector<std::uint8_t> bytesOf(const Image& image) {
    const auto samples = std::get<SharedArray<std::uint8_t>>(image.toU8Rgb().samples()).span();
    return {samples.begin(), samples.end()};
}

class CellCommand : public testing::Test {
protected:
    CellCommand() : engine(test::openCpuEngine()) {}

    /// What the studio shows for the recipe.
    Image picture(const CellRecipe& cell) {
        Query query{.lens = cell.lens, .cell = {.source = sourceOf(cell.path), .model = modelOf(cell.model), .frame = cell.frame}, .parameters = cell.parameters};
        for (const CellRecipe::Other& other : cell.others) query.others.push_back({.source = other.own ? query.cell.source : sourceOf(other.path), .model = modelOf(other.model), .frame = other.frame});
        const auto answer = test::askFor(*engine, query);
        EXPECT_TRUE(answer) << (answer ? "" : toLine(answer.error()));
        return answer ? rendered(answer.value(), answer.value().mapping, answer.value().legend.value_or(Legend())) : Image();
    }
    /// Runs the command and compares every pixel.
    void expectSame(const CellRecipe& cell) { expectWritten(cell, picture(cell)); }
    void expectWritten(const CellRecipe& cell, const Image& wanted) {
        const std::string command = commandFor(cell);
        SCOPED_TRACE(command);
        ASSERT_FALSE(wanted.empty());
        const auto result = inShell(command, folder.path());
        ASSERT_EQ(result.exitCode, 0) << result.err;
        const fs::path written = folder.path() / outputName(cell);
        ASSERT_TRUE(fs::exists(written)) << result.out;
        const Image got = decodeImage(readFile(written), written.string()).image;
        ASSERT_EQ(got.width(), wanted.width());
        ASSERT_EQ(got.height(), wanted.height());
        EXPECT_TRUE(bytesOf(got) == bytesOf(wanted)) << "the pixels differ";
        fs::remove(written);
    }
    SourceId sourceOf(const std::string& path) { return engine->addSource({.path = path}); }
    ModelId modelOf(const ModelRequest& model) {
        if (model.reference.empty()) return {};
        const auto opened = test::openModel(*engine, model.reference, model.precision);
        EXPECT_TRUE(opened) << (opened ? "" : toLine(opened.error()));
        return opened ? opened.value().id : ModelId{};
    }
    CellRecipe recipe(const std::string& lens, ParameterSet parameters = {}) {
        return {.path = (kSamples / "coffee.png").string(), .model = {kModel, Precision::Fp32}, .lens = lens, .parameters = std::move(parameters), .others = {}};
    }

    /// One that the lens can draw with every parameter it has.
    static std::string modelFor(const LensInfo& lens) {
        // Its last method is the last of all.
        if (std::ranges::find(lens.needs, "text") != lens.needs.end()) return TESSERA_SOURCE_DIR "/tests/golden/siglip/siglip2_fixed/model";
        const bool codes = lens.name == "perturbed" || std::ranges::find(lens.needs, "quantize") != lens.needs.end();
        return codes ? kCodedModel : kModel;
    }
    ModelInfo infoOf(const ModelRequest& model) {
        const auto opened = test::openModel(*engine, model.reference, model.precision);
        EXPECT_TRUE(opened) << (opened ? "" : toLine(opened.error()));
        return opened ? opened.value() : ModelInfo();
    }

    std::shared_ptr<Engine> engine;
    test::TemporaryFolder folder;
};

/// Another value than the lens's own.
Value changed(const ParameterSpec& spec) {
    if (spec.name == "size") return std::int64_t(128);
    if (spec.name == "prompts") return std::string("a dog, asleep|the \"sky\"");
    if (spec.name == "prompt") return std::string("the \"sky\"");
    if (!spec.choices.empty()) return spec.choices.back() == std::get<std::string>(spec.initial) ? spec.choices.front() : spec.choices.back();
    if (const auto* flag = std::get_if<bool>(&spec.initial)) return !*flag;
    if (const auto* whole = std::get_if<std::int64_t>(&spec.initial)) return *whole + 1 <= std::get<std::int64_t>(spec.high) ? *whole + 1 : *whole - 1;
    if (const auto* real = std::get_if<double>(&spec.initial)) {
        const double low = std::get<double>(spec.low), high = std::get<double>(spec.high);
        return *real + 0.3 <= high ? *real + 0.3 : low + (high - low) / 3;
    }
    return spec.initial;
}

TEST_F(CellCommand, EveryLensWithOtherParametersGivesTheSamePixels) {
    for (const LensInfo& lens : engine->lenses()) {
        CellRecipe cell = recipe(lens.name);
        cell.model.reference = modelFor(lens);
        const ModelInfo model = infoOf(cell.model);
        if (lens.needs.empty()) cell.model = {};
        for (const ParameterSpec& spec : lens.parameters) cell.parameters[spec.name] = changed(boundedFor(spec, model));
        // Two pictures of one shape, as such lenses want them.
        if (lens.others == Others::Required) cell.parameters["crop"] = std::string("square");
        // Encoders are compared by one picture.
        if (lens.name == "encoder_agreement") cell.others.push_back({.own = true, .model = {kCodedModel, Precision::Fp32}});
        else if (lens.others == Others::Required) cell.others.push_back({.path = (kSamples / "raccoon.jpg").string(), .model = cell.model});
        expectSame(cell);
    }
}

/// The pixels of a cell whose tokens were edited, by every lens that looks at codes or at what they decode to.
TEST_F(CellCommand, EditedTokensAreNamedByTheirFile) {
    const ModelRequest model{kCodedModel, Precision::Fp32};
    const ParameterSet size{{"size", std::int64_t(64)}};
    const CellRef found{.source = sourceOf((kSamples / "coffee.png").string()), .model = modelOf(model)};
    // One code changed and one dropped; the file is what `encode` gives of that cell.
    const EditId edit = engine->addEdit({.rows = 4, .columns = 4, .depths = 8, .changes = {{1, 2, 0, 7}, {3, 0, 5, -1}}});
    CellRef cell = found;
    cell.edit = edit;
    const auto tensors = wait<TensorMap>([&](auto observer) { return engine->encode(cell, size, std::move(observer)); });
    ASSERT_TRUE(tensors) << toLine(tensors.error());
    for (const char* ending : {".csv", ".npz"}) ASSERT_FALSE(writeTensorFile(folder / (std::string("edited") + ending), tensors.value()));
    int lenses = 0;
    for (const LensInfo& lens : engine->lenses()) {
        const bool sees = std::ranges::find(lens.needs, "decode") != lens.needs.end() || std::ranges::find(lens.needs, "quantize") != lens.needs.end();
        if (!sees || lens.others == Others::Required) continue;
        SCOPED_TRACE(lens.name);
        CellRecipe edited = recipe(lens.name, size);
        edited.model = model;
        edited.edited = true;
        EXPECT_TRUE(needsTokenFile(edited));
        EXPECT_EQ(commandFor(edited), "");
        edited.tokens = folder / (lenses++ % 2 == 0 ? "edited.csv" : "edited.npz");
        const auto wanted = test::askFor(*engine, {.lens = lens.name, .cell = cell, .parameters = edited.parameters});
        ASSERT_TRUE(wanted) << toLine(wanted.error());
        expectWritten(edited, rendered(wanted.value(), wanted.value().mapping, wanted.value().legend.value_or(Legend())));
    }
    EXPECT_GE(lenses, 9);
    const auto refused = inShell("tessera render " + (kSamples / "coffee.png").string() + " --model mini-rvq --lens reconstruction:size=96 --tokens " + folder / "edited.csv --out x.png", folder.path());
    EXPECT_EQ(refused.exitCode, 1);
    EXPECT_THAT(refused.err, HasSubstr("this file holds 4 × 4 × 8 codes, and the cell has 6 × 6 × 8 codes"));
    EXPECT_THAT(refused.err, HasSubstr("edited.csv"));
}

/// A row that is a file of tokens has the same command as a picture.
TEST_F(CellCommand, AFileOfTokensIsASource) {
    const ModelRequest model{kCodedModel, Precision::Fp32};
    const auto tensors = wait<TensorMap>([&](auto observer) { return engine->encode({.source = sourceOf((kSamples / "coffee.png").string()), .model = modelOf(model)}, {{"size", std::int64_t(64)}}, std::move(observer)); });
    ASSERT_TRUE(tensors);
    ASSERT_FALSE(writeTensorFile(folder / "tokens.npz", tensors.value()));
    for (const char* lens : {"reconstruction", "codes", "depth_contribution", "residual", "token_norm", "influence"}) {
        CellRecipe cell = recipe(lens);
        cell.path = folder / "tokens.npz";
        cell.model = model;
        expectSame(cell);
    }
    CellRecipe graft = recipe("graft", {{"size", std::int64_t(64)}});
    graft.model = model;
    graft.others.push_back({.path = folder / "tokens.npz", .model = model});
    expectSame(graft);
}

TEST_F(CellCommand, WhatHasNoCommandSaysWhy) {
    CellRecipe cell = recipe("graft");
    EXPECT_FALSE(commandRefusal(cell));
    cell.others.push_back({.path = "/b.png", .model = cell.model, .edited = true});
    ASSERT_TRUE(commandRefusal(cell));
    EXPECT_THAT(toLine(*commandRefusal(cell)), HasSubstr("another one whose tokens are edited"));
    EXPECT_EQ(commandFor(cell), "");
    cell.path.clear();
    EXPECT_THAT(toLine(*commandRefusal(cell)), HasSubstr("pasted"));
}

TEST_F(CellCommand, ReferencesAreNamed) {
    for (const LensInfo& lens : engine->lenses()) {
        if (lens.others != Others::Reference) continue;
        CellRecipe cell = recipe(lens.name, {{"size", std::int64_t(64)}});
        cell.model.reference = modelFor(lens);
        cell.others.push_back({.path = (kSamples / "raccoon.jpg").string(), .model = cell.model});
        expectSame(cell);
        cell.others[0].model.precision = Precision::Bf16;
        expectSame(cell);
        cell.others[0] = {.own = true, .path = {}, .model = {cell.model.reference, Precision::Bf16}};
        expectSame(cell);
    }
}

TEST_F(CellCommand, ABoardOfOthersIsNamed) {
    for (const LensInfo& lens : engine->lenses()) {
        if (lens.others != Others::Board) continue;
        CellRecipe cell = recipe(lens.name, {{"size", std::int64_t(64)}});
        for (const ParameterSpec& spec : lens.parameters) {
            if (std::ranges::find(spec.choices, "shared") != spec.choices.end()) cell.parameters[spec.name] = std::string("shared");
        }
        cell.others.push_back({.own = true, .path = {}, .model = cell.model});
        for (const char* name : {"raccoon.jpg", "watermill.png"}) cell.others.push_back({.path = (kSamples / name).string(), .model = cell.model});
        expectSame(cell);
    }
}

TEST_F(CellCommand, AFrameOfAClipIsNamed) {
    std::vector<Image> frames;
    for (const char* name : {"coffee.png", "raccoon.jpg", "watermill.png"}) frames.push_back(picture({.path = (kSamples / name).string(), .model = {}, .lens = "input", .parameters = {{"size", std::int64_t(64)}}, .others = {}}));
    const std::string clip = folder / "clip.webp";
    ASSERT_FALSE(writeClipFile(clip, frames, 8));
    CellRecipe cell = recipe("difference", {{"size", std::int64_t(64)}});
    cell.path = clip;
    for (cell.frame = 0; cell.frame < 3; ++cell.frame) expectSame(cell);
    cell.frame = 2;
    EXPECT_EQ(outputName(cell), "clip-3-difference.png");
    // The same picture under another model is the same frame; of another clip none can be named.
    cell.others.push_back({.own = true, .path = {}, .model = {kCodedModel, Precision::Fp32}, .frame = 2});
    expectSame(cell);
    cell.others[0] = {.path = clip, .model = cell.model, .frame = 0};
    expectSame(cell);
    cell.others[0].frame = 1;
    ASSERT_TRUE(commandRefusal(cell));
    EXPECT_THAT(toLine(*commandRefusal(cell)), HasSubstr("a later frame of another clip"));
}

TEST_F(CellCommand, SizesAndCropsGiveTheSamePixels) {
    for (const std::int64_t size : {0, 64, 100}) {
        for (const char* crop : {"square", "whole"}) {
            if (size == 0 && std::string(crop) == "whole") continue;  // the slowest of them tells nothing new
            expectSame(recipe("reconstruction", {{"size", size}, {"crop", std::string(crop)}}));
        }
    }
}

TEST_F(CellCommand, PrecisionDeviceAndThreadsAreNamed) {
    CellRecipe cell = recipe("reconstruction", {{"size", std::int64_t(64)}});
    cell.model.precision = Precision::Bf16;
    expectSame(cell);
    cell.device = "cpu";
    cell.threads = 1;
    const std::string command = commandFor(cell);
    EXPECT_THAT(command, HasSubstr("--device cpu"));
    EXPECT_THAT(command, HasSubstr("--threads 1"));
    EXPECT_THAT(command, HasSubstr("mini-autoencoder@bf16"));
    EXPECT_EQ(inShell(command, folder.path()).exitCode, 0);
    cell.model.precision = Precision::Auto;
    cell.device = "auto";
    cell.threads = 0;
    EXPECT_THAT(commandFor(cell), testing::AllOf(Not(HasSubstr("--device")), Not(HasSubstr("--threads")), Not(HasSubstr("@"))));
}

TEST_F(CellCommand, NoFileNameIsTooOdd) {
    for (const std::string name : {"with space.png", "it's.png", "quo\"te.png", "line\nbreak.png", "Grüße 東京 🦝.png", "-dash.png", "$HOME `id` $(id).png", "back\\slash.png", "tab\there\r.png",
                                   "not\xff\xfetext.png", "%s%n.png", "{a,b}*?.png", "#x.png", "~.png", "!x.png", ";ls.png", "a=b,c:d.png"}) {
        const fs::path path = folder.path() / name;
        fs::copy_file(kSamples / "coffee.png", path);
        CellRecipe cell = recipe("input", {{"size", std::int64_t(16)}});
        cell.path = path.string();
        cell.model = {};
        expectSame(cell);
        fs::remove(path);
    }
}

/// The lens's word of the command, as a POSIX shell hands it over.
std::string lensWordInShell(const std::string& command) {
    const auto words = test::runProcess({"sh", "-c", "tessera() { for word; do printf '%s\\001' \"$word\"; done; }; eval \"$1\"", "sh", command}, {}, true);
    EXPECT_EQ(words.exitCode, 0) << words.err;
    const std::string before = std::string("--lens\001");
    const std::size_t begin = words.out.find(before) + before.size();
    return words.out.substr(begin, words.out.find('\001', begin) - begin);
}

TEST_F(CellCommand, PromptsComeThroughTheShellAsTheyWereTyped) {
    const std::string siglip = TESSERA_SOURCE_DIR "/tests/golden/siglip/siglip2_fixed/model";
    for (const std::string& prompt : {std::string("a dog, asleep"), std::string(",a,,b,"), std::string("it's \"wet\" grass"), std::string("Grüße aus Köln 🦝"), std::string("two\nlines\n"), std::string("a=b:c,prompt=x"),
                                      std::string("$HOME `id` $(id) \\n %s !x #y ~"), std::string(" blanks "), std::string("tab\there"), std::string("no \xff text"), std::string("|bar|")}) {
        for (const LensInfo& lens : engine->lenses()) {
            if (std::ranges::find(lens.needs, "text") == lens.needs.end()) continue;
            CellRecipe cell = recipe(lens.name, {{"prompts", prompt + "|the sky"}, {"template", std::string("photo")}});
            if (std::ranges::find(lens.parameters, "prompt", &ParameterSpec::name) != lens.parameters.end()) cell.parameters["prompt"] = prompt;
            const std::string command = commandFor(cell);
            const auto query = parsedLens(lensWordInShell(command), engine->lenses());
            ASSERT_TRUE(query) << toLine(query.error()) << " in " << command;
            EXPECT_EQ(query.value().lens, lens.name);
            EXPECT_EQ(query.value().parameters, cell.parameters) << command;
        }
    }
    for (const char* lens : {"text_similarity", "zero_shot"}) {
        CellRecipe cell = recipe(lens, {{"prompts", std::string("a dog, asleep\nGrüße, \"Köln\"|it's ,, $(id)")}});
        cell.model.reference = siglip;
        expectSame(cell);
    }
}

TEST_F(CellCommand, ALongNameIsCutBetweenLetters) {
    CellRecipe cell = recipe("latent_channel");
    cell.path = "/x/a";
    for (int i = 0; i < 120; ++i) cell.path += "ü";
    cell.path += ".png";
    const std::string name = outputName(cell);
    EXPECT_LT(name.size(), 200u);
    EXPECT_THAT(name, testing::EndsWith("ü-latent_channel.png"));
}

TEST_F(CellCommand, APastedPictureHasNone) {
    CellRecipe cell = recipe("input");
    cell.path.clear();
    EXPECT_EQ(commandFor(cell), "");
    cell = recipe("input");
    cell.others.push_back({});
    EXPECT_EQ(commandFor(cell), "");
    cell.others = {{.own = true, .path = {}, .model = {"a", Precision::Auto}}, {.own = false, .path = "/b.png", .model = {"b", Precision::Auto}}};
    EXPECT_EQ(commandFor(cell), "") << "several models";
}

TEST(ShellWord, EveryByteComesThroughAShell) {
    std::string all;
    for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
    for (const std::string& text : {all, std::string(), std::string("plain-word_1.png"), std::string("'"), std::string("\n"), std::string("a\n\nb\n"), std::string("\xc3"), std::string("ü\xc3ü")}) {
        const auto result = test::runProcess({"sh", "-c", "printf %s " + shellWord(text)}, {}, true);
        EXPECT_EQ(result.out, text);
        EXPECT_EQ(result.err, "");
    }
    EXPECT_EQ(shellWord("plain-word_1.png"), "plain-word_1.png");
    EXPECT_EQ(shellWord("it's here"), "'it'\\''s here'");
    EXPECT_EQ(shellWord(""), "''");
}

}  // namespace
}  // namespace tessera::ui
