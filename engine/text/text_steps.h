// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace tessera::text {

/// What is left of a text between the steps that cut it into words.
struct Word {
    std::string text;
    bool atStart = false;  ///< of the whole text, before anything was cut
};

using Normalizer = std::function<std::string(std::string)>;
using PreTokenizer = std::function<void(std::vector<Word>&)>;
/// Pieces to the text that is put together of them.
using Decoder = std::function<std::vector<std::string>(std::vector<std::string>)>;

// The three sections of a tokenizer.json, by the tokenizers library's own types; null is a step that does nothing (decoder: a space between pieces).
// `where` names the file in messages. Throw Failure: Invalid for what is broken, Unsupported for a type that is not known here.

Normalizer normalizerOf(const nlohmann::json& section, const std::string& where);
PreTokenizer preTokenizerOf(const nlohmann::json& section, const std::string& where);
Decoder decoderOf(const nlohmann::json& section, const std::string& where);

// Steps that tokenizers without such a file share with it.

std::string bertNormalized(std::string text, bool cleanText, bool spaceIdeographs, bool stripAccents, bool lowerCase);
/// Words between spaces, punctuation marks each for itself.
void splitForBert(std::vector<Word>& words);
/// LLaMA's and T5's: spaces become U+2581, and one is put before the first or every word.
enum class PrependScheme { First, Always, Never };
PreTokenizer metaspace(std::string replacement, PrependScheme scheme, bool split);
/// GPT-2's words, bytes as symbols.
PreTokenizer byteLevel(bool addPrefixSpace, bool useRegex);

Decoder byteLevelDecoder();
Decoder wordPieceDecoder(std::string prefix, bool cleanUp);
/// "<0x41>" to bytes; what is no UTF-8 becomes U+FFFD byte by byte.
Decoder byteFallbackDecoder();
/// The symbol in pieces becomes another text.
Decoder replaceDecoder(std::string from, std::string to);

}  // namespace tessera::text
