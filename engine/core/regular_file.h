// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

namespace tessera {

/// What changes when a file is written to.
struct FileStamp {
    std::uint64_t size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;  ///< of the last change of its content
    bool operator==(const FileStamp&) const = default;
};

/// A regular, non-empty file open for reading; closed with the object.
class RegularFile {
public:
    /// Throws Failure in one sentence for what is missing, unreadable, empty, a folder or a device.
    explicit RegularFile(const std::filesystem::path& path);
    ~RegularFile();
    RegularFile(const RegularFile&) = delete;
    RegularFile& operator=(const RegularFile&) = delete;

    int descriptor() const { return m_descriptor; }
    std::uint64_t size() const { return m_opened.size; }
    const FileStamp& opened() const { return m_opened; }
    /// As the file is now, whatever its name is by now; none if that cannot be told.
    std::optional<FileStamp> stamp() const;

private:
    int m_descriptor = -1;
    FileStamp m_opened;
};

/// Throws Failure for an errno that reading gave.
[[noreturn]] void failToRead(int error, const std::filesystem::path& path);

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
