// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "panels/stage/word_row.h"

namespace tessera::ui {

/// The line under a picture. It stands for the cell where programs read the screen.
class CellCaption : public QWidget {
    Q_OBJECT
public:
    explicit CellCaption(QWidget* parent);

    void setRow(const WordRow& row);
    const WordRow& row() const { return m_row; }
    void setCellName(const QString& name);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    WordRow m_row;
};

}  // namespace tessera::ui
