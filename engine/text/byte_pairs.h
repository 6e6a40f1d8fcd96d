// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "text/piece_model.h"
#include "text/vocabulary.h"

namespace tessera::text {

/// Byte-pair encoding: symbols of one code point each, of which the neighbours with the lowest rank are joined until none has a rank.
///
/// Time goes with n log n of the word's length, whatever the merges are.
class BytePairs final : public PieceModel {
public:
    struct Options {
        std::string prefix, suffix;       ///< continuing_subword_prefix of all symbols but the first, end_of_word_suffix of the last
        std::optional<int> unknown;       ///< for symbols outside the vocabulary; none: they are left out
        bool fuseUnknown = false;         ///< several in a row are one
        bool byteFallback = false;        ///< "<0x41>" for each byte of a symbol outside the vocabulary, if all of them are there
        bool ignoreMerges = false;        ///< a word that is a piece is that piece
        bool inRounds = false;            ///< all neighbours of a rank before any that arose meanwhile, as CLIP's own Python has it
    };
    BytePairs(std::shared_ptr<const Vocabulary> vocabulary, Options options) : m_vocabulary(std::move(vocabulary)), m_options(std::move(options)) {}

    /// Adds the merge of the next rank; one that is there already gets this rank, as upstream's dictionaries do. Throws Failure(Invalid) that names `where` if a part or the whole is not in the vocabulary.
    void addMerge(std::string_view left, std::string_view right, const std::string& where);
    /// "a b", split at its only space. Throws Failure(Invalid).
    void addMerge(std::string_view line, const std::string& where);

    void append(std::string_view word, std::vector<int>& ids) const override;

private:
    struct Merge {
        int rank, id;
    };
    std::vector<int> symbolsOf(std::string_view word) const;
    void join(std::vector<int>& symbols) const;
    static std::uint64_t keyOf(int left, int right) { return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right); }

    std::shared_ptr<const Vocabulary> m_vocabulary;
    Options m_options;
    std::unordered_map<std::uint64_t, Merge> m_merges;
    int m_nextRank = 0;
};

}  // namespace tessera::text
