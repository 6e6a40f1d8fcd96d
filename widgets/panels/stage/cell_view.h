// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "panels/stage/cell_face.h"
#include "panels/stage/board_layout.h"

namespace tessera::ui {

class BusyOverlay;
class CellBadge;
class CellCaption;
class StateCell;

/// The widgets of one cell: all that lies under and over its picture.
class CellView : public QObject {
    Q_OBJECT
public:
    explicit CellView(QWidget* stage);

    void place(const BoardLayout::Cell& cell);
    void setFace(const CellFace& face);
    void setTurn(double turn);
    void setVisible(bool visible);
    /// What the face has to tell in full: opened from the badge, the state's Details, or the keyboard.
    void showDetails();

Q_SIGNALS:
    void actionRequested(tessera::ui::CellAction action);
    void cancelRequested();

private:
    void placeBadge();

    QWidget* m_stage;
    StateCell* m_state;
    BusyOverlay* m_busy;
    CellBadge* m_badge;
    CellCaption* m_caption;
    CellFace m_face;
    QRect m_body;
};

}  // namespace tessera::ui
