// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/colour_map.h>
#include <nlohmann/json.hpp>
#include <tessera/sheet_contents.h>

#include "core/sheet_canvas.h"
#include "core/sheet_picture.h"
#include "support/temporary_folder.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using Rgb = std::array<std::uint8_t, 3>;
using testing::HasSubstr;

// Where things stand at scale 1: margin 16, title 24, gap 8, header 72, gutter 4; row names 132 wide.
constexpr int kTop = 16 + 24 + 8 + 72 + 4, kLeft = 16 + 132 + 4, kCaption = 20, kGutter = 4, kMargin = 16;
constexpr Rgb kErrorColour{0xff, 0x83, 0x79}, kDarkCanvas{0x18, 0x18, 0x18}, kLightCanvas{0xbd, 0xbd, 0xbd};

Rgb pixelOf(const Image& image, int x, int y) {
    const auto samples = std::get<SharedArray<std::uint8_t>>(image.samples()).span();
    const std::size_t start = (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) + static_cast<std::size_t>(x)) * 3;
    return {samples[start], samples[start + 1], samples[start + 2]};
}

/// Every pixel its own colour, so that a shift or a filter shows.
Picture pattern(int width, int height) {
    std::vector<std::uint8_t> rgb;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) rgb.insert(rgb.end(), {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), static_cast<std::uint8_t>(x * 7 + y * 3)});
    Picture picture;
    picture.image = Image(width, height, 3, SharedArray<std::uint8_t>(std::move(rgb)));
    picture.region = {0, 0, static_cast<double>(width), static_cast<double>(height)};
    picture.summary = std::to_string(width) + " × " + std::to_string(height) + " px";
    return picture;
}

Picture field(int width, int height, std::vector<float> values, Legend legend, FieldMapping mapping = FieldMapping::Scalar) {
    Picture picture;
    picture.image = Image(width, height, 1, SharedArray<float>(std::move(values)));
    picture.mapping = mapping;
    picture.legend = legend;
    return picture;
}

SheetHead headOf(int columns, const std::string& model = "mini-autoencoder") {
    SheetHead head{.title = "Sheet", .right = {}, .lines = {}, .groups = {{model, "fp32 · f8 c16", {}}}};
    for (int i = 0; i < columns; ++i) head.groups[0].columns.push_back({"reconstruction", ""});
    return head;
}

SheetRow rowOf(std::vector<SheetCell> cells) {
    return {.name = "photo.jpg", .words = "JPEG", .thumbnail = {}, .cells = std::move(cells)};
}

Image drawn(const SheetHead& head, const std::vector<SheetRow>& rows, const SheetLook& look = {}) {
    const Result<Image> sheet = drawContactSheet(head, rows, look);
    EXPECT_TRUE(sheet) << (sheet ? "" : toLine(sheet.error()));
    return sheet ? sheet.value() : Image();
}

/// How many pixels of the rectangle have exactly this colour.
int count(const Image& image, int x, int y, int width, int height, Rgb colour) {
    int found = 0;
    for (int row = y; row < y + height; ++row)
        for (int column = x; column < x + width; ++column) found += pixelOf(image, column, row) == colour;
    return found;
}

TEST(ContactSheet, APictureOfTheCellsSizeIsDrawnPixelForPixel) {
    const Picture picture = pattern(100, 100);
    const Image sheet = drawn(headOf(2), {rowOf({sheetCell(picture, "input"), sheetCell(picture, "reconstruction")})}, {.cellWidth = 100});
    EXPECT_EQ(sheet.width(), kLeft + 2 * 100 + kGutter + kMargin);
    EXPECT_EQ(sheet.height(), kTop + 100 + kCaption + kMargin);
    for (const int column : {kLeft, kLeft + 104}) {
        for (int y = 0; y < 100; ++y)
            for (int x = 0; x < 100; ++x) ASSERT_EQ(pixelOf(sheet, column + x, kTop + y), pixelOf(picture.image, x, y)) << x << ", " << y;
    }
}

TEST(ContactSheet, ScalarPicturesGoThroughTheirColourBar) {
    std::vector<float> values;
    for (int i = 0; i < 100 * 100; ++i) values.push_back(static_cast<float>(i % 100) / 99);
    const Picture picture = field(100, 100, values, {0, 1, ColourMap::Viridis, Unit::None, "x"});
    const Image expected = rendered(picture, picture.mapping, *picture.legend);
    const Image sheet = drawn(headOf(1), {rowOf({sheetCell(picture, "latent_channel")})}, {.cellWidth = 100});
    for (int x = 0; x < 100; ++x) EXPECT_EQ(pixelOf(sheet, kLeft + x, kTop + 50), pixelOf(expected, x, 50));
}

TEST(ContactSheet, ReducedFieldsAverageValuesNotColours) {
    std::vector<float> values;
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 64; ++x) values.push_back((x + y) % 2 == 0 ? 0.0F : 1.0F);
    const Picture picture = field(64, 64, values, {0, 1, ColourMap::Magma, Unit::None, ""});
    const Image reduced = pictureAtSize(picture, 16, 16);
    const Rgb middle = colourOf(ColourMap::Magma, 0.5);
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(pixelOf(reduced, 8, 8)[static_cast<std::size_t>(c)], middle[static_cast<std::size_t>(c)], 2);
}

TEST(ContactSheet, ReducedPicturesAreAntialiased) {
    Picture picture = pattern(64, 64);
    std::vector<std::uint8_t> rgb;
    for (int i = 0; i < 64 * 64; ++i) rgb.insert(rgb.end(), 3, (i % 64 + i / 64) % 2 == 0 ? 0 : 255);
    picture.image = Image(64, 64, 3, SharedArray<std::uint8_t>(std::move(rgb)));
    const Image reduced = pictureAtSize(picture, 20, 20);
    for (int y = 4; y < 16; ++y)
        for (int x = 4; x < 16; ++x) EXPECT_NEAR(pixelOf(reduced, x, y)[0], 128, 12) << "the finest chequers leave no beat";
}

TEST(ContactSheet, EnlargedPixelsKeepTheirEdges) {
    const Picture picture = pattern(8, 8);
    const Image large = pictureAtSize(picture, 32, 32);
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 32; ++x) ASSERT_EQ(pixelOf(large, x, y), pixelOf(picture.image, x / 4, y / 4));
}

TEST(ContactSheet, ARowHasOneScale) {
    Picture whole = pattern(200, 100), part = pattern(100, 100), latents = pattern(25, 25);
    part.region = {50, 0, 100, 100};
    latents.region = {50, 0, 100, 100};
    const Image sheet = drawn(headOf(3), {rowOf({sheetCell(whole, "source"), sheetCell(part, "input"), sheetCell(latents, "latent_pca")})}, {.cellWidth = 200});
    // The whole picture fills its cell; the square of half its width is drawn at the same scale in the middle of its own.
    const int second = kLeft + 204, third = kLeft + 408;
    EXPECT_EQ(pixelOf(sheet, kLeft, kTop + 50), pixelOf(whole.image, 0, 50));
    EXPECT_EQ(pixelOf(sheet, second + 49, kTop + 50), kDarkCanvas);
    EXPECT_EQ(pixelOf(sheet, second + 50, kTop + 50), pixelOf(part.image, 0, 50));
    EXPECT_EQ(pixelOf(sheet, second + 150, kTop + 50), kDarkCanvas);
    EXPECT_EQ(pixelOf(sheet, third + 50 + 4, kTop + 4), pixelOf(latents.image, 1, 1));
    EXPECT_EQ(sheet.height(), kTop + 100 + kCaption + kMargin);
}

TEST(ContactSheet, ATallPictureDoesNotMakeAnEndlessRow) {
    const Image sheet = drawn(headOf(1), {rowOf({sheetCell(pattern(10, 1000), "source")})}, {.cellWidth = 100});
    EXPECT_EQ(sheet.height(), kTop + 150 + kCaption + kMargin);
}

TEST(ContactSheet, ABarThatAllRowsShareStandsInTheHeader) {
    const Legend shared{0, 0.25, ColourMap::Magma, Unit::None, "abs"}, own{0, 3, ColourMap::Magma, Unit::None, "abs"};
    const std::vector<float> values(64 * 64, 0.1F);
    const auto sheetOf = [&](const Legend& second) {
        return drawn(headOf(1), {rowOf({sheetCell(field(64, 64, values, shared), "difference")}), rowOf({sheetCell(field(64, 64, values, second), "difference")})}, {.cellWidth = 200});
    };
    const Rgb brightest = colourOf(ColourMap::Magma, 1);
    const auto brightIn = [&](const Image& sheet, int y, int height) {
        int found = 0;
        for (int row = y; row < y + height; ++row)
            for (int x = kLeft; x < kLeft + 200; ++x) {
                const Rgb pixel = pixelOf(sheet, x, row);
                found += std::abs(pixel[0] - brightest[0]) + std::abs(pixel[1] - brightest[1]) + std::abs(pixel[2] - brightest[2]) < 40;
            }
        return found;
    };
    const int header = kTop - kGutter - 22, firstCaption = kTop + 200, secondCaption = firstCaption + kCaption + kGutter + 200;
    const Image one = sheetOf(shared), each = sheetOf(own);
    EXPECT_GT(brightIn(one, header, 22), 3);
    EXPECT_EQ(brightIn(one, firstCaption, kCaption), 0);
    EXPECT_EQ(brightIn(each, header, 22), 0);
    EXPECT_GT(brightIn(each, firstCaption, kCaption), 3);
    EXPECT_GT(brightIn(each, secondCaption, kCaption), 3);
}

TEST(ContactSheet, AProblemTakesThePicturesPlace) {
    const Error problem{ErrorCode::OutOfMemory, "needs 5.2 GB, 3.9 are free", "/a/very/long/path/to/some/where/photo.jpg", "choose a smaller size"};
    const Image sheet = drawn(headOf(2), {rowOf({sheetCell(pattern(100, 100), "input"), sheetCell(problem)})}, {.cellWidth = 100});
    const int cell = kLeft + 104;
    EXPECT_EQ(count(sheet, cell, kTop, 3, 100, kErrorColour), 300) << "its edge";
    EXPECT_GT(count(sheet, cell + 4, kTop + 100, 96, kCaption, kErrorColour), 4) << "what happened, in the caption";
    EXPECT_EQ(count(sheet, kLeft, kTop, 100, 100, kErrorColour), 0);
    EXPECT_EQ(sheetCell(problem).words, "out of memory");
}

TEST(ContactSheet, AWarningIsABadge) {
    Picture picture = pattern(200, 200);
    const Image before = drawn(headOf(1), {rowOf({sheetCell(picture, "reconstruction")})}, {.cellWidth = 200});
    picture.notes.push_back({Note::Kind::Warning, "NaN in bf16, decoder re-run in fp32"});
    const Image after = drawn(headOf(1), {rowOf({sheetCell(picture, "reconstruction")})}, {.cellWidth = 200});
    EXPECT_GT(count(after, kLeft + 4, kTop + 4, 180, 18, {255, 255, 255}), 5);
    EXPECT_EQ(pixelOf(before, kLeft + 100, kTop + 100), pixelOf(after, kLeft + 100, kTop + 100));
}

TEST(ContactSheet, LightAndDarkHaveTheSameGeometry) {
    const std::vector<SheetRow> rows{rowOf({sheetCell(pattern(100, 100), "input")})};
    const Image dark = drawn(headOf(1), rows, {.cellWidth = 100}), light = drawn(headOf(1), rows, {.cellWidth = 100, .dark = false});
    ASSERT_EQ(dark.width(), light.width());
    ASSERT_EQ(dark.height(), light.height());
    EXPECT_EQ(pixelOf(dark, 1, 1), kDarkCanvas);
    EXPECT_EQ(pixelOf(light, 1, 1), kLightCanvas);
    EXPECT_EQ(pixelOf(dark, kLeft + 50, kTop + 50), pixelOf(light, kLeft + 50, kTop + 50));
}

TEST(ContactSheet, TwiceTheScaleIsTwiceTheSize) {
    const std::vector<SheetRow> rows{rowOf({sheetCell(pattern(100, 100), "input")})};
    const Image one = drawn(headOf(1), rows, {.cellWidth = 100}), two = drawn(headOf(1), rows, {.cellWidth = 100, .scale = 2});
    EXPECT_EQ(two.width(), 2 * one.width());
    EXPECT_EQ(two.height(), 2 * one.height());
    EXPECT_EQ(pixelOf(two, 2 * kLeft + 20, 2 * kTop + 30), pixelOf(one, kLeft + 10, kTop + 15));
}

TEST(ContactSheet, LongNamesStayInTheirPlace) {
    const std::string longName(300, 'W');
    SheetHead head = headOf(1, longName);
    head.groups[0].words = longName;
    head.groups[0].columns[0] = {longName, longName};
    SheetRow row = rowOf({sheetCell(pattern(100, 100), "input")});
    row.name = row.words = longName;
    row.cells[0].words = longName;
    const Image sheet = drawn(head, {row}, {.cellWidth = 100});
    for (int y = kTop - 72 - kGutter; y < sheet.height(); ++y) {
        ASSERT_EQ(pixelOf(sheet, kLeft + 100 + 1, y), kDarkCanvas) << "right of the column, line " << y;
        if (y >= kTop) {
            ASSERT_EQ(pixelOf(sheet, kLeft - 2, y), kDarkCanvas) << "between names and pictures, line " << y;
        }
    }
}

TEST(ContactSheet, RowsAreAddedWithoutEnd) {
    std::vector<SheetRow> rows(20, rowOf({sheetCell(pattern(100, 100), "input")}));
    rows[7].cells.clear();
    const Image sheet = drawn(headOf(1), rows, {.cellWidth = 100});
    EXPECT_EQ(sheet.height(), kTop + 20 * (100 + kCaption + kGutter) - kGutter + kMargin - (100 - 80));
    EXPECT_EQ(pixelOf(sheet, kLeft + 10, sheet.height() - kMargin - kCaption - 100 + 10), pixelOf(pattern(100, 100).image, 10, 10));
}

TEST(ContactSheet, ASheetThatNobodyCouldOpenIsRefused) {
    auto painter = ContactSheetPainter::make(headOf(1), {.cellWidth = 1000});
    ASSERT_TRUE(painter);
    const SheetRow row = rowOf({sheetCell(pattern(10, 10), "input")});
    for (int i = 0; i < 70; ++i) painter.value().addRow(row);
    const auto sheet = painter.value().finish();
    ASSERT_FALSE(sheet);
    EXPECT_THAT(toLine(sheet.error()), HasSubstr("narrower cell"));
    EXPECT_FALSE(ContactSheetPainter::make(headOf(1), {.cellWidth = 10}));
    EXPECT_FALSE(ContactSheetPainter::make(headOf(1), {.scale = 3}));
    EXPECT_FALSE(ContactSheetPainter::make({}, {}));
    EXPECT_FALSE(ContactSheetPainter::make(headOf(70), {.cellWidth = 1000}));
}

TEST(ContactSheet, AMissingFontIsNamed) {
    test::TemporaryFolder folder;
    const auto sheet = drawContactSheet(headOf(1), {}, {.resourceDirectory = folder.path().string()});
    ASSERT_FALSE(sheet);
    EXPECT_THAT(toLine(sheet.error()), HasSubstr("Roboto-Regular.ttf"));
    EXPECT_THAT(toLine(sheet.error()), HasSubstr("TESSERA_RESOURCES"));
}

TEST(ContactSheet, CaptionsQuoteWhatTheStudioQuotes) {
    Picture picture = pattern(8, 8);
    picture.measures = {{"psnr", 34.391, Unit::Decibels, ""}, {"ssim", 0.9568, Unit::None, ""}};
    EXPECT_THAT(sheetCell(picture, "reconstruction").numbers, testing::ElementsAre(SheetNumber{"", "34.39", "dB"}, SheetNumber{"SSIM", "0.957", ""}));
    picture.measures[0].value = INFINITY;
    picture.measures[1].value.reset();
    EXPECT_THAT(sheetCell(picture, "reconstruction").numbers, testing::ElementsAre(SheetNumber{"", "∞", "dB"}));
    EXPECT_EQ(sheetCell(picture, "input").words, "reference");
}

TEST(ContactSheet, WordsNameWhatDiffersFromTheLens) {
    const std::vector<ParameterSpec> specs{{.name = "size", .initial = std::int64_t(256), .unit = Unit::Pixels}, {.name = "kind", .initial = std::string("absolute")}};
    EXPECT_EQ(parameterWords({{"size", std::int64_t(256)}, {"kind", std::string("absolute")}}, specs), "");
    EXPECT_EQ(parameterWords({{"size", std::int64_t(512)}, {"kind", std::string("flip")}}, specs), "kind flip, size 512 px");
}

TEST(SheetFonts, ElisionAndLinesKeepToTheirRoom) {
    const SheetFonts fonts(fs::path(TESSERA_SOURCE_DIR) / "resources");
    const std::string text = "a rather long sentence of many words";
    const double whole = fonts.width(text, 12);
    EXPECT_EQ(fonts.elided(text, 12, TextWeight::Regular, whole + 1, Elide::End), text);
    const std::string shorter = fonts.elided(text, 12, TextWeight::Regular, whole / 2, Elide::Middle);
    EXPECT_LE(fonts.width(shorter, 12), whole / 2);
    EXPECT_THAT(shorter, testing::AllOf(testing::StartsWith("a rather"), testing::EndsWith("words"), HasSubstr("…")));
    const auto lines = fonts.wrapped(text, 12, TextWeight::Regular, whole / 3, 9);
    ASSERT_GE(lines.size(), 3u);
    for (const std::string& line : lines) EXPECT_LE(fonts.width(line, 12), whole / 3) << line;
    EXPECT_EQ(fonts.wrapped(text, 12, TextWeight::Regular, whole / 3, 2).size(), 2u);
    EXPECT_NEAR(fonts.width(text, 24), 2 * whole, 0.5);
}

TEST(SheetFonts, BytesThatAreNoTextAreShownAsSuch) {
    const SheetFonts fonts(fs::path(TESSERA_SOURCE_DIR) / "resources");
    EXPECT_EQ(fonts.elided("a\xff" "b\n", 12, TextWeight::Regular, 1000, Elide::End), "a\xEF\xBF\xBD" "b\xEF\xBF\xBD");
    EXPECT_EQ(fonts.elided("Grüße × 東京 🦝", 12, TextWeight::Regular, 1000, Elide::End), "Grüße × 東京 🦝");
}

TEST(ContactSheet, TakesTheRowsThatItSays) {
    const SheetLook look{.cellWidth = 64};
    const int most = mostRows(look, 2);
    EXPECT_GT(most, 500);
    const auto drawn = [&](int rows) {
        SheetHead head = headOf(2);
        head.lines = {"A line"};
        auto painter = ContactSheetPainter::make(head, look);
        for (int i = 0; i < rows; ++i) painter.value().addRow(rowOf({sheetCell(pattern(2, 9), "reconstruction"), {}}));
        return painter.value().finish();
    };
    EXPECT_TRUE(drawn(most)) << "tall pictures";
    EXPECT_FALSE(drawn(most + 1));
    EXPECT_LT(mostRows({.cellWidth = 64, .scale = 2}, 2), most / 2 + 1);
    EXPECT_EQ(mostRows({.cellWidth = 4096, .scale = 2}, 7), 0) << "of such a width there is no room for one";
}

SheetContents contentsOfTwoPrecisions() {
    SheetContents contents;
    contents.device = "CPU, 2 threads";
    contents.lenses = {{.name = "difference", .parameters = {{.name = "kind", .initial = std::string("absolute")}, {.name = "size", .initial = std::int64_t(256), .unit = Unit::Pixels}}}};
    contents.models.resize(3);
    for (const std::size_t i : {0u, 1u}) {
        contents.models[i].request = {"path/vae", i == 0 ? Precision::Fp32 : Precision::Bf16};
        contents.models[i].info = ModelInfo{.name = "vae", .precision = i == 0 ? "fp32" : "bf16", .shape = "f8 c16", .fingerprint = "abc"};
    }
    contents.models[2].request.reference = "gone";
    contents.models[2].problem = Error{ErrorCode::NotFound, "no such model", "gone", "name another"};
    contents.columns = {{.lens = "input", .parameters = {}, .model = 0, .group = -1, .source = true},
                        {.lens = "difference", .parameters = {{"kind", std::string("flip")}}, .model = 0, .with = "some/where/b.png", .withModel = 1},
                        {.lens = "difference", .parameters = {}, .model = 0},
                        {.lens = "difference", .parameters = {}, .model = 2, .group = 1, .withModel = 0}};
    contents.sources = {{.path = "a\xff.png", .name = "a\xff.png", .info = SourceInfo{.format = "PNG", .width = 3, .height = 2, .contentHash = "def"}}};
    return contents;
}

TEST(SheetContents, HeadingsNameModelsParametersAndOtherCells) {
    const SheetHead head = sheetHead(contentsOfTwoPrecisions());
    EXPECT_EQ(head.title, "1 picture, 3 models");
    EXPECT_THAT(head.right, testing::EndsWith(" · CPU, 2 threads"));
    ASSERT_EQ(head.groups.size(), 3u);
    EXPECT_EQ(head.groups[0].name, "Source");
    EXPECT_EQ(head.groups[1].name, "vae");
    EXPECT_EQ(head.groups[1].words, "fp32 · f8 c16");
    ASSERT_EQ(head.groups[1].columns.size(), 2u);
    EXPECT_EQ(head.groups[1].columns[0].lens, "difference with vae bf16, b.png");
    EXPECT_EQ(head.groups[1].columns[0].words, "kind flip");
    EXPECT_EQ(head.groups[1].columns[1].lens, "difference");
    EXPECT_EQ(head.groups[1].columns[1].words, "");
    EXPECT_EQ(head.groups[2].name, "gone");
    EXPECT_EQ(head.groups[2].words, "not opened");
    EXPECT_EQ(head.groups[2].columns[0].lens, "difference with vae fp32");
}

TEST(SheetContents, TheTextSaysHowToMakeTheSheetAgain) {
    const nlohmann::json words = nlohmann::json::parse(sheetText(contentsOfTwoPrecisions()));
    EXPECT_EQ(words["device"], "CPU, 2 threads");
    EXPECT_EQ(words["models"][1]["reference"], "path/vae@bf16");
    EXPECT_EQ(words["models"][1]["fingerprint"], "abc");
    EXPECT_THAT(words["models"][2]["problem"].get<std::string>(), HasSubstr("no such model"));
    ASSERT_EQ(words["lenses"].size(), 4u);
    EXPECT_EQ(words["lenses"][1]["parameters"], (nlohmann::json{{"kind", "flip"}, {"size", 256}})) << "the lens's own values too";
    EXPECT_EQ(words["lenses"][1]["model"], "path/vae@fp32");
    EXPECT_EQ(words["lenses"][1]["with_model"], "path/vae@bf16");
    EXPECT_EQ(words["lenses"][1]["with"], "some/where/b.png");
    EXPECT_FALSE(words["lenses"][2].contains("with"));
    EXPECT_EQ(words["sources"][0]["path"], "a\xef\xbf\xbd.png") << "text is UTF-8";
    EXPECT_EQ(words["sources"][0]["content"], "def");
}

}  // namespace
}  // namespace tessera
