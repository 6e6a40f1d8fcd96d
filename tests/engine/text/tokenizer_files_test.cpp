// SPDX-License-Identifier: Apache-2.0
// Which tokenizer a folder or file gives, and what tokenizer.json can say. Ids against upstream's own: tests/golden/text.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "support/temporary_folder.h"
#include "text/text_tokenizer.h"

namespace tessera::text {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden/text";

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

/// A tokenizer.json with byte pairs over "a", "b", "ab", " " and the given sections.
json fileWith(const json& sections) {
    json file = {{"model", {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}, {"▁", 3}, {"▁a", 4}, {"Ġ", 5}, {"<unk>", 6}}}, {"merges", {"a b", "▁ a"}}, {"unk_token", "<unk>"}}},
                 {"added_tokens", json::array({{{"id", 7}, {"content", "<s>"}, {"special", true}, {"normalized", false}}})}};
    file.update(sections);
    return file;
}

std::shared_ptr<const TextTokenizer> opened(const json& sections, std::string_view rules = {}) {
    const TemporaryFolder folder;
    write(folder / "tokenizer.json", fileWith(sections).dump());
    return openTokenizer(folder.path(), rules);
}

std::string messageOf(const fs::path& path, std::string_view rules = {}) {
    try {
        openTokenizer(path, rules);
    } catch (const Failure& failure) {
        return failure.what();
    }
    return "no error";
}

TEST(TokenizerFiles, FolderAndFileAndRulesDecideWhichOne) {
    const fs::path clip = kGolden / "clip_bpe_tiny/model";
    EXPECT_EQ(openTokenizer(clip)->ids("dog"), openTokenizer(clip / "tokenizer.json", "hf")->ids("dog"));
    EXPECT_EQ(openTokenizer(clip / "bpe_tiny.txt.gz")->ids("dog"), openTokenizer(clip, "open_clip")->ids("dog"));
    EXPECT_EQ(openTokenizer(kGolden / "siglip_sentencepiece/model")->ids("A dog!"), openTokenizer(kGolden / "siglip_sentencepiece/model", "siglip")->ids("A dog!"));
    EXPECT_EQ(openTokenizer(kGolden / "gemma_siglip2/model")->ids("A Dog"), openTokenizer(kGolden / "gemma_siglip2/model", "hf_lowercased")->ids("A Dog"));
    EXPECT_EQ(openTokenizer(kGolden / "bert_wordpiece_tiny/model")->ids("dog"), openTokenizer(kGolden / "bert_wordpiece_tiny/model/vocab.txt", "wordpiece")->ids("dog"));
}

TEST(TokenizerFiles, AnOpenClipFolderHasOpenClipsRules) {
    const TemporaryFolder folder;
    for (const char* name : {"vocab.json", "merges.txt", "tokenizer.json"}) fs::copy_file(kGolden / "clip_bpe_tiny/model" / name, folder / name);
    write(folder / "open_clip_config.json", R"({"model_cfg": {"text_cfg": {"context_length": 20}}})");
    const auto tokenizer = openTokenizer(folder.path());
    EXPECT_EQ(tokenizer->ids("It\u2019s"), openTokenizer(kGolden / "clip_bpe_tiny/model", "open_clip")->ids("It's"));
    EXPECT_EQ(tokenizer->context().length, 20);
    EXPECT_EQ(tokenizer->context().row(tokenizer->pieces("dog")).size(), 20u);
}

TEST(TokenizerFiles, WhatIsNotThereOrDoesNotFitIsSaid) {
    const TemporaryFolder folder;
    EXPECT_THAT(messageOf(folder / "none"), HasSubstr("there is no such tokenizer"));
    EXPECT_THAT(messageOf(folder.path()), HasSubstr("the folder has no tokenizer"));
    EXPECT_THAT(messageOf(kGolden / "bert_wordpiece_tiny/model", "siglip"), HasSubstr("has no rules called siglip"));
    EXPECT_THAT(messageOf(kGolden / "bert_wordpiece_tiny/model", "whatever"), HasSubstr("use one of open_clip, hf"));
    write(folder / "picture.png", "\x89PNG");
    EXPECT_THAT(messageOf(folder / "picture.png"), HasSubstr("no tokenizer that is known"));
}

TEST(TokenizerFiles, GptTwosPairOfFiles) {
    const TemporaryFolder folder;
    write(folder / "vocab.json", R"({"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4, "!": 5, "<|endoftext|>": 6})");
    write(folder / "merges.txt", "#version: 0.2\na b\nĠ ab\n");
    write(folder / "tokenizer_config.json", R"({"eos_token": "<|endoftext|>", "tokenizer_class": "GPT2Tokenizer"})");
    const auto tokenizer = openTokenizer(folder.path());
    EXPECT_THAT(tokenizer->ids("ab ab!<|endoftext|>"), ElementsAre(3, 4, 5, 6));
    EXPECT_EQ(tokenizer->text(std::vector<int>{3, 4, 5, 6}), "ab ab!");
    EXPECT_EQ(tokenizer->specials().end, 6);
    EXPECT_THAT(openTokenizer(folder / "merges.txt", "hf")->ids(" ab"), ElementsAre(4));
}

TEST(TokenizerJson, StepsOfTheTokenizersLibrary) {
    const json lower = {{"normalizer", {{"type", "Sequence"}, {"normalizers", {{{"type", "Lowercase"}}, {{"type", "Strip"}}, {{"type", "NFKC"}}}}}}};
    EXPECT_THAT(opened(lower)->ids(" ＡB "), ElementsAre(2));
    const json spaces = {{"pre_tokenizer", {{"type", "WhitespaceSplit"}}}};
    EXPECT_THAT(opened(spaces)->ids("a b\u2003ab"), ElementsAre(0, 1, 2));
    const json digits = {{"pre_tokenizer", {{"type", "Split"}, {"pattern", {{"Regex", "b"}}}, {"behavior", "MergedWithPrevious"}}}};
    EXPECT_THAT(opened(digits)->ids("abab"), ElementsAre(2, 2));
    const json isolated = {{"pre_tokenizer", {{"type", "Split"}, {"pattern", {{"String", "b"}}}, {"behavior", "Isolated"}, {"invert", false}}}};
    EXPECT_THAT(opened(isolated)->ids("ab"), ElementsAre(0, 1));
    const json always = {{"pre_tokenizer", {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "always"}, {"split", true}}}};
    EXPECT_THAT(opened(always)->ids("a<s>a"), ElementsAre(4, 7, 4));
    EXPECT_THAT(opened(json::object(), "hf_metaspace_first")->ids("a<s>a"), ElementsAre(4, 7, 0));
    EXPECT_THAT(opened(json::object(), "hf_prepend")->ids("a<s>a"), ElementsAre(4, 7, 4));
}

TEST(TokenizerJson, EndsAndContext) {
    const json ends = {{"post_processor",
                        {{"type", "TemplateProcessing"},
                         {"single", {{{"SpecialToken", {{"id", "<s>"}}}}, {{"Sequence", {{"id", "A"}}}}}},
                         {"special_tokens", {{"<s>", {{"ids", {7}}}}}}}},
                       {"truncation", {{"max_length", 3}}},
                       {"padding", {{"pad_id", 6}}}};
    const auto tokenizer = opened(ends);
    EXPECT_THAT(tokenizer->ids("aab"), ElementsAre(7, 0, 2));
    EXPECT_THAT(tokenizer->ids("aaaa"), ElementsAre(7, 0, 0));
    EXPECT_THAT(tokenizer->context().row(tokenizer->pieces("a")), ElementsAre(7, 0, 6));
    EXPECT_EQ(tokenizer->specials().begin, 7);
    EXPECT_EQ(tokenizer->idOf("<s>"), 7);
    EXPECT_EQ(tokenizer->idCount(), 8);
}

TEST(TextStream, GivesPiecesWhenTheirCharactersAreWhole) {
    const std::shared_ptr<const TextTokenizer> tokenizer = openTokenizer(kGolden / "llama_sentencepiece/model");
    const std::string text = "A dog 😀, naïve 猫!";
    TextStream stream(tokenizer);
    std::string parts;
    for (const int id : tokenizer->ids(text)) {
        const std::string added = stream.add(id);
        EXPECT_THAT(added, testing::Not(HasSubstr("\uFFFD")));
        parts += added;
    }
    EXPECT_EQ(parts + stream.finish(), text);
    EXPECT_EQ(stream.text(), text);

    TextStream broken(tokenizer);
    EXPECT_EQ(broken.add(*tokenizer->idOf("<0xF0>")), "");
    EXPECT_EQ(broken.finish(), "\uFFFD");
}

}  // namespace
}  // namespace tessera::text
