// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/regular_file.h"

namespace tessera {

/// Writes a zip archive of stored entries with 64-bit sizes. What an entry holds begins at a multiple of 64 bytes, so that it can be used
/// where it lies. The same entries give the same file.
class ZipWriter {
public:
    explicit ZipWriter(TemporaryFile& file) : m_file(file) {}

    /// An entry of `head` and `body`. Names of more than 65,535 bytes are refused with a Failure.
    void add(const std::string& name, std::span<const std::byte> head, std::span<const std::byte> body);
    /// The directory; nothing may follow.
    void finish();

private:
    void write(std::span<const std::byte> bytes);

    TemporaryFile& m_file;
    std::string m_directory;
    std::uint64_t m_at = 0, m_count = 0;
};

}  // namespace tessera
