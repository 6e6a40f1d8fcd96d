// SPDX-License-Identifier: Apache-2.0
#include "testing/search_probe.h"

#include <chrono>
#include <ctime>
#include <string_view>

#include <ATen/ATen.h>

#include "device/cuda_ops.h"
#include "local/device_choice.h"
#include "quantize/beam_search.h"
#include "quantize/device_search.h"
#include "quantize/nearest_code.h"
#include "testing/no_context.h"

namespace tessera::probes {
namespace {

at::Tensor matrixOf(std::span<const float> values, std::int64_t dim, at::Device device) {
    const auto rows = static_cast<std::int64_t>(values.size()) / dim;
    return at::from_blob(const_cast<float*>(values.data()), {rows, dim}, at::kFloat).to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
}

std::vector<std::int64_t> numbersOf(const at::Tensor& codes) {
    const at::Tensor here = codes.cpu().contiguous();
    return {here.const_data_ptr<std::int64_t>(), here.const_data_ptr<std::int64_t>() + here.numel()};
}

double processorSeconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/// Bytes of tensors at this moment, 0 on a CPU.
std::uint64_t bytesNow(at::Device device) {
    resetPeakDeviceBytes(device);
    return peakDeviceBytes(device);
}

}  // namespace

struct CodeSearch::Private {
    explicit Private(at::Device device) : lane(device, Precision::Fp32, context) {}
    NoContext context;
    DeviceLane lane;
    at::Tensor vectors;
    std::vector<std::unique_ptr<const PreparedCodebook>> books;
    std::vector<const PreparedCodebook*> depths;
    std::uint64_t before = 0;  // bytes of vectors and codebooks
};

CodeSearch::CodeSearch(const std::string& device, std::int64_t dim, std::span<const float> vectors, const std::vector<std::vector<float>>& codebooks) {
    const at::Device where = chooseDevice(device, 1).device;
    d = std::make_unique<Private>(where);
    d->vectors = matrixOf(vectors, dim, where);
    for (const std::vector<float>& codebook : codebooks) {
        d->books.push_back(std::make_unique<const PreparedCodebook>(matrixOf(codebook, dim, where)));
        d->depths.push_back(d->books.back().get());
    }
    d->before = bytesNow(where);
}

CodeSearch::~CodeSearch() = default;

std::vector<std::int64_t> CodeSearch::codes() {
    return numbersOf(residualCodes(d->vectors, d->depths, d->lane));
}

std::vector<std::int64_t> CodeSearch::codesByTensors() {
    return numbersOf(tessera::codesByTensors(d->vectors, d->depths, d->lane));
}

std::vector<std::int64_t> CodeSearch::codesByKernel(const CudaPlugin& plugin) {
    std::vector<const KernelCodebook*> depths;
    for (const PreparedCodebook* book : d->depths) depths.push_back(&book->forKernel(plugin));
    return numbersOf(tessera::codesByKernel(plugin, d->vectors, depths, d->lane));
}

namespace {

std::vector<at::Tensor> wordsOf(const std::vector<const PreparedCodebook*>& depths) {
    std::vector<at::Tensor> words;
    for (const PreparedCodebook* book : depths) words.push_back(book->codewords());
    return words;
}

}  // namespace

std::vector<std::int64_t> CodeSearch::beamCodes(int beam, bool stopped) {
    return numbersOf(tessera::beamCodes(d->vectors, wordsOf(d->depths), beam, [stopped] { return stopped; }));
}

std::vector<std::int64_t> CodeSearch::beamCodesByTensors(int beam, bool stopped) {
    return numbersOf(tessera::beamCodesByTensors(d->vectors, wordsOf(d->depths), beam, [stopped] { return stopped; }));
}

bool CodeSearch::hasKernel() const {
    return codeSearchPlugin(d->lane.device()) != nullptr;
}

std::uint64_t CodeSearch::keptBytes() const {
    return bytesNow(d->lane.device()) - d->before;
}

CodeSearch::Run CodeSearch::run() {
    const at::Device device = d->lane.device();
    synchronise(device);
    const std::uint64_t before = bytesNow(device);
    const double processor = processorSeconds();
    const auto begin = std::chrono::steady_clock::now();
    const at::Tensor codes = residualCodes(d->vectors, d->depths, d->lane);
    synchronise(device);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    return {seconds.count(), processorSeconds() - processor, peakDeviceBytes(device) - before};
}

}  // namespace tessera::probes
