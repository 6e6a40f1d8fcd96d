// SPDX-License-Identifier: Apache-2.0
#include "image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "core/error.h"
#include "image/filter_weights.h"
#include "image/parallel.h"
#include "image/wide.h"

namespace tessera {
namespace {

constexpr int kLanes = 24;  // a multiple of 8 (AVX2) and of 3 (channels): eight RGB pixels
constexpr int kChunk = 512;
constexpr int kPrecisionBits = 32 - 8 - 2;  // Pillow's fixed point

int padded(int count) {
    return (count + kLanes - 1) / kLanes * kLanes;
}

/// One axis' weights laid out for `horizontal`: each tap repeated per channel, rows padded with zeros to whole lanes.
template <typename W>
struct LaneWeights {
    int stride = 0;
    std::vector<W> values;  ///< [outputs][stride]
};

template <typename W>
W asWeight(double weight) {
    if constexpr (std::is_same_v<W, float>) return static_cast<float>(weight);
    else return static_cast<W>((weight < 0 ? -0.5 : 0.5) + weight * (1 << kPrecisionBits));
}

template <typename W>
LaneWeights<W> laneWeights(const FilterWeights& axis, int channels) {
    LaneWeights<W> result;
    result.stride = padded(axis.most * channels);
    result.values.assign(static_cast<std::size_t>(result.stride) * static_cast<std::size_t>(axis.outputs), W(0));
    for (int i = 0; i < axis.outputs; ++i)
        for (int k = 0; k < axis.count[static_cast<std::size_t>(i)]; ++k)
            for (int c = 0; c < channels; ++c)
                result.values[static_cast<std::size_t>(i) * static_cast<std::size_t>(result.stride) + static_cast<std::size_t>(k * channels + c)] =
                    asWeight<W>(axis.weight[static_cast<std::size_t>(i) * static_cast<std::size_t>(axis.most) + static_cast<std::size_t>(k)]);
    return result;
}

// sums[j] = start + sum_k weights[k] * rows[k * stride + j], j < count
template <typename T, typename W>
[[gnu::always_inline]] inline void vertical(const T* rows, std::ptrdiff_t stride, const W* weights, int taps, int count, W start, W* sums) {
    for (int left = 0; left < count; left += kChunk) {
        const int n = std::min(kChunk, count - left);
        W* target = sums + left;
        for (int j = 0; j < n; ++j) target[j] = start;
        int k = 0;
        for (; k + 4 <= taps; k += 4) {
            const T *a = rows + k * stride + left, *b = a + stride, *c = b + stride, *d = c + stride;
            const W wa = weights[k], wb = weights[k + 1], wc = weights[k + 2], wd = weights[k + 3];
            for (int j = 0; j < n; ++j)
                target[j] += (wa * static_cast<W>(a[j]) + wb * static_cast<W>(b[j])) + (wc * static_cast<W>(c[j]) + wd * static_cast<W>(d[j]));
        }
        for (; k < taps; ++k) {
            const T* a = rows + k * stride + left;
            const W wa = weights[k];
            for (int j = 0; j < n; ++j) target[j] += wa * static_cast<W>(a[j]);
        }
    }
}
TESSERA_WIDE(vertical)

// out[i * channels + c] = sum of `row` from firsts[i] on; the row is readable for kLanes samples behind its last one.
template <typename T, typename W>
[[gnu::always_inline]] inline void horizontal(const T* row, const int* firsts, const int* counts, const W* weights, int stride, int outputs, int channels,
                                              W start, W* out) {
    for (int i = 0; i < outputs; ++i) {
        W sums[kLanes] = {};
        const T* from = row + firsts[i] * channels;
        const W* w = weights + static_cast<std::ptrdiff_t>(i) * stride;
        const int used = counts[i] * channels;
        for (int j = 0; j < used; j += kLanes)
            for (int l = 0; l < kLanes; ++l) sums[l] += w[j + l] * static_cast<W>(from[j + l]);
        for (int c = 0; c < channels; ++c) {
            W sum = start;
            for (int l = c; l < kLanes; l += channels) sum += sums[l];
            out[i * channels + c] = sum;
        }
    }
}
TESSERA_WIDE(horizontal)

std::uint8_t clipped(std::int32_t sum) {
    return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

struct Geometry {
    FilterWeights across, down;
    int firstColumn = 0, columns = 0;  ///< input columns that any output needs
    int firstRow = 0, rows = 0;
};

Geometry geometryOf(const Image& image, const CropBox& crop, int width, int height, Filter filter) {
    const bool inside = crop.x >= 0 && crop.y >= 0 && crop.width > 0 && crop.height > 0 && crop.x + crop.width <= image.width() + 1e-6 &&
                        crop.y + crop.height <= image.height() + 1e-6;
    if (image.empty() || !inside || width <= 0 || height <= 0)
        throw Failure(ErrorCode::Invalid, "the part to resample does not lie inside the picture", "resample");
    Geometry g;
    g.across = filterWeights(image.width(), crop.x, std::min<double>(crop.x + crop.width, image.width()), width, filter);
    g.down = filterWeights(image.height(), crop.y, std::min<double>(crop.y + crop.height, image.height()), height, filter);
    g.firstColumn = g.across.first.front();
    g.columns = g.across.first.back() + g.across.count.back() - g.firstColumn;
    g.firstRow = g.down.first.front();
    g.rows = g.down.first.back() + g.down.count.back() - g.firstRow;
    for (int& first : g.across.first) first -= g.firstColumn;
    for (int& first : g.down.first) first -= g.firstRow;
    return g;
}

template <typename W>
std::vector<W> tapsOf(const FilterWeights& axis) {
    std::vector<W> result(axis.weight.size());
    std::transform(axis.weight.begin(), axis.weight.end(), result.begin(), asWeight<W>);
    return result;
}

template <typename T>
float whiteOf() {
    return std::is_same_v<T, float> ? 1.0F : static_cast<float>(std::numeric_limits<T>::max());
}

// Vertical first: its loop runs along whole rows, and only the few output rows are left for the horizontal pass.
template <typename T>
std::vector<float> resampleFloat(const T* samples, const Image& image, const Geometry& g, int channels) {
    const int width = g.across.outputs, height = g.down.outputs;
    const auto stride = static_cast<std::ptrdiff_t>(image.width()) * channels;
    const T* origin = samples + g.firstRow * stride + static_cast<std::ptrdiff_t>(g.firstColumn) * channels;
    const LaneWeights<float> across = laneWeights<float>(g.across, channels);
    const std::vector<float> down = tapsOf<float>(g.down);
    const float white = whiteOf<T>();
    std::vector<float> result(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    parallelFor(height, 8, [&](int begin, int end) {
        std::vector<float> row(static_cast<std::size_t>(g.columns * channels + across.stride + kLanes));
        std::vector<float> line(static_cast<std::size_t>(width * channels));
        for (int y = begin; y < end; ++y) {
            const auto i = static_cast<std::size_t>(y);
            verticalFast(origin + g.down.first[i] * stride, stride, down.data() + i * static_cast<std::size_t>(g.down.most), g.down.count[i],
                         g.columns * channels, 0.0F, row.data());
            horizontalFast(static_cast<const float*>(row.data()), g.across.first.data(), g.across.count.data(), across.values.data(), across.stride,
                           width, channels, 0.0F, line.data());
            float* target = result.data() + i * static_cast<std::size_t>(width) * 3;
            for (int x = 0; x < width; ++x)
                for (int c = 0; c < 3; ++c) target[3 * x + c] = line[static_cast<std::size_t>(channels == 1 ? x : 3 * x + c)] / white;
        }
    });
    return result;
}

}  // namespace

Image resample(const Image& image, const CropBox& crop, int width, int height, Filter filter) {
    const Geometry g = geometryOf(image, crop, width, height, filter);
    const Image source = image.channels() == 4 ? image.toFloatRgb() : image;
    std::vector<float> samples =
        std::visit([&](const auto& held) { return resampleFloat(held.data(), source, g, source.channels()); }, source.samples());
    return Image(width, height, 3, SharedArray<float>(std::move(samples)));
}

Image resampleU8(const Image& image, const CropBox& crop, int width, int height, Filter filter) {
    const Geometry g = geometryOf(image, crop, width, height, filter);
    // Grey gives the same in every channel: one is computed.
    const bool grey = image.channels() == 1 && std::holds_alternative<SharedArray<std::uint8_t>>(image.samples());
    const Image source = grey ? image : image.toU8Rgb();
    const int channels = grey ? 1 : 3;
    const std::uint8_t* samples = std::get<SharedArray<std::uint8_t>>(source.samples()).data();
    const auto stride = static_cast<std::ptrdiff_t>(image.width()) * channels;
    const LaneWeights<std::int32_t> across = laneWeights<std::int32_t>(g.across, channels);
    const std::vector<std::int32_t> down = tapsOf<std::int32_t>(g.down);
    const std::int32_t half = 1 << (kPrecisionBits - 1);

    // Horizontal first, as Pillow: the rounding between the passes makes the order visible.
    const int lineSamples = width * channels;
    std::vector<std::uint8_t> narrow(static_cast<std::size_t>(lineSamples) * static_cast<std::size_t>(g.rows));
    parallelFor(g.rows, 16, [&](int begin, int end) {
        std::vector<std::uint8_t> row(static_cast<std::size_t>(g.columns * channels + across.stride + kLanes));
        std::vector<std::int32_t> sums(static_cast<std::size_t>(lineSamples));
        for (int y = begin; y < end; ++y) {
            std::memcpy(row.data(), samples + (g.firstRow + y) * stride + static_cast<std::ptrdiff_t>(g.firstColumn) * channels,
                        static_cast<std::size_t>(g.columns * channels));
            horizontalFast(static_cast<const std::uint8_t*>(row.data()), g.across.first.data(), g.across.count.data(), across.values.data(),
                           across.stride, width, channels, half, sums.data());
            std::transform(sums.begin(), sums.end(), narrow.begin() + static_cast<std::ptrdiff_t>(y) * lineSamples, clipped);
        }
    });
    std::vector<std::uint8_t> result(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    parallelFor(height, 16, [&](int begin, int end) {
        std::vector<std::int32_t> sums(static_cast<std::size_t>(lineSamples));
        for (int y = begin; y < end; ++y) {
            const auto i = static_cast<std::size_t>(y);
            verticalFast(static_cast<const std::uint8_t*>(narrow.data()) + static_cast<std::ptrdiff_t>(g.down.first[i]) * lineSamples,
                         static_cast<std::ptrdiff_t>(lineSamples), down.data() + i * static_cast<std::size_t>(g.down.most), g.down.count[i],
                         lineSamples, half, sums.data());
            std::uint8_t* target = result.data() + i * static_cast<std::size_t>(width) * 3;
            for (int x = 0; x < width; ++x)
                for (int c = 0; c < 3; ++c) target[3 * x + c] = clipped(sums[static_cast<std::size_t>(channels == 1 ? x : 3 * x + c)]);
        }
    });
    return Image(width, height, 3, SharedArray<std::uint8_t>(std::move(result)));
}

}  // namespace tessera
