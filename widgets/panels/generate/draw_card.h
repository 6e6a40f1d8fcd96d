// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>

#include "generate/drawing.h"

class QHBoxLayout;
class QLabel;
class QToolButton;

namespace tessera::ui {

/// One drawing in the queue. A click, Enter or Space looks at it; Alt+Up and Alt+Down move it.
class DrawCard : public QWidget {
    Q_OBJECT
public:
    explicit DrawCard(DrawingId id, QWidget* parent = nullptr);

    void setDrawing(const Drawing& drawing, bool queuePaused, bool current);
    QString words() const { return m_words; }

Q_SIGNALS:
    void chosen();
    void cancelRequested();
    void removeRequested();
    void retryRequested();
    void moveRequested(int by);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    void fitHeight();
    int problemHeight() const;

    DrawingId m_id;
    Drawing::State m_state = Drawing::State::Waiting;
    QString m_prompt, m_words, m_problem;
    QImage m_thumbnail;
    const void* m_samples = nullptr;
    double m_share = 0;
    bool m_current = false;
    QToolButton *m_up, *m_down, *m_retry, *m_close;
};

}  // namespace tessera::ui
