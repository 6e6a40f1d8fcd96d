// SPDX-License-Identifier: Apache-2.0
#include "local/bench.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/cpu_features.h"
#include "device/cuda_ops.h"
#include "device/device_lane.h"
#include "families/int8_weights.h"

namespace tessera {
namespace {

constexpr int kGenerated = 32;

/// What is timed, and how much that is.
struct Work {
    std::function<void()> run;
    std::function<void()> prepare{};  ///< before every run, not timed with it
    std::int64_t items = 0;  ///< images, vectors of a search, or tokens that are said
    std::uint64_t flopsPerItem = 0;
    std::function<void(BenchReport&)> tell{};  ///< what else is known, once the seconds are
};

void check(const OpenModel& open, const BenchRequest& request) {
    const Capabilities& can = open.model->capabilities();
    const std::string& op = request.op;
    constexpr std::array kOps{"reconstruct", "encode", "decode", "quantize", "similarity", "generate"};
    if (std::ranges::find(kOps, op) == kOps.end()) throw Failure(ErrorCode::Invalid, "no such operation", op, "use reconstruct, encode, decode, quantize, similarity or generate");
    const bool decodes = op == "reconstruct" || op == "decode";
    const bool able = (op == "decode" || can.encode) && (!decodes || can.decode) && (op != "quantize" || can.quantize) && (op != "similarity" || can.text) && (op != "generate" || can.describe || can.generate);
    if (!able) throw Failure(ErrorCode::Unsupported, "this model cannot " + (op == "similarity" ? "compare pictures with texts" : op == "generate" ? "put pictures into words" : op), open.info.name);
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

/// A text that nobody asked about before, against pictures whose tokens are there already.
Work similarityOf(const OpenModel& open, const at::Tensor& image, DeviceLane& lane) {
    const TextTower& tower = *open.model->capabilities().text;
    const at::Tensor dense = tower.dense(open.model->capabilities().encode->encode(image, lane), tower.denseMethods().front(), lane);  // [B,h,w,E]
    const at::Tensor ids = tower.ids({"a photo of a cat on the grass"});
    Work work{[&tower, &lane, dense, ids] {
        const at::Tensor text = tower.embedText(ids, lane);
        at::matmul(dense, (text / text.norm(2, {-1}, true)).t());
    }};
    work.items = image.size(0);
    return work;
}

/// Tokens of an answer, the picture and the question read first.
Work generationOf(const OpenModel& open, const at::Tensor& image, DeviceLane& lane) {
    const Capabilities& can = open.model->capabilities();
    const TensorsByName encoded = can.encode->encode(image.narrow(0, 0, 1), lane);
    const Describer& describer = *can.describe;
    const auto tokens = std::make_shared<std::int64_t>(0);
    Work work{[&describer, &lane, encoded, tokens] {
        // Drawn at random, so that a likely end does not stop it early.
        const auto telling = describer.begin(encoded, {.maxTokens = kGenerated, .temperature = 1, .seed = 1}, lane);
        while (telling->step(lane)) {}
        *tokens = telling->said().tokens;
    }};
    work.run();
    work.items = *tokens;
    return work;
}

/// Bytes a second that reading a tensor larger than any cache reaches.
double memorySpeed(at::Device device) {
    constexpr std::int64_t kElements = std::int64_t(1) << 26;  // 256 MiB
    constexpr int kTries = 5;
    const at::Tensor much = at::ones({kElements}, at::TensorOptions().dtype(at::kFloat).device(device));
    double best = 0;
    for (int i = 0; i < kTries; ++i) {
        const auto start = std::chrono::steady_clock::now();
        much.sum();
        synchronise(device);
        best = std::max(best, static_cast<double>(much.nbytes()) / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

/// Tokens, or steps, of pictures that are drawn together and guided, after the prompt was read.
Work drawingOf(const OpenModel& open, const BenchRequest& asked, DeviceLane& lane) {
    struct State {
        std::unique_ptr<Drawing> drawing;
        std::vector<double> firsts;
        int positions = 0, tokens = 0;
    };
    const auto state = std::make_shared<State>();
    const Capabilities& can = open.model->capabilities();
    const DrawingInfo& info = open.info.drawing;
    const GenerateRequest request{.model = {}, .prompt = info.prompts ? "a red apple on a wooden table" : "0", .count = asked.batch, .seed = 1, .guidance = info.guided ? info.guidance : 1};
    Work work;
    work.prepare = [=, &can, &lane] {
        const auto start = std::chrono::steady_clock::now();
        state->drawing = can.generate->begin(request, {}, lane);
        state->drawing->step(lane);
        synchronise(lane.device());
        state->firsts.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        state->positions = state->drawing->drawn().positions;
        state->tokens = std::min(kGenerated, state->positions - 1);
    };
    work.run = [=, &lane] {
        for (int i = 0; i < state->tokens; ++i) state->drawing->step(lane);
    };
    work.prepare();
    work.items = std::int64_t(state->tokens) * asked.batch;
    work.flopsPerItem = can.generate->flopsPerPosition(request.guidance != 1);
    const Generation& drawn = state->drawing->drawn();
    const at::Tensor latents = state->drawing->expected(0), codes = at::zeros({1, drawn.rows, drawn.columns, drawn.depths}, at::kLong);
    const auto decode = [&can, &lane, latents, codes, depths = drawn.depths] {
        if (!can.decode) return;  // codes alone
        DeviceLane exact = lane.in(Precision::Fp32);
        can.decode->decode(latents.defined() ? latents : can.quantize->embed(codes, 0, depths, exact), lane);
        synchronise(lane.device());
    };
    decode();
    const auto start = std::chrono::steady_clock::now();
    decode();
    const double decoding = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    work.tell = [=, &can, &lane](BenchReport& report) {
        std::vector<double> firsts = state->firsts;
        std::ranges::sort(firsts);
        // The tokens that were not timed go as those that were.
        const double drawing = firsts[firsts.size() / 2] + report.secondsMedian / std::max(1, state->tokens) * (state->positions - 1);
        report.secondsToFirstPicture = drawing + decoding;
        report.secondsPerPicture = drawing / asked.batch + decoding;
        report.bytesPerPosition = can.generate->bytesPerPosition(lane);
        report.memoryBytesPerSecond = memorySpeed(lane.device());
        if (open.int8Weights) {
            const Int8Weights::Difference difference = dynamic_cast<const Int8Weights&>(*open.model).differenceFromWhole(lane);
            report.int8LogitError = difference.error;
            report.int8Agreement = difference.agreement;
        }
    };
    return work;
}

Work workOf(const OpenModel& open, const BenchRequest& request, DeviceLane& lane) {
    const Capabilities& can = open.model->capabilities();
    const auto options = at::TensorOptions().dtype(at::kFloat).device(lane.device());
    const at::Tensor image = at::rand({request.batch, 3, request.size, request.size}, options);
    if (request.op == "quantize") return searchOf(open, image, lane);
    if (request.op == "similarity") return similarityOf(open, image, lane);
    if (request.op == "generate") return can.generate ? drawingOf(open, request, lane) : generationOf(open, image, lane);
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
        if (work.prepare) work.prepare();
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
    report.precision = nameOf(lane.precision()) + (open.int8Weights ? "+int8" : "");
    report.size = request.size;
    report.batch = request.batch;
    report.runs = request.runs;
    report.secondsMedian = seconds.size() % 2 ? seconds[half] : (seconds[half - 1] + seconds[half]) / 2;
    report.secondsMin = seconds.front();
    report.secondsMax = seconds.back();
    report.itemsPerSecond = static_cast<double>(work.items) / report.secondsMedian;
    report.flopsPerItem = work.flopsPerItem;
    report.flopsPerSecond = report.itemsPerSecond * static_cast<double>(report.flopsPerItem);
    if (work.tell) work.tell(report);
    report.peakRssBytes = peakResidentBytes();
    report.peakDeviceBytes = peakDeviceBytes(lane.device());
    return report;
}

}  // namespace tessera
