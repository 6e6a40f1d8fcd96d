// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QPoint>
#include <QRect>
#include <QSizeF>

#include "workspace/columns.h"
#include "workspace/workspace.h"

namespace tessera::ui {

/// Lengths in logical pixels; they follow the text size.
struct BoardLengths {
    int model = 0, lens = 0, parameter = 0, caption = 0;
    int rowHeader = 0;        ///< width of the headers of images at the left
    int imageHeader = 0;      ///< height of the headers of images at the top, when transposed
    int columnHeader = 0;     ///< width of the headers of columns at the left, when transposed
    int smallestCell = 0;     ///< width
    static BoardLengths fromTheme();
};

/// What there is to lay out.
struct BoardShape {
    std::vector<ColumnSpan> groups, lenses;  ///< of the columns
    int columns = 0;
    int images = 0;      ///< all rows of the session
    int current = 0;     ///< the only one that is shown unless the form is a grid
    BoardForm form;
    QSizeF picture;      ///< shape of a typical picture
    QPoint scroll;       ///< wanted; BoardLayout::scroll is what it came to
    bool wasStacked = false;
    bool lead = false;   ///< the first column large, the others beside it
};

/// Where everything of the board lies on the stage, in logical pixels. Only images and cells that can be seen are in it.
struct BoardLayout {
    struct Header {
        int image = 0;  ///< index of the row
        QRect place;
    };
    struct Cell {
        int image = 0, column = 0;
        QRect body, caption;
        QRect frame() const { return body.united(caption); }  ///< what the current cell's outline goes round
    };
    bool stacked = false;          ///< columns of one image under each other, without headers of images
    bool lead = false;             ///< the first column of one image large, the others in rows beside it, each under its own headers
    bool transposed = false;       ///< images across, columns downwards
    int firstImage = 0;            ///< the only one without a grid
    std::vector<QRect> groups;     ///< one per group: the model
    std::vector<QRect> lenses;     ///< one per lens, over all steps of a sweep
    std::vector<QRect> parameters; ///< one per column
    std::vector<Header> images;    ///< of the rows; none unless the form is a grid
    QRect corner;                  ///< where both kinds of header meet; null without headers of images
    QRect top, left;               ///< headers that stay while the rest scrolls; null if there are none
    std::vector<Cell> cells;       ///< bodies are all of one size, but for that of a lead
    QRect area;                    ///< of the cells
    QSize content;                 ///< what would show them all: scrolls where it is larger than the area
    QPoint scroll;                 ///< how far it is scrolled, inside what there is
    QSize step;                    ///< from one cell to the next

    const Cell* cell(int image, int column) const;
    /// Scroll that shows the cell whole, as near as can be to what is.
    QPoint scrollTo(int image, int column) const;
};

/// Without a grid columns stand side by side; in a stage that is taller than wide they are stacked if that makes pictures clearly larger.
/// A lead is followed where one model has three columns or more and the first becomes larger by it.
BoardLayout layOutBoard(const QSize& stage, const BoardLengths& lengths, const BoardShape& shape);

}  // namespace tessera::ui
