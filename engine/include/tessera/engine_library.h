// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <tessera/engine.h>
#include <tessera/result.h>

namespace tessera {

/// Opens libtessera_engine.so beside the program (or where TESSERA_ENGINE points) with dlopen and makes the in-process engine.
/// Takes 0.3-0.5 s, most of it in LibTorch's own libraries: call it off the GUI thread. The library is never unloaded.
Result<std::shared_ptr<Engine>> openEngine(const EngineOptions& options);

}  // namespace tessera
