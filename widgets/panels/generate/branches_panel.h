// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QWidget>

#include "generate/branch_tree.h"

class QListWidget;

namespace tessera::ui {

class DrawDesk;
class HintStack;

/// Pictures that went on from one another: lines along the token axis that leave each other where a code was exchanged, beside the list of what they are.
class BranchesPanel : public QWidget {
    Q_OBJECT
public:
    explicit BranchesPanel(DrawDesk& desk, QWidget* parent = nullptr);

    const std::vector<Branch>& branches() const { return m_branches; }
    QListWidget& list() const { return *m_list; }
    QSize sizeHint() const override { return {620, 200}; }

private:
    class Tree;
    void refresh();

    DrawDesk& m_desk;
    std::vector<Branch> m_branches;
    Tree* m_tree;
    QListWidget* m_list;
    HintStack* m_stack;
    bool m_following = false;
};

}  // namespace tessera::ui
