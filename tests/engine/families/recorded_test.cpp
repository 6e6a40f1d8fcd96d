// SPDX-License-Identifier: Apache-2.0
// Recorded runs as models: the golden cases' own references.
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
        EXPECT_THAT(refusedCell({"perturbed", here, whole({{"strength", 0.5}}), {}}), HasSubstr("no picture of these latents"));
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
    EXPECT_THAT(refused({{"in.image", float32Tensor({3, 2, 2}, std::vector<float>(12, 0.5F))}, {"out.reconstruction", image}}), HasSubstr("in.image has shape [3, 2, 2]"));
    EXPECT_THAT(refused({{"in.image", image}, {"out.reconstruction", float32Tensor({2, 3, 2, 2}, std::vector<float>(24, 0.5F))}}), HasSubstr("is of 2 pictures, and in.image of 1"));
    EXPECT_THAT(refused({{"in.image", image}, {"out.codes", image}}), HasSubstr("another kind of numbers"));
    EXPECT_THAT(refused({{"in.image", image}, {"out.latents", float32Tensor({1, 2, 2}, std::vector<float>(4, 0.5F))}}), HasSubstr("out.latents has shape [1, 2, 2]"));
}

}  // namespace
}  // namespace tessera::test
