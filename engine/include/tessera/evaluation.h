// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tessera/engine.h>

namespace tessera {

/// What is measured, each of the models that can.
struct EvaluationTasks {
    bool reconstruction = true;  ///< PSNR, SSIM and L1 of the decoded picture, and bits per pixel of codes
    bool depths = true;          ///< PSNR and SSIM of the codes up to every depth
    bool codes = true;           ///< which codewords occur how often
    bool latents = true;         ///< mean and spread of every latent channel
    bool zeroShot = true;        ///< which of all names suits a picture best
    bool collages = true;        ///< whether a name is found where its picture lies among three others
};

struct EvaluationRequest {
    std::vector<std::string> paths;  ///< pictures, and what train::openDataset() takes: folders, .txt lists, .tar shards
    std::vector<ModelInfo> models;   ///< opened by the engine that evaluates
    ParameterSet preprocessing;      ///< size and crop, as lenses take them
    EvaluationTasks tasks;
    std::vector<double> strengths;   ///< of noise on the latents, as the lens perturbed has it
    std::int64_t seed = 0;           ///< of that noise, the same for every picture
    std::vector<std::string> labels; ///< names to choose from; empty: those of all pictures
    std::string promptTemplate = "none";  ///< around a name, as the lens zero_shot has it
    std::size_t limit = 0;           ///< so many pictures at most; 0: all
    std::optional<std::int64_t> shuffle{};  ///< seed of the order in which pictures meet in collages; none: their own order
};

/// One picture under one model.
struct EvaluationRow {
    std::string image;           ///< path of the file, or of the shard with the entry's name behind a slash
    std::size_t model = 0;       ///< index into EvaluationRequest::models
    int width = 0, height = 0;   ///< of what the model is given and is measured, px
    std::string precision;       ///< what the decoder ran in, of a model without one the encoder
    std::vector<Measure> measures;  ///< named as in evaluationColumns()
    std::string name;            ///< the picture's own, where it was looked for
    std::size_t nameRank = 0;    ///< 1: the likeliest of all names; 0: not looked for
    std::string likeliest;       ///< of all names
    std::optional<Error> problem;  ///< why nothing was measured
};

/// A measure over all pictures that have it. What is infinite (PSNR of equal pictures) is left out of the mean and counted.
struct EvaluationFigure {
    std::string name;
    Unit unit = Unit::None;
    std::size_t count = 0, infinite = 0;
    double mean = 0;           ///< NaN of none
    double standardError = 0;  ///< sample standard deviation / sqrt(count); NaN of fewer than two
};

/// The codes of one depth in all pictures.
struct CodeUse {
    std::int64_t codewords = 0, used = 0;
    double entropy = 0;     ///< bits per code of their frequencies
    double perplexity = 0;  ///< 2 to the entropy
    std::int64_t dead() const { return codewords - used; }
};

/// One channel of the latents over all positions of all pictures, in units of the unscaled latents.
struct LatentUse {
    double mean = 0, deviation = 0, least = 0, largest = 0;  ///< the deviation is divided by the number of positions
};

struct ZeroShotUse {
    std::size_t names = 0, pictures = 0, top1 = 0, top5 = 0;  ///< pictures whose own name is the likeliest, or among the five likeliest
};

/// Collages: of pictures with names, four with different ones at a time fill a square of the request's size, each whole in a quarter on its own background.
/// What is drawn of a picture is what its alpha covers by half, or without alpha what differs by more than 4 % of the range from the quarter's first pixel.
struct CollageUse {
    static constexpr double chance = 0.25;  ///< of both shares
    std::size_t collages = 0, failed = 0;   ///< measured, and left out
    std::int64_t tokens = 0;                ///< more than half of which is drawn in one quarter
    EvaluationFigure found;                 ///< "collage_tokens": the share of a collage's tokens above to which the quarter's name is more alike than the other three; over collages
    std::size_t drawings = 0, inPlace = 0;  ///< pictures, and those whose name is, in the mean over a quarter's tokens, more alike to their own than to the others
};

/// One model over all pictures.
struct ModelEvaluation {
    std::size_t pictures = 0, failed = 0;   ///< measured, and left out
    std::string precision;                  ///< of the first row that has one, else of the first collage
    std::vector<EvaluationFigure> figures;  ///< in the order of evaluationColumns()
    std::int64_t cells = 0;                 ///< grid cells whose codes were counted
    std::vector<CodeUse> codes;             ///< per depth; empty of a model without codes
    std::int64_t deadCodewords = 0;         ///< of all codebooks: those that no picture uses at any depth that they serve
    std::optional<double> entropyBitsPerPixel;  ///< what the codes would cost by the entropies above
    std::vector<LatentUse> channels;
    std::optional<LatentUse> latents;       ///< all channels together
    std::optional<ZeroShotUse> zeroShot;
    std::optional<CollageUse> collages;     ///< of a model that compares tokens with texts, where there are four names
    std::vector<std::string> notes;         ///< what the model cannot, warnings of its cells with their number
};

struct EvaluationReport {
    std::size_t pictures = 0, total = 0;  ///< measured or failed, and asked for
    std::size_t unreadable = 0;           ///< pictures under which every model failed
    bool finished = false;                ///< false: stopped by the observer
    double seconds = 0;
    std::vector<ModelEvaluation> models;
};

struct EvaluationObserver {
    std::function<void(const EvaluationRow&)> onRow;  ///< in the order of pictures, of one picture in that of models
    std::function<bool(std::size_t done, std::size_t total)> goesOn;  ///< asked every 50 ms; false ends with what was measured so far. Collages count and come last
};

/// Measures that rows may hold, in their order: "psnr", "ssim", "l1", "bits_per_pixel", "psnr_depth_1", "ssim_depth_1", ..., "kl", "psnr_strength_0.25", ...
std::vector<std::string> evaluationColumns(const EvaluationRequest& request);

/// Puts pictures through models, with the lenses and measures of a board: its cells hold the same numbers. Blocks. Memory does not grow with the number of
/// pictures. What cannot be read is a row with a problem; an error is what is wrong with all of it: paths, names, a lens's parameter.
Result<EvaluationReport> evaluateModels(Engine& engine, const EvaluationRequest& request, const EvaluationObserver& observer);

}  // namespace tessera
