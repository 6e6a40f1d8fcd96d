// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"
#include "image/metric_input.h"
#include "image/weighted_sum.h"

namespace tessera {
namespace {

constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
constexpr std::array kScaleWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

/// One colour channel of both pictures.
struct Planes {
    int width = 0, height = 0;
    std::vector<double> x, y;
};

std::vector<double> window(int taps) {
    std::vector<double> weights(static_cast<std::size_t>(taps));
    double sum = 0;
    for (int i = 0; i < taps; ++i) {
        const double d = (i - taps / 2) / 1.5;
        sum += weights[static_cast<std::size_t>(i)] = std::exp(-0.5 * d * d);
    }
    for (double& weight : weights) weight /= sum;
    return weights;
}

Planes planesOf(const Image& reference, const Image& image, int channel) {
    const auto x = std::get<SharedArray<float>>(reference.samples()).span(), y = std::get<SharedArray<float>>(image.samples()).span();
    Planes planes{reference.width(), reference.height(), {}, {}};
    planes.x.reserve(x.size() / 3);
    planes.y.reserve(x.size() / 3);
    for (std::size_t i = static_cast<std::size_t>(channel); i < x.size(); i += 3) {
        planes.x.push_back(static_cast<double>(x[i]));
        planes.y.push_back(static_cast<double>(y[i]));
    }
    return planes;
}

/// Larger by `margin` on every side, the pixel at the edge first: as scikit-image continues a picture.
Planes mirrored(const Planes& from, int margin) {
    Planes to{from.width + 2 * margin, from.height + 2 * margin, {}, {}};
    const auto inside = [](int i, int length) {
        const int turn = ((i % (2 * length)) + 2 * length) % (2 * length);
        return static_cast<std::size_t>(turn < length ? turn : 2 * length - 1 - turn);
    };
    to.x.reserve(static_cast<std::size_t>(to.width) * static_cast<std::size_t>(to.height));
    to.y.reserve(to.x.capacity());
    for (int y = -margin; y < from.height + margin; ++y) {
        const std::size_t row = inside(y, from.height) * static_cast<std::size_t>(from.width);
        for (int x = -margin; x < from.width + margin; ++x) {
            to.x.push_back(from.x[row + inside(x, from.width)]);
            to.y.push_back(from.y[row + inside(x, from.width)]);
        }
    }
    return to;
}

// The four products whose windowed means SSIM needs, for one row.
[[gnu::always_inline]] inline void products(const double* x, const double* y, int count, double* squares, double* cross) {
    for (int i = 0; i < count; ++i) {
        squares[i] = x[i] * x[i] + y[i] * y[i];
        cross[i] = x[i] * y[i];
    }
}

[[gnu::always_inline]] inline void similarity(const double* meanX, const double* meanY, const double* squares, const double* cross, int count,
                                              double* structure, double* ssim) {
    for (int i = 0; i < count; ++i) {
        const double xy = meanX[i] * meanY[i], xx = meanX[i] * meanX[i] + meanY[i] * meanY[i];
        structure[i] = (2 * (cross[i] - xy) + kC2) / (squares[i] - xx + kC2);
        ssim[i] = structure[i] * (2 * xy + kC1) / (xx + kC1);
    }
}
TESSERA_WIDE(similarity)

// Calls row(y, structure, ssim, count) for every row where the window fits; y counts from the first such row.
template <typename Row>
void forEachSsimRow(const Planes& planes, const std::vector<double>& weights, Row&& row) {
    const int taps = static_cast<int>(weights.size());
    const int width = planes.width, columns = width - taps + 1, rows = planes.height - taps + 1;
    std::vector<double> squares(planes.x.size()), cross(planes.x.size());
    products(planes.x.data(), planes.y.data(), static_cast<int>(planes.x.size()), squares.data(), cross.data());
    const std::array<const double*, 4> inputs{planes.x.data(), planes.y.data(), squares.data(), cross.data()};
    std::vector<double> tall(static_cast<std::size_t>(width));
    std::array<std::vector<double>, 4> means;
    for (auto& mean : means) mean.resize(static_cast<std::size_t>(columns));
    std::vector<double> structure(static_cast<std::size_t>(columns)), ssim(static_cast<std::size_t>(columns));
    std::vector<const double*> shifted(weights.size());
    for (int y = 0; y < rows; ++y) {
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            for (int t = 0; t < taps; ++t) shifted[static_cast<std::size_t>(t)] = inputs[k] + static_cast<std::ptrdiff_t>(y + t) * width;
            weightedSumFast(static_cast<const double* const*>(shifted.data()), weights.data(), taps, width, tall.data());
            for (int t = 0; t < taps; ++t) shifted[static_cast<std::size_t>(t)] = tall.data() + t;
            weightedSumFast(static_cast<const double* const*>(shifted.data()), weights.data(), taps, columns, means[k].data());
        }
        similarityFast(static_cast<const double*>(means[0].data()), static_cast<const double*>(means[1].data()),
                       static_cast<const double*>(means[2].data()), static_cast<const double*>(means[3].data()), columns, structure.data(), ssim.data());
        row(y, structure.data(), ssim.data(), columns);
    }
}

struct Means {
    double structure = 0, ssim = 0;
};

Means meansOf(const Planes& planes, const std::vector<double>& weights) {
    Means sums;
    double count = 0;
    forEachSsimRow(planes, weights, [&](int, const double* structure, const double* ssim, int columns) {
        Means row;  // summed per row first: keeps rounding small
        for (int x = 0; x < columns; ++x) {
            row.structure += structure[x];
            row.ssim += ssim[x];
        }
        sums.structure += row.structure;
        sums.ssim += row.ssim;
        count += columns;
    });
    return {sums.structure / count, sums.ssim / count};
}

std::vector<double> halved(const std::vector<double>& from, int width, int height) {
    const int columns = (width + 1) / 2, rows = (height + 1) / 2;
    std::vector<double> to(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
    const auto at = [&](int x, int y) {
        return x < 0 || y < 0 ? 0.0 : from[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
    };
    // An odd side gets a zero before its first sample, and the zero counts: so does pytorch-msssim.
    const int shiftX = width % 2, shiftY = height % 2;
    for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x) {
            const int left = 2 * x - shiftX, top = 2 * y - shiftY;
            to[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(x)] =
                (at(left, top) + at(left + 1, top) + at(left, top + 1) + at(left + 1, top + 1)) / 4;
        }
    return to;
}

bool fits(const Image& image, int side) {
    return std::min(image.width(), image.height()) >= side;
}

int smallestForScales(int taps) {
    return (taps - 1) * 16 + 1;
}

// MS-SSIM of one channel; `first` are the means at full size.
double scalesOf(Planes planes, const Means& first, const std::vector<double>& weights) {
    double product = 1;
    for (std::size_t level = 0; level < kScaleWeights.size(); ++level) {
        const Means means = level == 0 ? first : meansOf(planes, weights);
        const double value = level + 1 < kScaleWeights.size() ? means.structure : means.ssim;
        product *= std::pow(std::max(value, 0.0), kScaleWeights[level]);
        planes.x = halved(planes.x, planes.width, planes.height);
        planes.y = halved(planes.y, planes.width, planes.height);
        planes.width = (planes.width + 1) / 2;
        planes.height = (planes.height + 1) / 2;
    }
    return product;
}

}  // namespace

SsimPair ssimPair(const Image& reference, const Image& image) {
    checkSameSize(reference, image);
    SsimPair pair;
    const std::vector<double> weights = window(11);
    if (!fits(reference, 11)) return pair;
    const Image a = clampedRgb(reference), b = clampedRgb(image);
    double sum = 0, product = 0;
    for (int c = 0; c < 3; ++c) {
        Planes planes = planesOf(a, b, c);
        const Means means = meansOf(planes, weights);
        sum += means.ssim;
        if (fits(reference, smallestForScales(11))) product += scalesOf(std::move(planes), means, weights);
    }
    pair.ssim = sum / 3;
    if (fits(reference, smallestForScales(11))) pair.msSsim = product / 3;
    return pair;
}

std::optional<double> ssim(const Image& reference, const Image& image) {
    checkSameSize(reference, image);
    if (!fits(reference, 11)) return std::nullopt;
    const Image a = clampedRgb(reference), b = clampedRgb(image);
    const std::vector<double> weights = window(11);
    double sum = 0;
    for (int c = 0; c < 3; ++c) sum += meansOf(planesOf(a, b, c), weights).ssim;
    return sum / 3;
}

std::optional<double> msSsim(const Image& reference, const Image& image, int taps) {
    checkSameSize(reference, image);
    TESSERA_ASSERT(taps >= 3 && taps % 2 == 1);
    if (!fits(reference, smallestForScales(taps))) return std::nullopt;
    const Image a = clampedRgb(reference), b = clampedRgb(image);
    const std::vector<double> weights = window(taps);
    double sum = 0;
    for (int c = 0; c < 3; ++c) {
        Planes planes = planesOf(a, b, c);
        const Means means = meansOf(planes, weights);
        sum += scalesOf(std::move(planes), means, weights);
    }
    return sum / 3;
}

Image ssimMap(const Image& reference, const Image& image) {
    checkSameSize(reference, image);
    const Image a = clampedRgb(reference), b = clampedRgb(image);
    const std::vector<double> weights = window(11);
    const std::size_t width = static_cast<std::size_t>(a.width()), pixels = width * static_cast<std::size_t>(a.height());
    std::vector<double> sums(pixels, 0.0);
    for (int c = 0; c < 3; ++c) {
        forEachSsimRow(mirrored(planesOf(a, b, c), 5), weights, [&](int y, const double*, const double* ssim, int columns) {
            double* row = sums.data() + static_cast<std::size_t>(y) * width;
            for (int x = 0; x < columns; ++x) row[x] += ssim[x];
        });
    }
    std::vector<float> map(pixels);
    for (std::size_t i = 0; i < pixels; ++i) map[i] = static_cast<float>(sums[i] / 3);
    return Image(a.width(), a.height(), 1, SharedArray<float>(std::move(map)));
}

}  // namespace tessera
