// SPDX-License-Identifier: Apache-2.0
#include "local/token_source.h"

#include <algorithm>
#include <array>

#include <tessera/code_colour.h>

#include "checkpoint/whole_numbers.h"
#include "core/error.h"
#include "device/torch_bridge.h"
#include "local/margins.h"

namespace tessera {
namespace {

constexpr std::int64_t kNoCode = -1;

const HostTensor* find(const TokenFile& file, const char* name) {
    const auto found = file.tensors.find(name);
    return found == file.tensors.end() ? nullptr : &found->second;
}

std::string wordOf(const TokenFile& file, const char* name) {
    const auto found = file.words.find(name);
    return found == file.words.end() ? std::string() : found->second;
}

std::string sides(std::int64_t rows, std::int64_t columns) {
    return std::to_string(columns) + " × " + std::to_string(rows);
}

/// What to do about a file that does not suit the model.
std::string remedyFor(const TokenFile& file) {
    const std::string model = wordOf(file, "model");
    return model.empty() ? "choose the model that gave them" : "choose the model that gave them: " + model;
}

[[noreturn]] void mismatch(const std::string& what, const TokenFile& file, const OpenModel& open) {
    throw Failure(ErrorCode::Mismatch, what, open.info.name, remedyFor(file));
}

Image drawnCodes(const HostTensor& codes) {
    const std::int64_t rows = codes.shape[1], columns = codes.shape[2], depths = codes.shape[3];
    std::vector<std::uint8_t> pixels;
    for (std::int64_t cell = 0; cell < rows * columns; ++cell) {
        const auto colour = colourOfCode(wholeNumberAt(codes, static_cast<std::size_t>(cell * depths), "codes"));
        pixels.insert(pixels.end(), colour.begin(), colour.end());
    }
    return Image(static_cast<int>(columns), static_cast<int>(rows), 3, SharedArray<std::uint8_t>(std::move(pixels)));
}

/// The length of every vector, from 0 to the longest.
Image drawnLatents(const HostTensor& latents) {
    const c10::InferenceMode inference;
    const at::Tensor norms = tensorFromHost(latents).select(0, 0).to(at::kFloat).norm(2, {0});  // [h,w]
    const at::Tensor grey = (norms / norms.max().clamp_min(1e-12)).nan_to_num(0).clamp(0, 1).mul(255).round().to(at::kByte).contiguous();
    std::vector<std::uint8_t> pixels(grey.const_data_ptr<std::uint8_t>(), grey.const_data_ptr<std::uint8_t>() + grey.numel());
    return Image(static_cast<int>(norms.size(1)), static_cast<int>(norms.size(0)), 1, SharedArray<std::uint8_t>(std::move(pixels)));
}

/// Rows and columns of cells, and how many pixels of the model's input one is.
struct Grid {
    std::int64_t rows = 0, columns = 0, cell = 1;
};

Grid gridOf(const TokenFile& file, const OpenModel& open) {
    const ModelInfo& info = open.info;
    const HostTensor *codes = find(file, "codes"), *latents = find(file, "latents");
    Grid grid;
    if (codes && info.codes.depths() > 0) grid = {codes->shape[1], codes->shape[2], std::max(1, info.codes.pixelsPerCell)};
    else if (latents) grid = {latents->shape[2], latents->shape[3], std::max(1, info.downsample)};
    else throw Failure(needsCodes(file, open));
    if (info.inputSide == 0) return grid;
    const std::int64_t side = codes && info.codes.depths() > 0 && info.codes.pixelsPerCell > 0 ? info.inputSide / info.codes.pixelsPerCell : 0;
    if (side > 0 && (grid.rows != side || grid.columns != side)) mismatch("this file is a grid of " + sides(grid.rows, grid.columns) + ", and " + info.name + " takes " + sides(side, side), file, open);
    return grid;
}

/// Height and width, of what was padded too.
std::pair<std::int64_t, std::int64_t> wholeSize(const Grid& grid, const ModelInfo& info) {
    if (info.inputSide > 0) return {info.inputSide, info.inputSide};
    constexpr std::int64_t kMostSide = 1 << 20;
    if (grid.rows > kMostSide / grid.cell || grid.columns > kMostSide / grid.cell) {
        throw Failure(ErrorCode::Invalid, "a grid of " + sides(grid.rows, grid.columns) + " is of no picture that could be drawn", info.name, "give a file of smaller pictures");
    }
    return {grid.rows * grid.cell, grid.columns * grid.cell};
}

/// The size that the file remembers, where it lies in the last row and column of cells.
std::pair<std::int64_t, std::int64_t> pictureSize(const TokenFile& file, const Grid& grid, const ModelInfo& info) {
    const std::pair whole = wholeSize(grid, info);
    const HostTensor* size = find(file, "picture_size");
    if (info.inputSide > 0 || !size || size->elements() < 2 || !isWhole(size->type)) return whole;
    const std::pair told{wholeNumberAt(*size, 0, "picture_size"), wholeNumberAt(*size, 1, "picture_size")};
    const auto suits = [&](std::int64_t side, std::int64_t most) { return side > most - grid.cell && side <= most; };
    return suits(told.first, whole.first) && suits(told.second, whole.second) ? told : whole;
}

}  // namespace

DecodedImage pictureOf(const TokenFile& file) {
    const HostTensor *codes = find(file, "codes"), *latents = find(file, "latents");
    DecodedImage picture;
    picture.image = codes ? drawnCodes(*codes) : drawnLatents(*latents);
    picture.format = (codes ? "codes, " : "latents, ") + file.format;
    picture.fullWidth = picture.image.width();
    picture.fullHeight = picture.image.height();
    picture.channels = static_cast<int>(codes ? codes->shape[3] : latents->shape[1]);
    picture.bitsPerChannel = 0;
    if (codes && latents) picture.notes.emplace_back("with the latents that they were found for");
    if (const std::string model = wordOf(file, "model"); !model.empty()) picture.notes.push_back("given by " + model);
    if (const std::string size = wordOf(file, "size"), crop = wordOf(file, "crop"); !size.empty() && !crop.empty()) {
        picture.notes.push_back("of a picture with size " + size + ", crop " + crop);
    }
    if (const std::string edited = wordOf(file, "edited"); !edited.empty()) picture.notes.push_back("edited by hand: " + edited);
    if (const std::int64_t count = picturesIn(file); count > 1) picture.notes.push_back("the first of " + std::to_string(count) + " pictures");
    return picture;
}

TensorStage placeOf(const TokenFile& file, const OpenModel& open) {
    const Grid grid = gridOf(file, open);
    const auto [wholeHeight, wholeWidth] = wholeSize(grid, open.info);
    const auto [height, width] = pictureSize(file, grid, open.info);
    TensorStage stage;
    stage.precision = wordOf(file, "precision").empty() ? "as given" : wordOf(file, "precision");
    ModelInput& origin = stage.origin;
    // Only its size counts: there is no picture.
    origin.image = Image(static_cast<int>(width), static_cast<int>(height), 1, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(static_cast<std::size_t>(width * height))));
    origin.crop = {0, 0, static_cast<double>(width), static_cast<double>(height)};
    origin.margins = {.right = static_cast<int>(wholeWidth - width), .below = static_cast<int>(wholeHeight - height)};
    origin.sourceWidth = static_cast<int>(width);
    origin.sourceHeight = static_cast<int>(height);
    if (const std::string other = wordOf(file, "fingerprint"); !other.empty() && other != open.info.fingerprint) {
        stage.notes.push_back({Note::Kind::Warning, "these tokens are of " + wordOf(file, "model") + ", whose weights are others than those of " + open.info.name + ": what they decode to need not be the picture"});
    }
    if (const HostTensor* codes = find(file, "codes"); codes && codes->shape[3] < open.info.codes.depths()) {
        stage.notes.push_back({Note::Kind::Information, "codes of the first " + std::to_string(codes->shape[3]) + " of " + std::to_string(open.info.codes.depths()) + " depths: the others add nothing"});
    }
    if (const std::int64_t count = picturesIn(file); count > 1) stage.notes.push_back({Note::Kind::Warning, "the first of " + std::to_string(count) + " pictures in this file"});
    return stage;
}

std::optional<at::Tensor> givenCodes(const TokenFile& file, const OpenModel& open) {
    const HostTensor* codes = find(file, "codes");
    const CodeLayout& layout = open.info.codes;
    if (!codes || layout.depths() == 0) return std::nullopt;
    const std::int64_t rows = codes->shape[1], columns = codes->shape[2], depths = codes->shape[3];
    const bool fewer = layout.kind == CodeLayout::Kind::Residual && depths < layout.depths();
    if (depths != layout.depths() && !fewer) mismatch("this file holds codes of " + std::to_string(depths) + (depths == 1 ? " depth, and " : " depths, and ") + open.info.name + " has " + std::to_string(layout.depths()), file, open);
    at::Tensor result = at::empty({1, rows, columns, depths}, at::kLong);
    auto* to = result.mutable_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < rows * columns * depths; ++i) {
        to[i] = wholeNumberAt(*codes, static_cast<std::size_t>(i), "codes");
        const std::int64_t depth = i % depths, size = layout.codebookSizes[static_cast<std::size_t>(depth)];
        if (to[i] >= -1 && to[i] < size) continue;
        mismatch("there is no code " + std::to_string(to[i]) + " at depth " + std::to_string(depth + 1) + " of " + open.info.name + ", which has 0 to " + std::to_string(size - 1) + ": row " +
                     std::to_string(i / depths / columns) + ", column " + std::to_string(i / depths % columns), file, open);
    }
    if (fewer) result = at::constant_pad_nd(result, {0, layout.depths() - depths}, kNoCode);
    return result;
}

void refuseCodesAsFractions(const at::Tensor& latents, const OpenModel& open) {
    const int depths = open.info.codes.depths();
    if (depths == 0 || latents.dim() != 4 || latents.size(3) != depths || latents.numel() == 0) return;
    const bool whole = at::equal(latents, latents.round()) && latents.min().item<double>() < latents.max().item<double>();
    if (whole) throw Failure(ErrorCode::Invalid, "the array holds whole numbers, as codes are, but as fractions, so it is read as latents", open.info.name, "save codes as int64");
}

std::optional<at::Tensor> givenLatents(const TokenFile& file, const OpenModel& open) {
    const HostTensor* latents = find(file, "latents");
    if (!latents) return std::nullopt;
    if (!find(file, "codes")) refuseCodesAsFractions(tensorFromHost(*latents).to(at::kFloat), open);
    if (latents->shape[1] != open.info.latentChannels) {
        mismatch("this file holds latents of " + std::to_string(latents->shape[1]) + " channels, and those of " + open.info.name + " have " + std::to_string(open.info.latentChannels), file, open);
    }
    const at::Tensor values = tensorFromHost(*latents).narrow(0, 0, 1).to(at::kFloat).contiguous();
    if (!allFinite(values)) throw Failure(ErrorCode::Invalid, "the latents of this file hold NaN or infinity", open.info.name, "encode the picture again");
    return values;
}

Error needsCodes(const TokenFile& file, const OpenModel& open) {
    return {ErrorCode::Mismatch, "this file holds codes, and " + open.info.name + " has none", open.info.name, remedyFor(file)};
}

}  // namespace tessera
