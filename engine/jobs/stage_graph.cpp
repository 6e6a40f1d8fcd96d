// SPDX-License-Identifier: Apache-2.0
#include "jobs/stage_graph.h"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <unordered_set>

namespace tessera::jobs {
namespace {

bool isOver(const Execution& execution) {
    return execution.state == Execution::State::Done || execution.state == Execution::State::Dropped;
}

double weightOf(const JobRecord::Stage& stage) {
    return std::isfinite(stage.weight) && stage.weight > 0 ? stage.weight : 0;
}

std::vector<StageTiming> timingsOf(const JobRecord& job) {
    std::vector<StageTiming> timings;
    timings.reserve(job.stages.size());
    for (const JobRecord::Stage& stage : job.stages) {
        if (!stage.execution) {
            timings.push_back({stage.name, 0, true});
        } else if (stage.execution->state == Execution::State::Done) {
            timings.push_back({stage.name, stage.execution->seconds, false});
        }
    }
    return timings;
}

// Weighted mean over the stages that run for the job; those from the cache weigh nothing.
double fractionOf(const JobRecord& job) {
    double done = 0, total = 0;
    for (const JobRecord::Stage& stage : job.stages) {
        if (!stage.execution) continue;
        double fraction = 1;
        if (!isOver(*stage.execution)) {
            const std::lock_guard lock(stage.execution->reportMutex);
            fraction = stage.execution->fraction;
        }
        done += weightOf(stage) * fraction;
        total += weightOf(stage);
    }
    return total > 0 ? std::min(done / total, 1.0) : 0;
}

// The rest at the pace so far, once there is enough of it to go by.
std::optional<double> secondsLeft(const JobRecord& job, double fraction, Clock::time_point now) {
    const double elapsed = std::chrono::duration<double>(now - *job.firstTold).count();
    const double gained = fraction - job.firstFraction;
    if (elapsed < 0.3 || gained < 0.02) return std::nullopt;
    return elapsed * (1 - fraction) / gained;
}

void giveUpValues(Execution& execution, Aftermath& after) {
    std::ranges::move(execution.inputs, std::back_inserter(after.values));
    execution.inputs.clear();
    after.values.push_back(std::move(execution.lastPartial));
    execution.lastPartial = {};
}

}  // namespace

/// A stage of the plan that is being joined: it has a value, or an execution, or is not needed.
struct StageGraph::Node {
    StagePlanPtr plan;
    bool closed = false;  ///< all its parents are listed before it
    bool needed = false;
    bool fresh = false;  ///< needs an execution of its own
    StageValue value;
    ExecutionPtr execution;
};

void StageGraph::join(const JobPtr& job, const StagePlanPtr& root, Aftermath& after) {
    // Parents before children, each key once; a loop, because plans may be deep.
    Nodes nodes;
    std::vector<Node*> order;
    std::vector<std::pair<Node*, std::size_t>> path;
    const auto enter = [&](const StagePlanPtr& plan) {
        TESSERA_ASSERT(plan && (plan->run != nullptr) != (plan->start != nullptr));
        const auto [place, isNew] = nodes.try_emplace(plan->key);
        TESSERA_ASSERT(isNew || place->second.closed);  // else a stage would be its own ancestor
        if (!isNew) return;
        place->second.plan = plan;
        path.emplace_back(&place->second, 0);
    };
    enter(root);
    while (!path.empty()) {
        Node* node = path.back().first;
        if (const std::size_t next = path.back().second++; next < node->plan->parents.size()) {
            enter(node->plan->parents[next]);
        } else {
            node->closed = true;
            order.push_back(node);
            path.pop_back();
        }
    }

    // From the root down: what is neither cached nor in flight has to run, and needs its parents.
    order.back()->needed = true;
    for (Node* node : std::views::reverse(order)) {
        if (!node->needed || node->execution) continue;
        node->value = m_cache.find(node->plan->key);
        if (node->value) continue;
        if (const auto found = m_inFlight.find(node->plan->key); found != m_inFlight.end()) {
            wait(job, found->second, nodes);
            continue;
        }
        node->fresh = true;
        for (const StagePlanPtr& parent : node->plan->parents) nodes.at(parent->key).needed = true;
    }
    for (Node* node : order) {
        if (node->fresh) create(job, *node, nodes, after);
        job->stages.push_back({node->plan->name, node->plan->weight, node->execution});
    }

    m_active.emplace(job->rank, job);
    if (job->slot != 0) {
        JobRecord*& holder = m_slots[job->slot];
        JobRecord* replaced = std::exchange(holder, job.get());
        // After the new job has joined: a stage that both need goes on.
        if (replaced) answer(*replaced, Error{ErrorCode::Cancelled, "a newer request took its place"}, after);
    }
    Node& top = *order.back();
    if (top.value) {
        answer(*job, StageAnswer{top.value, timingsOf(*job)}, after);
        return;
    }
    job->root = top.execution;
    if (job->wantsPartial && job->root->lastPartial) {
        job->post(StageAnswer{job->root->lastPartial, timingsOf(*job)});
        after.mail.push_back(job);
    }
}

void StageGraph::wait(const JobPtr& job, const ExecutionPtr& execution, Nodes& nodes) {
    std::vector<ExecutionPtr> open{execution};
    while (!open.empty()) {
        const ExecutionPtr next = std::move(open.back());
        open.pop_back();
        if (!next->waiters.emplace(job->rank, job.get()).second) continue;
        job->joined.push_back(next);
        if (const auto node = nodes.find(next->plan->key); node != nodes.end()) node->second.execution = next;
        rerank(next);
        open.insert(open.end(), next->pending.begin(), next->pending.end());
    }
}

void StageGraph::create(const JobPtr& job, Node& node, Nodes& nodes, Aftermath& after) {
    auto execution = std::make_shared<Execution>();
    execution->plan = node.plan;
    execution->index = m_nextIndex++;
    execution->waiters.emplace(job->rank, job.get());
    execution->inputs.resize(node.plan->parents.size());
    for (std::size_t i = 0; i < node.plan->parents.size(); ++i) {
        const Node& parent = nodes.at(node.plan->parents[i]->key);
        if (parent.value) {
            execution->inputs[i] = parent.value;
        } else {
            TESSERA_ASSERT(parent.execution && !isOver(*parent.execution));
            execution->pending.push_back(parent.execution);
            parent.execution->children.emplace_back(execution, i);
        }
    }
    node.execution = execution;
    job->joined.push_back(execution);
    m_inFlight.emplace(node.plan->key, execution);
    if (execution->pending.empty()) enqueue(execution, after);
}

void StageGraph::answer(JobRecord& job, Result<StageAnswer> result, Aftermath& after) {
    if (job.answered) return;
    job.answered = true;
    JobPtr owner = std::move(m_active.extract(job.rank).mapped());
    if (const auto slot = m_slots.find(job.slot); slot != m_slots.end() && slot->second == &job) m_slots.erase(slot);
    job.post(std::move(result));
    for (const ExecutionPtr& execution : job.joined) {
        if (isOver(*execution)) continue;
        execution->waiters.erase(job.rank);
        if (execution->waiters.empty()) {
            abandon(execution, after);
        } else {
            rerank(execution);
        }
    }
    std::ranges::move(job.joined, std::back_inserter(after.executions));
    job.joined.clear();
    job.stages.clear();
    job.root.reset();
    after.mail.push_back(std::move(owner));
}

void StageGraph::answerAll(const Error& error, Aftermath& after) {
    while (!m_active.empty()) answer(*m_active.begin()->second, error, after);
}

ExecutionPtr StageGraph::take(Lane lane) {
    ExecutionPtr execution = std::move(queue(lane).begin()->second);
    queue(lane).erase(queue(lane).begin());
    execution->state = Execution::State::Running;
    m_running.insert(execution);
    if (!execution->stepper) ++m_stagesRun[execution->plan->name];
    noteProgress(execution);
    return execution;
}

void StageGraph::pause(const ExecutionPtr& execution, Aftermath& after) {
    m_running.erase(execution);
    if (!execution->stopping) {
        enqueue(execution, after);
    } else if (!execution->waiters.empty()) {
        restart(execution, after);
    } else {
        drop(execution, after);
    }
}

void StageGraph::finish(const ExecutionPtr& execution, const Result<StageValue>& result, Aftermath& after) {
    m_running.erase(execution);
    if (!result && execution->stopping) {
        // Stopped because its last waiter left. Whoever came since then gets a whole run, not the stop of somebody else.
        if (execution->waiters.empty()) {
            drop(execution, after);
        } else {
            restart(execution, after);
        }
        return;
    }
    m_inFlight.erase(execution->plan->key);
    execution->state = Execution::State::Done;
    giveUpValues(*execution, after);
    const auto waiters = std::exchange(execution->waiters, {});
    const auto children = std::exchange(execution->children, {});
    if (result) {
        for (const auto& [weakChild, input] : children) {
            const ExecutionPtr child = weakChild.lock();
            if (!child || child->state != Execution::State::Waiting) continue;
            child->inputs[input] = result.value();
            child->pending.erase(std::ranges::find(child->pending, execution));
            if (child->pending.empty()) enqueue(child, after);
        }
    }
    // On an error the children's waiters are all among these and take the children with them.
    for (const auto& [rank, job] : waiters) {
        if (!result) {
            answer(*job, result.error(), after);
        } else if (job->root == execution) {
            answer(*job, StageAnswer{result.value(), timingsOf(*job)}, after);
        } else {
            progressDue(*job);
        }
    }
}

void StageGraph::partial(Execution& execution, StageValue value, Aftermath& after) {
    after.values.push_back(std::exchange(execution.lastPartial, value));
    for (const auto& [rank, job] : execution.waiters) {
        if (!job->wantsPartial || job->root.get() != &execution) continue;
        job->post(StageAnswer{value, timingsOf(*job)});
        after.mail.push_back(m_active.at(rank));
    }
}

void StageGraph::flushProgress(Clock::time_point now, Aftermath& after) {
    for (const ExecutionPtr& execution : m_reported) {
        execution->reported = false;
        std::string doing;
        {
            const std::lock_guard lock(execution->reportMutex);
            doing = execution->doing.empty() ? execution->plan->name : execution->doing;
        }
        for (const auto& [rank, job] : execution->waiters) {
            if (!job->wantsProgress) continue;
            job->doing = doing;
            progressDue(*job);
        }
    }
    std::ranges::move(m_reported, std::back_inserter(after.executions));
    m_reported.clear();
    for (JobPtr& job : m_due) {
        job->progressDue = false;
        if (!job->answered) {
            Progress progress{std::max(job->told.fraction, fractionOf(*job)), job->doing, std::nullopt};
            if (!job->firstTold) {
                job->firstTold = now;
                job->firstFraction = progress.fraction;
            }
            progress.secondsLeft = secondsLeft(*job, progress.fraction, now);
            if (progress.fraction != job->told.fraction || progress.stage != job->told.stage) {
                job->told = progress;
                job->post(std::move(progress));
            }
        }
        after.mail.push_back(std::move(job));
    }
    m_due.clear();
}

int StageGraph::jobsRunning() const {
    std::unordered_set<const JobRecord*> jobs;
    for (const ExecutionPtr& execution : m_running) {
        for (const auto& [rank, job] : execution->waiters) jobs.insert(job);
    }
    return static_cast<int>(jobs.size());
}

void StageGraph::enqueue(const ExecutionPtr& execution, Aftermath& after) {
    execution->state = Execution::State::Ready;
    execution->turn = {execution->waiters.begin()->first, execution->index};
    queue(execution->plan->lane).emplace(execution->turn, execution);
    ++after.wakes[static_cast<std::size_t>(execution->plan->lane)];
}

void StageGraph::rerank(const ExecutionPtr& execution) {
    if (execution->state != Execution::State::Ready) return;
    const Turn turn{execution->waiters.begin()->first, execution->index};
    if (turn == execution->turn) return;
    auto place = queue(execution->plan->lane).extract(execution->turn);
    place.key() = execution->turn = turn;
    queue(execution->plan->lane).insert(std::move(place));
}

// Nobody waits for it any more.
void StageGraph::abandon(const ExecutionPtr& execution, Aftermath& after) {
    if (execution->state == Execution::State::Running) {
        if (!std::exchange(execution->stopping, true)) after.stops.push_back(execution->stop);
        return;
    }
    if (execution->state == Execution::State::Ready) queue(execution->plan->lane).erase(execution->turn);
    drop(execution, after);
}

void StageGraph::drop(const ExecutionPtr& execution, Aftermath& after) {
    execution->state = Execution::State::Dropped;
    m_inFlight.erase(execution->plan->key);
    giveUpValues(*execution, after);
    retire(*execution, after);
    std::ranges::move(execution->pending, std::back_inserter(after.executions));
    execution->pending.clear();
    execution->children.clear();
    after.executions.push_back(execution);
}

void StageGraph::restart(const ExecutionPtr& execution, Aftermath& after) {
    execution->stop = std::stop_source();
    execution->stopping = false;
    execution->seconds = 0;
    {
        const std::lock_guard lock(execution->reportMutex);
        execution->fraction = 0;
        execution->doing.clear();
    }
    retire(*execution, after);
    enqueue(execution, after);
}

void StageGraph::retire(Execution& execution, Aftermath& after) {
    if (!execution.stepper) return;
    const auto lane = static_cast<std::size_t>(execution.plan->lane);
    m_retired[lane].push_back(std::move(execution.stepper));
    ++after.wakes[lane];
}

void StageGraph::progressDue(JobRecord& job) {
    if (!job.wantsProgress || std::exchange(job.progressDue, true)) return;
    m_due.push_back(m_active.at(job.rank));
}

}  // namespace tessera::jobs
