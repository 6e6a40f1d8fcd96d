// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/sample_card.h"

#include <cmath>

#include <QImageReader>
#include <QPainter>
#include <QPainterPath>
#include <QPointer>
#include <QThreadPool>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kThumbnail = 72, kMargin = 6, kTextGap = 12;

/// The middle square of a picture, in device pixels.
QImage squareFrom(const QString& file, int side) {
    QImageReader reader(file);
    reader.setAutoTransform(true);
    const QSize size = reader.size();
    // A decoder that can leave out pixels does.
    if (size.isValid()) reader.setScaledSize(size.scaled(side, side, Qt::KeepAspectRatioByExpanding));
    const QImage image = reader.read();
    if (image.isNull()) return {};
    const int shorter = std::min(image.width(), image.height());
    const QImage square = image.copy((image.width() - shorter) / 2, (image.height() - shorter) / 2, shorter, shorter);
    return shorter == side ? square : square.scaled(side, side, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

}  // namespace

SampleCard::SampleCard(const QString& file, const QString& title, const QString& hint, QWidget* parent) : QAbstractButton(parent), m_file(file), m_hint(hint) {
    setText(title);
    setAccessibleName(title);
    setAccessibleDescription(hint);
    setAttribute(Qt::WA_Hover);
    setFocusPolicy(Qt::TabFocus);
}

void SampleCard::loadThumbnail() {
    const int side = static_cast<int>(std::lround(kThumbnail * devicePixelRatioF()));
    QThreadPool::globalInstance()->start([card = QPointer<SampleCard>(this), file = m_file, side, ratio = devicePixelRatioF()] {
        const QImage image = squareFrom(file, side);
        QMetaObject::invokeMethod(qApp, [card, image, ratio] {
            if (!card || image.isNull()) return;
            card->m_thumbnail = QPixmap::fromImage(image);
            card->m_thumbnail.setDevicePixelRatio(ratio);
            card->update();
        });
    });
}

void SampleCard::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokens();
    if (underMouse() || isDown()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(isDown() ? t.softSelection : t.hover);
        painter.drawRoundedRect(rect(), size::kRadius, size::kRadius);
    }
    const QRect picture(kMargin, (height() - kThumbnail) / 2, kThumbnail, kThumbnail);
    QPainterPath corner;
    corner.addRoundedRect(picture, size::kSmallRadius, size::kSmallRadius);
    if (m_thumbnail.isNull()) {
        painter.fillPath(corner, t.caption);
    } else {
        painter.save();
        painter.setClipPath(corner);
        painter.drawPixmap(picture.topLeft(), m_thumbnail);
        painter.restore();
    }
    const Theme& theme = Theme::instance();
    const QFont title = theme.font(TextSize::Body), hint = theme.font(TextSize::Table);
    const int titleHeight = QFontMetrics(title).height(), hintHeight = QFontMetrics(hint).height();
    QRect room(picture.right() + 1 + kTextGap, (height() - titleHeight - hintHeight - 2) / 2, 0, titleHeight);
    room.setRight(width() - kMargin);
    painter.setFont(title);
    painter.setPen(t.text);
    painter.drawText(room, Qt::AlignVCenter | Qt::TextSingleLine, QFontMetrics(title).elidedText(text(), Qt::ElideRight, room.width()));
    room.moveTop(room.bottom() + 3);
    room.setHeight(hintHeight);
    painter.setFont(hint);
    painter.setPen(t.second);
    painter.drawText(room, Qt::AlignVCenter | Qt::TextSingleLine, QFontMetrics(hint).elidedText(m_hint, Qt::ElideRight, room.width()));
}

}  // namespace tessera::ui
