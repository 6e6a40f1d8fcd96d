// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tessera/engine.h>

#include "local/model_store.h"

namespace tessera {

class DeviceLane;

/// Times an operation on random pixels after warm-ups; the clock covers the model alone, with the device synchronised.
/// Throws Failure(Invalid) for an unknown operation or a size that the model cannot take.
BenchReport runBench(const OpenModel& open, const BenchRequest& request, DeviceLane& lane);

}  // namespace tessera
