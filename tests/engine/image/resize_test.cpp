// SPDX-License-Identifier: Apache-2.0
#include "image/resize.h"

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace tessera {
namespace {

struct Case {
    Image input;
    CropBox crop;
    int width = 0, height = 0;
    Filter filter = Filter::Box;
    std::vector<int> bytes;     ///< Pillow's 8-bit result
    std::vector<float> reals;   ///< Pillow's result in mode F, on 0..255
    std::string name;
};

// The rule of pillow_resize.py.
Image picture(int width, int height, int channels) {
    std::vector<std::uint8_t> samples;
    for (std::uint32_t y = 0; y < static_cast<std::uint32_t>(height); ++y)
        for (std::uint32_t x = 0; x < static_cast<std::uint32_t>(width); ++x)
            for (std::uint32_t c = 0; c < static_cast<std::uint32_t>(channels); ++c) {
                const std::uint32_t value = x * 2654435761U + y * 40503U + c * 97U + x * y * 7919U;
                samples.push_back(static_cast<std::uint8_t>((value >> 7U) ^ (x * 6U)));
            }
    return Image(width, height, channels, SharedArray<std::uint8_t>(std::move(samples)));
}

std::vector<Case> pillowCases() {
    std::ifstream file(TESSERA_SOURCE_DIR "/tests/engine/image/pillow_resize.json");
    const auto document = nlohmann::json::parse(file);
    const std::map<std::string, Filter> filters{
        {"box", Filter::Box}, {"bilinear", Filter::Bilinear}, {"bicubic", Filter::Bicubic}, {"lanczos", Filter::Lanczos}};
    std::vector<Case> cases;
    for (const auto& entry : document.at("cases")) {
        Case c;
        c.input = picture(entry.at("width"), entry.at("height"), entry.at("channels"));
        const auto crop = entry.at("crop").get<std::vector<double>>();
        c.crop = {crop[0], crop[1], crop[2], crop[3]};
        c.width = entry.at("out_width");
        c.height = entry.at("out_height");
        c.filter = filters.at(entry.at("filter"));
        c.bytes = entry.at("u8").get<std::vector<int>>();
        c.reals = entry.at("real").get<std::vector<float>>();
        c.name = entry.at("filter").get<std::string>() + "_" + std::to_string(c.input.width()) + "x" + std::to_string(c.input.height()) + "_to_" +
                 std::to_string(c.width) + "x" + std::to_string(c.height);
        cases.push_back(std::move(c));
    }
    return cases;
}

class PillowResize : public testing::TestWithParam<Case> {};

TEST_P(PillowResize, EightBitResultIsTheSameBitForBit) {
    const Case& c = GetParam();
    const Image result = resampleU8(c.input, c.crop, c.width, c.height, c.filter);
    const auto samples = std::get<SharedArray<std::uint8_t>>(result.samples()).span();
    ASSERT_EQ(result.channels(), 3);
    const int channels = c.input.channels();
    for (std::size_t i = 0; i < samples.size(); ++i)
        ASSERT_EQ(samples[i], c.bytes[channels == 1 ? i / 3 : i]) << "sample " << i;
}

TEST_P(PillowResize, FloatResultAgrees) {
    const Case& c = GetParam();
    const Image result = resample(c.input, c.crop, c.width, c.height, c.filter);
    const auto samples = std::get<SharedArray<float>>(result.samples()).span();
    const int channels = c.input.channels();
    for (std::size_t i = 0; i < samples.size(); ++i)
        ASSERT_NEAR(samples[i] * 255, c.reals[channels == 1 ? i / 3 : i], 6e-3) << "sample " << i;
}

INSTANTIATE_TEST_SUITE_P(Upstream, PillowResize, testing::ValuesIn(pillowCases()), [](const auto& info) { return info.param.name; });

TEST(Resample, SameSizeKeepsEverySample) {
    const Image input = picture(64, 33, 3);
    for (const Filter filter : {Filter::Box, Filter::Bilinear, Filter::Bicubic}) {
        const Image result = resample(input, {0, 0, 64, 33}, 64, 33, filter);
        for (int y = 0; y < 33; ++y)
            for (int x = 0; x < 64; ++x) ASSERT_EQ(result.at(x, y, 1), input.at(x, y, 1));
    }
}

TEST(Resample, EveryStorageGivesTheSamePicture) {
    const Image bytes = picture(50, 40, 3);
    const auto from = std::get<SharedArray<std::uint8_t>>(bytes.samples()).span();
    std::vector<std::uint16_t> words;
    for (const auto sample : from) words.push_back(static_cast<std::uint16_t>(sample * 257));
    const Image wide(50, 40, 3, SharedArray<std::uint16_t>(std::move(words)));
    const CropBox crop{3, 4, 40, 30};
    const Image a = resample(bytes, crop, 17, 19, Filter::Bicubic), b = resample(wide, crop, 17, 19, Filter::Bicubic),
                c = resample(bytes.toFloatRgb(), crop, 17, 19, Filter::Bicubic);
    for (int y = 0; y < 19; ++y)
        for (int x = 0; x < 17; ++x) {
            ASSERT_NEAR(a.at(x, y, 2), b.at(x, y, 2), 1e-6);
            ASSERT_NEAR(a.at(x, y, 2), c.at(x, y, 2), 1e-6);
        }
}

TEST(Resample, SeesNothingOutsideTheCropExceptTheFilterReach) {
    // Left half black, right half white: a crop of the left half stays black but for the reach of the filter at its border.
    std::vector<float> samples;
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 64; ++x) samples.push_back(x < 32 ? 0.0F : 1.0F);
    const Image input(64, 32, 1, SharedArray<float>(std::move(samples)));
    const Image result = resample(input, {0, 0, 32, 32}, 16, 16, Filter::Bilinear);
    EXPECT_EQ(result.at(14, 8, 0), 0.0F);
    EXPECT_GT(result.at(15, 8, 0), 0.0F);  // as Pillow: the box limits where outputs lie, not what the filter reads
}

TEST(Resample, RefusesACropOutsideThePicture) {
    const Image input = picture(10, 10, 3);
    EXPECT_THROW(resample(input, {-1, 0, 5, 5}, 4, 4, Filter::Box), Failure);
    EXPECT_THROW(resample(input, {6, 0, 5, 5}, 4, 4, Filter::Box), Failure);
    EXPECT_THROW(resampleU8(input, {0, 0, 0, 5}, 4, 4, Filter::Box), Failure);
    EXPECT_THROW(resample(Image(), {0, 0, 1, 1}, 4, 4, Filter::Box), Failure);
}

TEST(Resample, LeavesAlphaOut) {
    const std::vector<std::uint8_t> samples{10, 20, 30, 0, 10, 20, 30, 255};
    const Image input(2, 1, 4, SharedArray<std::uint8_t>(samples));
    const Image result = resample(input, {0, 0, 2, 1}, 1, 1, Filter::Box);
    EXPECT_NEAR(result.at(0, 0, 2) * 255, 30, 1e-4);
}

}  // namespace
}  // namespace tessera
