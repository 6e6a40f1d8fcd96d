// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/event_loop.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QEvent>
#include <QThread>

namespace tessera::test {
namespace {

constexpr int kTurns = 20;  // more than any chain of queued calls is long
constexpr int kLongestWait = 120'000;

}  // namespace

void runQueued() {
    for (int i = 0; i < kTurns; ++i) {
        QCoreApplication::processEvents();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
}

bool waitUntil(const std::function<bool()>& condition) {
    const QDeadlineTimer deadline(kLongestWait);
    while (!condition()) {
        if (deadline.hasExpired()) return false;
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
        QThread::msleep(1);
    }
    return true;
}

}  // namespace tessera::test
