// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "jobs/job_record.h"
#include "jobs/stage.h"
#include "jobs/stage_cache.h"

namespace tessera::jobs {

struct Execution;
using ExecutionPtr = std::shared_ptr<Execution>;

/// Order in a lane: the best waiter's rank, then the order in which the plan lists its stages.
using Turn = std::pair<Rank, std::uint64_t>;

/// One execution of a stage, shared by all jobs that wait for it.
///
/// While Running, its worker alone touches inputs, stepper and seconds; all else belongs to the StageGraph.
struct Execution {
    enum class State { Waiting, Ready, Running, Done, Dropped };

    StagePlanPtr plan;
    State state = State::Waiting;
    std::map<Rank, JobRecord*> waiters;
    std::vector<StageValue> inputs;     ///< parents' values, given up when the stage is done
    std::vector<ExecutionPtr> pending;  ///< parents that are not done
    std::vector<std::pair<std::weak_ptr<Execution>, std::size_t>> children;  ///< and which of their inputs this is
    std::stop_source stop;
    bool stopping = false;  ///< a stop was asked for since the start
    std::unique_ptr<StageStepper> stepper;
    double seconds = 0;
    StageValue lastPartial;
    std::uint64_t index = 0;
    Turn turn;  ///< key in the lane's queue while Ready

    std::mutex reportMutex;
    double fraction = 0;  ///< under reportMutex
    std::string doing;    ///< under reportMutex
    std::atomic<bool> reported = false;
};

/// What a change of the graph asks to be done once the lock is released: nothing here may happen under it.
struct Aftermath {
    std::vector<std::stop_source> stops;
    std::vector<JobPtr> mail;        ///< jobs with something to deliver
    std::array<int, 2> wakes{};      ///< stages that became ready and steppers that were retired, by lane
    std::vector<StageValue> values;  ///< destructors may take long
    std::vector<ExecutionPtr> executions;
};

/// The bookkeeping of the scheduler, without threads and without a lock: the caller holds one around every call.
class StageGraph {
public:
    explicit StageGraph(StageCache& cache) : m_cache(cache) {}

    /// Makes the job a waiter of every stage that it needs, new or in flight. A job whose root is cached is answered.
    void join(const JobPtr& job, const StagePlanPtr& root, Aftermath& after);
    /// Answers a job (once) and takes it out; stages that nobody waits for any more are dropped or stopped.
    void answer(JobRecord& job, Result<StageAnswer> result, Aftermath& after);
    void answerAll(const Error& error, Aftermath& after);

    /// Steppers of stages that were dropped or begin anew, to be destroyed on their lane before it takes a stage: a lane of one thread
    /// never holds two of one stage.
    std::vector<std::unique_ptr<StageStepper>> takeRetired(Lane lane) { return std::exchange(m_retired[static_cast<std::size_t>(lane)], {}); }
    bool hasRetired(Lane lane) const { return !m_retired[static_cast<std::size_t>(lane)].empty(); }

    bool hasReady(Lane lane) const { return !queue(lane).empty(); }
    /// The lane's best stage, now Running.
    ExecutionPtr take(Lane lane);
    /// After a step that was not the last: back into the queue, or away if nobody waits.
    void pause(const ExecutionPtr& execution, Aftermath& after);
    void finish(const ExecutionPtr& execution, const Result<StageValue>& result, Aftermath& after);
    void partial(Execution& execution, StageValue value, Aftermath& after);

    /// Its fraction or text changed: the next flush tells its waiters.
    void noteProgress(const ExecutionPtr& execution) { m_reported.push_back(execution); }
    bool hasProgress() const { return !m_reported.empty() || !m_due.empty(); }
    void flushProgress(Clock::time_point now, Aftermath& after);

    const std::map<std::string, std::uint64_t>& stagesRun() const { return m_stagesRun; }
    int jobsRunning() const;
    int jobsActive() const { return static_cast<int>(m_active.size()); }

private:
    struct Node;
    using Nodes = std::unordered_map<Hash128, Node>;
    using Queue = std::map<Turn, ExecutionPtr>;

    Queue& queue(Lane lane) { return m_ready[static_cast<std::size_t>(lane)]; }
    const Queue& queue(Lane lane) const { return m_ready[static_cast<std::size_t>(lane)]; }
    void wait(const JobPtr& job, const ExecutionPtr& execution, Nodes& nodes);
    void create(const JobPtr& job, Node& node, Nodes& nodes, Aftermath& after);
    void enqueue(const ExecutionPtr& execution, Aftermath& after);
    void rerank(const ExecutionPtr& execution);
    void abandon(const ExecutionPtr& execution, Aftermath& after);
    void drop(const ExecutionPtr& execution, Aftermath& after);
    void restart(const ExecutionPtr& execution, Aftermath& after);
    void retire(Execution& execution, Aftermath& after);
    void progressDue(JobRecord& job);

    StageCache& m_cache;
    std::map<Rank, JobPtr> m_active;
    std::unordered_map<std::uint64_t, JobRecord*> m_slots;
    std::unordered_map<Hash128, ExecutionPtr> m_inFlight;
    std::array<Queue, 2> m_ready;
    std::array<std::vector<std::unique_ptr<StageStepper>>, 2> m_retired;
    std::set<ExecutionPtr> m_running;
    std::vector<ExecutionPtr> m_reported;
    std::vector<JobPtr> m_due;  ///< jobs whose progress changed
    std::map<std::string, std::uint64_t> m_stagesRun;
    std::uint64_t m_nextIndex = 0;
};

}  // namespace tessera::jobs
