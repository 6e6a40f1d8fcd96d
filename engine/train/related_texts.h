// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "train/recipe.h"
#include "train/several_texts.h"

namespace tessera::train {

/// Texts that mean nearly the same, for a text tower that is to know more words than pictures have. Settings "related" (a file: each line a word and texts that go with it, with
/// tabs between them; relative to the recipe, "" or left out: none) and "related_pairs" (of a step).
class RelatedTexts {
public:
    /// `idsOf`: rows [n,L] of texts, as the text tower reads them. Throws Failure(NotFound, Invalid) that names the file, or its line.
    RelatedTexts(const std::filesystem::path& file, std::int64_t pairs, const std::function<at::Tensor(const std::vector<std::string>&)>& idsOf);

    /// What pairs() goes by: "related.places" [3,P], all in [0,1).
    void draw(TensorsByName& batch, Draws& draws) const { batch["related.places"] = draws.uniform({3, m_pairs}); }
    struct Pairs {
        at::Tensor first, second;  ///< ids [P,L] of two texts of a line
        at::Tensor same;           ///< [P,P]: second text j stands in first text i's line
    };
    /// The first is a line's word for half of them, else any of its texts; the second any but the word, and another than the first.
    Pairs pairs(const TensorsByName& batch) const;

private:
    std::int64_t m_pairs;
    at::Tensor m_ids;  ///< [lines,kTexts,L]
};

}  // namespace tessera::train
