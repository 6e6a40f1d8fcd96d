// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "panels/stage/cell_face.h"

class QPushButton;

namespace tessera::ui {

/// A report that can be selected and copied, below the thing it explains. Closes itself on a click elsewhere or Esc; Enter takes the first action.
class DetailsPopup : public QWidget {
    Q_OBJECT
public:
    DetailsPopup(const QString& title, const QString& report, const std::vector<CellAction>& actions, QWidget* parent);

    /// Below the anchor (in screen coordinates), within its screen.
    void popUp(const QRect& anchor);

Q_SIGNALS:
    void actionRequested(tessera::ui::CellAction action);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QPushButton* m_first = nullptr;  ///< the button of the first action
};

}  // namespace tessera::ui
