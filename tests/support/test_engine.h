// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <tessera/engine.h>

namespace tessera::test {

/// A new engine on the CPU, opened with dlopen as programs do. Throws std::runtime_error with the engine's own sentence.
std::shared_ptr<Engine> openCpuEngine(std::size_t cacheBytes = std::size_t(1) << 30);

Result<ModelInfo> openModel(Engine& engine, const std::string& reference, Precision precision = Precision::Fp32);
/// The one line that a person reads when the model is not opened; empty if it is.
std::string refusal(Engine& engine, const std::string& reference);

Result<Picture> askFor(Engine& engine, const Query& query);

}  // namespace tessera::test
