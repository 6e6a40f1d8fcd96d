// SPDX-License-Identifier: GPL-3.0-or-later
#include "end_signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include <QCoreApplication>
#include <QSocketNotifier>
#include <QWidget>

namespace tessera::studio {
namespace {

int g_pipe[2] = {-1, -1};

void heard(int) {
    const char byte = 0;
    [[maybe_unused]] const auto count = write(g_pipe[1], &byte, 1);
}

}  // namespace

void closeOnSignals(QWidget& window) {
    if (pipe2(g_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return;
    auto* notifier = new QSocketNotifier(g_pipe[0], QSocketNotifier::Read, &window);
    QObject::connect(notifier, &QSocketNotifier::activated, &window, [notifier, &window] {
        notifier->setEnabled(false);
        window.close();
        QCoreApplication::quit();
    });
    struct sigaction action {};
    action.sa_handler = heard;
    action.sa_flags = SA_RESTART | SA_RESETHAND;
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaction(signal, &action, nullptr);
}

}  // namespace tessera::studio
