// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tessera/job.h>
#include <tessera/picture.h>
#include <tessera/query.h>

#include "jobs/stage.h"
#include "jobs/stage_cache.h"

namespace tessera {

/// What the root stage gave, with how long each stage of the plan took (0 and cached where it was not run for this job).
struct StageAnswer {
    StageValue value;
    std::vector<StageTiming> timings;
};

/// Runs plans: single-flight stages with waiters, priorities, latest-wins slots, progress, cancel, cache.
///
/// - Stages with equal keys in flight are one execution; it is stopped when its last waiter leaves. Whoever comes for a stage that is
///   stopping gets its value if it still makes one, else a whole new run.
/// - A stage runs at the highest priority among its waiters, at once when that changes; equal priorities run in order of arrival.
/// - A newer job of the same nonzero slot replaces the older one, which is answered Cancelled at once. A stage that both need goes on.
/// - Every job answers exactly once, also those submitted during or after shutdown (Cancelled). A cancelled job is answered at once,
///   without waiting for the stage that is running.
/// - Exceptions of a stage become an Error and answer every waiter; failed values are not cached.
/// - Progress of a job is the weighted mean over those stages of its plan that run for it, and never falls. It is told at most 25
///   times a second; partial values are those of the root.
/// - A parent's value is dropped (but for the cache) as soon as no child needs it.
///
/// Callbacks run on the observer's executor; without one on a thread of the scheduler, or inside cancel(), or inside the submit() that
/// takes over a slot. A job's callbacks come one after the other and never inside its own submit(), but for one after shutdown.
/// They may submit, cancel, drop subscriptions and even destroy the scheduler; they must not throw. No lock is held meanwhile.
class Scheduler {
public:
    struct Options {
        int ioThreads = 2;
        int deviceThreads = 1;  ///< one lane per device
        std::size_t cacheBytes = std::size_t(1) << 30;
        /// Turns exceptions of a stage into an Error; the engine puts one here that also knows the tensor library's own.
        std::function<Error(std::exception_ptr, const std::string& stage)> describeException;
        /// Runs on each worker before its first stage (thread settings).
        std::function<void(Lane)> onThreadStart;
    };

    explicit Scheduler(Options options);
    ~Scheduler();  ///< cancels what is left, answers everybody, joins
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    /// Any thread. The plan's keys must name its values (jobs/stage.h).
    Subscription submit(StagePlanPtr root, Priority priority, Observer<StageAnswer> observer, std::uint64_t slot = 0);

    /// Answers everybody Cancelled, stops what runs and joins; what is submitted from then on is answered Cancelled.
    void shutdown();

    StageCache& cache();
    std::map<std::string, std::uint64_t> stagesRun() const;  ///< executions started, by stage name
    int jobsRunning() const;
    int jobsWaiting() const;

private:
    struct Private;
    std::shared_ptr<Private> d;
};

}  // namespace tessera
