// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "support/golden_case.h"
#include "support/test_engine.h"

namespace tessera::test {

/// Lenses through the public interface, in fp32 on the CPU.
class LensTest : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    /// The picture as it is: no crop, no resize.
    static ParameterSet whole(ParameterSet more = {}) {
        more.insert({{"size", std::int64_t(0)}, {"crop", std::string("whole")}});
        return more;
    }
    CellRef cell(const std::string& model, const Image& image) {
        const auto opened = openModel(*s_engine, model);
        EXPECT_TRUE(opened) << toLine(opened.error());
        return {.source = s_engine->addSource({.pixels = image, .name = "test"}), .model = opened ? opened.value().id : ModelId{}};
    }
    Picture picture(const std::string& lens, const CellRef& cell, ParameterSet parameters) {
        auto result = askFor(*s_engine, {lens, cell, std::move(parameters)});
        EXPECT_TRUE(result) << toLine(result.error());
        return result ? std::move(result).value() : Picture();
    }
    static std::vector<float> floats(const Image& image) {
        const auto samples = std::get<SharedArray<float>>(image.samples()).span();
        return {samples.begin(), samples.end()};
    }
    static Image floatImage(int width, int height, const std::function<float(int, int, int)>& sample) {
        std::vector<float> samples;
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                for (int c = 0; c < 3; ++c) samples.push_back(sample(x, y, c));
            }
        }
        return Image(width, height, 3, SharedArray<float>(std::move(samples)));
    }

    static inline std::shared_ptr<Engine> s_engine;
};

}  // namespace tessera::test
