// SPDX-License-Identifier: Apache-2.0
#include <tessera/apply_tokens.h>

#include <string>

#include "checkpoint/whole_numbers.h"
#include "core/error.h"

namespace tessera {
namespace {

std::string gridWords(std::int64_t rows, std::int64_t columns, std::int64_t depths) {
    return std::to_string(columns) + " × " + std::to_string(rows) + " × " + std::to_string(depths) + " codes";
}

Error mismatch(std::string message, std::string action) {
    return {ErrorCode::Mismatch, std::move(message), {}, std::move(action)};
}

}  // namespace

Result<TokenEdit> editTowards(const TokenGrid& grid, const HostTensor& codes) {
    std::vector<std::int64_t> shape = codes.shape;
    if (shape.size() == 3) shape.insert(shape.begin(), 1);
    if (!isWhole(codes.type)) return Error{ErrorCode::Invalid, "the codes of this file are of " + std::string(nameOf(codes.type)) + ", and should be whole numbers", {}, "save them as int64"};
    if (shape.size() != 4) return Error{ErrorCode::Invalid, "the codes of this file are no grid", {}, "give [1, rows, columns, D]"};
    if (shape[0] != 1) return mismatch("this file is of " + std::to_string(shape[0]) + " pictures", "give a file of one");
    const int depths = grid.layout.depths();
    if (shape[1] != grid.rows || shape[2] != grid.columns || shape[3] != depths) {
        return mismatch("this file holds " + gridWords(shape[1], shape[2], shape[3]) + ", and the cell has " + gridWords(grid.rows, grid.columns, depths), "give a file of the same grid and depths, or set size and crop as they were");
    }
    TokenEdit edit{.rows = grid.rows, .columns = grid.columns, .depths = depths, .changes = {}};
    for (std::size_t i = 0; i < grid.found.size(); ++i) {
        const std::int64_t code = wholeNumberAt(codes, i, "codes");
        const auto depth = static_cast<int>(i % depths), cell = static_cast<int>(i / depths), row = cell / grid.columns, column = cell % grid.columns;
        const int size = grid.layout.codebookSizes[static_cast<std::size_t>(depth)];
        if (code < -1 || code >= size) {
            return mismatch("there is no code " + std::to_string(code) + " at depth " + std::to_string(depth + 1) + ", which has 0 to " + std::to_string(size - 1) + ": row " + std::to_string(row) + ", column " + std::to_string(column),
                            "give a file that the same model wrote");
        }
        if (code != grid.found[i]) edit.changes.push_back({row, column, depth, static_cast<std::int32_t>(code)});
    }
    return edit;
}

}  // namespace tessera
