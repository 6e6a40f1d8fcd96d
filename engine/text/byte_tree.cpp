// SPDX-License-Identifier: Apache-2.0
#include "text/byte_tree.h"

namespace tessera::text {

void ByteTree::add(std::string_view word, int id) {
    if (word.empty()) return;
    std::uint32_t node = 0;
    for (const char byte : word) {
        const auto [entry, isNew] = m_children.try_emplace(keyOf(node, byte), static_cast<std::uint32_t>(m_ids.size()));
        if (isNew) m_ids.push_back(-1);
        node = entry->second;
    }
    m_ids[node] = id;
}

ByteTree::Found ByteTree::longestAt(std::string_view text, std::size_t at) const {
    Found longest;
    std::uint32_t node = 0;
    for (std::size_t end = at; end < text.size(); ++end) {
        const auto child = m_children.find(keyOf(node, text[end]));
        if (child == m_children.end()) break;
        node = child->second;
        if (m_ids[node] >= 0) longest = {end + 1 - at, m_ids[node]};
    }
    return longest;
}

}  // namespace tessera::text
