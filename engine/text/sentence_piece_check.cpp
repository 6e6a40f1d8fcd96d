// SPDX-License-Identifier: Apache-2.0
// The library walks the trie of a model's normaliser without looking where it goes (darts.h, normalizer.cc), so the trie is looked at beforehand.
#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "text/sentence_piece_model.h"
#include "text/vocabulary.h"

namespace tessera::text {
namespace {

/// Fields of a protobuf message, one after another.
class Fields {
public:
    Fields(std::span<const std::byte> bytes, const std::string& where) : m_bytes(bytes), m_where(where) {}

    /// False at the end.
    bool next() {
        if (m_at == m_bytes.size()) return false;
        const std::uint64_t tag = varint();
        m_number = tag >> 3;
        switch (tag & 7) {
            case 0: m_whole = varint(); break;
            case 1: skip(8); break;
            case 2: m_value = take(varint()); return true;
            case 5: skip(4); break;
            default: refuse();
        }
        m_value = {};
        return true;
    }
    std::uint64_t number() const { return m_number; }
    std::span<const std::byte> value() const { return m_value; }  ///< empty where the field holds a number
    std::uint64_t whole() const { return m_whole; }                ///< of the last field that held one

private:
    [[noreturn]] void refuse() const { throw Failure(ErrorCode::Invalid, "the file is no SentencePiece model, or broken", m_where, "download it again"); }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (m_at == m_bytes.size()) refuse();
            const auto byte = static_cast<std::uint64_t>(m_bytes[m_at++]);
            value |= (byte & 0x7F) << shift;
            if (byte < 0x80) return value;
        }
        refuse();
    }
    std::span<const std::byte> take(std::uint64_t size) {
        if (size > m_bytes.size() - m_at) refuse();
        const auto taken = m_bytes.subspan(m_at, size);
        m_at += size;
        return taken;
    }
    void skip(std::uint64_t size) { take(size); }

    std::span<const std::byte> m_bytes;
    const std::string& m_where;
    std::size_t m_at = 0;
    std::uint64_t m_number = 0, m_whole = 0;
    std::span<const std::byte> m_value;
};

std::uint32_t unitAt(std::span<const std::byte> bytes, std::size_t index) {
    std::uint32_t unit;
    std::memcpy(&unit, bytes.data() + index * 4, 4);
    return unit;
}

/// u32 size of the trie, the trie, replacements that end in zeros.
void checkCharacterMap(std::span<const std::byte> map, const std::string& where) {
    const auto refuse = [&](const char* what) { throw Failure(ErrorCode::Invalid, std::string("the model's table of characters is broken: ") + what, where, "download it again"); };
    constexpr std::size_t kLongestReplacement = 1024;  // bytes; the longest of nmt_nfkc has 33
    if (map.empty()) return;
    if (map.size() < 4) refuse("it has no size");
    const std::size_t trieBytes = unitAt(map, 0);
    if (trieBytes == 0 || trieBytes % 1024 != 0 || trieBytes >= map.size() - 4) refuse("its size");
    const auto trie = map.subspan(4, trieBytes), replacements = map.subspan(4 + trieBytes);
    if (replacements.back() != std::byte{0}) refuse("its last replacement does not end");
    std::size_t length = 0;
    for (const std::byte byte : replacements) {
        length = byte == std::byte{0} ? 0 : length + 1;
        if (length > kLongestReplacement) refuse("a replacement is too long");
    }
    // darts-clone's units: a leaf is bit 31 and a value; others have a label, bit 8 for "has a leaf", and an offset. From unit i the walk goes to
    // (i ^ offset) and to (i ^ offset ^ byte): inside, because the trie comes in blocks of 256 units.
    const std::size_t count = trieBytes / 4;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t unit = unitAt(trie, i);
        if ((unit & 0x80000000U) != 0) continue;
        const std::uint32_t offset = (unit >> 10) << ((unit & (1U << 9)) >> 6);
        const std::size_t target = i ^ offset;
        if (target >= count) refuse("it points outside itself");
        if ((unit & (1U << 8)) != 0 && (unitAt(trie, target) & 0x7FFFFFFFU) >= replacements.size()) refuse("it points behind its replacements");
    }
}

}  // namespace

std::vector<int> checkedSentencePieceModel(std::span<const std::byte> bytes, const std::string& where) {
    constexpr std::uint64_t kPieces = 1, kNormalizer = 3, kDenormalizer = 5, kText = 1, kType = 3, kUserDefined = 4, kCharacterMap = 2;
    constexpr std::size_t kLongestPiece = 4096;  // bytes; at every place of a text the library walks as far as a piece reaches
    int pieces = 0;
    std::vector<int> userDefined;
    for (Fields model(bytes, where); model.next();) {
        if (model.number() == kPieces) {
            if (++pieces > Vocabulary::kMostPieces) throw Failure(ErrorCode::Invalid, "the model has more pieces than any", where);
            for (Fields piece(model.value(), where); piece.next();) {
                if (piece.number() == kType && piece.whole() == kUserDefined) userDefined.push_back(pieces - 1);
                if (piece.number() != kText) continue;
                const auto text = piece.value();
                if (text.size() > kLongestPiece || std::ranges::find(text, std::byte{0}) != text.end()) {
                    throw Failure(ErrorCode::Invalid, "piece " + std::to_string(pieces - 1) + " of the model is too long or has a zero byte", where, "download it again");
                }
            }
        } else if (model.number() == kNormalizer || model.number() == kDenormalizer) {
            for (Fields normalizer(model.value(), where); normalizer.next();) {
                if (normalizer.number() == kCharacterMap) checkCharacterMap(normalizer.value(), where);
            }
        }
    }
    if (pieces == 0) throw Failure(ErrorCode::Invalid, "the file is no SentencePiece model: it has no pieces", where, "download it again");
    return userDefined;
}

}  // namespace tessera::text
