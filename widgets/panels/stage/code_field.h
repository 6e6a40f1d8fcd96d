// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QLineEdit;

namespace tessera::ui {

class TokenSurgery;

/// A small field beside a token: Enter gives the typed code to what is chosen, Esc leaves it as it is. What is no code is said in the field,
/// which then stays.
class CodeField : public QFrame {
    Q_OBJECT
public:
    CodeField(TokenSurgery& surgery, QWidget& stage);

    /// Beside a rectangle of the stage, inside the stage; its middle where there is none.
    void open(const QRect& beside);
    const QLineEdit& line() const { return *m_line; }
    QString problem() const;

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    void enter();
    void leave();
    void place();

    TokenSurgery& m_surgery;
    QWidget& m_stage;
    QLabel *m_label, *m_problem;
    QLineEdit* m_line;
    QRect m_beside;
};

}  // namespace tessera::ui
