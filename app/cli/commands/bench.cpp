// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <nlohmann/json.hpp>

#include "command.h"

namespace tessera::cli {
namespace {

struct Options {
    std::string model;
    BenchRequest request;
    bool sized = false;  ///< the size was given
};

void run(Context& context, const Options& options) {
    const ModelInfo model = context.openModel(options.model);
    BenchRequest request = options.request;
    if (!options.sized && model.inputSide > 0) request.size = model.inputSide;
    const BenchReport report = valueOrThrow(await<BenchReport>([&](auto observer) { return context.engine().bench(model.id, request, std::move(observer)); }, "bench " + request.op));
    const bool searches = report.op == "quantize";
    const bool draws = report.bytesPerPosition > 0;
    // Weights are read once for all pictures of a batch.
    const double memoryShare = draws ? static_cast<double>(report.bytesPerPosition) * report.itemsPerSecond / report.batch / report.memoryBytesPerSecond : 0;
    const double codesPerSecond = report.itemsPerSecond * model.codes.depths();
    if (context.json) {
        nlohmann::json json{{"op", report.op}, {"model", report.model}, {"device", report.device}, {"precision", report.precision}, {"size", report.size},
                                  {"batch", report.batch}, {"runs", report.runs},
                                  {"seconds", {{"median", report.secondsMedian}, {"min", report.secondsMin}, {"max", report.secondsMax}}},
                                  {"items_per_second", report.itemsPerSecond}, {"flops_per_second", report.flopsPerSecond},
                                  {"flops_per_item", report.flopsPerItem}, {"peak_rss_bytes", report.peakRssBytes},
                                  {"peak_device_bytes", report.peakDeviceBytes}};
        if (searches) json["codes_per_second"] = codesPerSecond;
        if (draws) {
            json["seconds_per_picture"] = report.secondsPerPicture;
            json["seconds_to_first_picture"] = report.secondsToFirstPicture;
            json["bytes_per_position"] = report.bytesPerPosition;
            json["memory_bytes_per_second"] = report.memoryBytesPerSecond;
            json["share_of_memory_limit"] = memoryShare;
            if (model.int8Weights) json["int8"] = {{"logit_error", report.int8LogitError}, {"agreement", report.int8Agreement}};
        }
        printJson(json);
        return;
    }
    std::printf("%s %s, %d x %d px, batch %d, %s, %s, %d runs\n", report.model.c_str(), report.op.c_str(), report.size, report.size, report.batch,
                report.device.c_str(), report.precision.c_str(), report.runs);
    std::printf("%.1f ms median (%.1f to %.1f), ", report.secondsMedian * 1e3, report.secondsMin * 1e3, report.secondsMax * 1e3);
    if (searches) std::printf("%.0f vectors/s, %.0f codes/s", report.itemsPerSecond, codesPerSecond);
    else std::printf("%.2f %s/s", report.itemsPerSecond, report.op == "generate" ? "tokens" : "images");
    if (report.flopsPerItem > 0) std::printf(", %.1f GFLOP/s", report.flopsPerSecond / 1e9);
    std::printf(", peak %.0f MB", static_cast<double>(report.peakRssBytes) / 1e6);
    if (report.peakDeviceBytes > 0) std::printf(", %.0f MB of tensors on the GPU", static_cast<double>(report.peakDeviceBytes) / 1e6);
    std::printf("\n");
    if (!draws) return;
    std::printf("%.2f s per picture, %.2f s to the first, %.2f GB of weights per token, %.0f %% of what reading them at %.0f GB/s allows\n", report.secondsPerPicture, report.secondsToFirstPicture,
                static_cast<double>(report.bytesPerPosition) / 1e9, memoryShare * 100, report.memoryBytesPerSecond / 1e9);
    if (model.int8Weights) std::printf("int8 weights: logits differ by %.2f %% of their root mean square, the same code is the likeliest for %.1f %% of codes\n", report.int8LogitError * 100, report.int8Agreement * 100);
}

}  // namespace

void addBench(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("bench", "Time an operation of a model on random pixels");
    command->add_option("--model", options->model, "Embedded model's name, or a checkpoint's file or folder")->required();
    command->add_option("--op", options->request.op, "What to time; quantize: the search for codes alone, in vectors a second; similarity: a new text against pictures that are encoded; generate: the tokens of a picture, guided, or of an answer where the model draws none")
        ->required()
        ->check(CLI::IsMember({"reconstruct", "encode", "decode", "quantize", "similarity", "generate"}));
    CLI::Option* size = command->add_option("--size", options->request.size, "Side of the square image in pixels; a model that takes one size alone is given that")->capture_default_str()->check(CLI::Range(1, 8192));
    command->add_option("--batch", options->request.batch, "Images at once; of generate, pictures that are drawn together")->capture_default_str()->check(CLI::Range(1, 1024));
    command->add_option("--runs", options->request.runs, "Timed runs")->capture_default_str()->check(CLI::Range(1, 10000));
    command->callback([options, size, &context] {
        options->sized = size->count() > 0;
        run(context, *options);
    });
}

}  // namespace tessera::cli
