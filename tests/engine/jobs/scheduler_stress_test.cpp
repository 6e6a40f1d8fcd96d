// SPDX-License-Identifier: Apache-2.0
// Random requests, cancels and replacements over random graphs with shared keys. Set TESSERA_SEED to repeat a run.
#include <array>
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <random>
#include <thread>

#include "plan_builder.h"

namespace tessera::test {
namespace {

std::uint32_t seed() {
    const char* given = std::getenv("TESSERA_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 20260101U;
}

// Counts how many values, observers or stages are alive.
struct Counted {
    explicit Counted(std::atomic<int>& alive) : m_alive(&alive) { ++*m_alive; }
    Counted(const Counted& other) : m_alive(other.m_alive) { ++*m_alive; }
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --*m_alive; }

private:
    std::atomic<int>* m_alive;
};

struct Payload {
    std::uint64_t number;
    Counted counted;
};

// A random graph of stages with known values; some fail now and then, some stop when asked, some go in steps.
class Universe {
public:
    static constexpr int kStages = 48;

    explicit Universe(std::uint32_t seedGiven) {
        std::mt19937 random(seedGiven);
        for (int i = 0; i < kStages; ++i) {
            std::vector<int> parents;
            for (int p = static_cast<int>(random() % 4); p > 0 && i > 0; --p) {
                parents.push_back(static_cast<int>(random() % static_cast<unsigned>(i)));
            }
            add(i, parents, random());
        }
    }

    const StagePlanPtr& plan(int stage) const { return m_plans[stage]; }
    std::uint64_t expected(int stage) const { return m_expected[stage]; }

    std::atomic<std::uint64_t> runs = 0, stops = 0, failures = 0;
    std::atomic<int> alive = 0;
    std::atomic<int> overlaps = 0;  ///< two threads inside one stage
    std::atomic<int> crowds = 0;    ///< two steppers of one stage of the device lane

private:
    void add(int i, const std::vector<int>& parents, std::uint64_t dice) {
        std::uint64_t expected = static_cast<std::uint64_t>(i) + 1;
        auto plan = std::make_shared<StagePlan>();
        Hasher hasher;
        hasher.add(i);
        for (const int p : parents) {
            expected = expected * 31 + m_expected[p];
            plan->parents.push_back(m_plans[p]);
            hasher.add(m_plans[p]->key);
        }
        m_expected[i] = expected;
        plan->key = hasher.finish();
        plan->name = "stage " + std::to_string(i % 7);
        plan->lane = dice % 3 == 0 ? Lane::Io : Lane::Device;
        plan->weight = static_cast<double>(dice % 5);
        plan->keep = dice % 4 != 0;
        if (dice % 5 == 0) {
            plan->start = [this, i, crowded = plan->lane == Lane::Device](std::span<const StageValue> values) -> std::unique_ptr<StageStepper> {
                ++runs;
                return std::make_unique<Steps>(*this, i, values, crowded ? &crowds : nullptr);
            };
        } else {
            plan->run = [this, i](std::span<const StageValue> values, StageContext& context) {
                ++runs;
                const Presence presence(m_inside[i], &overlaps);
                work(i, context);
                return value(i, values);
            };
        }
        m_plans.push_back(std::move(plan));
    }

    // One more in a place; a second one at once is noted.
    struct Presence {
        Presence(std::atomic<int>& placeGiven, std::atomic<int>* noted) : place(placeGiven) {
            if (++place > 1 && noted) ++*noted;
        }
        ~Presence() { --place; }
        Presence(const Presence&) = delete;
        Presence& operator=(const Presence&) = delete;
        std::atomic<int>& place;
    };

    class Steps : public StageStepper {
    public:
        Steps(Universe& universe, int stage, std::span<const StageValue> values, std::atomic<int>* crowds)
            : m_universe(universe), m_stage(stage), m_alive(universe.m_steppers[stage], crowds), m_values(values), m_counted(universe.alive) {}
        std::optional<StageValue> step(StageContext& context) override {
            const Presence presence(m_universe.m_inside[m_stage], &m_universe.overlaps);
            m_universe.work(m_stage, context);
            if (--m_left > 0) return std::nullopt;
            return m_universe.value(m_stage, m_values);
        }

    private:
        Universe& m_universe;
        int m_stage;
        Presence m_alive;
        std::span<const StageValue> m_values;
        Counted m_counted;
        int m_left = 3;
    };

    void work(int i, StageContext& context) {
        thread_local std::mt19937 random(std::random_device{}());
        const auto dice = random() % 100;
        for (unsigned round = random() % 40; round > 0; --round) {
            context.report(1.0 - round / 40.0, dice % 2 == 0 ? "even" : "odd");
            if (dice % 3 == 0 && context.stopToken().stop_requested()) {
                ++stops;
                throw Cancelled();
            }
            std::this_thread::yield();
        }
        if (dice == 7) context.partial(StageValue::make(Payload{m_expected[i], Counted(alive)}, 8));
        if (dice < 3) {
            ++failures;
            throw Failure(ErrorCode::Invalid, "unlucky");
        }
    }

    StageValue value(int i, std::span<const StageValue> values) {
        std::uint64_t number = static_cast<std::uint64_t>(i) + 1;
        for (const StageValue& value : values) number = number * 31 + value.as<Payload>().number;
        return StageValue::make(Payload{number, Counted(alive)}, 16);
    }

    std::vector<StagePlanPtr> m_plans;
    std::array<std::uint64_t, kStages> m_expected{};
    std::array<std::atomic<int>, kStages> m_inside{}, m_steppers{};
};

struct Tally {
    std::atomic<int> submitted = 0, answered = 0, values = 0, cancelled = 0, failed = 0, wrong = 0, twice = 0, late = 0;
    std::atomic<int> observersAlive = 0;
};

Observer<StageAnswer> tallying(Tally& tally, std::uint64_t expected) {
    auto done = std::make_shared<std::atomic<bool>>(false);
    Observer<StageAnswer> observer;
    observer.onDone = [&tally, done, expected, counted = Counted(tally.observersAlive)](Result<StageAnswer> answer) {
        if (done->exchange(true)) ++tally.twice;
        if (answer) {
            ++tally.values;
            if (answer.value().value.as<Payload>().number != expected) ++tally.wrong;
        } else if (answer.cancelled()) {
            ++tally.cancelled;
        } else {
            ++tally.failed;
            if (answer.error().message != "unlucky") ++tally.wrong;
        }
        ++tally.answered;
    };
    observer.onProgress = [&tally, done, last = std::make_shared<double>(0)](const Progress& progress) {
        if (*done) ++tally.late;
        if (progress.fraction < *last || progress.fraction > 1) ++tally.wrong;
        *last = progress.fraction;
    };
    observer.onPartial = [&tally, done](StageAnswer) {
        if (*done) ++tally.late;
    };
    return observer;
}

// One user: asks, changes their mind, moves on.
void ask(Scheduler& scheduler, const Universe& universe, Tally& tally, int requests, std::uint32_t seedGiven) {
    std::mt19937 random(seedGiven);
    std::vector<Subscription> held;
    for (int i = 0; i < requests; ++i) {
        const int stage = static_cast<int>(random() % Universe::kStages);
        const std::uint64_t slot = random() % 3 == 0 ? random() % 6 : 0;
        ++tally.submitted;
        Subscription job = scheduler.submit(
            universe.plan(stage), static_cast<Priority>(random() % 4), tallying(tally, universe.expected(stage)), slot);
        switch (random() % 5) {
            case 0:
                break;  // dropped at once
            case 1:
                job.detach();
                break;
            default:
                held.push_back(std::move(job));
        }
        if (held.size() > 20) held[random() % held.size()] = Subscription();
        if (held.size() > 40) held.erase(held.begin(), held.begin() + 20);
        if (random() % 500 == 0) scheduler.cache().clear();
        // Let the lanes catch up now and then, or nearly everything would be replaced before it ran.
        if (random() % 4 == 0) {
            const auto runs = universe.runs.load();
            for (int spin = 0; spin < 200 && universe.runs < runs + 2; ++spin) std::this_thread::yield();
        }
    }
    for (Subscription& job : held) {
        if (random() % 2 == 0) job.detach();
    }
}

void expectSound(const Tally& tally, const Universe& universe) {
    EXPECT_EQ(tally.answered, tally.submitted);
    EXPECT_EQ(tally.values + tally.cancelled + tally.failed, tally.submitted);
    EXPECT_EQ(tally.twice, 0);
    EXPECT_EQ(tally.wrong, 0);
    EXPECT_EQ(tally.late, 0);
    EXPECT_EQ(tally.observersAlive, 0);
    EXPECT_EQ(universe.overlaps, 0) << "two executions of one stage at once";
    EXPECT_EQ(universe.alive, 0) << "values or steppers leaked";
}

std::uint64_t total(const std::map<std::string, std::uint64_t>& counts) {
    std::uint64_t sum = 0;
    for (const auto& [name, count] : counts) sum += count;
    return sum;
}

TEST(SchedulerStress, TenThousandRandomRequestsAreEachAnsweredOnceAndRight) {
    Universe universe(seed());
    Tally tally;
    {
        Scheduler::Options options;
        options.deviceThreads = 2;
        options.cacheBytes = 16 * 20;  // 20 values: stages are evicted and run again all the time
        Scheduler scheduler(std::move(options));
        std::vector<std::thread> users;
        for (std::uint32_t u = 0; u < 4; ++u) {
            users.emplace_back([&, u] { ask(scheduler, universe, tally, 2500, seed() + u + 1); });
        }
        for (std::thread& user : users) user.join();
        while (tally.answered < tally.submitted) std::this_thread::yield();
        EXPECT_EQ(scheduler.jobsWaiting(), 0);
        while (scheduler.jobsRunning() > 0) std::this_thread::yield();
        scheduler.shutdown();
        EXPECT_EQ(total(scheduler.stagesRun()), universe.runs);
        scheduler.cache().clear();
    }
    expectSound(tally, universe);
    EXPECT_EQ(tally.submitted, 10'000);
    EXPECT_GT(tally.values, 500);
    EXPECT_GT(tally.cancelled, 500);
    EXPECT_GT(tally.failed, 20);
    EXPECT_GT(universe.runs, 500U);
    EXPECT_GT(universe.stops, 5U);
    RecordProperty("values", tally.values);
    RecordProperty("cancelled", tally.cancelled);
    RecordProperty("failed", tally.failed);
    RecordProperty("stages_run", static_cast<int>(universe.runs));
    std::printf("seed %u: %d values, %d cancelled, %d failed, %d stages run, %d stopped\n",
                seed(),
                tally.values.load(),
                tally.cancelled.load(),
                tally.failed.load(),
                static_cast<int>(universe.runs),
                static_cast<int>(universe.stops));
}

TEST(SchedulerStress, DestructionAtAnyMomentAnswersEverybody) {
    for (std::uint32_t round = 0; round < 60; ++round) {
        Universe universe(seed() + round);
        Tally tally;
        {
            Scheduler scheduler({});
            std::vector<std::thread> users;
            for (std::uint32_t u = 0; u < 2; ++u) {
                users.emplace_back([&, u] { ask(scheduler, universe, tally, 60, seed() + 10 * round + u); });
            }
            if (round % 2 == 0) scheduler.shutdown();  // while they go on asking
            for (std::thread& user : users) user.join();
        }
        expectSound(tally, universe);
        EXPECT_EQ(universe.crowds, 0) << "the stepper that was given up outlived the start of the next";
    }
}

// Every answer asks for the next: the load that a board of cells with a slider makes.
TEST(SchedulerStress, ObserversThatAskAgainFromTheirCallbacksGetAllTheirAnswers) {
    Universe universe(seed());
    Tally tally;
    {
        std::atomic<int> left = 2000;
        std::mutex mutex;
        std::array<Subscription, 8> cells;
        std::function<void(int)> next;
        Scheduler scheduler({});  // joins its threads before what their callbacks use is gone
        next = [&](int cell) {
            if (--left < 0) return;
            const int stage = (left * 7 + cell) % Universe::kStages;
            auto observer = tallying(tally, universe.expected(stage));
            observer.onDone = [&next, cell, tell = observer.onDone](Result<StageAnswer> answer) {
                const bool again = !answer.cancelled();
                tell(std::move(answer));
                if (again) next(cell);
            };
            ++tally.submitted;
            Subscription job = scheduler.submit(
                universe.plan(stage), Priority::Visible, std::move(observer), static_cast<std::uint64_t>(cell) + 1);
            const std::lock_guard lock(mutex);
            std::swap(cells[cell], job);
            job.detach();  // answered already: this runs in its callback
        };
        for (int cell = 0; cell < 8; ++cell) next(cell);
        while (left > 0) std::this_thread::yield();
        while (tally.answered < tally.submitted) std::this_thread::yield();
        for (Subscription& cell : cells) cell.detach();
    }
    expectSound(tally, universe);
    EXPECT_EQ(universe.crowds, 0) << "the stepper that was given up outlived the start of the next";
    EXPECT_EQ(tally.cancelled, 0);
}

}  // namespace
}  // namespace tessera::test
