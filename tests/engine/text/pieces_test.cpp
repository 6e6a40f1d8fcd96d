// SPDX-License-Identifier: Apache-2.0
// How words become pieces: byte pairs, word pieces, added tokens, rows of a context.
#include <chrono>

#include <gmock/gmock.h>

#include "core/error.h"
#include "text/added_tokens.h"
#include "text/byte_pairs.h"
#include "text/byte_symbols.h"
#include "text/regex.h"
#include "text/text_tokenizer.h"
#include "text/word_pieces.h"

namespace tessera::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const Vocabulary> vocabularyOf(const std::vector<std::string>& pieces) {
    auto vocabulary = std::make_shared<Vocabulary>();
    for (std::size_t id = 0; id < pieces.size(); ++id) vocabulary->add(pieces[id], static_cast<std::int64_t>(id), "test");
    return vocabulary;
}

std::vector<int> cut(const PieceModel& model, std::string_view word) {
    std::vector<int> ids;
    model.append(word, ids);
    return ids;
}

double seconds(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

BytePairs pairs(const std::vector<std::string>& pieces, const std::vector<std::string>& merges, BytePairs::Options options = {}) {
    BytePairs model(vocabularyOf(pieces), std::move(options));
    for (const std::string& merge : merges) model.addMerge(merge, "test");
    return model;
}

TEST(BytePairs, JoinTheLowestRankFirstAndFromTheLeft) {
    const auto model = pairs({"a", "b", "c", "ab", "bc", "abc", "aa"}, {"b c", "a b", "a bc", "a a"});
    EXPECT_THAT(cut(model, "abc"), ElementsAre(5));       // bc, then a bc
    EXPECT_THAT(cut(model, "aba"), ElementsAre(3, 0));
    EXPECT_THAT(cut(model, "aaa"), ElementsAre(6, 0));    // from the left
    EXPECT_THAT(cut(model, ""), IsEmpty());
}

TEST(BytePairs, ClipFinishesARankBeforeItLooksAtWhatArose) {
    // "xy" of rank 1 makes "xyx" of rank 0 possible: a queue takes it at once, CLIP joins the second "xy" first.
    const std::vector<std::string> pieces{"x", "y", "xy", "xyx"}, merges{"xy x", "x y"};
    EXPECT_THAT(cut(pairs(pieces, merges), "xyxy"), ElementsAre(3, 1));
    EXPECT_THAT(cut(pairs(pieces, merges, {.inRounds = true}), "xyxy"), ElementsAre(2, 2));
}

TEST(BytePairs, UnknownSymbolsAreBytesOrFusedOrLeftOut) {
    EXPECT_THAT(cut(pairs({"<unk>", "a", "<0xC3>", "<0xA9>"}, {}, {.unknown = 0, .byteFallback = true}), "aé"), ElementsAre(1, 2, 3));
    EXPECT_THAT(cut(pairs({"<unk>", "a", "<0xC3>"}, {}, {.unknown = 0, .byteFallback = true}), "éa"), ElementsAre(0, 1));  // not all bytes are there
    EXPECT_THAT(cut(pairs({"<unk>", "a"}, {}, {.unknown = 0, .fuseUnknown = true}), "xyaz"), ElementsAre(0, 1, 0));
    EXPECT_THAT(cut(pairs({"<unk>", "a"}, {}, {.unknown = 0}), "xy"), ElementsAre(0, 0));
    EXPECT_THAT(cut(pairs({"a"}, {}), "xay"), ElementsAre(0));
}

TEST(BytePairs, SuffixPrefixAndWholeWords) {
    EXPECT_THAT(cut(pairs({"a", "a</w>", "b</w>", "ab</w>"}, {"a b</w>"}, {.suffix = "</w>"}), "ab"), ElementsAre(3));
    EXPECT_THAT(cut(pairs({"a", "##b", "ab"}, {"a ##b"}, {.prefix = "##"}), "ab"), ElementsAre(2));
    EXPECT_THAT(cut(pairs({"a", "b", "ab"}, {}, {.ignoreMerges = true}), "ab"), ElementsAre(2));
}

TEST(BytePairs, MergesOutsideTheVocabularyAreRefused) {
    EXPECT_THROW(pairs({"a", "b"}, {"a b"}), Failure);
    EXPECT_THROW(pairs({"a", "ab"}, {"a b"}), Failure);
    for (const char* line : {"a", "a b c", " a", "a ", ""}) EXPECT_THROW(pairs({"a", "b", "ab"}, {line}), Failure) << line;
}

TEST(BytePairs, AWordOfAMegabyteTakesNoQuadraticTime) {
    std::vector<std::string> pieces{"a"}, merges;
    for (int i = 0; i < 12; ++i) {
        merges.push_back(pieces.back() + " " + pieces.back());
        pieces.push_back(pieces.back() + pieces.back());
    }
    for (const bool rounds : {false, true}) {
        const auto model = pairs(pieces, merges, {.inRounds = rounds});
        std::vector<int> ids;
        EXPECT_LT(seconds([&] { ids = cut(model, std::string(1 << 20, 'a')); }), 20);
        EXPECT_EQ(ids, std::vector<int>(256, 12));
    }
}

TEST(WordPieces, TakeTheLongestFromTheLeft) {
    const auto vocabulary = vocabularyOf({"[UNK]", "un", "una", "##a", "##ffable", "##able", "u"});
    const WordPieces model(*vocabulary, {}, "test");
    EXPECT_THAT(cut(model, "unaffable"), ElementsAre(2, 4));
    EXPECT_THAT(cut(model, "unaa"), ElementsAre(2, 3));
    EXPECT_THAT(cut(model, "unx"), ElementsAre(0));
    EXPECT_THAT(cut(model, "ffable"), ElementsAre(0));
    EXPECT_THAT(cut(model, std::string(101, 'u')), ElementsAre(0));
}

TEST(WordPieces, ALongWordWithLongPiecesEnds) {
    std::vector<std::string> pieces{"[UNK]"};
    for (int length = 1; length < 400; ++length) pieces.push_back(std::string(static_cast<std::size_t>(length), 'a')), pieces.push_back("##" + std::string(static_cast<std::size_t>(length), 'a'));
    const WordPieces model(*vocabularyOf(pieces), {.longestWord = 10'000'000}, "test");
    std::vector<int> ids;
    EXPECT_LT(seconds([&] { ids = cut(model, std::string(1 << 20, 'a')); }), 10);
    EXPECT_EQ(ids.size(), ((1 << 20) + 398) / 399);
}

TEST(AddedTokens, LongestOneFromTheLeftWithItsSpaces) {
    AddedTokens tokens;
    tokens.add({.content = "<s>", .id = 1}, "<s>");
    tokens.add({.content = "<s>>", .id = 2, .stripLeft = true, .stripRight = true}, "<s>>");
    tokens.add({.content = "cat", .id = 3, .singleWord = true}, "cat");
    std::vector<std::pair<std::string, int>> parts;
    for (const Part& part : tokens.split("a <s>b <s>>  catnip cat")) parts.emplace_back(part.text, part.id);
    EXPECT_THAT(parts, ElementsAre(std::pair("a ", -1), std::pair("<s>", 1), std::pair("b", -1), std::pair(" <s>>  ", 2), std::pair("catnip ", -1), std::pair("cat", 3)));
    EXPECT_THAT(tokens.split(""), IsEmpty());
}

TEST(ByteSymbols, EveryByteHasOneOfItsOwn) {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    EXPECT_EQ(bytesFromSymbols(symbolsFromBytes(bytes)), bytes);
    EXPECT_EQ(symbolsFromBytes(" a\n"), "ĠaĊ");
    EXPECT_EQ(byteInOrder(0), '!');
    EXPECT_EQ(byteInOrder(188), 0);
}

TEST(ContextRule, CutsFillsAndKeepsTheEnd) {
    const ContextRule clip{.length = 6, .begin = {8}, .end = {9}, .pad = 0};
    EXPECT_THAT(clip.row(std::vector<int>{1, 2}), ElementsAre(8, 1, 2, 9, 0, 0));
    EXPECT_THAT(clip.row(std::vector<int>{1, 2, 3, 4, 5, 6}), ElementsAre(8, 1, 2, 3, 4, 9));
    EXPECT_THAT(clip.unpadded(std::vector<int>{}), ElementsAre(8, 9));
    const ContextRule openVision{.length = 6, .begin = {1}, .end = {2}, .last = {101}, .pad = 0};
    EXPECT_THAT(openVision.row(std::vector<int>{7}), ElementsAre(1, 7, 2, 0, 0, 101));
    EXPECT_THAT(openVision.row(std::vector<int>{3, 4, 5, 6}), ElementsAre(1, 3, 4, 5, 2, 101));
    const ContextRule siglip{.length = 3, .end = {1}, .endOnce = true, .pad = 1};
    EXPECT_THAT(siglip.row(std::vector<int>{5, 1}), ElementsAre(5, 1, 1));
    EXPECT_THAT(siglip.unpadded(std::vector<int>{5, 1}), ElementsAre(5, 1));
    EXPECT_THAT(siglip.row(std::vector<int>{5, 6, 7}), ElementsAre(5, 6, 1));
    EXPECT_THAT(ContextRule{.begin = {1}}.row(std::vector<int>{5}), ElementsAre(1, 5));
}

TEST(Regex, SpacesAreThoseOfUnicodeNow) {
    const Regex space(R"(\s)", "test"), word(R"([^\s\p{L}]+)", "test");
    EXPECT_FALSE(space.find("\u180E"));
    EXPECT_TRUE(space.find("\u2003") && space.find("\u0085") && space.find("\u00A0") && space.find("\n"));
    EXPECT_THAT(word.all("a12 é\u2003;"), ElementsAre(Span{1, 3}, Span{9, 10}));
    EXPECT_THAT(Regex("a*", "test").all("baac"), ElementsAre(Span{1, 3}));  // nothing is no match
    EXPECT_EQ(Regex(R"(\s+)", "test").replaced("a \n b", " "), "a b");
}

TEST(Regex, PatternsThatNeedTooManyStepsEndInAnError) {
    EXPECT_THROW(Regex("(", "test"), Failure);
    EXPECT_THROW(Regex(std::string(100'000, 'a'), "test"), Failure);
    EXPECT_THROW(Regex("(a+)+$", "test").all(std::string(100, 'a') + "b"), Failure);
    EXPECT_LT(seconds([] { EXPECT_THROW(Regex("a(?=a*a*c)?", "test").all(std::string(200'000, 'a')), Failure); }), 60);
}

}  // namespace
}  // namespace tessera::text
