// SPDX-License-Identifier: Apache-2.0
#include "work_queue.h"

#include <utility>

namespace tessera::viewer {

struct WorkQueue::Mailbox {
    std::mutex mutex;
    std::deque<Callback> waiting;
    std::function<void()> wake;  ///< empty once the queue is gone
};

WorkQueue::WorkQueue(std::function<void()> wake) : m_mailbox(std::make_shared<Mailbox>()) {
    m_mailbox->wake = std::move(wake);
}

WorkQueue::~WorkQueue() {
    std::deque<Callback> undelivered;  // goes without the lock: what it holds may post again when it goes
    const std::lock_guard lock(m_mailbox->mutex);
    m_mailbox->wake = nullptr;
    undelivered.swap(m_mailbox->waiting);
}

Executor WorkQueue::executor() const {
    return [mailbox = m_mailbox](Callback callback) {
        const std::lock_guard lock(mailbox->mutex);
        if (!mailbox->wake) return;
        mailbox->waiting.push_back(std::move(callback));
        mailbox->wake();  // under the lock, so that the window's library is still there
    };
}

bool WorkQueue::run() {
    std::deque<Callback> now;
    {
        const std::lock_guard lock(m_mailbox->mutex);
        now.swap(m_mailbox->waiting);
    }
    for (Callback& callback : now) callback();
    return !now.empty();
}

}  // namespace tessera::viewer
