// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QMainWindow;
class QWidget;

namespace tessera::studio {

/// Where Tab, or Shift+Tab, goes from what has the keyboard: menu bar, tool bar, docks at the left, stage with what lies round it, docks at
/// the right and below, status bar; within each as on the screen. Qt's own chain follows the order in which widgets were made, which
/// here is that of the board's last change. Null if nothing takes the keyboard.
QWidget* nextInTabOrder(QMainWindow& window, bool forward);

}  // namespace tessera::studio
