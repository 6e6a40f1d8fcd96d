// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/npz.h"

#include <cstring>
#include <filesystem>
#include <random>

#include <gmock/gmock.h>
#include <zlib.h>

#include "checkpoint/npy_array.h"
#include "checkpoint/zip_archive.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "engine/checkpoint/archive_builder.h"
#include "support/temporary_folder.h"

namespace tessera {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

SharedBytes randomBytes(std::size_t size, std::uint32_t seed) {
    std::mt19937 random(seed);
    Bytes bytes(size);
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
    return bytes;
}

/// An .npy file as NumPy lays it out.
std::string npyOf(const std::string& dict, const std::string& data, int version = 1) {
    std::string text = dict;
    text.resize(((text.size() + 11) / 64 + 1) * 64 - 11, ' ');
    text += '\n';
    return joined({"\x93NUMPY", little(static_cast<std::uint64_t>(version), 2), little(text.size(), version == 1 ? 2 : 4), text, data});
}

std::string dictOf(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
    return joined({"{'descr': '", descr, "', 'fortran_order': ", fortran, ", 'shape': ", shape, ", }"});
}

TensorMap parsed(const std::string& npy) {
    const auto owner = std::make_shared<const Bytes>(zipOf({{.name = "x.npy", .content = npy}}));
    return parseNpz(*owner, owner, "a.npz");
}

template <typename T>
std::vector<T> valuesOf(const HostTensor& tensor) {
    std::vector<T> values(tensor.bytes.size() / sizeof(T));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
}

std::string messageOf(const std::string& npy) {
    const MemoryLimit limit(64U << 20U);
    return refusalOf([&] { parsed(npy); }).message;
}

TEST(Npz, WhatWasWrittenIsRead) {
    const TemporaryFolder folder;
    TensorMap tensors;
    for (const DType type : {DType::Bool, DType::U8, DType::I8, DType::I16, DType::I32, DType::I64, DType::F16, DType::F32, DType::F64})
        tensors[std::string(nameOf(type))] = {type, {3, 5}, randomBytes(15 * byteSize(type), static_cast<std::uint32_t>(type))};
    tensors["scalar"] = {DType::F32, {}, randomBytes(4, 90)};
    tensors["line"] = {DType::I64, {7}, randomBytes(56, 91)};
    tensors["empty"] = {DType::F64, {0, 7}, {}};
    tensors["block.0/weight"] = {DType::F32, {1, 2, 3, 4}, randomBytes(96, 92)};
    writeNpz(folder / "a.npz", tensors);
    const TensorMap found = readNpz(folder / "a.npz");
    ASSERT_EQ(found.size(), tensors.size());
    for (const auto& [name, tensor] : tensors) {
        SCOPED_TRACE(name);
        const HostTensor& read = found.find(name)->second;
        EXPECT_EQ(read.type, tensor.type);
        EXPECT_EQ(read.shape, tensor.shape);
        EXPECT_TRUE(std::ranges::equal(read.bytes.span(), tensor.bytes.span()));
    }
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "a temporary file is left";
}

TEST(Npz, ArraysAreReadWhereTheyLieInTheFile) {
    const TemporaryFolder folder;
    writeNpz(folder / "a.npz", {{"a", {DType::F64, {3}, randomBytes(24, 1)}}, {"longer name", {DType::F32, {2}, randomBytes(8, 2)}}});
    const MappedFile file = mapFile(folder / "a.npz");
    for (const auto& [name, tensor] : parseNpz(file.bytes, file.owner, "a.npz")) {
        EXPECT_TRUE(tensor.bytes.data() > file.bytes.data() && tensor.bytes.data() < file.bytes.data() + file.bytes.size()) << name << " was copied";
    }
}

TEST(Npz, ChecksumsAreThoseOfTheContentAlsoOfEmptyArrays) {
    const TemporaryFolder folder;
    writeNpz(folder / "a.npz", {{"a", {DType::F64, {3}, randomBytes(24, 1)}}, {"empty", {DType::F32, {0, 2}, {}}}});
    const MappedFile file = mapFile(folder / "a.npz");
    ZipArchive archive(file.bytes, file.owner, "a.npz");
    ASSERT_EQ(archive.entries().size(), 2U);
    for (const auto& [name, entry] : archive.entries()) {
        const SharedBytes content = archive.read(entry, UINT64_MAX);
        EXPECT_EQ(entry.crc, crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size())) << name;
    }
}

TEST(Npz, Bfloat16IsWrittenAsTheFloat32OfTheSameValue) {
    const TemporaryFolder folder;
    const Bytes bits = bytesOf(std::string("\x80\x3f\x20\xc1\xc0\x7f", 6));  // 1, -10, NaN
    writeNpz(folder / "a.npz", {{"a", {DType::BF16, {3}, bits}}});
    const HostTensor read = readNpz(folder / "a.npz").at("a");
    EXPECT_EQ(read.type, DType::F32);
    EXPECT_THAT(valuesOf<float>(read), ElementsAre(1.0F, -10.0F, testing::IsNan()));
}

TEST(Npz, BothByteOrdersAndBothOrdersOfAxesAreRead) {
    const std::string six("\0\1\0\2\0\3\0\4\0\5\0\6", 12);
    EXPECT_THAT(valuesOf<std::int16_t>(parsed(npyOf(dictOf(">i2", "(2, 3)"), six)).at("x")), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(valuesOf<std::int16_t>(parsed(npyOf(dictOf("<i2", "(2, 3)"), six)).at("x")), ElementsAre(256, 512, 768, 1024, 1280, 1536));
    EXPECT_THAT(valuesOf<std::int16_t>(parsed(npyOf(dictOf(">i2", "(2, 3)", "True"), six)).at("x")), ElementsAre(1, 3, 5, 2, 4, 6));
    EXPECT_THAT(valuesOf<std::uint8_t>(parsed(npyOf(dictOf("|u1", "(12,)", "True"), six)).at("x")), testing::SizeIs(12));
}

TEST(Npz, AllVersionsOfTheFormatAreRead) {
    for (const int version : {1, 2, 3}) EXPECT_THAT(valuesOf<std::uint8_t>(parsed(npyOf(dictOf("|u1", "(2,)"), "ab", version)).at("x")), ElementsAre('a', 'b')) << version;
    EXPECT_THAT(messageOf(npyOf(dictOf("|u1", "(2,)"), "ab", 4)), HasSubstr("unknown version"));
}

TEST(Npz, CompressedArchivesAreReadToo) {
    const Bytes bytes = zipOf({{.name = "x.npy", .content = npyOf(dictOf("|u1", "(5,)"), "hello"), .deflated = true}});
    EXPECT_THAT(valuesOf<char>(parseNpz(bytes, nullptr, "a.npz").at("x")), ElementsAre('h', 'e', 'l', 'l', 'o'));
}

TEST(Npz, ManyEntriesAreReadInOneArchive) {
    const TemporaryFolder folder;
    TensorMap tensors;
    for (int i = 0; i < 1000; ++i) tensors[joined({"t", std::to_string(i)})] = {DType::U8, {i % 7}, randomBytes(static_cast<std::size_t>(i % 7), 1)};
    writeNpz(folder / "a.npz", tensors);
    EXPECT_EQ(readNpz(folder / "a.npz").size(), 1000U);
}

TEST(HostileNpz, HeadersThatLie) {
    EXPECT_EQ(messageOf(npyOf(dictOf("<f4", "(2,)"), "12345678")), "accepted");
    EXPECT_THAT(messageOf(npyOf(dictOf("<f4", "(3,)"), "12345678")), HasSubstr("does not agree with its shape"));
    EXPECT_THAT(messageOf(npyOf(dictOf("<f4", "(1,)"), "12345678")), HasSubstr("does not agree with its shape"));
    EXPECT_THAT(messageOf(npyOf(dictOf("<f4", "(-2,)"), "12345678")), HasSubstr("shape makes no sense"));
    EXPECT_THAT(messageOf(npyOf(dictOf("<f4", "(99999999999999999999,)"), "")), HasSubstr("shape makes no sense"));
    EXPECT_THAT(messageOf(npyOf(dictOf("<f4", "(4294967296, 4294967296)"), "")), HasSubstr("64 bits"));
    EXPECT_THAT(messageOf(npyOf(dictOf("<f4", "(4294967296, 2147483648)", "True"), "")), HasSubstr("64 bits"));
    EXPECT_THAT(messageOf(npyOf(dictOf("<f4", "(1000000, 1000000)"), "")), HasSubstr("does not agree"));
    EXPECT_EQ(messageOf(npyOf(dictOf("<f4", "(0, 4294967296, 2147483647)", "True"), "")), "accepted");
    std::string sides;
    for (int i = 0; i < 65; ++i) sides += "1, ";
    EXPECT_THAT(messageOf(npyOf(dictOf("|u1", joined({"(", sides, ")"})), "1")), HasSubstr("shape makes no sense"));
    for (const char* shape : {"(2", "2", "(2 2)", "(,)", "(2.0,)", "(2L,)", "((2,),)", "()()"}) EXPECT_NE(messageOf(npyOf(dictOf("<f4", shape), "12345678")), "accepted") << shape;
    for (const char* dict : {"", "{", "}", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
                             "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}", "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", "{'descr"})
        EXPECT_NE(messageOf(npyOf(dict, "12345678")), "accepted") << dict;
}

TEST(HostileNpz, TypesThatAreNotRead) {
    EXPECT_THAT(messageOf(npyOf(dictOf("|O", "(2,)"), "12345678")), HasSubstr("Python objects"));
    EXPECT_THAT(messageOf(npyOf("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "12345678")), HasSubstr("structure"));
    for (const char* descr : {"<c8", "<u4", "<U5", "|S4", "<M8[ns]", "", "<", "f4", "!f4", "<f44"}) EXPECT_THAT(messageOf(npyOf(dictOf(descr, "(1,)"), "12345678")), HasSubstr("type")) << descr;
}

TEST(HostileNpz, LengthsOfTheHeaderThatLie) {
    const std::string start = "\x93NUMPY";
    EXPECT_THAT(messageOf(""), HasSubstr("not a NumPy array"));
    EXPECT_THAT(messageOf("\x93NUMPX\1\0\0\0\0"), HasSubstr("not a NumPy array"));
    EXPECT_THAT(messageOf(start + std::string("\1\0\xff\xff{", 5)), HasSubstr("ends inside its header"));
    EXPECT_THAT(messageOf(start + std::string("\2\0\xff\xff\xff\xff{", 7)), HasSubstr("ends inside its header"));
    EXPECT_THAT(messageOf(start + std::string("\2\0\1\0", 4)), HasSubstr("ends inside its header"));
}

TEST(HostileNpz, OtherArchivesAreRefused) {
    EXPECT_THAT(refusalOf([] { parseNpz(zipOf({{.name = "data.pkl", .content = "x"}}), nullptr, "a.npz"); }).message, HasSubstr("no NumPy array"));
    const Error error = refusalOf([] { parsed("nothing"); });
    EXPECT_EQ(error.where, "a.npz, array \"x\"");
    EXPECT_FALSE(error.action.empty());
}

TEST(HostileNpz, AnyWrongByteGivesArraysOrAFailure) {
    const Bytes whole = zipOf({{.name = "x.npy", .content = npyOf(dictOf(">i4", "(2, 1)", "True"), "12345678")}});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_NE(refusalOf([&] { parseNpz(part, nullptr, "cut"); }).message, "accepted") << "cut at " << size;
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            Bytes wrong = whole;
            wrong[at] = static_cast<std::byte>(value);
            try {
                for (const auto& [name, tensor] : parseNpz(wrong, nullptr, "wrong")) ASSERT_EQ(tensor.bytes.size(), static_cast<std::size_t>(tensor.elements()) * byteSize(tensor.type));
            } catch (const Failure& failure) {
                ASSERT_FALSE(failure.error().message.empty());
            }
        }
    }
}

}  // namespace
}  // namespace tessera
