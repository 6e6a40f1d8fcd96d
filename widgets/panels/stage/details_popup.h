// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "panels/stage/cell_face.h"

namespace tessera::ui {

/// A report that can be selected and copied, below the thing it explains. Closes itself on a click elsewhere or Esc.
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
};

}  // namespace tessera::ui
