// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <ATen/ATen.h>

namespace tessera::train {

/// Texts that belong together, of one picture or of one line, stand in so many places.
constexpr std::int64_t kTexts = 16;

/// Of 1 text or more, the one in that place: the first stands in the first alone, where there are more; the others, as many as there is room for, stand again and again.
inline const std::string& textInPlace(const std::vector<std::string>& texts, std::int64_t place) {
    const std::int64_t others = std::min<std::int64_t>(kTexts, std::ssize(texts)) - 1;
    return place == 0 || others == 0 ? texts.front() : texts[static_cast<std::size_t>(1 + (place - 1) % others)];
}

/// places [n] in [0,1) as whole numbers below `count`.
inline at::Tensor wholeBelow(const at::Tensor& places, std::int64_t count) { return (places * static_cast<double>(count)).to(at::kLong); }

/// Places [n] of texts: the first for the share `first` of them, else any. `choice`, `places`: [n] in [0,1).
inline at::Tensor textPlaces(const at::Tensor& choice, const at::Tensor& places, double first) { return at::where(choice < first, 0, wholeBelow(places, kTexts)); }

/// Whether text j is among those of i: ids [n,kTexts,L] and [m,L] to [n,m].
inline at::Tensor amongTexts(const at::Tensor& own, const at::Tensor& texts) { return (own.unsqueeze(1) == texts.unsqueeze(0).unsqueeze(2)).all(3).any(2); }

}  // namespace tessera::train
