// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include "lenses/latent_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/noise.h"
#include "lenses/plot_drawing.h"
#include "lenses/through.h"

namespace tessera {
namespace {

constexpr int kLeft = 84, kRight = 20, kTop = 32, kBottom = 52;

std::int64_t wholeOf(const Query& query, const char* name) { return std::get<std::int64_t>(query.parameters.at(name)); }

/// Strengths of the curve, from none to the most, in even steps.
std::vector<double> strengthsOf(const Query& query) {
    const double most = std::get<double>(query.parameters.at("most"));
    const std::int64_t steps = wholeOf(query, "steps");
    std::vector<double> strengths;
    for (std::int64_t i = 0; i < steps; ++i) strengths.push_back(most * static_cast<double>(i) / static_cast<double>(steps - 1));
    return strengths;
}

/// The latents, then for each strength and seed the noisy latents and the comparison of what they decode to. No noise is the same for every seed.
std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr latents = planner.latents(query.cell, preprocessing), input = planner.input(query.cell, preprocessing);
    const bool relative = std::get<std::string>(query.parameters.at("scale")) == "token_rms";
    const std::int64_t first = wholeOf(query, "seed");
    std::vector<StagePlanPtr> stages{latents};
    for (const double strength : strengthsOf(query)) {
        for (std::int64_t i = 0; i < wholeOf(query, "seeds"); ++i) {
            const StagePlanPtr noisy = noisyLatents(latents, {.strength = strength, .seed = strength > 0 ? first + i : first, .relative = relative});
            const StagePlanPtr decoded = decodedThrough(query, planner, noisy);
            stages.push_back(noisy);
            stages.push_back(planner.comparison(input, decoded, ComparisonDepth::Quick));
        }
    }
    return stages;
}

struct Spread {
    double mean = std::numeric_limits<double>::quiet_NaN(), deviation = 0;
};

/// Of numbers that are finite: without noise on a model that loses nothing, PSNR is infinite.
Spread spreadOf(const std::vector<double>& numbers) {
    std::vector<double> finite;
    std::ranges::copy_if(numbers, std::back_inserter(finite), [](double each) { return std::isfinite(each); });
    if (finite.empty()) return {};
    Spread spread{.mean = 0};
    for (const double each : finite) spread.mean += each / static_cast<double>(finite.size());
    for (const double each : finite) spread.deviation += (each - spread.mean) * (each - spread.mean);
    spread.deviation = finite.size() > 1 ? std::sqrt(spread.deviation / static_cast<double>(finite.size() - 1)) : 0;
    return spread;
}

struct Point {
    double strength = 0, snr = 0;
    Spread psnr, ssim;
};

double numberOf(const PixelComparison& comparison, std::string_view name) {
    const auto it = std::ranges::find(comparison.measures, name, &Measure::name);
    return it != comparison.measures.end() && it->value ? *it->value : std::numeric_limits<double>::quiet_NaN();
}

std::vector<Point> pointsOf(const Query& query, std::span<const StageValue> values) {
    const auto seeds = static_cast<std::size_t>(wholeOf(query, "seeds"));
    std::vector<Point> points;
    std::size_t at = 1;
    for (const double strength : strengthsOf(query)) {
        std::vector<double> psnr, ssim, snr;
        for (std::size_t i = 0; i < seeds; ++i, at += 2) {
            snr.push_back(values[at].as<TensorStage>().tensors->at("snr_db").item<double>());
            psnr.push_back(numberOf(values[at + 1].as<PixelComparison>(), "psnr"));
            ssim.push_back(numberOf(values[at + 1].as<PixelComparison>(), "ssim"));
        }
        points.push_back({strength, strength > 0 ? spreadOf(snr).mean : INFINITY, spreadOf(psnr), spreadOf(ssim)});
    }
    return points;
}

/// PSNR against strength: the mean of the seeds, with one standard deviation to each side; below it SSIM.
struct Panel {
    int top, bottom;
    double low, high;
    int y(double value) const { return static_cast<int>(std::lround(bottom - (value - low) / (high - low) * (bottom - top))); }
};

void drawCurve(Plot& plot, const std::vector<Point>& points, const Panel& panel, const Spread Point::*of, std::string_view title, PlotColour colour) {
    for (const double tick : evenTicks(panel.low, panel.high, std::max(2, (panel.bottom - panel.top) / 48))) {
        plot.fill(kLeft, panel.y(tick), plot.width() - kRight, panel.y(tick) + 1, kPlotFaint);
        const std::string number = plotNumber(tick);
        plot.text(kLeft - 8 - Plot::textWidth(number), panel.y(tick) - Plot::textHeight() / 2, number, kPlotInk);
    }
    plot.text(kLeft, panel.top - Plot::textHeight() - 6, title, colour);
    const double most = points.back().strength > 0 ? points.back().strength : 1;
    const auto x = [&](const Point& point) { return kLeft + point.strength / most * (plot.width() - kRight - kLeft); };
    const Point* before = nullptr;
    for (const Point& point : points) {
        const Spread& spread = point.*of;
        if (!std::isfinite(spread.mean)) continue;
        const int middle = static_cast<int>(std::lround(x(point)));
        plot.fill(middle - 2, panel.y(spread.mean) - 2, middle + 3, panel.y(spread.mean) + 3, colour);
        plot.fill(middle, panel.y(std::min(spread.mean + spread.deviation, panel.high)), middle + 1, panel.y(std::max(spread.mean - spread.deviation, panel.low)) + 1, colour);
        if (before) plot.line(x(*before), panel.y((before->*of).mean), x(point), panel.y(spread.mean), colour);
        before = &point;
    }
}

Panel panelOf(const std::vector<Point>& points, const Spread Point::*of, int top, int bottom) {
    double low = INFINITY, high = -INFINITY;
    for (const Point& point : points) {
        const Spread& spread = point.*of;
        if (!std::isfinite(spread.mean)) continue;
        low = std::min(low, spread.mean - spread.deviation);
        high = std::max(high, spread.mean + spread.deviation);
    }
    if (!(low < high)) low = std::isfinite(low) ? low - 0.5 : 0, high = low + 1;
    return {top, bottom, low, high};
}

Image plotOf(const std::vector<Point>& points, PlotSize size) {
    Plot plot(size.width, size.height);
    const int inside = size.height - kTop - kBottom, split = kTop + inside * 3 / 5;
    drawCurve(plot, points, panelOf(points, &Point::psnr, kTop, split - 12), &Point::psnr, "psnr / db", kPlotBlue);
    drawCurve(plot, points, panelOf(points, &Point::ssim, split + 24, size.height - kBottom), &Point::ssim, "ssim", kPlotOrange);
    const double most = points.back().strength > 0 ? points.back().strength : 1;
    for (const double tick : evenTicks(0, most, std::max(2, (size.width - kLeft - kRight) / 96))) {
        const std::string number = plotNumber(tick);
        const int x = kLeft + static_cast<int>(std::lround(tick / most * (size.width - kRight - kLeft)));
        plot.text(std::min(x - Plot::textWidth(number) / 2, size.width - Plot::textWidth(number) - 4), size.height - kBottom + 8, number, kPlotInk);
    }
    plot.text(kLeft, size.height - Plot::textHeight() - 6, "strength", kPlotInk);
    return plot.image();
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const std::vector<Point> points = pointsOf(query, values);
    const TensorStage& latents = values[0].as<TensorStage>();
    Picture picture = placedLatents(plotOf(points, plotSizeFor(latents.origin)), latents);
    const std::string seeds = std::to_string(wholeOf(query, "seeds"));
    picture.summary = std::to_string(points.size()) + " strengths, " + seeds + (seeds == "1" ? " seed" : " seeds");
    const std::string over = "mean over " + seeds + " seeds", deviation = "standard deviation over " + seeds + " seeds";
    picture.table.columns = {{"strength", Unit::LatentUnits, "standard deviation of the noise"},
                             {"snr", Unit::Decibels, "mean square of the latents over that of the noise, " + over},
                             {"psnr", Unit::Decibels, over},
                             {"psnr_deviation", Unit::Decibels, deviation},
                             {"ssim", Unit::None, over},
                             {"ssim_deviation", Unit::None, deviation}};
    for (const Point& point : points) {
        picture.table.values.insert(picture.table.values.end(), {point.strength, point.snr, point.psnr.mean, point.psnr.deviation, point.ssim.mean, point.ssim.deviation});
    }
    addNote(picture, "mean of the seeds, with one standard deviation to each side");
    picture.measures.push_back({"psnr_lost", points.front().psnr.mean - points.back().psnr.mean, Unit::Decibels, "from no noise to strength " + plotNumber(points.back().strength)});
    return picture;
}

}  // namespace

extern const Lens kNoiseCurveLens{
    .name = "noise_curve",
    .help = "What noise on the latents costs: PSNR and SSIM of the decoded picture against its strength, over several seeds",
    .needs = {"encode", "decode", "compute"},
    .parameters = withPreprocessing({
        {.name = "most", .initial = 1.0, .low = 0.0, .high = 100.0, .unit = Unit::LatentUnits, .help = "Largest strength of the curve, in units of the unscaled latents"},
        {.name = "steps", .initial = std::int64_t(6), .low = std::int64_t(2), .high = std::int64_t(32), .help = "How many strengths, none among them"},
        {.name = "seeds", .initial = std::int64_t(3), .low = std::int64_t(1), .high = std::int64_t(32), .help = "How many draws of the noise for each strength"},
        {.name = "seed", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(0xffffffff), .help = "The first of them; the same as those of the lens perturbed"},
        {.name = "scale", .initial = std::string("absolute"), .low = {}, .high = {}, .help = "Whether strength is absolute or relative to each token's root mean square",
         .choices = {"absolute", "token_rms"}},
        throughParameter(),
    }),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
