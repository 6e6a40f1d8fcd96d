// SPDX-License-Identifier: Apache-2.0
#include "jobs/scheduler.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "jobs/stage_graph.h"

namespace tessera {
namespace {

using namespace jobs;

constexpr auto kProgressInterval = std::chrono::milliseconds(40);
constexpr const char* kClosing = "the engine is shutting down";

Error describe(const std::exception_ptr& exception, const std::string& stage) {
    try {
        std::rethrow_exception(exception);
    } catch (const Failure& failure) {
        Error error = failure.error();
        if (error.where.empty()) error.where = stage;
        return error;
    } catch (const std::bad_alloc&) {
        return {ErrorCode::OutOfMemory, "there is not enough memory", stage, "close other programs or ask for less"};
    } catch (const std::exception& other) {
        return {ErrorCode::Internal, other.what(), stage, ""};
    } catch (...) {
        return {ErrorCode::Internal, "something went wrong that has no description", stage, "report this as a bug"};
    }
}

}  // namespace

struct Scheduler::Private : std::enable_shared_from_this<Scheduler::Private> {
    class Context;
    struct Handle;

    explicit Private(Options given) : options(std::move(given)), cache(options.cacheBytes), graph(cache) {}

    void startThreads();
    void work(Lane lane);
    void runStage(const ExecutionPtr& execution);
    Result<std::optional<StageValue>> compute(Execution& execution, StageContext& context);
    Error describeFailure(const std::exception_ptr& exception, const std::string& stage) const;
    void carry();
    void settle(Aftermath& after);
    void cancel(const JobPtr& job);
    void shutdown();

    const Options options;
    StageCache cache;
    std::atomic<std::uint64_t> nextArrival = 0;

    mutable std::mutex mutex;  ///< guards what follows; no callback, stage or large destructor runs under it
    StageGraph graph;
    std::array<std::condition_variable, 2> laneWakes;
    std::condition_variable courierWake;
    std::vector<JobPtr> courierMail;
    bool closing = false;
    std::vector<std::thread> threads;
};

/// What one run of a stage sees. Reports take the execution's own lock, the scheduler's only once per progress interval.
class Scheduler::Private::Context final : public StageContext {
public:
    Context(Private& owner, ExecutionPtr execution, std::stop_token token)
        : m_owner(owner), m_execution(std::move(execution)), m_token(std::move(token)) {}

    std::stop_token stopToken() const override { return m_token; }

    void report(double fraction, std::string_view doing) override {
        {
            const std::lock_guard lock(m_execution->reportMutex);
            if (fraction > m_execution->fraction) m_execution->fraction = std::min(fraction, 1.0);
            if (m_execution->doing != doing) m_execution->doing = doing;
        }
        if (m_execution->reported.exchange(true)) return;
        {
            const std::lock_guard lock(m_owner.mutex);
            m_owner.graph.noteProgress(m_execution);
        }
        m_owner.courierWake.notify_one();
    }

    void partial(StageValue value) override {
        Aftermath after;
        {
            const std::lock_guard lock(m_owner.mutex);
            m_owner.graph.partial(*m_execution, std::move(value), after);
        }
        m_owner.settle(after);
    }

private:
    Private& m_owner;
    ExecutionPtr m_execution;
    std::stop_token m_token;
};

struct Scheduler::Private::Handle final : Subscription::Handle {
    Handle(std::weak_ptr<Private> ownerGiven, JobPtr jobGiven)
        : owner(std::move(ownerGiven)), job(std::move(jobGiven)) {}

    void cancel() override {
        if (const auto scheduler = owner.lock()) scheduler->cancel(job);
    }

    std::weak_ptr<Private> owner;
    JobPtr job;
};

void Scheduler::Private::startThreads() {
    TESSERA_ASSERT(options.ioThreads > 0 && options.deviceThreads > 0);
    // Threads own the state too: a callback may destroy the scheduler from one of them.
    const auto self = shared_from_this();
    for (int i = 0; i < options.ioThreads; ++i) threads.emplace_back([self] { self->work(Lane::Io); });
    for (int i = 0; i < options.deviceThreads; ++i) threads.emplace_back([self] { self->work(Lane::Device); });
    threads.emplace_back([self] { self->carry(); });
}

void Scheduler::Private::work(Lane lane) {
    if (options.onThreadStart) options.onThreadStart(lane);
    std::unique_lock lock(mutex);
    for (;;) {
        laneWakes[static_cast<std::size_t>(lane)].wait(lock, [&] { return closing || graph.hasRetired(lane) || graph.hasReady(lane); });
        if (graph.hasRetired(lane)) {
            auto retired = graph.takeRetired(lane);
            lock.unlock();
            retired.clear();
            lock.lock();
            continue;
        }
        if (!graph.hasReady(lane)) return;  // closing
        ExecutionPtr execution = graph.take(lane);
        lock.unlock();
        courierWake.notify_one();
        runStage(execution);
        execution.reset();
        lock.lock();
    }
}

void Scheduler::Private::runStage(const ExecutionPtr& execution) {
    Context context(*this, execution, execution->stop.get_token());
    const auto start = Clock::now();
    auto outcome = compute(*execution, context);
    execution->seconds += std::chrono::duration<double>(Clock::now() - start).count();
    Aftermath after;
    if (outcome && !outcome.value()) {
        const std::lock_guard lock(mutex);
        graph.pause(execution, after);
    } else {
        execution->stepper.reset();
        const Result<StageValue> result =
            outcome ? Result<StageValue>(std::move(*outcome.value())) : Result<StageValue>(outcome.error());
        if (result && execution->plan->keep) cache.insert(execution->plan->key, result.value());
        const std::lock_guard lock(mutex);
        graph.finish(execution, result, after);
    }
    settle(after);
}

// The value, nothing after a step that was not the last, or why there will be none.
Result<std::optional<StageValue>> Scheduler::Private::compute(Execution& execution, StageContext& context) {
    const StagePlan& plan = *execution.plan;
    try {
        std::optional<StageValue> value;
        if (plan.run) {
            value = plan.run(execution.inputs, context);
        } else {
            if (!execution.stepper) execution.stepper = plan.start(execution.inputs);
            value = execution.stepper->step(context);
        }
        if (value && !*value)
            throw Failure(ErrorCode::Internal, "the stage gave no value", plan.name, "report this as a bug");
        return value;
    } catch (const Cancelled&) {
        // Reaches a waiter only if no stop was asked for: the graph keeps it to itself otherwise.
        return Error{
            ErrorCode::Internal, "a stage stopped although nobody asked it to", plan.name, "report this as a bug"};
    } catch (...) {
        return describeFailure(std::current_exception(), plan.name);
    }
}

Error Scheduler::Private::describeFailure(const std::exception_ptr& exception, const std::string& stage) const {
    try {
        if (options.describeException) return options.describeException(exception, stage);
    } catch (...) {
        return describe(std::current_exception(), stage);
    }
    return describe(exception, stage);
}

// Tells progress at most every kProgressInterval, and answers from within submit, whose caller may hold locks of its own.
void Scheduler::Private::carry() {
    Clock::time_point nextProgress{};
    std::unique_lock lock(mutex);
    for (;;) {
        const auto urgent = [&] { return closing || !courierMail.empty(); };
        courierWake.wait(lock, [&] { return urgent() || graph.hasProgress(); });
        if (!urgent()) courierWake.wait_until(lock, nextProgress, urgent);
        Aftermath after;
        after.mail = std::exchange(courierMail, {});
        if (after.mail.empty()) {
            if (closing) return;
            const auto now = Clock::now();
            nextProgress = now + kProgressInterval;
            graph.flushProgress(now, after);
        }
        lock.unlock();
        settle(after);
        lock.lock();
    }
}

// Does, without the lock, what a change of the graph asked for.
void Scheduler::Private::settle(Aftermath& after) {
    for (std::stop_source& stop : after.stops) stop.request_stop();
    for (std::size_t lane = 0; lane < laneWakes.size(); ++lane) {
        for (int i = 0; i < after.wakes[lane]; ++i) laneWakes[lane].notify_one();
    }
    courierWake.notify_one();
    for (const JobPtr& job : after.mail) job->deliver();
}

void Scheduler::Private::cancel(const JobPtr& job) {
    Aftermath after;
    {
        const std::lock_guard lock(mutex);
        graph.answer(*job, Error{ErrorCode::Cancelled, "the request was cancelled"}, after);
    }
    settle(after);
    job->deliver();  // an answer that is still under way comes now, not later
}

void Scheduler::Private::shutdown() {
    Aftermath after;
    std::vector<std::thread> running;
    {
        const std::lock_guard lock(mutex);
        closing = true;
        graph.answerAll(Error{ErrorCode::Cancelled, kClosing}, after);
        running.swap(threads);
    }
    settle(after);
    for (std::condition_variable& wake : laneWakes) wake.notify_all();
    courierWake.notify_all();
    for (std::thread& thread : running) {
        if (thread.get_id() == std::this_thread::get_id()) {
            thread.detach();  // ends by itself once the callback that got us here returns
        } else {
            thread.join();
        }
    }
}

Scheduler::Scheduler(Options options) : d(std::make_shared<Private>(std::move(options))) {
    d->startThreads();
}

Scheduler::~Scheduler() {
    d->shutdown();
}

void Scheduler::shutdown() {
    d->shutdown();
}

Subscription Scheduler::submit(StagePlanPtr root,
                               Priority priority,
                               Observer<StageAnswer> observer,
                               std::uint64_t slot) {
    Aftermath after;
    const auto arrival = d->nextArrival.fetch_add(1);
    auto job = std::make_shared<JobRecord>(Rank{priority, arrival}, slot, std::move(observer));
    {
        const std::lock_guard lock(d->mutex);
        if (d->closing) {
            job->answered = true;
            job->post(Error{ErrorCode::Cancelled, kClosing});
            after.mail.push_back(job);
        } else {
            d->graph.join(job, root, after);
            if (std::erase(after.mail, job) > 0) d->courierMail.push_back(job);
        }
    }
    d->settle(after);
    return Subscription(std::make_shared<Private::Handle>(d, std::move(job)));
}

StageCache& Scheduler::cache() {
    return d->cache;
}

std::map<std::string, std::uint64_t> Scheduler::stagesRun() const {
    const std::lock_guard lock(d->mutex);
    return d->graph.stagesRun();
}

int Scheduler::jobsRunning() const {
    const std::lock_guard lock(d->mutex);
    return d->graph.jobsRunning();
}

int Scheduler::jobsWaiting() const {
    const std::lock_guard lock(d->mutex);
    return d->graph.jobsActive() - d->graph.jobsRunning();
}

}  // namespace tessera
