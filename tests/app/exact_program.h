// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/process.h"

namespace tessera::test {

/// The command line in float32.
inline ProcessResult exactly(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {TESSERA_PROGRAM, "--precision", "fp32"});
    return runProcess(arguments, {}, true);
}

/// What it prints as JSON.
inline nlohmann::json reported(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "--json");
    const ProcessResult result = exactly(std::move(arguments));
    EXPECT_EQ(result.exitCode, 0) << result.err;
    return nlohmann::json::parse(result.out, nullptr, false);
}

inline void expectOneLineError(const ProcessResult& result, int exitCode, const std::string& part) {
    EXPECT_EQ(result.exitCode, exitCode) << result.err;
    EXPECT_THAT(result.out, testing::IsEmpty());
    EXPECT_EQ(linesOf(result.err).size(), 1u) << result.err;
    EXPECT_THAT(result.err, testing::AllOf(testing::HasSubstr("tessera: "), testing::HasSubstr(part)));
}

}  // namespace tessera::test
