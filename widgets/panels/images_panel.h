// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QRectF>
#include <QWidget>

#include "workspace/row.h"

class QAction;
class QListView;

namespace tessera::ui {

class CellBoard;
class HintStack;
class ImageRowPainter;
class ImagesModel;
class Session;

/// The rows of the board: thumbnail with the stage's viewport framed, name, size or what is wrong.
class ImagesPanel : public QWidget {
    Q_OBJECT
public:
    ImagesPanel(Session& session, CellBoard& board, QWidget* parent = nullptr);

    /// In the order of the board; the current row if nothing else is selected.
    std::vector<RowId> selectedRows() const;
    /// Part of the current picture that the stage shows, 0..1; null: no frame.
    void setVisibleRegion(const QRectF& region);
    /// What a right click offers for the current row.
    void setMenu(const QList<QAction*>& actions);
    QSize sizeHint() const override { return {208, 300}; }

Q_SIGNALS:
    void selectionChanged();  ///< selectedRows()

private:
    void showRows();
    void showCurrent();
    void askForThumbnails();

    Session& m_session;
    CellBoard& m_board;
    ImagesModel* m_model;
    QListView* m_list;
    HintStack* m_stack;
    ImageRowPainter* m_painter;
};

}  // namespace tessera::ui
