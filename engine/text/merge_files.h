// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tessera::text {

/// The lines of a text file, which may be packed with gzip: split at "\n" alone, the last one also where it is empty. At most 64 MiB.
/// Throws Failure(Invalid) for broken archives, larger ones, and what is not UTF-8.
std::vector<std::string> textLines(const std::filesystem::path& path);

/// merges.txt: "a b" a line, by rank; without its "#version" line and empty ones.
std::vector<std::string> mergesOf(const std::filesystem::path& path);

}  // namespace tessera::text
