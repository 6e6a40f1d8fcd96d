// SPDX-License-Identifier: Apache-2.0
#include "train/data/loader.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>

#include <gmock/gmock.h>

#include "core/error.h"
#include "train/data/kept_dataset.h"

namespace tessera::train {
namespace {

using testing::HasSubstr;

/// Small pictures without files; `broken` says which cannot be read.
class Drawn : public Dataset {
public:
    explicit Drawn(std::size_t size, std::function<bool(std::size_t)> broken = {}, std::string name = "d") : m_size(size), m_broken(std::move(broken)), m_name(std::move(name)) {}

    std::size_t size() const override { return m_size; }
    Example read(std::size_t index) const override {
        ++reads;
        if (m_broken && m_broken(index)) throw Failure(ErrorCode::Invalid, "broken picture " + std::to_string(index), m_name);
        // Some take far longer than their neighbours.
        if (index % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
        std::vector<std::uint8_t> samples(12 * 9 * 3);
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::uint8_t>(i * 31 + index * 17);
        return {Image(12, 9, 3, SharedArray<std::uint8_t>(std::move(samples))), {"text " + std::to_string(index)}, m_name + std::to_string(index)};
    }
    mutable std::atomic<std::size_t> reads = 0;

private:
    std::size_t m_size;
    std::function<bool(std::size_t)> m_broken;
    std::string m_name;
};

AugmentSettings augmentOf(int side) { return {.side = side, .smallest = 0.4, .largest = 1, .centred = false, .flip = 0.5, .gamma = 0.3}; }

std::vector<DataPart> onePart(std::size_t size, std::function<bool(std::size_t)> broken = {}) {
    return {{std::make_shared<Drawn>(size, std::move(broken)), 1, augmentOf(6)}};
}

void expectSame(const Batch& a, const Batch& b) {
    EXPECT_EQ(a.position, b.position);
    ASSERT_EQ(a.samples.size(), b.samples.size());
    for (std::size_t i = 0; i < a.samples.size(); ++i) {
        EXPECT_EQ(a.samples[i].name, b.samples[i].name);
        EXPECT_EQ(a.samples[i].texts, b.samples[i].texts);
        EXPECT_EQ(a.samples[i].part, b.samples[i].part);
        EXPECT_EQ(a.samples[i].seed, b.samples[i].seed);
        EXPECT_TRUE(std::ranges::equal(std::get<SharedArray<float>>(a.samples[i].picture.samples()).span(), std::get<SharedArray<float>>(b.samples[i].picture.samples()).span()));
    }
}

TEST(Loader, EveryExampleComesOncePerEpoch) {
    Loader loader(onePart(40), {.batch = 8, .threads = 3, .seed = 1});
    std::set<std::string> names, texts;
    std::set<std::uint64_t> seeds;
    for (int i = 0; i < 5; ++i) {
        const Batch batch = loader.next();
        EXPECT_EQ(batch.samples.size(), 8U);
        EXPECT_EQ(batch.position, 8U * static_cast<unsigned>(i + 1));
        for (const Sample& sample : batch.samples) {
            EXPECT_EQ(sample.picture.width(), 6);
            names.insert(sample.name);
            texts.insert(sample.texts.at(0));
            seeds.insert(sample.seed);
        }
    }
    EXPECT_EQ(names.size(), 40U);
    EXPECT_EQ(texts.size(), 40U);
    EXPECT_EQ(seeds.size(), 40U);
}

TEST(Loader, NumberOfThreadsChangesNothing) {
    const auto broken = [](std::size_t index) { return index % 5 == 2; };
    const std::vector<DataPart> parts{{std::make_shared<Drawn>(50, broken, "a"), 2, augmentOf(6)}, {std::make_shared<Drawn>(31, nullptr, "b"), 1, augmentOf(6)}};
    Loader one(parts, {.batch = 7, .threads = 1, .ahead = 1, .seed = 3});
    Loader eight(parts, {.batch = 7, .threads = 8, .ahead = 3, .seed = 3});
    Loader many(parts, {.batch = 7, .threads = 40, .ahead = 1, .seed = 3});
    for (int i = 0; i < 40; ++i) {
        const Batch batch = one.next();
        expectSame(batch, eight.next());
        expectSame(batch, many.next());
        EXPECT_EQ(one.skipped().count, eight.skipped().count);
    }
    EXPECT_GT(one.skipped().count, 0U);
    EXPECT_EQ(one.skipped().first, eight.skipped().first);
    EXPECT_EQ(one.skipped().first, many.skipped().first);
}

TEST(Loader, GoesOnBehindABatch) {
    const auto broken = [](std::size_t index) { return index % 3 == 0; };
    const std::vector<DataPart> parts{{std::make_shared<Drawn>(9, broken, "a"), 1, augmentOf(5)}, {std::make_shared<Drawn>(4, nullptr, "b"), 3, augmentOf(5)}};
    Loader whole(parts, {.batch = 5, .threads = 4, .seed = 8});
    std::uint64_t position = 0;
    for (int i = 0; i < 12; ++i) {
        const Batch batch = whole.next();
        Loader resumed(parts, {.batch = 5, .threads = 2, .seed = 8, .position = position});
        expectSame(batch, resumed.next());
        position = batch.position;
    }
}

TEST(Loader, OtherSeedsGiveOtherPictures) {
    Loader a(onePart(20), {.batch = 20, .seed = 1}), b(onePart(20), {.batch = 20, .seed = 2});
    const Batch first = a.next(), second = b.next();
    const auto names = [](const Batch& batch) {
        std::vector<std::string> result;
        for (const Sample& sample : batch.samples) result.push_back(sample.name);
        return result;
    };
    EXPECT_NE(names(first), names(second));
    EXPECT_NE(first.samples[0].seed, second.samples[0].seed);
}

TEST(Loader, LeavesOutWhatCannotBeRead) {
    Loader loader(onePart(10, [](std::size_t index) { return index == 4; }), {.batch = 9, .threads = 4});
    std::uint64_t before = 0;
    for (unsigned epoch = 1; epoch <= 3; ++epoch) {
        std::set<std::string> names;
        for (const Sample& sample : loader.next().samples) names.insert(sample.name);
        EXPECT_FALSE(names.contains("d4"));
        EXPECT_GE(loader.skipped().count, before);
        before = loader.skipped().count;
    }
    EXPECT_GE(before, 2U);
    EXPECT_EQ(loader.skipped().first, "broken picture 4 (d)");
}

TEST(Loader, SaysWhenNothingCanBeRead) {
    Loader loader(onePart(3, [](std::size_t) { return true; }), {.batch = 2, .threads = 4});
    try {
        loader.next();
        FAIL() << "a batch came";
    } catch (const Failure& failure) {
        EXPECT_THAT(failure.what(), HasSubstr("hardly any picture"));
        EXPECT_THAT(failure.what(), HasSubstr("broken picture"));
    }
    // One readable picture is enough, however small the set.
    Loader enough(onePart(300, [](std::size_t index) { return index != 7; }), {.batch = 4, .threads = 4});
    EXPECT_EQ(enough.next().samples.size(), 4U);
}

TEST(Loader, ReadsAheadNoFurtherThanItMay) {
    const auto data = std::make_shared<Drawn>(1000);
    Loader loader({{data, 1, augmentOf(6)}}, {.batch = 4, .threads = 8, .ahead = 3});
    while (data->reads < 12) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(data->reads, 12U);
    loader.next();
    while (data->reads < 16) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(data->reads, 16U);
}

TEST(Loader, EndsAtOnceWhateverItDoes) {
    for (int round = 0; round < 100; ++round) {
        const auto data = std::make_shared<Drawn>(100);
        Loader loader({{data, 1, augmentOf(6)}}, {.batch = 1000, .threads = 16, .ahead = 2});
        if (round % 2 == 1) std::this_thread::sleep_for(std::chrono::microseconds(round * 10));
    }
    for (int round = 0; round < 20; ++round) {
        Loader loader(onePart(5), {.batch = 2, .threads = 16, .ahead = 1});
        for (int i = 0; i < round; ++i) loader.next();
    }
}

TEST(Loader, CancelledBatchIsNotLost) {
    const auto open = std::make_shared<std::atomic<bool>>(false);
    const auto gate = [open](std::size_t) {
        while (!*open) std::this_thread::yield();
        return false;
    };
    const std::vector<DataPart> parts = onePart(10, gate);
    Loader loader(parts, {.batch = 4, .threads = 2, .seed = 6});
    std::stop_source stop;
    std::jthread later([&] { stop.request_stop(); });
    EXPECT_THROW(loader.next(stop.get_token()), Cancelled);
    *open = true;
    Loader undisturbed(onePart(10), {.batch = 4, .threads = 2, .seed = 6});
    expectSame(loader.next(), undisturbed.next());
}

TEST(Loader, PassesOnWhatIsNoBrokenPicture) {
    class Short : public Drawn {
        using Drawn::Drawn;
        Example read(std::size_t) const override { throw std::bad_alloc(); }
    };
    Loader loader({{std::make_shared<Short>(3), 1, augmentOf(6)}}, {.batch = 2});
    try {
        loader.next();
        FAIL() << "a batch came";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, ErrorCode::OutOfMemory);
    }
}

TEST(Loader, KeptExamplesAreReadOnceAndStayTheSame) {
    constexpr std::uint64_t kPicture = 12 * 9 * 3;
    const auto broken = [](std::size_t index) { return index == 3; };
    const auto all = std::make_shared<Drawn>(20, broken), some = std::make_shared<Drawn>(20, broken);
    const auto loading = [](std::shared_ptr<const Dataset> data) { return std::make_unique<Loader>(std::vector<DataPart>{{std::move(data), 1, augmentOf(6)}}, Loader::Settings{.batch = 19, .threads = 8, .ahead = 1}); };
    const auto plain = loading(std::make_shared<Drawn>(20, broken)), kept = loading(keptInMemory(all, 1 << 20)), partly = loading(keptInMemory(some, 5 * kPicture + kPicture / 2));
    for (int epoch = 0; epoch < 6; ++epoch) {
        const Batch batch = plain->next();
        expectSame(batch, kept->next());
        expectSame(batch, partly->next());
        EXPECT_EQ(plain->skipped().count, kept->skipped().count);
    }
    EXPECT_LE(all->reads, 19U + 8 + 8);  // once each, but for the broken one and pictures that two threads began at the same time
    EXPECT_GE(some->reads, 5U + 6 * 14);
}

TEST(Loader, RefusesSettingsThatCannotBe) {
    const auto refusal = [](const std::vector<DataPart>& parts, const Loader::Settings& settings) -> std::string {
        try {
            Loader loader(parts, settings);
        } catch (const Failure& failure) {
            return failure.what();
        }
        return "accepted";
    };
    EXPECT_EQ(refusal(onePart(1), {}), "accepted");
    EXPECT_THAT(refusal(onePart(1), {.batch = 0}), HasSubstr("batch"));
    EXPECT_THAT(refusal(onePart(1), {.threads = 0}), HasSubstr("threads"));
    EXPECT_THAT(refusal(onePart(1), {.ahead = 0}), HasSubstr("ahead"));
    EXPECT_THAT(refusal({}, {}), HasSubstr("no training data"));
    std::vector<DataPart> parts = onePart(1);
    parts[0].augment.side = -1;
    EXPECT_THAT(refusal(parts, {}), HasSubstr("side"));
}

}  // namespace
}  // namespace tessera::train
