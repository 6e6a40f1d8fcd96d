// SPDX-License-Identifier: GPL-3.0-or-later
#include "tab_order.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include <QApplication>
#include <QDockWidget>
#include <QMainWindow>
#include <QMenuBar>
#include <QStatusBar>
#include <QToolBar>

namespace tessera::studio {
namespace {

enum Zone { Menu, Tools, LeftDocks, Centre, RightDocks, LowerDocks, Status };

bool takesTab(const QWidget& widget, const QMainWindow& window) {
    return widget.focusPolicy() & Qt::TabFocus && !widget.focusProxy() && widget.isEnabled() && widget.isVisibleTo(&window) && widget.window() == &window;
}

/// The child of the window that holds the widget.
const QWidget* partOf(const QWidget* widget, const QMainWindow& window) {
    while (widget->parentWidget() && widget->parentWidget() != &window) widget = widget->parentWidget();
    return widget;
}

Zone zoneOf(const QWidget* part, const QMainWindow& window) {
    if (qobject_cast<const QMenuBar*>(part)) return Menu;
    if (qobject_cast<const QToolBar*>(part)) return Tools;
    if (qobject_cast<const QStatusBar*>(part)) return Status;
    const auto* dock = qobject_cast<const QDockWidget*>(part);
    if (!dock) return Centre;
    const Qt::DockWidgetArea area = window.dockWidgetArea(const_cast<QDockWidget*>(dock));
    return area == Qt::LeftDockWidgetArea || area == Qt::TopDockWidgetArea ? LeftDocks : area == Qt::RightDockWidgetArea ? RightDocks : LowerDocks;
}

/// The parts of the window one after the other, docks from the top; in a part by the nearest common ancestor's layout: lines from the top,
/// in a line from the left. What contains comes before what it contains.
struct Entry {
    QWidget* widget;
    std::vector<std::tuple<int, int, int>> path;  ///< of each ancestor from the window down: zone, top, left
};

Entry entryOf(QWidget* widget, const QMainWindow& window) {
    Entry entry{.widget = widget, .path = {}};
    for (const QWidget* step = widget; step != &window; step = step->parentWidget()) entry.path.emplace_back(0, step->y(), step->x());
    std::ranges::reverse(entry.path);
    std::get<0>(entry.path.front()) = zoneOf(partOf(widget, window), window);
    return entry;
}

}  // namespace

QWidget* nextInTabOrder(QMainWindow& window, bool forward) {
    std::vector<Entry> entries;
    for (QWidget* widget : window.findChildren<QWidget*>()) {
        if (takesTab(*widget, window)) entries.push_back(entryOf(widget, window));
    }
    if (entries.empty()) return nullptr;
    std::ranges::stable_sort(entries, {}, &Entry::path);
    const QWidget* now = QApplication::focusWidget();
    const auto at = std::ranges::find(entries, now, &Entry::widget);
    if (at != entries.end()) {
        const auto count = static_cast<std::ptrdiff_t>(entries.size()), index = at - entries.begin();
        return entries[static_cast<std::size_t>((index + (forward ? 1 : count - 1)) % count)].widget;
    }
    return forward ? entries.front().widget : entries.back().widget;
}

}  // namespace tessera::studio
