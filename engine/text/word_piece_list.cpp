// SPDX-License-Identifier: Apache-2.0
// OpenVision's text tokenizer: BERT's pieces of a vocab.txt behind open_clip's cleaning (CLIPS_Tokenizer in UCSC-VLAA/OpenVision, src/convert_upload/open_clip/tokenizer.py).
#include "core/error.h"
#include "text/merge_files.h"
#include "text/pipeline.h"
#include "text/text_cleaning.h"
#include "text/tokenizer_folder.h"
#include "text/unicode_text.h"
#include "text/word_pieces.h"

namespace tessera::text {
namespace {

// Upstream's own numbers, whatever the file calls these lines.
constexpr int kPad = 0, kBegin = 1, kEnd = 2, kClass = 101, kLength = 80;

std::optional<std::filesystem::path> listOf(const TokenizerFolder& folder) {
    if (const auto usual = folder.find("vocab.txt")) return usual;
    const std::string name = folder.file.filename().string();
    return name.ends_with(".txt") && name != "merges.txt" && !name.starts_with("bpe_") ? std::optional(folder.file) : std::nullopt;
}

bool recognise(const TokenizerFolder& folder) {
    if (!listOf(folder)) return false;
    return folder.rules == "wordpiece" || (folder.rules.empty() && (!folder.file.empty() || folder.isOpenClip() || !folder.find("tokenizer.json")));
}

std::shared_ptr<const TextTokenizer> open(const TokenizerFolder& folder) {
    const std::filesystem::path path = *listOf(folder);
    std::vector<std::string> lines = textLines(path);
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    Pipeline pipeline;
    auto vocabulary = std::make_shared<Vocabulary>();
    for (std::size_t id = 0; id < lines.size(); ++id) {
        std::string& line = lines[id];
        while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t')) line.pop_back();
        vocabulary->add(line, static_cast<std::int64_t>(id), path.string());
    }
    const auto unknown = vocabulary->find("[UNK]");
    if (!unknown) throw Failure(ErrorCode::Invalid, "the vocabulary has no [UNK]", path.string(), "is it a list of BERT's pieces?");
    pipeline.clean = [](std::string text) { return openClipCleaned(text); };
    pipeline.normalize = [](std::string text) { return bertNormalized(std::move(text), true, true, true, true); };
    pipeline.preTokenize = splitForBert;
    pipeline.vocabulary = vocabulary;
    pipeline.model = std::make_unique<WordPieces>(*vocabulary, WordPieces::Options{.unknown = *unknown}, path.string());
    pipeline.decode = wordPieceDecoder("##", false);
    for (const char* token : {"[UNK]", "[SEP]", "[CLS]", "[PAD]", "[MASK]"}) {
        if (const auto id = vocabulary->find(token)) pipeline.add({.content = token, .id = *id, .special = true});
    }
    pipeline.special.insert({kPad, kBegin, kEnd});
    pipeline.specials = {kBegin, kEnd, kPad, unknown};
    pipeline.context = {.length = kLength, .begin = {kBegin}, .end = {kEnd}, .last = {kClass}, .pad = kPad};
    pipeline.idsArePieces = true;
    return tokenizerOf(std::move(pipeline));
}

}  // namespace

const TokenizerKind kWordPieceList = {"list of word pieces", recognise, open};

}  // namespace tessera::text
