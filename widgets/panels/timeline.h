// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

class QLabel;
class QToolButton;

namespace tessera::ui {

class CellBoard;
class ParameterSlider;
class Session;

/// The frame of every clip on the board, in one slider under the stage: only there while a row is a clip. Plays at the longest clip's own rate, a frame only
/// when every cell on screen shows the one before it: slower where models take longer.
class Timeline : public QWidget {
    Q_OBJECT
public:
    Timeline(Session& session, CellBoard& board, QWidget* parent = nullptr);

    bool isPlaying() const { return m_timer.isActive(); }
    void setPlaying(bool playing);
    /// To the next frame, or the one before; after the last comes the first.
    void step(int by);
    void setAvailable(bool available);  ///< the board is to be seen

Q_SIGNALS:
    void changed();  ///< isPlaying(), or whether there is anything to play

private:
    void follow();
    void setFrame(int frame);
    void play();
    double framesPerSecond() const;

    Session& m_session;
    CellBoard& m_board;
    QToolButton* m_play;
    ParameterSlider* m_slider;
    QLabel* m_words;
    QTimer m_timer;
    int m_frames = 1;
    bool m_available = true, m_following = false;
};

}  // namespace tessera::ui
