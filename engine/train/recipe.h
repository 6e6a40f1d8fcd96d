// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "device/device_lane.h"
#include "families/model_family.h"
#include "train/parameters.h"

namespace tessera::train {

/// What one pass over a batch gives.
struct Terms {
    TensorsByName losses;   ///< scalars by name: "contrastive", "image", as they are before they are weighted
    at::Tensor total;       ///< what is minimised
    TensorsByName between;  ///< values of stages, to find where two programs part: "tokens"; figures of held-out pictures are made of some
    std::map<std::string, double> figures;  ///< what else is worth a line in the log: how many codes are used
};

/// Random numbers of one batch: they follow from a seed alone, the same on every machine that has the same tensor library.
class Draws {
public:
    explicit Draws(std::uint64_t seed);
    at::Tensor normal(at::IntArrayRef shape);
    at::Tensor uniform(at::IntArrayRef shape);  ///< 0 <= u < 1

private:
    at::Generator m_generator;
};

class NewModel;

/// A model with what it is trained for. Draws nothing itself: all noise is in the batch.
class Trainee {
public:
    virtual ~Trainee() = default;

    /// What is trained where the recipe leaves it open: by their names in Parameters.
    virtual bool trains(std::string_view name) const = 0;
    /// Adds to "image" what losses() needs beside it: noise, uniforms, ids of texts; texts[b] belong to picture b, maybe none. Throws Failure for what is missing.
    virtual void complete(TensorsByName& batch, const std::vector<std::vector<std::string>>& texts, Draws& draws) const = 0;
    /// Sides of pictures are multiples of that; the one side that the model takes, or 0.
    virtual int multiple() const { return 1; }
    virtual int side() const { return 0; }
    /// Learns from smaller pictures, too: positions are interpolated.
    virtual bool resizes() const { return false; }
    /// Takes out of a batch what is left to chance, for figures that can be compared.
    virtual void settle(TensorsByName& batch) const { static_cast<void>(batch); }

    /// Once, before the first step of a run that is not resumed: fits to data what starts from data (principal components, codebooks). `next` draws the run's next
    /// batch; `fresh`: the weights are new ones.
    virtual void begin(const std::function<TensorsByName()>& next, bool fresh, DeviceLane& lane) { static_cast<void>(next), static_cast<void>(fresh), static_cast<void>(lane); }

    /// `batch` by the names of golden cases without "in.": "image" [B,3,H,W] in [0,1], "noise", "text_ids", ...
    virtual Terms losses(const TensorsByName& batch, DeviceLane& lane) = 0;
    /// What a recipe does after the optimiser's step beside it: clamps a temperature, moves codebooks.
    virtual void afterStep() {}
    /// Tensors that follow the training without gradients, and what was found on the way: codebooks, codes.
    virtual TensorsByName state() const { return {}; }
};

/// A way to train. engine/train/recipes/<name>.cpp defines one; recipes.cpp lists it.
struct Recipe {
    std::string_view name;
    /// Puts the model's files into `parameters` and makes the trainee, which keeps a reference to them. `settings`: the recipe's numbers, all of them explicit.
    /// Throws Failure for a model or settings that do not fit.
    std::unique_ptr<Trainee> (*make)(const nlohmann::json& settings, const std::string& model, Parameters& parameters);
    /// Writes a new model's configs by [model.make], where there is that table, and its weights.
    void (*create)(NewModel& model);
    /// Paths of all settings that there are, "weights.kl".
    std::vector<std::string_view> settings;
};

const std::vector<const Recipe*>& recipes();
const Recipe* findRecipe(std::string_view name);

/// A number of the settings by its path, "weights.kl". Throws Failure(Invalid) where there is none.
double numberOf(const nlohmann::json& settings, std::string_view path);
/// The same, of one that may be left out.
double numberOf(const nlohmann::json& settings, std::string_view path, double otherwise);
/// A word of the settings, one of those that are known. Throws Failure(Invalid) for another one, or where there is none.
std::string wordOf(const nlohmann::json& settings, std::string_view path, std::initializer_list<std::string_view> known);

/// The same, where `otherwise` stands for a word that is left out.
std::string wordOf(const nlohmann::json& settings, std::string_view path, std::initializer_list<std::string_view> known, std::string_view otherwise);
/// Throws Failure(Invalid) for a setting that the recipe does not know. `file`: of the recipe.
void checkSettings(const Recipe& recipe, const nlohmann::json& settings, const std::string& file);

/// Recipe::make of a trainee that is made of the same.
template <typename Kind>
std::unique_ptr<Trainee> makeTrainee(const nlohmann::json& settings, const std::string& model, Parameters& parameters) {
    return std::make_unique<Kind>(settings, model, parameters);
}

}  // namespace tessera::train
