// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <stop_token>
#include <vector>

#include <tessera/shared_array.h>

namespace tessera::ui {

/// One Codebook: `count` codewords of `dim` numbers, row by row. Shares its storage.
struct Codewords {
    SharedArray<float> values;
    int count = 0, dim = 0;

    std::span<const float> operator[](int code) const { return values.span().subspan(static_cast<std::size_t>(code) * dim, dim); }
    bool operator==(const Codewords& other) const { return values.data() == other.values.data() && count == other.count && dim == other.dim; }
};

double normOf(const Codewords& book, int code);

/// Another codeword and how far it is.
struct CodeNeighbour {
    std::int32_t code = -1;  ///< -1: a codebook of one, or no number to compare
    float distance = std::numeric_limits<float>::infinity();
    bool operator==(const CodeNeighbour&) const = default;
};

/// The nearest other codeword of each of these, the lowest code among equals: sums of squared differences in float32, so that close ones keep
/// their digits. Costs `of.size()` * count * dim steps and no memory beside the answer. Stopped: shorter than `of`.
std::vector<CodeNeighbour> nearestOthers(const Codewords& book, std::span<const std::int32_t> of, std::stop_token stop = {});

}  // namespace tessera::ui
