// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace tessera::text {

/// Cuts one word into pieces of a vocabulary.
class PieceModel {
public:
    virtual ~PieceModel() = default;
    /// Appends the word's ids. Any thread.
    virtual void append(std::string_view word, std::vector<int>& ids) const = 0;
};

}  // namespace tessera::text
