// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QListWidget;

namespace tessera::ui {

class HintButton;
class HintStack;
class LegendBar;
class WordLine;
class WordWeights;

/// The prompt's words, the one that the picture, or the rectangle that is chosen in it, owes the most to first; the one that is chosen lies over the picture as a map.
class WordsPanel : public QWidget {
    Q_OBJECT
public:
    explicit WordsPanel(WordWeights& weights, QWidget* parent = nullptr);

    QListWidget& list() const { return *m_list; }
    QSize sizeHint() const override { return {292, 420}; }

private:
    void refresh();

    WordWeights& m_weights;
    WordLine* m_place;
    QListWidget* m_list;
    QLabel* m_problem;
    LegendBar* m_bar;
    HintButton* m_ask;
    HintStack* m_stack;
    bool m_following = false;
};

}  // namespace tessera::ui
