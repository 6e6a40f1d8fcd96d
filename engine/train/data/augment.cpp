// SPDX-License-Identifier: Apache-2.0
#include "train/data/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "core/error.h"
#include "image/resize.h"

namespace tessera::train {
namespace {

constexpr int kLargestSide = 4096;
constexpr Filter kFilter = Filter::Bicubic;

using Colour = std::array<float, 3>;

/// Along one axis: which part of the picture comes where in the result.
struct Placed {
    double from = 0, length = 0;  ///< in the picture, px
    int to = 0, size = 0;         ///< in the result, px
};

Placed placed(int extent, double cut, const AugmentSettings& settings, SplitMix64& random) {
    const double slack = extent - cut;
    if (slack >= 0) return {std::clamp(settings.centred ? slack / 2 : random.uniform() * slack, 0.0, slack), cut, 0, settings.side};
    const int size = std::clamp(static_cast<int>(std::lround(extent * settings.side / cut)), 1, settings.side);
    const int free = settings.side - size;
    return {0, static_cast<double>(extent), settings.centred ? free / 2 : static_cast<int>(random.below(static_cast<std::uint64_t>(free) + 1)), size};
}

double drawnCut(const Image& picture, const AugmentSettings& settings, SplitMix64& random) {
    const bool opaque = picture.channels() != 4;
    const double base = opaque ? std::min(picture.width(), picture.height()) : std::max(picture.width(), picture.height());
    const double high = std::max(1.0, base * (opaque ? std::min(settings.largest, 1.0) : settings.largest));
    const double low = std::clamp(std::max(settings.smallest * base, settings.side / settings.enlargement), 1.0, high);
    return std::clamp(low * std::pow(high / low, random.uniform()), 1.0, high);
}

float within(float value) { return value > 0 ? std::min(value, 1.0F) : 0.0F; }  // NaN: 0

Colour drawnColour(SplitMix64& random) {
    Colour colour;
    for (float& c : colour) c = static_cast<float>(random.uniform());
    return colour;
}

std::vector<float> gradient(int side, SplitMix64& random) {
    const Colour a = drawnColour(random), b = drawnColour(random);
    const double right = random.between(-1, 1), down = random.between(-1, 1);
    const double least = std::min(right, 0.0) + std::min(down, 0.0), range = std::abs(right) + std::abs(down);
    std::vector<float> rgb;
    rgb.reserve(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3);
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            const double t = range > 0 ? ((right * x + down * y) / std::max(1, side - 1) - least) / range : 0;
            for (std::size_t c = 0; c < 3; ++c) rgb.push_back(static_cast<float>(a[c] + (b[c] - a[c]) * t));
        }
    return rgb;
}

std::vector<float> drawnBackground(const AugmentSettings& settings, SplitMix64& random) {
    const std::size_t samples = static_cast<std::size_t>(settings.side) * static_cast<std::size_t>(settings.side) * 3;
    switch (settings.backgrounds[random.below(settings.backgrounds.size())]) {
    case Background::White: break;
    case Background::Grey: return std::vector<float>(samples, static_cast<float>(random.uniform()));
    case Background::Noise: {
        std::vector<float> rgb(samples);
        std::generate(rgb.begin(), rgb.end(), [&] { return static_cast<float>(random.uniform()); });
        return rgb;
    }
    case Background::Gradient: return gradient(settings.side, random);
    }
    return std::vector<float>(samples, 1.0F);
}

std::span<const float> floats(const Image& image) { return std::get<SharedArray<float>>(image.samples()).span(); }

// Premultiplied, so that colours of what is transparent do not bleed into the rest.
std::pair<Image, Image> colourAndCover(const Image& picture) {
    const std::size_t pixels = static_cast<std::size_t>(picture.width()) * static_cast<std::size_t>(picture.height());
    std::vector<float> colour(pixels * 3), cover(pixels);
    std::visit(
        [&]<typename T>(const SharedArray<T>& samples) {
            const float full = std::is_same_v<T, float> ? 1.0F : static_cast<float>(std::numeric_limits<T>::max());
            for (std::size_t i = 0; i < pixels; ++i) {
                cover[i] = static_cast<float>(samples[4 * i + 3]) / full;
                for (std::size_t c = 0; c < 3; ++c) colour[3 * i + c] = static_cast<float>(samples[4 * i + c]) / full * cover[i];
            }
        },
        picture.samples());
    return {Image(picture.width(), picture.height(), 3, SharedArray<float>(std::move(colour))),
            Image(picture.width(), picture.height(), 1, SharedArray<float>(std::move(cover)))};
}

std::vector<float> onBackground(const Image& picture, const Placed& across, const Placed& down, std::vector<float> background, int side) {
    const CropBox crop{across.from, down.from, across.length, down.length};
    const auto [colour, cover] = colourAndCover(picture);
    const Image colours = resample(colour, crop, across.size, down.size, kFilter);
    const Image covers = resample(cover, crop, across.size, down.size, kFilter);
    const std::span<const float> front = floats(colours), alpha = floats(covers);
    for (int y = 0; y < down.size; ++y) {
        std::size_t from = static_cast<std::size_t>(y) * static_cast<std::size_t>(across.size) * 3;
        std::size_t to = (static_cast<std::size_t>(down.to + y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(across.to)) * 3;
        for (int i = 0; i < 3 * across.size; ++i, ++from, ++to) background[to] = front[from] + (1 - within(alpha[from])) * background[to];
    }
    return background;
}

void mirror(std::vector<float>& rgb, int side) {
    const auto width = static_cast<std::ptrdiff_t>(side) * 3;
    for (auto row = rgb.begin(); row != rgb.end(); row += width)
        for (std::ptrdiff_t left = 0, right = width - 3; left < right; left += 3, right -= 3) std::swap_ranges(row + left, row + left + 3, row + right);
}

/// By 90 degrees, anticlockwise.
std::vector<float> turned(const std::vector<float>& rgb, int side) {
    std::vector<float> result(rgb.size());
    const auto place = [side](int x, int y) { return (static_cast<std::size_t>(y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(x)) * 3; };
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) std::copy_n(rgb.begin() + static_cast<std::ptrdiff_t>(place(side - 1 - y, x)), 3, result.begin() + static_cast<std::ptrdiff_t>(place(x, y)));
    return result;
}

/// One of the five other orders of the channels.
void swapChannels(std::vector<float>& rgb, SplitMix64& random) {
    constexpr std::array<std::array<std::size_t, 3>, 5> kOrders{{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}};
    const auto& order = kOrders[random.below(kOrders.size())];
    for (std::size_t i = 0; i < rgb.size(); i += 3) {
        const Colour before{rgb[i], rgb[i + 1], rgb[i + 2]};
        for (std::size_t c = 0; c < 3; ++c) rgb[i + c] = before[order[c]];
    }
}

void jitter(std::vector<float>& rgb, const AugmentSettings& settings, SplitMix64& random) {
    if (settings.gamma > 0) {
        const auto exponent = static_cast<float>(std::pow(1 + settings.gamma, random.between(-1, 1)));
        for (float& value : rgb) value = std::pow(value, exponent);
    }
    if (settings.saturation > 0) {
        const auto factor = static_cast<float>(random.between(1 - settings.saturation, 1 + settings.saturation));
        for (std::size_t i = 0; i < rgb.size(); i += 3) {
            const float grey = 0.299F * rgb[i] + 0.587F * rgb[i + 1] + 0.114F * rgb[i + 2];
            for (std::size_t c = i; c < i + 3; ++c) rgb[c] = within(grey + factor * (rgb[c] - grey));
        }
    }
}

}  // namespace

void AugmentSettings::check() const {
    const auto need = [](bool holds, const std::string& what) {
        if (!holds) throw Failure(ErrorCode::Invalid, what, "augmentation");
    };
    const auto isFrom = [](double value, double low, double high) { return value >= low && value <= high; };
    need(side >= 1 && side <= kLargestSide, "the side of training pictures is not 1 to " + std::to_string(kLargestSide) + " px");
    need(isFrom(smallest, 1e-3, 16) && isFrom(largest, smallest, 16), "the scales are no range within 0.001 to 16");
    need(isFrom(enlargement, 1e-3, 1e6), "the enlargement is not 0.001 to 1000000");
    need(isFrom(flip, 0, 1), "the probability of mirrored pictures is not 0 to 1");
    need(isFrom(turn, 0, 1), "the probability of turned pictures is not 0 to 1");
    need(isFrom(swap, 0, 1), "the probability of swapped channels is not 0 to 1");
    need(!backgrounds.empty(), "no background is given");
    need(isFrom(gamma, 0, 8), "gamma is not 0 to 8");
    need(isFrom(saturation, 0, 1), "the saturation is not 0 to 1");
}

Image augmented(const Example& example, const AugmentSettings& settings, SplitMix64& random) {
    settings.check();
    const Image& picture = example.picture;
    const double cut = drawnCut(picture, settings, random);
    const Placed across = placed(picture.width(), cut, settings, random), down = placed(picture.height(), cut, settings, random);
    std::vector<float> rgb;
    if (picture.channels() == 4) {
        rgb = onBackground(picture, across, down, drawnBackground(settings, random), settings.side);
    } else {
        const Image resized = resample(picture, {across.from, down.from, across.length, down.length}, settings.side, settings.side, kFilter);
        rgb.assign(floats(resized).begin(), floats(resized).end());
    }
    for (float& value : rgb) value = within(value);
    if (random.uniform() < settings.flip) mirror(rgb, settings.side);
    // What is off draws nothing: the pictures of recipes without it stay the same.
    if (settings.turn > 0 && random.uniform() < settings.turn) {
        for (std::uint64_t quarter = 1 + random.below(3); quarter > 0; --quarter) rgb = turned(rgb, settings.side);
    }
    if (settings.swap > 0 && random.uniform() < settings.swap) swapChannels(rgb, random);
    jitter(rgb, settings, random);
    return Image(settings.side, settings.side, 3, SharedArray<float>(std::move(rgb)));
}

}  // namespace tessera::train
