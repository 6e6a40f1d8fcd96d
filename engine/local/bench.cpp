// SPDX-License-Identifier: Apache-2.0
#include "local/bench.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/cpu_features.h"
#include "device/cuda_ops.h"
#include "device/device_lane.h"

namespace tessera {
namespace {

/// What is timed, and how much that is.
struct Work {
    std::function<void()> run;
    std::int64_t items = 0;  ///< images, or vectors of a search
    std::uint64_t flopsPerItem = 0;
};

void check(const OpenModel& open, const BenchRequest& request) {
    const Capabilities& can = open.model->capabilities();
    const std::string& op = request.op;
    if (op != "reconstruct" && op != "encode" && op != "decode" && op != "quantize") throw Failure(ErrorCode::Invalid, "no such operation", op, "use reconstruct, encode, decode or quantize");
    const bool able = (op == "decode" || can.encode) && (op == "encode" || op == "quantize" || can.decode) && (op != "quantize" || can.quantize);
    if (!able) throw Failure(ErrorCode::Unsupported, "this model cannot " + op, open.info.name);
    const int multiple = open.info.downsample;
    if (request.size < multiple || request.size % multiple != 0) {
        throw Failure(ErrorCode::Invalid, "the size " + std::to_string(request.size) + " does not suit the model", open.info.name, "use a multiple of " + std::to_string(multiple));
    }
    if (request.batch < 1 || request.runs < 1 || request.warmups < 0) throw Failure(ErrorCode::Invalid, "batch and runs must be at least 1");
}

/// The search among latents of random pixels; a multiply-add for each dimension of each codeword.
Work searchOf(const OpenModel& open, const at::Tensor& image, DeviceLane& lane) {
    const Capabilities& can = open.model->capabilities();
    const at::Tensor latents = can.encode->encode(image, lane).at("latents");
    const CodeLayout& layout = can.quantize->layout();
    Work work{[&can, &lane, latents] { can.quantize->quantize(latents, lane); }};
    work.items = can.quantize->quantize(latents, lane).numel() / layout.depths();
    for (const int codewords : layout.codebookSizes) work.flopsPerItem += 2 * static_cast<std::uint64_t>(codewords) * static_cast<std::uint64_t>(layout.codewordDim);
    return work;
}

Work workOf(const OpenModel& open, const BenchRequest& request, DeviceLane& lane) {
    const Capabilities& can = open.model->capabilities();
    const auto options = at::TensorOptions().dtype(at::kFloat).device(lane.device());
    const at::Tensor image = at::rand({request.batch, 3, request.size, request.size}, options);
    if (request.op == "quantize") return searchOf(open, image, lane);
    const std::int64_t grid = request.size / open.info.downsample;
    const at::Tensor given = at::randn({request.batch, open.info.latentChannels, grid, grid}, options);
    const bool encodes = request.op != "decode", decodes = request.op != "encode";
    Work work;
    work.run = [=, &can, &lane] {
        const at::Tensor latents = encodes ? can.encode->encode(image, lane).at("latents") : given;
        if (decodes) can.decode->decode(latents, lane);
    };
    work.items = request.batch;
    if (encodes) work.flopsPerItem += can.encode->flops(request.size, request.size);
    if (decodes) work.flopsPerItem += can.decode->flops(request.size, request.size);
    return work;
}

}  // namespace

BenchReport runBench(const OpenModel& open, const BenchRequest& request, DeviceLane& lane) {
    check(open, request);
    const Work work = workOf(open, request, lane);
    std::vector<double> seconds;
    for (int i = -request.warmups; i < request.runs; ++i) {
        lane.checkStopped();
        if (i == 0) resetPeakDeviceBytes(lane.device());
        lane.report(static_cast<double>(i + request.warmups) / (request.runs + request.warmups), "run " + std::to_string(std::max(0, i + 1)));
        const auto start = std::chrono::steady_clock::now();
        work.run();
        synchronise(lane.device());
        if (i >= 0) seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(seconds);
    const std::size_t half = seconds.size() / 2;

    BenchReport report;
    report.op = request.op;
    report.model = open.info.name;
    report.device = open.info.device;
    report.precision = nameOf(lane.precision());
    report.size = request.size;
    report.batch = request.batch;
    report.runs = request.runs;
    report.secondsMedian = seconds.size() % 2 ? seconds[half] : (seconds[half - 1] + seconds[half]) / 2;
    report.secondsMin = seconds.front();
    report.secondsMax = seconds.back();
    report.itemsPerSecond = static_cast<double>(work.items) / report.secondsMedian;
    report.flopsPerItem = work.flopsPerItem;
    report.flopsPerSecond = report.itemsPerSecond * static_cast<double>(report.flopsPerItem);
    report.peakRssBytes = peakResidentBytes();
    report.peakDeviceBytes = peakDeviceBytes(lane.device());
    return report;
}

}  // namespace tessera
