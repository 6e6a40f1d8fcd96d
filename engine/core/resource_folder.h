// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace tessera {

/// The folder that holds models/ and fonts/: `given`, else TESSERA_RESOURCES, else beside the program in an installation, up the tree in a build.
std::filesystem::path resourceFolder(const std::string& given);

}  // namespace tessera
