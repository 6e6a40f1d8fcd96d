// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <tessera/tensor.h>

#include "support/golden_case.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"

namespace tessera::test {

/// A golden case's model, to be made worse: written to a folder of its own when it is opened. Places are relative to the case: "model/config.json".
class ModelFiles {
public:
    explicit ModelFiles(const std::string& golden);  ///< such as "clip/hf_laion"

    GoldenCase golden;
    std::map<std::string, nlohmann::json> configs;  ///< all but those of tokenizers
    std::map<std::string, TensorMap> weights;       ///< those of torch archives bear the names of safetensors
    std::map<std::string, std::filesystem::path> others;

    nlohmann::json& config(const std::string& place = "config.json") { return configs.at("model/" + place); }
    TensorMap& tensors(const std::string& place = "model.safetensors") { return weights.at("model/" + place); }
    void erase(TensorMap& tensors, const std::string& prefix) const;
    /// Names of the tensors as `renamed` gives them; an empty one leaves its tensor out.
    template <typename Renamed>
    void rename(TensorMap& tensors, const Renamed& renamed) const {
        TensorMap all;
        for (auto& [name, tensor] : tensors) {
            if (std::string other = renamed(name); !other.empty()) all.emplace(std::move(other), tensor);
        }
        tensors = std::move(all);
    }
    /// Moves all files of one folder to another.
    void move(const std::string& from, const std::string& to);
    /// The folder model/.
    std::string write();

private:
    std::unique_ptr<TemporaryFolder> m_folder = std::make_unique<TemporaryFolder>();
    int m_written = 0;
};

HostTensor int64Tensor(std::vector<std::int64_t> shape, const std::vector<std::int64_t>& values);
/// Ids that are all the same.
TensorMap textIds(std::int64_t texts, std::int64_t length, std::int64_t id);
/// A grey picture.
TensorMap greyPicture(std::int64_t height, std::int64_t width);
/// Sample `index` of [B,3,H,W] with its very values.
Image pictureOf(const HostTensor& images, int index = 0);

/// Opens models in fp32 on the CPU.
class FamilyTest : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    static std::string refused(ModelFiles& files) { return refusal(*s_engine, files.write()); }
    static ModelInfo opened(const std::string& path);
    static Result<TensorMap> computed(const std::string& path, const TensorMap& inputs);
    /// The one line that a person reads where these inputs do not suit; empty where they do.
    static std::string refusedInputs(const std::string& path, const TensorMap& inputs);
    /// Empty if the model computes what the golden case records.
    static std::string mismatchesOf(const std::string& path, const GoldenCase& golden);
    static inline std::shared_ptr<Engine> s_engine;
};

}  // namespace tessera::test
