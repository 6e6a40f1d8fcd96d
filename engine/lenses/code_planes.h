// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tessera/picture.h>
#include <tessera/query.h>

#include "local/stage_planner.h"
#include "local/stage_values.h"

namespace tessera {

/// One picture's codes in host memory.
struct CodePlanes {
    int rows = 0, columns = 0, depths = 0;
    std::vector<std::int64_t> codes;  ///< (rows, columns, depths)

    std::int64_t at(int row, int column, int depth) const { return codes[(static_cast<std::size_t>(row) * columns + column) * depths + depth]; }
};

/// Of a stage that holds "codes" [1,rows,columns,D].
CodePlanes codePlanes(const TensorStage& stage);
/// "16 × 16 × 8 codes".
std::string sizeText(const CodePlanes& planes);
/// All depths, for the probe; the picture was drawn from depth `shown`.
Readings readingsOf(const CodePlanes& planes, int shown);

/// `depth`: one of the model's depths, counted from 1 as people count them; the first or the last of them where none is given.
enum class InitialDepth { First, Last };
ParameterSpec depthParameter(std::string help, InitialDepth initial = InitialDepth::First);
/// Its value, counted from 0.
int depthOf(const Query& query);

/// `row` and `column` of a token; -1 is the grid's middle.
std::vector<ParameterSpec> tokenParameters();
struct TokenPlace {
    int row = 0, column = 0;
};
/// Throws Failure(Invalid) for a place outside a grid of that size.
TokenPlace tokenPlace(const Query& query, std::int64_t rows, std::int64_t columns);

/// Latents along each side of a token: where codes stand for several of them, those are one token.
std::int64_t foldOf(const ModelInfo& model);
/// TensorStage "latents" [1,C*fold*fold,rows,columns]: one vector per token. The same stage where every latent is a token.
StagePlanPtr tokenVectors(const CellRef& cell, StagePlanPtr latents, StagePlanner& planner);

/// Throws Failure(Invalid) if the other cell's model has other weights than the query's: codes and tokens of two models have nothing in common.
void needSameWeights(const Query& query, const CellRef& other, StagePlanner& planner);

}  // namespace tessera
