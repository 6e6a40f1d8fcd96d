// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "device/cuda_plugin.h"

namespace tessera {

/// Opens the CUDA plugin, once per process; later calls give the same table. Looks at the NVIDIA driver first, so that a computer without
/// one pays next to nothing. The plugin lies beside the engine's library, or where TESSERA_CUDA_PLUGIN points.
/// Throws Failure(DeviceLost) when driver, GPU or plugin are missing or do not suit `torchVersion`, in one sentence. Any thread.
const CudaPlugin& openCudaPlugin(const std::string& torchVersion);

/// Names of the GPUs in CUDA's order, asked of the driver alone: the plugin is not opened, LibTorch's CUDA libraries stay out of the process.
/// Throws as openCudaPlugin does where it can be told without opening the plugin. Any thread.
std::vector<std::string> cudaDeviceNames();

/// The table if it was opened, else null.
const CudaPlugin* cudaPlugin();

/// Remembers that the GPU does not work any more in this process: openCudaPlugin refuses from then on.
void setCudaLost(const std::string& reason);
std::optional<std::string> cudaLost();

}  // namespace tessera
