// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <tessera/picture.h>

namespace tessera::ui {

/// A colour map between its two numbers, 8 px high; its unit or kind at the right.
class LegendBar : public QWidget {
    Q_OBJECT
public:
    explicit LegendBar(QWidget* parent);

    struct Words {
        Legend legend;
        bool clipped = false;  ///< some values lie beyond the ends
        QString remark;        ///< at the right: "own range"
        bool operator==(const Words&) const = default;
    };
    void setWords(const Words& words);
    const Words& words() const { return m_words; }

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString low() const;
    QString high() const;

    Words m_words;
};

}  // namespace tessera::ui
