// SPDX-License-Identifier: GPL-3.0-or-later
#include "window_events.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QScreen>
#include <QThread>
#include <QWindow>
#include <private/qguiapplication_p.h>
#include <private/qhighdpiscaling_p.h>
#include <qpa/qplatformaccessibility.h>
#include <qpa/qplatformdrag.h>
#include <qpa/qplatformintegration.h>
#include <qpa/qwindowsysteminterface.h>

namespace tessera::test {
namespace {

using System = QWindowSystemInterface;
constexpr Qt::DropActions kOffered = Qt::CopyAction | Qt::MoveAction;
constexpr int kWheelStep = 120;

/// The window system counts device pixels.
QPoint inWindow(const QWidget& widget, QPoint place) {
    return QHighDpi::toNativeLocalPosition(widget.mapTo(widget.window(), place), widget.window()->windowHandle());
}

QPoint onScreen(const QWidget& widget, QPoint place) {
    return QHighDpi::toNativeGlobalPosition(widget.mapToGlobal(place), widget.window()->windowHandle());
}

void mouse(QWidget& widget, QPoint place, Qt::MouseButtons held, Qt::MouseButton button, QEvent::Type type, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    System::handleMouseEvent<System::SynchronousDelivery>(widget.window()->windowHandle(), inWindow(widget, place), onScreen(widget, place), held, button, type, modifiers);
}

/// Shortcuts such as "+" and "?" are found by the key that makes the character with Shift: scan codes of the US keyboard that Xvfb has.
quint32 scanCode(Qt::Key key, Qt::KeyboardModifiers modifiers) {
    if (!(modifiers & Qt::ShiftModifier)) return 0;
    switch (key) {
        case Qt::Key_Plus: return 21;
        case Qt::Key_Question: return 61;
        default: return 0;
    }
}

void sendKey(QEvent::Type type, Qt::Key key, Qt::KeyboardModifiers modifiers, const QString& text) {
    System::handleExtendedKeyEvent(QApplication::focusWindow(), type, key, modifiers, scanCode(key, modifiers), 0, 0, text);
    System::flushWindowSystemEvents();
}

}  // namespace

bool waitUntil(const std::function<bool()>& holds, double seconds) {
    QElapsedTimer clock;
    clock.start();
    while (!holds()) {
        if (clock.elapsed() > seconds * 1000) return false;
        QApplication::processEvents(QEventLoop::AllEvents, 20);
        QApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QThread::msleep(1);  // what is waited for needs the processor, too
    }
    return true;
}

void settle(int milliseconds) {
    QElapsedTimer clock;
    clock.start();
    waitUntil([&] { return clock.elapsed() > milliseconds; }, 3600);
}

void keyDown(Qt::Key key, Qt::KeyboardModifiers modifiers, const QString& text) {
    sendKey(QEvent::KeyPress, key, modifiers, text);
}

void keyUp(Qt::Key key, Qt::KeyboardModifiers modifiers, const QString& text) {
    sendKey(QEvent::KeyRelease, key, modifiers, text);
}

void moveMouse(QWidget& widget, QPoint place) {
    mouse(widget, place, Qt::NoButton, Qt::NoButton, QEvent::MouseMove);
    settle(10);
}

void click(QWidget& widget, QPoint place, Qt::MouseButton button, Qt::KeyboardModifiers modifiers) {
    mouse(widget, place, Qt::NoButton, Qt::NoButton, QEvent::MouseMove, modifiers);
    mouse(widget, place, button, button, QEvent::MouseButtonPress, modifiers);
    mouse(widget, place, Qt::NoButton, button, QEvent::MouseButtonRelease, modifiers);
    settle(10);
}

void drag(QWidget& widget, QPoint from, QPoint to, int moves, Qt::KeyboardModifiers modifiers) {
    QList<QPoint> places{from};
    for (int i = 1; i <= moves; ++i) places << from + (to - from) * i / moves;
    dragAlong(widget, places, modifiers);
}

void dragAlong(QWidget& widget, const QList<QPoint>& places, Qt::KeyboardModifiers modifiers) {
    mouse(widget, places.first(), Qt::NoButton, Qt::NoButton, QEvent::MouseMove, modifiers);
    mouse(widget, places.first(), Qt::LeftButton, Qt::LeftButton, QEvent::MouseButtonPress, modifiers);
    for (const QPoint& place : places.sliced(1)) {
        mouse(widget, place, Qt::LeftButton, Qt::NoButton, QEvent::MouseMove, modifiers);
        settle(5);
    }
    mouse(widget, places.last(), Qt::NoButton, Qt::LeftButton, QEvent::MouseButtonRelease, modifiers);
    settle(10);
}

void turnWheel(QWidget& widget, QPoint place, int steps) {
    const int direction = steps < 0 ? -1 : 1;
    for (int i = 0; i != steps; i += direction) {
        System::handleWheelEvent(widget.window()->windowHandle(), inWindow(widget, place), onScreen(widget, place), QPoint(), QPoint(0, direction * kWheelStep), Qt::NoModifier);
    }
    settle(20);
}

bool dragOver(QWidget& widget, QPoint place, const QMimeData& mime, Qt::KeyboardModifiers modifiers) {
    const bool taken = System::handleDrag(widget.window()->windowHandle(), &mime, inWindow(widget, place), kOffered, Qt::LeftButton, modifiers).isAccepted();
    settle(10);
    return taken;
}

void dragAway(QWidget& widget) {
    System::handleDrag(widget.window()->windowHandle(), nullptr, QPoint(), Qt::IgnoreAction, Qt::NoButton, Qt::NoModifier);
    settle(10);
}

bool dropOn(QWidget& widget, QPoint place, const QMimeData& mime, Qt::KeyboardModifiers modifiers) {
    QWindow* handle = widget.window()->windowHandle();
    System::handleDrag(handle, &mime, inWindow(widget, place), kOffered, Qt::LeftButton, modifiers);
    return System::handleDrop(handle, &mime, inWindow(widget, place), kOffered, Qt::NoButton, modifiers).isAccepted();
}

void activateAtOnce(QWidget& window) {
    System::handleWindowActivated<System::SynchronousDelivery>(window.windowHandle());
}

void activate(QWidget& window) {
    activateAtOnce(window);
    settle(10);
}

void setReaderActive(bool active) {
    if (QPlatformAccessibility* accessibility = QGuiApplicationPrivate::platformIntegration()->accessibility()) accessibility->setActive(active);
}

QImage screenPart(const QWidget& widget, const QRect& part) {
    const QPoint corner = widget.mapToGlobal(part.topLeft());
    return widget.screen()->grabWindow(0, corner.x(), corner.y(), part.width(), part.height()).toImage();
}

}  // namespace tessera::test
