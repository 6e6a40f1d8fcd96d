// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QTimer>
#include <QWidget>

namespace tessera::ui {

/// Draws nothing of a window for a moment. With software GL every frame takes its milliseconds from the processors that make the very picture it waits for: one frame
/// with the picture is sooner there than after three without.
class FrameHold final : public QObject {
    Q_OBJECT
public:
    static constexpr int kLongest = 70;  ///< ms

    explicit FrameHold(QObject* parent = nullptr);

    /// No frame of the widget's window until release(), or for kLongest. What asks to be drawn meanwhile is drawn then.
    void hold(const QWidget& widget);
    void release();
    bool holds() const { return m_timer.isActive(); }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QPointer<QWidget> m_window;
    QTimer m_timer;
    bool m_asked = false;  ///< something wants to be drawn
};

}  // namespace tessera::ui
