// SPDX-License-Identifier: Apache-2.0
// What a person sees who asks for a GPU where none can be had: one line and exit code 1; `auto` takes the CPU without a word.
#include <dlfcn.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/process.h"

namespace {

using tessera::test::linesOf;
using tessera::test::ProcessResult;
using tessera::test::runProcess;
using testing::HasSubstr;
using testing::SizeIs;

ProcessResult listModels(const std::string& device, const std::string& plugin) {
    return runProcess({TESSERA_PROGRAM, "--device", device, "models", "list"},
                      {{"LD_LIBRARY_PATH", FAKE_DRIVER_FOLDER}, {"FAKE_DRIVER", "gpu"}, {"TESSERA_CUDA_PLUGIN", plugin}});
}

void expectOneLine(const ProcessResult& result, const std::string& words) {
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_THAT(linesOf(result.err), SizeIs(1)) << result.err;
    EXPECT_THAT(result.err, HasSubstr(words));
    EXPECT_EQ(result.out, "");
}

TEST(CudaRefusals, WithoutADriver) {
    if (dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL)) GTEST_SKIP() << "this machine has an NVIDIA driver";
    expectOneLine(runProcess({TESSERA_PROGRAM, "--device", "cuda", "models", "list"}), "there is no NVIDIA driver on this computer: use --device cpu");
}

TEST(CudaRefusals, APluginOfAnotherVersion) {
    expectOneLine(listModels("cuda", FAKE_OTHER_ABI), "the CUDA plugin has interface version 3, this engine needs 2");
    expectOneLine(listModels("cuda:0", FAKE_OTHER_TORCH), "the CUDA plugin was built with LibTorch 2.10.0");
}

TEST(CudaRefusals, APluginThatLacksLibraries) {
    expectOneLine(listModels("cuda", FAKE_UNRESOLVED), "library_of_cuda_that_is_not_installed");
}

TEST(CudaRefusals, ADriverTooOldForThePlugin) {
    expectOneLine(listModels("cuda", FAKE_UNSTARTABLE), "CUDA does not start: CUDA driver version is insufficient for CUDA runtime version");
}

TEST(CudaRefusals, AutoTakesTheCpuInSilence) {
    for (const char* plugin : {FAKE_OTHER_ABI, FAKE_OTHER_TORCH, FAKE_NO_ENTRY, FAKE_UNRESOLVED, FAKE_UNSTARTABLE, FAKE_GOOD}) {
        const ProcessResult result = listModels("auto", plugin);
        EXPECT_EQ(result.exitCode, 0) << plugin << result.err;
        EXPECT_EQ(result.err, "") << plugin;
        EXPECT_THAT(result.out, HasSubstr("mini-autoencoder"));
    }
}

}  // namespace
