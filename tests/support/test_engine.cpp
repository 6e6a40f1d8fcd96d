// SPDX-License-Identifier: Apache-2.0
#include "support/test_engine.h"

#include <cstdlib>
#include <stdexcept>

#include <tessera/engine_library.h>
#include <tessera/wait.h>

namespace tessera::test {

std::shared_ptr<Engine> openCpuEngine(std::size_t cacheBytes) {
    setenv("TESSERA_ENGINE", TESSERA_ENGINE_LIBRARY, 1);
    auto engine = openEngine({.device = "cpu", .cacheBytes = cacheBytes, .resourceDirectory = TESSERA_SOURCE_DIR "/resources"});
    if (!engine) throw std::runtime_error(toLine(engine.error()));
    return std::move(engine).value();
}

Result<ModelInfo> openModel(Engine& engine, const std::string& reference, Precision precision) {
    return wait<ModelInfo>([&](auto observer) { return engine.openModel({reference, precision}, std::move(observer)); });
}

std::string refusal(Engine& engine, const std::string& reference) {
    const auto model = openModel(engine, reference);
    return model ? std::string() : toLine(model.error());
}

Result<Picture> askFor(Engine& engine, const Query& query) {
    return wait<Picture>([&](auto observer) { return engine.request(query, Priority::Visible, std::move(observer)); });
}

}  // namespace tessera::test
