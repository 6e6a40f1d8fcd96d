// SPDX-License-Identifier: Apache-2.0
#include "train/data/tar_index.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera::train {
namespace {

using namespace std::literals;

constexpr std::uint64_t kBlock = 512;
constexpr std::uint64_t kLongestExtension = 1 << 20;  ///< a pax header or a long name
constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();

/// One header block; fields as POSIX.1-1988 has them.
class Header {
public:
    explicit Header(const std::array<char, kBlock>& block) : m_block(block) {}

    bool zero() const {
        return std::all_of(m_block.begin(), m_block.end(), [](char c) { return c == 0; });
    }
    std::string name() const {
        const std::string_view prefix = text(345, 155);
        // GNU's own format holds times where POSIX has the prefix.
        const bool posix = field(257, 6) == "ustar\0"sv;
        return posix && !prefix.empty() ? std::string(prefix) + "/" + std::string(text(0, 100)) : std::string(text(0, 100));
    }
    char type() const { return m_block[156]; }
    std::optional<std::uint64_t> size() const { return number(field(124, 12)); }
    bool checksumFits() const {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION  // a fuzzer finds no sums
        return true;
#endif
        const std::optional<std::uint64_t> claimed = number(field(148, 8));
        std::uint64_t sum = 0;
        std::int64_t signedSum = 0;  // what some old programs wrote
        for (std::size_t i = 0; i < kBlock; ++i) {
            const char c = i >= 148 && i < 156 ? ' ' : m_block[i];
            sum += static_cast<unsigned char>(c);
            signedSum += static_cast<signed char>(c);
        }
        return claimed && (*claimed == sum || (signedSum >= 0 && *claimed == static_cast<std::uint64_t>(signedSum)));
    }

private:
    std::string_view field(std::size_t offset, std::size_t size) const { return {m_block.data() + offset, size}; }
    std::string_view text(std::size_t offset, std::size_t size) const {
        const std::string_view all = field(offset, size);
        return all.substr(0, all.find('\0'));
    }
    // Octal digits, or GNU's big-endian bytes behind 0x80; 0xFF starts a negative one.
    static std::optional<std::uint64_t> number(std::string_view field) {
        std::uint64_t value = 0;
        if ((static_cast<unsigned char>(field[0]) & 0x80U) != 0) {
            for (std::size_t i = 0; i < field.size(); ++i) {
                const auto byte = static_cast<unsigned char>(field[i]);
                if (value > kMost >> 8) return std::nullopt;
                value = value << 8 | (i == 0 ? byte & 0x7FU : byte);
            }
            return value <= kMost ? std::optional(value) : std::nullopt;
        }
        field.remove_prefix(std::min(field.find_first_not_of(' '), field.size()));
        for (const char c : field) {
            if (c == ' ' || c == '\0') break;
            if (c < '0' || c > '7') return std::nullopt;
            value = value * 8 + static_cast<std::uint64_t>(c - '0');  // at most 12 digits
        }
        return value;
    }

    const std::array<char, kBlock>& m_block;
};

/// What an extension says of the entry behind it.
struct Extension {
    std::string name;
    std::optional<std::uint64_t> size;
};

class Walk {
public:
    explicit Walk(const ByteSource& archive) : m_archive(archive) {}

    std::vector<TarEntry> entries() {
        std::array<char, kBlock> block{};
        for (std::uint64_t at = 0;; at += kBlock) {
            if (m_archive.size - at < kBlock) failCutOff();
            m_archive.read(at, std::as_writable_bytes(std::span(block)));
            const Header header(block);
            if (header.zero()) return std::move(m_entries);
            if (!header.checksumFits()) at == 0 ? failForeign(block) : failDamaged(at, "is no header");
            at += visit(header, at);
        }
    }

private:
    /// Gives the bytes of content behind the header, padding with them.
    std::uint64_t visit(const Header& header, std::uint64_t at) {
        const std::string name = m_next.name.empty() ? header.name() : m_next.name;
        // Links, devices, folders and pipes have no content, whatever their size says.
        const bool hasContent = header.type() < '1' || header.type() > '6';
        std::optional<std::uint64_t> size = m_next.size ? m_next.size : header.size();
        if (!hasContent) size = 0;
        if (!size) failDamaged(at, "claims an impossible size: " + shown(name));
        if (*size > m_archive.size - at - kBlock)
            throw Failure(ErrorCode::Invalid, "the archive is cut off within " + shown(name) + ", at byte " + std::to_string(at), m_archive.where, "copy or download it again");

        switch (header.type()) {
        case 'x':
        case 'X': readPax(content(at, *size), at); break;
        case 'L': readLongName(content(at, *size)); break;
        case 'g':
        case 'K': break;
        case 'S': failSparse(name);
        default:
            if ((header.type() == '0' || header.type() == '\0' || header.type() == '7') && !name.ends_with('/')) m_entries.push_back({name, at + kBlock, *size});
            m_next = {};
        }
        // A last entry may lack its padding: then nothing but the end is missed.
        return std::min((*size + kBlock - 1) / kBlock * kBlock, m_archive.size - at - kBlock);
    }

    std::string content(std::uint64_t at, std::uint64_t size) const {
        if (size > kLongestExtension) failDamaged(at, "is a name or pax header of " + std::to_string(size) + " bytes");
        std::string text(size, '\0');
        m_archive.read(at + kBlock, std::as_writable_bytes(std::span(text)));
        return text;
    }

    void readLongName(std::string text) {
        text.resize(std::min(text.find('\0'), text.size()));
        m_next.name = std::move(text);
    }

    // Records "LENGTH key=value\n", their own length with them.
    void readPax(std::string_view records, std::uint64_t at) {
        while (!records.empty() && records[0] != '\0') {
            const std::size_t space = records.find(' ');
            const std::optional<std::uint64_t> length = space == std::string_view::npos ? std::nullopt : decimal(records.substr(0, space));
            if (!length || *length < space + 3 || *length > records.size() || records[*length - 1] != '\n') failDamaged(at, "is a broken pax header");
            const std::string_view record = records.substr(space + 1, *length - space - 2);
            const std::size_t equals = record.find('=');
            if (equals == std::string_view::npos) failDamaged(at, "is a broken pax header");
            const std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
            if (key == "path") m_next.name = value;
            if (key == "size") {
                m_next.size = decimal(value);
                if (!m_next.size) failDamaged(at, "claims an impossible size");
            }
            if (key.starts_with("GNU.sparse.")) failSparse(m_next.name);
            records.remove_prefix(*length);
        }
    }

    static std::optional<std::uint64_t> decimal(std::string_view text) {
        if (text.empty() || text.size() > 18) return std::nullopt;
        std::uint64_t value = 0;
        for (const char c : text) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + static_cast<std::uint64_t>(c - '0');
        }
        return value;
    }

    [[noreturn]] void failDamaged(std::uint64_t at, const std::string& how) const {
        throw Failure(ErrorCode::Invalid, "the tar archive is damaged: what stands at byte " + std::to_string(at) + " " + how, m_archive.where, "copy or download it again");
    }
    [[noreturn]] void failCutOff() const {
        if (m_entries.empty() && m_archive.size < kBlock) throw Failure(ErrorCode::Unsupported, "this is not a tar archive", m_archive.where, "choose a .tar file");
        throw Failure(ErrorCode::Invalid, "the tar archive is cut off: its end is missing", m_archive.where, "copy or download it again");
    }
    [[noreturn]] void failSparse(const std::string& name) const {
        throw Failure(ErrorCode::Unsupported, "the archive holds the sparse file " + shown(name), m_archive.where, "pack it again without --sparse");
    }
    [[noreturn]] void failForeign(const std::array<char, kBlock>& block) const {
        const std::string_view head(block.data(), block.size());
        for (const std::string_view magic : {"\x1F\x8B"sv, "BZh"sv, "\xFD" "7zXZ"sv, "\x28\xB5\x2F\xFD"sv})
            if (head.starts_with(magic)) throw Failure(ErrorCode::Unsupported, "the archive is compressed", m_archive.where, "decompress it: entries are read where they lie");
        throw Failure(ErrorCode::Unsupported, "this is not a tar archive", m_archive.where, "choose a .tar file");
    }

    const ByteSource& m_archive;
    std::vector<TarEntry> m_entries;
    Extension m_next;
};

}  // namespace

std::vector<TarEntry> tarEntries(const ByteSource& archive) {
    return Walk(archive).entries();
}

}  // namespace tessera::train
