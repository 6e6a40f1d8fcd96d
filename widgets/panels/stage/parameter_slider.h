// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSlider>

namespace tessera::ui {

/// A horizontal slider whose filled part grows from where its value means nothing. Arrows step, with Shift by ten; a double click
/// goes back; a click anywhere brings the handle there.
class ParameterSlider : public QSlider {
    Q_OBJECT
public:
    ParameterSlider(int lowest, int highest, int origin, QWidget* parent);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    double placeOf(int value) const;
    int valueAt(double x) const;

    int m_origin;
};

}  // namespace tessera::ui
