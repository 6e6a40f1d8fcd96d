// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>
#include <tessera/tensor.h>

#include "support/temporary_folder.h"

namespace tessera::test {

/// A masked-grid transformer of random weights, 4 x 5 cells of 7 codes unless a test changes its config; its tensors follow from that.
class MaskedGrid {
public:
    MaskedGrid();

    nlohmann::json config;
    TensorMap tensors() const;
    /// In a folder of its own, or inside one.
    std::string write() const;
    void write(const std::filesystem::path& folder) const;
    /// In a folder of that tessera-mini, which is copied to `folder` anew. Returns its own folder.
    std::string writeInTokenizer(const std::filesystem::path& folder) const;

    /// For `depths` of as many codes, drawn by a depth transformer.
    void ofDepths(int depths);
    /// For the codes of the tests' own tessera-mini, in whose folder it lies.
    void ofTokenizer();

private:
    std::unique_ptr<TemporaryFolder> m_folder = std::make_unique<TemporaryFolder>();
    mutable int m_written = 0;
};

}  // namespace tessera::test
