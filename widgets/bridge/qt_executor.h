// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <tessera/job.h>

namespace tessera::ui {

/// Runs callbacks on the GUI thread's event loop, in order; those of a receiver that is gone by then do not run.
/// Made on the GUI thread.
Executor guiExecutor(QObject* receiver);

}  // namespace tessera::ui
