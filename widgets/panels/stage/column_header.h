// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "panels/stage/legend_bar.h"
#include "panels/stage/word_row.h"

class QToolButton;

namespace tessera::ui {

/// Lens and parameter of one column: two lines, or one where columns are stacked. A column of differences has a choice of kind in
/// the first and a colour bar in the second.
class ColumnHeader : public QWidget {
    Q_OBJECT
public:
    explicit ColumnHeader(QWidget* parent);

    struct Words {
        WordRow lens, parameter;
        std::optional<LegendBar::Words> legend;  ///< instead of the parameter's words
        std::optional<std::string> kind;         ///< of the difference; absent: no choice
        QString toolTip;
        bool operator==(const Words&) const = default;
    };
    void setWords(const Words& words);
    const Words& words() const { return m_words; }
    /// Height of the first line; one line in all if `stacked`.
    void setForm(int lensHeight, bool stacked);
    QToolButton* kindButton() const { return m_kind; }

Q_SIGNALS:
    void kindChosen(const std::string& kind);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeKindButton();
    void place();
    QRect lensRoom() const;
    QRect parameterRoom() const;

    Words m_words;
    LegendBar* m_legend;
    QToolButton* m_kind = nullptr;
    int m_lensHeight = 0;
    bool m_stacked = false;
};

}  // namespace tessera::ui
