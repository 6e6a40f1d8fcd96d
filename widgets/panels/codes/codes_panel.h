// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QWidget>

#include "bridge/code_readers.h"
#include "workspace/token_edits.h"

class QAction;
class QAbstractItemModel;
class QTableView;

namespace tessera {
struct TokenGrid;
}

namespace tessera::ui {

class HintStack;

/// What the panels about codes have in common: each shows the codes of the current cell while somebody sees it, at most once per turn of the event loop,
/// or says in one sentence why there is nothing to see.
class CodesPanel : public QWidget {
    Q_OBJECT
public:
    ~CodesPanel() override;

    /// For the title of the panel's dock.
    virtual QList<QAction*> tools() const { return {}; }

Q_SIGNALS:
    /// What the panel is about at the moment: "row 5, column 9".
    void contextChanged(const QString& context);

protected:
    explicit CodesPanel(CodeReaders& readers, QWidget* parent = nullptr);

    /// Shown unless missing() says what is.
    void setContent(QWidget* content);
    void schedule();

    /// Why there is nothing to see; empty: there is something.
    virtual QString missing() const;
    /// Shows what there is; only while the panel is seen.
    virtual void refresh() = 0;
    /// Begins and ends to want what costs work.
    virtual void watch(bool seen) { static_cast<void>(seen); }

    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

    /// Words for a model without codes and for all that comes before it has them; empty where it does.
    QString missingModel() const;
    /// The selection on the current cell's grid; no rows if there is none, or no grid.
    TokenSelection selection() const;
    /// Of the model's depths.
    int depth() const;
    std::shared_ptr<const TokenGrid> grid() const;
    void chooseDepth(int depth);
    /// Selects all tokens of the current cell that have the code at that depth; false, and nothing changes, if none has.
    bool chooseCode(int depth, std::int32_t code);

    CodeReaders& m_readers;

private:
    void present();

    HintStack* m_stack = nullptr;
    TokenSelection m_shown;
    bool m_scheduled = false;
};

/// The table of a panel: whole lines, the keys that move, Ctrl+C for all of it; letters are the window's commands. `text`: what is copied.
QTableView* makePanelTable(QAbstractItemModel* model, const QString& name, std::function<QString()> text);
QAction* makeCopyAction(QWidget* panel, const QString& name, const QString& toolTip, std::function<QString()> text);
/// Grouped digits: "41 207".
QString countWords(std::int64_t count);

}  // namespace tessera::ui
