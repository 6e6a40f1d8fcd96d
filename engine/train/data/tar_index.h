// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tessera::train {

/// Bytes that are read piece by piece.
struct ByteSource {
    std::uint64_t size = 0;
    std::string where;  ///< the file, for messages
    std::function<void(std::uint64_t offset, std::span<std::byte> to)> read;  ///< asked for what lies within `size` alone
};

/// A regular file in a tar archive.
struct TarEntry {
    std::string name;  ///< as it stands there: any bytes, never to be used as a path
    std::uint64_t offset = 0, size = 0;  ///< within the archive
};

/// Goes from header to header: ustar, pax, GNU's long names and sizes, and what was before them. Folders, links and devices are left out.
/// Throws Failure for what is damaged, cut off, compressed, no tar archive at all, or holds sparse files.
std::vector<TarEntry> tarEntries(const ByteSource& archive);

}  // namespace tessera::train
