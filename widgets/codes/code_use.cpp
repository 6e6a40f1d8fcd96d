// SPDX-License-Identifier: GPL-3.0-or-later
#include "codes/code_use.h"

#include <algorithm>
#include <cmath>

namespace tessera::ui {
namespace {

PictureCodes pictureCodes(const TokenGrid& grid, const std::vector<std::int32_t>& codes) {
    PictureCodes picture{.codes = codes, .energy = 0, .left = {}};
    for (const float norm : grid.norm) picture.energy += double(norm) * norm;
    if (grid.layout.kind != CodeLayout::Kind::Residual) return picture;
    const std::size_t depths = static_cast<std::size_t>(grid.layout.depths());
    picture.left.resize(depths);
    for (std::size_t i = 0; i < grid.residual.size(); ++i) {
        // What is not known yet of a fresh edit counts nothing.
        if (!std::isnan(grid.residual[i])) picture.left[i % depths] += double(grid.residual[i]) * grid.residual[i];
    }
    return picture;
}

}  // namespace

int CodeUse::used() const {
    return static_cast<int>(std::ranges::count_if(counts, [](std::int64_t count) { return count > 0; }));
}

double CodeUse::entropy() const {
    double bits = 0;
    for (const std::int64_t count : counts) {
        if (count > 0) bits -= double(count) / double(total) * std::log2(double(count) / double(total));
    }
    return std::max(bits, 0.0);  // one code alone: no minus before the zero
}

double CodeUse::perplexity() const {
    return total == 0 ? 0 : std::exp2(entropy());
}

std::vector<std::int32_t> CodeUse::ranked() const {
    std::vector<std::int32_t> codes;
    for (std::size_t code = 0; code < counts.size(); ++code) {
        if (counts[code] > 0) codes.push_back(static_cast<std::int32_t>(code));
    }
    std::ranges::stable_sort(codes, std::ranges::greater(), [this](std::int32_t code) { return counts[code]; });
    return codes;
}

PictureCodes shownCodes(const TokenGrid& grid) {
    return pictureCodes(grid, grid.codes);
}

PictureCodes foundCodes(const TokenGrid& grid) {
    return pictureCodes(grid, grid.found);
}

std::vector<std::int32_t> editedCodes(std::vector<std::int32_t> codes, const TokenEdit& edit) {
    if (codes.size() != static_cast<std::size_t>(edit.rows) * edit.columns * edit.depths) return codes;  // an edit of another grid, which the engine refuses
    for (const TokenEdit::Change& change : edit.changes) {
        codes[(static_cast<std::size_t>(change.row) * edit.columns + change.column) * edit.depths + change.depth] = change.code;
    }
    return codes;
}

CodeStatistics::CodeStatistics(const CodeLayout& layout) : m_depths(layout.codebookSizes.size()) {
    for (std::size_t depth = 0; depth < m_depths.size(); ++depth) m_depths[depth].counts.resize(layout.codebookSizes[depth]);
    if (layout.kind == CodeLayout::Kind::Residual) m_left.resize(m_depths.size());
}

void CodeStatistics::count(const PictureCodes& picture, int sign) {
    m_pictures += sign;
    m_energy += sign * picture.energy;
    for (std::size_t depth = 0; depth < std::min(m_left.size(), picture.left.size()); ++depth) m_left[depth] += sign * picture.left[depth];
    for (std::size_t i = 0; i < picture.codes.size(); ++i) {
        CodeUse& use = m_depths[i % m_depths.size()];
        const std::int32_t code = picture.codes[i];
        if (code < 0 || static_cast<std::size_t>(code) >= use.counts.size()) continue;
        use.counts[code] += sign;
        use.total += sign;
    }
}

std::optional<double> CodeStatistics::energyShare(int depth) const {
    if (m_left.empty() || m_energy <= 0 || m_pictures == 0) return std::nullopt;
    const double before = depth == 0 ? m_energy : m_left[depth - 1];
    return (before - m_left[depth]) / m_energy;
}

}  // namespace tessera::ui
