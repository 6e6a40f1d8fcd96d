// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "train/kept_latents.h"
#include "train/kept_rows.h"
#include "train/parameters.h"
#include "train/recipe.h"

namespace tessera::train {

/// Codes of pictures with the word pieces of their texts: what a language model learns from, many times from each.
class KeptCodes {
public:
    /// Codes [tokens,depths] of a picture, texts of at most `longest` pieces.
    KeptCodes(const KeptSettings& settings, std::int64_t tokens, std::int64_t depths, std::int64_t longest, Parameters& parameters);

    /// What put() and chosen() go by: "kept.into" [B] of B new pictures, "kept.places" [3,N], all in [0,1); beside them goes pieces() as "kept.pieces".
    void draw(TensorsByName& batch, Draws& draws) const;
    /// Pieces of each picture's texts, at most kTexts of them: [B,kTexts,longest], -1 behind a text's last.
    at::Tensor pieces(const std::vector<std::vector<std::string>>& texts, const std::function<std::vector<std::int64_t>(const std::string&)>& piecesOf) const;
    /// codes [B,N,D].
    void put(const at::Tensor& codes, const TensorsByName& batch);
    void fill(const at::Tensor& codes, const at::Tensor& pieces, std::int64_t first);
    /// What put() has not yet changed, of this batch: codes [N,tokens,depths].
    at::Tensor codes(const TensorsByName& batch) const { return m_codes.rows().index_select(0, m_codes.chosen(batch.at("kept.places")[0])); }
    /// Pieces of one text of each: its first for the share `first` of them, else any.
    std::vector<std::vector<std::int64_t>> texts(const TensorsByName& batch, double first) const;

private:
    std::int64_t m_drawn;
    KeptRows m_codes, m_pieces;
};

}  // namespace tessera::train
