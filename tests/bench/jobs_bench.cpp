// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include <benchmark/benchmark.h>

#include "jobs/scheduler.h"

namespace tessera::bench {
namespace {

/// A stage that does nothing, so that only the scheduler's own cost is left.
StagePlanPtr stage(std::uint64_t number, std::vector<StagePlanPtr> parents, bool keep) {
    auto plan = std::make_shared<StagePlan>();
    plan->key = {.high = parents.size(), .low = number};
    plan->name = "nothing";
    plan->keep = keep;
    plan->parents = std::move(parents);
    plan->run = [](std::span<const StageValue>, StageContext&) { return StageValue::make(0, 64); };
    return plan;
}

/// Submits `count` chains of `depth` stages and waits for all answers. `first` numbers their keys: a new number is a new stage.
void answer(Scheduler& scheduler, std::uint64_t first, int count, int depth) {
    std::atomic<int> left = count;
    std::vector<Subscription> subscriptions;
    subscriptions.reserve(count);
    for (int i = 0; i < count; ++i) {
        StagePlanPtr plan = stage((first + i) << 8, {}, true);
        for (int d = 1; d < depth; ++d) plan = stage(((first + i) << 8) + d, {plan}, true);
        Observer<StageAnswer> observer;
        observer.onDone = [&left](const Result<StageAnswer>&) {
            if (--left == 0) left.notify_all();
        };
        subscriptions.push_back(scheduler.submit(plan, Priority::Visible, std::move(observer)));
    }
    for (int now = left; now != 0; now = left) left.wait(now);
}

constexpr int kJobs = 1000;

void newChains(benchmark::State& state) {
    Scheduler scheduler({.cacheBytes = 1 << 20});
    const int depth = static_cast<int>(state.range(0));
    std::uint64_t first = 0;
    for (auto _ : state) answer(scheduler, first += kJobs, kJobs, depth);
    state.SetItemsProcessed(state.iterations() * kJobs);
}
BENCHMARK(newChains)->Name("jobs/1000 jobs, stages each")->Arg(1)->Arg(5)->Unit(benchmark::kMillisecond)->UseRealTime();

void cachedRoots(benchmark::State& state) {
    Scheduler scheduler({.cacheBytes = 1 << 24});
    answer(scheduler, 0, kJobs, 1);
    for (auto _ : state) answer(scheduler, 0, kJobs, 1);
    state.SetItemsProcessed(state.iterations() * kJobs);
}
BENCHMARK(cachedRoots)->Name("jobs/1000 cached jobs")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace tessera::bench
