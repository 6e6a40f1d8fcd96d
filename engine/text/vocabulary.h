// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tessera::text {

/// For maps with string keys that are asked with views.
struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// Pieces and their ids.
class Vocabulary {
public:
    static constexpr int kMostPieces = 8'000'000;   ///< ids lie below
    static constexpr std::size_t kLongestPiece = 16 * 1024;  ///< bytes

    /// Throws Failure(Invalid) that names `where` for an id out of range, one that two pieces claim, or a piece that is too long.
    void add(std::string_view piece, std::int64_t id, const std::string& where);
    std::optional<int> find(std::string_view piece) const;
    /// Null for an id without a piece.
    const std::string* pieceOf(int id) const;
    /// Above the highest id.
    int idCount() const { return static_cast<int>(m_pieces.size()); }
    std::size_t longestPiece() const { return m_longest; }
    const std::unordered_map<std::string, int, StringHash, std::equal_to<>>& ids() const { return m_ids; }

private:
    std::unordered_map<std::string, int, StringHash, std::equal_to<>> m_ids;
    std::vector<const std::string*> m_pieces;  ///< keys of m_ids by id
    std::size_t m_longest = 0;
};

}  // namespace tessera::text
