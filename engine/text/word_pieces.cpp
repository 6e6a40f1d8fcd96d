// SPDX-License-Identifier: Apache-2.0
#include "text/word_pieces.h"

#include "core/error.h"
#include "text/time_limit.h"
#include "text/unicode_text.h"

namespace tessera::text {

WordPieces::WordPieces(const Vocabulary& vocabulary, Options options, const std::string& where) : m_options(std::move(options)) {
    constexpr std::size_t kMostNodes = 32'000'000;
    for (const auto& [piece, id] : vocabulary.ids()) {
        if (m_first.nodeCount() > kMostNodes) throw Failure(ErrorCode::Invalid, "the pieces are longer than a vocabulary's can be", where);
        m_first.add(piece, id);
        if (piece.starts_with(m_options.prefix)) m_later.add(std::string_view(piece).substr(m_options.prefix.size()), id);
    }
}

void WordPieces::append(std::string_view word, std::vector<int>& ids) const {
    if (word.empty()) return;
    const std::size_t before = ids.size();
    bool fits = codePointCount(word) <= m_options.longestWord;
    for (std::size_t at = 0; fits && at < word.size();) {
        TimeLimit::check();
        const ByteTree::Found longest = (at == 0 ? m_first : m_later).longestAt(word, at);
        fits = longest.size > 0;
        at += longest.size;
        if (fits) ids.push_back(longest.id);
    }
    if (fits) return;
    ids.resize(before);
    ids.push_back(m_options.unknown);
}

}  // namespace tessera::text
