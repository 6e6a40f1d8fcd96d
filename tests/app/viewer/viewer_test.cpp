// SPDX-License-Identifier: Apache-2.0
// The viewer as a command: what it refuses, and what its screenshots show.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/image_file.h"
#include "support/process.h"
#include "support/temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using namespace tessera::test;
using tessera::Image;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kSamples = std::string(TESSERA_SOURCE_DIR) + "/resources/samples";
const std::string kCoffee = kSamples + "/coffee.png", kRaccoon = kSamples + "/raccoon.jpg";

ProcessResult viewer(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment = {}, bool clean = false) {
    arguments.insert(arguments.begin(), TESSERA_VIEWER_PROGRAM);
    return runProcess(arguments, environment, clean);
}

/// A window without its panel, as a picture.
class Screenshot {
public:
    explicit Screenshot(std::vector<std::string> arguments, int width = 800, int height = 420) {
        const std::string path = m_folder.path() / "shot.png";
        arguments.insert(arguments.end(), {"--device", "cpu", "--no-panel", "--size", std::to_string(width) + "x" + std::to_string(height), "--screenshot", path});
        m_result = viewer(arguments);
        if (fs::exists(path)) m_image = tessera::decodeImage(tessera::readFile(path), path).image;
    }
    const ProcessResult& result() const { return m_result; }
    const Image& image() const { return m_image; }

    /// Mean of |a - b| over a rectangle and the same one `dx` further right, 0..255.
    double distance(int x, int y, int width, int height, int dx) const {
        double sum = 0;
        for (int row = y; row < y + height; ++row) {
            for (int column = x; column < x + width; ++column) {
                for (int c = 0; c < 3; ++c) sum += std::abs(m_image.at(column, row, c) - m_image.at(column + dx, row, c));
            }
        }
        return sum / (3.0 * width * height) * 255;
    }
    /// Standard deviation of the red channel over a rectangle, 0..255: what tells a picture from a plain ground.
    double contrast(int x, int y, int width, int height) const {
        double sum = 0, squares = 0;
        for (int row = y; row < y + height; ++row) {
            for (int column = x; column < x + width; ++column) {
                const double value = static_cast<double>(m_image.at(column, row, 0)) * 255;
                sum += value, squares += value * value;
            }
        }
        const double count = static_cast<double>(width) * height;
        return std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count)));
    }

private:
    TemporaryFolder m_folder;
    ProcessResult m_result;
    Image m_image;
};

TEST(ViewerArguments, AreRefusedInOneLineWithExitCodeTwo) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"--nothing"}, "--nothing"},
        {{"--size", "12"}, "--size is WIDTHxHEIGHT"},
        {{"--size", "99999x100"}, "--size is WIDTHxHEIGHT"},
        {{"--view", "2,0.5"}, "--view is ZOOM,X,Y"},
        {{"--view", "0,0.5,0.5"}, "zoom above 0"},
        {{"--compare", "mix"}, "wipe, onion or difference"},
        {{"--compare", "wipe:2"}, "0 to 1"},
        {{"--device", "abacus"}, "no such device: abacus"},
        {{"--precision", "fp8"}, "fp8"},
        {{"--lens"}, "--lens"},
        {{"--screenshot", "/tmp/x.png"}, "needs a picture"},
        {{"--screenshot", "/tmp/x.jpg", kCoffee}, "--screenshot writes PNG"},
    };
    for (const auto& [arguments, words] : cases) {
        const ProcessResult result = viewer(arguments);
        EXPECT_EQ(result.exitCode, 2) << words;
        EXPECT_EQ(result.out, "");
        EXPECT_THAT(linesOf(result.err), SizeIs(1)) << result.err;
        EXPECT_THAT(result.err, AllOf(HasSubstr("tessera-viewer: "), HasSubstr(words), HasSubstr("--help")));
    }
}

TEST(ViewerArguments, HelpAndVersionGoToStandardOutput) {
    const ProcessResult help = viewer({"--help"}), version = viewer({"--version"});
    EXPECT_EQ(help.exitCode, 0);
    EXPECT_THAT(help.out, AllOf(HasSubstr("--lens"), HasSubstr("--screenshot"), HasSubstr("Keys")));
    EXPECT_EQ(version.exitCode, 0);
    EXPECT_THAT(version.out, HasSubstr("tessera-viewer "));
}

TEST(ViewerArguments, WithoutADisplayItSaysSo) {
    const ProcessResult result = viewer({kCoffee}, {}, true);
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_THAT(linesOf(result.err), SizeIs(1)) << result.err;
    EXPECT_THAT(result.err, HasSubstr("there is no display"));
}

TEST(ViewerArguments, ALensThatNobodyKnowsEndsItWithTheNamesOfAll) {
    const Screenshot shot({"--lens", "reconstructoin", kCoffee});
    EXPECT_EQ(shot.result().exitCode, 2);
    EXPECT_THAT(linesOf(shot.result().err), SizeIs(1));
    EXPECT_THAT(shot.result().err, AllOf(HasSubstr("reconstructoin"), HasSubstr("difference")));
    const Screenshot parameter({"--lens", "difference:kind=none", kCoffee});
    EXPECT_EQ(parameter.result().exitCode, 2);
    EXPECT_THAT(parameter.result().err, HasSubstr("no such choice: none"));
    const Screenshot range({"--lens", "perturbed:strength=-1", kCoffee});
    EXPECT_EQ(range.result().exitCode, 2);
    EXPECT_THAT(range.result().err, HasSubstr("the value -1 is out of range"));
}

TEST(ViewerScreenshot, ShowsTheInputBesideTwoModels) {
    const Screenshot shot({"--model", "mini-autoencoder@fp32", "--model", "mini-autoencoder@bf16", "--lens", "input", "--lens", "reconstruction", kCoffee}, 784, 300);
    ASSERT_EQ(shot.result().exitCode, 0) << shot.result().err;
    ASSERT_EQ(shot.image().width(), 784);
    // Three cells in a row: 4 px between, 256 px each and a little.
    const int cell = (784 - 8 + 4) / 3;
    const double toFp32 = shot.distance(30, 60, 200, 200, cell), toBf16 = shot.distance(30, 60, 200, 200, 2 * cell);
    EXPECT_GT(shot.contrast(30, 60, 200, 200), 30) << "a photograph, not a plain ground";
    EXPECT_GT(toFp32, 0.5) << "a reconstruction is not the input itself";
    EXPECT_LT(toFp32, 8);
    EXPECT_NEAR(toFp32, toBf16, 1);
    EXPECT_GT(shot.distance(30, 60, 200, 200, cell + 9), 2 * toFp32) << "the panes are aligned to the pixel";
}

TEST(ViewerScreenshot, PanesZoomAndPanTogether) {
    const std::vector<std::string> lenses{"--lens", "input", "--lens", "reconstruction", kCoffee};
    std::vector<std::string> zoomed{"--view", "6,0.3,0.4"};
    zoomed.insert(zoomed.end(), lenses.begin(), lenses.end());
    const Screenshot whole(lenses), near(zoomed);
    ASSERT_EQ(near.result().exitCode, 0) << near.result().err;
    const int cell = (800 - 8 + 4) / 2;
    const double apart = near.distance(20, 60, 340, 320, cell);
    EXPECT_LT(apart, 10) << "both panes show the same place";
    EXPECT_LT(apart, near.distance(20, 60, 340, 320, cell + 12));
    EXPECT_NE(whole.image().at(100, 200, 0), near.image().at(100, 200, 0));
    // At 600 % a pixel of the picture is a square of one colour.
    int same = 0;
    for (int x = 60; x < 300; ++x) same += near.image().at(x, 200, 0) == near.image().at(x + 1, 200, 0) ? 1 : 0;
    EXPECT_GE(same, 240 * 4 / 6);
}

TEST(ViewerScreenshot, WipeOnionAndDifferenceCompareWithTheInput) {
    const std::vector<std::string> lenses{"--lens", "input", "--lens", "reconstruction", kCoffee};
    const auto compared = [&](const std::string& way) {
        std::vector<std::string> arguments{"--compare", way};
        arguments.insert(arguments.end(), lenses.begin(), lenses.end());
        return Screenshot(arguments);
    };
    const int cell = (800 - 8 + 4) / 2;
    const Screenshot wipe = compared("wipe:0.5"), onion = compared("onion:1"), difference = compared("difference");
    ASSERT_EQ(wipe.result().exitCode, 0) << wipe.result().err;
    // The second pane's left half is the reconstruction, its right half the input of the first pane.
    EXPECT_GT(wipe.distance(60, 60, 120, 280, cell), 0.5);
    EXPECT_LT(wipe.distance(220, 60, 120, 280, cell), 0.01);
    EXPECT_EQ(wipe.image().at(cell + 4 + 197, 60, 0), 1) << "the line is white";
    EXPECT_LT(onion.distance(60, 60, 280, 280, cell), 0.01) << "an opaque onion skin hides what is under it";
    EXPECT_LT(difference.contrast(cell + 60, 60, 280, 280), 40);
    EXPECT_GT(difference.distance(60, 60, 280, 280, cell), 30) << "a dark map of errors beside a photograph";
}

TEST(ViewerScreenshot, AFileThatIsNotThereIsASentenceInItsCells) {
    const Screenshot shot({"--lens", "input", "/nowhere/at/all.png", kRaccoon});
    EXPECT_EQ(shot.result().exitCode, 1);
    EXPECT_THAT(shot.result().err, AllOf(HasSubstr("all.png, input"), HasSubstr("no such file")));
    ASSERT_FALSE(shot.image().empty()) << "the rest is shown all the same";
}

TEST(ViewerScreenshot, WhereNothingCanBeShownItFails) {
    TemporaryFolder folder;
    const Screenshot nothing({folder.path().string()});
    EXPECT_EQ(nothing.result().exitCode, 1);
    EXPECT_THAT(nothing.result().err, HasSubstr("there is no picture in what was named"));
    // Every cell fails by itself: the model has no codes.
    const Screenshot failed({"--model", "mini-autoencoder", "--lens", "codes", "--lens", "residual", kCoffee});
    EXPECT_EQ(failed.result().exitCode, 1);
    EXPECT_THAT(linesOf(failed.result().err), SizeIs(2)) << failed.result().err;
}

TEST(ViewerScreenshot, AModelThatCannotBeOpenedIsASentenceToo) {
    const Screenshot shot({"--model", "/nowhere/model.safetensors", "--lens", "reconstruction", kCoffee});
    EXPECT_EQ(shot.result().exitCode, 1);
    EXPECT_THAT(shot.result().err, HasSubstr("/nowhere/model.safetensors"));
}

TEST(ViewerScreenshot, APlaceThatCannotBeWrittenIsNamed) {
    const ProcessResult result = viewer({"--lens", "input", "--screenshot", "/nowhere/shot.png", kCoffee});
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_THAT(result.err, HasSubstr("/nowhere/shot.png"));
}

TEST(ViewerScreenshot, WithoutTheEngineItSaysWhy) {
    const TemporaryFolder folder;
    const ProcessResult result = viewer({"--lens", "input", "--screenshot", folder.path() / "shot.png", kCoffee}, {{"TESSERA_ENGINE", "/nowhere/engine.so"}});
    EXPECT_EQ(result.exitCode, 1);
    EXPECT_THAT(result.err, HasSubstr("/nowhere/engine.so"));
    EXPECT_TRUE(fs::exists(folder.path() / "shot.png"));
}

}  // namespace
