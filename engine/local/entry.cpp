// SPDX-License-Identifier: Apache-2.0
// The one door into libtessera_engine.so (see core/engine_entry.h).
#include "core/engine_entry.h"

#include <exception>

#include "core/error.h"
#include "local/local_engine.h"
#include "train/trainer.h"
#include "train/training_parity.h"

namespace {

class NobodyStops final : public tessera::StageContext {
public:
    std::stop_token stopToken() const override { return {}; }
    void report(double, std::string_view) override {}
    void partial(tessera::StageValue) override {}
};

/// 0 if `run` came to its end; else 1, and what it threw.
template <typename Run>
int answered(tessera::Error* error, const char* where, const Run& run) {
    try {
        run();
        return 0;
    } catch (const tessera::Failure& failure) {
        *error = failure.error();
    } catch (...) {
        *error = tessera::describedFailure(std::current_exception(), where);
    }
    return 1;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int tessera_engine_abi() {
    return tessera::kEngineAbi;
}

extern "C" __attribute__((visibility("default"))) int tessera_engine_create(const tessera::EngineOptions* options, std::shared_ptr<tessera::Engine>* engine,
                                                                            tessera::Error* error) {
    return answered(error, "engine", [&] { *engine = tessera::makeLocalEngine(*options); });
}

extern "C" __attribute__((visibility("default"))) int tessera_training_parity(const char* folder, tessera::TensorMap* computed, tessera::Error* error) {
    return answered(error, "training", [&] {
        NobodyStops context;
        *computed = tessera::train::runTrainingParity(folder, context);
    });
}

extern "C" __attribute__((visibility("default"))) int tessera_train(const tessera::TrainRequest* request, const std::function<bool(const tessera::TrainStep&)>* onStep, tessera::TrainReport* report,
                                                                    tessera::Error* error) {
    return answered(error, "training", [&] {
        NobodyStops context;
        *report = tessera::train::runTraining(*request, *onStep, context);
    });
}
