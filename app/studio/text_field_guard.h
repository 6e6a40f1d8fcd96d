// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QObject>

class QWidget;

namespace tessera::studio {

/// Keeps single keys in the text field that has the focus: "1" or "F" typed there is a character and no command. Esc takes back
/// what was typed and leaves the field for what `home` gives; keys with Ctrl or Alt and function keys work as everywhere.
class TextFieldGuard : public QObject {
    Q_OBJECT
public:
    TextFieldGuard(QWidget& window, std::function<QWidget*()> home);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    QWidget& m_window;
    std::function<QWidget*()> m_home;
};

}  // namespace tessera::studio
