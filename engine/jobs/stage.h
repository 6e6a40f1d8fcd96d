// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "core/error.h"
#include "core/hash.h"

namespace tessera {

/// Immutable value of a stage, shared by everybody who waits for it. Knows its type and what it costs to keep.
class StageValue {
public:
    StageValue() = default;
    template <typename T>
    static StageValue make(T value, std::size_t bytes) {
        StageValue result;
        result.m_value = std::make_shared<const T>(std::move(value));
        result.m_type = &typeid(T);
        result.m_bytes = bytes;
        return result;
    }
    /// The value; asserts that it has type T.
    template <typename T>
    const T& as() const {
        TESSERA_ASSERT(m_type != nullptr && *m_type == typeid(T));
        return *static_cast<const T*>(m_value.get());
    }
    std::size_t byteSize() const { return m_bytes; }
    explicit operator bool() const { return m_value != nullptr; }

private:
    std::shared_ptr<const void> m_value;
    const std::type_info* m_type = nullptr;
    std::size_t m_bytes = 0;
};

/// What a running stage may use. Nothing in compute code knows what a thread or a widget is.
class StageContext {
public:
    virtual ~StageContext() = default;
    virtual std::stop_token stopToken() const = 0;
    /// 0..1 of this stage, and what it is doing. Rate-limited: call it as often as you like.
    virtual void report(double fraction, std::string_view doing) = 0;
    /// A coarser stand-in for this stage's value, handed to those jobs whose root this stage is and who asked for partial results.
    virtual void partial(StageValue value) = 0;
    void checkStopped() const {
        if (stopToken().stop_requested()) throw Cancelled();
    }
};

/// Where a stage runs: one worker (or a few, for I/O) that takes stages in order of priority.
enum class Lane { Io, Device };

/// Long work cut into steps of at most some 30 ms on a GPU, one layer or token on a CPU. Between two steps the lane runs whatever has a
/// higher priority by then, so that a slider stays live behind it. Made, stepped and destroyed on the lane's workers, never by two at once.
class StageStepper {
public:
    virtual ~StageStepper() = default;
    /// The stage's value after the last step, nothing before. Steps see the same context rules as a run.
    virtual std::optional<StageValue> step(StageContext& context) = 0;
};

/// One node of a plan. A plan is a directed acyclic graph; its root is what was asked for.
///
/// The key names the value: hash of the parents' keys, the stage's name and version, parameters, weights and numeric policy.
/// Two plans that hold a stage with the same key share its execution and its value.
///
/// Exactly one of `run` and `start` is set. Both get the parents' values in the order of `parents`; a stepper may keep the span for its
/// lifetime. They give the whole value or throw: Cancelled after a stop was asked for, anything else for an error. A stage that was
/// stopped and is wanted again meanwhile starts from the beginning.
struct StagePlan {
    Hash128 key;
    std::string name;  ///< "decoded", as timings and counters show it
    Lane lane = Lane::Device;
    double weight = 1;  ///< share of the whole plan's progress relative to the others
    bool keep = true;   ///< goes into the cache when done
    std::vector<std::shared_ptr<const StagePlan>> parents;
    std::function<StageValue(std::span<const StageValue>, StageContext&)> run;
    std::function<std::unique_ptr<StageStepper>(std::span<const StageValue>)> start;

    ~StagePlan();  ///< takes long chains of parents apart without recursion
};

using StagePlanPtr = std::shared_ptr<const StagePlan>;

}  // namespace tessera
