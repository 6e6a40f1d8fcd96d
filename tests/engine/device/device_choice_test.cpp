// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <stdlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/device_probe.h"

namespace tessera::probes {
namespace {

TEST(DeviceChoice, TheCpuIsDescribedWithItsThreads) {
    EXPECT_EQ(choose("cpu", 1).description, "CPU, 1 thread");
    EXPECT_EQ(choose("cpu", 6).description, "CPU, 6 threads");
    EXPECT_EQ(choose("cpu", 6).device, "cpu");
    EXPECT_EQ(choose("cpu", 6).note, "") << "who asks for the CPU needs no excuse";
}

TEST(DeviceChoice, OtherNamesAreRefused) {
    for (const char* name : {"", "gpu", "CUDA", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda:999", "cpu:0"}) {
        EXPECT_THAT(choose(name, 1).error, testing::StartsWith("no such device")) << name;
    }
}

/// With a driver that finds a GPU and a plugin that suits, but no LibTorch for CUDA behind it.
class FakeGpu : public testing::Test {
protected:
    static void SetUpTestSuite() { ASSERT_NE(dlopen(FAKE_DRIVER, RTLD_NOW | RTLD_LOCAL), nullptr) << dlerror(); }
    void TearDown() override { unsetenv("TESSERA_CUDA_PLUGIN"); }
};

TEST_F(FakeGpu, AutoTakesTheCpuAndNotesWhy) {
    setenv("TESSERA_CUDA_PLUGIN", FAKE_OTHER_TORCH, 1);
    const Choice choice = choose("auto", 2);
    EXPECT_EQ(choice.device, "cpu");
    EXPECT_THAT(choice.note, testing::StartsWith("the CUDA plugin was built with LibTorch 2.10.0"));
    EXPECT_EQ(choice.error, "");
}

TEST_F(FakeGpu, CudaIsRefusedWithTheReason) {
    setenv("TESSERA_CUDA_PLUGIN", FAKE_OTHER_TORCH, 1);
    EXPECT_THAT(choose("cuda", 2).error, testing::StartsWith("the CUDA plugin was built with LibTorch 2.10.0"));
}

TEST_F(FakeGpu, AGpuThatIsNotThereIsRefused) {
    setenv("TESSERA_CUDA_PLUGIN", FAKE_GOOD, 1);
    EXPECT_EQ(choose("cuda:3", 2).error, "there is no such GPU, only 1 (cuda:3): use cuda");
}

TEST_F(FakeGpu, AProcessThatBeganWithoutCudaSaysSo) {
    setenv("TESSERA_CUDA_PLUGIN", FAKE_GOOD, 1);
    EXPECT_THAT(choose("cuda", 2).error, testing::HasSubstr("can only be chosen before the first picture"));
    EXPECT_EQ(choose("auto", 2).device, "cpu");
}

TEST(ExactArithmetic, SwitchesTf32OffAndBack) {
    const Tf32 before = tf32();
    EXPECT_TRUE(before.convolutions) << "LibTorch's own choice, else the test shows nothing";
    EXPECT_EQ(tf32InExactArithmetic(), (Tf32{false, false}));
    EXPECT_EQ(tf32(), before);
}

}  // namespace
}  // namespace tessera::probes
