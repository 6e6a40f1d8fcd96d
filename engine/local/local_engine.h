// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <memory>
#include <string>

#include <tessera/engine.h>

namespace tessera {

/// The engine in this process. Throws Failure when the device asked for is not there.
std::shared_ptr<Engine> makeLocalEngine(const EngineOptions& options);

/// What ended some work, in one sentence. `where`: what it was, for those that do not say it.
Error describedFailure(std::exception_ptr exception, const std::string& where);

}  // namespace tessera
