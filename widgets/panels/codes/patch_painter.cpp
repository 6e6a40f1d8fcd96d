// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/codes/patch_painter.h"

#include <QImage>
#include <QPainter>
#include <QPainterPath>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kTick = 5;

}  // namespace

PatchPainter::PatchPainter(int patchRole, QList<int> pictures, int unitRole, int editedRole, QObject* parent, int padding)
    : TablePainter(unitRole, -1, parent, padding), m_patchRole(patchRole), m_editedRole(editedRole), m_pictures(std::move(pictures)) {}

void PatchPainter::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    TablePainter::paint(painter, option, index);
    const bool edited = m_editedRole >= 0 && index.data(m_editedRole).toBool();
    if (!edited && !m_pictures.contains(index.column())) return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (edited) {
        const QPointF corner = QRectF(option.rect).adjusted(0, 2, -2, 0).topRight();
        QPainterPath tick(corner);
        tick.lineTo(corner + QPointF(-kTick, 0));
        tick.lineTo(corner + QPointF(0, kTick));
        painter->fillPath(tick, option.state & QStyle::State_Selected ? tokens().onSelection : tokens().text);
    } else {
        QRectF box(0, 0, kPatch, kPatch);
        box.moveCenter(QRectF(option.rect).center());
        const QImage patch = index.data(m_patchRole).value<QImage>();
        QPainterPath outline;
        outline.addRoundedRect(box, size::kSmallRadius, size::kSmallRadius);
        if (patch.isNull()) {
            painter->setPen(QPen(tokens().line, 1));
            painter->drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), size::kSmallRadius, size::kSmallRadius);
        } else {
            painter->setClipPath(outline);
            painter->drawImage(box, patch);
        }
    }
    painter->restore();
}

}  // namespace tessera::ui
