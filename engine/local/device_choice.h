// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ATen/ATen.h>
#include <tessera/engine.h>

namespace tessera {

/// Where an engine computes.
struct DeviceChoice {
    at::Device device = at::kCPU;
    std::string description;  ///< "CPU, 2 threads", "NVIDIA H100 80GB HBM3"
    bool fastBf16 = false;    ///< what precision `auto` means here
    std::string note;         ///< why `auto` did not take a GPU; empty if it did, or was not asked to
};

/// auto, cpu, cuda or cuda:N. Throws Failure(DeviceLost) when the CUDA device that was asked for is not there, with the reason; auto then takes the CPU.
/// The first CUDA device must be chosen before the first tensor is computed: LibTorch settles then whether the process has CUDA.
DeviceChoice chooseDevice(const std::string& name, int cpuThreads);

/// What chooseDevice takes here. `note` is that of the choice in use: a GPU that auto could not take is none to offer.
DeviceList listDevices(int cpuThreads, const std::string& note);

/// Turns TF32 and reduced-precision reductions off while it lives: parity is computed in true fp32.
class ExactArithmetic {
public:
    ExactArithmetic();
    ~ExactArithmetic();
    ExactArithmetic(const ExactArithmetic&) = delete;
    ExactArithmetic& operator=(const ExactArithmetic&) = delete;

private:
    bool m_cudnn, m_cublas;
};

}  // namespace tessera
