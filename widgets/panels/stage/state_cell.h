// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

#include "panels/stage/cell_face.h"

class QLabel;
class QPushButton;

namespace tessera::ui {

/// Stands in place of a picture: an edge, an icon, what happened, why, what to do. Where room is short the lesser parts give way.
class StateCell : public QWidget {
    Q_OBJECT
public:
    explicit StateCell(QWidget* parent);

    void setWords(const StateWords& words);
    const StateWords& words() const { return m_words; }

Q_SIGNALS:
    void actionRequested(tessera::ui::CellAction action);
    void detailsRequested();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void makeButtons();
    void dress();
    void place();
    void placeError();
    void placeQuiet();
    int placeButtons(int left, int width, int bottom);  ///< returns where they begin
    int buttonRows(int width) const;

    StateWords m_words;
    QLabel *m_heading, *m_text, *m_advice, *m_where;
    std::vector<QPushButton*> m_buttons;
    QRect m_icon, m_box;
};

}  // namespace tessera::ui
