// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "panels/table_painter.h"

namespace tessera::ui {

/// Table cells some of which hold a small picture, enlarged pixel by pixel. A cell that was edited has a tick in its corner.
class PatchPainter : public TablePainter {
    Q_OBJECT
public:
    /// `patchRole` gives a QImage; null: an empty box where `pictures` says that the section holds pictures. `editedRole`: -1, none.
    PatchPainter(int patchRole, QList<int> pictures, int unitRole, int editedRole, QObject* parent, int padding = 8);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

    static constexpr int kRow = 28, kPatch = 24;

private:
    int m_patchRole, m_editedRole;
    QList<int> m_pictures;
};

}  // namespace tessera::ui
