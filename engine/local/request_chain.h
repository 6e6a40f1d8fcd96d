// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <tessera/job.h>

#include "core/error.h"

namespace tessera {

/// What lets an engine cancel a request whatever it answers with.
class AnyChain : public Subscription::Handle {};

/// One request that runs as several scheduler jobs after (or beside) one another, and answers its observer exactly once.
template <typename T>
class RequestChain : public AnyChain, public std::enable_shared_from_this<RequestChain<T>> {
public:
    explicit RequestChain(Observer<T> observer) : m_observer(std::move(observer)) {
        if (!m_observer.executor) m_observer.executor = inlineExecutor();
    }

    /// Submits one of the jobs. `submit` gives its subscription; a Failure it throws answers the request.
    void run(const std::function<Subscription()>& submit) {
        try {
            Subscription subscription = submit();
            std::lock_guard lock(m_mutex);
            if (!m_cancelled) m_jobs.push_back(std::move(subscription));
        } catch (const Failure& failure) {
            finish(failure.error());
        }
    }

    /// Gives the answer, unless there was one already.
    void finish(Result<T> result) {
        if (m_answered.exchange(true)) return;
        m_observer.executor([done = m_observer.onDone, result = std::move(result)]() mutable {
            if (done) done(std::move(result));
        });
    }
    void progress(const Progress& progress) {
        if (m_answered || !m_observer.onProgress) return;
        m_observer.executor([self = this->shared_from_this(), progress] {
            if (!self->m_answered) self->m_observer.onProgress(progress);
        });
    }
    void partial(T value) {
        if (m_answered || !m_observer.onPartial) return;
        m_observer.executor([self = this->shared_from_this(), value = std::move(value)]() mutable {
            if (!self->m_answered) self->m_observer.onPartial(std::move(value));
        });
    }
    bool wantsPartial() const { return static_cast<bool>(m_observer.onPartial); }

    void cancel() override {
        finish(Error{ErrorCode::Cancelled, "cancelled", {}, {}});
        std::vector<Subscription> jobs;
        {
            std::lock_guard lock(m_mutex);
            m_cancelled = true;
            jobs.swap(m_jobs);
        }
    }

private:
    Observer<T> m_observer;
    std::atomic<bool> m_answered = false;
    std::mutex m_mutex;
    bool m_cancelled = false;
    std::vector<Subscription> m_jobs;
};

}  // namespace tessera
