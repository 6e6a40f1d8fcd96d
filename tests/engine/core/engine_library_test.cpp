// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <tessera/engine_library.h>

#include "core/engine_entry.h"

namespace tessera {
namespace {

using testing::HasSubstr;

Result<std::shared_ptr<Engine>> open(const std::string& path) {
    setenv("TESSERA_ENGINE", path.c_str(), 1);
    EngineOptions options;
    options.device = "cpu";
    auto engine = openEngine(options);
    unsetenv("TESSERA_ENGINE");
    return engine;
}

Error errorOf(const std::string& path) {
    const auto engine = open(path);
    return engine ? Error{ErrorCode::Internal, "it opened"} : engine.error();
}

void expectOneSentence(const Error& error, const std::string& path) {
    EXPECT_EQ(error.where, path);
    EXPECT_FALSE(error.action.empty());
    EXPECT_EQ(error.message.find('\n'), std::string::npos);
    EXPECT_EQ(error.message.find(path), std::string::npos) << "the path stands in `where` alone: " << error.message;
}

TEST(EngineLibrary, OpensTheLibraryThatTheEnvironmentNames) {
    const auto engine = open(FAKE_GOOD);
    ASSERT_TRUE(engine) << toLine(engine.error());
    EXPECT_EQ(engine.value()->status().device, "cpu") << "the options reach the engine";
}

TEST(EngineLibrary, PassesOnWhyTheEngineRefused) {
    EXPECT_EQ(toLine(errorOf(FAKE_REFUSING)), "there is no such device (cpu): use --device cpu");
}

TEST(EngineLibrary, AMissingLibraryIsASentence) {
    const Error error = errorOf("/nowhere/libtessera_engine.so");
    EXPECT_EQ(error.code, ErrorCode::NotFound);
    expectOneSentence(error, "/nowhere/libtessera_engine.so");
}

TEST(EngineLibrary, WithoutAnEnvironmentItLooksAroundTheProgram) {
    unsetenv("TESSERA_ENGINE");
    const auto engine = openEngine({});
    ASSERT_FALSE(engine) << "no engine lies beside this test";
    EXPECT_EQ(engine.error().code, ErrorCode::NotFound);
    EXPECT_THAT(engine.error().action, HasSubstr("TESSERA_ENGINE"));
}

TEST(EngineLibrary, AnotherVersionIsNamedWithBothNumbers) {
    const Error error = errorOf(FAKE_OTHER_VERSION);
    EXPECT_THAT(error.message, HasSubstr("interface version " + std::to_string(kEngineAbi + 1) + ", this program needs " + std::to_string(kEngineAbi)));
    expectOneSentence(error, FAKE_OTHER_VERSION);
}

TEST(EngineLibrary, ALibraryThatIsNoEngineIsSaidToBeNone) {
    const Error error = errorOf(FAKE_NOT_AN_ENGINE);
    EXPECT_THAT(error.message, HasSubstr("not an engine"));
    expectOneSentence(error, FAKE_NOT_AN_ENGINE);
}

TEST(EngineLibrary, WhatTheLoaderMissesIsNamed) {
    const Error error = errorOf(FAKE_UNRESOLVED);
    EXPECT_THAT(error.message, HasSubstr("tessera_symbol_that_nobody_defines"));
    expectOneSentence(error, FAKE_UNRESOLVED);
}

TEST(EngineLibrary, AFileThatIsNoLibraryIsASentence) {
    const std::string path = testing::TempDir() + "not_a_library.so";
    std::ofstream(path) << "hello";
    const Error error = errorOf(path);
    EXPECT_EQ(error.code, ErrorCode::Unreadable);
    expectOneSentence(error, path);
}

}  // namespace
}  // namespace tessera
