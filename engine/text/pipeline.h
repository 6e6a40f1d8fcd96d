// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/added_tokens.h"
#include "text/piece_model.h"
#include "text/text_steps.h"
#include "text/text_tokenizer.h"
#include "text/vocabulary.h"

namespace tessera::text {

/// A tokenizer as steps, one after another: clean, find added tokens, normalise, cut into words, cut those into pieces.
struct Pipeline {
    Normalizer clean;  ///< of the whole text, before anything else; empty: none
    AddedTokens added, addedAfterNormalizing;
    Normalizer normalize;     ///< empty: none
    PreTokenizer preTokenize;  ///< empty: none
    /// Words that are one id whatever the model makes of them.
    std::unordered_map<std::string, int> wholeWords;
    std::shared_ptr<const Vocabulary> vocabulary;
    std::unique_ptr<PieceModel> model;
    Decoder decode;
    std::string wordEnd;  ///< a mark in decoded text that stands for a space: "</w>"; empty: none

    /// Added tokens that the vocabulary may not have, both ways; they hold before it.
    std::unordered_map<std::string, int> addedIds;
    std::unordered_map<int, std::string> addedPieces;
    std::set<int> special;  ///< left out of decoded text
    SpecialIds specials;
    ContextRule context;
    bool idsArePieces = false;  ///< ids() gives what pieces() gives, as open_clip's encode does

    /// Adds a token to the lists above, by its own normalised content where it asks for that.
    void add(const AddedToken& token);
};

std::shared_ptr<const TextTokenizer> tokenizerOf(Pipeline pipeline);

}  // namespace tessera::text
