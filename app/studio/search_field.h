// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace tessera::studio {

/// What looks like a text field at the right end of the menu bar and opens the command palette.
class SearchField : public QAbstractButton {
    Q_OBJECT
public:
    SearchField(const QString& words, const QString& keys, QWidget* parent);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_keys;
};

}  // namespace tessera::studio
