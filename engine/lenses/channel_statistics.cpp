// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "lenses/latent_planes.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "lenses/plot_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

struct ChannelStatistics {
    double mean = 0, deviation = 0, least = 0, largest = 0;
    double divergence = std::numeric_limits<double>::quiet_NaN();  ///< nats, summed over positions
};

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    return {planner.latents(query.cell, query.parameters)};
}

/// In two passes: a channel whose mean is far from 0 keeps its small deviation.
ChannelStatistics statisticsOf(std::span<const float> mean, std::span<const float> logvar) {
    const auto count = static_cast<double>(mean.size());
    ChannelStatistics result{.least = mean[0], .largest = mean[0]};
    for (const float value : mean) {
        result.mean += value / count;
        result.least = std::min<double>(result.least, value);
        result.largest = std::max<double>(result.largest, value);
    }
    double squares = 0;
    for (const float value : mean) squares += (value - result.mean) * (value - result.mean);
    result.deviation = std::sqrt(squares / count);
    if (logvar.empty()) return result;
    result.divergence = 0;
    // KL(N(m, v) || N(0, 1)) = (m^2 + v - 1 - log v) / 2
    for (std::size_t i = 0; i < mean.size(); ++i) {
        const double m = mean[i], logv = logvar[i];
        result.divergence += 0.5 * (m * m + std::exp(logv) - 1 - logv);
    }
    return result;
}

/// One part of the plot, with its own scale at the left.
struct Panel {
    int left, top, right, bottom;
    double low, high;

    int y(double value) const { return static_cast<int>(std::lround(bottom - (value - low) / (high - low) * (bottom - top))); }
};

void drawScale(Plot& plot, const Panel& panel, std::string_view title) {
    for (const double tick : evenTicks(panel.low, panel.high, std::max(2, (panel.bottom - panel.top) / 60))) {
        const int y = panel.y(tick);
        plot.fill(panel.left, y, panel.right, y + 1, kPlotFaint);
        const std::string number = plotNumber(tick);
        plot.text(panel.left - 8 - Plot::textWidth(number), y - Plot::textHeight() / 2, number, kPlotInk);
    }
    plot.text(panel.left, panel.top - Plot::textHeight() - 6, title, kPlotInk);
}

constexpr int kLeft = 84, kRight = 16, kTop = 32, kBottom = 28, kGap = 40;

/// Whiskers from least to largest, a bar of one deviation around the mean; below, where it is known, the divergence.
Image plotOf(const std::vector<ChannelStatistics>& channels, PlotSize size, bool withDivergence) {
    const int count = static_cast<int>(channels.size());
    const int width = std::max(size.width, kLeft + kRight + count);  // at least a pixel per channel
    Plot plot(width, size.height);
    double low = 0, high = 0, most = 0;
    for (const ChannelStatistics& each : channels) {
        for (const double value : {each.least, each.largest, each.mean - each.deviation, each.mean + each.deviation}) {
            if (!std::isfinite(value)) continue;
            low = std::min(low, value);
            high = std::max(high, value);
        }
        if (std::isfinite(each.divergence)) most = std::max(most, each.divergence);
    }
    if (!(high > low)) low = -1, high = 1;
    const int inside = size.height - kTop - kBottom;
    const int split = withDivergence ? kTop + (inside - kGap) * 3 / 5 : size.height - kBottom;
    const Panel values{kLeft, kTop, width - kRight, split, low, high};
    const Panel divergence{kLeft, split + kGap, width - kRight, size.height - kBottom, 0, most > 0 ? most : 1};
    drawScale(plot, values, "mean, std, min, max");
    if (withDivergence) drawScale(plot, divergence, "KL to N(0,1) / nats");
    const double step = static_cast<double>(values.right - values.left) / count;
    int labelled = 0;
    for (int i = 0; i < count; ++i) {
        const ChannelStatistics& each = channels[static_cast<std::size_t>(i)];
        const double middle = values.left + (i + 0.5) * step;
        const int from = static_cast<int>(std::lround(middle - step * 0.3)), to = std::max(from + 1, static_cast<int>(std::lround(middle + step * 0.3)));
        const int whisker = (from + to - 1) / 2;
        if (std::isfinite(each.mean) && std::isfinite(each.deviation)) {
            plot.fill(whisker, values.y(each.largest), whisker + 1, values.y(each.least) + 1, kPlotInk);
            plot.fill(from, values.y(each.mean + each.deviation), to, values.y(each.mean - each.deviation) + 1, kPlotBlue);
            plot.fill(from, values.y(each.mean), to, values.y(each.mean) + 1, kPlotInk);
        }
        if (std::isfinite(each.divergence)) plot.fill(from, divergence.y(each.divergence), to, divergence.bottom, kPlotOrange);
        const std::string number = std::to_string(i);
        const int left = static_cast<int>(middle) - Plot::textWidth(number) / 2;
        if (left < labelled) continue;
        plot.text(left, size.height - kBottom + 8, number, kPlotInk);
        labelled = left + Plot::textWidth(number) + 10;
    }
    return plot.image();
}

Picture draw(const Query&, std::span<const StageValue> values, StageContext& context) {
    const TensorStage& stage = values[0].as<TensorStage>();
    const LatentPlanes latents = latentPlanes(stage, "latents").value();
    const std::optional<LatentPlanes> logvar = latentPlanes(stage, "logvar");
    const bool known = logvar && logvar->tensor.shape == latents.tensor.shape;
    std::vector<ChannelStatistics> channels;
    for (int i = 0; i < latents.channels; ++i) {
        context.checkStopped();
        channels.push_back(statisticsOf(latents.plane(i), known ? logvar->plane(i) : std::span<const float>()));
    }
    Picture picture = latentPicture(plotOf(channels, plotSizeFor(stage.origin), known), stage);
    const std::string domain = "over all " + std::to_string(latents.width) + " x " + std::to_string(latents.height) + " positions of the posterior's mean";
    picture.table.columns = {{"channel", Unit::None, "counted from 0"},
                             {"mean", Unit::LatentUnits, domain},
                             {"std", Unit::LatentUnits, domain + ", divided by their number"},
                             {"min", Unit::LatentUnits, domain},
                             {"max", Unit::LatentUnits, domain}};
    if (known) picture.table.columns.push_back({"kl", Unit::None, "nats from the posterior to N(0, 1), summed over all positions"});
    double sum = 0;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        const ChannelStatistics& each = channels[i];
        picture.table.values.insert(picture.table.values.end(), {static_cast<double>(i), each.mean, each.deviation, each.least, each.largest});
        if (known) picture.table.values.push_back(each.divergence);
        sum += each.divergence;
    }
    addNote(picture, "line: least to largest; bar: mean with one standard deviation to each side, in units of the unscaled latents");
    picture.measures.push_back({"kl", known ? std::optional(sum) : std::nullopt, Unit::None,
                                known ? "nats from the posterior to N(0, 1), summed over all latents" : "this encoder gives no variance"});
    return picture;
}

}  // namespace

extern const Lens kChannelStatisticsLens{
    .name = "channel_statistics",
    .help = "Mean, standard deviation, range and KL divergence of every latent channel",
    .needs = {"encode"},
    .parameters = preprocessingParameters(),
    .inputs = inputs,
    .draw = draw,
};

}  // namespace tessera
