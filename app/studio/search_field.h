// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

class QAction;

namespace tessera::studio {

/// What looks like a text field at the right end of the menu bar and opens the command palette.
class SearchField : public QAbstractButton {
    Q_OBJECT
public:
    /// `action` opens it; its keys are shown.
    SearchField(QAction& action, QWidget* parent);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void showKeys();

    const QAction& m_action;
    QString m_keys;
};

}  // namespace tessera::studio
