// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace/difference_kind.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <tessera/colour_map.h>

namespace tessera::ui {
namespace {

bool holds(const Image& image, FieldMapping mapping) {
    if (mapping == FieldMapping::Colour || image.empty()) return false;
    if (mapping == FieldMapping::Ssim) return image.channels() == 5;
    return mapping != FieldMapping::Flip || image.channels() >= 4;
}

}  // namespace

const std::array<DifferenceKind, 5>& differenceKinds() {
    static const std::array<DifferenceKind, 5> kinds{{
        {"absolute", FieldMapping::Absolute, {0, 0.25, ColourMap::Magma, Unit::None, "abs"}},
        {"signed", FieldMapping::Signed, {-0.25, 0.25, ColourMap::RedWhiteBlue, Unit::None, "signed"}},
        {"squared", FieldMapping::Squared, {0, 0.05, ColourMap::Magma, Unit::None, "squared"}},
        {"flip", FieldMapping::Flip, {0, 1, ColourMap::Magma, Unit::None, "FLIP"}},
        {"ssim", FieldMapping::Ssim, {0, 1, ColourMap::Magma, Unit::None, "1 − SSIM"}},
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
    if (!holds(image, mapping)) return std::nullopt;
    std::array<float, 5> pixel{};
    for (int c = 0; c < image.channels(); ++c) pixel[c] = image.at(x, y, c);
    return fieldValues(std::span(pixel).first(image.channels())).of(mapping);
}

std::pair<float, float> ownRange(const Image& image, FieldMapping mapping) {
    float low = 0, high = 0;
    const auto add = [&](float value) {
        if (!std::isfinite(value)) return;
        low = std::min(low, value);
        high = std::max(high, value);
    };
    const auto* samples = std::get_if<SharedArray<float>>(&image.samples());
    if (samples && holds(image, mapping)) {
        // The way of every field: a large one must not hold up the GUI.
        const std::size_t channels = static_cast<std::size_t>(image.channels());
        for (std::size_t i = 0; i + channels <= samples->size(); i += channels) add(fieldValues(samples->span().subspan(i, channels)).of(mapping));
    } else {
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) add(fieldValue(image, mapping, x, y).value_or(0));
        }
    }
    if (mapping == FieldMapping::Signed) high = std::max(high, -low), low = -high;
    if (high <= low) high = low + 1e-6f;
    return {low, high};
}

}  // namespace tessera::ui
