// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

namespace tessera::ui {

class DrawDesk;

/// The picture that is drawn, under its grid of tokens: what is not there yet stays dark, a token that came since the last preview has its code's colour,
/// the one under way is dashed; what masks draw again is hatched, and what they have just fixed outlined. A click looks at a token, a drag chooses a rectangle, arrows go from token to token.
class DrawnCanvas : public QWidget {
    Q_OBJECT
public:
    explicit DrawnCanvas(DrawDesk& desk, QWidget* parent = nullptr);

    void setGridShown(bool shown);
    bool isGridShown() const { return m_grid; }
    /// Where the picture stands: in the middle, unless it makes way for the last finished one.
    QRect pictureRect() const;
    /// Of a token of the frame that is shown, counted over all frames; empty for one of another.
    QRect tokenRect(int token) const;
    /// Token at a place; -1: none.
    int tokenAt(QPoint place) const;
    /// Where the last finished picture stands while another is being drawn; a click looks at it. Empty: there is none, or no room for it.
    QRect lastFinishedRect() const;
    QSize sizeHint() const override { return {480, 480}; }
    QSize minimumSizeHint() const override { return {160, 160}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Places {
        QRect picture, last;
    };
    Places places() const;
    void paintTokens(QPainter& painter, const QRect& picture) const;
    void paintHeat(QPainter& painter) const;
    void paintMasks(QPainter& painter) const;
    void paintMarks(QPainter& painter) const;
    void paintLastFinished(QPainter& painter) const;
    static QString lastFinishedWords();
    void tell();
    QRect cells(int a, int b) const;

    DrawDesk& m_desk;
    bool m_grid = true;
    int m_pressed = -1;
    bool m_dragged = false;
    QTimer m_march;
    int m_phase = 0;
};

/// "row 6, column 8": of a token, 1-based; the frame before it in a clip.
QString tokenPlaceWords(const DrawDesk& desk, int token);

}  // namespace tessera::ui
