// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

class QMenu;
class QToolButton;

namespace tessera::ui {

/// The kinds of difference as a menu of alternatives.
QMenu* makeDifferenceMenu(QToolButton& owner, std::function<void(const std::string& kind)> chosen);
/// How much a button says of the kind; its tool tip says it all.
enum class DifferenceWords { Whole, Brief, None };
/// Names the kind on the button, and checks it in its menu.
void showDifferenceKind(QToolButton& button, const std::string& kind, DifferenceWords words);

}  // namespace tessera::ui
