// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace tessera::ui {

/// Says that all columns share one viewport.
class LinkedSign : public QWidget {
    Q_OBJECT
public:
    explicit LinkedSign(QWidget* parent);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
};

}  // namespace tessera::ui
