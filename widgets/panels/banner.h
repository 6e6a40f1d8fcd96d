// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QWidget>

class QLabel;
class QPushButton;

namespace tessera::ui {

/// A line above the stage for what went wrong in the background: icon, one sentence, one action. It never takes the focus.
class Banner : public QWidget {
    Q_OBJECT
public:
    enum class Kind { Error, Information };

    explicit Banner(QWidget* parent = nullptr);

    /// `details` go to the clipboard by the copy button; empty: no such button.
    void tell(Kind kind, const QString& sentence, const QString& action = {}, std::function<void()> act = {}, const QString& details = {});
    /// Another way out, behind the first, until the next sentence.
    void addChoice(const QString& action, std::function<void()> act);
    void dismiss();
    QString sentence() const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QLabel *m_icon, *m_text;
    QPushButton *m_action, *m_choice, *m_copy;
    std::function<void()> m_act, m_actOtherwise;
    QString m_details;
    Kind m_kind = Kind::Error;
};

}  // namespace tessera::ui
