// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/model_row_painter.h"

#include <QPainter>
#include <QPolygonF>

#include "models/models_model.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kLeft = 12, kMark = 14, kGap = 10, kLine = 17;

/// One of several: a ring, filled for the chosen one.
void paintMark(QPainter& painter, const QRectF& place, bool chosen) {
    const Tokens& t = tokens();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(chosen ? QPen(Qt::NoPen) : QPen(t.edge, 1));
    painter.setBrush(chosen ? t.selection : t.base);
    painter.drawEllipse(chosen ? place : place.adjusted(0.5, 0.5, -0.5, -0.5));
    if (!chosen) return;
    painter.setBrush(t.onSelection);
    painter.drawEllipse(place.center(), 2.5, 2.5);
}

/// Any number of several: a box with a tick.
void paintBox(QPainter& painter, const QRectF& place, bool chosen) {
    const Tokens& t = tokens();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(chosen ? QPen(Qt::NoPen) : QPen(t.edge, 1));
    painter.setBrush(chosen ? t.selection : t.base);
    painter.drawRoundedRect(chosen ? place : place.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    if (!chosen) return;
    painter.setPen(QPen(t.onSelection, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(QPolygonF{place.topLeft() + QPointF(3.5, 7.25), place.topLeft() + QPointF(6, 9.75), place.topLeft() + QPointF(10.5, 4.5)});
}

}  // namespace

void ModelRowPainter::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const Tokens& t = tokens();
    const bool over = option.state & QStyle::State_MouseOver, focused = option.state & QStyle::State_HasFocus;
    const bool failed = index.data(ModelsModel::StateRole).toInt() == static_cast<int>(ModelsModel::State::Failed);
    painter->save();
    if (over) painter->fillRect(option.rect, t.hover);
    if (focused) {
        painter->setPen(QPen(t.accent, 2));
        painter->drawRect(QRectF(option.rect).adjusted(1, 1, -1, -1));
    }
    const QRect line(option.rect.x() + kLeft, option.rect.y() + 5, option.rect.width() - kLeft - 8, kLine);
    const QRectF mark(line.x(), line.y() + 2, kMark, kMark);
    const bool on = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
    index.data(ModelsModel::SeveralRole).toBool() ? paintBox(*painter, mark, on) : paintMark(*painter, mark, on);
    QRect words = line.adjusted(kMark + kGap, 0, 0, 0);
    painter->setFont(Theme::instance().font(TextSize::Table));
    painter->setPen(t.text);
    painter->drawText(words, Qt::AlignVCenter, painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, words.width()));
    words.translate(0, kLine);
    if (failed) {
        painter->drawPixmap(words.topLeft() + QPoint(0, 2), iconPixmap(QStringLiteral("error"), 14, t.error, painter->device()->devicePixelRatioF()));
        words.setLeft(words.left() + 18);
    }
    painter->setPen(failed ? t.error : t.second);
    painter->drawText(words, Qt::AlignVCenter, painter->fontMetrics().elidedText(index.data(ModelsModel::DetailRole).toString(), Qt::ElideRight, words.width()));
    painter->restore();
}

}  // namespace tessera::ui
