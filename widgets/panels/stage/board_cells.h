// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <vector>

#include <QObject>

#include "panels/stage/board_headers.h"
#include "panels/stage/cell_face.h"
#include "panels/stage/cell_view.h"
#include "panels/stage/probe_reader.h"
#include "panels/stage/swap_trace.h"

namespace tessera::ui {

class StageCanvas;

/// The cells of a board that can be seen: what lies under and over their pictures, and the panes that draw these.
class BoardCells : public QObject {
    Q_OBJECT
public:
    using Time = std::chrono::steady_clock::time_point;

    BoardCells(Session& session, CellBoard& board, EngineHost& host, PictureLook& look, QWidget* stage);

    /// True if it made widgets, which then lie above everything.
    bool place(const BoardLayout& layout);
    /// Words, states and progress as of now; true if something is busy.
    bool refresh(Time now);
    void setVisible(bool visible);
    /// In the order of the layout's cells.
    std::vector<canvas::Pane> panes(const StageCanvas& canvas);
    /// What the last panes() show of the current row.
    const SwapTrace::Shown& shown() const { return m_shown; }

    /// The pane of the layout that shows it, -1 if none does.
    int paneOf(RowId row, int column) const;
    RowId rowOf(int pane) const;
    int columnOf(int pane) const { return m_layout.cells[pane].column; }
    void showDetails(RowId row, int column);

    /// What each column holds where the view gives a column one range; else nothing.
    const BoardHeaders::Ranges& ranges();
    std::vector<ProbedColumn> probedColumns(RowId row);
    /// How the current cell is drawn, also while it is scrolled away; nothing without a picture. Its places are empty.
    std::optional<canvas::Pane> currentPane();
    std::vector<const Cell*> cellsOf(RowId row) const;
    /// Width and height of what the current row shows, 1 x 1 without a picture.
    QSizeF pictureShape() const;

Q_SIGNALS:
    void actionRequested(tessera::ui::RowId row, int column, tessera::ui::CellAction action);
    void cancelRequested(tessera::ui::RowId row);

private:
    struct Reference {
        std::shared_ptr<const Picture> picture;
        int column = 0;
        std::optional<int> image;  ///< of another row
    };
    Reference referenceOf(int image, int column) const;
    Reference originalOf(int image, int column) const;
    void compare(const BoardLayout::Cell& cell, const BoardHeaders::Ranges& ranges, canvas::Pane& pane);
    const Row* row(int image) const;
    bool isShownUnedited(RowId row, const Column& column) const;

    Session& m_session;
    CellBoard& m_board;
    EngineHost& m_host;
    PictureLook& m_look;
    QWidget* m_stage;
    BoardLayout m_layout;
    std::vector<CellView*> m_views;  ///< the first ones stand at the layout's cells
    std::vector<CellFace> m_faces;
    SwapTrace::Shown m_shown;
    std::optional<BoardHeaders::Ranges> m_ranges;  ///< as of the last refresh(); made when first asked for
    bool m_visible = false;
};

/// What tells a column from the board's others.
struct ColumnWords {
    QString lens;   ///< "reconstruction"
    QString sweep;  ///< "0.5"; empty without a sweep
    QString model;  ///< empty where the board has one alone, and of the source
};
ColumnWords columnWords(const Session& session, const EngineHost& host, int column);
/// The column's name among the board's: its lens, with the model and the sweep's value where there are several.
QString columnName(const Session& session, const EngineHost& host, int column);

}  // namespace tessera::ui
