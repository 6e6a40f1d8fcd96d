// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "train/language_losses.h"
#include "train/recipe.h"

namespace tessera::train {

/// A text with a picture in it, as it grows.
struct LanguageSample {
    std::vector<std::int64_t> ids, labels;

    void given(const std::vector<std::int64_t>& more);   ///< read, not learnt
    void learnt(const std::vector<std::int64_t>& more);  ///< to be said
};

struct LanguageMix {
    double captions = 0;  ///< share of the pictures that are put into words; the others are drawn from theirs
    double dropping = 0;  ///< share of the drawn ones whose words are left out, which guidance is for
};

/// What a picture's sample is to be: its caption, or its drawing, from words or without.
enum class LanguageGoal { Caption, Drawing, AnyDrawing };

/// "input_ids", "labels" and "lengths" of one sample for each of `count` pictures, in their order.
TensorsByName languageSamples(std::int64_t count, const LanguageMix& mix, Draws& draws, const std::function<LanguageSample(std::size_t picture, LanguageGoal goal)>& make);

/// What a pass gives of the losses: their sum is minimised. Figures: shares of codes that were found likeliest, of all depths and of the first.
Terms termsOf(const LanguageTerms& losses, TensorsByName between);

}  // namespace tessera::train
