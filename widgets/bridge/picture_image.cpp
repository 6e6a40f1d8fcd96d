// SPDX-License-Identifier: GPL-3.0-or-later
#include "bridge/picture_image.h"

#include <tessera/colour_map.h>

namespace tessera::ui {

QImage imageOf(const Picture& picture, QRect part) {
    const Image& image = picture.image;
    part &= QRect(0, 0, image.width(), image.height());
    if (part.isEmpty()) return {};
    // Only the part goes through the colour map.
    std::vector<float> samples;
    samples.reserve(static_cast<std::size_t>(part.width()) * part.height() * image.channels());
    for (int y = part.top(); y <= part.bottom(); ++y) {
        for (int x = part.left(); x <= part.right(); ++x) {
            for (int channel = 0; channel < image.channels(); ++channel) samples.push_back(image.at(x, y, channel));
        }
    }
    Picture crop;
    crop.image = Image(part.width(), part.height(), image.channels(), SharedArray<float>(std::move(samples)));
    const Image drawn = rendered(crop, picture.mapping, picture.legend.value_or(Legend()));
    QImage result(drawn.width(), drawn.height(), QImage::Format_RGB888);
    for (int y = 0; y < drawn.height(); ++y) {
        uchar* line = result.scanLine(y);
        for (int x = 0; x < drawn.width() * 3; ++x) line[x] = static_cast<uchar>(std::clamp(drawn.at(x / 3, y, x % 3) * 255 + 0.5F, 0.0F, 255.0F));
    }
    return result;
}

QImage imageOf(const Picture& picture) {
    return imageOf(picture, QRect(0, 0, picture.image.width(), picture.image.height()));
}

}  // namespace tessera::ui
