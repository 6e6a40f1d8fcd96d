// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/code_csv.h"

#include <cstring>
#include <fstream>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tessera/files.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tessera {
namespace {

using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

template <typename T>
HostTensor tensorOf(DType type, std::vector<std::int64_t> shape, const std::vector<T>& values) {
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    return {type, std::move(shape), SharedBytes(std::vector<std::byte>(bytes, bytes + values.size() * sizeof(T)))};
}

HostTensor someCodes() {
    std::vector<std::int64_t> values(2 * 3 * 4 * 2);
    std::iota(values.begin(), values.end(), 16000);
    values[5] = -1;
    return tensorOf(DType::I64, {2, 3, 4, 2}, values);
}

void expectSame(const HostTensor& a, const HostTensor& b) {
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.shape, b.shape);
    ASSERT_EQ(a.bytes.size(), b.bytes.size());
    EXPECT_EQ(std::memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()), 0);
}

std::string refusal(const std::string& text) {
    try {
        parseCodeCsv(text, "x.csv");
        return {};
    } catch (const Failure& failure) {
        return toLine(failure.error());
    }
}

TEST(CodeCsv, ComesBackWithItsWords) {
    const TemporaryFolder folder;
    const std::string path = folder / "codes.csv";
    writeCodeCsv(path, someCodes(), {{"model", "mini, with: a colon"}, {"images", "a.png\nb.png"}});
    const CodeTable table = readCodeCsv(path);
    expectSame(table.codes, someCodes());
    EXPECT_EQ(table.words.at("model"), "mini, with: a colon");
    EXPECT_EQ(table.words.at("images"), "a.png b.png");
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    std::getline(file, line);
    std::getline(file, line);
    EXPECT_EQ(line, "picture,row,column,depth 1,depth 2");
    std::getline(file, line);
    EXPECT_EQ(line, "0,0,0,16000,16001");
}

TEST(CodeCsv, LinesComeInAnyOrderFromAnySystem) {
    const CodeTable table = parseCodeCsv("picture,row,column,depth 1\r\n0,0,1,7\r\n0,0,0,-1\r\n\r\n", "x.csv");
    expectSame(table.codes, tensorOf(DType::I64, {1, 1, 2, 1}, std::vector<std::int64_t>{-1, 7}));
    EXPECT_TRUE(table.words.empty());
}

TEST(CodeCsv, IsReadAsSpreadsheetsSaveItAgain) {
    const HostTensor codes = tensorOf(DType::I64, {1, 1, 2, 2}, std::vector<std::int64_t>{5, 6, 7, -1});
    const std::string mark = "\xef\xbb\xbf";
    for (const std::string& text : {mark + "# model: mini\npicture,row,column,depth 1,depth 2\n0,0,0,5,6\n0,0,1,7,-1\n",
                                    std::string("# model: mini;;;;\r\npicture;row;column;depth 1;depth 2\r\n0;0;0;5;6\r\n0;0;1;7;-1\r\n;;;;\r\n"),
                                    std::string("# model: mini\npicture\trow\tcolumn\tdepth 1\tdepth 2\n0\t0\t0\t5\t6\n0\t0\t1\t7\t-1\n"),
                                    mark + "\"# model: mini\",,,,,\npicture,row,column,depth 1,depth 2,\n0,0,0,5,6,\n0,0,1,7,-1,\n"}) {
        SCOPED_TRACE(text);
        const CodeTable table = parseCodeCsv(text, "x.csv");
        expectSame(table.codes, codes);
        EXPECT_EQ(table.words.at("model"), "mini");
    }
    EXPECT_TRUE(looksLikeCodeCsv(mark + "picture;row;column;depth 1"));
    EXPECT_FALSE(looksLikeCodeCsv("image;row;column"));
}

TEST(CodeCsv, SaysWhichLineIsWrong) {
    EXPECT_THAT(refusal("a,b\n1,2\n"), HasSubstr("x.csv, line 1"));
    EXPECT_THAT(refusal("\xff\xfep"), HasSubstr("this table is in UTF-16 (x.csv, line 1): save it as CSV in UTF-8"));
    EXPECT_THAT(refusal("picture,row,column\n0,0,0\n"), HasSubstr("1 to 256 depths, and this one 0"));
    EXPECT_THAT(refusal("picture,row,column,depth 1\n0,0,0,1.5\n"), HasSubstr("no line of whole numbers"));
    EXPECT_THAT(refusal("picture,row,column,depth 1\n0,0,0\n"), HasSubstr("holds 3 numbers"));
    EXPECT_THAT(refusal("picture,row,column,depth 1,depth 2\n0,0,0,1,\n"), HasSubstr("holds 4 numbers"));
    EXPECT_THAT(refusal("picture;row;column;depth 1\n0,0,0,1\n"), HasSubstr("separated as in the head"));
    EXPECT_THAT(refusal("picture,row,column,depth 1\n0,-1,0,1\n"), HasSubstr("a place of -1 is none"));
    EXPECT_THAT(refusal("picture,row,column,depth 1\n0,99999999,0,1\n"), HasSubstr("a place of 99999999 is none"));
    EXPECT_THAT(refusal("picture,row,column,depth 1\n0,1048575,1048575,1\n"), HasSubstr("cells needs 1099511627776 lines, and there are 1"));
    EXPECT_THAT(refusal("picture,row,column,depth 1\n0,0,0,1\n0,0,0,2\n0,1,0,2\n0,1,1,2\n"), HasSubstr("picture 0, row 0, column 0 is there twice"));
    EXPECT_THAT(refusal("picture,row,column,depth 1\n0,0,0,99999999999999999999\n"), HasSubstr("no line of whole numbers"));
    EXPECT_THAT(refusal("picture,row,column,depth 1\n"), HasSubstr("holds no codes"));
    EXPECT_THAT(refusal(""), HasSubstr("has no head"));
    EXPECT_THAT(refusal("# model: x\n"), HasSubstr("has no head"));
}

TEST(TokenFiles, EveryFormatComesBackBitForBit) {
    const TemporaryFolder folder;
    const std::vector<float> values{1.5F, -0.0F, 3e-42F, 1e30F, 0.1F, 7};
    const HostTensor codes = someCodes(), latents = tensorOf(DType::F32, {1, 1, 2, 3}, values);
    const FileWords words{{"model", "mini \"ü\""}, {"fingerprint", "0123"}};
    for (const char* name : {"a.safetensors", "a.npz", "a.npy", "a.csv"}) {
        SCOPED_TRACE(name);
        const std::string path = folder / name;
        ASSERT_FALSE(writeTensorFile(path, {{"codes", codes}, {"latents", latents}}, words));
        const auto read = readTensorFile(path);
        ASSERT_TRUE(read) << toLine(read.error());
        expectSame(read.value().at("codes"), codes);
        const bool one = std::string(name).ends_with("npy") || std::string(name).ends_with("csv");
        ASSERT_EQ(read.value().contains("latents"), !one);
        if (!one) expectSame(read.value().at("latents"), latents);
        const auto told = readFileWords(path);
        ASSERT_TRUE(told) << toLine(told.error());
        EXPECT_EQ(told.value(), std::string(name).ends_with("npy") ? FileWords() : words);
    }
    ASSERT_FALSE(writeTensorFile(folder / "b.npy", {{"latents", latents}}));
    expectSame(readTensorFile(folder / "b.npy").value().at("latents"), latents);
}

TEST(TokenFiles, WhatAFormatCannotHoldIsSaid) {
    const TemporaryFolder folder;
    const HostTensor tensor = tensorOf(DType::F32, {1}, std::vector<float>{1});
    EXPECT_THAT(toLine(writeTensorFile(folder / "a.csv", {{"latents", tensor}}).value()), HasSubstr("holds codes, and this model has none"));
    EXPECT_THAT(toLine(writeTensorFile(folder / "a.npy", {{"x", tensor}, {"y", tensor}}).value()), HasSubstr("holds one array, and there are 2"));
    EXPECT_THAT(toLine(writeTensorFile(folder / "a.csv", {{"codes", tensor}}).value()), HasSubstr("make no table"));
    EXPECT_THAT(toLine(writeTensorFile(folder / "a.txt", {{"codes", tensor}}).value()), HasSubstr(".npy or .csv"));
    const HostTensor fractions = tensorOf(DType::F32, {1, 1, 1, 1}, std::vector<float>{1});
    EXPECT_THAT(toLine(writeTensorFile(folder / "a.csv", {{"codes", fractions}}).value()), HasSubstr("codes are whole numbers"));
}

TEST(CodeCsv, KeepsTheSizesOfThePictures) {
    TemporaryFolder folder;
    const HostTensor sizes = tensorOf<std::int64_t>(DType::I64, {2, 2}, {193, 257, 64, 48});
    ASSERT_FALSE(writeTensorFile(folder / "a.csv", {{"codes", someCodes()}, {"picture_size", sizes}}, {{"model", "m"}}));
    const auto read = readTensorFile(folder / "a.csv");
    ASSERT_TRUE(read);
    expectSame(read.value().at("picture_size"), sizes);
    expectSame(read.value().at("codes"), someCodes());
    EXPECT_EQ(readFileWords(folder / "a.csv").value().at("picture_size"), "193 257, 64 48");
    for (const char* wrong : {"193", "193 -1", "193 x", "", "1e3 2"}) EXPECT_THROW(pictureSizeFrom(wrong, "x.csv"), Failure) << wrong;
}

}  // namespace
}  // namespace tessera
