// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include <ATen/ATen.h>

#include "families/tessera_mini.h"
#include "layers/forward_pass.h"
#include "layers/weights.h"
#include "train/new_model.h"
#include "train/parameters.h"

namespace tessera::train {

/// Tessera's own unified tokenizer as it is, for what is trained over it. Nothing of it gets gradients.
class FrozenTokens {
public:
    /// Puts its weights into `parameters`, under their own names. Throws Failure for a checkpoint that is none.
    FrozenTokens(const Checkpoint& checkpoint, Parameters& parameters);

    const TesseraMiniConfig& config() const { return m_config; }
    /// Of pictures [n,3,H,W] in [0,1]: [n,T,h,w].
    at::Tensor tokens(const at::Tensor& images, const Placement& placement, ForwardPass& pass) const;
    struct Coded {
        at::Tensor codes;  ///< [n,h*w,D] int64
        at::Tensor sums;   ///< [n,h*w,D,T]: of their codewords, depth after depth
    };
    at::Tensor sums(const at::Tensor& codes) const;  ///< Coded::sums of codes [n,h*w,d] that are known, of all depths or the first d, on the CPU
    Coded coded(const at::Tensor& images, const Placement& placement, ForwardPass& pass) const;
    /// Vectors of unit length [n,E] of texts' ids [n,L].
    at::Tensor texts(const at::Tensor& ids, const Placement& placement, ForwardPass& pass) const;

private:
    Weights weights(const Placement& placement) const { return m_parameters.weights("", placement); }

    const Parameters& m_parameters;
    TesseraMiniConfig m_config;
};

/// Puts the trained tokenizer that [model.make] names into the new model, but for the folder in it that is to be made anew, and its weights into `frozen`.
FrozenTokens takeTokenizer(NewModel& model, const std::string& anew, Parameters& frozen);
/// The folder of that tokenizer. Throws Failure where it names none, and where none is there.
std::filesystem::path tokenizerOf(const NewModel& model);
/// Copies its configs and, where [model.make] names a list of "words" that are taught, that.
void copyTokenizerConfigs(NewModel& model, const std::filesystem::path& tokenizer);

}  // namespace tessera::train
