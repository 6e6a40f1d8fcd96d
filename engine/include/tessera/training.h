// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <tessera/result.h>
#include <tessera/tensor.h>

namespace tessera {

struct TrainRequest {
    std::string recipe;      ///< file, see engine/train/recipe_file.h
    std::string folder;      ///< of the run: what it writes and is resumed from
    bool resume = false;     ///< goes on where the folder's last checkpoint was written
    bool smoke = false;      ///< the recipe's own small version of itself: seconds, to see that it runs and learns
    double maxSeconds = 0;   ///< writes a checkpoint and ends after so long; 0: never
    int threads = 0;         ///< of the tensor library; 0: as many as there are cores
};

/// What a run says of itself after every step.
struct TrainStep {
    std::int64_t step = 0, steps = 0;  ///< done, and in all
    double rate = 0, gradientNorm = 0, secondsPerStep = 0;
    std::map<std::string, double> losses;   ///< means since the last report, at steps that are one; "held_out.<name>" where that was measured at this step
    std::string note;                       ///< "12 pictures were left out: ..."
};

struct TrainReport {
    std::int64_t step = 0, steps = 0;
    bool finished = false;   ///< all steps are done; else it can be resumed
    std::string model;       ///< folder of the model that was written, in its family's own layout
    std::map<std::string, double> heldOut;  ///< last figures of pictures that were not trained on
};

/// Trains by a recipe; see engine/train/training.md. Blocks; opens libtessera_engine.so. `onStep` gives false to end with a checkpoint. The folder then holds
/// recipe.json, log.csv (a line per report), checkpoint.safetensors, model/, samples/ and report.json; run.lock is locked (F_SETLK) as long as a run writes there.
Result<TrainReport> trainModel(const TrainRequest& request, const std::function<bool(const TrainStep&)>& onStep);

/// Trains as a recorded case did, in float32 on the CPU, and gives all that was computed by the names of golden cases: "out.loss.total", "out.weights.<name>", ...
/// `folder` holds case.json, model/ and reference.safetensors with the batch. Blocks; opens libtessera_engine.so.
Result<TensorMap> trainingParity(const std::string& folder);

}  // namespace tessera
