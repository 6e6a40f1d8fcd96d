// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace_layouts.h"

#include <QMainWindow>

#include "docks.h"
#include "panels/dock.h"
#include "workspace/session.h"

namespace tessera::studio {
namespace {

constexpr int kVersion = 5;  // of what docks there are: an older state is not restored

}  // namespace

WorkspaceLayouts::WorkspaceLayouts(QMainWindow& window, Docks& docks, ui::Session& session, QMap<QString, Layout> kept)
    : QObject(&window), m_window(window), m_docks(docks), m_session(session), m_layouts(std::move(kept)), m_shown(session.workspace().kind) {
    connect(&session, &ui::Session::workspaceChanged, this, [this] {
        if (!m_restored || m_session.workspace().kind == m_shown) return;
        remember();
        restore();
    });
}

QString WorkspaceLayouts::keyOf(ui::WorkspaceKind kind) {
    const std::string_view key = ui::keyOf(kind);
    return QString::fromLatin1(key.data(), qsizetype(key.size()));
}

void WorkspaceLayouts::remember() {
    Layout& layout = m_layouts[keyOf(m_shown)];
    layout.docks = m_window.saveState(kVersion);
    layout.pages.clear();
    for (const ui::Dock* dock : m_docks.docks()) layout.pages[dock->objectName()] = dock->currentPage();
}

void WorkspaceLayouts::restore() {
    m_restored = true;
    m_shown = m_session.workspace().kind;
    const Layout layout = m_layouts.value(keyOf(m_shown));
    m_window.setUpdatesEnabled(false);
    if (layout.docks.isEmpty() || !m_window.restoreState(layout.docks, kVersion)) {
        reset();
    } else {
        for (ui::Dock* dock : m_docks.docks()) dock->choosePage(layout.pages.value(dock->objectName()));
    }
    m_window.setUpdatesEnabled(true);
    // One that floats now is a window of its own, which the main window's updates do not reach.
    for (ui::Dock* dock : m_docks.docks()) dock->setUpdatesEnabled(true);
}

void WorkspaceLayouts::reset() {
    m_docks.reset(m_shown);
}

QMap<QString, Layout> WorkspaceLayouts::layouts() {
    remember();
    return m_layouts;
}

}  // namespace tessera::studio
