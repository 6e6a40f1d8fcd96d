// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>

#include <tessera/picture.h>

#include "theme/theme.h"

namespace tessera::ui {

/// A colour map between its two numbers, 8 px high; how it was chosen at the right. In a narrow header the bar gives way to the words, which
/// get shorter, and last of all smaller; words that do not fit even so are left to the tool tip.
class LegendBar : public QWidget {
    Q_OBJECT
public:
    explicit LegendBar(QWidget* parent);

    struct Words {
        Legend legend;
        bool clipped = false;  ///< some values lie beyond the ends
        QString remark;        ///< at the right: "own range, log, × 2"
        QString shortRemark;   ///< the same where there is little room: "own log ×2"
        QString explanation;   ///< for the tool tip: what the remark means for the reader
        bool operator==(const Words&) const = default;
    };
    void setWords(const Words& words);
    const Words& words() const { return m_words; }
    /// The remark as there is room for it.
    QString shownRemark() const { return fitted().remark; }

    /// A colour map from left to right, 1 px high.
    static QImage stripe(ColourMap map);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString low() const;
    QString high() const;
    /// What fits beside the numbers: the words of the remark and the length left for the bar.
    struct Fitted {
        QString remark;
        int bar = 0, low = 0, high = 0, words = 0;  ///< widths
        int gap = 0, margin = 0;                    ///< between them, and at both ends
        TextSize text = TextSize::Table;
    };
    Fitted fitted() const;

    Words m_words;
};

}  // namespace tessera::ui
