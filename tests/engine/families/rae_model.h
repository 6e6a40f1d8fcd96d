// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>
#include <tessera/tensor.h>

#include "support/temporary_folder.h"

namespace tessera::test {

/// An RAE of random weights over a DINOv2 whose transformer has a DDT head, and a weaker one to guide it: 12 channels on a grid of 4 x 4, pictures of 16 px, 3 classes. To be made worse.
class RaeModel {
public:
    static constexpr int kGrid = 4, kChannels = 12, kSide = 16;

    RaeModel();

    nlohmann::json config;  ///< goes to configs/sample.yaml: JSON is YAML
    nlohmann::json encoder, preprocessor, decoder;
    std::map<std::string, TensorMap> weights;  ///< by path
    std::string classes;                       ///< text of classes.txt; empty: there is none

    /// The same over a SigLIP 2 or a MAE.
    void overSiglip2();
    void overMae();
    /// Makes the transformer anew by the config's stage_2.
    void makeFlow();
    /// The same tensors as a generator in a folder of its own.
    TensorMap flowTensors(const nlohmann::json& params, bool ddt) const;
    std::string write() const;

private:
    std::unique_ptr<TemporaryFolder> m_folder = std::make_unique<TemporaryFolder>();
    mutable int m_written = 0;
};

}  // namespace tessera::test
