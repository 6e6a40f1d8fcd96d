// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <QWidget>

#include "canvas/pane.h"
#include "panels/stage_probe.h"
#include "panels/word_line.h"
#include "workspace/row.h"

namespace tessera::ui {

class BoardMenus;
class CellBoard;
class EmptyState;
class EngineHost;
class Session;
class StageCanvas;
class TokenHand;
class TokenKeyboard;
class TokenReader;
class TokenSurgery;

/// The board of a session, all rows or the current one, under one viewport, with headers and captions. Without rows, the empty state.
/// Follows the session, its board and the host by itself; the wheel zooms (over headers, or with Alt, it scrolls),
/// dragging pans, a double click fits, a click makes a cell current.
class StageView : public QWidget {
    Q_OBJECT
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    StageView(Session& session, CellBoard& board, EngineHost& host, QWidget* parent = nullptr);
    ~StageView() override;

    /// Covers the stage while the session has no rows; its signals say what the person wants opened.
    EmptyState& emptyState() const;
    StageCanvas& canvas() const;
    BoardMenus& menus() const;

    /// Shows tokens and lets them be chosen and edited, from now on. The reader outlives the stage.
    void setTokens(TokenReader& reader);
    /// These three are null before setTokens().
    TokenSurgery* surgery() const;
    TokenHand* tokenHand() const;
    TokenKeyboard* tokenKeyboard() const;
    /// Opens a field for a code beside the token that is looked at.
    void typeCode();

    void zoomIn();
    void zoomOut();
    void fit();         ///< eased, as actualSize()
    void actualSize();  ///< 100 %: a pixel of the model's input is a pixel of the screen
    void reset();       ///< fit, no exposure, shared ranges, automatic sampling
    void setZoom(double zoom);      ///< 1 is 100 %; the centre stays
    void panBy(QPointF logical);    ///< moves the pictures by that
    double zoomShown() const;       ///< 1 is 100 %; 0 while there is no picture
    bool isFitted() const;
    /// Part of the source's common region that the cells show, 0..1: the frame in a row's thumbnail. Null without a picture.
    QRectF visibleRegion() const;

    /// At the pinned place, as far as it can be seen; else under the pointer.
    std::optional<StageProbe> probe() const;
    /// How the current cell is drawn, also while it is scrolled away; nothing without a picture. Its places are empty.
    std::optional<canvas::Pane> currentPane() const;
    /// Pins the crosshair where the pointer is, in all columns; takes it off if there is one.
    void togglePin();

    /// Everything that the stage shows, in device pixels, drawn now.
    QImage grabFrame();
    void setHudVisible(bool visible);
    bool isHudVisible() const;
    /// 2 px accent dashes: something that can be dropped is over the window.
    void setDropActive(bool active);

    /// Where a column's picture of the current row is shown, in the stage's own coordinates; null while it is scrolled away.
    QRect cellBody(int column) const;
    QRect cellBody(RowId row, int column) const;
    /// Scrolls as little as it takes to show the current cell whole.
    void showCurrentCell();
    /// Wider or narrower cells of a grid, by that factor.
    void sizeCells(double factor);
    /// Measures how long cells have been busy; tests put in their own. Call again when it jumped.
    void setClock(Clock clock);

Q_SIGNALS:
    void hovered(const tessera::ui::StageProbe* probe);  ///< null: no picture under the pointer and nothing pinned
    void tokenTold(const std::vector<tessera::ui::Word>& words);  ///< of the token under the pointer, else of the one that is looked at; none: neither
    void panesChanged();            ///< cells show something else, or in another way: currentPane()
    void viewChanged();             ///< zoomShown(), isFitted() or visibleRegion() is another
    void firstFrame();              ///< once, when the first frame is on the screen
    void modelActionRequested();    ///< "Show models" was pressed in a cell

protected:
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool event(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::ui
