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
    double interleaved = 0;  ///< share of the captions behind which the next picture's follows, if that is a caption too
    std::int64_t together = 1;  ///< most pictures of a sample
};

/// What a sample is to be: captions, or a drawing, from words or without.
enum class LanguageGoal { Caption, Drawing, AnyDrawing };

/// Pictures that one sample is of: of a drawing one.
struct LanguagePart {
    std::size_t first = 0, pictures = 1;
    LanguageGoal goal = LanguageGoal::Caption;
};

/// "input_ids", "labels" and "lengths" of samples of `count` pictures, in their order.
TensorsByName languageSamples(std::int64_t count, const LanguageMix& mix, Draws& draws, const std::function<LanguageSample(const LanguagePart&)>& make);

/// What a pass gives of the losses: their sum is minimised. Figures: shares of codes that were found likeliest, of all depths and of the first.
Terms termsOf(const LanguageTerms& losses, TensorsByName between);

}  // namespace tessera::train
