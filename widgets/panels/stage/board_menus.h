// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QList>
#include <QObject>
#include <QPoint>

#include "generate/drawing_sweep.h"
#include "workspace/columns.h"

class QAction;
class QMenu;

namespace tessera::ui {

class CellBoard;
class EngineHost;
class Session;

/// The menus of a board's cells and headers, made from what the engine says of its lenses and models.
class BoardMenus : public QObject {
    Q_OBJECT
public:
    BoardMenus(Session& session, CellBoard& board, EngineHost& host, QWidget* parent);

    /// Shown first in the menu of a cell; they act on the current one.
    void setCellActions(QList<QAction*> actions) { m_cellActions = std::move(actions); }

    /// Shown before those where the menu is a token's; the second ones, which concern a depth, in a menu of their own.
    void setTokenActions(QList<QAction*> actions, QList<QAction*> ofDepth) {
        m_tokenActions = std::move(actions);
        m_depthActions = std::move(ofDepth);
    }

    /// `onToken`: the menu is also that of the token that is looked at there.
    void popUpCell(RowId row, int column, QPoint position, bool onToken = false);
    void popUpColumn(int column, QPoint position);
    void popUpGroup(int group, QPoint position);
    void popUpImage(RowId row, QPoint position);
    void popUpLenses(LensColumnId lens, QPoint position);  ///< which lens it shows
    void popUpAddLens(int group, QPoint position);

    /// Fills a menu of the window in the same way; for the current column.
    void fillAddLens(QMenu& menu);
    void fillAddModel(QMenu& menu);
    void fillSweep(QMenu& menu);
    void fillLens(QMenu& menu);           ///< which lens it shows
    void fillCompareModel(QMenu& menu);   ///< what it is drawn with besides its own cell
    void fillCompareImage(QMenu& menu);
    /// A row of pictures on the way from the current image's tokens to another one's, on the sphere: the lens blend, swept. How many is chosen there too.
    void fillInterpolate(QMenu& menu);
    void setWay(int pictures) { m_way = pictures; }

Q_SIGNALS:
    void sweepEditRequested(tessera::ui::LensColumnId lens, QPoint position);
    void wayChosen(int pictures);  ///< of interpolations from now on

private:
    QMenu* newMenu();
    void popUp(QMenu* menu, QPoint position);
    /// An action per lens of the engine; those that the model does not offer are off and say why.
    void addLenses(QMenu& menu, const ModelChoice& model, const std::string& checked, std::function<void(const std::string&)> chosen);
    void addModels(QMenu& menu, const std::optional<ModelChoice>& checked, std::function<void(const ModelChoice&)> chosen);
    void addColumnLenses(QMenu& menu, const Column& column);
    void addSweep(QMenu& menu, const Column& column, QPoint position);
    void addCompanion(QMenu& menu, const Column& column);
    void addCompanionModels(QMenu& menu, const Column& column);
    void addCompanionImages(QMenu& menu, const Column& column);
    void setCompanion(LensColumnId lens, std::optional<Companion> with);
    void addColumnActions(QMenu& menu, int column, QPoint position);
    void addTokenActions(QMenu& menu, const Column& column);
    void showForToken(const Column& column, const std::string& lens);
    void addReference(QMenu& menu, RowId row, const ColumnId& column);
    void addLensTo(int group, const std::string& lens);
    void addWay(QMenu& menu);

    Session& m_session;
    CellBoard& m_board;
    EngineHost& m_host;
    QWidget* m_parent;
    int m_way = kUsualOnWay;
    QList<QAction*> m_cellActions, m_tokenActions, m_depthActions;
};

/// The values that a sweep over a parameter begins with; none for what cannot be swept.
std::vector<Value> firstSweep(const ParameterSpec& spec);

}  // namespace tessera::ui
