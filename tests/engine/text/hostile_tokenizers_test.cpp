// SPDX-License-Identifier: Apache-2.0
// Tokenizer files that are broken or mean harm: one error each, never a hang.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>

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
using testing::HasSubstr;
using testing::Not;

constexpr double kLongest = 20;  // seconds, also on a slow machine

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

json small() {
    return {{"model", {{"type", "BPE"}, {"vocab", {{"a", 0}, {"b", 1}, {"ab", 2}, {"<unk>", 3}}}, {"merges", {"a b"}}, {"unk_token", "<unk>"}}}};
}

/// The error of opening tokenizer.json with that text, or of cutting `text` with it; "" if there is none. All of it in time.
std::string errorOf(const std::string& file, const std::string& text = "abab", const char* name = "tokenizer.json", std::string_view rules = {}) {
    const TemporaryFolder folder;
    write(folder / name, file);
    const auto begin = std::chrono::steady_clock::now();
    std::string error;
    try {
        openTokenizer(folder.path(), rules)->ids(text);
    } catch (const Failure& failure) {
        error = failure.what();
        EXPECT_THAT(error, Not(HasSubstr("\n")));
    }
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), kLongest) << error;
    return error;
}

std::string errorWith(const std::function<void(json&)>& change, const std::string& text = "abab") {
    json file = small();
    change(file);
    return errorOf(file.dump(), text);
}

TEST(HostileTokenizers, NoJson) {
    EXPECT_EQ(errorOf(small().dump()), "");
    for (const char* text : {"", "{", "[1, 2", "nonsense", "{\"model\": \"\xFF\xFE\"}", "{\"model\": \"\\ud800\"}", "version https://git-lfs.github.com/spec/v1", "<html>"}) {
        EXPECT_NE(errorOf(text), "") << text;
    }
    EXPECT_NE(errorOf(std::string(200'000, '[')), "");
    EXPECT_NE(errorOf("[]"), "");
    EXPECT_NE(errorOf("{}"), "");
    EXPECT_NE(errorOf("null"), "");
}

TEST(HostileTokenizers, Vocabularies) {
    EXPECT_THAT(errorWith([](json& file) { file["model"]["vocab"]["c"] = -1; }), HasSubstr("has the id -1"));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["vocab"]["c"] = 1e18; }), HasSubstr("no whole number"));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["vocab"]["c"] = 2'000'000'000; }), HasSubstr("has the id"));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["vocab"]["c"] = 0; }), HasSubstr("the same id"));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["vocab"][std::string(100'000, 'x')] = 9; }), HasSubstr("bytes long"));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["vocab"] = json::array(); }), HasSubstr("no \"vocab\""));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["unk_token"] = "none"; }), HasSubstr("unknown token"));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["type"] = "Unigram"; }), HasSubstr("is not known here"));
}

TEST(HostileTokenizers, Merges) {
    EXPECT_THAT(errorWith([](json& file) { file["model"]["merges"] = {"a c"}; }), HasSubstr("not in the vocabulary"));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["merges"] = {"ab"}; }), HasSubstr("not two pieces"));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["merges"] = {7}; }), HasSubstr("neither"));
    EXPECT_THAT(errorWith([](json& file) { file["model"]["merges"] = {{"a", "b", "c"}}; }), HasSubstr("neither"));
    // The same merge many times, and one whose part is empty, which would make the same piece again and again.
    EXPECT_EQ(errorWith([](json& file) { file["model"]["merges"] = std::vector<std::string>(300'000, "a b"); }), "");
    const std::string cycle = errorWith(
        [](json& file) {
            file["model"]["vocab"][""] = 9;
            file["model"]["merges"] = json::parse(R"([["", "a"], ["a", ""], ["", ""]])");
        },
        std::string(100'000, 'a'));
    EXPECT_EQ(cycle, "");
}

TEST(HostileTokenizers, StepsInStepsAndStepsThatMultiply) {
    json nested = {{"type", "Lowercase"}};
    for (int i = 0; i < 5000; ++i) nested = {{"type", "Sequence"}, {"normalizers", {nested}}};
    EXPECT_THAT(errorWith([&](json& file) { file["normalizer"] = nested; }), HasSubstr("deep"));
    json many = {{"type", "Sequence"}, {"normalizers", json::array()}};
    for (int i = 0; i < 60; ++i) many["normalizers"].push_back({{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}});
    EXPECT_THAT(errorWith([&](json& file) { file["normalizer"] = many; }), HasSubstr("longer than"));
    EXPECT_THAT(errorWith([](json& file) { file["normalizer"] = {{"type", "Replace"}, {"pattern", {{"Regex", "(a*)*$"}}}, {"content", "b"}}; }, std::string(5000, 'a') + "b"), Not(HasSubstr("\n")));
    EXPECT_THAT(errorWith([](json& file) { file["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "(a+)+c"}}}, {"behavior", "Isolated"}}; }, std::string(500, 'a') + "bc"), HasSubstr("pattern"));
    EXPECT_THAT(errorWith([](json& file) { file["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "["}}}, {"behavior", "Isolated"}}; }), HasSubstr("pattern cannot be read"));
    EXPECT_THAT(errorWith([](json& file) { file["normalizer"] = {{"type", "Precompiled"}}; }), HasSubstr("not known here"));
    EXPECT_THAT(errorWith([](json& file) { file["normalizer"] = 7; }), Not(testing::IsEmpty()));
    EXPECT_THAT(errorWith([](json& file) { file["post_processor"] = {{"type", "TemplateProcessing"}, {"single", {{{"SpecialToken", {{"id", "x"}}}}}}}; }), HasSubstr("has no ids"));
    EXPECT_THAT(errorWith([](json& file) { file["added_tokens"] = json::array({{{"id", 9}, {"content", std::string(5000, 'x')}}}); }), HasSubstr("bytes long"));
}

/// Of each the one step is quick enough: they share one limit.
TEST(HostileTokenizers, ManyStepsThatAreEachQuickEnough) {
    const json slow = {{"Regex", "^(a|a)*$"}};
    const std::string word = std::string(22, 'a') + "b ";
    std::string words;
    for (int i = 0; i < 2000; ++i) words += word;
    const auto takesLong = HasSubstr("takes too long on this text");
    EXPECT_THAT(errorWith([&](json& file) {
                    file["normalizer"] = {{"type", "Prepend"}, {"prepend", words}};
                    file["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {{{"type", "WhitespaceSplit"}}, {{"type", "Split"}, {"pattern", slow}, {"behavior", "Isolated"}}}}};
                }), takesLong);
    EXPECT_THAT(errorWith([&](json& file) {
                    file["normalizer"] = {{"type", "Replace"}, {"pattern", slow}, {"content", "c"}};
                    for (int i = 0; i < 2000; ++i) file["added_tokens"].push_back({{"id", 10 + i}, {"content", word + std::to_string(i)}, {"normalized", true}});
                }), takesLong);
    EXPECT_THAT(errorWith([&](json& file) {
                    json many = {{"type", "Sequence"}, {"normalizers", std::vector<json>(64, {{"type", "NFKD"}})}};
                    for (int i = 0; i < 2; ++i) many = {{"type", "Sequence"}, {"normalizers", std::vector<json>(40, many)}};
                    file["normalizer"] = {{"type", "Sequence"}, {"normalizers", {{{"type", "Prepend"}, {"prepend", std::string(1 << 20, 'a')}}, many}}};
                }), takesLong);
}

TEST(HostileTokenizers, ListsOfLines) {
    EXPECT_NE(errorOf("a\nb\na\n", "a", "vocab.txt"), "");              // no [UNK], and a piece twice
    EXPECT_NE(errorOf("[UNK]\n\xFF\n", "a", "vocab.txt"), "");
    EXPECT_EQ(errorOf("[UNK]\na", "a", "vocab.txt"), "");
    EXPECT_NE(errorOf("\x1f\x8b\x08 broken", "a", "bpe_simple_vocab_16e6.txt.gz"), "");
    EXPECT_NE(errorOf("heading\nno pair here at all\n", "a", "bpe_simple_vocab_16e6.txt"), "");
    EXPECT_NE(errorOf("heading\nx y\nx y", "a", "bpe_simple_vocab_16e6.txt"), "");  // the same piece twice
    EXPECT_EQ(errorOf("heading\nx y", "a", "bpe_simple_vocab_16e6.txt"), "");
}

TEST(HostileTokenizers, TextsThatAreNoUtf8OrLong) {
    EXPECT_THAT(errorOf(small().dump(), "a\xFF"), HasSubstr("not UTF-8"));
    EXPECT_EQ(errorOf(small().dump(), std::string(1 << 20, 'a')), "");
}

}  // namespace
}  // namespace tessera::text
