// SPDX-License-Identifier: Apache-2.0
#include "evaluate/collages.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "image/resize.h"
#include "train/data/random.h"

namespace tessera::evaluation {
namespace {

constexpr std::size_t kQuarters = 4;
constexpr float kDiffers = 0.04F;  ///< from the quarter's first pixel, as the training of tessera_mini has it
constexpr float kCovers = 0.5F;

std::vector<std::size_t> orderOf(std::size_t count, std::optional<std::int64_t> shuffle) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t(0));
    if (!shuffle) return order;
    train::SplitMix64 random(static_cast<std::uint64_t>(*shuffle));
    for (std::size_t left = count; left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
    return order;
}

Image resized(const Image& image, int width, int height) {
    return resample(image, {0, 0, static_cast<double>(image.width()), static_cast<double>(image.height())}, width, height, Filter::Bicubic);
}

/// What a picture looks like on white, and its alpha; nothing for one without.
std::pair<Image, Image> onWhite(const Image& picture) {
    if (picture.channels() != 4) return {picture, Image()};
    std::vector<float> colour, cover;
    for (int y = 0; y < picture.height(); ++y) {
        for (int x = 0; x < picture.width(); ++x) {
            const float alpha = picture.at(x, y, 3);
            for (int c = 0; c < 3; ++c) colour.push_back(picture.at(x, y, c) * alpha + 1 - alpha);
            cover.push_back(alpha);
        }
    }
    return {Image(picture.width(), picture.height(), 3, SharedArray<float>(std::move(colour))), Image(picture.width(), picture.height(), 1, SharedArray<float>(std::move(cover)))};
}

/// One picture in a square.
struct Quarter {
    Quarter(const Image& picture, int side) : m_hasAlpha(picture.channels() == 4) {
        const double scale = static_cast<double>(side) / std::max(picture.width(), picture.height());
        const int width = std::clamp(static_cast<int>(std::lround(picture.width() * scale)), 1, side), height = std::clamp(static_cast<int>(std::lround(picture.height() * scale)), 1, side);
        m_left = (side - width) / 2;
        m_top = (side - height) / 2;
        const auto [colour, cover] = onWhite(picture);
        m_colour = resized(colour, width, height);
        if (m_hasAlpha) m_cover = resized(cover, width, height);
    }

    float at(int x, int y, int channel) const {
        if (isWithin(x, y)) return std::clamp(m_colour.at(x - m_left, y - m_top, channel), 0.0F, 1.0F);
        return m_hasAlpha ? 1.0F : std::clamp(m_colour.at(0, 0, channel), 0.0F, 1.0F);
    }
    bool isDrawn(int x, int y) const {
        if (!isWithin(x, y)) return false;
        if (m_hasAlpha) return m_cover.at(x - m_left, y - m_top, 0) >= kCovers;
        float most = 0;
        for (int c = 0; c < 3; ++c) most = std::max(most, std::abs(at(x, y, c) - at(0, 0, c)));
        return most > kDiffers;
    }

private:
    bool isWithin(int x, int y) const { return x >= m_left && y >= m_top && x < m_left + m_colour.width() && y < m_top + m_colour.height(); }

    bool m_hasAlpha;
    int m_left = 0, m_top = 0;  ///< of the picture
    Image m_colour, m_cover;
};

/// How many pixels of a token lie in every quarter, and how many of them are drawn.
struct Share {
    std::array<int, kQuarters> lying{}, drawn{};
    int all = 0;  ///< of the token, those beside the collage too
};

Share shareOf(const Collage& collage, const Picture::Region& token) {
    const int side = collage.side(), half = side / 2;
    Share share;
    // Pixels whose middle lies in the token.
    const auto first = [](double edge) { return static_cast<int>(std::ceil(edge - 0.5)); };
    for (int y = first(token.y); y < first(token.y + token.height); ++y) {
        for (int x = first(token.x); x < first(token.x + token.width); ++x) {
            ++share.all;
            if (x < 0 || y < 0 || x >= side || y >= side) continue;
            const std::size_t quarter = (y >= half ? 2U : 0U) + (x >= half ? 1U : 0U);
            ++share.lying[quarter];
            share.drawn[quarter] += collage.drawn[static_cast<std::size_t>(y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(x)];
        }
    }
    return share;
}

/// The quarter with more than half of the token's pixels.
std::optional<std::size_t> majority(const std::array<int, kQuarters>& counts, int all) {
    for (std::size_t quarter = 0; quarter < kQuarters; ++quarter) {
        if (2 * counts[quarter] > all) return quarter;
    }
    return std::nullopt;
}

/// Whether the own one is above all others; never among NaN.
bool wins(const std::array<double, kQuarters>& values, std::size_t own) {
    for (std::size_t i = 0; i < kQuarters; ++i) {
        if (i != own && !(values[own] > values[i])) return false;
    }
    return true;
}

}  // namespace

std::vector<Four> foursOf(std::span<const std::int32_t> names, std::optional<std::int64_t> shuffle) {
    std::vector<Four> fours;
    std::vector<std::size_t> open;  // of the collage that is being filled
    std::vector<std::size_t> waiting;
    const auto place = [&](std::size_t picture) {
        if (std::ranges::any_of(open, [&](std::size_t other) { return names[other] == names[picture]; })) return false;
        open.push_back(picture);
        return true;
    };
    for (const std::size_t picture : orderOf(names.size(), shuffle)) {
        if (names[picture] < 0) continue;
        if (!place(picture)) waiting.push_back(picture);
        // Those that wait come first in the next one, and may fill it.
        while (open.size() == kQuarters) {
            fours.push_back({open[0], open[1], open[2], open[3]});
            open.clear();
            std::vector<std::size_t> still;
            for (const std::size_t each : waiting) {
                if (open.size() == kQuarters || !place(each)) still.push_back(each);
            }
            waiting = std::move(still);
        }
    }
    return fours;
}

Collage collageOf(const std::array<Image, 4>& pictures, int side) {
    TESSERA_ASSERT(side >= 2 && side % 2 == 0);
    const int half = side / 2;
    const auto across = static_cast<std::size_t>(side);
    std::vector<std::uint8_t> pixels(across * across * 3), drawn(across * across);
    for (int i = 0; i < 4; ++i) {
        const Quarter quarter(pictures[static_cast<std::size_t>(i)], half);
        for (int y = 0; y < half; ++y) {
            for (int x = 0; x < half; ++x) {
                const std::size_t at = static_cast<std::size_t>(y + i / 2 * half) * across + static_cast<std::size_t>(x + i % 2 * half);
                for (int c = 0; c < 3; ++c) pixels[at * 3 + static_cast<std::size_t>(c)] = static_cast<std::uint8_t>(std::lround(quarter.at(x, y, c) * 255));
                drawn[at] = quarter.isDrawn(x, y);
            }
        }
    }
    return {.picture = Image(side, side, 3, SharedArray<std::uint8_t>(std::move(pixels))), .drawn = std::move(drawn)};
}

CollageFinding findingOf(const Collage& collage, const Picture& similarity) {
    const Readings& readings = similarity.readings;
    TESSERA_ASSERT(readings.names.size() == kQuarters);
    const Picture::Region& region = similarity.region;
    const double width = region.width / readings.width, height = region.height / readings.height;
    CollageFinding finding;
    std::array<std::array<double, kQuarters>, kQuarters> sums{};  // (names, quarters)
    std::array<double, kQuarters> counts{};
    for (int row = 0; row < readings.height; ++row) {
        for (int column = 0; column < readings.width; ++column) {
            const Share share = shareOf(collage, {.x = region.x + column * width, .y = region.y + row * height, .width = width, .height = height});
            std::array<double, kQuarters> values{};
            for (std::size_t name = 0; name < kQuarters; ++name) values[name] = static_cast<double>(readings.at(column, row, name));
            if (const auto quarter = majority(share.lying, share.all)) {
                ++counts[*quarter];
                for (std::size_t name = 0; name < kQuarters; ++name) sums[name][*quarter] += values[name];
            }
            if (const auto quarter = majority(share.drawn, share.all)) {
                ++finding.tokens;
                finding.found += wins(values, *quarter);
            }
        }
    }
    for (std::size_t name = 0; name < kQuarters; ++name) {
        std::array<double, kQuarters> means = sums[name];
        for (std::size_t quarter = 0; quarter < kQuarters; ++quarter) means[quarter] /= counts[quarter];
        finding.inPlace += wins(means, name);
    }
    return finding;
}

}  // namespace tessera::evaluation
