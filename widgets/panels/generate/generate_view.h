// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

class QAction;
class QComboBox;
class QLabel;
class QListWidget;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QToolButton;

namespace tessera {
struct ModelInfo;
}

namespace tessera::ui {

class Banner;
class DrawDesk;
class DrawnCanvas;
class ParameterSlider;
class StepMap;
class TraceMap;
class WordLine;

/// The middle of the Generate workspace: the picture that is drawn with its tokens, beside it what the model thought of each, below a slider that winds
/// its drawing back. Before anything is drawn, an invitation; without a model that draws, how to get one.
class GenerateView : public QWidget {
    Q_OBJECT
public:
    struct Tools {
        QAction *pause, *cancel, *redraw, *addToBoard, *compare, *save, *play;
    };
    GenerateView(DrawDesk& desk, Tools tools, QWidget* parent = nullptr);

    DrawnCanvas& canvas() const { return *m_canvas; }
    TraceMap& map(int index) const { return *m_maps[index]; }
    StepMap& stepMap(int index) const { return *m_stepMaps[index]; }
    Banner& banner() const { return *m_banner; }
    /// Who draws; null: nobody does, which is what stands in the way where nothing is drawn yet. `known`: references and names of those that are on this computer.
    void setDrawer(const ModelInfo* drawer, const QList<QPair<QString, QString>>& known);
    void setKeys(const QString& queueKeys);
    /// 2 px accent dashes: something that can be dropped is over the window.
    void setDropActive(bool active);
    /// From the first token or step on, or from where it is wound back to, as far as there are any.
    void setPlaying(bool playing);
    bool isPlaying() const { return m_player.isActive(); }

Q_SIGNALS:
    void openModelRequested();  ///< by a dialog
    void modelRequested(const QString& reference);
    void promptRequested();     ///< the keyboard goes there
    void retryRequested();
    void playingChanged(bool playing);

private:
    QWidget* makeInvitation();
    QWidget* makeHead(const Tools& tools);
    QWidget* makeFoot(const Tools& tools);
    void showInvitation();
    void showPicture();
    void showPlace();
    void showSeeds();
    void playOn();

    DrawDesk& m_desk;
    QStackedWidget* m_pages;
    QWidget* m_invitation;
    QLabel *m_heading, *m_words, *m_count, *m_total, *m_depthLabel;
    QPushButton *m_open, *m_known, *m_write;
    Banner* m_banner;
    WordLine *m_prompt, *m_state, *m_probe;
    DrawnCanvas* m_canvas;
    TraceMap* m_maps[2];
    StepMap* m_stepMaps[2];
    QListWidget* m_seeds;
    ParameterSlider* m_steps;
    QSpinBox *m_depth, *m_frame;
    QLabel* m_frameLabel;
    QToolButton *m_grid, *m_play;
    QTimer m_player;
    QString m_drawer, m_drawerWords, m_reference, m_keys, m_told;
    bool m_following = false;
};

}  // namespace tessera::ui
