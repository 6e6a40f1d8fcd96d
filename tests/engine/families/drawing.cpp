// SPDX-License-Identifier: Apache-2.0
#include "engine/families/drawing.h"

#include <tessera/wait.h>

namespace tessera::test {
namespace {

Result<Generation> drawnBy(Engine& engine, const GenerateRequest& request) {
    return wait<Generation>([&](Observer<Generation> observer) { return engine.generate(request, Priority::Visible, std::move(observer)); });
}

}  // namespace

Generation DrawingTest::drawing(const GenerateRequest& request) {
    auto drawn = drawnBy(*s_engine, request);
    EXPECT_TRUE(drawn) << toLine(drawn.error());
    return drawn ? std::move(drawn).value() : Generation();
}

std::string DrawingTest::refusalOf(const GenerateRequest& request) {
    const auto drawn = drawnBy(*s_engine, request);
    return drawn ? std::string() : toLine(drawn.error());
}

}  // namespace tessera::test
