// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "families/config_reader.h"
#include "train/recipe.h"

namespace tessera::train {

/// A model that is made anew, in a folder of its own in its family's layout: configs by a recipe's [model.make], then weights by the configs.
class NewModel {
public:
    /// `make`: the table, or null where the folder holds the configs already. `recipe`: the recipe's file; paths in the table are relative to its folder.
    NewModel(std::filesystem::path folder, nlohmann::json make, std::filesystem::path recipe, nlohmann::json settings, std::uint64_t seed);

    bool hasConfigs() const { return m_make.is_null(); }
    const std::filesystem::path& folder() const { return m_folder; }
    const nlohmann::json& settings() const { return m_settings; }
    Draws& draws() { return m_draws; }
    /// The table, whose keys are these and no others; of the table `below` in it, where that is given. Throws Failure(Invalid) that names another key.
    ConfigReader table(const std::vector<std::string>& known, const std::string& below = {}) const;
    /// A word of the table; empty where it is not there.
    std::string text(const std::string& key) const;
    /// The path that a key of the table names; empty where it is not there.
    std::filesystem::path path(const std::string& key) const;

    void write(const std::string& file, const nlohmann::json& config) const;
    nlohmann::json config(const std::string& file) const;
    void copy(const std::filesystem::path& from, const std::string& file) const;
    /// Config and weights of a model that becomes a part of this one; weights that lie elsewhere (weights_of) too.
    void takeOver(const std::filesystem::path& from, const std::string& folder) const;
    /// The table's "vocabulary", a list of word pieces as BERT's vocab.txt; how many there are. Throws Failure where it is not there.
    std::vector<std::string> vocabulary() const;
    /// Those as transformers keeps a tokenizer: tokenizer.json and tokenizer_config.json in a folder of the model. At most `context` ids of a text.
    void writeTokenizer(const std::string& folder, const std::vector<std::string>& pieces, int context) const;

private:
    std::filesystem::path m_folder;
    nlohmann::json m_make;
    std::filesystem::path m_recipe;
    nlohmann::json m_settings;
    Draws m_draws;
};

using Shapes = std::map<std::string, std::vector<std::int64_t>>;

/// New values of a parameter: matrices normal by what they sum over, embeddings and positions normal by 0.02, norms 1, biases 0. `residual`: what the outputs of residual
/// branches are multiplied by, which keeps a deep network's first sums small.
at::Tensor newTensor(const std::string& name, const std::vector<std::int64_t>& shape, Draws& draws, double residual = 1);
/// Of all; `fixed`: those that begin as one number. `blocks` in a row: as many as add to the same sum.
TensorsByName newTensors(const Shapes& shapes, Draws& draws, int blocks, const std::map<std::string, double>& fixed = {});
/// model.safetensors, and the folder that it lies in.
void writeTensors(const std::filesystem::path& file, const TensorsByName& tensors);

/// In a copy of a model's folder that holds all its weights, or gets them anew, config.json names none in another model's file (weights_of) from now on. Whether it did.
bool forgetWeightsElsewhere(const std::filesystem::path& folder);

/// The feature network in the folder "perceptual": 3x3 layers of so many `channels`, each after the first of half the side (none: the folder's own config, if there is one).
/// Its filters are drawn at random: they compare texture without having learnt it.
void makePerceptual(NewModel& model, const std::vector<int>& channels);

}  // namespace tessera::train
