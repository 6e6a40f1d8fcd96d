// SPDX-License-Identifier: Apache-2.0
// Pickles that lie, loop, explode or ask for something to be called.
#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>

#include "checkpoint/torch_zip.h"
#include "core/error.h"
#include "engine/checkpoint/archive_builder.h"

namespace tessera {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

using Sections = std::map<std::string, std::map<std::string, StoredTensor>>;

/// Storage record of six floats.
const std::string kSix = std::string("\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40\0\0\xa0\x40", 24);

TorchZip zipIn(const Bytes& archive) {
    const auto owner = std::make_shared<const Bytes>(archive);
    return parseTorchZip(*owner, owner, "model.pt");
}
Sections sectionsOf(const Bytes& archive) { return zipIn(archive).sections; }

/// The value of a whole pickle, in an archive with one storage of six floats.
Bytes archiveOf(const std::string& value) { return torchZipOf(pickle::whole(value), {kSix}); }

Error refusalOfValue(const std::string& value) {
    const MemoryLimit limit(std::size_t(1) << 30U);
    return refusalOf([&] { sectionsOf(archiveOf(value)); });
}
std::string messageOf(const std::string& value) { return refusalOfValue(value).message; }

std::string six(std::int64_t offset, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides) {
    return pickle::tensor(pickle::storage("0", 6), offset, shape, strides);
}
const std::string kTensor = six(0, {2, 3}, {3, 1});

std::vector<float> floatsOf(const StoredTensor& tensor) {
    const HostTensor host = tensor.toHost();
    std::vector<float> values(static_cast<std::size_t>(host.elements()));
    if (!values.empty()) std::memcpy(values.data(), host.bytes.data(), host.bytes.size());
    return values;
}

std::vector<std::string> pathsOf(const Sections& sections) {
    std::vector<std::string> paths;
    for (const auto& [section, tensors] : sections)
        for (const auto& [path, tensor] : tensors) paths.push_back(section + "|" + path);
    return paths;
}

std::string repeated(const std::string& text, std::size_t count) {
    std::string all;
    all.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

TEST(TorchPickle, StridesOffsetsAndZeroStridesAreHonoured) {
    const Sections sections = sectionsOf(archiveOf(pickle::dict({{"full", kTensor},
                                                                 {"transposed", six(0, {3, 2}, {1, 3})},
                                                                 {"row", six(3, {3}, {1})},
                                                                 {"expanded", six(4, {3, 2}, {0, 1})},
                                                                 {"scalar", six(5, {}, {})},
                                                                 {"empty", six(0, {0, 4}, {4, 1})}})));
    const auto& tensors = sections.at("");
    EXPECT_THAT(floatsOf(tensors.at("full")), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(floatsOf(tensors.at("transposed")), ElementsAre(0, 3, 1, 4, 2, 5));
    EXPECT_THAT(floatsOf(tensors.at("row")), ElementsAre(3, 4, 5));
    EXPECT_THAT(floatsOf(tensors.at("expanded")), ElementsAre(4, 5, 4, 5, 4, 5));
    EXPECT_THAT(floatsOf(tensors.at("scalar")), ElementsAre(5));
    EXPECT_THAT(floatsOf(tensors.at("empty")), ElementsAre());
}

TEST(TorchPickle, TopLevelEntriesAreSectionsAndDeeperKeysAPath) {
    const std::string list = "](" + kTensor + "N" + kTensor + "e";
    const Sections sections = sectionsOf(archiveOf(
        pickle::dict({{"bare", kTensor}, {"model", pickle::dict({{"a.b", kTensor}, {"c", pickle::dict({{"d", kTensor}})}})}, {"optimizer", pickle::dict({{"state", list}})}})));
    EXPECT_THAT(pathsOf(sections), ElementsAre("|bare", "model|a.b", "model|c.d", "optimizer|state.0", "optimizer|state.2"));
}

TEST(TorchPickle, KeysMayBeNumbersAndAnythingElseIsSkipped) {
    const std::string keys = "}(" + pickle::number(7) + kTensor + pickle::number(-1) + kTensor + "N" + kTensor + pickle::global("a", "B") + kTensor + ")" + kTensor + "u";
    EXPECT_THAT(pathsOf(sectionsOf(archiveOf(pickle::dict({{"m", keys}})))), ElementsAre("m|-1", "m|7"));
}

TEST(TorchPickle, AnOrderedDictMayBringItsItemsAsPython2WroteThem) {
    const std::string pairs = "](](" + pickle::text("a") + kTensor + "e](" + pickle::text("b") + kTensor + "ee";
    const std::string dict = pickle::global("collections", "OrderedDict") + pickle::tuple({pairs}) + "R";
    EXPECT_THAT(pathsOf(sectionsOf(archiveOf(dict))), ElementsAre("|a", "|b"));
}

TEST(TorchPickle, ATensorOfAStorageTypeThatIsNotReadIsLeftOut) {
    const std::string complex = pickle::tensor(pickle::storage("0", 3, "ComplexFloatStorage"), 0, {3}, {1});
    EXPECT_THAT(pathsOf(sectionsOf(archiveOf(pickle::dict({{"c", complex}, {"f", kTensor}})))), ElementsAre("|f"));
}

TEST(TorchPickle, NothingIsCalledAndTheRestIsRead) {
    const std::string evil = pickle::global("os", "system") + pickle::tuple({pickle::text("touch /tmp/tessera-was-here")}) + "R";
    const std::string object = pickle::global("argparse", "Namespace") + ")\x81" + pickle::dict({{"t", kTensor}}) + "b";
    EXPECT_THAT(pathsOf(sectionsOf(archiveOf(pickle::dict({{"evil", evil}, {"object", object}, {"t", kTensor}})))), ElementsAre("|t"));
}

TEST(TorchPickle, PlainValuesOfASectionAreItsSettings) {
    const std::string half("G?\xe0\0\0\0\0\0\0", 9);
    const std::string args = pickle::dict({{"model", pickle::text("vitamin_large")},
                                           {"img_size", pickle::number(256)},
                                           {"ratio", half},
                                           {"bf16", "\x88"},
                                           {"seed", "N"},
                                           {"dtype", pickle::global("torch", "bfloat16")},
                                           {"nested", pickle::dict({{"deep", pickle::number(1)}})},
                                           {"img_size", pickle::number(64)}});
    const TorchZip zip = zipIn(archiveOf(pickle::dict({{"args", args}, {"epoch", pickle::number(3)}, {"model", pickle::dict({{"w", kTensor}})}})));
    EXPECT_EQ(zip.settings.at("args"), R"({"bf16":true,"img_size":64,"model":"vitamin_large","ratio":0.5,"seed":null})");
    EXPECT_EQ(zip.settings.at(""), R"({"epoch":3})");
    EXPECT_FALSE(zip.settings.contains("model"));
    EXPECT_THAT(pathsOf(zip.sections), ElementsAre("model|w"));
}

TEST(HostileTorchPickle, SettingsThatAreNoTextsOrTooMany) {
    const std::string broken = pickle::dict({{"name", pickle::text("\xff\xfe")}, {"novel", pickle::text(std::string(5000, 'x'))}});
    EXPECT_EQ(zipIn(archiveOf(pickle::dict({{"args", broken}, {"t", kTensor}}))).settings.at("args"), "{\"name\":\"\xef\xbf\xbd\xef\xbf\xbd\"}");
    std::vector<std::pair<std::string, std::string>> many;
    for (int i = 0; i < 10'000; ++i) many.emplace_back(std::to_string(i), pickle::number(i));
    const TorchZip zip = zipIn(archiveOf(pickle::dict({{"args", pickle::dict(many)}, {"m", pickle::dict({{"t", kTensor}})}})));
    EXPECT_LT(zip.settings.at("args").size(), 100'000u);
    EXPECT_THAT(pathsOf(zip.sections), ElementsAre("m|t"));
}

TEST(HostileTorchPickle, TensorsThatReachPastTheirStorage) {
    EXPECT_THAT(messageOf(six(1, {2, 3}, {3, 1})), HasSubstr("reaches past the end of its storage \"0\" of 6 elements"));
    EXPECT_THAT(messageOf(six(0, {2, 3}, {4, 1})), HasSubstr("reaches past"));
    EXPECT_THAT(messageOf(six(6, {}, {})), HasSubstr("reaches past"));
    EXPECT_THAT(messageOf(six(0, {INT64_MAX}, {1})), HasSubstr("reaches past"));
    EXPECT_THAT(messageOf(six(0, {INT64_MAX, INT64_MAX}, {1, INT64_MAX})), HasSubstr("64 bits"));
    EXPECT_THAT(messageOf(six(INT64_MAX, {INT64_MAX}, {1})), HasSubstr("reaches past"));
    EXPECT_THAT(messageOf(pickle::tensor(pickle::storage("0", 7), 0, {6}, {1})), HasSubstr("more bytes than its storage record"));
    EXPECT_THAT(messageOf(pickle::tensor(pickle::storage("0", 4, "LongStorage"), 0, {4}, {1})), HasSubstr("more bytes than its storage record"));
    EXPECT_THAT(messageOf(pickle::tensor(pickle::storage("0", INT64_MAX), 0, {INT64_MAX}, {1})), HasSubstr("64 bits"));
}

TEST(HostileTorchPickle, TensorsThatRepeatAFewBytesToAnySize) {
    EXPECT_THAT(messageOf(six(0, {std::int64_t(1) << 40}, {0})), HasSubstr("repeats its storage"));
    EXPECT_THAT(messageOf(six(0, {std::int64_t(1) << 32, std::int64_t(1) << 32}, {0, 0})), HasSubstr("64 bits"));
    EXPECT_EQ(messageOf(six(0, {1 << 20}, {0})), "accepted") << "4 MiB may be repeated";
}

TEST(HostileTorchPickle, SizesStridesAndOffsetsThatMakeNoSense) {
    EXPECT_THAT(messageOf(six(-1, {2}, {1})), HasSubstr("torch._utils._rebuild_tensor_v2 with sizes, strides or an offset that make no sense"));
    EXPECT_THAT(messageOf(six(0, {-2}, {1})), HasSubstr("no sense"));
    EXPECT_THAT(messageOf(six(5, {2}, {-1})), HasSubstr("no sense"));
    EXPECT_THAT(messageOf(six(0, {2, 3}, {1})), HasSubstr("no sense"));
    const std::vector<std::int64_t> ones(65, 1);
    EXPECT_THAT(messageOf(six(0, ones, ones)), HasSubstr("no sense"));
    const std::string rebuild = pickle::global("torch._utils", "_rebuild_tensor_v2");
    EXPECT_THAT(messageOf(rebuild + pickle::tuple({pickle::storage("0", 6)}) + "R"), HasSubstr("with 1 argument"));
    EXPECT_THAT(messageOf(rebuild + pickle::tuple({"N", "N", "N", "N"}) + "R"), HasSubstr("without a storage"));
}

TEST(HostileTorchPickle, StorageKeysAreNamesOfRecordsAndNothingElse) {
    for (const char* key : {"1", "", "../data.pkl", "/etc/passwd", "0/../0"})
        EXPECT_THAT(messageOf(pickle::tensor(pickle::storage(key, 6), 0, {6}, {1})), HasSubstr("is missing")) << key;
}

TEST(HostileTorchPickle, OpcodesThatTakeMoreThanThereIs) {
    for (const char* value : {"0", "2", "R", "b", "s", "a", "\x85", "\x86", "\x87", "Q", "\x81", "\x92", "q\1", "\x94", "\x93", "NR", "NNs"})
        EXPECT_THAT(messageOf(value), HasSubstr("empty stack")) << value;
    for (const char* value : {"t", "l", "d", "e", "u", "o", "1", "\x90", "\x91", "Nt"}) EXPECT_THAT(messageOf(value), HasSubstr("no mark")) << value;
    for (const char* value : {"(", "(\x85", "N(s", "(a", "((a", "(q\1", "(2"}) EXPECT_THAT(messageOf(value), HasSubstr("takes a mark")) << value;
    EXPECT_THAT(messageOf(""), HasSubstr("empty stack"));
    EXPECT_THAT(messageOf("}(Nu"), HasSubstr("key without a value"));
    EXPECT_THAT(messageOf("h\7"), HasSubstr("never stored"));
    EXPECT_THAT(messageOf(std::string("j\xff\xff\xff\xff", 5)), HasSubstr("never stored"));
    EXPECT_THAT(messageOf("NN\x93"), HasSubstr("names a class with something that is no text"));
}

TEST(HostileTorchPickle, OpcodesThatTorchDoesNotWriteAreNamed) {
    EXPECT_THAT(messageOf("\x97"), HasSubstr("holds opcode 0x97"));
    EXPECT_THAT(messageOf("I1\n"), HasSubstr("holds opcode 0x49"));
    EXPECT_THAT(messageOf(std::string("\0", 1)), HasSubstr("holds opcode 0x00"));
    EXPECT_THAT(messageOf("\x80\x06"), HasSubstr("protocol 6"));
    const Error error = refusalOfValue("\x97");
    EXPECT_EQ(error.where, "model.pt");
    EXPECT_FALSE(error.action.empty());
}

TEST(HostileTorchPickle, LengthsThatLieAllocateNothing) {
    for (const std::string& value : {"X" + little(~0U, 4), "B" + little(~0U, 4), "\x8d" + little(~0ULL, 8), "\x8e" + little(~0ULL, 8), "\x96" + little(~0ULL, 8),
                                     "\x8b" + little(~0U, 4), "\x8a\xff" + std::string(), "T" + little(~0U, 4), "\x8c\xff" + std::string(), std::string("cos\nsystem"), std::string("c")})
        EXPECT_THAT(messageOf(value), HasSubstr("cut off")) << value;
}

TEST(HostileTorchPickle, NumbersOfAnyWidth) {
    const auto shapeOf = [](const std::string& number) {
        return pickle::global("torch._utils", "_rebuild_tensor_v2") + pickle::tuple({pickle::storage("0", 6), number, pickle::tuple({}), pickle::tuple({})}) + "R";
    };
    EXPECT_EQ(messageOf(pickle::dict({{"a", shapeOf(std::string("\x8a\0", 2))}})), "accepted") << "0 in no bytes";
    EXPECT_THAT(messageOf(shapeOf("\x8a\x01\xff")), HasSubstr("no sense")) << "-1";
    EXPECT_THAT(messageOf(shapeOf("\x8a\x09" + std::string(9, '\1'))), HasSubstr("no sense")) << "beyond 64 bits";
    EXPECT_THAT(messageOf(shapeOf("G" + std::string(8, '\0'))), HasSubstr("no sense")) << "not whole";
    EXPECT_THAT(messageOf(shapeOf("\x88")), HasSubstr("no sense")) << "true";
}

TEST(HostileTorchPickle, ContainersInsideThemselvesGiveTheirTensorsOnce) {
    const std::string selfInDict = "}q\1(" + pickle::text("self") + "h\1" + pickle::text("t") + kTensor + "u";
    EXPECT_THAT(pathsOf(sectionsOf(archiveOf(pickle::dict({{"m", selfInDict}})))), ElementsAre("m|t"));
    const std::string selfInList = "]q\1(h\1" + kTensor + "e";
    EXPECT_THAT(pathsOf(sectionsOf(archiveOf(pickle::dict({{"m", selfInList}})))), ElementsAre("m|1"));
    EXPECT_EQ(messageOf("]q\1h\1a"), "accepted") << "a list that holds nothing but itself";
}

TEST(HostileTorchPickle, DeepNestingTakesNoStack) {
    EXPECT_THAT(messageOf(repeated("](", 500'000) + "N" + repeated("e", 500'000)), HasSubstr("deeper than 64"));
    EXPECT_THAT(messageOf("N" + repeated("\x85", 1'000'000)), HasSubstr("deeper than 64"));
    EXPECT_THAT(messageOf(repeated("(", 1'000'000)), HasSubstr("takes a mark"));
}

TEST(HostileTorchPickle, DoublingStructuresAreBounded) {
    // d1 = [d0, d0], d2 = [d1, d1], ...: 2^50 paths to one tensor.
    std::string value = "](" + kTensor + "eq\1";
    for (int i = 0; i < 50; ++i) value += "(h\1h\1lq\1";
    EXPECT_THAT(messageOf(value), HasSubstr("more"));
    // The same without a tensor at its end.
    value = "]q\1";
    for (int i = 0; i < 50; ++i) value += "(h\1h\1lq\1";
    EXPECT_THAT(messageOf(value), HasSubstr("more entries than any checkpoint"));
    // One list of pairs that many dicts copy.
    const std::string pairs = "](" + repeated("NN\x86", 10'000) + "eq\1" + pickle::global("collections", "OrderedDict") + "q\2h\1\x85q\3";
    EXPECT_THAT(messageOf(pairs + repeated("h\2h\3R", 10'000)), HasSubstr("more entries than any checkpoint"));
}

TEST(HostileTorchPickle, StreamsThatOnlyGrowAreStopped) {
    EXPECT_THAT(messageOf(repeated("N", 9'000'000)), HasSubstr("more objects than any checkpoint"));
    EXPECT_THAT(messageOf("N" + repeated("2", 9'000'000)), HasSubstr("more objects than any checkpoint"));
    const std::string remembered = kTensor + "q\1" + pickle::global("torch._utils", "_rebuild_parameter") + "q\2h\1\x85q\3";
    EXPECT_EQ(messageOf(remembered + repeated("h\2h\3R", 300'000)), "accepted") << "parameters share their tensor";
}

TEST(HostileTorchZip, ArchivesThatAreNotTorchs) {
    const auto refusal = [](const Bytes& bytes) { return refusalOf([&] { sectionsOf(bytes); }).message; };
    const std::string pickle = pickle::whole("}");
    EXPECT_THAT(refusal(zipOf({{.name = "x.npy", .content = "1"}})), HasSubstr("no data.pkl"));
    EXPECT_THAT(refusal(zipOf({{.name = "a/data.pkl", .content = pickle}, {.name = "b/data.pkl", .content = pickle}})), HasSubstr("more than one data.pkl"));
    EXPECT_THAT(refusal(zipOf({{.name = "a/data.pkl", .content = pickle}, {.name = "a/constants.pkl", .content = pickle}})), HasSubstr("TorchScript"));
    EXPECT_THAT(refusal(torchZipOf(pickle, {}, "middle")), HasSubstr("unknown byte order"));
    EXPECT_THAT(refusal(torchZipOf(pickle, {}, std::string(1000, 'x'))), HasSubstr("larger than it may be"));
    EXPECT_THAT(refusal(bytesOf("\x80\x02}.")), HasSubstr("Python pickle"));
    EXPECT_EQ(refusal(torchZipOf(pickle, {})), "accepted");
    EXPECT_EQ(refusal(zipOf({{.name = "data.pkl", .content = pickle}})), "accepted") << "no folder in the archive";
}

TEST(HostileTorchZip, CutAnywhereItIsRefused) {
    const Bytes whole = archiveOf(pickle::dict({{"a", kTensor}}));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_NE(refusalOf([&] { sectionsOf(part); }).message, "accepted") << "cut at " << size;
    }
    const std::string pickle = pickle::whole(pickle::dict({{"a", kTensor}}));
    for (std::size_t size = 0; size < pickle.size(); ++size)
        EXPECT_NE(refusalOf([&] { sectionsOf(torchZipOf(pickle.substr(0, size), {kSix})); }).message, "accepted") << "pickle cut at " << size;
}

TEST(HostileTorchZip, AnyWrongByteGivesTensorsInsideTheFileOrAFailure) {
    const Bytes whole = archiveOf(pickle::dict({{"a", kTensor}, {"b", six(0, {3, 2}, {1, 3})}}));
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            Bytes wrong = whole;
            wrong[at] = static_cast<std::byte>(value);
            try {
                for (const auto& [section, tensors] : sectionsOf(wrong))
                    for (const auto& [path, tensor] : tensors) tensor.toHost();  // read past its end, the address sanitizer sees it
            } catch (const Failure& failure) {
                ASSERT_FALSE(failure.error().message.empty());
            }
        }
    }
}

}  // namespace
}  // namespace tessera
