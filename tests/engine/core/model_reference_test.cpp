// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/model_reference.h>

#include "support/temporary_folder.h"

namespace tessera {
namespace {

using testing::ElementsAre;

TEST(ModelReference, OnlyTheNameOfAPrecisionIsOne) {
    EXPECT_EQ(parsedModelRequest("mini-autoencoder@bf16").reference, "mini-autoencoder");
    EXPECT_EQ(parsedModelRequest("mini-autoencoder@bf16").precision, Precision::Bf16);
    EXPECT_EQ(parsedModelRequest("mini-autoencoder").precision, Precision::Auto);
    EXPECT_EQ(parsedModelRequest("mini-autoencoder", Precision::Fp32).precision, Precision::Fp32);
    EXPECT_EQ(parsedModelRequest("mini-autoencoder@auto", Precision::Fp32).precision, Precision::Auto);
    const ModelRequest small = parsedModelRequest("painter@bf16+int8"), usual = parsedModelRequest("painter@int8", Precision::Fp32);
    EXPECT_EQ(small.reference, "painter");
    EXPECT_EQ(small.precision, Precision::Bf16);
    EXPECT_TRUE(small.int8Weights);
    EXPECT_EQ(usual.reference, "painter");
    EXPECT_EQ(usual.precision, Precision::Fp32);
    EXPECT_TRUE(usual.int8Weights);
    EXPECT_FALSE(parsedModelRequest("painter@bf16").int8Weights);
    EXPECT_EQ(parsedModelRequest("painter@int4").reference, "painter@int4");
    EXPECT_EQ(parsedModelRequest("org/name@main").reference, "org/name@main");
    EXPECT_EQ(parsedModelRequest("/home/a@b/vae@fp8").reference, "/home/a@b/vae@fp8");
    EXPECT_EQ(parsedModelRequest("org/name@fp16@auto").reference, "org/name@fp16");
    EXPECT_EQ(parsedModelRequest("@bf16").reference, "@bf16");
}

TEST(ModelReference, TextReadsBackAsTheSameRequest) {
    for (const char* reference : {"mini-autoencoder", "org/name@fp16", "/a b/c@main", "x@auto"}) {
        for (const Precision precision : {Precision::Auto, Precision::Fp32, Precision::Bf16, Precision::Fp16}) {
            for (const bool int8 : {false, true}) {
                const ModelRequest back = parsedModelRequest(toText(ModelRequest{reference, precision, int8}));
                EXPECT_EQ(back.reference, reference);
                EXPECT_EQ(back.precision, precision) << reference;
                EXPECT_EQ(back.int8Weights, int8) << reference;
            }
        }
    }
    EXPECT_EQ(toText(ModelRequest{"mini-autoencoder", Precision::Auto}), "mini-autoencoder");
}

TEST(ModelReference, CommasSeparateUnlessAFileIsCalledSo) {
    EXPECT_THAT(splitModelList("a,b@bf16,c"), ElementsAre("a", "b@bf16", "c"));
    EXPECT_THAT(splitModelList("a,,b,"), ElementsAre("a", "b"));
    EXPECT_THAT(splitModelList(""), ElementsAre());
    test::TemporaryFolder folder;
    const std::string odd = folder / "one,two";
    std::filesystem::create_directory(odd);
    EXPECT_THAT(splitModelList("a," + odd + ",b"), ElementsAre("a", odd, "b"));
    EXPECT_THAT(splitModelList(odd + "@bf16," + odd), ElementsAre(odd + "@bf16", odd));
}

}  // namespace
}  // namespace tessera
