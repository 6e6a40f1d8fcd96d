// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>
#include <tessera/tensor.h>

#include "support/temporary_folder.h"

namespace tessera::test {

/// A torch checkpoint and its YAML config, to be made worse: starts as a copy of a golden case and is written to a folder of its own when opened.
class YamlModel {
public:
    /// A folder of tests/golden such as "vqgan/noise_taming".
    explicit YamlModel(const std::string& golden);

    TensorMap tensors;
    nlohmann::json config;  ///< null: no config
    std::string weights;    ///< path of the .safetensors file inside the folder
    std::string configFile;

    /// Writes everything, JSON being YAML; returns the folder.
    std::string write();

private:
    TemporaryFolder m_folder;
    int m_written = 0;
};

}  // namespace tessera::test
