// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include "generate/draw_history.h"

class QAction;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;

namespace tessera::ui {

class HintStack;

/// Everything that was drawn, the newest first: search, one model's alone, take its settings again, look at it again, delete.
class HistoryPanel : public QWidget {
    Q_OBJECT
public:
    explicit HistoryPanel(DrawHistory& history, QWidget* parent = nullptr);

    /// Restore, open, delete.
    QList<QAction*> tools() const { return {m_restore, m_open, m_delete}; }
    QListWidget& list() const { return *m_list; }
    QSize sizeHint() const override { return {400, 200}; }

Q_SIGNALS:
    void restoreRequested(const tessera::ui::HistoryEntry& entry);
    void openRequested(const tessera::ui::HistoryEntry& entry);
    void contextChanged(const QString& context);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void refresh();
    void search();
    void showModels();
    void showTools();
    const HistoryEntry* current() const;

    DrawHistory& m_history;
    QLineEdit* m_search;
    QComboBox* m_models;
    QLabel* m_problem;
    QListWidget* m_list;
    HintStack* m_stack;
    QAction *m_restore, *m_open, *m_delete;
    QTimer m_typing;
    bool m_asked = false;
};

}  // namespace tessera::ui
