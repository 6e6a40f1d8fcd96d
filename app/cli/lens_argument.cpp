// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "command.h"

namespace tessera::cli {

Query parsedLens(const std::string& text, const std::vector<LensInfo>& lenses) {
    const std::size_t colon = text.find(':');
    Query query{.lens = text.substr(0, colon), .cell = {}, .parameters = {}};
    const auto lens = std::ranges::find(lenses, query.lens, &LensInfo::name);
    if (lens == lenses.end()) {
        std::string names;
        for (const LensInfo& each : lenses) names += (names.empty() ? "" : ", ") + each.name;
        throw CommandError{Error{ErrorCode::NotFound, "no such lens", query.lens, "use one of: " + names}, 2};
    }
    std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        const std::string pair = rest.substr(0, comma);
        rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
        const std::size_t equals = pair.find('=');
        const auto spec = std::ranges::find(lens->parameters, pair.substr(0, equals), &ParameterSpec::name);
        if (equals == std::string::npos || spec == lens->parameters.end()) {
            std::string names;
            for (const ParameterSpec& each : lens->parameters) names += (names.empty() ? "" : ", ") + each.name;
            throw CommandError{Error{ErrorCode::Invalid, "cannot read the parameter \"" + pair + "\"", "lens " + query.lens, "give NAME=VALUE with one of: " + names}, 2};
        }
        query.parameters[spec->name] = parsedValue(pair.substr(equals + 1), *spec);
    }
    return query;
}

}  // namespace tessera::cli
