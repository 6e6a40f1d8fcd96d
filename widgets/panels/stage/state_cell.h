// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

#include "panels/stage/cell_face.h"

class QLabel;
class QPushButton;

namespace tessera::ui {

/// Stands in place of a picture: an edge, an icon, what happened, why, what to do. Where room is short the lesser parts give way: the file
/// and the advice, then the icon, then buttons and words, whose whole is in the tool tip; in the end the icon stands alone. A click then opens
/// the details.
class StateCell : public QWidget {
    Q_OBJECT
public:
    explicit StateCell(QWidget* parent);

    void setWords(const StateWords& words);
    const StateWords& words() const { return m_words; }
    const QRect& icon() const { return m_icon; }  ///< null where it gave way

Q_SIGNALS:
    void actionRequested(tessera::ui::CellAction action);
    void detailsRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;

private:
    void makeButtons();
    void dress();
    void place();
    void placeError();
    void placeQuiet();
    void placeIcon();
    int placeButtons(int left, int width, int bottom, int rows);  ///< as many rows as that; returns where they begin
    int buttonRows(int width) const;
    bool isButton() const;

    StateWords m_words;
    QLabel *m_heading, *m_text, *m_advice, *m_where;
    std::vector<QPushButton*> m_buttons;
    QRect m_icon, m_box;
    bool m_complete = true;  ///< nothing was left out
};

}  // namespace tessera::ui
