// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "panels/stage/cell_face.h"

class QAbstractButton;

namespace tessera::ui {

/// Lies over a cell's picture: a spinner in its middle, or a bar with step, time left and cancel at its foot. The rest of the cell
/// keeps its mouse.
class BusyOverlay : public QWidget {
    Q_OBJECT
public:
    explicit BusyOverlay(QWidget* parent);

    void setWords(const BusyWords& words);
    const BusyWords& words() const { return m_words; }
    void setBody(const QRect& body);  ///< of the cell, in the parent's coordinates
    /// The spinner's place in its turn, from the stage's clock; 0..1.
    void setTurn(double turn);
    QAbstractButton* cancelButton() const { return m_cancel; }

Q_SIGNALS:
    void cancelRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void place();
    void paintSpinner();
    void paintBar();

    BusyWords m_words;
    QRect m_body;
    double m_turn = 0;
    QAbstractButton* m_cancel;
};

}  // namespace tessera::ui
