// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tessera/engine.h>

#include "train/data/augment.h"

namespace tessera::train {

/// A recipe as people write it: TOML (.toml), YAML or JSON. Every key is named here; what is not is refused. Paths are relative to the file.
///
///   recipe       = "autoencoder"      losses, see engine/train/training.md
///   name         = "mini"             of what is made
///   seed         = 1
///   [model]
///   start        = "../models/x"      a folder in the family's layout; its weights are where the training begins
///   frozen       = ["encoder.patch."] beginnings of the names of tensors that stay as they are
///   fresh        = false              true: its configs alone, with new weights
///   [model.make]                      instead of start: sizes of a new model, by the recipe (engine/train/training.md, section 9)
///   [[data]]                          one or more
///   path         = "photos"           a folder, a .tar or a folder of them, a list; its last part may hold a *
///   only         = ["emoji-"]         beginnings of the names of files; others are left out. None: all are taken
///   weight       = 1.0                how often it is drawn, beside the others
///   smallest, largest, enlargement, centred, flip, turn, swap, gamma, saturation, backgrounds: as AugmentSettings
///   names        = false              true: the words of a file's name are the text of a picture that has none
///   [held_out]
///   paths        = ["held-out"]       never trained on; what figures are of
///   most         = 64                 pictures of each
///   names        = false              as above
///   [optimiser]
///   rate, beta1, beta2, epsilon, decay, clip; warm_up, last: shares of the steps and of the rate
///   [run]
///   steps, batch, side, accumulate, precision ("fp32", "bf16"), stored ("fp32", "fp16": of the model's weights), ema, report_every, evaluate_every, checkpoint_every
///   [[run.stage]]                     for recipes that learn from smaller pictures first; in their order
///   share        = 0.9                of the steps, all together 1
///   side         = 64                 of the pictures; figures are of run.side
///   batch        = 32                 pictures of a step; as run.batch where it is not there
///   [settings]                        numbers of the losses, those must be there that the recipe has no value for
///   related      = "related.tsv"      of tessera_mini: texts that mean nearly the same, as RelatedTexts; "": none
///   [smoke]                           what --smoke changes: keys of [run], a "path" in place of all data, and tables such as [smoke.settings]
struct RecipeFile {
    struct Data {
        std::filesystem::path path;
        double weight = 1;
        AugmentSettings augment;
        bool names = false;
        std::vector<std::string> only;
    };
    /// Steps on pictures of one size.
    struct Stage {
        std::int64_t end = 0;  ///< the first step behind it
        int side = 0, batch = 0;
    };
    std::filesystem::path file;
    std::string recipe, name;
    std::uint64_t seed = 1;
    std::filesystem::path start;
    bool fresh = false;
    std::vector<std::string> frozen;
    nlohmann::json make;  ///< [model.make]; null: there is none
    std::vector<Data> data;
    std::vector<std::filesystem::path> heldOut;
    int mostHeldOut = 64;
    bool heldOutNames = false;
    double rate = 1e-3, beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8, decay = 0.05, clip = 1, warmUp = 0.03, last = 0.02;
    std::int64_t steps = 1000;
    int batch = 8, side = 128, accumulate = 1, threads = 2;
    Precision precision = Precision::Fp32;
    bool storedInHalf = false;
    std::vector<Stage> stages;  ///< at least one
    double ema = 0.99;
    std::int64_t reportEvery = 20, evaluateEvery = 500, checkpointEvery = 500;
    nlohmann::json settings = nlohmann::json::object();
    std::filesystem::path related;  ///< settings.related; empty: there is none
    bool smoke = false;  ///< it is the small version of itself
    std::string hash;  ///< 32 hex digits of all that counts, --smoke included

    /// Throws Failure(Invalid) that names the key.
    static RecipeFile read(const std::filesystem::path& file, bool smoke);

    /// Of a step, from 0: rises linearly, falls as a cosine to `last` of it.
    double rateAt(std::int64_t step) const;
    /// Number of the stage that a step, from 0, belongs to.
    std::size_t stageAt(std::int64_t step) const;
};

}  // namespace tessera::train
