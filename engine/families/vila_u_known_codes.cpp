// SPDX-License-Identifier: Apache-2.0
#include "families/vila_u_known_codes.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/split_mix.h"
#include "device/device_lane.h"
#include "layers/few_threads.h"

namespace tessera {

using at::Tensor;

namespace {

Tensor codesOn(at::Device device, std::span<const std::int32_t> codes, std::int64_t depths) {
    return at::tensor(std::vector<std::int64_t>(codes.begin(), codes.end()), at::kLong).view({-1, depths}).to(device);
}

double workOf(const VilaUDrawing::Networks& networks, const VilaUDrawing::Task& task) {
    const auto positions = static_cast<double>(task.positions());
    return networks.language.llama.flops(static_cast<double>(task.with.size()) + positions) + positions * networks.depth.flops();
}

/// What the language model knows before each position, after the prompt and the codes before it: [positions,W]. sums as sumsOfCodes gives them.
Tensor knownBefore(const VilaUDrawing::Networks& networks, const VilaUDrawing::Task& task, const Tensor& sums, ForwardPass& pass) {
    const Llama& llama = networks.language.llama;
    const std::int64_t positions = task.positions(), length = static_cast<std::int64_t>(task.with.size());
    Tensor x = llama.embedded(at::tensor(task.with, at::kLong).unsqueeze(0).to(sums.device()));  // [1,S,W]
    if (positions > 1) x = at::cat({x, networks.language.projected(sums.narrow(0, 0, positions - 1).select(1, task.depths - 1)).unsqueeze(0)}, 1);
    Llama::State state = llama.begin(1, length + positions - 1);
    return llama.read(x, state, pass)[0].slice(0, length - 1);
}

}  // namespace

Tensor sumsOfCodes(const CodebookQuantizer& codebooks, std::span<const std::int32_t> codes, int depths) {
    const Tensor rows = codesOn(codebooks.codebook(0).device(), codes, depths);
    std::vector<Tensor> words;
    for (int depth = 0; depth < depths; ++depth) words.push_back(codebooks.codebook(depth).index_select(0, rows.select(1, depth)));
    return at::stack(words, 1).cumsum(1);
}

Tensor logProbabilityOfCodes(const VilaUDrawing::Networks& networks, const VilaUDrawing::Task& task, DeviceLane& lane) {
    const c10::InferenceMode inference;
    if (task.given.empty() || std::ranges::find(task.given, -1) != task.given.end()) {
        throw Failure(ErrorCode::Invalid, "some of the picture's codes are not drawn yet", "influence", "wait until it is finished");
    }
    task.check(networks.language.llama.shape().positions);
    const FewThreads few(workOf(networks, task), lane.device());
    ForwardPass pass(lane, workOf(networks, task));
    pass.begin("reading the picture");
    const std::int64_t positions = task.positions();
    const Tensor sums = sumsOfCodes(networks.codes, task.given, task.depths), codes = codesOn(sums.device(), task.given, task.depths);  // [P,D,C], [P,D]
    const Tensor hidden = knownBefore(networks, task, sums, pass);
    std::vector<Tensor> parts;
    for (std::int64_t begin = 0; begin < positions; begin += kCodesTogether) {
        const std::int64_t count = std::min(kCodesTogether, positions - begin);
        const Tensor logits = networks.depth.all(hidden.narrow(0, begin, count), sums.narrow(0, begin, count).narrow(1, 0, task.depths - 1), pass);  // [n,D,K]
        parts.push_back(at::log_softmax(logits, -1).gather(-1, codes.narrow(0, begin, count).unsqueeze(-1)).squeeze(-1).sum(-1));
    }
    return at::cat(parts).view({task.frames, task.rows, task.columns}).to(at::kCPU, at::kFloat);
}

Int8Weights::Difference differenceOfCodes(const VilaUDrawing::Networks& whole, const VilaUDrawing::Networks& other, const VilaUDrawing::Task& task, DeviceLane& lane) {
    const c10::InferenceMode inference;
    task.check(whole.language.llama.shape().positions);
    ForwardPass pass(lane, 2 * workOf(whole, task));
    pass.begin("comparing with whole weights");
    const Tensor sums = sumsOfCodes(whole.codes, task.given, task.depths);
    const Tensor known[] = {knownBefore(whole, task, sums, pass), knownBefore(other, task, sums, pass)};
    double difference = 0, all = 0, equal = 0;
    const std::int64_t positions = task.positions();
    for (std::int64_t begin = 0; begin < positions; begin += kCodesTogether) {
        const std::int64_t count = std::min(kCodesTogether, positions - begin);
        const Tensor before = sums.narrow(0, begin, count).narrow(1, 0, task.depths - 1);
        const Tensor first = whole.depth.all(known[0].narrow(0, begin, count), before, pass), second = other.depth.all(known[1].narrow(0, begin, count), before, pass);
        difference += (first - second).square().sum().item<double>();
        all += first.square().sum().item<double>();
        equal += (first.argmax(-1) == second.argmax(-1)).sum().item<double>();
    }
    return {.error = std::sqrt(difference / std::max(all, 1e-30)), .agreement = equal / static_cast<double>(positions * task.depths)};
}

void giveCodes(VilaUDrawing::Task& task) {
    task.given.clear();
    const auto count = static_cast<std::uint64_t>(task.positions() * task.depths);
    for (std::uint64_t i = 0; i < count; ++i) task.given.push_back(static_cast<std::int32_t>(uniformOf(1, i) * task.codebookSize));
}

}  // namespace tessera
