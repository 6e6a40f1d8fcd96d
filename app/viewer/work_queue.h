// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include <tessera/job.h>

namespace tessera::viewer {

/// What other threads want run on the window's thread, in the order it came. Callbacks that come after the queue is gone do not run.
class WorkQueue {
public:
    using Callback = std::function<void()>;

    /// `wake` ends the window's wait for events; called from any thread.
    explicit WorkQueue(std::function<void()> wake);
    ~WorkQueue();
    WorkQueue(const WorkQueue&) = delete;
    WorkQueue& operator=(const WorkQueue&) = delete;

    /// For engines: may outlive the queue.
    Executor executor() const;
    /// Runs what has come so far; true if anything had. The window's thread only.
    bool run();

private:
    struct Mailbox;
    std::shared_ptr<Mailbox> m_mailbox;
};

}  // namespace tessera::viewer
