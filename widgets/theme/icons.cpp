// SPDX-License-Identifier: GPL-3.0-or-later
#include "theme/icons.h"

#include <cmath>

#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

class TintedIconEngine : public QIconEngine {
public:
    TintedIconEngine(QString name, QColor colour) : m_name(std::move(name)), m_colour(colour) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const int side = std::min(rect.width(), rect.height());
        const QPixmap pixmap = iconPixmap(m_name, side, colourFor(mode), painter->device()->devicePixelRatioF());
        painter->drawPixmap(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, pixmap);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override {
        return iconPixmap(m_name, std::min(size.width(), size.height()), colourFor(mode), 1);
    }

    // Asked with `size` in device pixels.
    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal scale) override {
        QPixmap result = iconPixmap(m_name, std::min(size.width(), size.height()), colourFor(mode), 1);
        result.setDevicePixelRatio(scale);
        return result;
    }

    QIconEngine* clone() const override { return new TintedIconEngine(*this); }

private:
    QColor colourFor(QIcon::Mode mode) const {
        if (mode == QIcon::Disabled) return tokens().disabled;
        if (m_colour.isValid()) return m_colour;
        return mode == QIcon::Selected ? tokens().onSelection : tokens().text;
    }

    QString m_name;
    QColor m_colour;
};

}  // namespace

QPixmap iconPixmap(const QString& name, int side, const QColor& colour, double pixelRatio) {
    const int pixels = static_cast<int>(std::lround(side * pixelRatio));
    const QString key = QStringLiteral("tessera-icon/%1/%2/%3").arg(name).arg(pixels).arg(colour.rgba(), 0, 16);
    QPixmap pixmap;
    if (!QPixmapCache::find(key, &pixmap)) {
        QSvgRenderer renderer(QStringLiteral(":/icons/%1.svg").arg(name));
        QImage image(pixels, pixels, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        renderer.render(&painter);
        painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
        painter.fillRect(image.rect(), colour);
        painter.end();
        pixmap = QPixmap::fromImage(image);
        QPixmapCache::insert(key, pixmap);
    }
    pixmap.setDevicePixelRatio(pixelRatio);
    return pixmap;
}

QIcon programIcon() {
    QSvgRenderer renderer(QStringLiteral(":/icons/tessera.svg"));
    QIcon icon;
    for (const int side : {16, 32, 64, 128}) {
        QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        QPainter painter(&image);
        renderer.render(&painter);
        painter.end();
        icon.addPixmap(QPixmap::fromImage(image));
    }
    return icon;
}

QIcon themedIcon(const QString& name) {
    return QIcon(new TintedIconEngine(name, {}));
}

QIcon tintedIcon(const QString& name, const QColor& colour) {
    return QIcon(new TintedIconEngine(name, colour));
}

}  // namespace tessera::ui
