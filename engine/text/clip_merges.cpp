// SPDX-License-Identifier: Apache-2.0
// CLIP's byte pairs as open_clip's SimpleTokenizer uses them (open_clip 3.3, src/open_clip/tokenizer.py), whatever file they lie in; and as transformers
// does where there is no tokenizer.json.
#include <algorithm>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "text/byte_pairs.h"
#include "text/byte_symbols.h"
#include "text/json_fields.h"
#include "text/merge_files.h"
#include "text/pipeline.h"
#include "text/regex.h"
#include "text/text_cleaning.h"
#include "text/tokenizer_folder.h"
#include "text/tokenizer_json.h"
#include "text/unicode_text.h"

namespace tessera::text {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kContext = 77;
constexpr std::size_t kMostMerges = 49152 - 256 - 2;
constexpr const char* kWordEnd = "</w>";

struct Source {
    std::shared_ptr<const Vocabulary> vocabulary;
    std::vector<std::string> merges;  ///< "a b"
    int start = 0, end = 0;
    std::string where;
};

std::string joinedMerge(const json& merge, const std::string& where) {
    if (merge.is_string()) return merge.get<std::string>();
    if (!merge.is_array() || merge.size() != 2 || !merge[0].is_string() || !merge[1].is_string()) throw Failure(ErrorCode::Invalid, "a merge is neither a text nor two", where);
    return merge[0].get<std::string>() + " " + merge[1].get<std::string>();
}

/// Of {piece: id}, with the ids of the start and the end by either library's name.
Source withVocabulary(const json& entries, const json& added, std::vector<std::string> merges, const std::string& where) {
    Source source{nullptr, std::move(merges), -1, -1, where};
    if (!entries.is_object()) throw Failure(ErrorCode::Invalid, "the vocabulary is no object of pieces and ids", where);
    auto vocabulary = std::make_shared<Vocabulary>();
    const auto note = [&](const std::string& piece, std::int64_t id) {
        if (id < 0 || id >= Vocabulary::kMostPieces) throw Failure(ErrorCode::Invalid, "the piece " + shown(piece) + " has the id " + std::to_string(id), where);
        if (piece == "<|startoftext|>" || piece == "<start_of_text>") source.start = static_cast<int>(id);
        if (piece == "<|endoftext|>" || piece == "<end_of_text>") source.end = static_cast<int>(id);
    };
    for (const auto& [piece, id] : entries.items()) {
        if (!id.is_number_integer()) throw Failure(ErrorCode::Invalid, "the piece " + shown(piece) + " has no whole number as its id", where);
        vocabulary->add(piece, id.get<std::int64_t>(), where);
        note(piece, id.get<std::int64_t>());
    }
    if (added.is_array()) {
        for (const json& token : added) note(contentOf(token), wholeOf(token, "id", where, -1));
    }
    if (source.start < 0 || source.end < 0) throw Failure(ErrorCode::Invalid, "the vocabulary has no <|startoftext|> and <|endoftext|>", where);
    source.vocabulary = std::move(vocabulary);
    return source;
}

/// bpe_simple_vocab_16e6.txt.gz: 256 bytes, the same at a word's end, one piece a merge, then the two special ones.
Source fromMergeList(const fs::path& path) {
    const std::string where = path.string();
    std::vector<std::string> lines = textLines(path);
    lines.erase(lines.begin());  // its heading
    if (lines.size() > kMostMerges) lines.resize(kMostMerges);
    json entries = json::object();
    std::int64_t id = 0;
    for (const char* end : {"", kWordEnd}) {
        for (int place = 0; place < 256; ++place) entries[std::string(symbolOfByte(byteInOrder(place))) + end] = id++;
    }
    for (const std::string& line : lines) {
        // An empty last line takes an id, as it does upstream.
        entries[replaced(line, " ", "")] = id++;
    }
    entries["<|startoftext|>"] = id++;
    entries["<|endoftext|>"] = id++;
    if (entries.size() != static_cast<std::size_t>(id)) throw Failure(ErrorCode::Invalid, "two merges make the same piece", where);
    std::erase(lines, std::string());
    return withVocabulary(entries, {}, std::move(lines), where);
}

bool isMergeList(const fs::path& path) { return path.extension() == ".gz" || (path.extension() == ".txt" && path.filename().string().starts_with("bpe_")); }

std::optional<fs::path> mergeListOf(const TokenizerFolder& folder) {
    if (!folder.file.empty()) return isMergeList(folder.file) ? std::optional(folder.file) : std::nullopt;
    std::vector<fs::path> lists;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder.folder, ignored)) {
        if (isMergeList(entry.path())) lists.push_back(entry.path());
    }
    std::ranges::sort(lists);
    return lists.empty() ? std::nullopt : std::optional(lists.front());
}

/// vocab.json with merges.txt beside it; either may be the file that was named.
bool hasPair(const TokenizerFolder& folder) { return (folder.find("vocab.json") || folder.find("merges.txt")) && folder.beside("vocab.json") && folder.beside("merges.txt"); }

Source fromPair(const TokenizerFolder& folder) {
    const fs::path vocabulary = *folder.beside("vocab.json");
    return withVocabulary(readJson(vocabulary, kLargestJson), {}, mergesOf(*folder.beside("merges.txt")), vocabulary.string());
}

std::optional<fs::path> jsonOf(const TokenizerFolder& folder) {
    if (!folder.file.empty() && folder.file.extension() == ".json" && folder.file.filename() != "vocab.json") return folder.file;
    return folder.find("tokenizer.json");
}

Source fromJson(const fs::path& path) {
    const json file = readJson(path, kLargestJson);
    if (!file.is_object() || !file.contains("model") || !file["model"].is_object()) throw Failure(ErrorCode::Invalid, "the file has no \"model\"", path.string());
    std::vector<std::string> merges;
    for (const json& merge : arrayOf(file["model"], "merges", path.string())) merges.push_back(joinedMerge(merge, path.string()));
    return withVocabulary(file["model"].value("vocab", json()), file.value("added_tokens", json()), std::move(merges), path.string());
}

Source sourceOf(const TokenizerFolder& folder) {
    if (hasPair(folder)) return fromPair(folder);
    if (const auto list = mergeListOf(folder)) return fromMergeList(*list);
    return fromJson(*jsonOf(folder));
}

int contextOf(const TokenizerFolder& folder) {
    if (!folder.isOpenClip()) return kContext;
    const json config = readJson(*folder.beside("open_clip_config.json"), kLargestJson);
    const json* at = &config;
    for (const char* name : {"model_cfg", "text_cfg", "context_length"}) {
        if (!at->is_object()) return kContext;
        const auto found = at->find(name);
        if (found == at->end()) {
            if (std::string_view(name) == "model_cfg") continue;  // older files have no such wrapper
            return kContext;
        }
        at = &*found;
    }
    return at->is_number_integer() ? static_cast<int>(std::clamp<std::int64_t>(at->get<std::int64_t>(), 2, 1'000'000)) : kContext;
}

std::shared_ptr<const TextTokenizer> openClip(const Source& source, int context) {
    Pipeline pipeline;
    pipeline.clean = [](std::string text) { return lowerAsPython(openClipCleaned(text)); };
    const auto pattern = std::make_shared<const Regex>(
        R"(<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+)", "CLIP's pattern", Regex::Origin::OursInAnyCase);
    pipeline.preTokenize = [pattern](std::vector<Word>& words) {
        std::vector<Word> cut;
        for (const Word& word : words) {
            for (const Span& match : pattern->all(word.text)) cut.push_back({symbolsFromBytes(match.of(word.text))});
        }
        words = std::move(cut);
    };
    pipeline.wholeWords = {{"<start_of_text>", source.start}, {"<end_of_text>", source.end}};
    pipeline.vocabulary = source.vocabulary;
    auto pairs = std::make_unique<BytePairs>(source.vocabulary, BytePairs::Options{.suffix = kWordEnd, .inRounds = true});
    for (const std::string& merge : source.merges) pairs->addMerge(merge, source.where);
    pipeline.model = std::move(pairs);
    pipeline.decode = byteLevelDecoder();
    pipeline.wordEnd = kWordEnd;
    pipeline.addedIds = {{"<start_of_text>", source.start}, {"<end_of_text>", source.end}};
    pipeline.addedPieces = {{source.start, "<start_of_text>"}, {source.end, "<end_of_text>"}};
    pipeline.special = {source.start, source.end};
    pipeline.specials = {source.start, source.end, 0, std::nullopt};
    pipeline.context = {.length = context, .begin = {source.start}, .end = {source.end}, .pad = 0};
    pipeline.idsArePieces = true;
    return tokenizerOf(std::move(pipeline));
}

std::shared_ptr<const TextTokenizer> transformers(const Source& source, TokenizerFolder folder) {
    json file = clipSections(source.start, source.end);
    json& model = file["model"];
    for (const auto& [piece, id] : source.vocabulary->ids()) model["vocab"][piece] = id;
    model["merges"] = source.merges;
    if (!folder.longestInput()) folder.config["model_max_length"] = kContext;
    if (folder.specialToken("pad_token").empty()) folder.config["pad_token"] = "<|endoftext|>";
    return tokenizerOfJson(std::move(file), folder, source.where);
}

/// CLIP's vocabulary has pieces that end a word; GPT-2's has not.
bool isClipPair(const TokenizerFolder& folder) {
    if (!hasPair(folder)) return false;
    const json vocabulary = readJson(*folder.beside("vocab.json"), kLargestJson);
    return vocabulary.is_object() && (vocabulary.contains("a</w>") || vocabulary.contains("<|startoftext|>"));
}

bool recognise(const TokenizerFolder& folder) {
    const bool list = mergeListOf(folder).has_value();
    if (folder.rules == "open_clip" || (folder.rules.empty() && folder.isOpenClip())) return list || hasPair(folder) || jsonOf(folder).has_value();
    return folder.wants({"hf"}) && !jsonOf(folder) && (list || isClipPair(folder));
}

std::shared_ptr<const TextTokenizer> open(const TokenizerFolder& folder) {
    const Source source = sourceOf(folder);
    // A list of merges alone is open_clip's own file.
    const bool own = folder.rules == "open_clip" || (folder.rules.empty() && (folder.isOpenClip() || !hasPair(folder)));
    return own ? openClip(source, contextOf(folder)) : transformers(source, folder);
}

}  // namespace

const TokenizerKind kClipMerges = {"CLIP vocabulary", recognise, open};

}  // namespace tessera::text
