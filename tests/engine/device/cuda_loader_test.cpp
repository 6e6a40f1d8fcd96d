// SPDX-License-Identifier: Apache-2.0
// The loader against drivers and plugins that are nearly right. Once a plugin is open it stays: the cases that open one come last.
#include "device/cuda_loader.h"

#include <dlfcn.h>
#include <fstream>
#include <stdlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace tessera {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Error refusal(const std::string& plugin, const std::string& driver = "gpu") {
    setenv("FAKE_DRIVER", driver.c_str(), 1);
    setenv("TESSERA_CUDA_PLUGIN", plugin.c_str(), 1);
    try {
        openCudaPlugin(TESSERA_TORCH_VERSION);
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, ErrorCode::DeviceLost);
        EXPECT_FALSE(failure.error().action.empty());
        EXPECT_EQ(failure.error().message.find('\n'), std::string::npos);
        return failure.error();
    }
    return {ErrorCode::Internal, "it opened", {}, {}};
}

/// Loaded under the driver's own name, so that it is found instead of one that the machine may have.
class CudaLoader : public testing::Test {
protected:
    static void SetUpTestSuite() { ASSERT_NE(dlopen(FAKE_DRIVER, RTLD_NOW | RTLD_LOCAL), nullptr) << dlerror(); }
};

TEST_F(CudaLoader, ADriverWithoutAGpuIsSaidSo) {
    EXPECT_EQ(refusal(FAKE_GOOD, "no_gpu").message, "the NVIDIA driver finds no GPU");
    EXPECT_EQ(refusal(FAKE_GOOD, "none_counted").message, "the NVIDIA driver finds no GPU");
}

TEST_F(CudaLoader, GpusAreNamedWithoutOpeningThePlugin) {
    setenv("TESSERA_CUDA_PLUGIN", FAKE_OTHER_TORCH, 1);
    setenv("FAKE_DRIVER", "two_gpus", 1);
    EXPECT_THAT(cudaDeviceNames(), testing::ElementsAre("Fake GPU A", "Fake GPU B"));
    EXPECT_EQ(cudaPlugin(), nullptr);
    setenv("FAKE_DRIVER", "no_gpu", 1);
    EXPECT_THROW(cudaDeviceNames(), Failure);
    setenv("FAKE_DRIVER", "gpu", 1);
    setenv("TESSERA_CUDA_PLUGIN", "/nowhere/libtessera_cuda.so", 1);
    EXPECT_THROW(cudaDeviceNames(), Failure) << "what the engine cannot use is none to offer";
}

TEST_F(CudaLoader, ADriverThatDoesNotStartIsQuoted) {
    EXPECT_EQ(refusal(FAKE_GOOD, "broken").message, "the NVIDIA driver does not start: system has unsupported display driver / cuda driver combination");
}

TEST_F(CudaLoader, AMissingPluginIsNamed) {
    const Error error = refusal("/nowhere/libtessera_cuda.so");
    EXPECT_EQ(error.message, "the CUDA plugin is not there");
    EXPECT_EQ(error.where, "/nowhere/libtessera_cuda.so");
    EXPECT_THAT(error.action, HasSubstr("TESSERA_CUDA=ON"));
}

TEST_F(CudaLoader, AnotherInterfaceVersionIsNamedWithBothNumbers) {
    const Error error = refusal(FAKE_OTHER_ABI);
    EXPECT_EQ(error.message, "the CUDA plugin has interface version 3, this engine needs 2");
    EXPECT_EQ(error.where, FAKE_OTHER_ABI);
}

TEST_F(CudaLoader, AnotherLibTorchIsNamedWithBothVersions) {
    EXPECT_EQ(refusal(FAKE_OTHER_TORCH).message, "the CUDA plugin was built with LibTorch 2.10.0, this engine with " TESSERA_TORCH_VERSION);
}

TEST_F(CudaLoader, ALibraryThatIsNoPluginIsSaidToBeNone) {
    EXPECT_EQ(refusal(FAKE_NO_ENTRY).message, "the file is a library but not a CUDA plugin");
}

TEST_F(CudaLoader, WhatTheLoaderMissesIsNamed) {
    EXPECT_THAT(refusal(FAKE_UNRESOLVED).message, AllOf(HasSubstr("cannot be opened"), HasSubstr("library_of_cuda_that_is_not_installed")));
}

TEST_F(CudaLoader, AFileThatIsNoLibraryIsASentence) {
    const std::string path = testing::TempDir() + "not_a_plugin.so";
    std::ofstream(path) << "hello";
    EXPECT_THAT(refusal(path).message, HasSubstr("the CUDA plugin cannot be opened"));
    EXPECT_EQ(cudaPlugin(), nullptr) << "nothing that was refused is kept";
}

TEST_F(CudaLoader, OpensOncePerProcess) {
    setenv("FAKE_DRIVER", "gpu", 1);
    setenv("TESSERA_CUDA_PLUGIN", FAKE_GOOD, 1);
    const CudaPlugin& plugin = openCudaPlugin(TESSERA_TORCH_VERSION);
    EXPECT_EQ(cudaPlugin(), &plugin);
    CudaDevice device{};
    EXPECT_EQ(plugin.describe(0, &device), nullptr);
    EXPECT_STREQ(device.name, "Fake GPU");
    setenv("TESSERA_CUDA_PLUGIN", "/nowhere", 1);
    EXPECT_EQ(&openCudaPlugin(TESSERA_TORCH_VERSION), &plugin);
}

TEST_F(CudaLoader, ALostGpuIsNotTakenAgain) {
    setCudaLost("an illegal memory access was encountered");
    setCudaLost("unspecified launch failure");
    EXPECT_EQ(cudaLost(), "an illegal memory access was encountered") << "the first reason is the one that tells something";
    EXPECT_THROW(cudaDeviceNames(), Failure);
    EXPECT_EQ(refusal(FAKE_GOOD).message, "the GPU failed earlier in this program: an illegal memory access was encountered");
}

}  // namespace
}  // namespace tessera
