// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include <ATen/ATen.h>

#include "families/llama.h"
#include "families/vila_u_depth.h"
#include "layers/forward_pass.h"

namespace tessera::train {

/// A language model that reads words and pictures and draws pictures' codes, of whichever family.
struct VisualLanguage {
    const Llama& llama;
    const VilaUDepth& depth;
    std::function<at::Tensor(const at::Tensor&)> projected;  ///< sums of codewords [...,C] to what the language model reads [...,W]
};

/// Texts with pictures among them.
struct LanguageSamples {
    static constexpr std::int64_t kPicture = -200;  ///< an id that stands for all of a picture's tokens; as a label, its codes are learnt
    static constexpr std::int64_t kIgnored = -100;  ///< a label: nothing is learnt here

    at::Tensor ids;      ///< [S,L] int64 on the CPU; padded behind
    at::Tensor labels;   ///< the same shape: what the model is to say where the sample goes on with it
    at::Tensor lengths;  ///< [S] int64
    at::Tensor codes;    ///< [n,N,D] int64, of every picture in the order of the samples
    at::Tensor sums;     ///< [n,N,D,C] float32: of the codewords of the first depth, of the first two, ...
    at::Tensor chosen{}; ///< [n,N] bool on the CPU: tokens of learnt pictures whose codes are learnt; undefined: all
};

struct LanguageTerms {
    at::Tensor text, visual;  ///< scalars; undefined where nothing of that kind is learnt
    at::Tensor hits;          ///< share of the codes of every depth that the model finds likeliest [D]; undefined as `visual`
    at::Tensor visualHidden, visualLogits;  ///< [P,W], [P,D,K]: of the tokens of learnt pictures, sample after sample in the order of packed()
};

/// Samples in the order in which upstream packs them into rows: the longest first, equal ones as they come. Pictures have `tokens` tokens.
std::vector<std::int64_t> packingOrder(const LanguageSamples& samples, std::int64_t tokens);
/// Rows as upstream packs them: the sample that every place belongs to, -1 behind the last. [R,M] int64.
at::Tensor packed(const LanguageSamples& samples, std::int64_t tokens);

/// Mean cross entropies over all text labels, and over all codes of learnt pictures; spec: engine/train/training.md, section 12.
/// Throws Failure(Mismatch) where samples and pictures differ in number or a learnt picture stands first.
LanguageTerms languageLosses(const VisualLanguage& model, const LanguageSamples& samples, ForwardPass& pass);

}  // namespace tessera::train
