// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QImage>
#include <QMimeData>
#include <QWidget>

namespace tessera::test {

/// Runs the event loop until that is so; false after `seconds`.
bool waitUntil(const std::function<bool()>& holds, double seconds = 60);
/// Handles what is waiting, and what comes in that time.
void settle(int milliseconds = 50);

// Events as the window system brings them; places are in the coordinates of the widget.
void keyDown(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier, const QString& text = {});
void keyUp(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier, const QString& text = {});
void moveMouse(QWidget& widget, QPoint place);
void click(QWidget& widget, QPoint place, Qt::MouseButton button = Qt::LeftButton, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
/// With the left button held, in that many moves.
void drag(QWidget& widget, QPoint from, QPoint to, int moves = 5, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
/// The same along a line of several places.
void dragAlong(QWidget& widget, const QList<QPoint>& places, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
void turnWheel(QWidget& widget, QPoint place, int steps);
/// True if the window would take it.
bool dragOver(QWidget& widget, QPoint place, const QMimeData& mime, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
void dragAway(QWidget& widget);
/// True if the window took it.
bool dropOn(QWidget& widget, QPoint place, const QMimeData& mime, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
/// Makes the window the active one, as a window manager would.
void activate(QWidget& window);
/// Without the turn of the event loop that activate() gives.
void activateAtOnce(QWidget& window);

/// Has events told to assistive technology, as if it had asked for them.
void setReaderActive(bool active);

/// What really is on the screen there, popups and all, in device pixels.
QImage screenPart(const QWidget& widget, const QRect& part);

}  // namespace tessera::test
