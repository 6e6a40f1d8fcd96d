// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tessera/job.h>

#include "jobs/scheduler.h"

namespace tessera::test {

/// A door that stages wait at until the test opens it.
class Gate {
public:
    void open() {
        const std::lock_guard lock(m_mutex);
        m_open = true;
        m_changed.notify_all();
    }
    void wait() {
        std::unique_lock lock(m_mutex);
        ++m_arrived;
        m_changed.notify_all();
        m_changed.wait(lock, [&] { return m_open; });
    }
    /// Until `count` have come to the door, whether it is open or not.
    void awaitArrivals(int count) {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return m_arrived >= count; });
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_open = false;
    int m_arrived = 0;
};

/// What a job told its observer.
class Listener {
public:
    Observer<StageAnswer> observer() {
        Observer<StageAnswer> o = quiet();
        o.onProgress = [s = m_state](const Progress& progress) {
            const std::lock_guard lock(s->mutex);
            s->progress.push_back(progress);
            s->changed.notify_all();
        };
        o.onPartial = [s = m_state](StageAnswer partial) {
            const std::lock_guard lock(s->mutex);
            s->partials.push_back(std::move(partial));
            s->changed.notify_all();
        };
        return o;
    }
    /// Hears only the answer.
    Observer<StageAnswer> quiet() {
        Observer<StageAnswer> o;
        o.onDone = [s = m_state](Result<StageAnswer> answer) {
            const std::lock_guard lock(s->mutex);
            s->answers.push_back(std::move(answer));
            s->changed.notify_all();
        };
        return o;
    }

    Result<StageAnswer> await() {
        std::unique_lock lock(m_state->mutex);
        m_state->changed.wait(lock, [&] { return !m_state->answers.empty(); });
        return m_state->answers.front();
    }
    void awaitPartials(std::size_t count) {
        std::unique_lock lock(m_state->mutex);
        m_state->changed.wait(lock, [&] { return m_state->partials.size() >= count; });
    }
    void awaitProgress(double atLeast) {
        std::unique_lock lock(m_state->mutex);
        m_state->changed.wait(
            lock, [&] { return !m_state->progress.empty() && m_state->progress.back().fraction >= atLeast; });
    }
    std::size_t answers() const {
        const std::lock_guard lock(m_state->mutex);
        return m_state->answers.size();
    }
    std::vector<Progress> progress() const {
        const std::lock_guard lock(m_state->mutex);
        return m_state->progress;
    }
    std::vector<StageAnswer> partials() const {
        const std::lock_guard lock(m_state->mutex);
        return m_state->partials;
    }

private:
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        std::vector<Result<StageAnswer>> answers;
        std::vector<Progress> progress;
        std::vector<StageAnswer> partials;
    };
    std::shared_ptr<State> m_state = std::make_shared<State>();
};

using Run = std::function<StageValue(std::span<const StageValue>, StageContext&)>;

/// A stage whose key is hash(parents' keys, name, parameter).
inline std::shared_ptr<StagePlan> stage(const std::string& name,
                                        std::vector<StagePlanPtr> parents,
                                        Run run,
                                        std::int64_t parameter = 0) {
    auto plan = std::make_shared<StagePlan>();
    Hasher hasher;
    hasher.add(name).add(parameter);
    for (const StagePlanPtr& parent : parents) hasher.add(parent->key);
    plan->key = hasher.finish();
    plan->name = name;
    plan->parents = std::move(parents);
    plan->run = std::move(run);
    return plan;
}

inline StageValue number(std::int64_t value) {
    return StageValue::make(value, sizeof value);
}
inline std::int64_t numberOf(const StageValue& value) {
    return value.as<std::int64_t>();
}
inline std::int64_t numberOf(const Result<StageAnswer>& answer) {
    return numberOf(answer.value().value);
}

/// Gives its parameter.
inline std::shared_ptr<StagePlan> constant(const std::string& name, std::int64_t value) {
    return stage(
        name, {}, [value](auto, auto&) { return number(value); }, value);
}

/// Gives the sum of its parents and its parameter.
inline std::shared_ptr<StagePlan> sum(const std::string& name,
                                      std::vector<StagePlanPtr> parents,
                                      std::int64_t plus = 0) {
    const auto run = [plus](std::span<const StageValue> values, StageContext&) {
        std::int64_t total = plus;
        for (const StageValue& value : values) total += numberOf(value);
        return number(total);
    };
    return stage(name, std::move(parents), run, plus);
}

/// Waits at the gate, then gives its value; deaf to stops.
inline std::shared_ptr<StagePlan> gated(const std::string& name, Gate& gate, std::int64_t value = 0) {
    const auto run = [&gate, value](auto, auto&) {
        gate.wait();
        return number(value);
    };
    return stage(name, {}, run, value);
}

/// Runs until it is asked to stop.
inline std::shared_ptr<StagePlan> endless(const std::string& name, Gate& started) {
    const auto run = [&started](auto, StageContext& context) -> StageValue {
        std::mutex mutex;
        std::condition_variable_any stopped;
        started.open();
        std::unique_lock lock(mutex);
        stopped.wait(lock, context.stopToken(), [] { return false; });
        throw Cancelled();
    };
    auto plan = stage(name, {}, run);
    return plan;
}

}  // namespace tessera::test
