// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

#include "panels/stage/cell_face.h"

namespace tessera::ui {

/// One line on black over the picture's corner; a click opens its details. Follows no theme.
class CellBadge : public QAbstractButton {
    Q_OBJECT
public:
    explicit CellBadge(QWidget* parent);

    void setWords(const BadgeWords& words);
    const BadgeWords& words() const { return m_words; }
    /// Top left corner, and how far it may reach.
    void place(QPoint corner, int room);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    BadgeWords m_words;
};

}  // namespace tessera::ui
