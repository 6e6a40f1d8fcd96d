// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tessera::text {

/// How many bytes have to be changed, left out or put in to make one word the other (Levenshtein).
int editDistance(std::string_view a, std::string_view b);

}  // namespace tessera::text
