// SPDX-License-Identifier: Apache-2.0
// Headers that lie, each refused in a sentence before anything of the claimed size is allocated.
#include <gmock/gmock.h>

#include <cstring>
#include <random>

#include "checkpoint/safetensors.h"
#include "core/error.h"
#include "engine/checkpoint/archive_builder.h"

namespace tessera {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;

Error refusalOfBytes(const Bytes& bytes) {
    const MemoryLimit limit(64U << 20U);
    return refusalOf([&] { parseSafetensors(bytes, nullptr, "model.safetensors"); });
}

std::string messageOf(const Bytes& bytes) {
    const Error error = refusalOfBytes(bytes);
    if (error.message != "accepted") {
        EXPECT_THAT(error.where, HasSubstr("model.safetensors"));
    }
    return error.message;
}

std::string messageOf(const std::string& json, std::size_t dataSize = 8) { return messageOf(safetensorsOf(json, dataSize)); }

std::string entry(const std::string& name, const std::string& type, const std::string& shape, const std::string& offsets) {
    return "\"" + name + R"(":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string headerWith(const std::string& first, const std::string& second = {}) { return "{" + first + (second.empty() ? "" : ",") + second + "}"; }

const std::string kGood = headerWith(entry("a", "U8", "[3]", "[0,3]"), entry("bb", "F32", "[1,1]", "[3,7]"));

TEST(HostileSafetensors, TheGoodFileOfTheseTestsIsRead) { EXPECT_EQ(messageOf(kGood, 7), "accepted"); }

TEST(HostileSafetensors, LengthsOfTheHeaderThatLie) {
    EXPECT_THAT(messageOf(Bytes{}), HasSubstr("too short"));
    EXPECT_THAT(messageOf(bytesOf("1234567")), HasSubstr("too short"));
    EXPECT_THAT(messageOf(bytesOf(little(0, 8))), HasSubstr("not a safetensors file"));
    EXPECT_THAT(messageOf(bytesOf(little(0, 8) + "{}")), HasSubstr("not JSON"));
    for (const std::uint64_t length : {std::uint64_t(3), std::uint64_t(1000), std::uint64_t(100'000'000)})
        EXPECT_THAT(messageOf(bytesOf(little(length, 8) + "{}")), HasSubstr("truncated")) << length;
    for (const std::uint64_t length : {std::uint64_t(100'000'001), std::uint64_t(1) << 63, ~std::uint64_t(0), ~std::uint64_t(7)})
        EXPECT_THAT(messageOf(bytesOf(little(length, 8) + "{}")), HasSubstr("more than safetensors allows")) << length;
}

TEST(HostileSafetensors, OffsetsThatLie) {
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[4]", "[0,4]"), entry("b", "U8", "[4]", "[2,6]")), 6), HasSubstr("\"b\" overlaps"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[4]", "[0,4]"), entry("b", "U8", "[4]", "[0,4]")), 4), HasSubstr("overlaps"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[4]", "[0,4]"), entry("b", "U8", "[4]", "[5,9]")), 9), HasSubstr("hole before tensor \"b\""));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[4]", "[1,5]")), 5), HasSubstr("hole"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[4]", "[0,4]")), 5), HasSubstr("1 byte at the end"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[4]", "[0,4]")), 3), HasSubstr("truncated"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[4]", "[4,0]")), 4), HasSubstr("ends before it begins"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[4]", "[18446744073709551612,0]")), 4), HasSubstr("ends before it begins"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[4]", "[18446744073709551611,18446744073709551615]")), 4), HasSubstr("truncated"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[0]", "[9,9]")), 4), HasSubstr("ends beyond"));
    EXPECT_THAT(messageOf("{}", 1), HasSubstr("belong to no tensor"));
}

TEST(HostileSafetensors, ShapesThatLie) {
    EXPECT_THAT(messageOf(headerWith(entry("a", "F32", "[3]", "[0,8]"))), AllOf(HasSubstr("shape [3]"), HasSubstr("12 bytes"), HasSubstr("gives it 8")));
    EXPECT_THAT(messageOf(headerWith(entry("a", "F32", "[-2]", "[0,8]"))), HasSubstr("negative number in or after \"a\""));
    EXPECT_THAT(messageOf(headerWith(entry("a", "F32", "[2.0]", "[0,8]"))), HasSubstr("not whole"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "F32", "[1e99]", "[0,8]"))), HasSubstr("not whole"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "F32", "[99999999999999999999]", "[0,8]"))), HasSubstr("beyond 64 bits"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "F32", "[18446744073709551615]", "[0,8]"))), HasSubstr("beyond 63 bits"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "F32", "[4294967296,4294967296]", "[0,0]")), 0), HasSubstr("does not fit into 64 bits"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "F32", "[4611686018427387905]", "[0,4]")), 4), HasSubstr("does not fit into 64 bits"));
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[9223372036854775807]", "[0,8]"))), HasSubstr("needs 9223372036854775807 bytes"));
    std::string sides = "[1";
    for (int i = 1; i < 64; ++i) sides += ",1";
    EXPECT_EQ(messageOf(headerWith(entry("a", "U8", sides + "]", "[0,1]")), 1), "accepted") << "64 dimensions";
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", sides + ",1]", "[0,1]")), 1), HasSubstr("more than 64 dimensions"));
}

TEST(HostileSafetensors, TypesThatAreNotRead) {
    EXPECT_THAT(messageOf(headerWith(entry("a", "F8_E4M3", "[8]", "[0,8]"))), HasSubstr("type \"F8_E4M3\""));
    EXPECT_EQ(refusalOfBytes(safetensorsOf(headerWith(entry("a", "U16", "[4]", "[0,8]")), 8)).code, ErrorCode::Unsupported);
    EXPECT_THAT(messageOf(headerWith(entry("a", "f32", "[2]", "[0,8]"))), HasSubstr("type \"f32\""));
    EXPECT_THAT(messageOf(R"({"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}})"), HasSubstr("a number in or after \"a\""));
}

TEST(HostileSafetensors, KeysThatOccurTwiceOrDoNotBelong) {
    const std::string one = entry("a", "U8", "[4]", "[0,4]"), other = entry("a", "U8", "[4]", "[4,8]");
    EXPECT_THAT(messageOf(headerWith(one, other)), HasSubstr("\"a\" occurs twice"));
    EXPECT_THAT(messageOf(headerWith(one, entry("\\u0061", "U8", "[4]", "[4,8]"))), HasSubstr("\"a\" occurs twice")) << "escaped";
    EXPECT_THAT(messageOf(R"({"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}})"), HasSubstr("two entries \"dtype\""));
    EXPECT_THAT(messageOf(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"strides":[1]}})"), HasSubstr("unknown entry \"strides\""));
    EXPECT_THAT(messageOf(R"({"__metadata__":{},"__metadata__":{}})", 0), HasSubstr("occurs twice"));
    EXPECT_THAT(messageOf(R"({"__metadata__":{"x":"1","x":"2"}})", 0), HasSubstr("metadata \"x\" occurs twice"));
    for (const char* lacking : {R"({"a":{"shape":[8],"data_offsets":[0,8]}})", R"({"a":{"dtype":"U8","data_offsets":[0,8]}})", R"({"a":{"dtype":"U8","shape":[8]}})", R"({"a":{}})"})
        EXPECT_THAT(messageOf(lacking), HasSubstr("\"a\" lacks")) << lacking;
    for (const char* offsets : {"[]", "[8]"}) EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[8]", offsets))), HasSubstr("fewer than two")) << offsets;
    EXPECT_THAT(messageOf(headerWith(entry("a", "U8", "[8]", "[0,8,9]"))), HasSubstr("more than two"));
}

TEST(HostileSafetensors, ValuesOfTheWrongKind) {
    for (const char* json : {R"({"a":1})", R"({"a":"x"})", R"({"a":[]})", R"({"a":null})", R"({"a":true})", R"({"a":{"dtype":"U8","shape":8,"data_offsets":[0,8]}})",
                             R"({"a":{"dtype":"U8","shape":[[8]],"data_offsets":[0,8]}})", R"({"a":{"dtype":"U8","shape":[8],"data_offsets":{}}})",
                             R"({"a":{"dtype":["U8"],"shape":[8],"data_offsets":[0,8]}})", R"({"__metadata__":"x"})", R"({"__metadata__":{"x":1}})", R"({"__metadata__":{"x":{}}})",
                             R"({"__metadata__":{"x":["y"]}})"})
        EXPECT_THAT(messageOf(json), HasSubstr("its header has ")) << json;
    for (const char* json : {"{", "{\"a\"", "{\"a\":}", "{}}", "{} x", "{\"__metadata__\":{},}", "{'a':1}", "{\"\\ud800\":{}}", "{\"a\":{\"shape\":[1,]}}"})
        EXPECT_THAT(messageOf(json, 0), testing::AnyOf(HasSubstr("not JSON"), HasSubstr("its header has"))) << json;
}

TEST(HostileSafetensors, TextThatIsNotUtf8) {
    for (const char* name : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80", "a\xe2\x82"})
        EXPECT_THAT(messageOf(headerWith(entry(name, "U8", "[8]", "[0,8]"))), HasSubstr("not JSON"));
}

TEST(HostileSafetensors, DeepNestingIsRefusedAtItsSecondLevel) {
    std::string lists = R"({"a":{"dtype":"U8","shape":)";
    lists.append(5'000'000, '[');
    EXPECT_THAT(messageOf(lists, 0), HasSubstr("a list in or after \"a\""));
    std::string objects;
    for (int i = 0; i < 200'000; ++i) objects += R"({"a":)";
    EXPECT_THAT(messageOf(objects, 0), HasSubstr("unknown entry"));
}

TEST(HostileSafetensors, NamesInMessagesAreShortAndWithoutControlCharacters) {
    const std::string name = "\\u001b[31m" + std::string(5000, 'x') + "\\n";
    const std::string message = messageOf(headerWith(entry(name, "U8", "[7]", "[0,8]")));
    EXPECT_LT(message.size(), 300U);
    EXPECT_EQ(message.find('\x1b'), std::string::npos);
}

TEST(HostileSafetensors, OtherFilesAreNamedForWhatTheyAre) {
    EXPECT_THAT(messageOf(bytesOf("<!DOCTYPE html><html>not found</html>")), HasSubstr("web page"));
    EXPECT_THAT(messageOf(bytesOf("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n")), HasSubstr("Git LFS pointer"));
    EXPECT_THAT(messageOf(bytesOf("GGUF\3\0\0\0\0\0\0\0")), HasSubstr("GGUF"));
    EXPECT_THAT(messageOf(bytesOf("just some text, long enough for a header")), HasSubstr("not a safetensors file"));
}

TEST(HostileSafetensors, CutAnywhereItIsRefused) {
    const Bytes whole = safetensorsOf(kGood, 7);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // A copy of exactly this size: a read past its end is seen by the address sanitizer.
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_NE(messageOf(part), "accepted") << "cut at " << size;
    }
}

TEST(HostileSafetensors, AnyWrongByteGivesTensorsInsideTheFileOrAFailure) {
    const Bytes whole = safetensorsOf(kGood, 7);
    std::size_t read = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            Bytes wrong = whole;
            wrong[at] = static_cast<std::byte>(value);
            try {
                for (const auto& [name, tensor] : parseSafetensors(wrong, nullptr, "wrong").tensors) {
                    ASSERT_GE(tensor.data, wrong.data());
                    ASSERT_LE(tensor.data + tensor.toHost().bytes.size(), wrong.data() + wrong.size());
                    ++read;
                }
            } catch (const Failure& failure) {
                ASSERT_FALSE(failure.error().message.empty());
            }
        }
    }
    EXPECT_GT(read, whole.size()) << "names and data may be anything";
}

}  // namespace
}  // namespace tessera
