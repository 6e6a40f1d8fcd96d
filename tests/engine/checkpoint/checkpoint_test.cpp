// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "checkpoint/safetensors.h"
#include "core/error.h"
#include "engine/checkpoint/archive_builder.h"
#include "support/temporary_folder.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;

void write(const fs::path& path, std::string_view content) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
}
void write(const fs::path& path, const Bytes& content) { write(path, {reinterpret_cast<const char*>(content.data()), content.size()}); }

HostTensor floats(std::size_t count, char value) {
    return {DType::F32, {static_cast<std::int64_t>(count)}, Bytes(4 * count, static_cast<std::byte>(value))};
}

void writeTensors(const fs::path& path, const TensorMap& tensors) {
    fs::create_directories(path.parent_path());
    writeSafetensors(path, tensors);
}

/// A torch archive with one float under each name.
void writeTorch(const fs::path& path, const std::vector<std::string>& names) {
    std::vector<std::pair<std::string, std::string>> items;
    for (const std::string& name : names) items.emplace_back(name, pickle::tensor(pickle::storage("0", 1), 0, {1}, {1}));
    write(path, torchZipOf(pickle::whole(pickle::dict(items)), {"1234"}));
}

std::vector<std::string> namesOf(const Checkpoint::File& file) {
    std::vector<std::string> names;
    for (const auto& [section, tensors] : file.sections)
        for (const auto& [name, tensor] : tensors) names.push_back(name);
    return names;
}

std::vector<std::string> pathsOf(const Checkpoint& checkpoint) {
    std::vector<std::string> paths;
    for (const Checkpoint::File& file : checkpoint.files()) paths.push_back(file.path.string());
    return paths;
}

Error refusalOfPath(const fs::path& path) {
    return refusalOf([&] { Checkpoint::open(path); });
}

TEST(Checkpoint, AFileIsOpenedWithTheConfigsBesideIt) {
    const TemporaryFolder folder;
    writeTensors(folder / "ae.safetensors", {{"w", floats(2, 1)}});
    writeTensors(folder / "other.safetensors", {{"v", floats(2, 1)}});
    write(folder / "config.json", R"({"z": 16})");
    write(folder / "deeper/config.json", "{}");
    const Checkpoint checkpoint = Checkpoint::open(folder / "ae.safetensors");
    EXPECT_THAT(pathsOf(checkpoint), ElementsAre("ae.safetensors"));
    EXPECT_EQ(checkpoint.files()[0].format, "safetensors");
    EXPECT_EQ(checkpoint.bytes(), fs::file_size(folder / "ae.safetensors"));
    EXPECT_THAT(namesOf(checkpoint.files()[0]), ElementsAre("w"));
    EXPECT_THAT(checkpoint.textFiles(), ElementsAre("config.json"));
    EXPECT_EQ(checkpoint.json("config.json").at("z"), 16);
    EXPECT_EQ(checkpoint.path(), fs::path(folder / "ae.safetensors"));
}

TEST(Checkpoint, AFileOfATrainingRunIsOpenedWithItsConfigs) {
    const TemporaryFolder folder;
    for (const char* place : {"run/ckpts/last.safetensors", "run/other/last.safetensors"}) writeTensors(folder / place, {{"w", floats(2, 1)}});
    write(folder / "run/configs/model.yaml", "z: 16");
    write(folder / "run/configs/deeper/model.yaml", "z: 17");
    const Checkpoint checkpoint = Checkpoint::open(folder / "run/ckpts/last.safetensors");
    EXPECT_THAT(checkpoint.textFiles(), ElementsAre("../configs/model.yaml"));
    EXPECT_EQ(checkpoint.text("../configs/model.yaml"), "z: 16");
    EXPECT_THAT(Checkpoint::open(folder / "run/other/last.safetensors").textFiles(), ElementsAre());
}

TEST(Checkpoint, AFolderIsOpenedOneLevelDeep) {
    const TemporaryFolder folder;
    writeTensors(folder / "vae/model.safetensors", {{"w", floats(2, 1)}});
    writeTensors(folder / "vae/deeper/model.safetensors", {{"w", floats(2, 1)}});
    writeTensors(folder / ".cache/model.safetensors", {{"w", floats(2, 1)}});
    write(folder / "vae/config.json", "{}");
    write(folder / "model_index.json", "{}");
    write(folder / "stage1/config.yaml", "a: 1");
    write(folder / "README.md", "text");
    const Checkpoint checkpoint = Checkpoint::open(folder.path());
    EXPECT_THAT(pathsOf(checkpoint), ElementsAre("vae/model.safetensors"));
    EXPECT_THAT(checkpoint.textFiles(), ElementsAre("model_index.json", "stage1/config.yaml", "vae/config.json"));
    EXPECT_TRUE(checkpoint.hasText("vae/config.json"));
    EXPECT_FALSE(checkpoint.hasText("README.md"));
    EXPECT_EQ(checkpoint.text("stage1/config.yaml"), "a: 1");
}

TEST(Checkpoint, AFolderWithoutTensorsNearItsTopIsOpenedSixDeep) {
    const TemporaryFolder folder;
    writeTensors(folder / "models/DiTs/XL/model.safetensors", {{"w", floats(2, 1)}});
    writeTensors(folder / "models/decoders/model.safetensors", {{"w", floats(2, 1)}});
    writeTensors(folder / "1/2/3/4/5/6/7/model.safetensors", {{"w", floats(2, 1)}});
    write(folder / "configs/stage2/training/XL.yaml", "a: 1");
    const Checkpoint checkpoint = Checkpoint::open(folder.path());
    EXPECT_THAT(pathsOf(checkpoint), ElementsAre("models/decoders/model.safetensors", "models/DiTs/XL/model.safetensors"));
    EXPECT_THAT(checkpoint.textFiles(), ElementsAre("configs/stage2/training/XL.yaml"));
    // Down there lie files of anything; and links lead anywhere.
    write(folder / "models/decoders/firmware.bin", "no tensors");
    write(folder / "models/tools/firmware.bin", "no tensors");
    fs::create_directory_symlink(folder / "1/2/3/4/5/6/7", folder / "models/tools/link");
    EXPECT_THAT(pathsOf(Checkpoint::open(folder.path())), ElementsAre("models/decoders/model.safetensors", "models/DiTs/XL/model.safetensors"));
    fs::remove_all(folder / "models/decoders");
    fs::remove_all(folder / "models/DiTs");
    EXPECT_THAT(refusalOfPath(folder.path()).message, HasSubstr("not a safetensors file")) << "the only one there is";
}

TEST(Checkpoint, AConfigInConfigsStandsForTheFolderAround) {
    const TemporaryFolder folder;
    writeTensors(folder / "models/DiTs/Dinov2/base/256/XL/model.safetensors", {{"w", floats(2, 1)}});
    write(folder / "configs/stage2/one.yaml", "a: 1");
    write(folder / "configs/stage2/two.yaml", "a: 2");
    write(folder / "configs/decoder/config.json", "{}");
    const Checkpoint checkpoint = Checkpoint::open(folder.path() / "configs/stage2/two.yaml");
    EXPECT_THAT(pathsOf(checkpoint), ElementsAre("models/DiTs/Dinov2/base/256/XL/model.safetensors"));
    EXPECT_THAT(checkpoint.textFiles(), ElementsAre("configs/decoder/config.json", "configs/stage2/two.yaml")) << "the others may be other models";
    EXPECT_NE(checkpoint.fingerprint(), Checkpoint::open(folder.path() / "configs/stage2/one.yaml").fingerprint());
}

TEST(Checkpoint, LinksToFoldersLeadNeitherRoundInCirclesNorOutAtTheTop) {
    const TemporaryFolder outer;
    const fs::path root = outer.path() / "root";
    fs::create_directories(root);
    writeTensors(outer / "neighbour/model.safetensors", {{"w", floats(2, 1)}});
    fs::create_directory_symlink("..", root / "up");
    fs::create_directory_symlink(".", root / "self");
    EXPECT_THAT(refusalOf([&] { Checkpoint::open(root); }).message, HasSubstr("holds no checkpoint"));
    fs::create_directory_symlink("../neighbour", root / "beside");
    fs::create_directory_symlink("../neighbour", root / "again");
    EXPECT_THAT(pathsOf(Checkpoint::open(root)), ElementsAre("again/model.safetensors"));
}

TEST(Checkpoint, TheRootComesFirstAndPlainNamesBeforeVariants) {
    const TemporaryFolder folder;
    for (const char* name : {"a/model.safetensors", "model.fp16.safetensors", "model.safetensors"}) writeTensors(folder / name, {{"w", floats(2, 1)}});
    writeTorch(folder / "a.pt", {"w"});
    EXPECT_THAT(pathsOf(Checkpoint::open(folder.path())), ElementsAre("model.safetensors", "model.fp16.safetensors", "a/model.safetensors", "a.pt"));
}

TEST(Checkpoint, AConfigStandsForItsFolder) {
    const TemporaryFolder folder;
    writeTensors(folder / "model.safetensors", {{"w", floats(2, 1)}});
    write(folder / "config.json", "{}");
    EXPECT_THAT(pathsOf(Checkpoint::open(folder / "config.json")), ElementsAre("model.safetensors"));
}

TEST(Checkpoint, TheContentDecidesNotTheName) {
    const TemporaryFolder folder;
    writeTensors(folder / "a.ckpt", {{"w", floats(2, 1)}});
    writeTorch(folder / "b.safetensors", {"v"});
    EXPECT_EQ(Checkpoint::open(folder / "a.ckpt").files()[0].format, "safetensors");
    EXPECT_EQ(Checkpoint::open(folder / "b.safetensors").files()[0].format, "torch zip");
}

TEST(Checkpoint, SymbolicLinksAreFollowed) {
    const TemporaryFolder folder;
    writeTensors(folder / "blobs/0123abcd", {{"w", floats(2, 1)}});
    write(folder / "blobs/4567", "{}");
    fs::create_directories(folder / "snapshot/vae");
    fs::create_symlink("../../blobs/0123abcd", folder / "snapshot/vae/model.safetensors");
    fs::create_symlink("../blobs/4567", folder / "snapshot/config.json");
    const Checkpoint checkpoint = Checkpoint::open(folder / "snapshot");
    EXPECT_THAT(pathsOf(checkpoint), ElementsAre("vae/model.safetensors"));
    EXPECT_EQ(checkpoint.text("config.json"), "{}");
    fs::create_symlink("nowhere", folder / "snapshot/gone.safetensors");
    EXPECT_EQ(refusalOfPath(folder / "snapshot").code, ErrorCode::NotFound);
}

TEST(Checkpoint, LeftoversBesideGoodSafetensorsDoNoHarm) {
    const TemporaryFolder folder;
    writeTensors(folder / "model.safetensors", {{"w", floats(2, 1)}});
    write(folder / "pytorch_model.bin", "\x80\x02}.");
    EXPECT_THAT(pathsOf(Checkpoint::open(folder.path())), ElementsAre("model.safetensors"));
    write(folder / "vae/model.bin", "\x80\x02}.");
    EXPECT_THAT(refusalOfPath(folder.path()).message, HasSubstr("Python pickle")) << "there it is the only file";
}

class ShardedCheckpoint : public testing::Test {
protected:
    void SetUp() override {
        writeTensors(m_folder / "model-00001-of-00002.safetensors", {{"a", floats(2, 1)}, {"b", floats(3, 2)}});
        writeTensors(m_folder / "model-00002-of-00002.safetensors", {{"c", floats(4, 3)}});
        index(R"({"a": "model-00001-of-00002.safetensors", "b": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors"})");
    }
    void index(const std::string& map) { write(m_index, R"({"metadata": {"total_size": 36}, "weight_map": )" + map + "}"); }
    std::string refusal() const {
        const Error error = refusalOfPath(m_folder.path());
        EXPECT_THAT(error.where, HasSubstr("index.json"));
        EXPECT_FALSE(error.action.empty());
        return error.message;
    }

    TemporaryFolder m_folder;
    fs::path m_index = m_folder / "model.safetensors.index.json";
};

TEST_F(ShardedCheckpoint, IsOneFileUnderTheNameOfItsIndex) {
    for (const fs::path& path : {m_folder.path(), m_index}) {
        const Checkpoint checkpoint = Checkpoint::open(path);
        EXPECT_THAT(pathsOf(checkpoint), ElementsAre("model.safetensors.index.json"));
        EXPECT_THAT(namesOf(checkpoint.files()[0]), ElementsAre("a", "b", "c"));
        EXPECT_EQ(checkpoint.files()[0].sections.at("").at("c").toHost().bytes[0], std::byte{3});
        EXPECT_EQ(checkpoint.files()[0].format, "safetensors");
        EXPECT_EQ(checkpoint.bytes(), fs::file_size(m_folder / "model-00001-of-00002.safetensors") + fs::file_size(m_folder / "model-00002-of-00002.safetensors"));
    }
}

TEST_F(ShardedCheckpoint, OfTorchArchivesIsReadToo) {
    const TemporaryFolder folder;
    writeTorch(folder / "pytorch_model-1.bin", {"a.weight"});
    writeTorch(folder / "pytorch_model-2.bin", {"b.weight"});
    write(folder / "pytorch_model.bin.index.json", R"({"weight_map": {"a.weight": "pytorch_model-1.bin", "b.weight": "pytorch_model-2.bin"}})");
    const Checkpoint checkpoint = Checkpoint::open(folder.path());
    ASSERT_EQ(checkpoint.files().size(), 1U);
    EXPECT_THAT(namesOf(checkpoint.files()[0]), ElementsAre("a.weight", "b.weight"));
}

TEST_F(ShardedCheckpoint, MissesAShard) {
    fs::remove(m_folder / "model-00002-of-00002.safetensors");
    EXPECT_EQ(refusal(), "shard \"model-00002-of-00002.safetensors\" is missing");
}

TEST_F(ShardedCheckpoint, HasATensorElsewhereThanListed) {
    index(R"({"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors", "c": "model-00002-of-00002.safetensors"})");
    EXPECT_EQ(refusal(), "shard \"model-00001-of-00002.safetensors\" holds tensor \"b\", which the index lists in \"model-00002-of-00002.safetensors\"");
    index(R"({"a": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors"})");
    EXPECT_EQ(refusal(), "shard \"model-00001-of-00002.safetensors\" holds tensor \"b\", which the index does not list");
    index(R"({"a": "model-00001-of-00002.safetensors", "b": "model-00001-of-00002.safetensors", "c": "model-00002-of-00002.safetensors", "d": "model-00002-of-00002.safetensors"})");
    EXPECT_EQ(refusal(), "shard \"model-00002-of-00002.safetensors\" lacks tensor \"d\", which the index lists in it");
}

TEST_F(ShardedCheckpoint, NamesPathsInsteadOfShards) {
    write(m_folder.path().parent_path() / (m_folder.path().filename().string() + "-outside.safetensors"), safetensorsOf("{}", 0));
    for (const char* name : {"../x.safetensors", "/etc/passwd", "a/b.safetensors", "..", ".", "", "a\\\\b", "x\\u0000.safetensors"}) {
        index(std::string(R"({"a": ")") + name + "\"}");
        EXPECT_THAT(refusal(), HasSubstr("which is not a file beside it")) << name;
    }
    fs::remove(m_folder.path().parent_path() / (m_folder.path().filename().string() + "-outside.safetensors"));
}

TEST_F(ShardedCheckpoint, HasAnIndexThatIsNone) {
    for (const char* map : {"{}", "[]", "1", "null"}) {
        index(map);
        EXPECT_THAT(refusal(), HasSubstr("no weight_map")) << map;
    }
    index(R"({"a": 1})");
    EXPECT_THAT(refusal(), HasSubstr("no file for tensor \"a\""));
    index("{");
    EXPECT_THAT(refusal(), HasSubstr("not JSON"));
    write(m_index, "[]");
    EXPECT_THAT(refusal(), HasSubstr("no weight_map"));
    write(m_index, std::string(1'000'000, '['));
    EXPECT_THAT(refusal(), HasSubstr("deeper than 64"));
}

TEST(Checkpoint, TextsAreBoundedAndOnlyThoseOfTheFolder) {
    const TemporaryFolder folder;
    writeTensors(folder / "model.safetensors", {{"w", floats(2, 1)}});
    write(folder / "big.json", std::string((16U << 20U) + 1, ' '));
    write(folder / "deep.json", std::string(100'000, '['));
    write(folder / "latin1.json", "{\"a\": \"\xe4\"}");
    write(folder / "empty.json", "");
    const Checkpoint checkpoint = Checkpoint::open(folder.path());
    EXPECT_THAT(refusalOf([&] { checkpoint.text("big.json"); }).message, HasSubstr("larger than 16 MiB"));
    EXPECT_THAT(refusalOf([&] { checkpoint.json("deep.json"); }).message, HasSubstr("deeper than 64"));
    EXPECT_THAT(refusalOf([&] { checkpoint.json("latin1.json"); }).message, HasSubstr("not JSON"));
    EXPECT_THAT(refusalOf([&] { checkpoint.json("empty.json"); }).message, HasSubstr("empty"));
    for (const char* name : {"none.json", "../secret.json", "/etc/passwd", "model.safetensors", ""}) EXPECT_EQ(refusalOf([&] { checkpoint.text(name); }).code, ErrorCode::NotFound) << name;
}

TEST(Fingerprint, IsTheSameForACopyUnderOtherNames) {
    const TemporaryFolder folder;
    const TensorMap tensors{{"a", floats(5000, 1)}, {"b", floats(3, 2)}};
    writeTensors(folder / "one/model.safetensors", tensors);
    writeTensors(folder / "two/renamed.safetensors", tensors);
    EXPECT_EQ(Checkpoint::open(folder / "one").fingerprint(), Checkpoint::open(folder / "two").fingerprint());
    EXPECT_EQ(Checkpoint::open(folder / "one").fingerprint(), Checkpoint::open(folder / "one/model.safetensors").fingerprint());
}

TEST(Fingerprint, ChangesWithNamesShapesTypesValuesAndConfigs) {
    const TemporaryFolder folder;
    std::set<std::string> seen;
    const auto expectNew = [&](const TensorMap& tensors, const std::string& what) {
        writeTensors(folder / "m/model.safetensors", tensors);
        EXPECT_TRUE(seen.insert(Checkpoint::open(folder / "m").fingerprint().hex()).second) << what;
    };
    const HostTensor small = floats(6, 1), large = floats(1U << 20U, 1);
    expectNew({{"a", small}, {"b", large}}, "first");
    expectNew({{"A", small}, {"b", large}}, "name");
    expectNew({{"a", {DType::F32, {2, 3}, small.bytes}}, {"b", large}}, "shape");
    expectNew({{"a", {DType::I32, {6}, small.bytes}}, {"b", large}}, "type");
    Bytes last(24, std::byte{1});
    last[23] = std::byte{2};
    expectNew({{"a", {DType::F32, {6}, last}}, {"b", large}}, "one byte of a small tensor");
    expectNew({{"a", small}, {"b", floats(1U << 20U, 2)}}, "a large tensor");
    for (const std::size_t at : {std::size_t(0), std::size_t((1U << 22U) - 1)}) {
        Bytes bytes(1U << 22U, std::byte{1});
        bytes[at] = std::byte{9};
        expectNew({{"a", small}, {"b", {DType::F32, {1 << 20}, bytes}}}, "an end of a large tensor");
    }
    expectNew({{"a", small}}, "fewer tensors");
    write(folder / "m/config.json", R"({"scaling_factor": 1})");
    expectNew({{"a", small}}, "a config");
    write(folder / "m/config.json", R"({"scaling_factor": 2})");
    expectNew({{"a", small}}, "another config");
    std::string tokenizer = R"({"model": ")" + std::string(100'000, 'x') + "\"}";
    for (const char letter : {'y', 'z'}) {
        tokenizer[30'000] = letter;
        write(folder / "m/tokenizer.json", tokenizer);
        expectNew({{"a", small}}, "one byte of a tokenizer");
    }
    fs::create_directories(folder / "m/encoder");
    write(folder / "m/encoder/config.json", "{}");
    for (const char* name : {"m/vocab.txt", "m/encoder/vocab.txt", "m/tokenizer.model"}) {
        write(folder / name, "[UNK]\na\n");
        expectNew({{"a", small}}, name);
        write(folder / name, "[UNK]\nb\n");
        expectNew({{"a", small}}, name);
    }
}

TEST(Checkpoint, AConfigTakesInWeightsOfAnotherModel) {
    const TemporaryFolder folder;
    writeTensors(folder / "whole/model.safetensors", {{"part.a", floats(2, 1)}, {"part.b", floats(3, 1)}, {"other.a", floats(4, 1)}});
    const auto config = [&](const std::string& path, const std::string& prefix) {
        write(folder / "m/config.json", R"({"weights_of": {"path": ")" + path + R"(", "prefix": ")" + prefix + R"("}})");
    };
    config("../whole/model.safetensors", "part.");
    const Checkpoint alone = Checkpoint::open(folder / "m");
    ASSERT_EQ(alone.files().size(), 1U);
    EXPECT_EQ(alone.files()[0].path, "model.safetensors");
    EXPECT_THAT(namesOf(alone.files()[0]), ElementsAre("a", "b"));
    EXPECT_EQ(alone.bytes(), 20U);

    writeTensors(folder / "m/model.safetensors", {{"c", floats(1, 1)}});
    const Checkpoint both = Checkpoint::open(folder / "m");
    EXPECT_THAT(namesOf(both.files()[0]), ElementsAre("a", "b", "c"));
    EXPECT_NE(both.fingerprint(), alone.fingerprint());
    writeTensors(folder / "whole/model.safetensors", {{"part.a", floats(2, 2)}, {"part.b", floats(3, 1)}});
    EXPECT_NE(Checkpoint::open(folder / "m").fingerprint(), both.fingerprint()) << "names what lies elsewhere too";

    config("../whole/model.safetensors", "none.");
    EXPECT_THAT(refusalOfPath(folder / "m").message, HasSubstr("begins with \"none.\""));
    config("../gone.safetensors", "part.");
    EXPECT_THAT(refusalOfPath(folder / "m").message, HasSubstr("are missing: \"../gone.safetensors\""));
    write(folder / "m/config.json", R"({"weights_of": "../whole"})");
    EXPECT_THAT(refusalOfPath(folder / "m").message, HasSubstr("no table of a path and a prefix"));
}

TEST(Fingerprint, TellsAViewFromItsTransposeAndNeedsNoCopyForIt) {
    const TemporaryFolder folder;
    const auto archive = [&](const std::vector<std::int64_t>& strides) {
        const std::string tensor = pickle::tensor(pickle::storage("0", 4), 0, {2, 2}, strides);
        write(folder / "m.pt", torchZipOf(pickle::whole(pickle::dict({{"a", tensor}})), {"0123456789abcdef"}));
        return Checkpoint::open(folder / "m.pt").fingerprint();
    };
    EXPECT_NE(archive({2, 1}), archive({1, 2}));
    EXPECT_NE(archive({1, 2}), archive({1, 1}));
}

}  // namespace
}  // namespace tessera
