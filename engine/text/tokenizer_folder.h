// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "text/text_tokenizer.h"

namespace tessera::text {

/// What was asked for: a folder with a tokenizer's files, or one of them with the others beside it.
struct TokenizerFolder {
    std::filesystem::path folder;
    std::filesystem::path file;  ///< the one that was named; empty: none, the folder was
    std::string rules;           ///< as asked for; empty: the files decide

    nlohmann::json config = nlohmann::json::object();         ///< tokenizer_config.json
    nlohmann::json specialTokens = nlohmann::json::object();  ///< special_tokens_map.json
    nlohmann::json addedTokens = nlohmann::json::object();    ///< added_tokens.json: token to id

    /// The file of this name, if it is there and no other file was named.
    std::optional<std::filesystem::path> find(std::string_view name) const;
    /// The same, but beside a named file too.
    std::optional<std::filesystem::path> beside(std::string_view name) const;
    /// "bos_token" and its like, from tokenizer_config.json, then from special_tokens_map.json; empty where neither has it.
    std::string specialToken(const char* name) const;
    /// "model_max_length" where it is a length and not "none", which is written as 1e30.
    std::optional<int> longestInput() const;
    std::string tokenizerClass() const;  ///< "" where it is not told
    bool isOpenClip() const;             ///< it has an open_clip_config.json
    /// True if one of `names` was asked for, or nothing was.
    bool wants(std::initializer_list<std::string_view> names) const;
};

/// One way in which tokenizers lie in folders.
struct TokenizerKind {
    std::string_view name;  ///< for messages: "SentencePiece model"
    /// True if open() can make a tokenizer with the asked rules of these files.
    bool (*recognise)(const TokenizerFolder& folder);
    std::shared_ptr<const TextTokenizer> (*open)(const TokenizerFolder& folder);
};

// One per file; in registry.cpp.
extern const TokenizerKind kTokenizerJson;   ///< tokenizer.json
extern const TokenizerKind kClipMerges;      ///< CLIP's vocab.json and merges.txt, or its merges alone as .txt.gz
extern const TokenizerKind kByteLevelMerges; ///< GPT-2's vocab.json and merges.txt
extern const TokenizerKind kWordPieceList;   ///< vocab.txt
extern const TokenizerKind kSentencePiece;   ///< tokenizer.model, spiece.model

constexpr std::uint64_t kLargestJson = std::uint64_t(128) << 20;  ///< bytes of a tokenizer.json; Gemma 3's has 33 MiB

}  // namespace tessera::text
