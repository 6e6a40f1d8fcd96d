// SPDX-License-Identifier: Apache-2.0
#include "local/device_choice.h"

#include <ATen/Context.h>

#include "core/error.h"
#include "device/cpu_features.h"

namespace tessera {
namespace {

DeviceChoice cpu(int threads) {
    return {at::kCPU, "CPU, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads"), cpuIsFastAtBf16()};
}

}  // namespace

DeviceChoice chooseDevice(const std::string& name, int cpuThreads) {
    if (name == "cpu" || name == "auto") return cpu(cpuThreads);
    throw Failure(ErrorCode::Invalid, "no such device", name, "use auto, cpu, cuda or cuda:N");
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
