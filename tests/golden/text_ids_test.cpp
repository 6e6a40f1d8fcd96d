// SPDX-License-Identifier: Apache-2.0
// Every string of tests/golden/text gives upstream's ids through `tessera text-ids`, and upstream's rows through the library. The cases called *_real need a
// vocabulary that is not ours to ship: TESSERA_VOCABULARIES names a folder that holds it.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "support/process.h"
#include "text/text_tokenizer.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden/text";

json expectedOf(const std::string& name) { return json::parse(std::ifstream(kGolden / name / "expected.json")); }

/// The folder of a case's tokenizer, or of the vocabulary that it names, if that is at hand.
std::optional<fs::path> tokenizerOf(const std::string& name) {
    if (fs::exists(kGolden / name / "model")) return kGolden / name / "model";
    const json vocabulary = expectedOf(name).at("vocabulary");
    const char* folder = std::getenv("TESSERA_VOCABULARIES");
    if (folder == nullptr) return std::nullopt;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file() || entry.file_size() != vocabulary.at("bytes").get<std::uintmax_t>()) continue;
        const auto sum = test::runProcess({"sha256sum", entry.path().string()});
        if (sum.out.starts_with(vocabulary.at("sha256").get<std::string>())) return entry.path();
    }
    return std::nullopt;
}

void expectIds(const json& expected, const std::string& rules, const fs::path& tokenizer, const fs::path& strings) {
    const auto run = test::runProcess({TESSERA_PROGRAM, "--json", "text-ids", "--tokenizer", tokenizer.string(), "--rules", rules, "--file", strings.string()});
    ASSERT_EQ(run.exitCode, 0) << run.err;
    const json actual = json::parse(run.out);
    const json& ids = expected.at("ids").at(rules);
    ASSERT_EQ(actual.size(), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(actual[i], ids[i]) << tokenizer << " " << rules << " " << expected["strings"][i];
}

class TextIds : public testing::TestWithParam<std::string> {};

TEST_P(TextIds, AreUpstreams) {
    const auto tokenizer = tokenizerOf(GetParam());
    if (!tokenizer) GTEST_SKIP() << "the real vocabulary is not at hand: set TESSERA_VOCABULARIES to a folder with it";
    const json expected = expectedOf(GetParam());
    for (const auto& [rules, ids] : expected.at("ids").items()) {
        if (rules != "sentencepiece_normalized") expectIds(expected, rules, *tokenizer, kGolden / GetParam() / "expected.json");  // that one holds texts
    }
}

INSTANTIATE_TEST_SUITE_P(Upstream, TextIds,
                         testing::Values("bert_wordpiece_real", "bert_wordpiece_tiny", "clip_bpe_real", "clip_bpe_tiny", "gemma_siglip2", "llama_sentencepiece", "siglip_sentencepiece"),
                         [](const auto& info) { return info.param; });

TEST(TextIds, AreTheSameFromEveryFileOfAVocabulary) {
    for (const auto& [name, rules, files] : std::vector<std::tuple<std::string, std::string, std::vector<std::string>>>{
             {"clip_bpe_tiny", "open_clip", {"vocab.json", "merges.txt", "tokenizer.json", "bpe_tiny.txt.gz"}},
             {"clip_bpe_tiny", "hf", {"vocab.json", "tokenizer.json", "bpe_tiny.txt.gz"}},
             {"gemma_siglip2", "hf", {"tokenizer.json", "tokenizer.model"}},
             {"llama_sentencepiece", "hf_prepend", {"tokenizer.json", "tokenizer_metaspace.json", "tokenizer.model"}},
             {"llama_sentencepiece", "hf_metaspace_first", {"tokenizer.json", "tokenizer_metaspace.json", "tokenizer.model"}}}) {
        for (const std::string& file : files) expectIds(expectedOf(name), rules, kGolden / name / "model" / file, kGolden / name / "expected.json");
    }
}

TEST(TextRows, AreUpstreams) {
    const std::string name = "bert_wordpiece_tiny";
    const auto tokenizer = text::openTokenizer(kGolden / name / "model");
    const TensorMap tensors = readTensorFile((kGolden / name / "reference.safetensors").string()).value();
    const HostTensor& rows = tensors.at("out.padded");
    const auto* at = reinterpret_cast<const std::int64_t*>(rows.bytes.data());
    for (const auto& string : expectedOf(name).at("strings")) {
        const std::vector<int> row = tokenizer->context().row(tokenizer->pieces(string.get<std::string>()));
        EXPECT_THAT(row, testing::ElementsAreArray(at, at + rows.shape[1])) << string;
        at += rows.shape[1];
    }
}

TEST(TextOfIds, IsUpstreams) {
    for (const auto& [name, rules, key] : std::vector<std::tuple<std::string, std::string, std::string>>{
             {"clip_bpe_tiny", "open_clip", "decoded_open_clip"}, {"llama_sentencepiece", "hf_prepend", "decoded_hf_prepend"}, {"llama_sentencepiece", "sentencepiece_raw", "decoded_sentencepiece"}}) {
        const auto tokenizer = text::openTokenizer(kGolden / name / "model", rules);
        const json expected = expectedOf(name);
        for (std::size_t i = 0; i < expected["strings"].size(); ++i) {
            std::string text = expected[key][i];
            if (rules == "open_clip" && text == "<start_of_text>") text.clear();  // special ids have no text here
            if (rules == "open_clip" && text.ends_with(' ')) text.pop_back();     // nor has a word a space behind it
            EXPECT_EQ(tokenizer->text(expected["ids"][rules][i].get<std::vector<int>>()), text) << name << " " << i;
        }
    }
}

}  // namespace
}  // namespace tessera
