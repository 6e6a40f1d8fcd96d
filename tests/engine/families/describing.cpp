// SPDX-License-Identifier: Apache-2.0
#include "engine/families/describing.h"

#include <limits>
#include <set>

#include <gmock/gmock.h>
#include <tessera/wait.h>

namespace tessera::test {
namespace {

using testing::HasSubstr;

/// Without the signs at its end that stand for bytes of a letter that is still to come.
std::string withoutUnfinished(std::string text) {
    while (text.ends_with("\xEF\xBF\xBD")) text.resize(text.size() - 3);
    return text;
}

}  // namespace

Told toldBy(Engine& engine, const DescribeRequest& request) {
    Told told{.answer = Error{}, .partial = {}};
    told.answer = wait<Description>([&](Observer<Description> observer) {
        observer.onPartial = [&told](const Description& so) { told.partial.push_back(so); };
        return engine.describe(request, Priority::Visible, std::move(observer));
    });
    return told;
}

DescribeRequest Asking::request(std::string question, int most) const { return {.cell = cell, .parameters = {}, .question = std::move(question), .maxTokens = most}; }

Description Asking::answer(const DescribeRequest& request) const {
    const Told told = toldBy(engine, request);
    EXPECT_TRUE(told.answer) << toLine(told.answer.error());
    return told.answer ? told.answer.value() : Description();
}

std::string Asking::refusal(const DescribeRequest& request) const {
    const Told told = toldBy(engine, request);
    return told.answer ? std::string() : toLine(told.answer.error());
}

void expectAsEveryDescriber(const Asking& asking, const DescribeRequest& greedy, const std::string& text) {
    const Told told = toldBy(asking.engine, greedy);
    ASSERT_TRUE(told.answer) << toLine(told.answer.error());
    EXPECT_EQ(told.answer.value().text, text);
    EXPECT_GT(told.answer.value().seconds, 0);

    ASSERT_EQ(told.partial.size(), static_cast<std::size_t>(told.answer.value().tokens) - 1) << "one for every token but the last, which is the answer";
    for (std::size_t i = 0; i < told.partial.size(); ++i) {
        EXPECT_EQ(told.partial[i].tokens, static_cast<int>(i) + 1);
        EXPECT_TRUE(text.starts_with(withoutUnfinished(told.partial[i].text))) << told.partial[i].text;
        EXPECT_FALSE(told.partial[i].finished);
    }

    const auto with = [&](double temperature, double topP, std::uint64_t seed) {
        DescribeRequest request = greedy;
        request.temperature = temperature;
        request.topP = topP;
        request.seed = seed;
        return asking.answer(request).text;
    };
    EXPECT_EQ(with(1e-4, 1, 7), text) << "almost no temperature";
    EXPECT_EQ(with(5, 1e-9, 7), text) << "the likeliest token alone has that share";
    std::set<std::string> drawn;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const std::string once = with(2, 1, seed);
        drawn.insert(once);
        // One token less is another answer, which no cache holds.
        DescribeRequest again = greedy;
        again.temperature = 2;
        again.seed = seed;
        again.maxTokens = greedy.maxTokens - 1;
        EXPECT_TRUE(once.starts_with(withoutUnfinished(asking.answer(again).text))) << "seed " << seed;
    }
    EXPECT_GT(drawn.size(), 2u) << "seeds change nothing";

    for (const int most : {1, 3}) {
        DescribeRequest request = greedy;
        request.maxTokens = most;
        const Description cut = asking.answer(request);
        EXPECT_EQ(cut.tokens, most);
        EXPECT_FALSE(cut.finished);
        EXPECT_TRUE(text.starts_with(withoutUnfinished(cut.text))) << cut.text;
    }

    const auto changed = [&](auto change) {
        DescribeRequest request = greedy;
        change(request);
        return asking.refusal(request);
    };
    EXPECT_THAT(changed([](DescribeRequest& r) { r.maxTokens = 0; }), HasSubstr("use 1 to 4096"));
    EXPECT_THAT(changed([](DescribeRequest& r) { r.maxTokens = 4097; }), HasSubstr("use 1 to 4096"));
    EXPECT_THAT(changed([](DescribeRequest& r) { r.temperature = -0.1; }), HasSubstr("the temperature is out of range"));
    EXPECT_THAT(changed([](DescribeRequest& r) { r.temperature = std::numeric_limits<double>::quiet_NaN(); }), HasSubstr("the temperature is out of range"));
    EXPECT_THAT(changed([](DescribeRequest& r) { r.topP = 0; }), HasSubstr("top-p is out of range"));
    EXPECT_THAT(changed([](DescribeRequest& r) { r.topP = 1.1; }), HasSubstr("top-p is out of range"));
}

}  // namespace tessera::test
