// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tessera::text {

/// Words by their bytes: finds the longest one that a text begins with in a step a byte, whatever else it holds.
class ByteTree {
public:
    struct Found {
        std::size_t size = 0;  ///< bytes; 0: none
        int id = -1;
    };
    /// The empty word is left out; of equal words the last one holds.
    void add(std::string_view word, int id);
    Found longestAt(std::string_view text, std::size_t at) const;
    std::size_t nodeCount() const { return m_ids.size(); }
    bool empty() const { return m_ids.size() == 1; }

private:
    static std::uint64_t keyOf(std::uint32_t node, char byte) { return static_cast<std::uint64_t>(node) << 8 | static_cast<unsigned char>(byte); }

    std::unordered_map<std::uint64_t, std::uint32_t> m_children;  ///< node and byte to node
    std::vector<int> m_ids{-1};                                   ///< of the word that ends in a node
};

}  // namespace tessera::text
