// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <tessera/engine.h>

#include "jobs/stage.h"
#include "local/stage_values.h"

namespace tessera {

/// `size` and `crop`: how a source becomes a model's input. Every lens that has a source declares them.
std::vector<ParameterSpec> preprocessingParameters();
/// The lens's parameters with what the query leaves out filled in. Throws Failure(Invalid) for an unknown name, a wrong type or a value out of range,
/// also of the range that `model` gives where one of its counts bounds a parameter.
ParameterSet completed(const ParameterSet& given, const std::vector<ParameterSpec>& specs, const ModelInfo* model = nullptr);

/// Depths of a model's codes, 0-based.
struct DepthRange {
    static constexpr int kAll = -1;
    int first = 0, last = kAll;  ///< one past the last
};

/// How a stage of a lens decodes tensors of its own making.
struct DecodeCall {
    Hash128 key;  ///< names the weights and the numeric policy
    /// Images [B,3,H,W] float32, not clamped, of latents [B,C,h,w] as the decoder takes them; in fp32, on the device.
    std::function<at::Tensor(const at::Tensor& latents, StageContext& context)> decode;
};

/// Names the stages of cells for lenses. Two lenses that ask for the same stage with the same parameters get plans of equal key.
/// Throws Failure when the cell's model lacks a capability or the cell's source or model is unknown.
class StagePlanner {
public:
    virtual ~StagePlanner() = default;

    /// The cell's model.
    virtual ModelInfo model(const CellRef& cell) = 0;
    /// DecodedImage: the file, upright, sRGB. `atLeast` as in DecodeOptions.
    virtual StagePlanPtr source(const CellRef& cell, int atLeast = 0) = 0;
    /// ModelInput: what the model is given. Parameters as preprocessingParameters(). Without a model any size goes. Throws Failure(Unsupported)
    /// for a source that is a file of tokens: there is no picture.
    virtual StagePlanPtr input(const CellRef& cell, const ParameterSet& parameters) = 0;
    /// The same, or nothing for a file of tokens.
    virtual StagePlanPtr inputIfAny(const CellRef& cell, const ParameterSet& parameters) = 0;
    /// TensorStage: "latents" (posterior mean) and what else the encoder gives. What feeds a code search is in fp32 unless a precision was asked for.
    virtual StagePlanPtr latents(const CellRef& cell, const ParameterSet& parameters) = 0;
    /// The same in fp32, or nothing if `latents` is that.
    virtual StagePlanPtr latentsInFp32(const CellRef& cell, const ParameterSet& parameters) = 0;
    /// DecodedPixels of a TensorStage that holds "latents". A model with codes is given what its codes stand for: searches, edits and embeds first.
    virtual StagePlanPtr decoded(const CellRef& cell, StagePlanPtr latents) = 0;
    /// The same of the latents themselves, whether or not the model has codes.
    virtual StagePlanPtr decodedContinuous(const CellRef& cell, StagePlanPtr latents) = 0;
    /// TensorStage "codes" [1,rows,columns,D] int64 of a TensorStage that holds "latents", with the cell's token edit.
    virtual StagePlanPtr codes(const CellRef& cell, StagePlanPtr latents) = 0;
    /// TensorStage "latents": what those depths of a TensorStage with "codes" stand for, as Quantizer::embed.
    virtual StagePlanPtr quantized(const CellRef& cell, StagePlanPtr codes, DepthRange depths) = 0;
    /// DecodedPixels of what `quantized` gives.
    virtual StagePlanPtr decodedCodes(const CellRef& cell, StagePlanPtr codes, DepthRange depths) = 0;
    /// TensorStage "text" [T,E] float32, not normalised: what the cell's model makes of the texts. Every `together` of them are one stage, so that a new
    /// one is read alone.
    virtual StagePlanPtr texts(const CellRef& cell, const std::vector<std::string>& texts, std::size_t together = 1) = 0;
    /// TensorStage "picture" [1,E], not normalised, and "scale", "bias", "independent" as TextTower::Logits, of what `latents` gives.
    virtual StagePlanPtr pictureVector(const CellRef& cell, StagePlanPtr latents) = 0;
    /// TensorStage "dense" [1,h,w,E] of unit length, of what `latents` gives; by the model's usual method where none is named.
    virtual StagePlanPtr denseVectors(const CellRef& cell, StagePlanPtr latents, const std::string& method) = 0;
    /// For a lens that needs many decodes at once.
    virtual DecodeCall decodeCall(const CellRef& cell) = 0;
    /// TensorStage "codebook.<d>" [K,codewordDim], one for every depth, a shared one once.
    virtual StagePlanPtr codebooks(const CellRef& cell) = 0;
    /// PixelComparison between a ModelInput and DecodedPixels. Without an input its measures say why they are absent; only Quick then.
    virtual StagePlanPtr comparison(StagePlanPtr input, StagePlanPtr decoded, ComparisonDepth depth) = 0;
};

}  // namespace tessera
