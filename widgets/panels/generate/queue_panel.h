// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>

#include <QWidget>

#include "generate/draw_queue.h"

class QAction;
class QVBoxLayout;

namespace tessera::ui {

class DrawCard;
class DrawDesk;
class HintStack;

/// A card for every drawing: its picture so far, how it is getting on, and what can be done with it.
class QueuePanel : public QWidget {
    Q_OBJECT
public:
    explicit QueuePanel(DrawDesk& desk, QWidget* parent = nullptr);
    ~QueuePanel() override;

    QAction* pauseAction() const { return m_pause; }
    QAction* clearAction() const { return m_clear; }
    DrawCard* card(DrawingId id) const;
    QSize sizeHint() const override { return {288, 300}; }

private:
    void showList();
    void showCard(DrawingId id);
    void showPause();

    DrawDesk& m_desk;
    std::map<DrawingId, DrawCard*> m_cards;
    QWidget* m_list;
    QVBoxLayout* m_column;
    HintStack* m_stack;
    QAction *m_pause, *m_clear;
};

/// "137 of 256 · 11.4 tokens/s · 10 s left": how a drawing is getting on.
QString drawingWords(const Drawing& drawing, bool queuePaused);

}  // namespace tessera::ui
