// SPDX-License-Identifier: Apache-2.0
#include <tessera/lens_argument.h>

#include "command.h"

namespace tessera::cli {

Query parsedLens(const std::string& text, const std::vector<LensInfo>& lenses) {
    Result<Query> query = tessera::parsedLens(text, lenses);
    if (!query) throw CommandError{query.error(), 2};
    return std::move(query).value();
}

}  // namespace tessera::cli
