// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include <gmock/gmock.h>

#include "core/error.h"
#include "engine/checkpoint/archive_builder.h"
#include "support/temporary_folder.h"

namespace tessera {
namespace {

using namespace test;
using testing::HasSubstr;

SharedBytes randomBytes(std::size_t size, std::uint32_t seed) {
    std::mt19937 random(seed);
    Bytes bytes(size);
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
    return bytes;
}

/// One tensor of every type, a scalar, an empty one, a name beyond ASCII.
TensorMap everyKind() {
    TensorMap tensors;
    for (const DType type : {DType::Bool, DType::U8, DType::I8, DType::I16, DType::I32, DType::I64, DType::F16, DType::BF16, DType::F32, DType::F64})
        tensors[std::string(nameOf(type))] = {type, {3, 5}, randomBytes(15 * byteSize(type), static_cast<std::uint32_t>(type))};
    tensors["scalar"] = {DType::F32, {}, randomBytes(4, 90)};
    tensors["empty"] = {DType::F64, {0, 7}, {}};
    tensors["gewicht.ß\"\\\n"] = {DType::U8, {1}, randomBytes(1, 91)};
    return tensors;
}

void expectSame(const TensorMap& wanted, const std::map<std::string, StoredTensor>& found) {
    ASSERT_EQ(found.size(), wanted.size());
    for (const auto& [name, tensor] : wanted) {
        SCOPED_TRACE(name);
        const HostTensor host = found.at(name).toHost();
        EXPECT_EQ(host.type, tensor.type);
        EXPECT_EQ(host.shape, tensor.shape);
        EXPECT_TRUE(std::ranges::equal(host.bytes.span(), tensor.bytes.span()));
    }
}

TEST(Safetensors, WhatWasWrittenIsRead) {
    const TemporaryFolder folder;
    const std::map<std::string, std::string> words{{"format", "pt"}, {"ü", "\"\t"}};
    writeSafetensors(folder / "a.safetensors", everyKind(), words);
    const SafetensorsFile file = readSafetensors(folder / "a.safetensors");
    expectSame(everyKind(), file.tensors);
    EXPECT_EQ(file.metadata, words);
}

TEST(Safetensors, NoTensorsAtAllAreAFileToo) {
    const TemporaryFolder folder;
    writeSafetensors(folder / "a.safetensors", {});
    EXPECT_TRUE(readSafetensors(folder / "a.safetensors").tensors.empty());
}

TEST(Safetensors, ReadingATensorCopiesNothing) {
    const TemporaryFolder folder;
    writeSafetensors(folder / "a.safetensors", everyKind());
    const SafetensorsFile file = readSafetensors(folder / "a.safetensors");
    for (const auto& [name, tensor] : file.tensors) {
        EXPECT_EQ(tensor.toHost().bytes.data(), tensor.data) << name;
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data) % byteSize(tensor.type), 0) << name << " is not aligned";
    }
}

TEST(Safetensors, ATensorOutlivesItsFileAndTheReader) {
    const TemporaryFolder folder;
    writeSafetensors(folder / "a.safetensors", everyKind());
    HostTensor kept = readSafetensors(folder / "a.safetensors").tensors.at("float32").toHost();
    std::filesystem::remove(folder / "a.safetensors");
    EXPECT_TRUE(std::ranges::equal(kept.bytes.span(), everyKind()["float32"].bytes.span()));
}

TEST(Safetensors, UnalignedDataOfOldFilesIsCopiedToWhereItMayBeRead) {
    const Bytes bytes = safetensorsOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}})", 9);
    const StoredTensor tensor = parseSafetensors(bytes, nullptr, "old").tensors.at("b");
    const HostTensor host = tensor.toHost();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(host.bytes.data()) % 4, 0);
    EXPECT_EQ(std::memcmp(host.bytes.data(), tensor.data, 8), 0);
}

TEST(Safetensors, TheSameTensorsGiveTheSameFile) {
    const TemporaryFolder folder;
    const auto content = [&](const std::string& name) {
        writeSafetensors(folder / name, everyKind());
        std::ifstream file(folder / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    EXPECT_EQ(content("a"), content("b"));
}

TEST(Safetensors, WritingOverAFileLeavesOnlyTheNewOne) {
    const TemporaryFolder folder;
    writeSafetensors(folder / "a.safetensors", {{"old", {DType::U8, {1}, randomBytes(1, 1)}}});
    writeSafetensors(folder / "a.safetensors", everyKind());
    expectSame(everyKind(), readSafetensors(folder / "a.safetensors").tensors);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "a temporary file is left";
}

TEST(Safetensors, WhatCannotBeWrittenIsRefusedAndLeavesNothing) {
    const TemporaryFolder folder;
    const HostTensor byte{DType::U8, {1}, randomBytes(1, 1)};
    EXPECT_EQ(refusalOf([&] { writeSafetensors(folder / "none/a.safetensors", everyKind()); }).code, ErrorCode::Unreadable);
    EXPECT_THAT(refusalOf([&] { writeSafetensors(folder / "a", {{"\xff", byte}}); }).message, HasSubstr("not UTF-8"));
    EXPECT_THAT(refusalOf([&] { writeSafetensors(folder / "a", {{"__metadata__", byte}}); }).message, HasSubstr("__metadata__"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace tessera
