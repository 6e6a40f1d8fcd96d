// SPDX-License-Identifier: Apache-2.0
#include "canvas/value_lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <span>

#include <tessera/colour_map.h>

namespace tessera::canvas {
namespace {

std::string written(float value, int decimals) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    std::array<char, 64> text{};
    const bool long_ = std::abs(value) >= 1e6F;
    const auto end = long_ ? std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, 1)
                           : std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals);
    std::string result(text.data(), end.ptr);
    // -0.000 is no more than 0.000.
    if (result.front() == '-' && result.find_first_of("123456789") == std::string::npos) result.erase(0, 1);
    return result;
}

/// Three significant digits of the largest number on the bar.
int decimalsFor(const PaneLook& look) {
    const float top = std::max(std::abs(look.low), std::abs(look.high)) / std::abs(look.gain);
    if (!(top > 0) || std::isinf(top)) return 3;
    return std::clamp(3 - static_cast<int>(std::ceil(std::log10(top) - 1e-6F)), 0, 6);
}

}  // namespace

std::array<float, 5> samplesAt(const Image& image, int x, int y) {
    std::array<float, 5> samples{};
    for (int c = 0; c < image.channels(); ++c) samples[static_cast<std::size_t>(c)] = image.at(x, y, c);
    return samples;
}

float fieldAt(const Image& image, int x, int y, FieldMapping mapping) {
    const auto samples = samplesAt(image, x, y);
    return fieldValues(std::span<const float>(samples).first(static_cast<std::size_t>(image.channels()))).of(mapping);
}

std::vector<float> readingsAt(const Picture& picture, int x, int y) {
    const Readings& readings = picture.readings;
    if (readings.empty() || picture.image.empty()) return {};
    // Of a picture that is drawn larger than its grid.
    const int column = static_cast<int>(std::int64_t(x) * readings.width / picture.image.width());
    const int row = static_cast<int>(std::int64_t(y) * readings.height / picture.image.height());
    std::vector<float> values;
    for (std::size_t plane = 0; plane < readings.names.size(); ++plane) values.push_back(readings.at(column, row, plane));
    return values;
}

std::string readingLine(float reading) {
    return written(reading, std::floor(reading) == reading ? 0 : 3);
}

std::vector<std::string> valueLines(const Picture& picture, int x, int y, const PaneLook& look) {
    const std::vector<float> readings = readingsAt(picture, x, y);
    const auto shown = static_cast<std::size_t>(picture.readings.shown);
    if (shown < readings.size()) return {readingLine(readings[shown])};
    return valueLines(picture.image, x, y, look);
}

std::vector<std::string> probeLines(const Picture& picture, int x, int y, const PaneLook& look) {
    const std::vector<float> readings = readingsAt(picture, x, y);
    if (readings.empty()) return valueLines(picture.image, x, y, look);
    std::vector<std::string> lines;
    for (std::size_t plane = 0; plane < readings.size(); ++plane) lines.push_back(picture.readings.names[plane] + " " + readingLine(readings[plane]));
    return lines;
}

std::string valueLine(float value, const PaneLook& look) {
    return written(value, decimalsFor(look));
}

std::vector<std::string> valueLines(const Image& image, int x, int y, const PaneLook& look) {
    if (look.mapping != FieldMapping::Colour) return {valueLine(fieldAt(image, x, y, look.mapping), look)};
    std::vector<std::string> lines;
    for (int c = 0; c < image.channels(); ++c) {
        const float sample = image.at(x, y, c);
        const std::size_t storage = image.samples().index();
        lines.push_back(storage == 0 ? written(sample * 255.0F, 0) : storage == 1 ? written(sample * 65535.0F, 0) : written(sample, 3));
    }
    return lines;
}

}  // namespace tessera::canvas
