// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include "local/edit_store.h"
#include "local/model_store.h"
#include "local/source_store.h"
#include "local/stage_planner.h"

namespace tessera {

/// Plans over the sources and models of one in-process engine.
class LocalPlanner : public StagePlanner {
public:
    LocalPlanner(SourceStore& sources, const ModelStore& models, const EditStore& edits, at::Device device)
        : m_sources(sources), m_models(models), m_edits(edits), m_device(device) {}

    ModelInfo model(const CellRef& cell) override;
    StagePlanPtr source(const CellRef& cell, int atLeast = 0) override;
    StagePlanPtr input(const CellRef& cell, const ParameterSet& parameters) override;
    StagePlanPtr inputIfAny(const CellRef& cell, const ParameterSet& parameters) override;
    StagePlanPtr latents(const CellRef& cell, const ParameterSet& parameters) override;
    StagePlanPtr latentsInFp32(const CellRef& cell, const ParameterSet& parameters) override;
    StagePlanPtr decoded(const CellRef& cell, StagePlanPtr latents) override;
    StagePlanPtr decodedContinuous(const CellRef& cell, StagePlanPtr latents) override;
    StagePlanPtr codes(const CellRef& cell, StagePlanPtr latents) override;
    StagePlanPtr quantized(const CellRef& cell, StagePlanPtr codes, DepthRange depths) override;
    StagePlanPtr decodedCodes(const CellRef& cell, StagePlanPtr codes, DepthRange depths) override;
    StagePlanPtr texts(const CellRef& cell, const std::vector<std::string>& texts, std::size_t together) override;
    StagePlanPtr pictureVector(const CellRef& cell, StagePlanPtr latents) override;
    StagePlanPtr denseVectors(const CellRef& cell, StagePlanPtr latents, const std::string& method) override;
    DecodeCall decodeCall(const CellRef& cell) override;
    StagePlanPtr codebooks(const CellRef& cell) override;
    StagePlanPtr comparison(StagePlanPtr input, StagePlanPtr decoded, ComparisonDepth depth) override;

    /// TokenGrid of a cell.
    StagePlanPtr tokens(const CellRef& cell, const ParameterSet& parameters);
    /// Description of a cell, token by token. The request's parameters are completed preprocessing.
    StagePlanPtr description(const DescribeRequest& request);
    /// Generation, token by token. Pictures of kept steps take no more than `keptBytes`.
    StagePlanPtr drawing(const GenerateRequest& request, std::size_t keptBytes);
    StagePlanPtr wordInfluence(const WordInfluenceRequest& request);

    /// Least pixels on the longer side of the scaled decode that previews and thumbnails share.
    static constexpr int kPreviewPixels = 480;

    /// Inputs are cut from a scaled decode of at least this many pixels on the longer side: for previews. 0: full size.
    void setPreview(int atLeast) { m_preview = atLeast; }

private:
    Hash128 policyOf(const OpenModel& model, Precision precision) const;
    StagePlanPtr encoded(const OpenModel& open, Precision precision, StagePlanPtr input) const;
    StagePlanPtr searched(const OpenModel& open, StagePlanPtr latents) const;
    StagePlanPtr found(const CellRef& cell, StagePlanPtr latents) const;
    StagePlanPtr edited(EditId edit, StagePlanPtr codes) const;
    StagePlanPtr decodedAsGiven(const OpenModel& open, StagePlanPtr latents) const;

    // token_stages.cpp: of a source that is a file of tokens.
    StagePlanPtr tokenFile(const CellRef& cell) const;     ///< TokenFile
    StagePlanPtr tokenPicture(const CellRef& cell) const;  ///< as source()
    StagePlanPtr givenLatents(const CellRef& cell) const;  ///< as latents()
    StagePlanPtr givenCodes(const CellRef& cell) const;    ///< as codes(), without an edit

    SourceStore& m_sources;
    const ModelStore& m_models;
    const EditStore& m_edits;
    at::Device m_device;
    int m_preview = 0;
};

}  // namespace tessera
