// SPDX-License-Identifier: Apache-2.0
#include "lenses/code_planes.h"

#include <algorithm>

#include <ATen/ATen.h>

#include "core/error.h"
#include "lenses/derived_stage.h"

namespace tessera {
namespace {

constexpr std::int64_t kMostRows = 8191, kMostDepths = 64, kVectorsVersion = 1;

}  // namespace

CodePlanes codePlanes(const TensorStage& stage) {
    const at::Tensor codes = stage.tensors->at("codes").to(at::kCPU, at::kLong).contiguous();
    TESSERA_ASSERT(codes.dim() == 4 && codes.size(0) == 1);
    CodePlanes planes{static_cast<int>(codes.size(1)), static_cast<int>(codes.size(2)), static_cast<int>(codes.size(3)), {}};
    planes.codes.assign(codes.const_data_ptr<std::int64_t>(), codes.const_data_ptr<std::int64_t>() + codes.numel());
    return planes;
}

std::string sizeText(const CodePlanes& planes) {
    return std::to_string(planes.columns) + " × " + std::to_string(planes.rows) + " × " + std::to_string(planes.depths) + " codes";
}

Readings readingsOf(const CodePlanes& planes, int shown) {
    Readings readings{.width = planes.columns, .height = planes.rows, .shown = shown};
    for (int depth = 1; depth <= planes.depths; ++depth) readings.names.push_back("depth " + std::to_string(depth));
    readings.values.assign(planes.codes.begin(), planes.codes.end());
    return readings;
}

ParameterSpec depthParameter(std::string help, InitialDepth initial) {
    return {.name = "depth", .initial = initial == InitialDepth::First ? std::int64_t(1) : kMostDepths, .low = std::int64_t(1), .high = kMostDepths, .help = std::move(help), .countedBy = "depths", .countedFrom = 1};
}

int depthOf(const Query& query) {
    return static_cast<int>(std::get<std::int64_t>(query.parameters.at("depth"))) - 1;
}

std::vector<ParameterSpec> tokenParameters() {
    return {
        {.name = "row", .initial = std::int64_t(-1), .low = std::int64_t(-1), .high = kMostRows, .help = "The token's row, counted from 0; -1 is the middle"},
        {.name = "column", .initial = std::int64_t(-1), .low = std::int64_t(-1), .high = kMostRows, .help = "The token's column, counted from 0; -1 is the middle"},
    };
}

TokenPlace tokenPlace(const Query& query, std::int64_t rows, std::int64_t columns) {
    const auto placed = [&](const char* name, std::int64_t count) {
        const auto place = std::get<std::int64_t>(query.parameters.at(name));
        if (place >= count) {
            throw Failure(ErrorCode::Invalid, "the grid has " + std::to_string(count) + " " + name + "s", std::string(name) + " " + std::to_string(place), "use 0 to " + std::to_string(count - 1));
        }
        return static_cast<int>(place < 0 ? count / 2 : place);
    };
    return {placed("row", rows), placed("column", columns)};
}

std::int64_t foldOf(const ModelInfo& model) {
    return model.codes.depths() > 0 && model.downsample > 0 ? std::max(1, model.codes.pixelsPerCell / model.downsample) : 1;
}

StagePlanPtr tokenVectors(const CellRef& cell, StagePlanPtr latents, StagePlanner& planner) {
    const std::int64_t fold = foldOf(planner.model(cell));
    if (fold == 1) return latents;
    const Hash128 key = Hasher().add(std::string_view("token vectors")).add(kVectorsVersion).add(latents->key).add(fold).finish();
    return derivedStage("token vectors", key, {latents}, [fold](std::span<const StageValue> values, StageContext&) {
        TensorStage stage = values[0].as<TensorStage>();
        const at::Tensor vectors = at::pixel_unshuffle(stage.tensors->at("latents"), fold);
        stage.tensors = std::make_shared<const TensorsByName>(TensorsByName{{"latents", vectors}});
        return StageValue::make(std::move(stage), vectors.nbytes());
    }, 0.1);
}

void needSameWeights(const Query& query, const CellRef& other, StagePlanner& planner) {
    if (other.model == query.cell.model || (other.model != ModelId{} && planner.model(other).fingerprint == planner.model(query.cell).fingerprint)) return;
    throw Failure(ErrorCode::Invalid, "the other cell has another model, and tokens of two models cannot be compared", "lens " + query.lens, "name a cell of the same model");
}

}  // namespace tessera
