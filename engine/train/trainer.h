// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <tessera/training.h>

#include "jobs/stage.h"

namespace tessera::train {

/// What trainModel() of tessera/training.h does, in this process. Throws Failure. The same recipe, data, seed and number of threads give the same losses, whether or not
/// the run was stopped and resumed in between.
TrainReport runTraining(const TrainRequest& request, const std::function<bool(const TrainStep&)>& onStep, StageContext& context);

}  // namespace tessera::train
