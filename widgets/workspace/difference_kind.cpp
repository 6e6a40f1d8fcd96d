// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/difference_kind.h"

#include <algorithm>
#include <cmath>

namespace tessera::ui {

const std::array<DifferenceKind, 4>& differenceKinds() {
    static const std::array<DifferenceKind, 4> kinds{{
        {"absolute", FieldMapping::Absolute, {0, 0.25, ColourMap::Magma, Unit::None, "abs"}},
        {"signed", FieldMapping::Signed, {-0.25, 0.25, ColourMap::RedWhiteBlue, Unit::None, "signed"}},
        {"squared", FieldMapping::Squared, {0, 0.05, ColourMap::Magma, Unit::None, "squared"}},
        {"flip", FieldMapping::Flip, {0, 1, ColourMap::Magma, Unit::None, "FLIP"}},
    }};
    return kinds;
}

const DifferenceKind& differenceKind(std::string_view name) {
    const auto& kinds = differenceKinds();
    const auto it = std::ranges::find(kinds, name, &DifferenceKind::name);
    return it == kinds.end() ? kinds.front() : *it;
}

std::optional<float> fieldValue(const Image& image, FieldMapping mapping, int x, int y) {
    if (x < 0 || y < 0 || x >= image.width() || y >= image.height()) return std::nullopt;
    const int colours = std::min(3, image.channels());
    float sum = 0;
    switch (mapping) {
        case FieldMapping::Scalar: return image.at(x, y, 0);
        case FieldMapping::Flip:
            if (image.channels() < 4) return std::nullopt;
            return image.at(x, y, 3);
        case FieldMapping::Absolute:
            for (int c = 0; c < colours; ++c) sum += std::abs(image.at(x, y, c));
            return sum / float(colours);
        case FieldMapping::Signed:
            for (int c = 0; c < colours; ++c) sum += image.at(x, y, c);
            return sum / float(colours);
        case FieldMapping::Squared:
            for (int c = 0; c < colours; ++c) sum += image.at(x, y, c) * image.at(x, y, c);
            return sum / float(colours);
        case FieldMapping::Colour: return std::nullopt;
    }
    return std::nullopt;
}

std::pair<float, float> ownRange(const Image& image, FieldMapping mapping) {
    float low = 0, high = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const float value = fieldValue(image, mapping, x, y).value_or(0);
            if (!std::isfinite(value)) continue;
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    if (mapping == FieldMapping::Signed) high = std::max(high, -low), low = -high;
    if (high <= low) high = low + 1e-6f;
    return {low, high};
}

}  // namespace tessera::ui
