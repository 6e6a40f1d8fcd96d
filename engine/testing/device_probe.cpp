// SPDX-License-Identifier: Apache-2.0
#include "testing/device_probe.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>

#include "core/error.h"
#include "device/cuda_ops.h"
#include "device/torch_bridge.h"
#include "local/device_choice.h"

namespace tessera::probes {
namespace {

at::Device deviceOf(const std::string& name) {
    return chooseDevice(name, 1).device;
}

at::ScalarType typeOf(const std::string& precision) {
    return precision == "bf16" ? at::kBFloat16 : precision == "fp16" ? at::kHalf : at::kFloat;
}

at::Tensor tensorOf(const std::vector<float>& values) {
    return at::tensor(at::ArrayRef<float>(values.data(), values.size()), at::kFloat);
}

}  // namespace

Choice choose(const std::string& name, int cpuThreads) {
    try {
        const DeviceChoice choice = chooseDevice(name, cpuThreads);
        return {choice.device.str(), choice.description, choice.note, {}};
    } catch (const Failure& failure) {
        return {{}, {}, {}, failure.what()};
    }
}

Tf32 tf32() {
    return {at::globalContext().allowTF32CuDNN(), at::globalContext().allowTF32CuBLAS()};
}

Tf32 tf32InExactArithmetic() {
    const ExactArithmetic exact;
    return tf32();
}

std::vector<float> groupNorm(const NormRequest& request) {
    const at::Device device = deviceOf(request.device);
    const at::Tensor x = tensorOf(request.values)
                             .reshape({1, request.height, request.width, request.channels})
                             .permute({0, 3, 1, 2})
                             .to(device, typeOf(request.precision));  // [1,C,h,w] channels-last
    const at::Tensor weight = tensorOf(request.weight).to(device), bias = tensorOf(request.bias).to(device);
    constexpr float kEpsilon = 1e-6f;
    at::Tensor y;
    if (device.is_cuda()) {
        const auto own = groupNormOnCuda(x, weight, bias, {request.groups, kEpsilon, request.silu});
        if (!own) throw Failure(ErrorCode::Unsupported, "the kernel does not take these activations");
        y = *own;
    } else {
        y = at::group_norm(x.to(at::kFloat), request.groups, weight, bias, kEpsilon);
        if (request.silu) y = at::silu(y);
    }
    y = y.to(at::kCPU, at::kFloat).permute({0, 2, 3, 1}).contiguous();
    return {y.const_data_ptr<float>(), y.const_data_ptr<float>() + y.numel()};
}

bool finite(const std::string& device, const std::string& precision, const std::vector<float>& values, std::int64_t first) {
    return allFinite(tensorOf(values).to(deviceOf(device), typeOf(precision)).slice(0, first));
}

std::string outOfMemory(const std::string& name) {
    const at::Device device = deviceOf(name);
    try {
        at::empty({std::int64_t(1) << 44}, at::TensorOptions().device(device));
        return {};
    } catch (...) {
        return toLine(describeException(std::current_exception(), "decoded", device));
    }
}

std::uint64_t peakBytesOf(const std::string& name, std::int64_t bytes) {
    const at::Device device = deviceOf(name);
    resetPeakDeviceBytes(device);
    at::empty({bytes}, at::TensorOptions().dtype(at::kByte).device(device));
    return peakDeviceBytes(device);
}

}  // namespace tessera::probes
