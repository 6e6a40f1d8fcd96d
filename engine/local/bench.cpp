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

BenchReport runBench(const OpenModel& open, const BenchRequest& request, DeviceLane& lane) {
    const Capabilities& can = open.model->capabilities();
    const bool encodes = request.op != "decode", decodes = request.op != "encode";
    if (request.op != "reconstruct" && request.op != "encode" && request.op != "decode") {
        throw Failure(ErrorCode::Invalid, "no such operation", request.op, "use reconstruct, encode or decode");
    }
    if ((encodes && !can.encode) || (decodes && !can.decode)) throw Failure(ErrorCode::Unsupported, "this model cannot " + request.op, open.info.name);
    const int multiple = open.info.downsample;
    if (request.size < multiple || request.size % multiple != 0) {
        throw Failure(ErrorCode::Invalid, "the size " + std::to_string(request.size) + " does not suit the model", open.info.name,
                      "use a multiple of " + std::to_string(multiple));
    }
    if (request.batch < 1 || request.runs < 1 || request.warmups < 0) throw Failure(ErrorCode::Invalid, "batch and runs must be at least 1");

    const auto options = at::TensorOptions().dtype(at::kFloat).device(lane.device());
    const at::Tensor image = at::rand({request.batch, 3, request.size, request.size}, options);
    const std::int64_t grid = request.size / multiple;
    const at::Tensor given = at::randn({request.batch, open.info.latentChannels, grid, grid}, options);

    std::vector<double> seconds;
    for (int i = -request.warmups; i < request.runs; ++i) {
        lane.checkStopped();
        if (i == 0) resetPeakDeviceBytes(lane.device());
        lane.report(static_cast<double>(i + request.warmups) / (request.runs + request.warmups), "run " + std::to_string(std::max(0, i + 1)));
        const auto start = std::chrono::steady_clock::now();
        at::Tensor result = encodes ? can.encode->encode(image, lane).at("latents") : given;
        if (decodes) result = can.decode->decode(result, lane);
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
    report.itemsPerSecond = request.batch / report.secondsMedian;
    if (encodes) report.flopsPerItem += can.encode->flops(request.size, request.size);
    if (decodes) report.flopsPerItem += can.decode->flops(request.size, request.size);
    report.flopsPerSecond = report.itemsPerSecond * static_cast<double>(report.flopsPerItem);
    report.peakRssBytes = peakResidentBytes();
    report.peakDeviceBytes = peakDeviceBytes(lane.device());
    return report;
}

}  // namespace tessera
