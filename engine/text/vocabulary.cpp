// SPDX-License-Identifier: Apache-2.0
#include "text/vocabulary.h"

#include <algorithm>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera::text {

void Vocabulary::add(std::string_view piece, std::int64_t id, const std::string& where) {
    if (id < 0 || id >= kMostPieces) throw Failure(ErrorCode::Invalid, "the piece " + shown(piece) + " has the id " + std::to_string(id), where);
    if (piece.size() > kLongestPiece) throw Failure(ErrorCode::Invalid, "the piece of id " + std::to_string(id) + " is " + std::to_string(piece.size()) + " bytes long", where);
    const auto [entry, isNew] = m_ids.try_emplace(std::string(piece), static_cast<int>(id));
    if (!isNew) throw Failure(ErrorCode::Invalid, "the piece " + shown(piece) + " occurs twice", where);
    if (m_pieces.size() <= static_cast<std::size_t>(id)) m_pieces.resize(static_cast<std::size_t>(id) + 1);
    if (m_pieces[id] != nullptr) throw Failure(ErrorCode::Invalid, "the pieces " + shown(*m_pieces[id]) + " and " + shown(piece) + " have the same id " + std::to_string(id), where);
    m_pieces[id] = &entry->first;
    m_longest = std::max(m_longest, piece.size());
}

std::optional<int> Vocabulary::find(std::string_view piece) const {
    const auto found = m_ids.find(piece);
    return found == m_ids.end() ? std::nullopt : std::optional(found->second);
}

const std::string* Vocabulary::pieceOf(int id) const { return id >= 0 && static_cast<std::size_t>(id) < m_pieces.size() ? m_pieces[id] : nullptr; }

}  // namespace tessera::text
