// SPDX-License-Identifier: Apache-2.0
// A file of codes or latents as a source: it shows what the picture that it was made of shows, and says what does not suit.
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/files.h>
#include <tessera/wait.h>

#include "support/golden_case.h"
#include "support/temporary_folder.h"
#include "support/test_engine.h"
#include "support/text_files.h"

namespace tessera::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kPicture = std::string(TESSERA_SOURCE_DIR) + "/resources/samples/coffee.png";
const std::string kCoded = "mini-rvq", kPlain = "mini-autoencoder";

class TokenSource : public testing::Test {
protected:
    static void SetUpTestSuite() { s_engine = openCpuEngine(); }
    static void TearDownTestSuite() { s_engine.reset(); }

    ModelInfo model(const std::string& name) {
        const auto opened = openModel(*s_engine, name);
        EXPECT_TRUE(opened) << (opened ? "" : toLine(opened.error()));
        return opened ? opened.value() : ModelInfo();
    }
    /// What `tessera encode` writes of the picture.
    std::string encoded(const std::string& name, const std::string& file, ParameterSet parameters = {{"size", std::int64_t(64)}}) {
        const ModelInfo info = model(name);
        auto tensors = wait<TensorMap>([&](auto o) { return s_engine->encode({.source = s_engine->addSource({.path = kPicture}), .model = info.id}, parameters, std::move(o)); });
        EXPECT_TRUE(tensors) << (tensors ? "" : toLine(tensors.error()));
        const auto failure = writeTensorFile(folder / file, tensors.value(), {{"model", info.name}, {"fingerprint", info.fingerprint}, {"size", "64"}, {"crop", "square"}});
        EXPECT_FALSE(failure) << toLine(*failure);
        return folder / file;
    }
    Result<Picture> ask(const std::string& path, const std::string& name, const std::string& lens, ParameterSet parameters = {}, EditId edit = {}) {
        return askFor(*s_engine, {lens, {.source = s_engine->addSource({.path = path}), .model = model(name).id, .edit = edit}, std::move(parameters)});
    }
    Picture drawn(const std::string& path, const std::string& name, const std::string& lens, ParameterSet parameters = {}, EditId edit = {}) {
        auto picture = ask(path, name, lens, std::move(parameters), edit);
        EXPECT_TRUE(picture) << lens << ": " << (picture ? "" : toLine(picture.error()));
        return picture ? std::move(picture).value() : Picture();
    }
    std::string refusal(const std::string& path, const std::string& name, const std::string& lens) {
        const auto picture = ask(path, name, lens);
        return picture ? std::string() : toLine(picture.error());
    }
    static void expectSame(const Picture& a, const Picture& b) {
        ASSERT_EQ(a.image.width(), b.image.width());
        ASSERT_EQ(a.image.height(), b.image.height());
        std::visit([&](const auto& samples) {
            const auto& others = std::get<std::decay_t<decltype(samples)>>(b.image.samples());
            EXPECT_EQ(std::memcmp(samples.data(), others.data(), samples.size() * sizeof samples[0]), 0);
        }, a.image.samples());
    }
    std::string text(const std::string& name, const std::string& words) {
        std::ofstream(folder / name) << words;
        return folder / name;
    }

    static std::shared_ptr<Engine> s_engine;
    TemporaryFolder folder;
};
std::shared_ptr<Engine> TokenSource::s_engine;

TEST_F(TokenSource, EveryFormatDecodesToWhatThePictureDoes) {
    const ParameterSet size{{"size", std::int64_t(64)}};
    const Picture coded = drawn(kPicture, kCoded, "reconstruction", size), plain = drawn(kPicture, kPlain, "reconstruction", size);
    for (const char* ending : {".safetensors", ".npz", ".npy", ".csv"}) {
        SCOPED_TRACE(ending);
        const Picture picture = drawn(encoded(kCoded, std::string("codes") + ending), kCoded, "reconstruction");
        expectSame(picture, coded);
        EXPECT_EQ(picture.sourceWidth, 64);
        EXPECT_EQ(picture.region, (Picture::Region{0, 0, 64, 64}));
        EXPECT_THAT(picture.notes, IsEmpty());
        // There is nothing to compare with, and it says so.
        ASSERT_NE(picture.measure("psnr"), nullptr);
        EXPECT_FALSE(picture.measure("psnr")->value);
        EXPECT_THAT(picture.measure("psnr")->detail, HasSubstr("file of tokens"));
        if (std::string(ending) != ".csv") expectSame(drawn(encoded(kPlain, std::string("latents") + ending), kPlain, "reconstruction"), plain);
    }
}

TEST_F(TokenSource, LensesOfTokensShowTheSame) {
    const std::string file = encoded(kCoded, "both.safetensors");
    const ParameterSet size{{"size", std::int64_t(64)}};
    const auto with = [&](ParameterSet more) {
        more.insert(size.begin(), size.end());
        return more;
    };
    for (const char* lens : {"codes", "depth", "depth_contribution", "residual", "token_norm", "token_similarity", "code_recurrence", "latent_pca", "latent_channel", "influence"}) {
        SCOPED_TRACE(lens);
        expectSame(drawn(file, kCoded, lens), drawn(kPicture, kCoded, lens, size));
    }
    for (const char* show : {"picture", "flips"}) expectSame(drawn(file, kCoded, "perturbed", {{"show", std::string(show)}}), drawn(kPicture, kCoded, "perturbed", with({{"show", std::string(show)}})));
}

TEST_F(TokenSource, CodesAloneStandForTheirVectors) {
    const std::string file = encoded(kCoded, "codes.csv");
    const Picture norm = drawn(file, kCoded, "token_norm");
    ASSERT_EQ(norm.notes.size(), 1u);
    EXPECT_THAT(norm.notes[0].text, HasSubstr("vectors that its codes stand for"));
    EXPECT_THAT(drawn(file, kCoded, "codes").notes, IsEmpty());
    EXPECT_NEAR(drawn(file, kCoded, "residual").measure("left")->value.value(), 0, 1e-9);
}

TEST_F(TokenSource, CodesOfTheFirstDepthsGiveWhatTheseGive) {
    const std::string file = encoded(kCoded, "whole.csv");
    std::istringstream lines(contents(file));
    std::string cut, line;
    constexpr int kPlaces = 3, kDepths = 3;  // picture, row, column
    while (std::getline(lines, line)) {
        std::size_t end = 0;
        for (int i = 0; i < kPlaces + kDepths; ++i) end = line.find(',', end + (i > 0));
        cut += line.substr(0, end) + '\n';
    }
    const ParameterSet wanted{{"size", std::int64_t(64)}, {"depth", std::int64_t(kDepths)}};
    const Picture picture = drawn(text("cut.csv", cut), kCoded, "reconstruction");
    expectSame(picture, drawn(kPicture, kCoded, "depth", wanted));
    ASSERT_EQ(picture.notes.size(), 1u);
    EXPECT_THAT(picture.notes[0].text, HasSubstr("codes of the first 3 of 8 depths"));
    expectSame(drawn(folder / "cut.csv", kCoded, "depth", {{"depth", std::int64_t(8)}}), picture);
}

TEST_F(TokenSource, ThePictureSizeThatTheFileRemembersIsCroppedTo) {
    const ParameterSet parameters{{"size", std::int64_t(59)}, {"crop", std::string("whole")}};
    const Picture wanted = drawn(kPicture, kCoded, "reconstruction", parameters);
    expectSame(drawn(encoded(kCoded, "odd.npz", parameters), kCoded, "reconstruction"), wanted);
    // What only holds codes is shown with what was padded.
    const Picture whole = drawn(encoded(kCoded, "odd.npy", parameters), kCoded, "reconstruction");
    EXPECT_EQ(whole.image.width() % 16, 0);
    EXPECT_GE(whole.image.width(), wanted.image.width());
}

TEST_F(TokenSource, TellsWhatItIs) {
    const SourceId source = s_engine->addSource({.path = encoded(kCoded, "codes.npz")});
    const auto info = wait<SourceInfo>([&](auto o) { return s_engine->describeSource(source, std::move(o)); });
    ASSERT_TRUE(info);
    EXPECT_EQ(info.value().format, "codes, NumPy archive");
    EXPECT_EQ(info.value().width, 4);
    EXPECT_EQ(info.value().channels, 8);
    EXPECT_EQ(info.value().bitsPerChannel, 0);
    EXPECT_THAT(info.value().notes, AllOf(testing::Contains("given by mini-rvq"), testing::Contains("of a picture with size 64, crop square")));
    const auto thumbnail = askFor(*s_engine, {"source", {.source = source}, {}});
    ASSERT_TRUE(thumbnail) << toLine(thumbnail.error());
    EXPECT_EQ(thumbnail.value().image.width(), 4);
    const auto compared = wait<MetricsReport>([&](auto o) { return s_engine->compare(source, source, std::move(o)); });
    ASSERT_FALSE(compared);
    EXPECT_THAT(compared.error().message, HasSubstr("no pixels"));
}

TEST_F(TokenSource, TokensAreReadEditedAndEncodedAgain) {
    const std::string file = encoded(kCoded, "codes.safetensors");
    const SourceId source = s_engine->addSource({.path = file});
    const CellRef cell{.source = source, .model = model(kCoded).id};
    const auto grid = wait<TokenGrid>([&](auto o) { return s_engine->tokens(cell, {}, Priority::Visible, std::move(o)); });
    ASSERT_TRUE(grid) << toLine(grid.error());
    const TensorMap written = readTensorFile(file).value();
    EXPECT_EQ(grid.value().rows, 4);
    EXPECT_EQ(grid.value().found.size(), std::size_t(written.at("codes").elements()));
    const EditId edit = s_engine->addEdit({.rows = 4, .columns = 4, .depths = 8, .changes = {{1, 2, 0, 7}, {3, 3, 7, -1}}});
    CellRef edited = cell;
    edited.edit = edit;
    auto tensors = wait<TensorMap>([&](auto o) { return s_engine->encode(edited, {}, std::move(o)); });
    ASSERT_TRUE(tensors) << toLine(tensors.error());
    ASSERT_FALSE(writeTensorFile(folder / "edited.npz", tensors.value()));
    expectSame(drawn(folder / "edited.npz", kCoded, "reconstruction"), drawn(file, kCoded, "reconstruction", {}, edit));
    EXPECT_EQ(tensors.value().at("latents").bytes.size(), written.at("latents").bytes.size());
}

TEST_F(TokenSource, WhatNeedsAPictureSaysThatThereIsNone) {
    const std::string file = encoded(kCoded, "codes.npz");
    for (const char* lens : {"input", "difference", "spectrum", "equivariance"}) EXPECT_THAT(refusal(file, kCoded, lens), HasSubstr("this row is a file of tokens")) << lens;
}

TEST_F(TokenSource, WhatDoesNotSuitTheModelIsOneSentence) {
    const std::string codes = encoded(kCoded, "codes.csv"), latents = encoded(kPlain, "latents.npy");
    EXPECT_THAT(refusal(codes, kPlain, "reconstruction"), AllOf(HasSubstr("holds codes, and mini-autoencoder has none"), HasSubstr("choose the model that gave them: mini-rvq")));
    EXPECT_THAT(refusal(text("deep.csv", "picture,row,column,depth 1,depth 2,depth 3,depth 4,depth 5,depth 6,depth 7,depth 8,depth 9\n0,0,0,1,1,1,1,1,1,1,1,1\n"), kCoded, "reconstruction"),
                HasSubstr("codes of 9 depths, and mini-rvq has 8"));
    EXPECT_THAT(refusal(text("range.csv", "picture,row,column,depth 1,depth 2,depth 3,depth 4,depth 5,depth 6,depth 7,depth 8\n0,0,0,1,1,1,1024,1,1,1,1\n"), kCoded, "codes"),
                HasSubstr("no code 1024 at depth 4 of mini-rvq, which has 0 to 1023: row 0, column 0"));
    ASSERT_FALSE(writeTensorFile(folder / "thin.npy", {{"latents", float32Tensor({1, 3, 4, 4}, std::vector<float>(48, 0.5F))}}));
    EXPECT_THAT(refusal(folder / "thin.npy", kPlain, "reconstruction"), HasSubstr("latents of 3 channels, and those of mini-autoencoder have 16"));
    ASSERT_FALSE(writeTensorFile(folder / "nan.npy", {{"latents", float32Tensor({1, 16, 2, 2}, std::vector<float>(64, NAN))}}));
    EXPECT_THAT(refusal(folder / "nan.npy", kPlain, "reconstruction"), HasSubstr("NaN or infinity"));
}

TEST_F(TokenSource, NumbersOfAnotherKindAreNotTakenForWhatTheyAreNot) {
    // A grid whose rows are as many as the latents have channels: the shape alone does not tell.
    std::vector<float> codes(16 * 16 * 8);
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<float>(i % 1024);
    ASSERT_FALSE(writeTensorFile(folder / "codes.npy", {{"latents", float32Tensor({1, 16, 16, 8}, codes)}}));
    EXPECT_THAT(refusal(folder / "codes.npy", kCoded, "reconstruction"), HasSubstr("whole numbers, as codes are, but as fractions, so it is read as latents"));
    EXPECT_EQ(refusal(folder / "codes.npy", kPlain, "reconstruction"), "") << "a model without codes has latents alone";
    ASSERT_FALSE(writeTensorFile(folder / "odd.npy", {{"latents", float32Tensor({1, 16, 4, 5}, std::vector<float>(320, 0.5F))}}));
    EXPECT_THAT(refusal(folder / "odd.npy", kCoded, "reconstruction"), HasSubstr("latents of 5 x 4 cells do not part into tokens of 2 x 2"));
}

TEST_F(TokenSource, AForeignModelOfTheSameShapeIsAWarning) {
    // The latents of mini-rvq are those of mini-autoencoder.
    const Picture picture = drawn(encoded(kCoded, "both.npz"), kPlain, "reconstruction");
    ASSERT_EQ(picture.notes.size(), 1u);
    EXPECT_EQ(picture.notes[0].kind, Note::Kind::Warning);
    EXPECT_THAT(picture.notes[0].text, HasSubstr("tokens are of mini-rvq"));
}

TEST_F(TokenSource, BrokenFilesSayWhere) {
    const auto fileRefusal = [&](const std::string& path) {
        const SourceId source = s_engine->addSource({.path = path});
        const auto info = wait<SourceInfo>([&](auto o) { return s_engine->describeSource(source, std::move(o)); });
        if (info) return std::string("no refusal");
        EXPECT_EQ(info.error().where.substr(0, path.size()), path) << "the row shows it once";
        return toLine(info.error());
    };
    EXPECT_THAT(fileRefusal(text("metrics.csv", "image,model,psnr\n")), HasSubstr("no table of codes"));
    EXPECT_THAT(fileRefusal(text("empty.npy", "\x93NUMPY")), HasSubstr("empty.npy"));
    EXPECT_THAT(fileRefusal(text("cut.safetensors", "\x10")), HasSubstr("cut.safetensors"));
    EXPECT_THAT(fileRefusal(text("cut.npz", "PK\3\4")), HasSubstr("cut.npz"));
    ASSERT_FALSE(writeTensorFile(folder / "weights.safetensors", {{"w", float32Tensor({2}, {1, 2})}}));
    EXPECT_THAT(fileRefusal(folder / "weights.safetensors"), HasSubstr("no tensor named codes or latents"));
    ASSERT_FALSE(writeTensorFile(folder / "run.safetensors", {{"in.image", float32Tensor({1, 3, 1, 1}, {0, 0, 0})}}));
    EXPECT_THAT(fileRefusal(folder / "run.safetensors"), HasSubstr("open it as a model"));
    ASSERT_FALSE(writeTensorFile(folder / "flat.npz", {{"codes", float32Tensor({1, 2, 2, 1}, {1, 2, 3, 4})}}));
    EXPECT_THAT(fileRefusal(folder / "flat.npz"), HasSubstr("its codes are of float32, and should be whole numbers"));
    ASSERT_FALSE(writeTensorFile(folder / "truth.npy", {{"codes", {DType::Bool, {1, 2, 2, 1}, SharedBytes(std::vector<std::byte>(4))}}}));
    EXPECT_THAT(fileRefusal(folder / "truth.npy"), HasSubstr("its codes are of bool, and should be whole numbers"));
    ASSERT_FALSE(writeTensorFile(folder / "thin.npy", {{"latents", float32Tensor({2, 2}, {1, 2, 3, 4})}}));
    EXPECT_THAT(fileRefusal(folder / "thin.npy"), HasSubstr("its latents have shape [2, 2], and should have [B, C, h, w]"));
}

TEST_F(TokenSource, OfSeveralPicturesTheFirstIsShown) {
    const std::string rows = "0,0,0,1,1,1,1,1,1,1,1\n", head = "picture,row,column,depth 1,depth 2,depth 3,depth 4,depth 5,depth 6,depth 7,depth 8\n";
    const Picture picture = drawn(text("two.csv", head + rows + "1,0,0,2,2,2,2,2,2,2,2\n"), kCoded, "reconstruction");
    expectSame(picture, drawn(text("one.csv", head + rows), kCoded, "reconstruction"));
    ASSERT_EQ(picture.notes.size(), 1u);
    EXPECT_THAT(picture.notes[0].text, HasSubstr("the first of 2 pictures"));
}

}  // namespace
}  // namespace tessera::test
