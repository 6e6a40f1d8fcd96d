// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/codes/codes_panel.h"

class QComboBox;
class QKeyEvent;
class QLineEdit;

namespace tessera::ui {

class CodebookModel;
class WordLine;

/// The codes of the current depth: how each looks alone, how often it is used here and in all rows, which other is nearest. A line that is chosen selects the
/// tokens that have its code; Enter gives the code to the tokens that were chosen before the table was used.
class CodebookPanel : public CodesPanel {
    Q_OBJECT
public:
    explicit CodebookPanel(CodeReaders& readers, QWidget* parent = nullptr);
    ~CodebookPanel() override;

    /// The lines shown, tab-separated, with a header.
    QString text() const;
    QList<QAction*> tools() const override { return {m_copy}; }
    QSize sizeHint() const override { return {336, 420}; }

protected:
    QString missing() const override;
    void refresh() override;
    void watch(bool seen) override;
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    QWidget* makeBody();
    void connectParts();
    void filter();
    bool findByDigit(QKeyEvent& event);
    void showLine();
    void showWords();
    void lookAtVisible();
    void choose(int line);
    void apply(int line);

    CodebookModel* m_model;
    QTableView* m_table;
    QLineEdit* m_find;
    QComboBox* m_which;
    WordLine *m_counts, *m_measures;
    QAction *m_copy, *m_apply;
    CodeUse m_use;               ///< of the current cell; nothing counted without one
    std::int32_t m_chosen = -1;  ///< the code of the line that was chosen last
    TokenSelection m_own;     ///< as the table chose it last
    bool m_asked = false;     ///< Enter found nothing to edit, and somebody was told; until he chooses
    TokenSelection m_target;  ///< as somebody else chose it last
    bool m_showing = false;   ///< the table follows the selection, not the other way round
    bool m_looking = false;
};

}  // namespace tessera::ui
