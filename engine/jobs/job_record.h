// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include <tessera/job.h>
#include <tessera/query.h>

#include "jobs/scheduler.h"

namespace tessera::jobs {

struct Execution;
using Clock = std::chrono::steady_clock;

/// Who goes first: higher priority, then earlier arrival. Unique for each job.
struct Rank {
    Priority priority{};
    std::uint64_t arrival = 0;
    bool operator==(const Rank&) const = default;
    bool operator<(const Rank& other) const {
        return priority != other.priority ? priority > other.priority : arrival < other.arrival;
    }
};

/// One submitted plan until it is answered. The fields belong to the StageGraph (and its lock), the mail is its own.
struct JobRecord {
    /// A stage of the plan; without an execution it came from the cache or was not needed.
    struct Stage {
        std::string name;
        double weight = 1;
        std::shared_ptr<Execution> execution;
    };

    JobRecord(Rank rankGiven, std::uint64_t slotGiven, Observer<StageAnswer> observer);

    const Rank rank;
    const std::uint64_t slot;
    const bool wantsProgress, wantsPartial;

    bool answered = false;
    std::shared_ptr<Execution> root;
    std::vector<Stage> stages;                       ///< parents before children
    std::vector<std::shared_ptr<Execution>> joined;  ///< where this job is a waiter, or was until they were done

    bool progressDue = false;
    std::string doing;
    Progress told;  ///< the last progress posted
    double firstFraction = 0;
    std::optional<Clock::time_point> firstTold;

    using Mail = std::variant<Progress, StageAnswer, Result<StageAnswer>>;  ///< progress, partial, the answer
    void post(Mail mail);
    /// Hands over what was posted, in order, on the observer's executor. One thread at a time; a second caller returns
    /// at once and leaves its mail to the first. Never call it under a lock. Callbacks must not throw.
    void deliver() noexcept;

private:
    std::mutex m_mutex;
    std::deque<Mail> m_mail;
    bool m_delivering = false;
    std::shared_ptr<const Observer<StageAnswer>> m_observer;  ///< gone after the answer, with all it holds
};

using JobPtr = std::shared_ptr<JobRecord>;

}  // namespace tessera::jobs
