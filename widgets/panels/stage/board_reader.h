// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <QObject>
#include <QRect>
#include <QString>

#include "workspace/row.h"

namespace tessera::ui {

class BoardMenus;
class CellBoard;
class EngineHost;
class Session;
class StageView;
struct BoardLayout;
struct CellFace;

/// A board in words, as assistive technology reads it: one row per image and one column per column of pictures, whatever the form shows of
/// them and however it is turned. Follows the session and tells of what changes while somebody listens.
class BoardReader : public QObject {
    Q_OBJECT
public:
    BoardReader(Session& session, CellBoard& board, EngineHost& host, BoardMenus& menus, const BoardLayout& layout, StageView& stage);

    int rows() const;
    int columns() const;
    int currentRow() const;
    int currentColumn() const;

    /// "row 3 of 12, blocks.png; column 2, reconstruction of mini-autoencoder; 34.39 dB, SSIM 0.957".
    QString cellName(int row, int column) const;
    QString rowName(int row) const;        ///< "blocks.png, PNG, 512 × 512 px"
    QString columnName(int column) const;  ///< "reconstruction of mini-autoencoder"
    QString summary() const;               ///< how many there are, and how they lie on the screen
    /// Words for the token that is looked at in the current cell; none without one. noteToken() tells that they are others.
    void setToken(std::function<QString()> token) { m_token = std::move(token); }
    void noteToken() { tellName(); }
    bool isBusy(int row, int column) const;

    /// On the screen; empty while scrolled away, or folded into the form that shows one image.
    QRect place(int row, int column) const;
    /// The cell at a place of the screen.
    std::optional<std::pair<int, int>> at(QPoint global) const;

    void makeCurrent(int row, int column);
    /// The menu of a cell; of an image with column -1, of a column with row -1.
    void showMenu(int row, int column);

    /// The keyboard is on the stage: on its current cell. Told when all others have had their say: lists that follow the current image
    /// tell of a focus that they do not have.
    void tellFocusLater();

private:
    void follow();
    void tellCurrent();
    void tellFocus();
    void tellName();
    void tellRows(int change, int first, int last);
    void tellReset();
    CellFace face(int row, int column) const;

    Session& m_session;
    CellBoard& m_board;
    EngineHost& m_host;
    BoardMenus& m_menus;
    const BoardLayout& m_layout;
    StageView& m_stage;
    std::function<QString()> m_token;
    QString m_toldName;
    bool m_focusDue = false;
};

}  // namespace tessera::ui
