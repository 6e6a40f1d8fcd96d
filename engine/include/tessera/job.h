// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include <tessera/progress.h>
#include <tessera/result.h>

namespace tessera {

/// "Run this callback there": inline in tests, the event loop's queue in a program.
using Executor = std::function<void(std::function<void()>)>;

/// Runs callbacks at once, on the thread that has the news.
Executor inlineExecutor();

/// Who hears of a job. Callbacks run on `executor`; `onDone` is called exactly once, also for a cancelled job and after shutdown began.
template <typename T>
struct Observer {
    Executor executor;  ///< inline if empty
    std::function<void(Result<T>)> onDone;
    std::function<void(const Progress&)> onProgress;  ///< optional
    std::function<void(T)> onPartial;                 ///< optional; only before onDone
};

/// Keeps a job wanted. Move-only; dropping it cancels: the observer then gets ErrorCode::Cancelled at once,
/// the work itself stops at its next check unless somebody else waits for it.
class [[nodiscard]] Subscription {
public:
    struct Handle {
        virtual ~Handle() = default;
        virtual void cancel() = 0;  ///< any thread, any number of times
    };

    Subscription() = default;
    explicit Subscription(std::shared_ptr<Handle> handle) : m_handle(std::move(handle)) {}
    Subscription(Subscription&& other) noexcept : m_handle(std::move(other.m_handle)) {}
    Subscription& operator=(Subscription&& other) noexcept {
        if (this != &other) {
            cancel();
            m_handle = std::move(other.m_handle);
        }
        return *this;
    }
    ~Subscription() { cancel(); }

    void cancel() {
        if (m_handle) m_handle->cancel();
        m_handle.reset();
    }
    /// Lets the job run to its end without this subscription.
    void detach() { m_handle.reset(); }
    explicit operator bool() const { return static_cast<bool>(m_handle); }

private:
    std::shared_ptr<Handle> m_handle;
};

}  // namespace tessera
