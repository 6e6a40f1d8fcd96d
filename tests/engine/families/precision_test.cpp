// SPDX-License-Identifier: Apache-2.0
// What low precision costs, and what becomes of a stage that it breaks. In this process, so that convolutions can be counted.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "local/local_engine.h"
#include "support/golden_case.h"
#include "support/model_folder.h"
#include "support/test_engine.h"
#include "testing/layer_probes.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> samples() {
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(TESSERA_SOURCE_DIR "/resources/samples")) {
        const std::string extension = entry.path().extension().string();
        if (extension == ".jpg" || extension == ".png" || extension == ".webp") paths.push_back(entry.path().string());
    }
    std::ranges::sort(paths);
    return paths;
}

class LowPrecision : public testing::Test {
protected:
    void SetUp() override {
        engine = makeLocalEngine({.device = "cpu", .resourceDirectory = TESSERA_SOURCE_DIR "/resources"});
    }
    ModelInfo open(const std::string& reference, Precision precision) {
        const auto model = openModel(*engine, reference, precision);
        if (!model) throw std::runtime_error(toLine(model.error()));
        return model.value();
    }
    Picture reconstructed(const ModelInfo& model, SourceId source, std::int64_t size = 256) {
        const auto picture = askFor(*engine, {"reconstruction", {.source = source, .model = model.id}, {{"size", size}}});
        if (!picture) throw std::runtime_error(toLine(picture.error()));
        return picture.value();
    }
    std::shared_ptr<Engine> engine;
};

TEST_F(LowPrecision, SamplesStayWithinATenthOfADecibelOfFp32) {
    const ModelInfo exact = open("mini-autoencoder", Precision::Fp32), fast = open("mini-autoencoder", Precision::Bf16);
    ASSERT_FALSE(samples().empty());
    for (const std::string& path : samples()) {
        const SourceId source = engine->addSource({.path = path});
        const Picture slow = reconstructed(exact, source);
        const auto before = testing_probes::lowPrecisionConvolutions();
        const Picture quick = reconstructed(fast, source);
        // Both halves of the network have more than this many layers that are wide enough.
        EXPECT_GT(testing_probes::lowPrecisionConvolutions(), before + 10) << path;
        EXPECT_EQ(slow.precision, "fp32");
        EXPECT_EQ(quick.precision, "bf16");
        EXPECT_NEAR(*quick.measure("psnr")->value, *slow.measure("psnr")->value, 0.1) << path;
        EXPECT_FALSE(equal(slow, quick)) << path;
    }
}

TEST_F(LowPrecision, InFp32NoConvolutionIsCounted) {
    const auto before = testing_probes::lowPrecisionConvolutions();
    reconstructed(open("mini-autoencoder", Precision::Fp32), engine->addSource({.path = samples().front()}));
    EXPECT_EQ(testing_probes::lowPrecisionConvolutions(), before);
}

TEST_F(LowPrecision, AutoFollowsTheProcessor) {
    EXPECT_EQ(open("mini-autoencoder", Precision::Auto).precision, engine->status().fastBf16 ? "bf16" : "fp32");
}

/// A model whose encoder, and inside whose decoder a layer, gives a number that float32 holds and bfloat16 rounds to infinity; it decodes to
/// grey whatever the latents are. 128 channels are computed in bfloat16 on every processor that is fast at it.
void makeOverflowing(ModelFolder& folder, float value) {
    constexpr int z = 72, w1 = 128, w2 = 128;
    const auto config = [&](const char* key, const nlohmann::json& setting) { folder.config[key] = setting; };
    config("latent_channels", z);
    config("widths", {w1, w2});
    config("encoder_depths", {0, 0});
    config("decoder_depths", {0, 0});
    config("norm_groups", 1);
    folder.tensors.clear();
    const auto zeros = [&](const std::string& name, std::vector<std::int64_t> shape) {
        const auto count = std::size_t(HostTensor{DType::F32, shape, {}}.elements());
        folder.tensors[name] = float32Tensor(shape, std::vector<float>(count, 0.f));
    };
    const auto convolution = [&](const std::string& name, int out, int in, int kernel) {
        zeros(name + ".weight", {out, in, kernel, kernel});
        zeros(name + ".bias", {out});
    };
    convolution("encoder.patch", z, 3, 8);
    convolution("encoder.conv_in", w1, 48, 3);
    convolution("encoder.down", w2, w1, 2);
    convolution("encoder.conv_out", 2 * z, w2, 3);
    zeros("decoder.patch.weight", {z, 3, 8, 8});
    zeros("decoder.patch.bias", {3});
    convolution("decoder.conv_in", w2, z, 3);
    convolution("decoder.up", 4 * w1, w2, 1);
    convolution("decoder.conv_out", 48, w1, 3);
    folder.tensors["encoder.conv_out.bias"] = float32Tensor({2 * z}, std::vector<float>(2 * z, value));
    folder.tensors["decoder.conv_in.bias"] = float32Tensor({w2}, std::vector<float>(w2, value));
}

std::vector<std::uint8_t> grey() {
    return std::vector<std::uint8_t>(64 * 64 * 3, 128);
}

TEST_F(LowPrecision, WhatOverflowsIsRunAgainInFp32AndSaysSo) {
    constexpr float kBetweenTheTypes = 3.4e38f;  // bfloat16 ends at 3.3895e38, float32 at 3.4028e38
    ModelFolder folder("tessera_autoencoder/tiny");
    makeOverflowing(folder, kBetweenTheTypes);
    const SourceId source = engine->addSource({.pixels = Image(64, 64, 3, SharedArray<std::uint8_t>(grey())), .name = "grey"});
    const Picture picture = reconstructed(open(folder.write(), Precision::Bf16), source, 64);
    std::vector<std::string> notes;
    for (const Note& note : picture.notes) {
        EXPECT_EQ(note.kind, Note::Kind::Warning);
        notes.push_back(note.text);
    }
    // Times nothing, infinity is no number.
    EXPECT_THAT(notes, testing::ElementsAre("NaN or infinity in bf16, encoder re-run in fp32", "NaN or infinity in bf16, decoder re-run in fp32"));
    EXPECT_EQ(picture.precision, "fp32");
    EXPECT_NEAR(*picture.measure("psnr")->value, 54.15, 0.05) << "grey 127.5 for grey 128";
}

TEST_F(LowPrecision, WhatIsNotFiniteInFp32EitherIsShownAndSaysSo) {
    ModelFolder folder("tessera_autoencoder/tiny");
    makeOverflowing(folder, 3e38f);
    folder.tensors["encoder.patch.bias"] = float32Tensor({72}, std::vector<float>(72, 3e38f));
    const SourceId source = engine->addSource({.pixels = Image(64, 64, 3, SharedArray<std::uint8_t>(grey())), .name = "grey"});
    const Picture picture = reconstructed(open(folder.write(), Precision::Fp32), source, 64);
    ASSERT_FALSE(picture.notes.empty());
    EXPECT_EQ(picture.notes[0].text, "the encoder gave NaN or infinity in fp32");
}

}  // namespace
}  // namespace tessera::test
