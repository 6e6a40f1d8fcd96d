// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include "device/torch_bridge.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/plot_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kCurves = 3;  // input, reconstruction, error
constexpr std::array<const char*, kCurves> kNames{"input", "reconstruction", "error"};
constexpr std::array<PlotColour, kCurves> kColours{kPlotInk, kPlotBlue, kPlotOrange};

/// Mean power in rings of spatial frequency. Ring k is at (k + 1) / side cycles per pixel, of that width.
struct RadialPower {
    int side = 0;  ///< shorter side of the pictures
    std::array<std::vector<double>, kCurves> power;
};

at::Tensor hann(std::int64_t length) {
    const at::Tensor place = at::arange(length, at::kDouble).add(0.5).mul(2 * std::numbers::pi / static_cast<double>(length));
    return place.cos().neg().add(1).mul(0.5);
}

/// Power density of one channel [H,W], added to its rings: |F|^2 over the window's energy, so that white noise has its variance everywhere.
void addPower(const at::Tensor& channel, const at::Tensor& window, double energy, std::vector<double>& sums) {
    const std::int64_t height = channel.size(0), width = channel.size(1), side = std::min(height, width);
    const at::Tensor transformed = at::fft_rfft2((channel - channel.mean()) * window);  // [H,W/2+1]
    const at::Tensor power = at::view_as_real(transformed).square().sum(-1).div(energy).contiguous();
    const double* row = power.const_data_ptr<double>();
    for (std::int64_t y = 0; y < height; ++y, row += width / 2 + 1) {
        const double fy = static_cast<double>(std::min(y, height - y)) / static_cast<double>(height);
        for (std::int64_t x = 0; x <= width / 2; ++x) {
            const auto ring = std::lround(std::hypot(static_cast<double>(x) / static_cast<double>(width), fy) * static_cast<double>(side));
            if (ring < 1 || ring > static_cast<long>(sums.size())) continue;
            // The half that a real picture's transform leaves out is the same again.
            sums[static_cast<std::size_t>(ring - 1)] += row[x] * (x == 0 || 2 * x == width ? 1 : 2);
        }
    }
}

/// Frequencies of the whole plane in every ring.
std::vector<double> ringSizes(std::int64_t height, std::int64_t width, std::size_t rings) {
    const auto side = static_cast<double>(std::min(height, width));
    std::vector<double> counts(rings);
    for (std::int64_t y = 0; y < height; ++y) {
        const double fy = static_cast<double>(std::min(y, height - y)) / static_cast<double>(height);
        for (std::int64_t x = 0; x < width; ++x) {
            const auto ring = std::lround(std::hypot(static_cast<double>(std::min(x, width - x)) / static_cast<double>(width), fy) * side);
            if (ring >= 1 && ring <= static_cast<long>(rings)) ++counts[static_cast<std::size_t>(ring - 1)];
        }
    }
    return counts;
}

StageValue radialPower(std::span<const StageValue> values, StageContext& context) {
    // As a viewer shows them: out-of-range output is not an error one can see.
    const at::Tensor input = tensorFromImage(values[0].as<ModelInput>().image).clamp(0, 1);
    const at::Tensor decoded = tensorFromImage(values[1].as<DecodedPixels>().image).clamp(0, 1);
    const std::int64_t height = input.size(2), width = input.size(3);
    const at::Tensor window = hann(height).unsqueeze(1) * hann(width);
    const double energy = window.square().sum().item<double>();
    RadialPower result{static_cast<int>(std::min(height, width)), {}};
    const std::vector<double> counts = ringSizes(height, width, static_cast<std::size_t>(result.side / 2));
    for (std::size_t curve = 0; curve < kCurves; ++curve) {
        std::vector<double>& power = result.power[curve];
        power.resize(counts.size());
        for (std::int64_t c = 0; c < 3; ++c) {
            context.checkStopped();
            const auto plane = [&](const at::Tensor& image) { return image[0][c].to(at::kDouble); };
            addPower(curve == 0 ? plane(input) : curve == 1 ? plane(decoded) : plane(decoded) - plane(input), window, energy, power);
        }
        for (std::size_t k = 0; k < power.size(); ++k) power[k] /= 3 * counts[k];
    }
    const std::size_t bytes = kCurves * counts.size() * sizeof(double);
    return StageValue::make(std::move(result), bytes);
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const StagePlanPtr input = planner.input(query.cell, query.parameters);
    const StagePlanPtr decoded = planner.decoded(query.cell, planner.latents(query.cell, query.parameters));
    auto stage = std::make_shared<StagePlan>();
    stage->key = Hasher().add("radial power").add(kVersion).add(input->key).add(decoded->key).finish();
    stage->name = "radial power";
    stage->weight = 0.5;
    stage->parents = {input, decoded};
    stage->run = radialPower;
    return {decoded, stage};
}

constexpr int kLeft = 84, kRight = 20, kTop = 32, kBottom = 52;
constexpr double kMostDecades = 12;

Image plotOf(const RadialPower& radial, PlotSize size) {
    Plot plot(size.width, size.height);
    double low = INFINITY, high = 0;
    for (const auto& curve : radial.power) {
        for (const double power : curve) {
            if (!(power > 0) || !std::isfinite(power)) continue;
            low = std::min(low, power);
            high = std::max(high, power);
        }
    }
    if (!(high > 0)) low = 1e-6, high = 1;
    const double top = std::ceil(std::log10(high) + 1e-9), bottom = std::max(std::floor(std::log10(low)), top - kMostDecades);
    const double first = std::log10(1.0 / radial.side), last = std::log10(0.5);
    const auto x = [&](double frequency) { return kLeft + (std::log10(frequency) - first) / std::max(last - first, 1e-9) * (size.width - kLeft - kRight); };
    const auto y = [&](double power) { return size.height - kBottom - (std::log10(power) - bottom) / (top - bottom) * (size.height - kTop - kBottom); };
    const int rows = std::max(2, (size.height - kTop - kBottom) / 40), every = std::max(1, static_cast<int>(std::ceil((top - bottom) / rows)));
    for (double decade = bottom; decade <= top; decade += every) {
        const int at = static_cast<int>(std::lround(y(std::pow(10, decade))));
        plot.fill(kLeft, at, size.width - kRight, at + 1, kPlotFaint);
        const std::string number = "1e" + std::to_string(static_cast<int>(decade));
        plot.text(kLeft - 8 - Plot::textWidth(number), at - Plot::textHeight() / 2, number, kPlotInk);
    }
    for (const double frequency : {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5}) {
        if (frequency < 1.0 / radial.side) continue;
        const int at = static_cast<int>(std::lround(x(frequency)));
        plot.fill(at, kTop, at + 1, size.height - kBottom, kPlotFaint);
        const std::string number = plotNumber(frequency);
        plot.text(std::min(at - Plot::textWidth(number) / 2, size.width - Plot::textWidth(number) - 4), size.height - kBottom + 8, number, kPlotInk);
    }
    const std::string unit = "power density by cycles per px";
    plot.text((kLeft + size.width - kRight - Plot::textWidth(unit)) / 2, size.height - Plot::textHeight() - 6, unit, kPlotInk);
    int left = kLeft;
    for (std::size_t curve = 0; curve < kCurves; ++curve) {
        const std::vector<double>& power = radial.power[curve];
        const auto drawn = [&](std::size_t k) { return power[k] > 0 && std::isfinite(power[k]) && std::log10(power[k]) >= bottom; };
        for (std::size_t k = 0; k + 1 < power.size(); ++k) {
            if (!drawn(k) || !drawn(k + 1)) continue;
            const double side = radial.side;
            plot.line(x((k + 1) / side), y(power[k]), x((k + 2) / side), y(power[k + 1]), kColours[curve]);
        }
        plot.text(left, 8, kNames[curve], kColours[curve]);
        left += Plot::textWidth(kNames[curve]) + 24;
    }
    return plot.image();
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext&) {
    const DecodedPixels& decoded = values[0].as<DecodedPixels>();
    const RadialPower& radial = values[1].as<RadialPower>();
    Picture picture = placed(plotOf(radial, plotSizeFor(decoded.origin)), decoded.origin);
    picture.summary = sizeText(decoded.image.width(), decoded.image.height()) + ", " + std::to_string(radial.side / 2) + " rings";
    picture.precision = decoded.precision;
    picture.notes = decoded.notes;
    addNote(picture, "power density of sRGB 0..1, mean over RGB and directions; mean taken away, Hann window; white noise has its variance everywhere");
    picture.table.columns = {{"frequency", Unit::None, "cycles per pixel of the model's input"}};
    for (const char* name : kNames) picture.table.columns.push_back({name, Unit::None, "power density, sRGB 0..1 squared per (cycle per pixel) squared"});
    for (std::size_t k = 0; k < radial.power[0].size(); ++k) {
        picture.table.values.push_back(static_cast<double>(k + 1) / radial.side);
        for (const auto& curve : radial.power) picture.table.values.push_back(curve[k]);
    }
    return picture;
}

}  // namespace

extern const Lens kSpectrumLens{
    .name = "spectrum",
    .help = "Power of input, reconstruction and error by spatial frequency, both axes logarithmic",
    .needs = {"encode", "decode"},
    .parameters = preprocessingParameters(),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
