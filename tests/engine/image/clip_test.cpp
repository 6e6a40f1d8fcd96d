// SPDX-License-Identifier: Apache-2.0
// Clips that are written come back frame by frame; what is broken is one sentence.
#include "image/clip.h"

#include <cmath>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temporary_folder.h"
#include "support/text_files.h"

namespace tessera::test {
namespace {

using testing::HasSubstr;

constexpr int kWidth = 48, kHeight = 34, kFrames = 5;

/// A bright square that moves to the right over a slope of colours.
Image frameOf(int index) {
    std::vector<std::uint8_t> samples;
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            const bool square = x / 8 == index && y / 8 == 1;
            for (const int value : {square ? 250 : x * 4, square ? 240 : y * 5, square ? 20 : 90}) samples.push_back(static_cast<std::uint8_t>(value));
        }
    }
    return Image(kWidth, kHeight, 3, SharedArray<std::uint8_t>(std::move(samples)));
}

std::vector<Image> frames() {
    std::vector<Image> result;
    for (int i = 0; i < kFrames; ++i) result.push_back(frameOf(i));
    return result;
}

double psnrOf(const Image& a, const Image& b) {
    double sum = 0;
    for (int y = 0; y < a.height(); ++y) {
        for (int x = 0; x < a.width(); ++x) {
            for (int c = 0; c < 3; ++c) sum += std::pow(a.at(x, y, c) - b.at(x, y, c), 2);
        }
    }
    return -10 * std::log10(sum / (a.width() * a.height() * 3) + 1e-12);
}

class ClipFile : public testing::Test {
protected:
    std::string write(const std::string& name, double rate = 10) {
        const std::string path = folder / name;
        const auto failure = writeClipFile(path, frames(), rate, {{"Prompt", "a <square> & more"}});
        EXPECT_FALSE(failure) << toLine(*failure);
        return path;
    }
    std::string refusal(const std::string& path) {
        try {
            const auto clip = Clip::open(readFile(path), path);
            if (!clip) return "no clip";
            for (int i = 0; i < clip->frames(); ++i) clip->frame(i, {});
            return {};
        } catch (const Failure& failure) {
            return toLine(failure.error());
        }
    }
    TemporaryFolder folder;
};

class EveryFormat : public ClipFile, public testing::WithParamInterface<const char*> {};

TEST_P(EveryFormat, FramesComeBackInAnyOrder) {
    const std::string name = GetParam(), path = write(name);
    const auto clip = Clip::open(readFile(path), path);
    ASSERT_TRUE(clip);
    ASSERT_EQ(clip->frames(), kFrames);
    EXPECT_NEAR(clip->framesPerSecond(), 10, 0.2);
    const double least = name.ends_with("webp") ? 110 : name.ends_with("gif") ? 28 : 30;
    for (const int index : {0, 1, 4, 2, 2, 0, 3}) {
        const DecodedImage decoded = clip->frame(index, {});
        ASSERT_EQ(decoded.image.width(), kWidth + (kWidth % 2)) << index;
        EXPECT_GT(psnrOf(decoded.image, frameOf(index)), least) << name << " frame " << index;
        for (int other = 0; other < kFrames; ++other) {
            if (other == index) continue;
            EXPECT_LT(psnrOf(decoded.image, frameOf(other)), 22) << "frame " << index << " taken for " << other;
        }
        EXPECT_THAT(decoded.notes, testing::Contains("frame " + std::to_string(index + 1) + " of 5"));
    }
    // As a picture it is its first frame.
    const SharedBytes bytes = readFile(path);
    EXPECT_GT(psnrOf(decodeImage(bytes.span(), path).image, frameOf(0)), least);
    EXPECT_GT(psnrOf(decodeImage(bytes.span(), path, {.frame = 3}).image, frameOf(3)), least);
    EXPECT_THROW(decodeImage(bytes.span(), path, {.frame = 5}), Failure);
    EXPECT_THAT(contents(path), HasSubstr("Prompt")) << "its settings";
}
INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, testing::Values("clip.gif", "clip.webp", "clip.mp4"));

TEST_F(ClipFile, WhatCannotBeWrittenIsSaid) {
    const auto line = [&](const std::string& name, const std::vector<Image>& images, double rate = 8) {
        const auto failure = writeClipFile(folder / name, images, rate);
        return failure ? toLine(*failure) : std::string();
    };
    std::vector<Image> uneven = frames();
    uneven.push_back(Image(4, 4, 3, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(48))));
    EXPECT_THAT(line("a.gif", uneven), HasSubstr("should have one size"));
    EXPECT_THAT(line("a.gif", {}), HasSubstr("no frames"));
    EXPECT_THAT(line("a.gif", frames(), 0), HasSubstr("out of range"));
    EXPECT_THAT(line("a.avi", frames()), HasSubstr("end it in .gif, .webp or .mp4"));
    EXPECT_THAT(line("none/a.mp4", frames()), HasSubstr("none/a.mp4"));
    EXPECT_THAT(line("none/a.gif", frames()), HasSubstr("none"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    std::stop_source stop;
    stop.request_stop();
    for (const char* name : {"a.gif", "a.webp", "a.mp4"}) {
        const auto failure = writeClipFile(folder / name, frames(), 8, {}, stop.get_token());
        ASSERT_TRUE(failure);
        EXPECT_EQ(failure->code, ErrorCode::Cancelled);
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "nothing half written";
}

TEST_F(ClipFile, DamagedFilmsAreOneSentenceOrWhatIsLeftOfThem) {
    const std::string film = contents(write("whole.mp4"));
    const std::string path = folder / "broken.mp4";
    const auto broken = [&](const std::string& bytes) {
        std::ofstream(path, std::ios::binary) << bytes;
        return refusal(path);
    };
    EXPECT_EQ(broken(film), "");
    for (std::size_t size = 32; size < film.size(); size += film.size() / 40) {
        const std::string line = broken(film.substr(0, size));
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
        std::string flipped = film;
        flipped[size] = static_cast<char>(~flipped[size]);
        EXPECT_EQ(broken(flipped).find('\n'), std::string::npos);
    }
    EXPECT_THAT(broken(film.substr(0, film.size() / 3)), HasSubstr("the film cannot be read"));
    EXPECT_THAT(broken(film.substr(0, 24) + std::string(5000, 'x')), HasSubstr("the film cannot be read"));
    // Those of still pictures, and others.
    EXPECT_EQ(broken("GIF89a"), "no clip");
    EXPECT_FALSE(looksLikeFilm(std::as_bytes(std::span("\0\0\0\x1c" "ftypheic" "\0\0\0\0mif1", 20))));
    EXPECT_TRUE(looksLikeFilm(std::as_bytes(std::span("\0\0\0\x1c" "ftypisom" "\0\0\0\0isom", 20))));
    EXPECT_TRUE(namesClip("a.MP4"));
    EXPECT_FALSE(namesClip("a.png"));
}

}  // namespace
}  // namespace tessera::test
