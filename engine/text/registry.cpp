// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "checkpoint/file_words.h"
#include "core/error.h"
#include "text/json_fields.h"
#include "text/tokenizer_folder.h"

namespace tessera::text {
namespace {

namespace fs = std::filesystem;

// The first that recognises a folder opens it.
constexpr std::array kKinds = {&kWordPieceList, &kClipMerges, &kTokenizerJson, &kByteLevelMerges, &kSentencePiece};

constexpr std::array<std::string_view, 9> kRules = {"open_clip", "hf", "hf_lowercased", "hf_prepend", "hf_metaspace_first", "hf_slow_llama", "wordpiece", "siglip", "sentencepiece_raw"};
constexpr std::uint64_t kLargestConfig = 16 << 20;

nlohmann::json objectOf(const fs::path& path) {
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) return nlohmann::json::object();
    nlohmann::json read = readJson(path, kLargestConfig);
    return read.is_object() ? std::move(read) : nlohmann::json::object();
}

TokenizerFolder folderOf(const fs::path& path, std::string_view rules) {
    TokenizerFolder folder;
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) throw Failure(ErrorCode::NotFound, "there is no such tokenizer", path.string(), "name a checkpoint's folder, or one of its tokenizer's files");
    folder.folder = fs::is_directory(status) ? path : path.parent_path();
    if (!fs::is_directory(status)) folder.file = path;
    folder.rules = rules;
    folder.config = objectOf(folder.folder / "tokenizer_config.json");
    folder.specialTokens = objectOf(folder.folder / "special_tokens_map.json");
    folder.addedTokens = objectOf(folder.folder / "added_tokens.json");
    return folder;
}

}  // namespace

std::optional<fs::path> TokenizerFolder::find(std::string_view name) const {
    if (!file.empty()) return file.filename() == name ? std::optional(file) : std::nullopt;
    return beside(name);
}

std::optional<fs::path> TokenizerFolder::beside(std::string_view name) const {
    std::error_code ignored;
    const fs::path path = folder / name;
    return fs::is_regular_file(path, ignored) ? std::optional(path) : std::nullopt;
}

std::string TokenizerFolder::specialToken(const char* name) const {
    for (const nlohmann::json* place : {&config, &specialTokens}) {
        if (const auto found = place->find(name); found != place->end()) {
            if (std::string content = contentOf(*found); !content.empty()) return content;
        }
    }
    return {};
}

std::optional<int> TokenizerFolder::longestInput() const {
    const auto found = config.find("model_max_length");
    if (found == config.end() || !found->is_number()) return std::nullopt;
    const double length = found->get<double>();
    return length >= 1 && length <= 1'000'000 ? std::optional(static_cast<int>(length)) : std::nullopt;
}

std::string TokenizerFolder::tokenizerClass() const {
    const auto found = config.find("tokenizer_class");
    return found != config.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool TokenizerFolder::isOpenClip() const { return beside("open_clip_config.json").has_value(); }

bool TokenizerFolder::wants(std::initializer_list<std::string_view> names) const { return rules.empty() || std::ranges::find(names, rules) != names.end(); }

std::shared_ptr<const TextTokenizer> openTokenizer(const fs::path& folderOrFile, std::string_view rules) {
    if (!rules.empty() && std::ranges::find(kRules, rules) == kRules.end()) {
        std::string known;
        for (const std::string_view rule : kRules) known.append(known.empty() ? "" : ", ").append(rule);
        throw Failure(ErrorCode::Invalid, "there are no rules called " + shown(rules), {}, "use one of " + known);
    }
    const TokenizerFolder folder = folderOf(folderOrFile, rules);
    for (const TokenizerKind* kind : kKinds) {
        if (kind->recognise(folder)) return kind->open(folder);
    }
    if (!rules.empty()) {
        TokenizerFolder any = folder;
        any.rules.clear();
        for (const TokenizerKind* kind : kKinds) {
            if (kind->recognise(any)) {
                throw Failure(ErrorCode::Mismatch, "a " + std::string(kind->name) + " has no rules called " + std::string(rules), folderOrFile.string(), "leave the rules out, or name another file");
            }
        }
    }
    throw Failure(ErrorCode::NotFound,
                  folder.file.empty() ? "the folder has no tokenizer" : "the file is no tokenizer that is known here",
                  folderOrFile.string(),
                  "it should hold tokenizer.json, vocab.json and merges.txt, vocab.txt, tokenizer.model or spiece.model");
}

}  // namespace tessera::text
