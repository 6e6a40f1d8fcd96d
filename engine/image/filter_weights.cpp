// SPDX-License-Identifier: Apache-2.0
#include "image/filter_weights.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tessera {
namespace {

struct Kernel {
    double (*at)(double x);
    double support;
};

double box(double x) {
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

double bilinear(double x) {
    x = std::abs(x);
    return x < 1 ? 1 - x : 0;
}

double bicubic(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

double sinc(double x) {
    if (x == 0) return 1;
    x *= std::numbers::pi;
    return std::sin(x) / x;
}

double lanczos(double x) {
    return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

Kernel kernelOf(Filter filter) {
    switch (filter) {
    case Filter::Box: return {box, 0.5};
    case Filter::Bilinear: return {bilinear, 1};
    case Filter::Bicubic: return {bicubic, 2};
    case Filter::Lanczos: return {lanczos, 3};
    }
    return {bilinear, 1};
}

}  // namespace

FilterWeights filterWeights(int inputs, double start, double end, int outputs, Filter filter) {
    // Pillow holds the box as float; the difference is taken in float too.
    const auto low = static_cast<float>(start), high = static_cast<float>(end);
    const double scale = static_cast<double>(high - low) / outputs;
    const double filterScale = std::max(scale, 1.0);
    const Kernel kernel = kernelOf(filter);
    const double support = kernel.support * filterScale;

    FilterWeights result;
    result.outputs = outputs;
    result.most = static_cast<int>(std::ceil(support)) * 2 + 1;
    result.weight.assign(static_cast<std::size_t>(outputs) * static_cast<std::size_t>(result.most), 0.0);
    for (int i = 0; i < outputs; ++i) {
        const double centre = low + (i + 0.5) * scale;
        const int first = std::max(static_cast<int>(centre - support + 0.5), 0);
        const int last = std::min(static_cast<int>(centre + support + 0.5), inputs);
        double* weights = result.weight.data() + static_cast<std::size_t>(i) * static_cast<std::size_t>(result.most);
        double sum = 0;
        for (int k = 0; k < last - first; ++k) {
            weights[k] = kernel.at((k + first - centre + 0.5) * (1.0 / filterScale));
            sum += weights[k];
        }
        for (int k = 0; k < last - first && sum != 0; ++k) weights[k] /= sum;
        result.first.push_back(first);
        result.count.push_back(last - first);
    }
    return result;
}

}  // namespace tessera
