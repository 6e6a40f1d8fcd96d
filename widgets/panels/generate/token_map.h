// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

#include <tessera/picture.h>

class QComboBox;
class QLabel;

namespace tessera::ui {

class DrawDesk;
class LegendBar;

/// Something of every token of the frame that is shown, under a choice of what it is and over its legend. A click looks at a token.
class TokenMap : public QWidget {
    Q_OBJECT
public:
    /// One number of each token; NaN where there is none. Empty: of maps that are no numbers.
    const std::vector<float>& values() const { return m_values; }
    const Legend& legend() const { return m_legend; }
    QRect bodyRect() const;
    QRect cell(int index) const;  ///< of a token, counted within the frame
    QSize sizeHint() const override { return {208, 240}; }
    QSize minimumSizeHint() const override { return {120, 120}; }

protected:
    /// Room that the remark beside the choice takes, and that the choice leaves for it, in px.
    struct Room {
        int remark = 0, left = 0;
    };
    TokenMap(DrawDesk& desk, Room room, QWidget* parent);

    /// Makes values, legend, rows and columns of what the desk looks at, and says them.
    virtual void read() = 0;
    virtual void paintTokens(QPainter& painter) const = 0;
    /// The desk's number of the first token that is shown.
    virtual int firstToken() const { return 0; }
    void readAnew();
    /// Of values, by colours of the legend; `position` brings one to 0..1.
    template <typename Position>
    void paintValues(QPainter& painter, const Position& position) const;
    void placeParts();

    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

    DrawDesk& m_desk;
    QComboBox* m_choice;
    QLabel* m_remark;
    LegendBar* m_bar;
    std::vector<float> m_values;
    Legend m_legend;
    int m_rows = 0, m_columns = 0;

private:
    int tokenAt(QPoint place) const;
    void paintValue(QPainter& painter, int index, double position) const;

    const Room m_room;
};

template <typename Position>
void TokenMap::paintValues(QPainter& painter, const Position& position) const {
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        if (m_values[i] == m_values[i]) paintValue(painter, static_cast<int>(i), position(m_values[i]));
    }
}

}  // namespace tessera::ui
