// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <gtest/gtest.h>
#include <limits>

#include <tessera/picture.h>

namespace tessera {
namespace {

Picture example() {
    Picture picture;
    picture.image =
        Image(2, 1, 1, SharedArray<float>(std::vector<float>{0.25F, std::numeric_limits<float>::quiet_NaN()}));
    picture.mapping = FieldMapping::Scalar;
    picture.legend = Legend{0, 0.5, ColourMap::Viridis, Unit::Share, "FLIP"};
    picture.sourceWidth = 640;
    picture.sourceHeight = 480;
    picture.region = {1, 2, 3, 4};
    picture.summary = "2 x 1 px";
    picture.precision = "bf16";
    picture.measures = {{"psnr", 31.5, Unit::Decibels, "sRGB, 256 x 256"},
                        {"lpips", std::nullopt, Unit::None, "needs weights"}};
    picture.table = {{{"channel", Unit::None, "0-based"}, {"mean", Unit::LatentUnits, ""}}, {0, 0.5, 1, std::numeric_limits<double>::quiet_NaN()}};
    picture.notes = {{Note::Kind::Warning, "NaN in bf16, decoder re-run in fp32"}};
    picture.timings = {{"decoded", 0.25, false}};
    return picture;
}

TEST(Picture, EqualMeansSameSamplesAndSameWords) {
    EXPECT_TRUE(equal(example(), example())) << "also with a NaN among the samples";
    const std::vector<std::function<void(Picture&)>> changes{
        [](Picture& p) { p.image = Image(1, 2, 1, p.image.samples()); },
        [](Picture& p) {
            p.image = Image(2, 1, 1, SharedArray<float>(std::vector<float>{0.25F, 1}));
        },
        [](Picture& p) { p.image = {}; },
        [](Picture& p) { p.mapping = FieldMapping::Colour; },
        [](Picture& p) { p.legend.reset(); },
        [](Picture& p) { p.legend->high = 1; },
        [](Picture& p) { p.legend->map = ColourMap::Grey; },
        [](Picture& p) { p.partial = true; },
        [](Picture& p) { p.sourceWidth = 1; },
        [](Picture& p) { p.sourceHeight = 1; },
        [](Picture& p) { p.region.height = 1; },
        [](Picture& p) { p.summary += "!"; },
        [](Picture& p) { p.precision = "fp32"; },
        [](Picture& p) { p.measures[0].value = 31; },
        [](Picture& p) { p.measures[1].value = 0; },
        [](Picture& p) { p.measures.pop_back(); },
        [](Picture& p) { p.table.values[1] = 0.25; },
        [](Picture& p) { p.table.columns[1].unit = Unit::None; },
        [](Picture& p) { p.table = {}; },
        [](Picture& p) { p.notes[0].kind = Note::Kind::Information; },
        [](Picture& p) { p.timings[0].cached = true; }};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        Picture changed = example();
        changes[i](changed);
        EXPECT_FALSE(equal(changed, example())) << "change " << i;
    }
}

TEST(Picture, FindsAMeasureByItsName) {
    const Picture picture = example();
    ASSERT_NE(picture.measure("psnr"), nullptr);
    EXPECT_EQ(picture.measure("psnr")->value, 31.5);
    ASSERT_NE(picture.measure("lpips"), nullptr);
    EXPECT_FALSE(picture.measure("lpips")->value.has_value());
    EXPECT_EQ(picture.measure("ssim"), nullptr);
}

TEST(Picture, ItsSizeCountsPixelsAndWords) {
    Picture picture = example();
    EXPECT_GE(picture.byteSize(), 8U);
    const std::size_t before = picture.byteSize();
    picture.image = Image(100, 100, 3, SharedArray<float>(std::vector<float>(30'000)));
    EXPECT_EQ(picture.byteSize(), before - 8 + 120'000);
}

}  // namespace
}  // namespace tessera
