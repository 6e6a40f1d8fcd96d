// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace tessera {

/// Other codes than the search gave, at some places of one grid: what typing, painting, swapping, pasting and dropping come down to.
struct TokenEdit {
    /// A code of -1 adds nothing to what the decoder is given.
    struct Change {
        int row = 0, column = 0, depth = 0;  ///< 0-based
        std::int32_t code = 0;
        auto operator<=>(const Change&) const = default;
    };
    int rows = 0, columns = 0, depths = 0;  ///< of the grid it was made on; it suits no other
    std::vector<Change> changes;            ///< the last one of a place holds

    bool operator==(const TokenEdit&) const = default;
};

}  // namespace tessera
