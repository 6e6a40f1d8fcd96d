// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <ATen/ATen.h>

#include "families/model_family.h"
#include "quantize/nearest_code.h"

namespace tessera {

/// How a model's latents become vectors to search for.
struct QuantizerOptions {
    CodeLayout layout;
    bool unitLength = false;             ///< vectors and codewords are L2-normalised (norm at least 1e-12) before the search, and the normalised codeword is what counts
    int foldRows = 1, foldColumns = 1;   ///< latent cells of one code cell; their channels lie one after the other, (row, column, channel)
    int beam = 1;                        ///< residual codes without unit length: prefixes that are followed; 1: the nearest codeword at each depth
};

/// The one quantizer behind all families: plain, of unit length, residual over D depths, product. Holds codebooks [K,codewordDim] of one placement.
class CodebookQuantizer {
public:
    /// `codebooks`: one for every depth, as stored without padding rows; a shared one is given D times.
    CodebookQuantizer(QuantizerOptions options, std::vector<at::Tensor> codebooks);

    /// As Quantizer's. Throws Failure(Mismatch) for latents or codes of another shape.
    at::Tensor quantize(const at::Tensor& latents, DeviceLane& lane) const;
    /// Residual codes may be those of the first depths alone: the others add nothing.
    at::Tensor embed(const at::Tensor& codes, int first, int last, DeviceLane& lane) const;
    const at::Tensor& codebook(int depth) const;
    /// As Quantizer's.
    TensorsByName facts(const at::Tensor& latents, const at::Tensor& codes, DeviceLane& lane) const;

private:
    /// Throws Failure(Mismatch) for latents that do not fit.
    void checkLatents(const at::Tensor& latents) const;
    /// Made ready by the first search, one for every different codebook.
    struct Prepared;
    const std::vector<const PreparedCodebook*>& prepared() const;

    at::Tensor searched(const at::Tensor& vectors, DeviceLane& lane) const;  ///< [N,width] to codes [N,depths]
    at::Tensor folded(const at::Tensor& latents) const;    ///< [B,C,h,w] to [B,rows,columns,foldRows*foldColumns*C]
    at::Tensor unfolded(const at::Tensor& vectors) const;  ///< and back

    QuantizerOptions m_options;
    std::vector<at::Tensor> m_codebooks;
    std::shared_ptr<Prepared> m_prepared;
};

}  // namespace tessera
