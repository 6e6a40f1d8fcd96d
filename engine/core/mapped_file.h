// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "core/error.h"

namespace tessera {

/// A file's bytes, mapped read-only; nothing is read before it is touched.
///
/// A file that is cut short or written to while it is mapped does not end the program: bytes that are gone read as zeros, and
/// checkUnchanged() says so. Whoever takes numbers out of a mapping asks it afterwards, before they are used.
struct MappedFile {
    std::shared_ptr<const void> owner;  ///< keeps the mapping alive
    std::span<const std::byte> bytes;
};
MappedFile mapFile(const std::filesystem::path& path);

/// Throws Failure if the file that holds these bytes changed since it was mapped, or if some of it could not be read. Other memory is fine. Any thread.
void checkUnchanged(const std::byte* bytes);

/// Lets go of the pages in memory that hold these bytes of a mapped file; they are read again when touched. Other memory is left alone.
void releasePages(std::span<const std::byte> bytes);

/// What `read(MappedFile)` makes of a file that stayed as it was meanwhile. A file that did not is not blamed for what `read` found in it.
template <typename Read>
auto readMapped(const std::filesystem::path& path, const Read& read) {
    const MappedFile file = mapFile(path);
    try {
        auto result = read(file);
        checkUnchanged(file.bytes.data());
        return result;
    } catch (const Failure&) {
        checkUnchanged(file.bytes.data());
        throw;
    }
}

}  // namespace tessera
