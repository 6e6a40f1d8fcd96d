// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/zip_archive.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50, kCentralSignature = 0x02014b50, kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50, kLocator64Signature = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocator64Bytes = 20;
constexpr std::size_t kLongestComment = 65535;
constexpr std::uint32_t kIn64 = 0xffffffff;
constexpr std::uint64_t kLargestRatio = 1032;  // deflate can do no better
constexpr std::size_t kUnpackStep = 1U << 20U;

template <typename T>
T little(std::span<const std::byte> bytes, std::size_t at) {
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | static_cast<T>(std::to_integer<T>(bytes[at + i]) << (8 * i)));
    return value;
}

/// The entry's 64-bit sizes and offset, where the 32-bit fields say that they are too small.
struct Wide {
    std::uint64_t size, packed, header;
};

bool widen(std::span<const std::byte> extra, Wide& wide) {
    while (extra.size() >= 4) {
        const auto kind = little<std::uint16_t>(extra, 0), length = little<std::uint16_t>(extra, 2);
        extra = extra.subspan(4);
        if (length > extra.size()) return false;
        if (kind == 1) {
            std::span<const std::byte> field = extra.first(length);
            for (std::uint64_t* value : {&wide.size, &wide.packed, &wide.header}) {
                if (*value != kIn64) continue;
                if (field.size() < 8) return false;
                *value = little<std::uint64_t>(field, 0);
                field = field.subspan(8);
            }
            return true;
        }
        extra = extra.subspan(length);
    }
    return true;
}

}  // namespace

bool looksLikeZip(std::span<const std::byte> bytes) {
    return bytes.size() >= 4 && (little<std::uint32_t>(bytes, 0) == kLocalSignature || little<std::uint32_t>(bytes, 0) == kEndSignature);
}

void ZipArchive::refuse(const std::string& what) const {
    throw Failure(ErrorCode::Invalid, what, m_name, "the file is damaged or cut off: download or save it again");
}

ZipArchive::ZipArchive(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, std::string name, std::uint64_t unpackable)
    : m_bytes(bytes), m_owner(std::move(owner)), m_name(std::move(name)), m_unpackable(unpackable) {
    if (bytes.size() < kEndBytes) refuse("the zip archive ends before its directory");
    const std::size_t last = bytes.size() - kEndBytes, first = last - std::min(last, kLongestComment);
    std::size_t end = last + 1;
    for (std::size_t at = last + 1; at-- > first;) {
        if (little<std::uint32_t>(bytes, at) == kEndSignature && at + kEndBytes + little<std::uint16_t>(bytes, at + 20) == bytes.size()) {
            end = at;
            break;
        }
    }
    if (end > last) refuse("the zip archive has no directory at its end");
    std::uint64_t count = little<std::uint16_t>(bytes, end + 10), size = little<std::uint32_t>(bytes, end + 12), offset = little<std::uint32_t>(bytes, end + 16);
    if (little<std::uint16_t>(bytes, end + 4) != little<std::uint16_t>(bytes, end + 6)) refuse("the zip archive is one part of several");
    const bool has64 = end >= kLocator64Bytes && little<std::uint32_t>(bytes, end - kLocator64Bytes) == kLocator64Signature;
    if (has64) {
        const std::uint64_t at = little<std::uint64_t>(bytes, end - kLocator64Bytes + 8);
        if (end < kLocator64Bytes + kEnd64Bytes || at > end - kLocator64Bytes - kEnd64Bytes || little<std::uint32_t>(bytes, at) != kEnd64Signature) {
            refuse("the zip archive's 64-bit directory is not where it is said to be");
        }
        count = little<std::uint64_t>(bytes, at + 32);
        size = little<std::uint64_t>(bytes, at + 40);
        offset = little<std::uint64_t>(bytes, at + 48);
    }
    if (offset > end || size > end - offset) refuse("the zip archive's directory lies outside the file");
    readDirectory(offset, size, count);
}

void ZipArchive::readDirectory(std::uint64_t offset, std::uint64_t size, std::uint64_t count) {
    std::span<const std::byte> rest = m_bytes.subspan(offset, size);
    for (std::uint64_t i = 0; i < count; ++i) {
        if (rest.size() < kCentralBytes || little<std::uint32_t>(rest, 0) != kCentralSignature) refuse("the zip archive's directory is cut off");
        const auto flags = little<std::uint16_t>(rest, 8), method = little<std::uint16_t>(rest, 10);
        const std::size_t nameLength = little<std::uint16_t>(rest, 28), extraLength = little<std::uint16_t>(rest, 30), commentLength = little<std::uint16_t>(rest, 32);
        if (rest.size() - kCentralBytes < nameLength + extraLength + commentLength) refuse("the zip archive's directory is cut off");
        std::string name(reinterpret_cast<const char*>(rest.data()) + kCentralBytes, nameLength);
        Wide wide{little<std::uint32_t>(rest, 24), little<std::uint32_t>(rest, 20), little<std::uint32_t>(rest, 42)};
        if (!widen(rest.subspan(kCentralBytes + nameLength, extraLength), wide)) refuse("entry " + shown(name) + " has damaged 64-bit sizes");
        if ((flags & 1) != 0) refuse("entry " + shown(name) + " is encrypted");
        if (method != 0 && method != 8) refuse("entry " + shown(name) + " is packed in a way that Tessera does not read");
        const Entry entry = locate(name, wide.header, {.offset = 0, .packed = wide.packed, .size = wide.size, .crc = little<std::uint32_t>(rest, 16), .deflated = method == 8});
        if (!m_entries.emplace(name, entry).second) refuse("the zip archive names " + shown(name) + " twice");
        rest = rest.subspan(kCentralBytes + nameLength + extraLength + commentLength);
    }
}

ZipArchive::Entry ZipArchive::locate(const std::string& name, std::uint64_t header, Entry entry) const {
    if (m_bytes.size() < kLocalBytes || header > m_bytes.size() - kLocalBytes || little<std::uint32_t>(m_bytes, header) != kLocalSignature) {
        refuse("entry " + shown(name) + " is not where the directory says");
    }
    const std::span<const std::byte> rest = m_bytes.subspan(header + kLocalBytes);
    const std::size_t nameLength = little<std::uint16_t>(m_bytes, header + 26), extraLength = little<std::uint16_t>(m_bytes, header + 28);
    if (nameLength + extraLength > rest.size() || entry.packed > rest.size() - nameLength - extraLength) {
        refuse("entry " + shown(name) + " reaches past the end of the file");
    }
    if (std::string_view(reinterpret_cast<const char*>(rest.data()), nameLength) != name) refuse("entry " + shown(name) + " has another name before its data");
    if (!entry.deflated && entry.size != entry.packed) refuse("entry " + shown(name) + " has two different sizes");
    if (entry.deflated && entry.size / kLargestRatio > entry.packed) refuse("entry " + shown(name) + " claims an impossible size");
    entry.offset = header + kLocalBytes + nameLength + extraLength;
    return entry;
}

const ZipArchive::Entry* ZipArchive::find(const std::string& name) const {
    const auto it = m_entries.find(name);
    return it == m_entries.end() ? nullptr : &it->second;
}

SharedBytes ZipArchive::read(const Entry& entry, std::uint64_t limit) {
    if (entry.size > limit) refuse("an entry of the zip archive is larger than it may be");
    const std::span<const std::byte> packed = m_bytes.subspan(entry.offset, entry.packed);
    if (!entry.deflated) return SharedBytes(m_owner, packed.data(), packed.size());
    if (entry.size > m_unpackable || entry.packed > std::numeric_limits<uInt>::max()) {
        throw Failure(ErrorCode::Unsupported, "the compressed entries are too large to be unpacked", m_name, "save the file without compression");
    }
    m_unpackable -= entry.size;
    return unpack(packed, entry);
}

SharedBytes ZipArchive::unpack(std::span<const std::byte> packed, const Entry& entry) const {
    z_stream stream{};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    const std::unique_ptr<z_stream, int (*)(z_streamp)> end(&stream, inflateEnd);
    // Grows with what comes out, not with what the entry claims.
    std::vector<std::byte> unpacked;
    int status = Z_OK;
    while (status == Z_OK && unpacked.size() <= entry.size) {
        const std::size_t done = unpacked.size(), step = std::min<std::uint64_t>(kUnpackStep, entry.size - done + 1);
        unpacked.resize(done + step);
        stream.next_out = reinterpret_cast<Bytef*>(unpacked.data() + done);
        stream.avail_out = static_cast<uInt>(step);
        status = inflate(&stream, Z_NO_FLUSH);
        unpacked.resize(done + step - stream.avail_out);
    }
    const auto crc = static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(unpacked.data()), unpacked.size()));
    if (status != Z_STREAM_END || unpacked.size() != entry.size || crc != entry.crc) refuse("a compressed entry of the zip archive is damaged");
    unpacked.shrink_to_fit();
    return SharedBytes(std::move(unpacked));
}

}  // namespace tessera
