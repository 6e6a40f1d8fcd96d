// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace tessera::ui {

/// The edge of a place that takes what is dropped: quiet dashes, 2 px accent while something is over the window.
void paintDropDashes(QPainter& painter, const QRect& place, bool active);

/// The same over pictures, only while something is dragged.
class DropDashes : public QWidget {
    Q_OBJECT
public:
    explicit DropDashes(QWidget* parent);

protected:
    void paintEvent(QPaintEvent* event) override;
};

/// The ground of a place that is empty yet: invites, and takes a drop.
class Invitation : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    void setDropActive(bool active);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    bool m_active = false;
};

}  // namespace tessera::ui
