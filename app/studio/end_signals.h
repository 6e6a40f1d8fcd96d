// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace tessera::studio {

/// SIGTERM, SIGINT and SIGHUP close the window as a person would, so that a logout loses nothing. A second one ends the program at once.
void closeOnSignals(QWidget& window);

}  // namespace tessera::studio
