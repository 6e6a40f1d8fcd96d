// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <QObject>
#include <QPointF>

#include "canvas/token_layer.h"
#include "panels/stage/token_surgery.h"
#include "panels/word_line.h"

class QMouseEvent;

namespace tessera::ui {

class BoardCells;
class StageCanvas;

/// What the left button does over a token.
enum class TokenTool {
    Select,  ///< a click looks at it, a drag chooses a rectangle
    Lasso,   ///< a drag chooses what it goes round
    Paint    ///< a drag gives tokens the brush's code
};

/// The pointer over tokens, and the layers that show them: what is looked at, chosen and edited. Ctrl adds to what is chosen or takes from it,
/// Shift extends it, Alt chooses all tokens with the same code. Where no token lies, and with the other buttons, the viewport has the mouse; where the
/// board is not about tokens, a click looks at one and a drag is the viewport's.
class TokenHand : public QObject {
    Q_OBJECT
public:
    /// `press`: makes the cell at a logical position of the canvas the current one.
    TokenHand(Session& session, TokenReader& reader, TokenSurgery& surgery, StageCanvas& canvas, BoardCells& cells, std::function<void(QPointF)> press);

    TokenTool tool() const { return m_tool; }
    void setTool(TokenTool tool);

    /// Gives panes their layers. In the order of the board's cells.
    void dress(std::vector<canvas::Pane>& panes) const;
    /// The menu of a cell is also that of a token where the board is about them.
    bool hasMenu() const;
    /// Looks at the token under a press that asks for its menu, unless it is among those that are chosen; false if none lies there.
    bool aimAt(QPointF position);
    /// Of the token under the pointer, else of the one that is looked at; none without either.
    std::vector<Word> words(std::optional<QPointF> pointer) const;
    /// Where the token that is looked at lies in the current cell, in logical pixels of the canvas; null while it is not seen.
    QRect cursorRect() const;

Q_SIGNALS:
    void toolChanged();
    void changed();  ///< the layers are others

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    struct Hit {
        int pane = -1;
        TokenPlace place;
    };
    enum class Drag { None, Click, Rectangle, Toggle, Lasso, Paint };
    std::optional<Hit> at(QPointF position) const;
    canvas::TokenPlacement placement(int pane) const;
    /// In cells of the pane that is dragged over, kept inside its grid; nothing if the pane is gone.
    std::optional<canvas::TokenLayer::Point> pointAt(QPointF position) const;
    bool press(const QMouseEvent& event);
    void move(const QMouseEvent& event);
    void release(const QMouseEvent& event);

    Session& m_session;
    TokenReader& m_reader;
    TokenSurgery& m_surgery;
    StageCanvas& m_canvas;
    BoardCells& m_cells;
    std::function<void(QPointF)> m_press;
    TokenTool m_tool = TokenTool::Select;

    Drag m_drag = Drag::None;
    RowId m_row{};                     ///< these two: the cell that is dragged over
    int m_column = 0;
    TokenPlace m_from, m_last;         ///< where the drag began, and where it is
    QPointF m_pressed;                 ///< where, of a click
    std::vector<TokenPlace> m_before;  ///< chosen before it
    std::vector<canvas::TokenLayer::Point> m_lasso;
};

}  // namespace tessera::ui
