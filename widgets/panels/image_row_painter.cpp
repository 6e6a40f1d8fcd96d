// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/image_row_painter.h"

#include <QPainter>

#include "models/images_model.h"
#include "theme/icons.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kThumbnail = 32, kLeft = 12, kGap = 8, kEdge = 2;

/// The largest rectangle of that shape inside a square.
QRect fitted(const QSize& shape, const QRect& square) {
    QRect result(QPoint(), shape.scaled(square.size(), Qt::KeepAspectRatio));
    result.moveCenter(square.center());
    return result;
}

}  // namespace

ImageRowPainter::ImageRowPainter(const Session& session, QObject* parent) : QStyledItemDelegate(parent), m_session(session) {}

QSize ImageRowPainter::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const {
    return {160, size::kThumbnailRow};
}

void ImageRowPainter::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const Row* known = m_session.find(RowId{index.data(ImagesModel::RowIdRole).toULongLong()});
    if (!known) return;
    const Row& row = *known;
    const Tokens& t = tokens();
    const bool selected = option.state & QStyle::State_Selected, over = option.state & QStyle::State_MouseOver, current = row.id == m_session.currentRow();
    painter->save();
    if (selected) {
        painter->fillRect(option.rect, t.selection);
    } else if (over) {
        painter->fillRect(option.rect, t.hover);
    }
    if (current && !selected) painter->fillRect(QRect(option.rect.topLeft(), QSize(kEdge, option.rect.height())), t.accent);
    const QRect square(option.rect.x() + kLeft, option.rect.y() + (option.rect.height() - kThumbnail) / 2, kThumbnail, kThumbnail);
    if (row.error) {
        const QColor colour = selected ? t.onSelection : t.error;
        painter->drawPixmap(square.center() - QPoint(8, 8), iconPixmap(QStringLiteral("error"), 16, colour, painter->device()->devicePixelRatioF()));
    } else if (row.thumbnail.isNull()) {
        painter->fillRect(square, t.base);
    } else {
        painter->setRenderHint(QPainter::SmoothPixmapTransform);
        const QRect picture = fitted(row.thumbnail.size(), square);
        painter->drawImage(picture, row.thumbnail);
        const bool whole = m_region.isNull() || m_region.contains(QRectF(0, 0, 1, 1));
        if (current && !whole) {
            const QRectF frame(picture.x() + m_region.x() * picture.width(), picture.y() + m_region.y() * picture.height(), m_region.width() * picture.width(),
                               m_region.height() * picture.height());
            painter->setClipRect(picture);
            painter->setPen(QPen(QColor(Qt::black), 1));
            painter->drawRect(frame.adjusted(-0.5, -0.5, 0.5, 0.5));
            painter->setPen(QPen(QColor::fromRgba(OverPicture::kMark), 1));
            painter->drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5));
            painter->setClipping(false);
        }
    }
    QRect words(square.right() + 1 + kGap, option.rect.y() + 3, 0, 17);
    words.setRight(option.rect.right() - kGap);
    painter->setFont(Theme::instance().font(TextSize::Table, current));
    painter->setPen(selected ? t.onSelection : t.text);
    painter->drawText(words, Qt::AlignVCenter, painter->fontMetrics().elidedText(row.name, Qt::ElideMiddle, words.width()));
    words.translate(0, 17);
    painter->setFont(Theme::instance().font(TextSize::Table));
    painter->setPen(selected ? t.onSelection : row.error ? t.error : t.second);
    painter->drawText(words, Qt::AlignVCenter, painter->fontMetrics().elidedText(index.data(ImagesModel::DetailRole).toString(), Qt::ElideRight, words.width()));
    painter->restore();
}

}  // namespace tessera::ui
