// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "panels/stage/word_row.h"

namespace tessera::ui {

/// Names what a group of columns comes from: 26 px, semibold, with a top edge that is accent while the group holds the current cell.
class ModelHeader : public QWidget {
    Q_OBJECT
public:
    explicit ModelHeader(QWidget* parent);

    void setRow(const WordRow& row, const QString& toolTip);
    const WordRow& row() const { return m_row; }
    void setCurrent(bool current);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    WordRow m_row;
    bool m_current = false;
};

}  // namespace tessera::ui
