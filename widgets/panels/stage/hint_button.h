// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>

namespace tessera::ui {

/// A push button with an icon, its words, and the keys that do the same.
class HintButton : public QPushButton {
    Q_OBJECT
public:
    HintButton(const QString& icon, const QString& text, const QString& keys, QWidget* parent);

    void setKeys(const QString& keys);  ///< empty: none does the same
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_icon, m_keys;
};

}  // namespace tessera::ui
