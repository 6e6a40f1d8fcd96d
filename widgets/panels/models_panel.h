// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QListView;

namespace tessera::ui {

class EngineHost;
class ModelsModel;
class Session;

/// Models that the board can show: the chosen one is checked. What is built in comes first, then what was found or opened here.
class ModelsPanel : public QWidget {
    Q_OBJECT
public:
    ModelsPanel(Session& session, EngineHost& host, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {208, 300}; }

Q_SIGNALS:
    void modelChosen(const QString& reference);
    void openRequested();

private:
    void fitList();

    ModelsModel* m_model;
    QListView* m_list;
    QLabel *m_heading, *m_hint;
};

}  // namespace tessera::ui
