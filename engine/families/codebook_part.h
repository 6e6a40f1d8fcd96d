// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>

#include "families/model_family.h"
#include "quantize/codebook_quantizer.h"

namespace tessera {

/// The Quantizer capability of a model that gives its CodeLayout by `codeLayout()` and, of a lane, its CodebookQuantizer by `quantizerOn(lane)`.
template <typename ModelType>
class CodebookPart final : public Quantizer {
public:
    explicit CodebookPart(const ModelType& model) : m_model(model) {}

    const CodeLayout& layout() const override { return m_model.codeLayout(); }
    at::Tensor quantize(const at::Tensor& latents, DeviceLane& lane) const override { return m_model.quantizerOn(lane).quantize(latents, lane); }
    at::Tensor embed(const at::Tensor& codes, int first, int last, DeviceLane& lane) const override { return m_model.quantizerOn(lane).embed(codes, first, last, lane); }
    at::Tensor codebook(int depth, DeviceLane& lane) const override { return m_model.quantizerOn(lane).codebook(depth); }
    TensorsByName facts(const at::Tensor& latents, const at::Tensor& codes, DeviceLane& lane) const override { return m_model.quantizerOn(lane).facts(latents, codes, lane); }

private:
    const ModelType& m_model;
};

}  // namespace tessera
