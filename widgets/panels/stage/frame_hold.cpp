// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/frame_hold.h"

#include <QCoreApplication>
#include <QEvent>

namespace tessera::ui {

FrameHold::FrameHold(QObject* parent) : QObject(parent) {
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, &FrameHold::release);
}

void FrameHold::hold(const QWidget& widget) {
    if (holds()) return;  // a hand that paints on would never see a frame
    if (m_window != widget.window()) {
        if (m_window) m_window->removeEventFilter(this);
        m_window = widget.window();
        m_window->installEventFilter(this);
    }
    m_timer.start(kLongest);
}

void FrameHold::release() {
    m_timer.stop();
    if (std::exchange(m_asked, false) && m_window) QCoreApplication::postEvent(m_window, new QEvent(QEvent::UpdateRequest));
}

bool FrameHold::eventFilter(QObject* watched, QEvent* event) {
    if (!holds() || watched != m_window || event->type() != QEvent::UpdateRequest) return false;
    m_asked = true;
    return true;
}

}  // namespace tessera::ui
