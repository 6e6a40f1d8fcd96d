// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer_json.h"

#include <algorithm>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "text/byte_pairs.h"
#include "text/json_fields.h"
#include "text/pipeline.h"
#include "text/time_limit.h"
#include "text/unicode_text.h"
#include "text/word_pieces.h"

namespace tessera::text {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kMostAdded = 100'000;

const json& sectionOf(const json& file, const char* name) {
    static const json none;
    const auto found = file.find(name);
    return found == file.end() ? none : *found;
}

std::shared_ptr<const Vocabulary> vocabularyOf(const json& model, const std::string& where) {
    const json& entries = sectionOf(model, "vocab");
    if (!entries.is_object() || entries.empty()) throw Failure(ErrorCode::Invalid, "the model has no \"vocab\" of pieces and ids", where);
    auto vocabulary = std::make_shared<Vocabulary>();
    for (const auto& [piece, id] : entries.items()) {
        if (!id.is_number_integer()) throw Failure(ErrorCode::Invalid, "the piece " + shown(piece) + " has no whole number as its id", where);
        vocabulary->add(piece, id.get<std::int64_t>(), where);
    }
    return vocabulary;
}

/// The id of the model's unknown token; none where it names none.
std::optional<int> unknownOf(const json& model, const Vocabulary& vocabulary, const std::string& where) {
    const std::string name = stringOf(model, "unk_token", where, "");
    if (name.empty()) return std::nullopt;
    const auto id = vocabulary.find(name);
    if (!id) throw Failure(ErrorCode::Invalid, "the unknown token " + shown(name) + " is not in the vocabulary", where);
    return id;
}

std::unique_ptr<PieceModel> bytePairsOf(const json& model, std::shared_ptr<const Vocabulary> vocabulary, const std::string& where) {
    if (const json& dropout = sectionOf(model, "dropout"); dropout.is_number() && dropout.get<double>() != 0) {
        throw Failure(ErrorCode::Unsupported, "the model leaves out merges by chance", where, "set its \"dropout\" to null");
    }
    BytePairs::Options options;
    options.prefix = stringOf(model, "continuing_subword_prefix", where, "");
    options.suffix = stringOf(model, "end_of_word_suffix", where, "");
    options.unknown = unknownOf(model, *vocabulary, where);
    options.fuseUnknown = boolOf(model, "fuse_unk", where, false);
    options.byteFallback = boolOf(model, "byte_fallback", where, false);
    options.ignoreMerges = boolOf(model, "ignore_merges", where, false);
    auto pairs = std::make_unique<BytePairs>(std::move(vocabulary), std::move(options));
    for (const json& merge : arrayOf(model, "merges", where)) {
        if (merge.is_string()) pairs->addMerge(merge.get_ref<const std::string&>(), where);
        else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
            pairs->addMerge(merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>(), where);
        else throw Failure(ErrorCode::Invalid, "a merge is neither a text nor two", where);
    }
    return pairs;
}

std::unique_ptr<PieceModel> modelOf(const json& model, const std::shared_ptr<const Vocabulary>& vocabulary, const std::string& where) {
    const std::string type = stringOf(model, "type", where, model.contains("merges") ? "BPE" : "");
    if (type == "BPE") return bytePairsOf(model, vocabulary, where);
    if (type == "WordPiece") {
        const auto unknown = unknownOf(model, *vocabulary, where);
        if (!unknown) throw Failure(ErrorCode::Invalid, "the model names no unknown token", where);
        const auto longest = static_cast<std::size_t>(std::clamp<std::int64_t>(wholeOf(model, "max_input_chars_per_word", where, 100), 0, 1'000'000));
        return std::make_unique<WordPieces>(*vocabulary, WordPieces::Options{stringOf(model, "continuing_subword_prefix", where, "##"), *unknown, longest}, where);
    }
    throw Failure(ErrorCode::Unsupported, "a model of type " + shown(type) + " is not known here", where, "keep the folder's tokenizer.model or spiece.model beside it, and name that");
}

void addTokens(Pipeline& pipeline, const json& file, const TokenizerFolder& folder, const std::string& where) {
    const TimeLimit limit;  // they go through the normaliser
    const auto add = [&](const json& token, std::int64_t id, bool special) {
        const std::string content = contentOf(token);
        if (content.empty()) return;
        if (id < 0 || id >= Vocabulary::kMostPieces) throw Failure(ErrorCode::Invalid, "the added token " + shown(content) + " has the id " + std::to_string(id), where);
        if (pipeline.addedIds.size() >= kMostAdded) throw Failure(ErrorCode::Invalid, "it has more than " + std::to_string(kMostAdded) + " added tokens", where);
        const bool isSpecial = token.is_object() ? boolOf(token, "special", where, special) : special;
        const auto flag = [&](const char* name, bool otherwise) { return token.is_object() ? boolOf(token, name, where, otherwise) : otherwise; };
        pipeline.add({content, static_cast<int>(id), isSpecial, flag("normalized", !isSpecial), flag("single_word", false), flag("lstrip", false), flag("rstrip", false)});
    };
    if (const json& tokens = sectionOf(file, "added_tokens"); tokens.is_array()) {
        for (const json& token : tokens) add(token, wholeOf(token, "id", where, -1), false);
    }
    // What transformers adds to it from the files beside it.
    const auto known = [&](const json& token) { return pipeline.addedIds.contains(contentOf(token)); };
    if (const json& tokens = sectionOf(folder.config, "added_tokens_decoder"); tokens.is_object()) {
        for (const auto& [id, token] : tokens.items()) {
            if (!known(token) && !id.empty() && id.size() < 9 && id.find_first_not_of("0123456789") == std::string::npos) add(token, std::stoll(id), false);
        }
    }
    for (const auto& [content, id] : folder.addedTokens.items()) {
        if (id.is_number_integer() && !known(content)) add(json(content), id.get<std::int64_t>(), true);
    }
}

std::optional<int> idOf(const Pipeline& pipeline, const std::string& token) {
    if (token.empty()) return std::nullopt;
    const auto added = pipeline.addedIds.find(token);
    return added != pipeline.addedIds.end() ? std::optional(added->second) : pipeline.vocabulary->find(token);
}

/// ["<s>", 1], as RobertaProcessing has its ends.
int idOfPair(const json& section, const char* name, const std::string& where) {
    const json& pair = arrayOf(section, name, where);
    if (pair.size() != 2 || !pair[1].is_number_integer()) throw Failure(ErrorCode::Invalid, "\"" + std::string(name) + "\" is not a token and its id", where);
    return static_cast<int>(std::clamp<std::int64_t>(pair[1].get<std::int64_t>(), 0, Vocabulary::kMostPieces));
}

/// What the post-processor puts around one text.
void readEnds(const json& section, ContextRule& context, const std::string& where, int depth = 0) {
    if (section.is_null()) return;
    const std::string type = typeOf(section, where);
    if (type == "ByteLevel") return;
    if (type == "Sequence" && depth < 4) {
        for (const json& one : arrayOf(section, "processors", where)) readEnds(one, context, where, depth + 1);
    } else if (type == "RobertaProcessing" || type == "BertProcessing") {
        context.begin.insert(context.begin.begin(), idOfPair(section, "cls", where));
        context.end.push_back(idOfPair(section, "sep", where));
    } else if (type == "TemplateProcessing") {
        std::vector<int> begin, end;
        bool behind = false;
        for (const json& piece : arrayOf(section, "single", where)) {
            if (piece.contains("Sequence")) {
                behind = true;
                continue;
            }
            const json& tokens = sectionOf(section, "special_tokens");
            const std::string name = stringOf(sectionOf(piece, "SpecialToken"), "id", where);
            if (!tokens.is_object() || !tokens.contains(name)) throw Failure(ErrorCode::Invalid, "the template's token " + shown(name) + " has no ids", where);
            for (const json& id : arrayOf(tokens[name], "ids", where)) {
                if (!id.is_number_integer()) throw Failure(ErrorCode::Invalid, "the template's token " + shown(name) + " has no ids", where);
                (behind ? end : begin).push_back(static_cast<int>(std::clamp<std::int64_t>(id.get<std::int64_t>(), 0, Vocabulary::kMostPieces)));
            }
        }
        context.begin.insert(context.begin.begin(), begin.begin(), begin.end());
        context.end.insert(context.end.end(), end.begin(), end.end());
    } else {
        throw Failure(ErrorCode::Unsupported, "the post-processor " + shown(type) + " is not known here", where);
    }
}

void readContext(Pipeline& pipeline, const json& file, const TokenizerFolder& folder, const std::string& where) {
    ContextRule& context = pipeline.context;
    readEnds(sectionOf(file, "post_processor"), context, where);
    if (const json& cut = sectionOf(file, "truncation"); cut.is_object()) context.length = static_cast<int>(std::clamp<std::int64_t>(wholeOf(cut, "max_length", where, 0), 0, 1'000'000));
    context.length = folder.longestInput().value_or(context.length);
    if (const std::size_t around = context.begin.size() + context.end.size(); context.length > 0 && around > static_cast<std::size_t>(context.length)) {
        throw Failure(ErrorCode::Invalid, "its special tokens do not fit into " + std::to_string(context.length) + " ids", where);
    }
    pipeline.specials = {idOf(pipeline, folder.specialToken("bos_token")), idOf(pipeline, folder.specialToken("eos_token")), idOf(pipeline, folder.specialToken("pad_token")),
                         idOf(pipeline, folder.specialToken("unk_token"))};
    if (!pipeline.specials.begin && context.begin.size() == 1) pipeline.specials.begin = context.begin[0];
    if (!pipeline.specials.end && context.end.size() == 1) pipeline.specials.end = context.end[0];
    if (const json& padding = sectionOf(file, "padding"); !pipeline.specials.pad && padding.is_object()) {
        pipeline.specials.pad = static_cast<int>(std::clamp<std::int64_t>(wholeOf(padding, "pad_id", where, 0), 0, Vocabulary::kMostPieces));
    }
    context.pad = pipeline.specials.pad.value_or(0);
}

/// LLaMA's two ways to write spaces, where the rules ask for the one that the file does not have.
void arrange(json& file, std::string_view rules) {
    if (rules == "hf_prepend") {
        file["pre_tokenizer"] = nullptr;
        file["normalizer"] = json::parse(R"({"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]})");
    } else if (rules == "hf_metaspace_first") {
        file["normalizer"] = nullptr;
        file["pre_tokenizer"] = json::parse(R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false})");
    }
}

/// SigLIP 2 was trained on text in lower case; transformers does that outside the file.
bool lowersFirst(const TokenizerFolder& folder) {
    const std::string name = folder.tokenizerClass();
    const auto flag = folder.config.find("do_lower_case");
    return name.starts_with("Siglip2") || (name.starts_with("Gemma") && flag != folder.config.end() && flag->is_boolean() && flag->get<bool>());
}

std::optional<fs::path> jsonOf(const TokenizerFolder& folder) {
    if (folder.rules == "hf_metaspace_first") {
        if (const auto own = folder.find("tokenizer_metaspace.json")) return own;
    }
    if (const auto usual = folder.find("tokenizer.json")) return usual;
    const std::string name = folder.file.filename().string();
    return name.ends_with(".json") && name != "vocab.json" ? std::optional(folder.file) : std::nullopt;
}

bool recognise(const TokenizerFolder& folder) {
    // SigLIP's own class cuts otherwise than the tokenizer.json that may lie beside it.
    if (folder.rules.empty() && folder.tokenizerClass() == "SiglipTokenizer" && folder.find("spiece.model")) return false;
    return jsonOf(folder).has_value() && folder.wants({"hf", "hf_lowercased", "hf_prepend", "hf_metaspace_first"});
}

std::shared_ptr<const TextTokenizer> open(const TokenizerFolder& folder) {
    const fs::path path = *jsonOf(folder);
    json file = readJson(path, kLargestJson);
    if (!file.is_object()) throw Failure(ErrorCode::Invalid, "the file holds no tokenizer", path.string());
    arrange(file, folder.rules);
    return tokenizerOfJson(std::move(file), folder, path.string());
}

}  // namespace

json clipSections(int startId, int endId) {
    json sections = json::parse(R"({
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}, "behavior": "Removed", "invert": true},
            {"type": "ByteLevel", "add_prefix_space": false}]},
        "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "unk_token": "<|endoftext|>", "end_of_word_suffix": "</w>"}})");
    sections["added_tokens"] = {{{"id", startId}, {"content", "<|startoftext|>"}, {"normalized", true}, {"special", true}},
                                {{"id", endId}, {"content", "<|endoftext|>"}, {"normalized", false}, {"special", true}}};
    sections["post_processor"] = {{"type", "RobertaProcessing"}, {"cls", {"<|startoftext|>", startId}}, {"sep", {"<|endoftext|>", endId}}};
    return sections;
}

std::shared_ptr<const TextTokenizer> tokenizerOfJson(json file, const TokenizerFolder& folder, const std::string& where) {
    const json& model = sectionOf(file, "model");
    if (!model.is_object()) throw Failure(ErrorCode::Invalid, "the file has no \"model\"", where, "is it a tokenizer.json?");
    Pipeline pipeline;
    if (folder.rules == "hf_lowercased" || (folder.rules.empty() && lowersFirst(folder))) pipeline.clean = [](std::string text) { return lowerAsPython(text); };
    if (const json& section = sectionOf(file, "normalizer"); !section.is_null()) pipeline.normalize = normalizerOf(section, where);
    if (const json& section = sectionOf(file, "pre_tokenizer"); !section.is_null()) pipeline.preTokenize = preTokenizerOf(section, where);
    pipeline.vocabulary = vocabularyOf(model, where);
    pipeline.model = modelOf(model, pipeline.vocabulary, where);
    pipeline.decode = decoderOf(sectionOf(file, "decoder"), where);
    if (sectionOf(file, "decoder").is_object() && stringOf(file["decoder"], "type", where, "") == "ByteLevel") pipeline.wordEnd = stringOf(model, "end_of_word_suffix", where, "");
    addTokens(pipeline, file, folder, where);
    readContext(pipeline, file, folder, where);
    return tokenizerOf(std::move(pipeline));
}

const TokenizerKind kTokenizerJson = {"tokenizer.json", recognise, open};

}  // namespace tessera::text
