// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/zip_writer.h"

#include <zlib.h>

#include <algorithm>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera {
namespace {

constexpr std::uint64_t kVersion = 45, kUtf8 = 0x800, kDay = 33;  // zip64; names are UTF-8; 1980-01-01
constexpr std::uint64_t kIn16 = 0xffff, kIn32 = 0xffffffff, kAlignment = 64;
constexpr std::uint64_t kLocalBytes = 30, kWideBytes = 20, kPaddingKind = 0x4246;  // "FB", as torch.save pads

/// Little-endian fields of a record.
class Record {
public:
    Record& u16(std::uint64_t value) { return put(value, 2); }
    Record& u32(std::uint64_t value) { return put(value, 4); }
    Record& u64(std::uint64_t value) { return put(value, 8); }
    Record& text(const std::string& value) {
        m_text += value;
        return *this;
    }
    const std::string& text() const { return m_text; }

private:
    Record& put(std::uint64_t value, int width) {
        for (int i = 0; i < width; ++i) m_text += static_cast<char>(value >> (8 * i) & 0xffU);
        return *this;
    }
    std::string m_text;
};

}  // namespace

void ZipWriter::add(const std::string& name, std::span<const std::byte> head, std::span<const std::byte> body) {
    if (name.size() > kIn16) throw Failure(ErrorCode::Invalid, "the name " + shown(name) + " is too long for a zip archive", {}, "choose a shorter one");
    const std::uint64_t size = head.size() + body.size();
    auto crc = crc32_z(0, nullptr, 0);
    for (const std::span<const std::byte> part : {head, body})
        if (!part.empty()) crc = crc32_z(crc, reinterpret_cast<const Bytef*>(part.data()), part.size());  // a null pointer would begin anew
    // The padding's own kind and length take 4 bytes.
    const std::uint64_t before = m_at + kLocalBytes + name.size() + kWideBytes + 4;
    const std::uint64_t padding = (kAlignment - before % kAlignment) % kAlignment;

    Record entry;
    entry.u32(0x02014b50).u16(kVersion).u16(kVersion).u16(kUtf8).u16(0).u16(0).u16(kDay).u32(crc).u32(kIn32).u32(kIn32);
    entry.u16(name.size()).u16(28).u16(0).u16(0).u16(0).u32(0).u32(kIn32).text(name).u16(1).u16(24).u64(size).u64(size).u64(m_at);
    m_directory += entry.text();

    Record local;
    local.u32(0x04034b50).u16(kVersion).u16(kUtf8).u16(0).u16(0).u16(kDay).u32(crc).u32(kIn32).u32(kIn32).u16(name.size()).u16(kWideBytes + 4 + padding);
    local.text(name).u16(1).u16(16).u64(size).u64(size).u16(kPaddingKind).u16(padding).text(std::string(padding, '\0'));
    write(std::as_bytes(std::span(local.text())));
    write(head);
    write(body);
    ++m_count;
}

void ZipWriter::finish() {
    const std::uint64_t directory = m_at, size = m_directory.size(), end = directory + size, few = std::min(m_count, kIn16);
    write(std::as_bytes(std::span(m_directory)));
    Record last;
    last.u32(0x06064b50).u64(44).u16(kVersion).u16(kVersion).u32(0).u32(0).u64(m_count).u64(m_count).u64(size).u64(directory);
    last.u32(0x07064b50).u32(0).u64(end).u32(1);
    last.u32(0x06054b50).u16(0).u16(0).u16(few).u16(few).u32(kIn32).u32(kIn32).u16(0);
    write(std::as_bytes(std::span(last.text())));
}

void ZipWriter::write(std::span<const std::byte> bytes) {
    m_file.write(bytes);
    m_at += bytes.size();
}

}  // namespace tessera
