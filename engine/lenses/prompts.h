// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <tessera/value.h>

#include "local/stage_values.h"

namespace at {
class Tensor;
}

namespace tessera {

/// Words to look for, and the sentences that a text tower is given for each.
struct Prompts {
    std::vector<std::string> words;  ///< as they were typed, trimmed; none twice
    std::vector<std::string> texts;  ///< of the first words, then of the second, ...
    std::size_t perWord() const { return texts.size() / words.size(); }
};

/// Parameters "prompts" (parted by '|' or line ends) and "template".
std::vector<ParameterSpec> promptParameters();
/// Throws Failure(Invalid) where there are no words, or too many.
Prompts promptsOf(const ParameterSet& parameters);
/// [P,E] of unit length, of TensorStage "text": the mean over a word's sentences, each of unit length.
at::Tensor promptVectors(const Prompts& prompts, const TensorStage& texts);
/// Whether pairs stand alone and what their logits are, of TensorStage "picture": logits of cosines [...,P], and their probabilities over the last axis.
at::Tensor logitsOf(const at::Tensor& cosines, const TensorStage& picture);
at::Tensor probabilitiesOf(const at::Tensor& cosines, const TensorStage& picture);
bool pairsStandAlone(const TensorStage& picture);

}  // namespace tessera
