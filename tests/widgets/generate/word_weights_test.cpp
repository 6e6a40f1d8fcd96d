// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/word_weights.h"

#include <limits>

#include "widgets/generate/drawing_fixture.h"

namespace tessera::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WordWeightsTest : public DrawingFixture {
protected:
    void drawOne() {
        openPainter();
        order(QStringLiteral("a red leopard"));
        finish();
        ASSERT_EQ(weights.refusal(), QString());
    }
    /// The first `known` words; the gain of word w at token t is w - t / 10, the last word's the other way.
    static WordInfluence influence(int known) {
        WordInfluence result{.words = {"a", "red", "leopard"}, .frames = 1, .rows = kRows, .columns = kColumns, .gain = {}, .finished = known == 3};
        for (int word = 0; word < 3; ++word) {
            for (int token = 0; token < kTokens; ++token) result.gain.push_back(word >= known ? std::numeric_limits<float>::quiet_NaN() : word == 2 ? 0.5F * static_cast<float>(token) : static_cast<float>(word) - 0.1F * static_cast<float>(token));
        }
        return result;
    }
    std::vector<std::string> ranked() {
        std::vector<std::string> words;
        for (const auto& each : weights.ranking()) words.push_back(each.text.toStdString());
        return words;
    }
    ui::WordWeights weights{desk};
};

TEST_F(WordWeightsTest, WordsStandInTheOrderOfWhatTheyDid) {
    drawOne();
    EXPECT_TRUE(engine->influences.empty()) << "only when a person asks";
    weights.ask();
    ASSERT_EQ(engine->influences.size(), 1u);
    const WordInfluenceRequest& asked = engine->influences[0]->subject;
    EXPECT_EQ(asked.prompt, "a red leopard");
    EXPECT_EQ(asked.model, ModelId{7});
    EXPECT_EQ(asked.codes, desk.drawing()->drawn.pictures[0].codes);
    EXPECT_TRUE(weights.isAsking());
    weights.ask();
    EXPECT_EQ(engine->influences.size(), 1u) << "once";
    engine->influences[0]->partial(influence(2));
    runQueued();
    EXPECT_THAT(ranked(), ElementsAre("red", "a")) << "word by word";
    engine->influences[0]->answer(influence(3));
    runQueued();
    EXPECT_FALSE(weights.isAsking());
    EXPECT_THAT(ranked(), ElementsAre("leopard", "red", "a"));
    EXPECT_NEAR(weights.ranking()[0].gain, 1.25, 1e-6);
    EXPECT_NEAR(weights.ranking()[1].gain, 0.75, 1e-6);

    desk.setPart(QRect(0, 0, 2, 1));
    EXPECT_THAT(ranked(), ElementsAre("red", "leopard", "a")) << "in the rectangle alone";
    EXPECT_NEAR(weights.ranking()[0].gain, 0.95, 1e-6);
    desk.setPart({});
    EXPECT_THAT(ranked(), ElementsAre("leopard", "red", "a"));
}

TEST_F(WordWeightsTest, TheChosenWordLiesOverThePicture) {
    drawOne();
    weights.ask();
    engine->influences[0]->answer(influence(3));
    runQueued();
    EXPECT_THAT(desk.heat(), IsEmpty());
    weights.setWord(2);
    ASSERT_EQ(desk.heat().size(), std::size_t(kTokens));
    EXPECT_FLOAT_EQ(desk.heat()[5], 2.5F);
    EXPECT_FLOAT_EQ(static_cast<float>(desk.heatLegend().high), 2.5F);
    EXPECT_FLOAT_EQ(static_cast<float>(desk.heatLegend().low), -2.5F);
    weights.setWord(3);
    EXPECT_EQ(weights.word(), -1);
    EXPECT_THAT(desk.heat(), IsEmpty());
    weights.setWord(0);
    const auto first = desk.picture();
    order(QStringLiteral("second"));
    finish();
    EXPECT_NE(desk.picture(), first);
    EXPECT_THAT(desk.heat(), IsEmpty()) << "another picture has other words";
    EXPECT_EQ(weights.known(), nullptr);
    desk.show(first);
    EXPECT_NE(weights.known(), nullptr) << "kept";
}

TEST_F(WordWeightsTest, WhatStandsInTheWayIsSaid) {
    EXPECT_EQ(weights.refusal(), u"Nothing is drawn yet");
    openPainter();
    order();
    EXPECT_EQ(weights.refusal(), u"The picture is not finished");
    weights.ask();
    EXPECT_TRUE(engine->influences.empty());
    finish();
    weights.ask();
    ASSERT_EQ(engine->influences.size(), 1u);
    engine->influences[0]->answer(Error{ErrorCode::OutOfMemory, "there is not enough memory", "influence", "close other programs"});
    runQueued();
    EXPECT_THAT(weights.problem().toStdString(), HasSubstr("not enough memory"));
    EXPECT_FALSE(weights.isAsking());
    weights.ask();
    weights.cancel();
    EXPECT_FALSE(weights.isAsking());
    EXPECT_THAT(ranked(), IsEmpty());
}

}  // namespace
}  // namespace tessera::test
