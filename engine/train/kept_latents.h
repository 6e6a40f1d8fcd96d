// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>
#include <nlohmann/json_fwd.hpp>

#include "train/kept_rows.h"
#include "train/parameters.h"
#include "train/recipe.h"
#include "train/several_texts.h"

namespace tessera::train {

/// What is kept of pictures below a frozen network, so that what is trained over it learns many times from each and the frozen one works once. Settings "kept" (pictures, 0:
/// none), "kept_side" (pixels along a side; pictures of another side are not kept), "drawn" (from the kept ones, for each step) and "window" (tokens along the side of what is
/// drawn of each; 0: all of it).
struct KeptSettings {
    std::int64_t pictures = 0, side = 0, drawn = 0, window = 0;

    bool takes(const at::Tensor& image) const { return image.size(2) == side && image.size(3) == side; }  ///< [B,3,H,W]
    /// `downsample`: pixels of a token. Throws Failure(Invalid) for numbers that do not go together.
    static KeptSettings read(const nlohmann::json& settings, int downsample);
};

/// Latents, and windows of them.
class KeptLatents {
public:
    /// Latents [channels, side/cell, side/cell], a token has `patch` x `patch` of them.
    KeptLatents(const KeptSettings& settings, std::int64_t channels, int cell, int patch, Parameters& parameters);

    std::int64_t tokens() const { return m_window / m_patch; }  ///< along a window's side
    /// What put() and windows() go by: "window.into" [B] and "window.places" [3,N], all in [0,1).
    void draw(TensorsByName& batch, Draws& draws) const;
    void put(const at::Tensor& latents, const TensorsByName& batch) { m_rows.put(latents, batch.at("window.into")); }
    void fill(const at::Tensor& latents, std::int64_t first) { m_rows.fill(latents, first); }
    at::Tensor windows(const TensorsByName& batch) const;  ///< [N,channels,h,w]

private:
    KeptSettings m_settings;
    std::int64_t m_window, m_patch;  ///< latent cells
    KeptRows m_rows;
};

/// Tokens with the ids of their pictures' texts, and which of them something is drawn at.
class KeptWords {
public:
    KeptWords(const KeptSettings& settings, std::int64_t channels, int downsample, std::int64_t context, Parameters& parameters);

    /// Of B pictures with texts: "words.into" [B], "words.places" [3,N], all in [0,1); beside them goes "words.ids" [B,kTexts,L].
    void draw(TensorsByName& batch, std::int64_t pictures, Draws& draws) const;
    /// tokens [B,T,h,w], painted [B,h,w] bool.
    void put(const at::Tensor& tokens, const at::Tensor& painted, const TensorsByName& batch);
    void fill(const at::Tensor& tokens, const at::Tensor& painted, const at::Tensor& ids, std::int64_t first);
    struct Drawn {
        at::Tensor tokens, ids, same;  ///< [N,T,h,w], one text each [N,L], [N,N]: text j is one of picture i's
        at::Tensor painted{};          ///< [N,h,w]
    };
    /// A picture's first text for the share `first` of them, else any of its texts.
    Drawn drawn(const TensorsByName& batch, double first) const;

private:
    KeptSettings m_settings;
    KeptRows m_tokens, m_painted, m_ids;
};

}  // namespace tessera::train
