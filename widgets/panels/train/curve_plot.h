// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <QPen>
#include <QWidget>

namespace tessera::ui {

/// A curve over the steps of a training.
struct StepCurve {
    QString name;
    int mark = 0;        ///< colour and dashes: see pen()
    bool dotted = false; ///< of held-out data: dots at its points, joined by dashes
    std::vector<std::int64_t> steps;
    std::vector<double> values;    ///< as many; what is no number is a gap
    std::vector<double> smoothed;  ///< as many, drawn over the values, which are faint then; empty: the values themselves
    QPen pen() const;
    const std::vector<double>& shown() const { return smoothed.empty() ? values : smoothed; }
};

/// Curves of up to some hundred thousand points. The mouse, or Left and Right, Home and End, puts a cursor at a step and reads all curves there; Esc takes it off.
class CurvePlot : public QWidget {
    Q_OBJECT
public:
    explicit CurvePlot(const QString& name, QWidget* parent = nullptr);

    void setCurves(std::vector<StepCurve> curves);
    const std::vector<StepCurve>& curves() const { return m_curves; }
    void setTitle(const QString& title);  ///< beside the vertical axis
    /// What is not above 0 is a gap then.
    void setLogarithmic(bool logarithmic);
    void setSteps(std::int64_t first, std::int64_t last);  ///< the horizontal axis
    void setCursor(std::optional<std::int64_t> step);
    std::optional<std::int64_t> cursor() const { return m_cursor; }
    /// Lines of what is read at the cursor: "step 500", "kl 12.3", ...
    QStringList readout() const;

    /// Room that its words need beside the vertical axis; what lies below another gets as much.
    int axisWidth() const;
    void setLeastAxisWidth(int width);

    std::optional<QPointF> placeOf(std::int64_t step, double value) const;
    QSize sizeHint() const override { return {480, 200}; }
    QSize minimumSizeHint() const override { return {160, 72}; }

Q_SIGNALS:
    /// By the mouse or the keys.
    void cursorMoved(std::optional<std::int64_t> step);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Axis {
        double low = 0, high = 1;
        bool logarithmic = false;
        double share(double value) const;
        std::vector<double> ticks() const;
    };
    QRectF area() const;
    double xOf(double step) const;
    double yOf(double value) const;
    void fitAxis();
    void move(std::optional<std::int64_t> step);
    /// Of the curve with most points, the one nearest to a step; nothing without points.
    std::optional<std::size_t> nearest(const StepCurve& curve, std::int64_t step) const;
    const StepCurve* longest() const;
    void paintGrid(QPainter& painter) const;
    void paintCurve(QPainter& painter, const StepCurve& curve, const std::vector<double>& values, const QPen& pen) const;
    void paintCursor(QPainter& painter) const;

    std::vector<StepCurve> m_curves;
    QString m_title;
    Axis m_axis;
    int m_leastAxisWidth = 0;
    std::int64_t m_first = 0, m_last = 1;
    std::optional<std::int64_t> m_cursor;
};

/// "0.0123", "1.2e−05", "12 345": four digits that count.
QString curveNumber(double value);

}  // namespace tessera::ui
