// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include <tessera/shared_array.h>

namespace tessera {

/// The central directory of a zip archive in memory, every claim checked against the archive's bytes. Reads stored and deflated entries;
/// knows zip64, no encryption and no second disk.
class ZipArchive {
public:
    struct Entry {
        std::uint64_t offset = 0;  ///< of the data, in the archive
        std::uint64_t packed = 0, size = 0;
        std::uint32_t crc = 0;
        bool deflated = false;
    };

    /// `owner` keeps `bytes` alive; `name` goes into messages; `unpackable` bytes may come out of deflated entries, all of them together.
    /// Throws Failure(Invalid).
    ZipArchive(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, std::string name, std::uint64_t unpackable = std::uint64_t(1) << 30);

    /// By name, as stored. A name that occurs twice is refused.
    const std::map<std::string, Entry>& entries() const { return m_entries; }
    const Entry* find(const std::string& name) const;
    /// Shares the archive's memory if the entry is stored. Throws Failure for an entry of more than `limit` bytes.
    SharedBytes read(const Entry& entry, std::uint64_t limit);

private:
    void readDirectory(std::uint64_t offset, std::uint64_t size, std::uint64_t count);
    Entry locate(const std::string& name, std::uint64_t header, Entry entry) const;
    SharedBytes unpack(std::span<const std::byte> packed, const Entry& entry) const;
    [[noreturn]] void refuse(const std::string& what) const;

    std::span<const std::byte> m_bytes;
    std::shared_ptr<const void> m_owner;
    std::string m_name;
    std::map<std::string, Entry> m_entries;
    std::uint64_t m_unpackable;
};

/// True if the bytes start like a zip archive.
bool looksLikeZip(std::span<const std::byte> bytes);

}  // namespace tessera
