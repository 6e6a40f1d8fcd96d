// SPDX-License-Identifier: Apache-2.0
// Every golden case of the families that Tessera reads, in fp32 on the CPU, through the engine's public interface.
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "support/golden_case.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

class Parity : public testing::TestWithParam<GoldenCase> {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }
    static inline std::shared_ptr<Engine> s_engine;
};

TEST_P(Parity, EveryRecordedTensorIsComputed) {
    const GoldenCase& golden = GetParam();
    // Opened in bf16: parity runs in fp32 all the same.
    const auto model = openModel(*s_engine, golden.model().string(), Precision::Bf16);
    ASSERT_TRUE(model) << toLine(model.error());
    const auto computed = wait<TensorMap>([&](auto observer) { return s_engine->parity(model.value().id, golden.tensors("in."), std::move(observer)); });
    ASSERT_TRUE(computed) << toLine(computed.error());
    ASSERT_FALSE(golden.tensors("out.").empty());
    EXPECT_EQ(mismatches(golden, computed.value()), "");
}

INSTANTIATE_TEST_SUITE_P(AutoencoderKl, Parity, testing::ValuesIn(goldenCases("autoencoder_kl")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(TesseraAutoencoder, Parity, testing::ValuesIn(goldenCases("tessera_autoencoder")),
                         [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(Vqgan, Parity, testing::ValuesIn(goldenCases("vqgan")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(RqVae, Parity, testing::ValuesIn(goldenCases("rq_vae")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(Unitok, Parity, testing::ValuesIn(goldenCases("unitok")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(VilaU, Parity, testing::ValuesIn(goldenCases("vila_u")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(Clip, Parity, testing::ValuesIn(goldenCases("clip")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(OpenVision, Parity, testing::ValuesIn(goldenCases("openvision")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(OpenVision3, Parity, testing::ValuesIn(goldenCases("openvision3")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(Siglip, Parity, testing::ValuesIn(goldenCases("siglip")), [](const auto& info) { return testName(info.param); });
INSTANTIATE_TEST_SUITE_P(Llava, Parity, testing::ValuesIn(goldenCases("llava")), [](const auto& info) { return testName(info.param); });

}  // namespace
}  // namespace tessera::test
