// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;
class QLabel;
class QTableView;

namespace tessera::ui {

class AgreementModel;
class AgreementReader;
class CellBoard;
class EngineHost;
class HintStack;
class Session;

/// How far the encoders on the board see the current image alike, as a matrix: linear CKA above the diagonal, the share of mutual nearest neighbours
/// below it. A pair that is activated gets a column of its own, which maps where both agree.
class AgreementPanel : public QWidget {
    Q_OBJECT
public:
    AgreementPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent = nullptr);
    ~AgreementPanel() override;

    /// For the title of the panel's dock.
    QAction* copyAction() const { return m_copy; }
    QSize sizeHint() const override { return {480, 152}; }

protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void refresh();
    void addColumn(int own, int other);

    Session& m_session;
    EngineHost& m_host;
    AgreementReader* m_reader;
    AgreementModel* m_model;
    QTableView* m_table;
    QLabel* m_about;
    HintStack* m_stack;
    QAction* m_copy;
};

}  // namespace tessera::ui
