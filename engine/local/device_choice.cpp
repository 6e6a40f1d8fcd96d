// SPDX-License-Identifier: Apache-2.0
#include "local/device_choice.h"

#include <charconv>
#include <optional>
#include <string_view>

#include <ATen/Context.h>

#include "core/error.h"
#include "device/cpu_features.h"
#include "device/cuda_loader.h"

namespace tessera {
namespace {

DeviceChoice cpu(int threads) {
    return {at::kCPU, "CPU, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads"), cpuIsFastAtBf16(), {}};
}

void require(const char* failure) {
    if (failure) throw Failure(ErrorCode::DeviceLost, std::string("CUDA does not start: ") + failure, {}, "use --device cpu");
}

DeviceChoice cuda(int index) {
    const CudaPlugin& plugin = openCudaPlugin(TESSERA_TORCH_VERSION);
    int devices = 0;
    require(plugin.countDevices(&devices));
    if (index >= devices) {
        throw Failure(ErrorCode::DeviceLost, "there is no such GPU, only " + std::to_string(devices), "cuda:" + std::to_string(index),
                      "use " + std::string(devices == 1 ? "cuda" : "cuda:0 to cuda:" + std::to_string(devices - 1)));
    }
    CudaDevice facts{};
    require(plugin.describe(index, &facts));
    if (!at::globalContext().hasCUDA()) {
        throw Failure(ErrorCode::DeviceLost, "the GPU can only be chosen before the first picture is computed", "cuda", "start the program again with the GPU chosen");
    }
    try {
        at::globalContext().lazyInitDevice(at::kCUDA);
    } catch (const c10::Error& error) {
        require(std::string(error.what_without_backtrace()).c_str());
    }
    constexpr int kAmpere = 8;  // the first with bf16 tensor cores
    return {at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index)), facts.name, facts.major >= kAmpere, {}};
}

/// N of "cuda:N", 0 of "cuda".
std::optional<int> cudaIndex(const std::string& name) {
    if (name == "cuda") return 0;
    constexpr std::string_view kPrefix = "cuda:";
    if (!name.starts_with(kPrefix)) return std::nullopt;
    int index = -1;
    const char *first = name.data() + kPrefix.size(), *last = name.data() + name.size();
    const auto [end, error] = std::from_chars(first, last, index);
    if (error != std::errc() || end != last || index < 0 || index > 127) return std::nullopt;
    return index;
}

}  // namespace

DeviceChoice chooseDevice(const std::string& name, int cpuThreads) {
    if (name == "cpu") return cpu(cpuThreads);
    if (name == "auto") {
        try {
            return cuda(0);
        } catch (const Failure& failure) {
            DeviceChoice choice = cpu(cpuThreads);
            choice.note = failure.error().message;
            return choice;
        }
    }
    if (const auto index = cudaIndex(name)) return cuda(*index);
    throw Failure(ErrorCode::Invalid, "no such device", name, "use auto, cpu, cuda or cuda:N");
}

DeviceList listDevices(int cpuThreads, const std::string& note) {
    DeviceList list{.entries = {{"cpu", cpu(cpuThreads).description}}, .cudaAbsence = note};
    if (!note.empty()) return list;
    try {
        for (std::string& name : cudaDeviceNames()) list.entries.push_back({"cuda:" + std::to_string(list.entries.size() - 1), std::move(name)});
    } catch (const Failure& failure) {
        list.cudaAbsence = failure.error().message;
    }
    return list;
}

ExactArithmetic::ExactArithmetic() : m_cudnn(at::globalContext().allowTF32CuDNN()), m_cublas(at::globalContext().allowTF32CuBLAS()) {
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
}

ExactArithmetic::~ExactArithmetic() {
    at::globalContext().setAllowTF32CuDNN(m_cudnn);
    at::globalContext().setAllowTF32CuBLAS(m_cublas);
}

}  // namespace tessera
