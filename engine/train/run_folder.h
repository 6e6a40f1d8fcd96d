// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>
#include <tessera/image.h>
#include <tessera/training.h>

#include "families/model_family.h"
#include "train/parameters.h"
#include "train/recipe_file.h"

namespace tessera::train {

/// What a run leaves behind, and is resumed from. Every file appears whole or not at all.
class RunFolder {
public:
    /// Makes the folder, and holds it against other processes while this lives. Throws Failure(Invalid) where a run lies there already that is not to be resumed, where
    /// one of another recipe lies that is, and where another process trains.
    RunFolder(std::filesystem::path path, const RecipeFile& recipe, bool resume);

    /// What is trained on, as models and report name it.
    void setDataHash(std::string hash) { m_dataHash = std::move(hash); }

    /// A line of log.csv, which gets its header with the first one.
    void log(const TrainStep& step);
    /// checkpoint.safetensors: all that goes on.
    void writeCheckpoint(const TensorsByName& tensors, std::int64_t step) const;
    bool hasCheckpoint() const;
    /// Throws Failure for one that cannot be read or is of another recipe.
    TensorsByName readCheckpoint(std::int64_t& step) const;
    /// model/: the start's folder with these weights in place of its own, safetensors in float32 or, as the recipe wants it, float16. `start` as the recipe has it.
    std::filesystem::path writeModel(const Parameters& parameters, const TensorsByName& weights, const std::filesystem::path& start, std::int64_t step) const;
    /// samples/step-000100.png
    void writeSamples(const Image& image, std::int64_t step) const;
    void writeReport(const TrainReport& report) const;

private:
    /// run.lock as this process's own, which ends with it however it ends, and tells followers who holds it.
    class Lock {
    public:
        explicit Lock(const std::filesystem::path& folder);
        ~Lock();
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;

    private:
        int m_file;
    };
    void writeRecipe() const;
    std::map<std::string, std::string> origin(std::int64_t step) const;
    /// "total" and held-out figures by step, as the log has them: {"held_out.psnr": [[500, 21.5], ...]}.
    nlohmann::json curves() const;

    std::filesystem::path m_path;
    std::optional<Lock> m_lock;
    std::string m_recipeText;
    std::string m_recipeHash, m_recipeName, m_dataHash;
    std::uint64_t m_seed;
    bool m_half;  ///< models are written in float16
};

}  // namespace tessera::train
