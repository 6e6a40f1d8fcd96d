// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace tessera::viewer {

/// The TrueType face that everything is written in; it lies in the program.
std::vector<unsigned char> face();

}  // namespace tessera::viewer
