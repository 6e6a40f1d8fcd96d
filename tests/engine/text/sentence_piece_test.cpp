// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <random>

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/temporary_folder.h"
#include "text/sentence_piece_model.h"
#include "text/text_tokenizer.h"

namespace tessera::text {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;
using testing::ElementsAre;

const fs::path kGolden = fs::path(TESSERA_SOURCE_DIR) / "tests/golden/text";

std::string bytesOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(SentencePiece, KnowsItsPieces) {
    const SentencePieceModel model(kGolden / "llama_sentencepiece/model/tokenizer.model");
    EXPECT_EQ(model.idCount(), 720);
    EXPECT_EQ(model.piece(3), "<0x00>");
    EXPECT_EQ(model.idOf("<s>"), 1);
    EXPECT_EQ(model.idOf("no piece at all"), std::nullopt);
    EXPECT_EQ(model.unknown(), 0);
    EXPECT_EQ(model.begin(), 1);
    EXPECT_EQ(model.end(), 2);
    EXPECT_TRUE(model.isControl(1) && !model.isControl(0) && !model.isControl(500));
    EXPECT_EQ(model.decode(model.encode("A dog, 猫")), "A dog, 猫");
    EXPECT_EQ(model.decode(std::vector<int>{-1, 720, 1'000'000}), "");
}

TEST(SentencePiece, PiecesOfUsersAreFoundInTheFile) {
    const SentencePieceModel model(kGolden / "gemma_siglip2/model/tokenizer.model");
    EXPECT_THAT(model.userDefined(), testing::Contains(5));
    EXPECT_EQ(model.piece(5), "\n");
}

TEST(SentencePiece, LlamaWithoutATokenizerJson) {
    const TemporaryFolder folder;
    fs::copy_file(kGolden / "llama_sentencepiece/model/tokenizer.model", folder / "tokenizer.model");
    std::ofstream(folder / "added_tokens.json") << R"({"<image>": 720})";
    const auto alone = openTokenizer(folder.path()), whole = openTokenizer(kGolden / "llama_sentencepiece/model", "hf_prepend");
    for (const char* text : {"USER: <image>\nWhat?", "", "a", " two  words", "</s>b"}) EXPECT_EQ(alone->ids(text), whole->ids(text)) << text;
    EXPECT_EQ(alone->idOf("<image>"), 720);
    EXPECT_EQ(alone->idCount(), 721);
    EXPECT_EQ(alone->text(whole->ids("two <image> words")), whole->text(whole->ids("two <image> words")));
}

TEST(SentencePiece, AWordOfAMegabyteEnds) {
    for (const char* name : {"llama_sentencepiece/model/tokenizer.model", "siglip_sentencepiece/model/spiece.model"}) {
        const SentencePieceModel model(kGolden / name);
        EXPECT_GT(model.encode(std::string(1 << 20, 'a')).size(), 1000u) << name;
    }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// In a process whose LibTorch is open to all, as in a program that is linked to it, the two libraries' symbols of one name stay apart.
TEST(SentencePieceBesideLibTorch, KeepsItsOwnSymbols) {
    EXPECT_EXIT(
        {
            if (dlopen(TESSERA_ENGINE_LIBRARY, RTLD_NOW | RTLD_GLOBAL) == nullptr) std::_Exit(1);
            const auto* flag = static_cast<const int*>(dlsym(RTLD_DEFAULT, "FLAGS_minloglevel"));  // an int of c10, an object of the other
            if (flag == nullptr) std::_Exit(2);
            const int before = *flag;
            const SentencePieceModel model(kGolden / "llama_sentencepiece/model/tokenizer.model");
            std::_Exit(*flag == before && model.decode(model.encode("A dog")) == "A dog" ? 0 : 3);
        },
        testing::ExitedWithCode(0), "");
}
#endif

/// Damaged models are refused or work: none may lead the library astray.
TEST(SentencePiece, DamagedModelsAreRefusedOrWork) {
    std::mt19937 random(7);
    const TemporaryFolder folder;
    int refused = 0;
    for (const char* name : {"llama_sentencepiece/model/tokenizer.model", "siglip_sentencepiece/model/spiece.model"}) {
        const std::string whole = bytesOf(kGolden / name);
        for (int round = 0; round < 150; ++round) {
            std::string damaged = whole;
            if (round % 3 == 0) damaged.resize(random() % damaged.size() + 1);
            for (int i = 0; i < 1 + round % 5; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
            const std::string path = folder / "damaged.model";
            std::ofstream(path, std::ios::binary) << damaged;
            try {
                const SentencePieceModel model(path);
                model.decode(model.encode("A dog, ½ ﬁne Ａ猫😀 'quoted' \u2581 text"));
            } catch (const Failure&) {
                ++refused;
            }
        }
    }
    EXPECT_GT(refused, 50);
}

TEST(SentencePiece, OtherFilesAreNoModels) {
    const TemporaryFolder folder;
    const std::string path = folder / "tokenizer.model";
    for (const std::string text : {"hello", "{\"a\": 1}", "\x0A", "\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"}) {
        std::ofstream(path, std::ios::binary) << text;
        EXPECT_THROW(SentencePieceModel{path}, Failure) << text;
    }
    std::ofstream(path, std::ios::binary).close();
    EXPECT_THROW(SentencePieceModel{path}, Failure);
}

/// A message of one normaliser with that table of characters, after a real model's own fields.
std::string withCharacterMap(const std::string& model, const std::string& map) {
    const auto varint = [](std::size_t value) {
        std::string bytes;
        for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
        return bytes + static_cast<char>(value);
    };
    const std::string field = "\x12" + varint(map.size()) + map;
    return model + "\x1A" + varint(field.size()) + field;
}

TEST(SentencePiece, TablesOfCharactersStayInside) {
    const std::string model = bytesOf(kGolden / "llama_sentencepiece/model/tokenizer.model");
    const auto check = [&](const std::string& map) {
        const std::string bytes = withCharacterMap(model, map);
        checkedSentencePieceModel(std::as_bytes(std::span(bytes)), "test");
    };
    const std::string size("\x00\x04\x00\x00", 4), trie(1024, '\0');
    EXPECT_NO_THROW(check(size + trie + std::string("a\0", 2)));
    EXPECT_THROW(check(size + trie + "a"), Failure);                            // its end is missing
    EXPECT_THROW(check(size + trie), Failure);                                  // no replacements
    EXPECT_THROW(check(std::string("\x01\x04\x00\x00", 4) + trie + std::string("a\0", 2)), Failure);
    EXPECT_THROW(check(size + trie + std::string(5000, 'a') + std::string(1, '\0')), Failure);
    std::string outside = trie;
    outside[2] = '\x04';  // unit 0 points 256 units on
    EXPECT_THROW(check(size + outside + std::string("a\0", 2)), Failure);
    std::string leaf = trie;
    leaf[1] = '\x05';  // unit 0 has a leaf at unit 1
    leaf[4] = '\x40';  // whose value lies behind the replacements
    leaf[7] = '\x80';
    EXPECT_THROW(check(size + leaf + std::string("a\0", 2)), Failure);
}

}  // namespace
}  // namespace tessera::text
