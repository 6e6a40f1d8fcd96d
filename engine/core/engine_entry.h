// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <tessera/engine.h>
#include <tessera/result.h>
#include <tessera/tensor.h>
#include <tessera/training.h>

/// The C symbols of libtessera_engine.so. Defined in local/entry.cpp, looked up by core/engine_library.cpp.
namespace tessera {

/// Raised whenever a type that crosses the boundary changes its layout.
inline constexpr int kEngineAbi = 6;

}  // namespace tessera

extern "C" {
/// kEngineAbi as the library was built with.
__attribute__((visibility("default"))) int tessera_engine_abi();

/// Makes the in-process engine. Returns 0 and fills `engine`, or returns another number and fills `error`. Never throws.
__attribute__((visibility("default"))) int tessera_engine_create(const tessera::EngineOptions* options,
                                                                 std::shared_ptr<tessera::Engine>* engine,
                                                                 tessera::Error* error);

/// What trainModel() of tessera/training.h does. Returns 0 and fills `report`, or returns another number and fills `error`. Never throws.
__attribute__((visibility("default"))) int tessera_train(const tessera::TrainRequest* request, const std::function<bool(const tessera::TrainStep&)>* onStep, tessera::TrainReport* report,
                                                         tessera::Error* error);

/// What trainingParity() of tessera/training.h gives. Returns 0 and fills `computed`, or returns another number and fills `error`. Never throws.
__attribute__((visibility("default"))) int tessera_training_parity(const char* folder, tessera::TensorMap* computed, tessera::Error* error);
}
