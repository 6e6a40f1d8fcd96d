// SPDX-License-Identifier: Apache-2.0
#include "lenses/plot_drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tessera {
namespace {

constexpr int kGlyphWidth = 5, kGlyphHeight = 7, kTextScale = 2;

/// Seven rows of five bits, the left one highest.
struct Glyph {
    char letter;
    std::array<std::uint8_t, kGlyphHeight> rows;
};

// clang-format off
constexpr std::array<Glyph, 47> kGlyphs{{
    {'0', {0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e}}, {'1', {0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e}}, {'2', {0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f}},
    {'3', {0x0e, 0x11, 0x01, 0x06, 0x01, 0x11, 0x0e}}, {'4', {0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02}}, {'5', {0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e}},
    {'6', {0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e}}, {'7', {0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08}}, {'8', {0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e}},
    {'9', {0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c}}, {'.', {0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c}}, {',', {0x00, 0x00, 0x00, 0x00, 0x0c, 0x04, 0x08}},
    {'-', {0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00}}, {'+', {0x00, 0x04, 0x04, 0x1f, 0x04, 0x04, 0x00}}, {'/', {0x01, 0x02, 0x02, 0x04, 0x08, 0x08, 0x10}},
    {'(', {0x02, 0x04, 0x08, 0x08, 0x08, 0x04, 0x02}}, {')', {0x08, 0x04, 0x02, 0x02, 0x02, 0x04, 0x08}}, {'%', {0x18, 0x19, 0x02, 0x04, 0x08, 0x13, 0x03}},
    {'a', {0x00, 0x00, 0x0e, 0x01, 0x0f, 0x11, 0x0f}}, {'b', {0x10, 0x10, 0x1e, 0x11, 0x11, 0x11, 0x1e}}, {'c', {0x00, 0x00, 0x0e, 0x11, 0x10, 0x11, 0x0e}},
    {'d', {0x01, 0x01, 0x0f, 0x11, 0x11, 0x11, 0x0f}}, {'e', {0x00, 0x00, 0x0e, 0x11, 0x1f, 0x10, 0x0e}}, {'f', {0x06, 0x09, 0x08, 0x1c, 0x08, 0x08, 0x08}},
    {'g', {0x00, 0x0f, 0x11, 0x11, 0x0f, 0x01, 0x0e}}, {'h', {0x10, 0x10, 0x1e, 0x11, 0x11, 0x11, 0x11}}, {'i', {0x04, 0x00, 0x0c, 0x04, 0x04, 0x04, 0x0e}},
    {'j', {0x02, 0x00, 0x06, 0x02, 0x02, 0x12, 0x0c}}, {'k', {0x10, 0x10, 0x12, 0x14, 0x18, 0x14, 0x12}}, {'l', {0x0c, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}},
    {'m', {0x00, 0x00, 0x1a, 0x15, 0x15, 0x15, 0x15}}, {'n', {0x00, 0x00, 0x1e, 0x11, 0x11, 0x11, 0x11}}, {'o', {0x00, 0x00, 0x0e, 0x11, 0x11, 0x11, 0x0e}},
    {'p', {0x00, 0x00, 0x1e, 0x11, 0x1e, 0x10, 0x10}}, {'q', {0x00, 0x00, 0x0f, 0x11, 0x0f, 0x01, 0x01}}, {'r', {0x00, 0x00, 0x16, 0x19, 0x10, 0x10, 0x10}},
    {'s', {0x00, 0x00, 0x0f, 0x10, 0x0e, 0x01, 0x1e}}, {'t', {0x08, 0x08, 0x1c, 0x08, 0x08, 0x09, 0x06}}, {'u', {0x00, 0x00, 0x11, 0x11, 0x11, 0x13, 0x0d}},
    {'v', {0x00, 0x00, 0x11, 0x11, 0x11, 0x0a, 0x04}}, {'w', {0x00, 0x00, 0x11, 0x15, 0x15, 0x15, 0x0a}}, {'x', {0x00, 0x00, 0x11, 0x0a, 0x04, 0x0a, 0x11}},
    {'y', {0x00, 0x00, 0x11, 0x11, 0x0f, 0x01, 0x0e}}, {'z', {0x00, 0x00, 0x1f, 0x02, 0x04, 0x08, 0x1f}}, {'K', {0x11, 0x12, 0x14, 0x18, 0x14, 0x12, 0x11}},
    {'L', {0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f}},
    {'N', {0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11}},
}};
// clang-format on

constexpr PlotColour kPaper{24, 26, 30};

}  // namespace

Plot::Plot(int width, int height) : m_width(width), m_height(height), m_pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3) {
    fill(0, 0, width, height, kPaper);
}

void Plot::mix(int x, int y, PlotColour colour, double share) {
    if (x < 0 || y < 0 || x >= m_width || y >= m_height) return;
    std::uint8_t* pixel = &m_pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(m_width) + static_cast<std::size_t>(x)) * 3];
    for (std::size_t c = 0; c < 3; ++c) pixel[c] = static_cast<std::uint8_t>(std::lround(pixel[c] + (colour[c] - pixel[c]) * share));
}

void Plot::fill(int left, int top, int right, int bottom, PlotColour colour) {
    for (int y = std::max(0, top); y < std::min(bottom, m_height); ++y) {
        for (int x = std::max(0, left); x < std::min(right, m_width); ++x) mix(x, y, colour, 1);
    }
}

void Plot::line(double x0, double y0, double x1, double y1, PlotColour colour) {
    constexpr double kHalf = 1.0;  // half of its width, px
    const double dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy;
    const auto first = [](double a, double b) { return static_cast<int>(std::floor(std::min(a, b) - kHalf - 1)); };
    const auto last = [](double a, double b) { return static_cast<int>(std::ceil(std::max(a, b) + kHalf + 1)); };
    for (int y = std::max(0, first(y0, y1)); y <= std::min(m_height - 1, last(y0, y1)); ++y) {
        for (int x = std::max(0, first(x0, x1)); x <= std::min(m_width - 1, last(x0, x1)); ++x) {
            const double px = x + 0.5 - x0, py = y + 0.5 - y0;
            const double along = square > 0 ? std::clamp((px * dx + py * dy) / square, 0.0, 1.0) : 0.0;
            const double covered = kHalf + 0.5 - std::hypot(px - along * dx, py - along * dy);
            if (covered > 0) mix(x, y, colour, std::min(covered, 1.0));
        }
    }
}

int Plot::textWidth(std::string_view words) {
    return words.empty() ? 0 : (static_cast<int>(words.size()) * (kGlyphWidth + 1) - 1) * kTextScale;
}

int Plot::textHeight() {
    return kGlyphHeight * kTextScale;
}

void Plot::text(int left, int top, std::string_view words, PlotColour colour) {
    for (const char letter : words) {
        const auto glyph = std::ranges::find(kGlyphs, letter, &Glyph::letter);
        for (int row = 0; glyph != kGlyphs.end() && row < kGlyphHeight; ++row) {
            for (int column = 0; column < kGlyphWidth; ++column) {
                if (!(glyph->rows[static_cast<std::size_t>(row)] >> (kGlyphWidth - 1 - column) & 1)) continue;
                const int x = left + column * kTextScale, y = top + row * kTextScale;
                fill(x, y, x + kTextScale, y + kTextScale, colour);
            }
        }
        left += (kGlyphWidth + 1) * kTextScale;
    }
}

Image Plot::image() const {
    return Image(m_width, m_height, 3, SharedArray<std::uint8_t>(m_pixels));
}

std::string plotNumber(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::vector<double> evenTicks(double low, double high, int most) {
    if (!(high > low) || !std::isfinite(high - low)) return {};
    const double least = (high - low) / std::max(1, most);
    double step = std::pow(10, std::floor(std::log10(least)));
    for (const double factor : {2.0, 5.0, 10.0}) {
        if (step >= least) break;
        step = std::pow(10, std::floor(std::log10(least))) * factor;
    }
    std::vector<double> ticks;
    for (double i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) ticks.push_back(i * step + 0.0);
    return ticks;
}

PlotSize plotSizeFor(const ModelInput& origin) {
    constexpr int kLonger = 640, kLeast = 320;
    const double ratio = origin.crop.height > 0 && origin.crop.width > 0 ? origin.crop.width / origin.crop.height : 1;
    const auto shorter = [&](double share) { return std::max(kLeast, static_cast<int>(std::lround(kLonger * share))); };
    return ratio >= 1 ? PlotSize{kLonger, shorter(1 / ratio)} : PlotSize{shorter(ratio), kLonger};
}

}  // namespace tessera
