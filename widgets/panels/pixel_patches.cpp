// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/pixel_patches.h"

#include <algorithm>

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <tessera/colour_map.h>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kGap = 8, kNameHeight = 20, kLargest = 72, kNarrowest = 56;

}  // namespace

PixelPatches::PixelPatches(QWidget* parent) : QWidget(parent) {
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setAccessibleName(tr("Surroundings of the pixel"));
}

void PixelPatches::setPatches(std::vector<Patch> patches) {
    if (patches == m_patches) return;
    const bool otherCount = patches.size() != m_patches.size();
    m_patches = std::move(patches);
    m_images.clear();
    for (const Patch& patch : m_patches) m_images.push_back(patch.picture ? surroundings(*patch.picture, patch.x, patch.y) : QImage());
    if (otherCount) updateGeometry();
    update();
}

QImage PixelPatches::surroundings(const Picture& picture, int x, int y) {
    // Only the crop goes through the colour map: a hover must not render a whole picture.
    const Image& image = picture.image;
    const int left = std::max(0, x - kSide / 2), top = std::max(0, y - kSide / 2);
    const int right = std::min(image.width(), x + kSide / 2 + 1), bottom = std::min(image.height(), y + kSide / 2 + 1);
    QImage result(kSide, kSide, QImage::Format_RGB888);
    result.fill(tokens().base);
    if (right <= left || bottom <= top) return result;
    const int channels = image.channels();
    std::vector<float> samples;
    samples.reserve(std::size_t(right - left) * (bottom - top) * channels);
    for (int row = top; row < bottom; ++row) {
        for (int column = left; column < right; ++column) {
            for (int channel = 0; channel < channels; ++channel) samples.push_back(image.at(column, row, channel));
        }
    }
    Picture crop;
    crop.image = Image(right - left, bottom - top, channels, SharedArray<float>(std::move(samples)));
    const Image drawn = rendered(crop, picture.mapping, picture.legend.value_or(Legend()));
    for (int row = 0; row < drawn.height(); ++row) {
        for (int column = 0; column < drawn.width(); ++column) {
            const auto level = [&](int channel) { return std::clamp(static_cast<int>(drawn.at(column, row, channel) * 255 + 0.5f), 0, 255); };
            result.setPixelColor(column + left - (x - kSide / 2), row + top - (y - kSide / 2), QColor(level(0), level(1), level(2)));
        }
    }
    return result;
}

int PixelPatches::perRow(int width) const {
    const int count = std::max<int>(1, static_cast<int>(m_patches.size()));
    const int most = std::max(1, (width + kGap) / (kNarrowest + kGap));
    // As even as it goes: five are three and two.
    const int rows = (count + most - 1) / most;
    return (count + rows - 1) / rows;
}

int PixelPatches::side(int width) const {
    const int count = perRow(width);
    return std::clamp((width - (count - 1) * kGap) / count, kSide, kLargest);
}

int PixelPatches::heightForWidth(int width) const {
    const int count = perRow(width), rows = (static_cast<int>(m_patches.size()) + count - 1) / count;
    return rows * (side(width) + kNameHeight);
}

QRect PixelPatches::boxOf(int patch) const {
    const int count = perRow(width()), length = side(width());
    return {patch % count * (length + kGap), patch / count * (length + kNameHeight), length, length};
}

bool PixelPatches::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        for (int i = 0; i < static_cast<int>(m_patches.size()); ++i) {
            if (boxOf(i).adjusted(0, 0, 0, kNameHeight).contains(help->pos())) {
                QToolTip::showText(help->globalPos(), m_patches[i].whole, this);
                return true;
            }
        }
        QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void PixelPatches::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    const int length = side(width());
    painter.setFont(Theme::instance().font(TextSize::Axis));
    for (std::size_t i = 0; i < m_patches.size(); ++i) {
        const QRect box = boxOf(static_cast<int>(i));
        if (m_images[i].isNull()) {
            painter.fillRect(box, t.base);
        } else {
            painter.drawImage(box, m_images[i]);
            const double pixel = double(length) / kSide;
            const QRectF centre(box.x() + pixel * (kSide / 2), box.y() + pixel * (kSide / 2), pixel, pixel);
            painter.setPen(QPen(QColor(Qt::black), 1));
            painter.drawRect(centre.adjusted(-1.5, -1.5, 1.5, 1.5));
            painter.setPen(QPen(QColor::fromRgba(OverPicture::kMark), 1));
            painter.drawRect(centre.adjusted(-0.5, -0.5, 0.5, 0.5));
        }
        painter.setPen(t.second);
        const QRect below(box.x() - kGap / 2, box.bottom() + 1, length + kGap, kNameHeight);
        painter.drawText(below, Qt::AlignCenter, painter.fontMetrics().elidedText(m_patches[i].name, Qt::ElideRight, below.width()));
    }
}

}  // namespace tessera::ui
