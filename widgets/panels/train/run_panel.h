// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QThreadPool>
#include <QWidget>

#include "bridge/training_run.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace tessera::ui {

/// What is to be trained and where, and the runs there have been: a recipe, a folder, the recipe's small version, Start; below, recent runs to be opened again.
class RunPanel : public QWidget {
    Q_OBJECT
public:
    explicit RunPanel(TrainingRun& run, QWidget* parent = nullptr);

    /// Offers the recipes of that folder.
    void setRecipesFolder(const QString& folder);
    /// Folder in which new runs get folders of their own.
    void setRunsFolder(const QString& folder);
    void setRecipe(const QString& path);
    QString recipe() const;
    void setSmoke(bool smoke);
    bool isSmoke() const;
    QString folder() const;
    void setFolder(const QString& path);
    /// As start() would train; nothing in it where there is no recipe.
    TrainingOrder order() const;
    /// The newest first.
    void setRecent(const QStringList& folders);
    QStringList recent() const { return m_recent; }
    /// Puts a folder before all others.
    void note(const QString& folder);
    /// A folder that is not there yet, for the recipe that is chosen.
    void suggestFolder();
    QSize sizeHint() const override { return {300, 520}; }

Q_SIGNALS:
    void startRequested();
    void recipeWanted();  ///< by a dialog
    void folderWanted();
    void runWanted();
    void runChosen(const QString& folder);
    void orderChanged();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void showState();
    void showRecipe();
    void readRecent();

    TrainingRun& m_run;
    QComboBox* m_recipes;
    QLabel *m_about, *m_recentHead;
    QLineEdit* m_folder;
    QCheckBox* m_smoke;
    QPushButton *m_start, *m_openRun;
    QListWidget* m_list;
    QStringList m_recent;
    QString m_runsFolder, m_suggested;
    QThreadPool m_pool;
    int m_ticket = 0;
};

/// What the first lines of a recipe say of it; empty where they say nothing.
QString recipeWords(const QString& path);

}  // namespace tessera::ui
