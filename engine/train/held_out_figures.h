// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "train/recipe.h"

namespace tessera::train {

/// Of codes [...,D]: "used.<depth>", how many different ones there are, and "perplexity.<depth>", how many equally frequent ones would surprise as much.
std::map<std::string, double> codeFigures(const at::Tensor& codes);

/// What is told of pictures that are not trained on, gathered batch by batch: means of losses, and of what Terms::between holds
///   "psnr" of "reconstruction" [B,3,H,W] in [0,1];
///   "top1" and "top5", shares of pictures whose own name is the best or among the best five of all names, by "image_embedding" and "text_embedding" [B,E];
///   codeFigures() of "codes" [B,L,D].
class HeldOutFigures {
public:
    /// `names`: of the pictures, whose texts "text_embedding" is of.
    void add(const TensorsByName& batch, const Terms& terms, const std::vector<std::string>& names);
    std::map<std::string, double> figures() const;

private:
    void addRanks(std::map<std::string, double>& figures) const;

    std::map<std::string, double> m_sums;  ///< of losses, times pictures
    double m_pictures = 0, m_decibels = 0, m_reconstructed = 0;
    std::vector<at::Tensor> m_images, m_texts, m_codes;
    std::vector<std::string> m_names;
};

}  // namespace tessera::train
