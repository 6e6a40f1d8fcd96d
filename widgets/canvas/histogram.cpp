// SPDX-License-Identifier: Apache-2.0
#include "canvas/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <type_traits>

#include <tessera/colour_map.h>

#include "canvas/camera.h"
#include "canvas/look_maths.h"

namespace tessera::canvas {
namespace {

/// Counts one channel.
class Counter {
public:
    Counter(int bins, float low, float high) : m_low(low), m_high(high), m_perBin(static_cast<float>(bins) / (high - low)), m_last(bins - 1) {
        m_channel.counts.resize(static_cast<std::size_t>(bins));
    }
    void add(float value, std::uint64_t times = 1) {
        if (!(value >= m_low)) {
            (value < m_low ? m_channel.below : m_channel.notNumbers) += times;
        } else if (value > m_high) {
            m_channel.above += times;
        } else {
            m_channel.counts[static_cast<std::size_t>(std::min(m_last, static_cast<int>((value - m_low) * m_perBin)))] += times;
        }
        if (std::abs(value) <= std::numeric_limits<float>::max()) {
            m_smallest = std::min(m_smallest, value);
            m_largest = std::max(m_largest, value);
        }
    }
    Histogram::Channel take() {
        if (m_smallest <= m_largest) m_channel.range.emplace(m_smallest, m_largest);
        return std::move(m_channel);
    }

private:
    float m_low, m_high, m_perBin;
    int m_last;
    float m_smallest = std::numeric_limits<float>::infinity(), m_largest = -std::numeric_limits<float>::infinity();
    Histogram::Channel m_channel;
};

/// Luminance of encoded samples, by a table: the exact powers would cost more than all the rest.
class LuminanceTable {
public:
    LuminanceTable() {
        for (std::size_t i = 0; i <= kSteps; ++i) {
            const float place = static_cast<float>(i) / kSteps;
            m_light[i] = place <= 0.04045F ? place / 12.92F : std::pow((place + 0.055F) / 1.055F, 2.4F);
            // By the square root of the light, which is near enough to its encoding for a table with even steps.
            const float light = place * place;
            m_encoded[i] = light <= 0.0031308F ? light * 12.92F : 1.055F * std::pow(light, 1 / 2.4F) - 0.055F;
        }
    }
    float operator()(float r, float g, float b) const {
        if (!(std::max({r, g, b}) <= 1) || !(std::min({r, g, b}) >= 0)) return luminanceOf({r, g, b});
        return between(m_encoded, std::sqrt(0.2126F * between(m_light, r) + 0.7152F * between(m_light, g) + 0.0722F * between(m_light, b)));
    }

private:
    static constexpr std::size_t kSteps = 4096;
    using Values = std::array<float, kSteps + 2>;
    static float between(const Values& values, float place) {
        const float at = place * kSteps;
        const auto first = static_cast<std::size_t>(at);
        return values[first] + (values[first + 1] - values[first]) * (at - static_cast<float>(first));
    }
    Values m_light{}, m_encoded{};
};

template <typename T>
float asFloat(T sample) {
    if constexpr (std::is_same_v<T, std::uint8_t>) return static_cast<float>(sample) / 255.0F;
    if constexpr (std::is_same_v<T, std::uint16_t>) return static_cast<float>(sample) / 65535.0F;
    if constexpr (std::is_same_v<T, float>) return sample;
}

struct Counted {
    int left = 0, top = 0, right = 0, bottom = 0, stride = 1;
    bool empty() const { return left >= right || top >= bottom; }
};

int strideFor(double pixels) {
    return std::max(1, static_cast<int>(std::ceil(std::sqrt(pixels / static_cast<double>(kCountedPixels)))));
}

Counted countedOf(const Image& image, const std::optional<Rect>& region) {
    const Rect wanted = region.value_or(Rect{0, 0, static_cast<float>(image.width()), static_cast<float>(image.height())});
    const auto within = [](float value, int length) { return std::clamp(static_cast<int>(value), 0, length); };
    Counted counted{within(std::floor(wanted.x), image.width()), within(std::floor(wanted.y), image.height()),
                    within(std::ceil(wanted.x + wanted.width), image.width()), within(std::ceil(wanted.y + wanted.height), image.height())};
    if (!counted.empty()) counted.stride = strideFor(static_cast<double>(counted.right - counted.left) * (counted.bottom - counted.top));
    return counted;
}

/// Calls `count` with the samples of every counted pixel.
template <typename T, typename Count>
std::uint64_t eachPixel(const Image& image, const Counted& counted, const Count& count) {
    const auto samples = std::get<SharedArray<T>>(image.samples()).span();
    const auto channels = static_cast<std::size_t>(image.channels());
    const std::size_t step = channels * static_cast<std::size_t>(counted.stride);
    std::uint64_t pixels = 0;
    for (int y = counted.top; y < counted.bottom; y += counted.stride) {
        const T* pixel = samples.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) + static_cast<std::size_t>(counted.left)) * channels;
        for (int x = counted.left; x < counted.right; x += counted.stride, pixel += step, ++pixels) count(pixel);
    }
    return pixels;
}

template <typename T>
void countField(const Image& image, FieldMapping mapping, const Counted& counted, Histogram& histogram, Counter counter) {
    const auto channels = static_cast<std::size_t>(image.channels());
    histogram.pixels = eachPixel<T>(image, counted, [&](const T* pixel) {
        std::array<float, 5> values;
        for (std::size_t c = 0; c < channels; ++c) values[c] = asFloat(pixel[c]);
        counter.add(fieldValues(std::span<const float>(values).first(channels)).of(mapping));
    });
    histogram.channels.push_back(counter.take());
}

template <typename T>
void countColour(const Image& image, const Counted& counted, Histogram& histogram, const Counter& counter) {
    static const LuminanceTable luminance;
    std::array<Counter, 4> counters{counter, counter, counter, counter};
    const std::size_t g = image.channels() == 1 ? 0 : 1, b = image.channels() == 1 ? 0 : 2;
    if constexpr (std::is_same_v<T, std::uint8_t>) {
        // Few different values: their numbers are counted first, and what each means only once.
        std::array<std::array<std::uint64_t, 256>, 3> times{};
        histogram.pixels = eachPixel<T>(image, counted, [&](const T* pixel) {
            ++times[0][pixel[0]], ++times[1][pixel[g]], ++times[2][pixel[b]];
            counters[3].add(luminance(asFloat(pixel[0]), asFloat(pixel[g]), asFloat(pixel[b])));
        });
        for (std::size_t c = 0; c < 3; ++c) {
            for (std::size_t value = 0; value < 256; ++value) {
                if (times[c][value] > 0) counters[c].add(asFloat(static_cast<std::uint8_t>(value)), times[c][value]);
            }
        }
    } else {
        histogram.pixels = eachPixel<T>(image, counted, [&](const T* pixel) {
            const std::array<float, 3> rgb{asFloat(pixel[0]), asFloat(pixel[g]), asFloat(pixel[b])};
            for (std::size_t c = 0; c < 3; ++c) counters[c].add(rgb[c]);
            counters[3].add(luminance(rgb[0], rgb[1], rgb[2]));
        });
    }
    for (Counter& each : counters) histogram.channels.push_back(each.take());
}

/// Calls `count` with the difference at every counted pixel of the finer picture that both cover; the stride.
template <typename Count>
int eachDifference(const Pane& pane, const Count& count) {
    if (!pane.picture || !pane.other || pane.picture->image.empty() || pane.other->image.empty()) return 1;
    const Picture *fine = pane.picture.get(), *coarse = pane.other.get();
    const auto share = [](const Picture& picture) { return picture.image.width() / regionOf(picture).width; };
    if (share(*coarse) > share(*fine)) std::swap(fine, coarse);
    const Picture::Region from = regionOf(*fine), to = regionOf(*coarse);
    const Image &image = fine->image, &other = coarse->image;
    const int stride = strideFor(static_cast<double>(image.width()) * image.height());
    const bool swapped = fine != pane.picture.get();
    for (int y = 0; y < image.height(); y += stride) {
        const double otherY = (from.y + (y + 0.5) * from.height / image.height() - to.y) * other.height() / to.height;
        if (otherY < 0 || otherY >= other.height()) continue;
        for (int x = 0; x < image.width(); x += stride) {
            const double otherX = (from.x + (x + 0.5) * from.width / image.width() - to.x) * other.width() / to.width;
            if (otherX < 0 || otherX >= other.width()) continue;
            const int ox = static_cast<int>(otherX), oy = static_cast<int>(otherY);
            count(swapped ? differenceOf(other, ox, oy, pane.look.mapping, image, x, y, pane.otherLook.mapping, pane.differenceLook.mapping)
                          : differenceOf(image, x, y, pane.look.mapping, other, ox, oy, pane.otherLook.mapping, pane.differenceLook.mapping));
        }
    }
    return stride;
}

}  // namespace

Histogram histogramOf(const Picture& picture, FieldMapping mapping, int bins, float low, float high, std::optional<Rect> region) {
    const Image& image = picture.image;
    Histogram histogram{.low = low, .high = high};
    if (image.empty() || bins <= 0 || !(high > low)) return histogram;
    const Counted counted = countedOf(image, region);
    if (counted.empty()) return histogram;
    histogram.stride = counted.stride;
    std::visit(
        [&](const auto& held) {
            using T = std::remove_cvref_t<decltype(held[0])>;
            if (mapping == FieldMapping::Colour) {
                countColour<T>(image, counted, histogram, Counter(bins, low, high));
            } else {
                countField<T>(image, mapping, counted, histogram, Counter(bins, low, high));
            }
        },
        image.samples());
    return histogram;
}

Histogram differenceHistogramOf(const Pane& pane, int bins, float low, float high) {
    Histogram histogram{.low = low, .high = high};
    if (bins <= 0 || !(high > low)) return histogram;
    Counter counter(bins, low, high);
    histogram.stride = eachDifference(pane, [&](float value) {
        counter.add(value);
        ++histogram.pixels;
    });
    if (histogram.pixels > 0) histogram.channels.push_back(counter.take());
    return histogram;
}

std::pair<float, float> differenceRangeOf(const Pane& pane) {
    float largest = 0;
    eachDifference(pane, [&](float value) {
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    });
    if (largest <= 0) largest = 1e-6F;
    return {pane.differenceLook.mapping == FieldMapping::Signed ? -largest : 0.0F, largest};
}

}  // namespace tessera::canvas
