// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace tessera {

/// A regular, non-empty file open for reading; closed with the object.
class RegularFile {
public:
    /// Throws Failure in one sentence for what is missing, unreadable, empty, a folder or a device.
    explicit RegularFile(const std::filesystem::path& path);
    ~RegularFile();
    RegularFile(const RegularFile&) = delete;
    RegularFile& operator=(const RegularFile&) = delete;

    int descriptor() const { return m_descriptor; }
    std::uint64_t size() const { return m_size; }

private:
    int m_descriptor = -1;
    std::uint64_t m_size = 0;
};

/// Throws Failure for an errno that reading gave.
[[noreturn]] void failToRead(int error, const std::filesystem::path& path);

/// A file's bytes, mapped read-only; nothing is read before it is touched.
struct MappedFile {
    std::shared_ptr<const void> owner;  ///< keeps the mapping alive
    std::span<const std::byte> bytes;
};
MappedFile mapFile(const std::filesystem::path& path);
/// Lets go of the pages in memory that hold these bytes of a mapped file; they are read again when touched. Other memory is left alone.
void releasePages(std::span<const std::byte> bytes);

/// A new file under a name nobody uses, beside its target; takes the target's place in rename(), else it is removed again.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::filesystem::path& target);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    void write(std::span<const std::byte> bytes);
    /// To the disk before the name: after a crash the target is the old file or the whole new one.
    void sync();
    void rename();

private:
    std::filesystem::path m_target, m_path;
    int m_descriptor = -1;
    bool m_renamed = false;
};

}  // namespace tessera
