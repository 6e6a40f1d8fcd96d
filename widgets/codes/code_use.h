// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <tessera/token_edit.h>
#include <tessera/token_grid.h>

namespace tessera::ui {

/// How often each code of one depth occurs.
struct CodeUse {
    std::vector<std::int64_t> counts;  ///< (K)
    std::int64_t total = 0;            ///< of all; tokens without a code are not among them

    int used() const;    ///< codes that occur
    int unused() const { return static_cast<int>(counts.size()) - used(); }
    double entropy() const;  ///< in bits; 0 where nothing was counted
    /// As many codes, used evenly, would have that entropy; 0 where nothing was counted.
    double perplexity() const;
    /// The codes that occur, the most used first, the lower number first among equals.
    std::vector<std::int32_t> ranked() const;
};

/// What is counted of one picture.
struct PictureCodes {
    std::vector<std::int32_t> codes;  ///< (cells, depths)
    double energy = 0;                ///< sum of the tokens' squared lengths
    std::vector<double> left;         ///< (depths): sum of the squared lengths of what a depth leaves; empty where depths do not leave one another anything
};
/// Of the codes that the grid shows, or of those that the search found.
PictureCodes shownCodes(const TokenGrid& grid);
PictureCodes foundCodes(const TokenGrid& grid);
/// Those codes with an edit of that grid; energy and what is left stay those of the search.
std::vector<std::int32_t> editedCodes(std::vector<std::int32_t> codes, const TokenEdit& edit);

/// Codes of any number of pictures, depth by depth.
class CodeStatistics {
public:
    CodeStatistics() = default;
    explicit CodeStatistics(const CodeLayout& layout);

    void add(const PictureCodes& picture) { count(picture, 1); }
    /// One that was added before.
    void remove(const PictureCodes& picture) { count(picture, -1); }

    int depths() const { return static_cast<int>(m_depths.size()); }
    int pictures() const { return m_pictures; }
    const CodeUse& depth(int depth) const { return m_depths[depth]; }
    /// The share of the tokens' energy that a depth takes away. Nothing for codebooks that stand side by side, or without energy.
    std::optional<double> energyShare(int depth) const;

private:
    void count(const PictureCodes& picture, int sign);

    std::vector<CodeUse> m_depths;
    std::vector<double> m_left;
    double m_energy = 0;
    int m_pictures = 0;
};

}  // namespace tessera::ui
