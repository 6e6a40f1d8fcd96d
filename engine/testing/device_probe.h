// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// What tests see of devices: values in, values out, no tensors.
namespace tessera::probes {

/// A DeviceChoice in words: "cpu" or "cuda:0", and the rest of it. `error` is the one line of a refusal.
struct Choice {
    std::string device, description, note, error;
};
Choice choose(const std::string& name, int cpuThreads);

/// Whether LibTorch may round float32 to TF32, in convolutions and in matrix products.
struct Tf32 {
    bool convolutions = false, products = false;
    bool operator==(const Tf32&) const = default;
};
Tf32 tf32();
/// The same while parity is computed.
Tf32 tf32InExactArithmetic();

/// Channels-last activations [1,h,w,C], computed as a layer does on "cpu" or "cuda". precision: "fp32", "bf16", "fp16".
struct NormRequest {
    std::string device, precision;
    std::int64_t height = 1, width = 1, channels = 1;
    int groups = 1;
    bool silu = false;
    std::vector<float> values, weight, bias;
};
/// Throws Failure if there is no such device.
std::vector<float> groupNorm(const NormRequest& request);

/// allFinite of a tensor of these values there, from element `first` on.
bool finite(const std::string& device, const std::string& precision, const std::vector<float>& values, std::int64_t first);

/// The error of a job that asks the device for more memory than it has.
std::string outOfMemory(const std::string& device);

/// Most bytes that tensors held on the device while one of `bytes` lived.
std::uint64_t peakBytesOf(const std::string& device, std::int64_t bytes);

}  // namespace tessera::probes
