// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/qt_executor.h"

#include <memory>
#include <mutex>

#include <QMetaObject>

namespace tessera::ui {
namespace {

class Relay;

/// What worker threads know of a relay: whether it is still there.
struct Mailbox {
    std::mutex mutex;
    Relay* relay = nullptr;

    void post(std::function<void()> callback);
};

/// Dies with the receiver whose child it is; callbacks on their way to it die with it.
class Relay : public QObject {
public:
    explicit Relay(QObject* receiver) : QObject(receiver), mailbox(std::make_shared<Mailbox>()) { mailbox->relay = this; }
    ~Relay() override {
        const std::lock_guard lock(mailbox->mutex);
        mailbox->relay = nullptr;
    }

    const std::shared_ptr<Mailbox> mailbox;
};

// Under the lock, so that the relay cannot go between the look and the post. Posting only queues.
void Mailbox::post(std::function<void()> callback) {
    const std::lock_guard lock(mutex);
    if (relay) QMetaObject::invokeMethod(relay, std::move(callback), Qt::QueuedConnection);
}

Relay* relayOf(QObject* receiver) {
    for (QObject* child : receiver->children()) {
        if (auto* relay = dynamic_cast<Relay*>(child)) return relay;
    }
    return new Relay(receiver);
}

}  // namespace

Executor guiExecutor(QObject* receiver) {
    return [mailbox = relayOf(receiver)->mailbox](std::function<void()> callback) { mailbox->post(std::move(callback)); };
}

}  // namespace tessera::ui
