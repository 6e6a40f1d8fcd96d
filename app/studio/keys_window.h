// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace tessera::studio {

/// Every key and gesture with what it does, from the actions themselves. Not modal: it can stay open beside the work.
class KeysWindow : public QDialog {
    Q_OBJECT
public:
    explicit KeysWindow(QWidget* window);
};

}  // namespace tessera::studio
