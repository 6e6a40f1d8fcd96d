// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/qt_executor.h"

#include <deque>
#include <memory>
#include <mutex>

#include <QCoreApplication>
#include <QEvent>

namespace tessera::ui {
namespace {

using Callback = std::function<void()>;

QEvent::Type callbackEvent() {
    static const auto type = static_cast<QEvent::Type>(QEvent::registerEventType());
    return type;
}

/// What worker threads know of a receiver: callbacks on their way to it, and whether it is still there.
/// Callbacks run and go without the lock, on the GUI thread: they may hold what posts again when it goes.
struct Mailbox {
    std::mutex mutex;
    std::deque<Callback> queue;
    QObject* relay = nullptr;

    void post(Callback callback) {
        const std::lock_guard lock(mutex);
        if (!relay) return;
        queue.push_back(std::move(callback));
        // Under the lock, so that the relay cannot go in between. One event each keeps the order among all that is queued.
        QCoreApplication::postEvent(relay, new QEvent(callbackEvent()));
    }
};

/// A child of the receiver, which therefore dies with it.
class Relay : public QObject {
public:
    explicit Relay(QObject* receiver) : QObject(receiver), mailbox(std::make_shared<Mailbox>()) { mailbox->relay = this; }
    ~Relay() override {
        std::deque<Callback> undelivered;
        const std::lock_guard lock(mailbox->mutex);
        mailbox->relay = nullptr;
        undelivered.swap(mailbox->queue);
    }

    bool event(QEvent* event) override {
        if (event->type() != callbackEvent()) return QObject::event(event);
        Callback callback;
        {
            const std::lock_guard lock(mailbox->mutex);
            callback = std::move(mailbox->queue.front());
            mailbox->queue.pop_front();
        }
        callback();  // may delete this
        return true;
    }

    const std::shared_ptr<Mailbox> mailbox;
};

Relay* relayOf(QObject* receiver) {
    for (QObject* child : receiver->children()) {
        if (auto* relay = dynamic_cast<Relay*>(child)) return relay;
    }
    return new Relay(receiver);
}

}  // namespace

Executor guiExecutor(QObject* receiver) {
    return [mailbox = relayOf(receiver)->mailbox](Callback callback) { mailbox->post(std::move(callback)); };
}

}  // namespace tessera::ui
