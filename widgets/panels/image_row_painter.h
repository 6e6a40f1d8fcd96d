// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>
#include <QStyledItemDelegate>

namespace tessera::ui {

class Session;

/// Draws a row of the session by ImagesModel::RowIdRole, with the words of its DetailRole.
class ImageRowPainter : public QStyledItemDelegate {
    Q_OBJECT
public:
    ImageRowPainter(const Session& session, QObject* parent);
    void setVisibleRegion(const QRectF& region) { m_region = region; }

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    const Session& m_session;
    QRectF m_region;
};

}  // namespace tessera::ui
