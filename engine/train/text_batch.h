// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/error.h"
#include "families/text_source.h"
#include "train/recipe.h"

namespace tessera::train {

/// One text of each picture, drawn among those that it has, with `nameShare` the first of them without drawing. Throws Failure for a picture without any.
inline std::vector<std::string> oneTextEach(const std::vector<std::vector<std::string>>& texts, Draws& draws, double nameShare = 0) {
    const auto count = static_cast<std::int64_t>(texts.size());
    const at::Tensor drawn = draws.uniform({count});
    const at::Tensor names = nameShare > 0 ? draws.uniform({count}) : at::ones({count});
    std::vector<std::string> chosen;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].empty()) throw Failure(ErrorCode::Invalid, "a picture has no text, and this recipe learns from texts", "data", "give every picture a text, or leave it out");
        const auto which = static_cast<std::size_t>(drawn[static_cast<std::int64_t>(i)].item<double>() * static_cast<double>(texts[i].size()));
        const bool name = names[static_cast<std::int64_t>(i)].item<double>() < nameShare;
        chosen.push_back(name ? texts[i].front() : texts[i][std::min(which, texts[i].size() - 1)]);
    }
    return chosen;
}

}  // namespace tessera::train
