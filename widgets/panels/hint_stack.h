// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStackedWidget>

class QLabel;

namespace tessera::ui {

/// A panel's content, or one sentence in its place that says what would fill it.
class HintStack : public QStackedWidget {
    Q_OBJECT
public:
    HintStack(QWidget* content, const QString& hint, QWidget* parent = nullptr);
    void setFilled(bool filled);
    bool isFilled() const { return currentIndex() == 0; }
    void setHint(const QString& hint);

private:
    QLabel* m_hint;
};

}  // namespace tessera::ui
