// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>
#include <tessera/tensor.h>

#include "support/temporary_folder.h"

namespace tessera::test {

/// A checkpoint to be made worse: starts as a copy of a golden case and is written to a folder of its own when opened.
class ModelFolder {
public:
    /// A folder of tests/golden such as "tessera_autoencoder/tiny".
    explicit ModelFolder(const std::string& golden);

    TensorMap tensors;
    nlohmann::json config;  ///< null: no config.json
    std::string weights;    ///< path inside the folder

    void rename(const std::string& from, const std::string& to);
    /// Writes everything; returns the folder.
    std::string write();

private:
    TemporaryFolder m_folder;
    std::string m_config;
    int m_written = 0;
};

}  // namespace tessera::test
