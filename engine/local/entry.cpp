// SPDX-License-Identifier: Apache-2.0
// The one door into libtessera_engine.so (see core/engine_entry.h).
#include "core/engine_entry.h"

#include <exception>

#include "core/error.h"
#include "local/local_engine.h"

extern "C" __attribute__((visibility("default"))) int tessera_engine_abi() {
    return tessera::kEngineAbi;
}

extern "C" __attribute__((visibility("default"))) int tessera_engine_create(const tessera::EngineOptions* options, std::shared_ptr<tessera::Engine>* engine,
                                                                            tessera::Error* error) {
    try {
        *engine = tessera::makeLocalEngine(*options);
        return 0;
    } catch (const tessera::Failure& failure) {
        *error = failure.error();
    } catch (const std::exception& exception) {
        *error = {tessera::ErrorCode::Internal, exception.what(), "engine", {}};
    }
    return 1;
}
