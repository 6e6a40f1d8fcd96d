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

/// One number of every token at the depth that is looked at, as a heat map with its legend. Tokens that are not there stay dark; a click looks at one.
class TraceMap : public QWidget {
    Q_OBJECT
public:
    enum class Kind { Entropy, Rank, Probability, Guidance };

    TraceMap(DrawDesk& desk, Kind kind, QWidget* parent = nullptr);

    void setKind(Kind kind);
    Kind kind() const { return m_kind; }
    /// Of the frame that is shown; NaN where there is no number.
    const std::vector<float>& values() const { return m_values; }
    const Legend& legend() const { return m_legend; }
    QRect bodyRect() const;
    QSize sizeHint() const override { return {208, 240}; }
    QSize minimumSizeHint() const override { return {120, 120}; }

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void read();
    int tokenAt(QPoint place) const;
    QRect cell(int index) const;

    DrawDesk& m_desk;
    Kind m_kind;
    QComboBox* m_choice;
    QLabel* m_depth;
    LegendBar* m_bar;
    std::vector<float> m_values;
    Legend m_legend;
    int m_rows = 0, m_columns = 0;
};

}  // namespace tessera::ui
