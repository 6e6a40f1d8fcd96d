// SPDX-License-Identifier: Apache-2.0
// Recorded runs as models: the golden cases' own references.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/files.h>
#include <tessera/wait.h>

#include "support/golden_case.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Recorded : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    static GoldenCase golden(const std::string& family, const std::string& name) {
        for (const GoldenCase& each : goldenCases(family)) {
            if (each.name() == family + "/" + name) return each;
        }
        throw std::runtime_error("no case " + name);
    }
    /// One picture of a [B,3,H,W] tensor.
    static Image imageOf(const HostTensor& tensor, int sample) {
        const std::vector<double> values = valuesOf(tensor);
        const int height = static_cast<int>(tensor.shape[2]), width = static_cast<int>(tensor.shape[3]);
        std::vector<float> samples;
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                for (int c = 0; c < 3; ++c) samples.push_back(static_cast<float>(values[static_cast<std::size_t>(((sample * 3 + c) * height + y) * width + x)]));
            }
        }
        return Image(width, height, 3, SharedArray<float>(std::move(samples)));
    }
    CellRef cell(const ModelInfo& model, const Image& image) const { return {.source = s_engine->addSource({.pixels = image, .name = "test"}), .model = model.id}; }
    static ParameterSet whole(ParameterSet more = {}) {
        more.insert({{"size", std::int64_t(0)}, {"crop", std::string("whole")}});
        return more;
    }
    static void expectSame(const Image& a, const Image& b) {
        ASSERT_EQ(a.width(), b.width());
        ASSERT_EQ(a.height(), b.height());
        for (int y = 0; y < a.height(); ++y) {
            for (int x = 0; x < a.width(); ++x) {
                for (int c = 0; c < 3; ++c) ASSERT_FLOAT_EQ(a.at(x, y, c), b.at(x, y, c));
            }
        }
    }
    std::string refusedCell(const Query& query) const {
        const auto result = askFor(*s_engine, query);
        return result ? std::string() : toLine(result.error());
    }
    static inline std::shared_ptr<Engine> s_engine;
};

TEST_F(Recorded, EveryPictureOfARunShowsItsOwnTensors) {
    const GoldenCase recorded = golden("tessera_autoencoder", "tiny");
    const auto model = openModel(*s_engine, recorded.referenceFile().string());
    ASSERT_TRUE(model) << toLine(model.error());
    EXPECT_EQ(model.value().family, "recorded");
    EXPECT_THAT(model.value().capabilities, ElementsAre("encode", "decode"));
    const HostTensor images = recorded.tensors("in.").at("in.image"), reconstructions = recorded.tensors("out.").at("out.reconstruction");
    for (int sample = 0; sample < 2; ++sample) {
        const CellRef here = cell(model.value(), imageOf(images, sample));
        const auto picture = askFor(*s_engine, {"reconstruction", here, whole(), {}});
        ASSERT_TRUE(picture) << toLine(picture.error());
        expectSame(picture.value().image, imageOf(reconstructions, sample));
        const auto channel = askFor(*s_engine, {"latent_channel", here, whole(), {}});
        ASSERT_TRUE(channel) << toLine(channel.error());
        const std::vector<double> latents = valuesOf(recorded.tensors("out.").at("out.latents"));
        EXPECT_FLOAT_EQ(channel.value().image.at(0, 0, 0), static_cast<float>(latents[latents.size() / 2 * static_cast<std::size_t>(sample)]));
        EXPECT_THAT(refusedCell({"perturbed", here, whole({{"strength", 0.5}}), {}}), HasSubstr("this is a recording: it holds what was computed"));
    }
    const Image grey(48, 32, 3, SharedArray<float>(std::vector<float>(48 * 32 * 3, 0.5F)));
    EXPECT_THAT(refusedCell({"reconstruction", cell(model.value(), grey), whole(), {}}), HasSubstr("none of the recorded ones"));
    const Image small(16, 16, 3, SharedArray<float>(std::vector<float>(16 * 16 * 3, 0.5F)));
    EXPECT_THAT(refusedCell({"reconstruction", cell(model.value(), small), whole(), {}}), HasSubstr("the recorded pictures have 48 x 32 px, and this one 16 x 16"));
    EXPECT_THAT(refusedCell({"codes", cell(model.value(), grey), whole(), {}}), HasSubstr("no codes"));
}

TEST_F(Recorded, DepthsAreThoseOfTheRun) {
    const GoldenCase recorded = golden("rq_vae", "split_codebooks_2x2");
    const auto model = openModel(*s_engine, recorded.referenceFile().string());
    ASSERT_TRUE(model) << toLine(model.error());
    EXPECT_EQ(model.value().codes.depths(), 2);
    EXPECT_EQ(model.value().inputSide, 0);  // no square
    const TensorMap out = recorded.tensors("out.");
    const CellRef here = cell(model.value(), imageOf(recorded.tensors("in.").at("in.image"), 0));
    for (int depth = 1; depth <= 2; ++depth) {
        const auto picture = askFor(*s_engine, {"depth", here, whole({{"depth", std::int64_t(depth)}}), {}});
        ASSERT_TRUE(picture) << toLine(picture.error());
        expectSame(picture.value().image, imageOf(out.at("out.reconstruction.depth" + std::to_string(depth - 1)), 0));
    }
    const auto contribution = askFor(*s_engine, {"depth_contribution", here, whole({{"depth", std::int64_t(1)}}), {}});
    EXPECT_THAT(toLine(contribution.error()), HasSubstr("no picture of these latents"));  // of nothing: it was not recorded
    const auto codes = askFor(*s_engine, {"codes", here, whole({{"depth", std::int64_t(2)}}), {}});
    ASSERT_TRUE(codes) << toLine(codes.error());
    const std::vector<double> values = valuesOf(out.at("out.codes"));
    EXPECT_EQ(codes.value().readings.at(5, 2, 1), static_cast<float>(values[(2 * 6 + 5) * 2 + 1]));
    const auto tokens = wait<TokenGrid>([&](auto observer) { return s_engine->tokens(here, whole(), Priority::Visible, std::move(observer)); });
    EXPECT_THAT(toLine(tokens.error()), HasSubstr("no distances to codewords"));
}

TEST_F(Recorded, ARunOfPicturesAloneIsEnough) {
    const TemporaryFolder folder;
    const GoldenCase recorded = golden("tessera_autoencoder", "tiny");
    const HostTensor images = recorded.tensors("in.").at("in.image"), reconstructions = recorded.tensors("out.").at("out.reconstruction");
    ASSERT_FALSE(writeTensorFile(folder / "run.safetensors", {{"video.in.image", images}, {"video.out.reconstruction", reconstructions}}));
    const auto model = openModel(*s_engine, folder / "run.safetensors");
    ASSERT_TRUE(model) << toLine(model.error());
    const CellRef second = cell(model.value(), imageOf(images, 1));
    const auto picture = askFor(*s_engine, {"reconstruction", second, whole(), {}});
    ASSERT_TRUE(picture) << toLine(picture.error());
    expectSame(picture.value().image, imageOf(reconstructions, 1));
    EXPECT_THAT(refusedCell({"latent_pca", second, whole(), {}}), HasSubstr("this model gives no latents"));
}

TEST_F(Recorded, ShapesThatDoNotSuitAreNamed) {
    const TemporaryFolder folder;
    const HostTensor image = float32Tensor({1, 3, 2, 2}, std::vector<float>(12, 0.5F));
    const auto refused = [&](const TensorMap& tensors) {
        EXPECT_FALSE(writeTensorFile(folder / "run.safetensors", tensors));
        return refusal(*s_engine, folder / "run.safetensors");
    };
    EXPECT_THAT(refused({{"in.image", float32Tensor({3, 2, 2}, std::vector<float>(12, 0.5F))}, {"out.reconstruction", image}}), HasSubstr("in.image has shape [3, 2, 2], and should have [B, 3, H, W]"));
    EXPECT_THAT(refused({{"in.image", image}, {"out.reconstruction", float32Tensor({1, 2, 2, 3}, std::vector<float>(12, 0.5F))}}), HasSubstr("out.reconstruction has shape [1, 2, 2, 3], and should have [B, 3, H, W]"));
    EXPECT_THAT(refused({{"in.image", image}, {"out.reconstruction", float32Tensor({2, 3, 2, 2}, std::vector<float>(24, 0.5F))}}), HasSubstr("is of 2 pictures, and in.image of 1"));
    EXPECT_THAT(refused({{"in.image", image}, {"out.codes", image}}), HasSubstr("out.codes is of float32, and should be of whole numbers"));
    EXPECT_THAT(refused({{"in.image", image}, {"out.latents", float32Tensor({1, 2, 2}, std::vector<float>(4, 0.5F))}}), HasSubstr("out.latents has shape [1, 2, 2]"));
}

TEST_F(Recorded, PicturesOfOtherNumbersAreRefusedWithWhatToDo) {
    const TemporaryFolder folder;
    const auto refused = [&](const HostTensor& image) {
        EXPECT_FALSE(writeTensorFile(folder / "run.safetensors", {{"in.image", image}, {"out.reconstruction", float32Tensor({1, 3, 1, 1}, {0.5F, 0.5F, 0.5F})}}));
        return refusal(*s_engine, folder / "run.safetensors");
    };
    EXPECT_THAT(refused(float32Tensor({1, 3, 1, 1}, {0, 128, 255})), HasSubstr("in.image reaches from 0 to 255, and should hold 0 to 1 (" + (folder / "run.safetensors") + "): divide it by 255"));
    EXPECT_THAT(refused(float32Tensor({1, 3, 1, 1}, {-1, 0, 1})), HasSubstr("in.image reaches from -1 to 1, and should hold 0 to 1"));
    EXPECT_THAT(refused(float32Tensor({1, 3, 1, 1}, {-1, 0, 1})), HasSubstr("record (x + 1) / 2"));
    EXPECT_THAT(refused(float32Tensor({1, 3, 1, 1}, {-2.1F, 0, 2.6F})), HasSubstr("record it before it is normalised"));
    EXPECT_THAT(refused(float32Tensor({1, 3, 1, 1}, {0, 0.5F, NAN})), HasSubstr("in.image holds NaN or infinity"));
    HostTensor bytes{DType::U8, {1, 3, 1, 1}, SharedBytes(std::vector<std::byte>(3))};
    EXPECT_THAT(refused(bytes), HasSubstr("in.image is of uint8, and should be of fractions from 0 to 1"));
    EXPECT_EQ(refused(float32Tensor({1, 3, 1, 1}, {-0.1F, 0.5F, 1.1F})), "") << "what a resize overshoots is no other range";
}

class RecordedRun : public Recorded {
protected:
    ModelInfo open(const TensorMap& tensors, Precision precision = Precision::Fp32) {
        EXPECT_FALSE(writeTensorFile(m_folder / "run.safetensors", tensors));
        auto model = openModel(*s_engine, m_folder / "run.safetensors", precision);
        EXPECT_TRUE(model) << (model ? "" : toLine(model.error()));
        return model ? model.value() : ModelInfo();
    }
    static HostTensor grey(std::int64_t height, std::int64_t width, float value) { return float32Tensor({1, 3, height, width}, std::vector<float>(static_cast<std::size_t>(3 * height * width), value)); }
    static std::vector<std::string> warnings(const Picture& picture) {
        std::vector<std::string> texts;
        for (const Note& note : picture.notes) {
            if (note.kind == Note::Kind::Warning) texts.push_back(note.text);
        }
        return texts;
    }
    TemporaryFolder m_folder;
};

TEST_F(RecordedRun, AnotherSizeIsSaidWhereItIsCompared) {
    const HostTensor image = grey(12, 17, 0.5F);
    for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{24, 34}, {6, 8}}) {
        const ModelInfo model = open({{"in.image", image}, {"out.reconstruction", grey(height, width, 0.5F)}});
        for (const char* lens : {"reconstruction", "difference"}) {
            const auto picture = askFor(*s_engine, {lens, cell(model, imageOf(image, 0)), whole(), {}});
            ASSERT_TRUE(picture) << toLine(picture.error());
            EXPECT_EQ(picture.value().image.width(), 17);
            EXPECT_EQ(picture.value().image.height(), 12);
            EXPECT_THAT(warnings(picture.value()), ElementsAre("recorded at " + std::to_string(width) + " × " + std::to_string(height) + " px, resized to be compared"));
        }
    }
}

TEST_F(RecordedRun, PicturesOfAnySizeAreFoundBesideCodes) {
    const HostTensor image = grey(13, 18, 0.5F);
    HostTensor codes{DType::U8, {1, 4, 4, 1}, SharedBytes(std::vector<std::byte>(16))};
    const ModelInfo model = open({{"in.image", image}, {"out.reconstruction", image}, {"out.codes", codes}});
    const auto picture = askFor(*s_engine, {"reconstruction", cell(model, imageOf(image, 0)), whole(), {}});
    ASSERT_TRUE(picture) << toLine(picture.error());
    EXPECT_THAT(picture.value().notes, testing::IsEmpty());
}

TEST_F(RecordedRun, WhatIsNoNumberIsSaidOfTheRecordingAndNothingIsRunAgain) {
    const HostTensor image = grey(4, 4, 0.5F);
    std::vector<float> values(48, 0.5F);
    values[7] = NAN;
    const HostTensor broken = float32Tensor({1, 3, 4, 4}, values);
    ModelInfo model = open({{"in.image", image}, {"out.latents", grey(2, 2, 1)}, {"out.reconstruction", broken}}, Precision::Bf16);
    auto picture = askFor(*s_engine, {"reconstruction", cell(model, imageOf(image, 0)), whole(), {}});
    ASSERT_TRUE(picture) << toLine(picture.error());
    EXPECT_THAT(warnings(picture.value()), ElementsAre("the recording holds NaN in out.reconstruction"));

    values.assign(12, 1);
    values[3] = INFINITY;
    HostTensor codes{DType::U8, {1, 2, 2, 1}, SharedBytes(std::vector<std::byte>(4))};
    model = open({{"in.image", image}, {"out.latents", float32Tensor({1, 3, 2, 2}, values)}, {"out.codes", codes}, {"out.reconstruction", image}});
    picture = askFor(*s_engine, {"reconstruction", cell(model, imageOf(image, 0)), whole(), {}});
    ASSERT_TRUE(picture) << toLine(picture.error());
    EXPECT_THAT(warnings(picture.value()), ElementsAre("the recording holds infinity in out.latents"));
    values[3] = NAN;
    model = open({{"in.image", image}, {"out.latents", float32Tensor({1, 3, 2, 2}, values)}, {"out.codes", codes}, {"out.reconstruction", image}});
    picture = askFor(*s_engine, {"codes", cell(model, imageOf(image, 0)), whole(), {}});
    ASSERT_TRUE(picture) << toLine(picture.error());
}

TEST_F(RecordedRun, AReconstructionInBytesIsSaid) {
    const HostTensor image = grey(4, 4, 0.5F);
    const ModelInfo model = open({{"in.image", image}, {"out.reconstruction", grey(4, 4, 127)}});
    const auto picture = askFor(*s_engine, {"reconstruction", cell(model, imageOf(image, 0)), whole(), {}});
    ASSERT_TRUE(picture) << toLine(picture.error());
    EXPECT_THAT(warnings(picture.value()), ElementsAre("out.reconstruction reaches 127, and should hold 0 to 1"));
}

TEST_F(RecordedRun, NamesNoPrecisionThatNothingRanIn) {
    const HostTensor image = grey(4, 4, 0.5F);
    const TensorMap run{{"in.image", image}, {"out.latents", grey(2, 2, 1)}, {"out.reconstruction", image}};
    const ModelInfo bf16 = open(run, Precision::Bf16), fp32 = open(run, Precision::Fp32);
    EXPECT_EQ(bf16.precision, "recorded");
    EXPECT_EQ(bf16.encodePrecision, "recorded");
    EXPECT_EQ(bf16.id, fp32.id) << "there is one recording";
    for (const char* lens : {"reconstruction", "difference", "latent_channel"}) {
        const auto picture = askFor(*s_engine, {lens, cell(bf16, imageOf(image, 0)), whole(), {}});
        ASSERT_TRUE(picture) << toLine(picture.error());
        EXPECT_EQ(picture.value().precision, "recorded") << lens;
    }
}

}  // namespace
}  // namespace tessera::test
