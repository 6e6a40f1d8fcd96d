// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QString>
#include <QWidget>

#include "theme/theme.h"

namespace tessera::ui {

/// One word or number of a line, with what it means.
struct Word {
    enum class Role { Value, Second, Strong, Disabled, Error, Warning, Good };
    QString text;
    Role role = Role::Value;
    QRgb swatch = 0;  ///< a WordRow puts a square of this colour before it; 0: none
    bool operator==(const Word&) const = default;
};

/// A line of words in several colours: labels in second colour, values in the text colour. Elides the last one that is too long.
/// Painted directly: rich text would cost a document each time a number moves.
class WordLine : public QWidget {
    Q_OBJECT
public:
    explicit WordLine(QWidget* parent = nullptr, TextSize size = TextSize::Table);

    void setWords(std::vector<Word> words);
    const std::vector<Word>& words() const { return m_words; }
    QString text() const;
    void setAlignment(Qt::Alignment alignment);
    /// A thin rule at the left end, as between the groups of the status bar.
    void setRule(bool rule);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QFont fontOf(const Word& word) const;
    int widthOf(const Word& word) const;

    std::vector<Word> m_words;
    Qt::Alignment m_alignment = Qt::AlignLeft;
    TextSize m_size;
    bool m_rule = false;
};

QColor colourOf(Word::Role role);

}  // namespace tessera::ui
