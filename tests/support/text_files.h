// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace tessera::test {

/// All bytes of a file; empty where there is none.
std::string contents(const std::filesystem::path& path);

/// Records of RFC 4180.
std::vector<std::vector<std::string>> recordsOf(const std::string& csv);

}  // namespace tessera::test
