// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <nlohmann/json.hpp>

#include "command.h"

namespace tessera::cli {
namespace {

struct Options {
    std::string reference, image;
};

void run(Context& context, const Options& options) {
    const SourceId reference = context.engine().addSource({.path = options.reference}), image = context.engine().addSource({.path = options.image});
    const MetricsReport report =
        valueOrThrow(await<MetricsReport>([&](auto observer) { return context.engine().compare(reference, image, std::move(observer)); }, "comparing"));
    if (context.json) {
        nlohmann::json json = toJson(report.measures);
        json.update({{"reference", options.reference}, {"image", options.image}, {"width", report.width}, {"height", report.height}});
        printJson(json);
        return;
    }
    for (const Measure& measure : report.measures) {
        std::printf("%-8s  %12s  %s\n", measure.name.c_str(), toText(&measure, measure.unit == Unit::Decibels ? 2 : 4).c_str(), measure.detail.c_str());
    }
}

}  // namespace

void addMetrics(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("metrics", "Compare two images of one size: PSNR, SSIM, MS-SSIM, FLIP, LPIPS");
    command->add_option("reference", options->reference, "What it should look like")->required();
    command->add_option("image", options->image, "What it looks like")->required();
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
