// SPDX-License-Identifier: Apache-2.0
// LDR-FLIP (Andersson et al. 2020); constants as in NVlabs/flip, src/cpp/FLIP.h.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "image/metric_input.h"
#include "image/weighted_sum.h"

namespace tessera {
namespace {

constexpr std::array kWhite{0.950428545F, 1.0F, 1.088900371F};
constexpr float kToXyz[3][3] = {{10135552.0F / 24577794.0F, 8788810.0F / 24577794.0F, 4435075.0F / 24577794.0F},
                                {2613072.0F / 12288897.0F, 8788810.0F / 12288897.0F, 887015.0F / 12288897.0F},
                                {1425312.0F / 73733382.0F, 8788810.0F / 73733382.0F, 70074185.0F / 73733382.0F}};
constexpr float kFromXyz[3][3] = {{3.241003275F, -1.537398934F, -0.498615861F},
                                  {-0.969224334F, 1.875930071F, 0.041554224F},
                                  {0.055639423F, -0.204011202F, 1.057148933F}};
constexpr float kColourPower = 0.7F;
constexpr float kKnee = 0.4F, kKneeValue = 0.95F;
constexpr float kFeatureWidth = 0.082F;  // degrees

using Plane = std::vector<float>;
using Triple = std::array<float, 3>;

struct Size {
    int width = 0, height = 0;
    std::size_t count() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height); }
};

Triple times(const float (&matrix)[3][3], const Triple& v) {
    return {matrix[0][0] * v[0] + matrix[0][1] * v[1] + matrix[0][2] * v[2], matrix[1][0] * v[0] + matrix[1][1] * v[1] + matrix[1][2] * v[2],
            matrix[2][0] * v[0] + matrix[2][1] * v[1] + matrix[2][2] * v[2]};
}

// A function on [0,1] as a table with linear interpolation: pow and cbrt for every pixel cost more than all filters.
class Table {
public:
    template <typename Function>
    Table(int steps, Function function) : m_steps(static_cast<float>(steps)) {
        for (int i = 0; i <= steps + 1; ++i) m_values.push_back(static_cast<float>(function(static_cast<double>(i) / steps)));
    }
    float operator()(float x) const {
        const float position = std::clamp(x, 0.0F, 1.0F) * m_steps;
        const auto i = static_cast<std::size_t>(position);
        return m_values[i] + (position - static_cast<float>(i)) * (m_values[i + 1] - m_values[i]);
    }

private:
    float m_steps;
    std::vector<float> m_values;
};

float linearFromSrgb(float x) {
    static const Table table(8192, [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); });
    return table(x);
}

// CIELab's f: a cube root with a straight foot. Error below 1e-6.
float labCurve(float x) {
    static const Table table(16384, [](double t) {
        constexpr double kDelta = 6.0 / 29.0;
        return t > kDelta * kDelta * kDelta ? std::cbrt(t) : t / (3 * kDelta * kDelta) + 4.0 / 29.0;
    });
    return table(x);
}

// Linear RGB in [0,1] to CIELab with Hunt's adjustment: chroma counts less in the dark.
Triple huntLab(const Triple& rgb) {
    const Triple xyz = times(kToXyz, rgb);
    const float fx = labCurve(xyz[0] / kWhite[0]), fy = labCurve(xyz[1] / kWhite[1]), fz = labCurve(xyz[2] / kWhite[2]);
    const float lightness = 116 * fy - 16;
    return {lightness, 0.01F * lightness * 500 * (fx - fy), 0.01F * lightness * 200 * (fy - fz)};
}

float hyAb(const Triple& a, const Triple& b) {
    return std::abs(a[0] - b[0]) + std::hypot(a[1] - b[1], a[2] - b[2]);
}

// out = columns * (rows * in), edges repeated. Kernels have 2 * radius + 1 taps.
class Separable {
public:
    Separable(Size size, int radius) : m_size(size), m_radius(radius), m_inputs(taps()), m_padded(static_cast<std::size_t>(size.width + 2 * radius)) {}

    Plane across(const Plane& in, const Plane& kernel) {
        Plane out(m_size.count());
        for (int y = 0; y < m_size.height; ++y) {
            const float* row = in.data() + offset(y);
            std::fill_n(m_padded.begin(), m_radius, row[0]);
            std::copy_n(row, m_size.width, m_padded.begin() + m_radius);
            std::fill_n(m_padded.end() - m_radius, m_radius, row[m_size.width - 1]);
            for (std::size_t t = 0; t < taps(); ++t) m_inputs[t] = m_padded.data() + t;
            sum(kernel, out.data() + offset(y));
        }
        return out;
    }

    Plane down(const Plane& in, const Plane& kernel) {
        Plane out(m_size.count());
        for (int y = 0; y < m_size.height; ++y) {
            for (int t = 0; t < static_cast<int>(taps()); ++t)
                m_inputs[static_cast<std::size_t>(t)] = in.data() + offset(std::clamp(y + t - m_radius, 0, m_size.height - 1));
            sum(kernel, out.data() + offset(y));
        }
        return out;
    }

private:
    std::size_t taps() const { return static_cast<std::size_t>(2 * m_radius + 1); }
    std::ptrdiff_t offset(int y) const { return static_cast<std::ptrdiff_t>(y) * m_size.width; }
    void sum(const Plane& kernel, float* out) {
        weightedSumFast(static_cast<const float* const*>(m_inputs.data()), kernel.data(), static_cast<int>(taps()), m_size.width, out);
    }

    Size m_size;
    int m_radius;
    std::vector<const float*> m_inputs;
    Plane m_padded;
};

struct Filters {
    int colourRadius = 0, featureRadius = 0;
    Plane luma, redGreen, blueYellow, blueYellowWide;  ///< contrast sensitivity; the last two are added
    Plane smooth, edge, point;                         ///< Gaussian, its first and second derivative
};

Plane sampled(int radius, const auto& function) {
    Plane kernel;
    for (int i = -radius; i <= radius; ++i) kernel.push_back(static_cast<float>(function(i)));
    return kernel;
}

double sumOf(const Plane& kernel) {
    double sum = 0;
    for (const float value : kernel) sum += static_cast<double>(value);
    return sum;
}

// Positive weights to sum 1, negative ones to sum -1.
void normaliseSigns(Plane& kernel) {
    double positive = 0, negative = 0;
    for (const float value : kernel) (value > 0 ? positive : negative) += static_cast<double>(value);
    for (float& value : kernel) value = static_cast<float>(value > 0 ? value / positive : negative < 0 ? -value / negative : value);
}

Filters filtersFor(double pixelsPerDegree) {
    constexpr double pi = std::numbers::pi;
    Filters filters;
    filters.colourRadius = static_cast<int>(std::ceil(3 * std::sqrt(0.04 / (2 * pi * pi)) * pixelsPerDegree));
    const auto gaussian = [&](double height, double b) {
        return sampled(filters.colourRadius, [&](int i) { return height * std::exp(-pi * pi * i * i / (b * pixelsPerDegree * pixelsPerDegree)); });
    };
    const auto normalised = [&](double b) {
        Plane kernel = gaussian(1, b);
        const double sum = sumOf(kernel);
        for (float& value : kernel) value = static_cast<float>(value / sum);
        return kernel;
    };
    filters.luma = normalised(0.0047);
    filters.redGreen = normalised(0.0053);
    filters.blueYellow = gaussian(std::sqrt(34.1 * std::sqrt(pi / 0.04)), 0.04);
    filters.blueYellowWide = gaussian(std::sqrt(13.5 * std::sqrt(pi / 0.025)), 0.025);
    const double together = std::hypot(sumOf(filters.blueYellow), sumOf(filters.blueYellowWide));
    for (Plane* kernel : {&filters.blueYellow, &filters.blueYellowWide})
        for (float& value : *kernel) value = static_cast<float>(value / together);

    const double sigma = 0.5 * kFeatureWidth * pixelsPerDegree;
    filters.featureRadius = static_cast<int>(std::ceil(3 * sigma));
    const auto bell = [&](int i) { return std::exp(-0.5 * i * i / (sigma * sigma)); };
    filters.smooth = sampled(filters.featureRadius, bell);
    filters.edge = sampled(filters.featureRadius, [&](int i) { return -i * bell(i); });
    filters.point = sampled(filters.featureRadius, [&](int i) { return (i * i / (sigma * sigma) - 1) * bell(i); });
    for (Plane* kernel : {&filters.smooth, &filters.edge, &filters.point}) normaliseSigns(*kernel);
    return filters;
}

struct Seen {
    std::array<Plane, 3> lab;  ///< as seen from the distance, Hunt-adjusted
    Plane edge, point;         ///< magnitudes
};

Plane magnitude(const Plane& x, const Plane& y) {
    Plane result(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) result[i] = std::sqrt(x[i] * x[i] + y[i] * y[i]);
    return result;
}

Seen seenFrom(const Image& image, const Filters& filters) {
    const Size size{image.width(), image.height()};
    const auto samples = std::get<SharedArray<float>>(image.samples()).span();
    Plane luma(size.count()), redGreen(size.count()), blueYellow(size.count()), achromatic(size.count());
    for (std::size_t i = 0; i < size.count(); ++i) {
        const Triple xyz = times(kToXyz, {linearFromSrgb(samples[3 * i]), linearFromSrgb(samples[3 * i + 1]), linearFromSrgb(samples[3 * i + 2])});
        const float x = xyz[0] / kWhite[0], y = xyz[1], z = xyz[2] / kWhite[2];
        luma[i] = 116 * y - 16;
        redGreen[i] = 500 * (x - y);
        blueYellow[i] = 200 * (y - z);
        achromatic[i] = y;  // (luma + 16) / 116
    }

    Separable colour(size, filters.colourRadius);
    const auto filtered = [&](const Plane& plane, const Plane& kernel) { return colour.down(colour.across(plane, kernel), kernel); };
    luma = filtered(luma, filters.luma);
    redGreen = filtered(redGreen, filters.redGreen);
    const Plane narrow = filtered(blueYellow, filters.blueYellow), broad = filtered(blueYellow, filters.blueYellowWide);
    Seen seen;
    for (Plane& plane : seen.lab) plane.resize(size.count());
    for (std::size_t i = 0; i < size.count(); ++i) {
        const float y = (luma[i] + 16) / 116, x = y + redGreen[i] / 500, z = y - (narrow[i] + broad[i]) / 200;
        Triple rgb = times(kFromXyz, {x * kWhite[0], y * kWhite[1], z * kWhite[2]});
        for (float& value : rgb) value = std::clamp(value, 0.0F, 1.0F);
        const Triple lab = huntLab(rgb);
        for (std::size_t c = 0; c < 3; ++c) seen.lab[c][i] = lab[c];
    }

    Separable feature(size, filters.featureRadius);
    const Plane smoothAcross = feature.across(achromatic, filters.smooth);
    seen.edge = magnitude(feature.down(feature.across(achromatic, filters.edge), filters.smooth), feature.down(smoothAcross, filters.edge));
    seen.point = magnitude(feature.down(feature.across(achromatic, filters.point), filters.smooth), feature.down(smoothAcross, filters.point));
    return seen;
}

}  // namespace

FlipResult flip(const Image& reference, const Image& image, double pixelsPerDegree) {
    checkSameSize(reference, image);
    const Filters filters = filtersFor(pixelsPerDegree);
    const Seen a = seenFrom(clampedRgb(reference), filters), b = seenFrom(clampedRgb(image), filters);
    const float most = std::pow(hyAb(huntLab({0, 1, 0}), huntLab({0, 0, 1})), kColourPower);
    const float knee = kKnee * most;
    std::vector<float> map(a.edge.size());
    double sum = 0;
    for (std::size_t i = 0; i < map.size(); ++i) {
        const float distance = std::pow(hyAb({a.lab[0][i], a.lab[1][i], a.lab[2][i]}, {b.lab[0][i], b.lab[1][i], b.lab[2][i]}), kColourPower);
        const float colour = distance < knee ? distance * kKneeValue / knee : kKneeValue + (distance - knee) / (most - knee) * (1 - kKneeValue);
        const float feature = std::sqrt(std::max(std::abs(a.edge[i] - b.edge[i]), std::abs(a.point[i] - b.point[i])) / std::numbers::sqrt2_v<float>);
        map[i] = std::pow(colour, 1 - feature);
        sum += static_cast<double>(map[i]);
    }
    FlipResult result;
    result.mean = sum / static_cast<double>(map.size());
    result.map = Image(image.width(), image.height(), 1, SharedArray<float>(std::move(map)));
    return result;
}

}  // namespace tessera
