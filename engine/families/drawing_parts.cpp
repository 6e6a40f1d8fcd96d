// SPDX-License-Identifier: Apache-2.0
#include "families/drawing_parts.h"

#include <algorithm>
#include <string>

#include "core/error.h"

namespace tessera {

std::vector<std::uint64_t> seedsOf(const GenerateRequest& request) {
    std::vector<std::uint64_t> seeds;
    for (int i = 0; i < request.count; ++i) seeds.push_back(request.seed + static_cast<std::uint64_t>(i));
    return seeds;
}

void checkGivenCodes(std::span<const std::int32_t> given, std::size_t count, int codebookSize) {
    const auto refuse = [](const std::string& what, const char* advice) { throw Failure(ErrorCode::Invalid, what, "generate", advice); };
    if (!given.empty() && given.size() != count) {
        refuse("there are " + std::to_string(given.size()) + " given codes, and what is drawn has " + std::to_string(count), "give one for every place, -1 where it is to be drawn");
    }
    if (const auto wrong = std::ranges::find_if(given, [&](std::int32_t code) { return code < -1 || code >= codebookSize; }); wrong != given.end()) {
        refuse("no codebook has the given code " + std::to_string(*wrong), "use codes of this model, -1 where one is to be drawn");
    }
}

}  // namespace tessera
