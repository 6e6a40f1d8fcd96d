// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <QWidget>

#include "canvas/pane.h"

namespace tessera::ui {

class FineHistogram;

/// A histogram to look at and to choose values from. Dragging selects bins, an end of the selection can be moved, a double click or Esc
/// takes it off; Left and Right move its low end, with Shift its high end, with Ctrl by ten bins.
class HistogramPlot : public QWidget {
    Q_OBJECT
public:
    using Range = std::pair<float, float>;

    explicit HistogramPlot(QWidget* parent = nullptr);

    /// `look`: gives a field's bars their colours.
    void setHistogram(std::shared_ptr<const FineHistogram> histogram, const canvas::PaneLook& look);
    void setLogarithmic(bool logarithmic);
    void setBrush(std::optional<Range> brush);

    int bins() const;  ///< as the width allows
    /// Where a value lies, in logical pixels.
    double placeOf(double value) const;
    QSize sizeHint() const override { return {248, 168}; }
    QSize minimumSizeHint() const override { return {120, 96}; }

Q_SIGNALS:
    void brushChanged(std::optional<std::pair<float, float>> brush);
    void hovered(int bin);  ///< -1: none

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QRect area() const;
    int binAt(double x) const;
    void tellBrush(int first, int last);
    void tell(std::optional<Range> brush);
    void moveEnd(bool high, int by);
    double heightOf(std::uint64_t count, std::uint64_t most) const;
    void paintBars(QPainter& painter) const;
    void paintLines(QPainter& painter) const;
    void paintKey(QPainter& painter) const;
    void paintBrush(QPainter& painter) const;
    void paintAxes(QPainter& painter) const;

    std::shared_ptr<const FineHistogram> m_histogram;
    canvas::PaneLook m_look;
    std::optional<Range> m_brush;
    bool m_logarithmic = false;
    std::optional<int> m_anchor;  ///< bin at the end of the selection that stays, while the mouse drags the other
    bool m_dragged = false;
    int m_hovered = -1;
};

/// What tells a channel of a colour picture in the plot: its letter, colour and dashes.
struct ChannelMark {
    QString letter, name;
    QColor colour;
    Qt::PenStyle dashes;
};
ChannelMark channelMark(int channel);

}  // namespace tessera::ui
