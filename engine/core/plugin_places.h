// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

namespace tessera {

/// Where a library that is opened when it is first needed may lie: beside the library or program that this code is in, in lib/ of a build tree's root, or of an installed tree.
std::vector<std::filesystem::path> pluginPlaces(const char* fileName);

}  // namespace tessera
