// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <tessera/engine.h>

namespace tessera {

/// The engine in this process. Throws Failure when the device asked for is not there.
std::shared_ptr<Engine> makeLocalEngine(const EngineOptions& options);

}  // namespace tessera
