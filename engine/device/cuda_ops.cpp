// SPDX-License-Identifier: Apache-2.0
#include "device/cuda_ops.h"

#include <stdexcept>

#include "device/cuda_loader.h"

namespace tessera {
namespace {

const CudaPlugin* pluginFor(at::Device device) {
    return device.is_cuda() ? cudaPlugin() : nullptr;
}

void require(const char* failure) {
    if (failure) throw std::runtime_error(failure);  // describeException asks whether the device lives
}

bool aligned(const at::Tensor& tensor) {
    return reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % 16 == 0;
}

}  // namespace

std::optional<kernels::Element> elementOf(at::ScalarType type) {
    switch (type) {
        case at::kFloat: return kernels::Element::Float32;
        case at::kBFloat16: return kernels::Element::BFloat16;
        case at::kHalf: return kernels::Element::Float16;
        default: return std::nullopt;
    }
}

std::optional<at::Tensor> groupNormOnCuda(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const kernels::GroupNormOptions& options,
                                          bool over) {
    const CudaPlugin* plugin = pluginFor(x.device());
    const auto element = elementOf(x.scalar_type());
    if (!plugin || !element || x.dim() != 4 || x.numel() == 0 || !kernels::groupNormTakes(*element, x.size(1), options.groups)) return std::nullopt;
    const at::Tensor dense = x.contiguous(at::MemoryFormat::ChannelsLast);
    if (!aligned(dense)) return std::nullopt;
    const std::int64_t batch = x.size(0), channels = x.size(1), positions = x.size(2) * x.size(3);
    const at::Tensor y = over ? dense : at::empty_like(dense);
    const at::Tensor scratch = at::empty({kernels::groupNormScratch(*element, batch, positions, channels)}, weight.options());
    require(plugin->groupNorm(x.device().index(), {dense.const_data_ptr(), *element, batch, positions, channels},
                              {weight.const_data_ptr<float>(), weight.numel()}, {bias.const_data_ptr<float>(), bias.numel()}, options,
                              {y.mutable_data_ptr(), *element, batch, positions, channels}, {scratch.mutable_data_ptr<float>(), scratch.numel()}));
    return y;
}

std::optional<bool> allFiniteOnCuda(const at::Tensor& tensor) {
    const CudaPlugin* plugin = pluginFor(tensor.device());
    const auto element = elementOf(tensor.scalar_type());
    if (!plugin || !element || !tensor.is_non_overlapping_and_dense()) return std::nullopt;
    const at::Tensor found = at::zeros({1}, tensor.options().dtype(at::kInt));
    require(plugin->findNonFinite(tensor.device().index(), {tensor.const_data_ptr(), *element, tensor.numel()}, found.mutable_data_ptr<std::int32_t>()));
    return found.item<std::int32_t>() == 0;
}

const CudaPlugin* codeSearchPlugin(at::Device device) {
    const CudaPlugin* plugin = pluginFor(device);
    CudaDevice facts{};
    if (plugin) require(plugin->describe(device.index(), &facts));
    constexpr int kAmpere = 8;  // the first whose tensor cores multiply 16 x 32 bytes
    return facts.major >= kAmpere ? plugin : nullptr;
}

std::optional<std::string> lastingFailure(at::Device device) {
    const CudaPlugin* plugin = pluginFor(device);
    if (!plugin) return std::nullopt;
    if (const char* failure = plugin->lastingFailure(device.index())) setCudaLost(failure);
    return cudaLost();
}

void releaseUnusedMemory(at::Device device) {
    // It may fail for the reason that led here; that one is told already.
    if (const CudaPlugin* plugin = pluginFor(device)) plugin->releaseUnusedMemory();
}

void synchronise(at::Device device) {
    if (const CudaPlugin* plugin = pluginFor(device)) require(plugin->synchronise(device.index()));
}

std::uint64_t peakDeviceBytes(at::Device device) {
    const CudaPlugin* plugin = pluginFor(device);
    CudaMemory memory{};
    if (plugin) require(plugin->memory(device.index(), &memory));
    return memory.peakTensorBytes;
}

void resetPeakDeviceBytes(at::Device device) {
    if (const CudaPlugin* plugin = pluginFor(device)) require(plugin->resetPeakMemory(device.index()));
}

}  // namespace tessera
