// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "text/byte_tree.h"
#include "text/piece_model.h"
#include "text/vocabulary.h"

namespace tessera::text {

/// BERT's WordPiece: from the left, always the longest piece that fits; a word that cannot be cut is unknown.
class WordPieces final : public PieceModel {
public:
    struct Options {
        std::string prefix = "##";  ///< of pieces that do not begin a word
        int unknown = 0;
        std::size_t longestWord = 100;  ///< code points; longer words are unknown
    };
    /// Throws Failure(Invalid) that names `where` when all pieces together are too long.
    WordPieces(const Vocabulary& vocabulary, Options options, const std::string& where);

    void append(std::string_view word, std::vector<int>& ids) const override;

private:
    Options m_options;
    ByteTree m_first, m_later;  ///< pieces that begin a word, and the others without their prefix
};

}  // namespace tessera::text
