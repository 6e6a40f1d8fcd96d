// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>

namespace tessera::ui {

/// A number with its unit, to be typed with or without it. Enter takes what was typed, Esc and nonsense bring back what was there;
/// Up and Down step, with Shift by ten.
class NumberField : public QLineEdit {
    Q_OBJECT
public:
    struct Range {
        double low = 0, high = 1, step = 1;
        int decimals = 0;  ///< -1: as many as it takes
        QString unit;
        QString longest;  ///< text that must fit
    };
    NumberField(Range range, QWidget* parent);

    void setValue(double value);
    /// Shown instead of a number while there is none.
    void setEmpty();
    double value() const { return m_value; }
    /// Brings back what was there before somebody typed.
    void takeBack();

    QSize sizeHint() const override;

Q_SIGNALS:
    void committed(double value);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    QString textOf(double value) const;
    void commit();
    void restore();

    Range m_range;
    double m_value = 0;
    bool m_empty = true;
};

}  // namespace tessera::ui
