// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/image_list.h"

#include <QKeyEvent>

namespace tessera::ui {

ImageList::ImageList(const QString& name, QWidget* parent) : QListView(parent) {
    setUniformItemSizes(true);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_Hover);
    setAccessibleName(name);
}

void ImageList::keyPressEvent(QKeyEvent* event) {
    const bool moves = event->key() == Qt::Key_Up || event->key() == Qt::Key_Down || event->matches(QKeySequence::SelectAll);
    moves ? QListView::keyPressEvent(event) : event->ignore();
}

void ImageList::keyReleaseEvent(QKeyEvent* event) { event->ignore(); }

}  // namespace tessera::ui
