// SPDX-License-Identifier: Apache-2.0
// Pictures whose sides a model cannot take: padded for it, cropped back, and said so.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/wait.h>

#include "support/test_engine.h"

namespace tessera::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// A smooth picture with some structure.
Image testPicture(int width, int height) {
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) pixels.push_back(static_cast<std::uint8_t>(127 + 100 * std::sin(x * 0.07 + c) * std::cos(y * 0.05 - c)));
        }
    }
    return Image(width, height, 3, SharedArray<std::uint8_t>(std::move(pixels)));
}

std::vector<std::string> textsOf(const std::vector<Note>& notes) {
    std::vector<std::string> texts;
    for (const Note& note : notes) texts.push_back(note.text);
    return texts;
}

class AnySize : public testing::Test {
protected:
    static void SetUpTestSuite() {
        s_engine = openCpuEngine();
        const auto model = openModel(*s_engine, "mini-autoencoder");
        ASSERT_TRUE(model) << toLine(model.error());
        s_model = model.value().id;
    }
    static void TearDownTestSuite() { s_engine.reset(); }

    Picture drawn(const std::string& lens, SourceId source, std::int64_t size = 0, const std::string& crop = "whole") {
        const auto picture = askFor(*s_engine, {lens, {.source = source, .model = s_model}, {{"size", size}, {"crop", crop}}});
        if (!picture) throw std::runtime_error(toLine(picture.error()));
        return picture.value();
    }
    SourceId add(int width, int height) { return s_engine->addSource({.pixels = testPicture(width, height), .name = "test"}); }

    static inline std::shared_ptr<Engine> s_engine;
    static inline ModelId s_model{};
};

TEST_F(AnySize, AReconstructionHasThePicturesOwnSize) {
    const SourceId source = add(257, 193);
    const Picture picture = drawn("reconstruction", source);
    EXPECT_EQ(picture.image.width(), 257);
    EXPECT_EQ(picture.image.height(), 193);
    EXPECT_EQ(picture.region, (Picture::Region{0, 0, 257, 193}));
    EXPECT_THAT(textsOf(picture.notes), Contains(AllOf(HasSubstr("padded to 264 × 200 px"), HasSubstr("cropped back"))));
    EXPECT_THAT(picture.summary, HasSubstr("257 × 193 px, padded to 264 × 200"));
    EXPECT_THAT(picture.measure("psnr")->detail, HasSubstr("257 x 193"));
    EXPECT_GT(*picture.measure("psnr")->value, 30);
    // The measure is of the pixels that one sees, of the padding nothing.
    const Image input = drawn("input", source).image;
    double sum = 0;
    for (int y = 0; y < 193; ++y) {
        for (int x = 0; x < 257; ++x) {
            for (int c = 0; c < 3; ++c) sum += std::pow(std::clamp(picture.image.at(x, y, c), 0.f, 1.f) - input.at(x, y, c), 2);
        }
    }
    EXPECT_NEAR(*picture.measure("psnr")->value, -10 * std::log10(sum / (257 * 193 * 3)), 1e-3);
}

TEST_F(AnySize, TheLastPixelsAreAsGoodAsTheOthers) {
    const SourceId source = add(250, 241);
    const Image input = drawn("input", source).image, decoded = drawn("reconstruction", source).image;
    const auto errorOf = [&](int left, int top, int right, int bottom) {
        double sum = 0;
        for (int y = top; y < bottom; ++y) {
            for (int x = left; x < right; ++x) sum += std::abs(decoded.at(x, y, 1) - input.at(x, y, 1));
        }
        return sum / ((right - left) * (bottom - top));
    };
    const double all = errorOf(0, 0, 250, 241);
    EXPECT_LT(errorOf(242, 0, 250, 241), 3 * all);
    EXPECT_LT(errorOf(0, 233, 250, 241), 3 * all);
}

TEST_F(AnySize, CellsOfLatentsLieOverThePixelsTheyWereMadeFrom) {
    for (const char* lens : {"latent_pca", "latent_channel"}) {
        const Picture own = drawn(lens, add(257, 193));
        EXPECT_EQ(own.image.width(), 33) << lens;
        EXPECT_EQ(own.image.height(), 25) << lens;
        EXPECT_EQ(own.region, (Picture::Region{0, 0, 264, 200})) << lens << ": 8 px a cell, over the picture's edge";
        EXPECT_EQ(own.sourceWidth, 257) << lens;
        EXPECT_THAT(textsOf(own.notes), Contains(HasSubstr("padded to 264 × 200 px"))) << lens;

        const Picture resized = drawn(lens, add(300, 200), 100);  // 150 x 100 to 152 x 104
        EXPECT_EQ(resized.image.width(), 19) << lens;
        EXPECT_DOUBLE_EQ(resized.region.width, 304) << lens;
        EXPECT_DOUBLE_EQ(resized.region.height, 208) << lens;

        const Picture square = drawn(lens, add(301, 203), 0, "square");
        EXPECT_EQ(square.region, (Picture::Region{49, 0, 208, 208})) << lens;
    }
}

TEST_F(AnySize, PicturesSmallerThanACellAreTakenToo) {
    for (const auto& [width, height] : {std::pair{1, 1}, {3, 5}, {40, 2}}) {
        const Picture picture = drawn("reconstruction", add(width, height));
        EXPECT_EQ(picture.image.width(), width);
        EXPECT_EQ(picture.image.height(), height);
        EXPECT_TRUE(picture.measure("psnr")->value.has_value());
    }
    const Picture resized = drawn("reconstruction", add(200, 100), 5);
    EXPECT_EQ(resized.image.width(), 10);
    EXPECT_EQ(resized.image.height(), 5);
}

TEST_F(AnySize, WhatFitsIsNotPadded) {
    const Picture picture = drawn("reconstruction", add(96, 64));
    EXPECT_THAT(textsOf(picture.notes), IsEmpty());
    EXPECT_EQ(picture.summary, "96 × 64 px");
    EXPECT_EQ(drawn("latent_pca", add(96, 64)).region, (Picture::Region{0, 0, 96, 64}));
}

TEST_F(AnySize, NoiseAndDifferenceAreOfThePictureToo) {
    const SourceId source = add(101, 75);
    for (const char* lens : {"perturbed", "difference"}) {
        const Picture picture = drawn(lens, source);
        EXPECT_EQ(picture.image.width(), 101) << lens;
        EXPECT_EQ(picture.image.height(), 75) << lens;
        EXPECT_THAT(textsOf(picture.notes), Contains(HasSubstr("padded to 104 × 80 px"))) << lens;
    }
}

TEST_F(AnySize, AFileOfLatentsKnowsHowLargeThePictureWas) {
    const ParameterSet own{{"size", std::int64_t(0)}, {"crop", std::string("whole")}};
    const auto encoded = wait<TensorMap>([&](auto observer) { return s_engine->encode({.source = add(61, 45), .model = s_model}, own, std::move(observer)); });
    ASSERT_TRUE(encoded) << toLine(encoded.error());
    TensorMap tensors = encoded.value();
    EXPECT_EQ(tensors.at("latents").shape, (std::vector<std::int64_t>{1, 16, 6, 8}));
    EXPECT_EQ(tensors.at("picture_size").shape, (std::vector<std::int64_t>{1, 2}));
    const auto decode = [&] { return wait<std::vector<Picture>>([&](auto observer) { return s_engine->decode(s_model, tensors, std::move(observer)); }); };
    auto pictures = decode();
    ASSERT_TRUE(pictures) << toLine(pictures.error());
    EXPECT_EQ(pictures.value().front().image.width(), 61);
    EXPECT_EQ(pictures.value().front().image.height(), 45);

    const HostTensor size = tensors.at("picture_size");
    tensors.erase("picture_size");
    pictures = decode();
    ASSERT_TRUE(pictures);
    EXPECT_EQ(pictures.value().front().image.width(), 64) << "latents alone say nothing of what was padded";
    tensors["picture_size"] = {size.type, {2, 1}, size.bytes};
    pictures = decode();
    ASSERT_FALSE(pictures);
    EXPECT_THAT(toLine(pictures.error()), AllOf(HasSubstr("picture_size"), HasSubstr("[1, 2]")));
}

}  // namespace
}  // namespace tessera::test
