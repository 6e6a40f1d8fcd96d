// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <QColor>
#include <QWidget>

namespace tessera::ui {

struct PlotAxis {
    QString title;
    double low = 0, high = 1;
    std::vector<double> ticks;  ///< empty: where they fall well
    bool operator==(const PlotAxis&) const = default;
};

/// Points joined by a line, its name at its end. Marker and dash tell it from others as its colour does.
struct PlotLine {
    QString name;
    int mark = 0;  ///< of kPlotMarks
    std::vector<QPointF> points;
    bool operator==(const PlotLine&) const = default;
};
inline constexpr int kPlotMarks = 6;

/// Bars without gaps at 1, 2, ... along x, and a dashed line after one of them with a note.
struct PlotBars {
    std::vector<double> heights;
    double noteAt = 0;
    QString note;
    bool operator==(const PlotBars&) const = default;
};

struct PlotDot {
    QPointF place;
    QRgb colour = 0;
    bool strong = false;  ///< larger, drawn over the others
    bool operator==(const PlotDot&) const = default;
};

/// A point of a line, a bar, or a dot (series 0), from 0.
struct PlotPlace {
    int series = 0, point = 0;
    bool operator==(const PlotPlace&) const = default;
};

/// A plot to look at and to point into: lines, bars or dots between two axes. The mouse, or Left and Right (Up and Down from line to line), point at one
/// thing, whose words show; a click or Enter chooses it. Whoever shows one offers its numbers as a table, too.
class PlotView : public QWidget {
    Q_OBJECT
public:
    explicit PlotView(QWidget* parent = nullptr);
    ~PlotView() override;

    void setAxes(PlotAxis x, PlotAxis y);
    void setLines(std::vector<PlotLine> lines);
    void setBars(PlotBars bars);
    void setDots(std::vector<PlotDot> dots);
    /// Has a ring round it.
    void setMarked(std::optional<PlotPlace> place);
    /// What is said of the thing that is pointed at.
    void setWords(std::function<QString(PlotPlace)> words);

    /// Where it is drawn, in logical pixels of the view; nothing before the view was shown, or if there is no such thing.
    std::optional<QPointF> placeOf(PlotPlace place) const;
    const std::optional<PlotPlace>& pointed() const;
    QSize sizeHint() const override { return {320, 168}; }
    QSize minimumSizeHint() const override { return {160, 96}; }

Q_SIGNALS:
    void chosen(int series, int point);

protected:
    bool event(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
