// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tessera/engine.h>

namespace tessera::test {

/// Tokens of two depths of 100 codewords over a source of 64 x 64; the code of the n-th place is n, counted depth by depth, cell by cell.
inline TokenGrid tokenGrid(int rows, int columns, const std::string& fingerprint = "scripted") {
    constexpr int kDepths = 2, kCodewords = 100;
    TokenGrid grid{.layout = {.codebookSizes = {kCodewords, kCodewords}, .codewordDim = 4, .pixelsPerCell = 64 / columns}, .rows = rows, .columns = columns, .fingerprint = fingerprint};
    const std::size_t cells = static_cast<std::size_t>(rows) * columns, places = cells * kDepths;
    for (std::size_t i = 0; i < places; ++i) grid.found.push_back(static_cast<std::int32_t>(i % kCodewords));
    grid.codes = grid.found;
    grid.norm.assign(cells, 17.79F);
    grid.codeNorm.assign(places, 1);
    grid.residual.assign(places, 3.76F);
    grid.nearest.assign(places, 3.5F);
    grid.second.assign(places, 4.25F);
    grid.secondCode.assign(places, 0);
    grid.sourceWidth = grid.sourceHeight = 64;
    grid.region = {0, 0, 64, 64};
    return grid;
}

/// The lenses of the Tokens workspace, as far as a board needs to know them.
inline std::vector<LensInfo> tokenLenses() {
    const ParameterSpec depth{.name = "depth", .initial = std::int64_t(1), .low = std::int64_t(1), .high = std::int64_t(64), .countedBy = "depths", .countedFrom = 1};
    std::vector<LensInfo> lenses;
    for (const char* name : {"depth", "depth_contribution"}) lenses.push_back({.name = name, .needs = {"encode", "quantize", "decode"}, .parameters = {depth}});
    for (const char* name : {"codes", "residual"}) lenses.push_back({.name = name, .needs = {"encode", "quantize"}, .parameters = {depth}});
    for (const char* name : {"token_norm", "latent_pca"}) lenses.push_back({.name = name, .needs = {"encode"}});
    const auto place = [](const char* name) { return ParameterSpec{.name = name, .initial = std::int64_t(-1), .low = std::int64_t(-1), .high = std::int64_t(4095)}; };
    lenses.push_back({.name = "token_similarity", .needs = {"encode"}, .parameters = {place("row"), place("column")}});
    return lenses;
}

}  // namespace tessera::test
