// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QList>
#include <QWidget>

#include "panels/word_line.h"

class QAction;

namespace tessera::ui {

/// The bar over the board while tokens are offered: tools in groups, what is looked at and how much is edited, and a button that shows what
/// it was before.
class TokenBar : public QWidget {
    Q_OBJECT
public:
    TokenBar(const QList<QList<QAction*>>& groups, QAction* compare, QWidget* parent);

    /// In the middle: the depth, or why there are no codes; at the right: what is edited.
    void setWords(std::vector<Word> middle, std::vector<Word> edited);
    QString words() const;  ///< all of them, as they are shown

private:
    WordLine *m_middle, *m_edited;
};

}  // namespace tessera::ui
